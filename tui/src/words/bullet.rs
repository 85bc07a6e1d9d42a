//! Why a line of a playbook stands where it stands, in lines; and what was said of an answer.
//!
//! What must stay true: pure; the same for the screen and for the command line; what came from elsewhere is cleaned here.

use super::playbook::{Names, cause, counts, line as named};
use super::why::{Line, head, line};
use super::{ago, fit, place};
use crate::sanitise::clean_line;
use conductor::domain::{BulletWhy, ChatOrigin, Delta, Provenance, Rating, Signature, Stage};

/// The heading over what changed a line.
pub(super) const CHANGES: &str = "what changed it, the newest first";
/// Columns of a question where it is named in passing.
const QUESTION: usize = 40;
/// Columns of what was said, in a mark.
const MARK: usize = 40;

/// What a stage means.
pub fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Proposed => "proposed: in no prompt until you accept it",
        Stage::Shadow => "shadow: on trial, in some of the prompts",
        Stage::Staging => "staging: in prompts that have room, what fits the question first",
        Stage::Prod => "prod: relied upon, before all others",
        Stage::Quarantine => "quarantine: in no prompt, and not proposed again",
        Stage::Archived => "archived: in no prompt, to make room for others",
    }
}

/// What was said of an answer, as a mark behind its sign; `None` where it was no word.
pub fn mark(rating: &Rating) -> Option<String> {
    let said = |word: &str, why: &str| {
        let why = clean_line(why);
        if why.trim().is_empty() { word.to_owned() } else { format!("{word}: {}", fit(why.trim(), MARK)) }
    };
    match rating {
        Rating::Good => Some("rated good".to_owned()),
        Rating::Bad { why, .. } => Some(said("rated bad", why)),
        Rating::Correct { text, .. } => Some(said("corrected", text)),
        Rating::Again | Rating::Edited => None,
    }
}

/// What was said of an answer, in a sentence.
fn said(rating: Option<&Rating>) -> String {
    match rating {
        None => "you said nothing of the answer".to_owned(),
        Some(Rating::Good) => "you said that the answer was good".to_owned(),
        Some(Rating::Bad { why, .. }) if why.trim().is_empty() => "you said that the answer was not good".to_owned(),
        Some(Rating::Bad { why, .. }) => format!("you said that the answer was not good: {}", clean_line(why)),
        Some(Rating::Correct { text, .. }) => format!("you said what it should have been: {}", clean_line(text)),
        Some(Rating::Again) => "you asked the same again".to_owned(),
        Some(Rating::Edited) => "you changed the question and asked again".to_owned(),
    }
}

/// Where a line came from, in passing: `from your /bad on “what is 7/8 of…”`.
pub fn from(chat: &ChatOrigin) -> String {
    let word = match &chat.rating {
        Some(Rating::Good) => "from your /good on",
        Some(Rating::Bad { .. }) => "from your /bad on",
        Some(Rating::Correct { .. }) => "from your /correct on",
        Some(Rating::Again | Rating::Edited) => "from asking anew:",
        None => "from the answer to",
    };
    format!("{word} {}", question(chat, QUESTION))
}

fn question(chat: &ChatOrigin, columns: usize) -> String {
    match clean_line(&chat.question) {
        words if words.trim().is_empty() => "a question without typed words".to_owned(),
        words => format!("“{}”", fit(words.trim(), columns)),
    }
}

/// The whole explanation: the line, why it stands there, where it came from, what changed it.
pub fn lines(why: &BulletWhy, now_ms: i64, models: &super::Names) -> Vec<Line> {
    let BulletWhy { bullet, stands, chat, deltas, .. } = why;
    let pinned = if bullet.pinned { " · pinned" } else { "" };
    let facts = format!("{} · {}{pinned}", bullet.stage.word(), counts(bullet.counts));
    let mut out = vec![line(0, named(bullet)), line(0, facts)];
    out.extend(head("why it stands there"));
    out.push(line(2, clean_line(stands).into_owned()));
    out.push(line(2, stage(bullet.stage)));
    if bullet.pinned && bullet.stage.is_active() {
        out.push(line(2, "pinned: in every prompt, and it stays whatever happens"));
    }
    out.extend(head("where it came from"));
    let made = ago(now_ms, bullet.created_ms);
    match (&bullet.provenance, chat) {
        (Provenance::Chat { .. }, Some(chat)) => out.extend(of_chat(chat, now_ms, models)),
        (Provenance::Chat { message }, None) => out.push(line(2, format!("answer {}, which is gone · {made}", message.0))),
        (Provenance::User, _) => out.push(line(2, format!("you wrote it · {made}"))),
        (Provenance::Import { source }, _) if source.is_empty() => out.push(line(2, format!("a file · {made}"))),
        (Provenance::Import { source }, _) => out.push(line(2, format!("the file {} · {made}", clean_line(source)))),
        (Provenance::Sample { run, sample }, _) => {
            out.push(line(2, format!("training {run}, sample {} · {made}", clean_line(sample))));
        }
    }
    out.extend(head(CHANGES));
    let names = Names::of_one(&why.key, bullet, deltas);
    out.extend(deltas.iter().flat_map(|delta| of_delta(delta, &names, &ago(now_ms, delta.at_ms), None)));
    out
}

fn of_chat(chat: &ChatOrigin, now_ms: i64, models: &super::Names) -> [Line; 3] {
    let by = match &chat.by {
        Some(by) if Signature::is_guide(by) => "the built-in guide".to_owned(),
        Some(by) => format!("{}, {}", models.model(&by.model), place(&by.location)),
        None => "nobody".to_owned(),
    };
    let rated = chat.rated_ms.map(|rated| format!(" · {}", ago(now_ms, rated))).unwrap_or_default();
    [
        line(2, format!("you asked: {}", question(chat, usize::MAX))),
        line(2, format!("answered by {by} · {}", ago(now_ms, chat.asked_ms))),
        line(2, format!("{}{rated}", said(chat.rating.as_ref()))),
    ]
}

