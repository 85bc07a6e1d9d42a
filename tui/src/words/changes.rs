//! What changed a line of a playbook, in words: since a moment ago, and since it is there.
//!
//! What must stay true: pure; the same words as in the explanation of a line and in `segno playbook history`.

use super::bullet::{CHANGES, of_delta};
use super::playbook::{Names, line as named};
use super::why::{Line, head, line};
use conductor::domain::{Bullet, ChatOrigin, Delta, MessageId, PlaybookKey};
use std::collections::HashMap;
use time::OffsetDateTime;

/// What is new of a line that was so before, or was not there: `new`, `from shadow to staging, pinned`; empty for nothing.
pub fn news(before: Option<&Bullet>, now: &Bullet) -> String {
    let Some(before) = before else { return "new".to_owned() };
    let mut parts = Vec::new();
    if before.text.content != now.text.content {
        parts.push("other words".to_owned());
    }
    if before.text.section != now.text.section {
        parts.push("another heading".to_owned());
    }
    if before.stage != now.stage {
        parts.push(format!("from {} to {}", before.stage.word(), now.stage.word()));
    }
    if before.pinned != now.pinned {
        parts.push(if now.pinned { "pinned" } else { "no longer pinned" }.to_owned());
    }
    if before.counts != now.counts {
        parts.push("counted".to_owned());
    }
    parts.join(", ")
}

/// All that changed a line of the playbook `key`, the newest first: of each change when it was made, by whom or why, the answer that it
/// came of where `origins` has that, and what was done. Times are told for a reader at `now_ms`, `offset_s` seconds east of Greenwich.
pub fn history(
    (key, bullet): (&PlaybookKey, &Bullet),
    deltas: &[Delta],
    origins: &HashMap<MessageId, ChatOrigin>,
    (now_ms, offset_s): (i64, i32),
) -> Vec<Line> {
    let mut out = vec![line(0, named(bullet))];
    out.extend(head(CHANGES));
    if deltas.is_empty() {
        out.push(line(2, "nothing is stored of it"));
    }
    let names = Names::of_one(key, bullet, deltas);
    for delta in deltas {
        let chat = delta.cause.message().and_then(|message| origins.get(&message));
        out.extend(of_delta(delta, &names, &when(now_ms, delta.at_ms, offset_s), chat));
    }
    out
}

/// The time of day where it was today, else the date, too: `today 14:03`, `2026-11-27 14:03`. Both are milliseconds since 1970-01-01
/// UTC, told `offset_s` seconds east of Greenwich.
pub fn when(now_ms: i64, then_ms: i64, offset_s: i32) -> String {
    let local = |ms: i64| OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000).saturating_add(i64::from(offset_s))).ok();
    let Some(then) = local(then_ms) else { return format!("{then_ms} ms") };
    let (date, clock) = (then.date(), then.time());
    let day = if local(now_ms).is_some_and(|now| now.date() == date) {
        "today".to_owned()
    } else {
        format!("{}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    };
    format!("{day} {:02}:{:02}", clock.hour(), clock.minute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{BulletId, Cause, Counts, DeltaSeq, Provenance, Rating, Stage, Step, Text};

    fn bullet() -> Bullet {
        Bullet {
            id: BulletId(3),
            text: Text { section: "Errors".to_owned(), content: "check signs".to_owned() },
            counts: Counts::NONE,
            stage: Stage::Shadow,
            pinned: false,
            provenance: Provenance::User,
            created_ms: 0,
            updated_ms: 0,
        }
    }

    #[test]
    fn what_is_new_of_a_line_is_said() {
        let changed = |change: fn(&mut Bullet)| {
            let mut bullet = bullet();
            change(&mut bullet);
            bullet
        };
        for (now, want) in [
            (changed(|_| ()), ""),
            (changed(|bullet| bullet.updated_ms = 9), ""),
            (changed(|bullet| bullet.text.content.push('!')), "other words"),
            (changed(|bullet| bullet.text.section.push('!')), "another heading"),
            (changed(|bullet| bullet.counts.helpful = 1), "counted"),
            (changed(|bullet| (bullet.stage, bullet.pinned) = (Stage::Staging, true)), "from shadow to staging, pinned"),
        ] {
            assert_eq!(news(Some(&bullet()), &now), want);
            assert_eq!(news(None, &now), "new");
        }
        assert_eq!(news(Some(&changed(|bullet| bullet.pinned = true)), &bullet()), "no longer pinned");
    }

    #[test]
    fn times_are_those_of_the_reader() {
        const NOON: i64 = 1_795_262_400_000;
        for (then, offset_s, want) in [
            (NOON, 0, "today 12:00"),
            (NOON - 60_000, 3600, "today 12:59"),
            (NOON - 12 * 3_600_000 - 1, 0, "2026-11-20 23:59"),
            (NOON - 12 * 3_600_000 - 1, 3600, "today 00:59"),
            (NOON, -13 * 3600, "today 23:00"),
            (i64::MAX, 0, &*format!("{} ms", i64::MAX)),
        ] {
            assert_eq!(when(NOON, then, offset_s), want);
        }
    }

    #[test]
    fn each_change_is_told_with_the_answer_that_it_came_of() {
        let message = MessageId(4);
        let delta = |seq, cause, step| Delta {
            seq: DeltaSeq(seq),
            at_ms: 0,
            cause,
            reasoning: String::new(),
            steps: vec![step],
            rejects: Vec::new(),
        };
        let deltas = [
            delta(9, Cause::Undo { of: DeltaSeq(7) }, Step::Pin { id: BulletId(3), pinned: false }),
            delta(5, Cause::Chat { message: MessageId(8) }, Step::Pin { id: BulletId(3), pinned: true }),
            delta(2, Cause::Chat { message }, Step::Insert { bullet: Box::new(bullet()) }),
        ];
        let chat = ChatOrigin {
            message,
            question: "why?".to_owned(),
            by: None,
            asked_ms: 0,
            rating: Some(Rating::bad("no")),
            rated_ms: Some(0),
        };
        let key = PlaybookKey::new("math", "qwen", None).unwrap();
        let lines = history((&key, &bullet()), &deltas, &HashMap::from([(message, chat)]), (0, 0));
        let told: Vec<String> =
            lines.into_iter().map(|line| format!("{:1$}{2}", "", usize::from(line.indent), line.text)).collect();
        assert_eq!(
            told,
            [
                "[errors-00003] check signs",
                "",
                "what changed it, the newest first",
                "  9 · today 00:00 · undo of 7",
                "    [errors-00003] no longer pinned",
                "  5 · today 00:00 · what you said of answer 8",
                "    [errors-00003] pinned",
                "  2 · today 00:00 · what you said of answer 4",
                "    from your /bad on “why?”",
                "    new: [errors-00003] check signs (shadow)",
            ]
        );
        assert_eq!(history((&key, &bullet()), &[], &HashMap::new(), (0, 0)).last().unwrap().text, "nothing is stored of it");
    }
}
