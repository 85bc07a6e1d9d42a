//! Templates, and what becomes of answers.

use super::*;
use crate::ace::environment::Outcome;
use crate::ace::testing::{book, bullet};
use crate::domain::{BulletId, Stage, estimate_tokens};
use futures_util::FutureExt;
use futures_util::future::ready;
use std::collections::VecDeque;
use std::sync::Mutex;

/// Gives prepared answers, and remembers what was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<(String, bool), bool>>>,
    asked: Mutex<Vec<Ask>>,
    calls: Mutex<Vec<Call>>,
}

impl Script {
    /// `Err` holds whether the failure is lasting.
    fn new(answers: &[Result<(&str, bool), bool>]) -> Self {
        let answers = answers.iter().map(|answer| answer.map(|(text, cut)| (text.to_owned(), cut))).collect();
        Self { answers: Mutex::new(answers), ..Self::default() }
    }

    fn doors(&self) -> Doors<'_> {
        Doors { asker: self, trace: self }
    }

    fn verdicts(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap().iter().map(|call| call.verdict.name()).collect()
    }
}

impl Asker for Script {
    fn ask(&self, ask: Ask) -> BoxFuture<'static, Result<Reply, AskError>> {
        self.asked.lock().unwrap().push(ask);
        let answer = self.answers.lock().unwrap().pop_front().unwrap();
        let reply = |(text, cut)| Reply { text, cut, total_ms: 5, model: "m".to_owned(), ..Reply::default() };
        ready(answer.map(reply).map_err(|lasting| AskError { what: "refused".to_owned(), lasting })).boxed()
    }
}

impl Trace for Script {
    fn call(&self, call: Call) {
        self.calls.lock().unwrap().push(call);
    }
}

fn roles(retry: Retry) -> Roles {
    Roles::new(&Templates::built_in().unwrap(), ["v2"; 3], retry).unwrap()
}

const QUESTION: Generate<'_> = Generate { question: "2+2?", context: "", playbook: "", reflections: &[] };

fn generate(script: &Script, retry: Retry) -> Result<Generated, RoleError> {
    roles(retry).generate(script.doors(), QUESTION).now_or_never().unwrap()
}

#[test]
fn built_in_templates_can_be_filled_and_are_short() {
    let templates = Templates::built_in().unwrap();
    assert_eq!(templates.ids().count(), 6);
    for id in templates.ids() {
        let template = templates.get(id.role, &id.version).unwrap();
        assert_eq!(template.id(), id);
        let (system, user) = template.fill(&[]);
        assert!(!system.is_empty() && !user.contains("{{") && user.contains("(none)"), "{id}");
        let tokens = estimate_tokens(&system) + estimate_tokens(&user);
        assert!(tokens < 520, "{id} is {tokens} tokens: small models have small windows");
        assert!(user.contains("\"reasoning\"") || id.version == "v1", "{id} states its format");
    }
    assert!(templates.get(Role::Curator, "v3").is_none());
}

#[test]
fn a_template_that_is_none_is_named_with_file_line_and_what_was_meant() {
    for (text, message) in [
        ("{{question}}\n{{playbok}}", "my.md, line 2: there is no variable {{playbok}}; did you mean {{playbook}}?"),
        ("{{ question }}", "my.md, line 1: {{playbook}} is missing"),
        ("{{playbook}}\n\n{{reflections}}\n", "my.md, line 3: {{question}} is missing"),
        ("", "my.md, line 1: {{question}} is missing"),
        (
            "a\n{{question",
            "my.md, line 2: {{ is not closed on its line; the variables are question, playbook, context, reflections",
        ),
        ("{{question}}\n---user---\n{{playbook}}\n ---user---", "my.md, line 4: ---user--- stands a second time"),
        ("{{contexts}} {{question}}", "my.md, line 1: there is no variable {{contexts}}; did you mean {{context}}?"),
    ] {
        let error = Templates::default().with_override(Role::Generator, "v9", text, "my.md").unwrap_err();
        assert_eq!(error.to_string(), message, "{text:?}");
    }
}