/// A change: its number, when it was made and why; the answer that it came of, where that is known; what was done, and the reasons.
pub(super) fn of_delta(delta: &Delta, names: &Names, when: &str, chat: Option<&ChatOrigin>) -> Vec<Line> {
    let mut out = vec![line(2, format!("{} · {when} · {}", delta.seq.0, cause(&delta.cause)))];
    out.extend(chat.map(|chat| line(4, from(chat))));
    out.extend(delta.steps.iter().map(|step| line(4, names.step(step))));
    let reasons = delta.reasoning.lines().map(clean_line).filter(|reason| !reason.trim().is_empty());
    out.extend(reasons.map(|reason| line(4, reason.into_owned())));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{
        BackendId, Bullet, BulletId, Cause, Counts, DeltaSeq, Location, MessageId, ModelId, PlaybookKey, SelectionReason, Step,
        TaskClass, Text,
    };

    fn chat(question: &str, rating: Option<Rating>) -> ChatOrigin {
        let by = Signature {
            model: ModelId::new("qwen3:8b"),
            family: "qwen".to_owned(),
            backend: BackendId::ollama(),
            location: Location::Local,
            class: TaskClass::Mathematical,
            reason: SelectionReason::Default,
        };
        let rated_ms = rating.is_some().then_some(3_600_000);
        ChatOrigin { message: MessageId(4), question: question.to_owned(), by: Some(by), asked_ms: 0, rating, rated_ms }
    }

    fn why(provenance: Provenance, chat: Option<ChatOrigin>) -> BulletWhy {
        let bullet = Bullet {
            id: BulletId(3),
            text: Text { section: "Errors".to_owned(), content: "check signs".to_owned() },
            counts: Counts { helpful: 6, harmful: 1, neutral: 0 },
            stage: Stage::Staging,
            pinned: false,
            provenance,
            created_ms: 0,
            updated_ms: 0,
        };
        let deltas = vec![Delta {
            seq: DeltaSeq(12),
            at_ms: 0,
            cause: Cause::Promotion,
            reasoning: "it goes to staging: 5 helpful".to_owned(),
            steps: vec![Step::Move { id: BulletId(3), from: Stage::Shadow, to: Stage::Staging }],
            rejects: Vec::new(),
        }];
        let key = PlaybookKey::new("math", "qwen", None).unwrap();
        BulletWhy {
            key,
            bullet,
            stands: "it is in staging: 6 helpful and 1 harmful; prod asks for more".to_owned(),
            chat,
            deltas,
        }
    }

    #[test]
    fn the_whole_is_told_in_order() {
        let bad = Rating::bad("wrong\nsign");
        let why = why(Provenance::Chat { message: MessageId(4) }, Some(chat("what is 7/8 of 64?", Some(bad))));
        let told: Vec<String> = lines(&why, 2 * 3_600_000, &crate::words::Names::default())
            .into_iter()
            .map(|line| format!("{:1$}{2}", "", usize::from(line.indent), line.text))
            .collect();
        assert_eq!(
            told,
            [
                "[errors-00003] check signs",
                "staging · +6 -1",
                "",
                "why it stands there",
                "  it is in staging: 6 helpful and 1 harmful; prod asks for more",
                "  staging: in prompts that have room, what fits the question first",
                "",
                "where it came from",
                "  you asked: “what is 7/8 of 64?”",
                "  answered by qwen3:8b, ● local · 2 h ago",
                "  you said that the answer was not good: wrong sign · 1 h ago",
                "",
                "what changed it, the newest first",
                "  12 · 2 h ago · what was observed",
                "    [errors-00003] from shadow to staging",
                "    it goes to staging: 5 helpful",
            ]
        );
    }

    #[test]
    fn each_origin_has_its_words() {
        for (provenance, want) in [
            (Provenance::User, "you wrote it · just now"),
            (Provenance::Chat { message: MessageId(4) }, "answer 4, which is gone · just now"),
            (Provenance::Import { source: "a\u{1b}[2J.json".to_owned() }, "the file a.json · just now"),
            (Provenance::Sample { run: 2, sample: "s9".to_owned() }, "training 2, sample s9 · just now"),
        ] {
            let told = lines(&why(provenance, None), 0, &crate::words::Names::default());
            assert!(told.iter().any(|line| line.text == want), "{want}: {told:?}");
        }
    }

    #[test]
    fn what_was_said_is_told_in_passing_and_as_a_mark() {
        let long = "x".repeat(100);
        for (rating, question, passing, sign) in [
            (Some(Rating::Good), "why?", "from your /good on “why?”".to_owned(), Some("rated good".to_owned())),
            (Some(Rating::bad(" ")), "a\nb", "from your /bad on “a b”".to_owned(), Some("rated bad".to_owned())),
            (
                Some(Rating::bad("no")),
                &long,
                format!("from your /bad on “{}…”", "x".repeat(39)),
                Some("rated bad: no".to_owned()),
            ),
            (
                Some(Rating::correct(long.clone())),
                "",
                "from your /correct on a question without typed words".to_owned(),
                Some(format!("corrected: {}…", "x".repeat(39))),
            ),
            (Some(Rating::Again), "why?", "from asking anew: “why?”".to_owned(), None),
            (None, "why?", "from the answer to “why?”".to_owned(), None),
        ] {
            assert_eq!(rating.as_ref().and_then(mark), sign);
            assert_eq!(from(&chat(question, rating)), passing);
        }
    }
}
