//! How learning stands, in words.

use conductor::domain::{Learning, LessonCounts};
use conductor::protocol::Notice;

/// What is said once it was switched.
pub fn switched(learning: &Learning) -> &'static str {
    if learning.on { "learning goes on: what you say of answers is learnt from" } else { "learning pauses; what waits is kept" }
}

/// How far it is, and what it waits for.
pub fn standing(learning: &Learning) -> Notice {
    let LessonCounts { waiting, done, failed, .. } = learning.counts;
    let answers = |n: u32| if n == 1 { "1 answer".to_owned() } else { format!("{n} answers") };
    let mut what = format!("learning is {}: {}", if learning.on { "on" } else { "off" }, answers(waiting));
    what.push_str(if waiting == 1 { " waits" } else { " wait" });
    what.push_str(&format!(", {} learnt from", answers(done)));
    if failed > 0 {
        what.push_str(&format!(", {} that nothing could be learnt from", answers(failed)));
    }
    let hint = match () {
        () if !learning.on => "`/learn on` has it go on".to_owned(),
        () if learning.at_work => "it is at work just now, and stops at once when you ask something".to_owned(),
        () if !learning.obstacle.is_empty() => format!("it waits: {}", learning.obstacle),
        () if waiting > 0 => {
            format!("it begins once you have done nothing for {} s; `/learn now` begins at once", learning.idle_s)
        }
        () => "`/good`, `/bad WHY` and `/correct TEXT` give it something to learn from; F2 shows what it proposes".to_owned(),
    };
    Notice::info(what, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_waits_for_is_said() {
        let counts = |waiting, done, failed| LessonCounts { waiting, done, failed, next_ms: None };
        let on = Learning { on: true, counts: counts(1, 2, 0), idle_s: 10, ..Learning::default() };
        for (learning, what, hint) in [
            (on.clone(), "learning is on: 1 answer waits, 2 answers learnt from", "nothing for 10 s"),
            (Learning { at_work: true, ..on.clone() }, "learning is on: 1 answer waits, 2 answers learnt from", "at work"),
            (Learning { obstacle: "no room".into(), ..on.clone() }, "learning is on: 1 answer waits", "it waits: no room"),
            (
                Learning { on: false, counts: counts(0, 1, 3), ..on.clone() },
                "learning is off: 0 answers wait, 1 answer learnt from, 3 answers that nothing",
                "/learn on",
            ),
            (Learning { counts: counts(0, 0, 0), ..on }, "learning is on: 0 answers wait", "/bad WHY"),
        ] {
            let notice = standing(&learning);
            assert!(notice.what.starts_with(what) && notice.hint.contains(hint), "{notice:?}");
        }
    }
}