#[test]
fn values_are_data_and_are_not_looked_at_again() {
    let own = "S {{playbook}}}\n---user---\n\nQ: {{question}} {\"a\": {\"b\": 1}}\n\n";
    let templates = Templates::built_in().unwrap().with_override(Role::Generator, "v2", own, "own.md").unwrap();
    assert_eq!(templates.ids().count(), 6, "it stands in the place of the one that was there");
    let template = templates.get(Role::Generator, "v2").unwrap();
    let (system, user) = template.fill(&[("question", "{{playbook}} {{x"), ("playbook", "---user---\n{{question}}\n")]);
    assert_eq!(system, "S ---user---\n{{question}}}");
    assert_eq!(user, "\nQ: {{playbook}} {{x {\"a\": {\"b\": 1}}");
    let other = Roles::new(&templates, ["v2"; 3], Retry::default()).unwrap();
    assert_ne!(other.digest(), roles(Retry::default()).digest());
    assert_eq!(Roles::new(&templates, ["v2", "v7", "v2"], Retry::default()), Err(TemplateId::new(Role::Reflector, "v7")));
}

#[test]
fn what_cannot_be_read_is_asked_for_again_with_the_users_words() {
    let retry = Retry { again: 3, prompt: "Bitte nur JSON.".to_owned(), cut_prompt: "Kürzer.".to_owned() };
    let good = r#"{"reasoning": "r", "bullet_ids": ["e1", 2], "final_answer": 4, "confidence": 0.75}"#;
    let cut = r#"{"reasoning": "r", "final_answer": "4"#;
    let script = Script::new(&[Ok(("no", false)), Ok((cut, true)), Err(false), Ok((good, false))]);
    let generated = generate(&script, retry.clone()).unwrap();
    assert_eq!((generated.final_answer.as_str(), generated.bullet_ids.clone()), ("4", vec!["e1".to_owned(), "2".to_owned()]));
    assert_eq!(generated.confidence, Some(crate::domain::Milli(750)));
    assert_eq!(script.verdicts(), ["invalid", "truncated", "failed", "read"]);
    let asked = script.asked.lock().unwrap();
    assert_eq!(asked.iter().map(|ask| ask.attempt).collect::<Vec<_>>(), [1, 2, 3, 4]);
    for (ask, more) in asked.iter().zip(["", "\n\nBitte nur JSON.", "\n\nKürzer.", ""]) {
        assert_eq!(ask.user, format!("{}{more}", asked[0].user));
    }
    let calls = script.calls.lock().unwrap();
    let raw: Vec<_> = calls.iter().map(|call| call.raw.as_deref()).collect();
    assert_eq!(raw, [Some("no"), Some(cut), None, None]);
    assert_eq!((calls[2].model.as_str(), calls[3].model.as_str(), calls[3].total_ms), ("", "m", 5));

    let all = [Ok(("{}", false)), Ok(("{}", false)), Ok((cut, false)), Ok((r#"{"x": 1}"#, false))];
    let script = Script::new(&all);
    let verdict = CallVerdict::Malformed { what: "`final_answer` is missing".to_owned() };
    assert_eq!(generate(&script, retry), Err(RoleError::Unreadable { verdict }));
    assert_eq!(script.verdicts().len(), 4, "three times again, and no more");
}

#[test]
fn a_lasting_failure_is_not_tried_again_and_a_passing_one_is() {
    let script = Script::new(&[Err(true)]);
    assert_eq!(generate(&script, Retry::default()), Err(RoleError::Away { what: "refused".to_owned() }));
    let script = Script::new(&[Err(false), Err(false)]);
    let once = Retry { again: 1, ..Retry::default() };
    assert_eq!(generate(&script, once), Err(RoleError::Unanswered { what: "refused".to_owned() }));
    assert_eq!(script.verdicts(), ["failed", "failed"]);
}

#[test]
fn answers_are_written_in_the_order_in_which_they_are_thought() {
    let answers = [r#"{"final_answer": "x"}"#, r#"{"key_insight": "x"}"#, r#"{"operations": []}"#].map(|text| Ok((text, false)));
    let (script, roles) = (Script::new(&answers), roles(Retry::default()));
    generate(&script, Retry::default()).unwrap();
    let on = Reflect { question: "q", answer: "", reasoning: "", outcome: Outcome::Wrong, feedback: "", truth: "", bullets: "" };
    roles.reflect(script.doors(), on).now_or_never().unwrap().unwrap();
    let on = Curate { stats: "", reflection: "r", playbook: "", context: "", progress: "" };
    roles.curate(script.doors(), on).now_or_never().unwrap().unwrap();
    for (ask, last) in script.asked.lock().unwrap().iter().zip(["final_answer", "bullet_tags", "operations"]) {
        let schema = ask.schema.to_string();
        let place = |field: &str| schema.find(&format!("\"{field}\":")).unwrap();
        assert!(place("reasoning") < place(last), "{schema}");
        assert_eq!(ask.role, ask.template.role);
    }
}

#[test]
fn the_reflector_of_a_conversation_sees_what_it_is_given_and_no_more() {
    let script =
        Script::new(&[Ok((r#"{"key_insight": "Ask for the unit.", "bullet_tags": [{"id": "e1", "tag": "harmful"}]}"#, false))]);
    let on = Reflect {
        question: "typed words",
        answer: "",
        reasoning: "",
        outcome: Outcome::Wrong,
        feedback: "The user rated the answer as bad.",
        truth: "",
        bullets: "- [errors-00001] Check units",
    };
    let reflected = roles(Retry::default()).reflect(script.doors(), on).now_or_never().unwrap().unwrap();
    assert_eq!(reflected.tags.operations.len(), 1);
    assert_eq!(reflected.reflection.as_hint(), "- Ask for the unit.");
    assert_eq!(reflected.reflection.as_text(), "lesson: Ask for the unit.");
    assert_eq!(reflected.reflection.without(|text| text.contains("unit")), Reflection::default());
    let user = script.asked.lock().unwrap()[0].user.clone();
    assert_eq!(user.matches("(none)").count(), 3, "{user}");
    assert!(user.contains("typed words") && user.contains("Outcome: wrong") && user.contains("rated the answer as bad"));
}

#[test]
fn what_is_long_does_not_fill_the_windows_of_others() {
    let long = "ä".repeat(9000);
    let answer = serde_json::json!({"key_insight": long, "reasoning": "r"}).to_string();
    let script = Script::new(&[Ok((answer.as_str(), false))]);
    let on =
        Reflect { question: "q", answer: &long, reasoning: &long, outcome: Outcome::Wrong, feedback: "", truth: "", bullets: "" };
    let reflected = roles(Retry::default()).reflect(script.doors(), on).now_or_never().unwrap().unwrap();
    assert_eq!((reflected.reflection.key_insight.chars().count(), reflected.reflection.reasoning.as_str()), (601, "r"));
    let asked = script.asked.lock().unwrap()[0].user.matches('ä').count();
    assert_eq!(asked, 8000);
}

#[test]
fn bullets_are_cited_in_the_field_and_in_the_text() {
    let book = book([1, 2, 3, 4].map(|id| bullet(id, Stage::Prod, "x")));
    let shown = [1, 2, 3].map(BulletId).into();
    let generated = Generated {
        confidence: None,
        reasoning: "By [errors-00003] and [e1], not [e4].".to_owned(),
        final_answer: "x [e1]".to_owned(),
        bullet_ids: ["2", "errors-00004", "none"].map(str::to_owned).to_vec(),
    };
    assert_eq!(generated.cited(&book, &shown), [2, 3, 1].map(BulletId));
}
