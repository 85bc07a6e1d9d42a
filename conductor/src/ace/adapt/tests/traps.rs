//! Mistakes that other implementations make.

use super::*;
use crate::ace::environment::Truth;
use crate::ace::roles::{Ask, Asker, Call, CallVerdict, Reply, Role, Trace};
use crate::ace::testing::{book, bullet};
use crate::domain::{BulletId, Counts, RejectReason};
use futures_util::future::ready;
use serde_json::{Value, json};

/// Answers by a function of what is asked.
struct By<F>(F);

impl<F: Fn(&Ask) -> Result<(String, bool), AskError> + Send + Sync> Asker for By<F> {
    fn ask(&self, ask: Ask) -> BoxFuture<'static, Result<Reply, AskError>> {
        ready((self.0)(&ask).map(|(text, cut)| Reply { text, cut, model: "m".to_owned(), ..Reply::default() })).boxed()
    }
}

/// The fixed answers of the three roles.
fn roles(ask: &Ask, generator: &Value, reflector: &Value, curator: &Value) -> (String, bool) {
    let value = match ask.role {
        Role::Generator => generator,
        Role::Reflector => reflector,
        Role::Curator => curator,
    };
    (value.to_string(), false)
}

#[derive(Default)]
struct Calls(Mutex<Vec<Call>>);

impl Trace for Calls {
    fn call(&self, call: Call) {
        self.0.lock().unwrap().push(call);
    }
}

fn one_epoch() -> Settings {
    Settings { epochs: 1, rounds: 1, trial_share: Milli(1000), ..Settings::default() }
}

fn city() -> Sample {
    Sample::new("city", "Which chemical town lies on the Rhine?", Some(Truth::from("Ludwigshafen")))
}

fn only(train: Vec<Sample>) -> Samples {
    Samples { train, validation: Vec::new() }
}

fn reflection() -> Value {
    json!({"key_insight": "Look at the river.", "bullet_tags": []})
}

fn add(content: &str) -> Value {
    json!({"operations": [{"type": "ADD", "section": "S", "content": content}]})
}

fn rejects(memory: &Memory) -> Vec<RejectReason> {
    memory.deltas.lock().unwrap().iter().flat_map(|delta| &delta.rejects).map(|reject| reject.reason.clone()).collect()
}

#[test]
fn trap_03_what_was_cut_off_is_asked_for_again_and_never_applied() {
    let whole = add("Delete nothing of value.").to_string();
    for (text, cut) in [(whole[..whole.len() - 12].to_owned(), true), (whole[..whole.len() - 2].to_owned(), false)] {
        let asker = By(|ask: &Ask| match ask.role {
            Role::Curator => Ok((text.clone(), cut)),
            _ => Ok(roles(ask, &json!({"final_answer": "Mainz"}), &reflection(), &Value::Null)),
        });
        let (memory, calls) = (Memory::default(), Calls::default());
        let setup = setup(one_epoch());
        let means = Means { doors: Doors { asker: &asker, trace: &calls }, ..means(&asker, &memory) };
        let outcome = now(offline(&setup, means, &only(vec![city()]), Start::New(Playbook::new(key())))).unwrap();
        assert!(outcome.playbook.bullets.is_empty() && outcome.tally.lost == 1, "{outcome:?}");
        let calls = calls.0.into_inner().unwrap();
        let curator: Vec<&Call> = calls.iter().filter(|call| call.role == Role::Curator).collect();
        assert_eq!(curator.iter().map(|call| call.attempt).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(curator.iter().all(|call| call.verdict == CallVerdict::Truncated && call.raw.as_ref() == Some(&text)));
        assert!(calls.iter().filter(|call| call.role != Role::Curator).all(|call| call.raw.is_none()));
    }
}

#[test]
fn trap_04_what_cannot_be_graded_teaches_nothing() {
    let asked = Mutex::new(Vec::new());
    let asker = By(|ask: &Ask| {
        asked.lock().unwrap().push(ask.role);
        Ok(roles(ask, &json!({"final_answer": "42", "bullet_ids": ["errors-00001"]}), &reflection(), &add("Say 42.")))
    });
    let start = book([bullet(1, Stage::Shadow, "Check units")]);
    let memory = Memory::default();
    let samples = only((0..5).map(|n| Sample::new(format!("u{n}"), "What does it mean?", None)).collect());
    let outcome = now(offline(&setup(one_epoch()), means(&asker, &memory), &samples, Start::New(start.clone()))).unwrap();
    assert_eq!((outcome.playbook, outcome.tally.first.unknown, outcome.tally.first.graded()), (start, 5, 0));
    assert!(asked.lock().unwrap().iter().all(|role| *role == Role::Generator), "nobody reflects on it");
    assert!(memory.checkpoints.lock().unwrap().iter().all(|checkpoint| checkpoint.lifts.is_empty()));
}

#[test]
fn trap_05_a_playbook_that_is_no_better_than_none_is_not_kept() {
    let student = Student { easily_hurt: true, ..Student::new() };
    let start = book([bullet(1, Stage::Prod, "Think of the units.")]);
    for (start, patience, epochs) in [(Playbook::new(key()), 2, 2), (start, 1, 1)] {
        let memory = Memory::default();
        let setup = setup(Settings { epochs: 4, patience, ..Settings::default() });
        let both = Samples { train: samples(0..30, 1), validation: samples(1000..1060, 1) };
        let outcome = now(offline(&setup, means(&student, &memory), &both, Start::New(start.clone()))).unwrap();
        assert_eq!((outcome.kept, outcome.epoch, outcome.deltas), (Kept::NotBetter, 0, 0));
        assert_eq!(outcome.playbook, start);
        assert_eq!(outcome.epochs.len(), epochs, "patience ends it");
        assert!(outcome.epochs.iter().all(|epoch| !epoch.better && outcome.bare.beats(epoch.validation)), "{outcome:?}");
        if start.bullets.is_empty() {
            assert_eq!(outcome.validation, outcome.bare, "it does not fall below the baseline");
        }
    }
    // Online, the same is found out by asking without it, too.
    let (memory, setup) = (Memory::default(), setup(Settings { bare_every: 1, ..Settings::default() }));
    let mut online =
        Online::new(&setup, means(&student, &memory), book([bullet(1, Stage::Prod, "Think of the units.")])).unwrap();
    now(online.run(futures_util::stream::iter(samples(0..90, 2)))).unwrap();
    assert!(online.comparison().harms, "{:?}", online.comparison());
}

#[test]
fn trap_06_answers_are_not_learnt_by_heart() {
    let (prompts, curators) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    let asker = By(|ask: &Ask| {
        match ask.role {
            Role::Generator => prompts.lock().unwrap().push(ask.user.clone()),
            Role::Curator => curators.lock().unwrap().push(ask.user.clone()),
            Role::Reflector => {}
        }
        let reflection = json!({
            "key_insight": "The town is Ludwigshafen.",
            "correct_approach": "Look at the river.",
            "bullet_tags": [],
        });
        Ok(roles(ask, &json!({"final_answer": "Mainz"}), &reflection, &add("The chemical town on the Rhine is Ludwigshafen.")))
    });
    let memory = Memory::default();
    let outcome = now(offline(
        &setup(Settings { epochs: 2, ..one_epoch() }),
        means(&asker, &memory),
        &only(vec![city()]),
        Start::New(Playbook::new(key())),
    ));
    assert!(outcome.unwrap().playbook.bullets.is_empty());
    assert_eq!(rejects(&memory), [RejectReason::HoldsAnswer, RejectReason::HoldsAnswer]);
    let prompts = prompts.into_inner().unwrap();
    assert_eq!(prompts.len(), 4);
    assert!(prompts.iter().all(|prompt| !prompt.contains("Ludwigshafen")), "no hint tells it");
    assert!(prompts[1..].iter().all(|prompt| prompt.contains("- Look at the river.")));
    let curators = curators.into_inner().unwrap();
    for (prompt, progress) in curators.iter().zip(["epoch 1/2, sample 1/1", "epoch 2/2, sample 1/1"]) {
        assert!(prompt.contains(&format!("Progress: {progress}\n")) && prompt.contains("math-qwen: 0 bullets in 0 sections"));
        assert!(prompt.contains("better: Look at the river.") && prompt.contains("Which chemical town"));
    }
}

#[test]
fn trap_07_bad_answers_cost_their_sample_and_a_server_that_is_away_costs_nothing() {
    let asker = By(|ask: &Ask| match ask.role {
        Role::Generator if ask.user.contains("item 1") => Ok(("no JSON".to_owned(), false)),
        Role::Generator if ask.user.contains("item 2") => Err(AskError { what: "timed out".to_owned(), lasting: false }),
        Role::Reflector if ask.user.contains("item 3") => Ok(("{".to_owned(), false)),
        _ => Ok(roles(ask, &json!({"final_answer": "x"}), &reflection(), &add("Look at the river first."))),
    });
    let memory = Memory::default();
    let train = (0..5).map(|n| Sample::new(format!("s{n}"), format!("What is item {n}?"), Some(Truth::from("y")))).collect();
    let outcome =
        now(offline(&setup(one_epoch()), means(&asker, &memory), &only(train), Start::New(Playbook::new(key())))).unwrap();
    let first = outcome.tally.first;
    assert_eq!((first.unreadable, first.failed, first.wrong, outcome.tally.lost), (1, 1, 3, 1));
    assert_eq!(outcome.playbook.bullets.len(), 1);
    let outputs = memory.outputs.into_inner().unwrap();
    assert_eq!(outputs.iter().filter(|output| output.round == 0).count(), 5, "all of them are written");
    assert_eq!(outputs.iter().filter(|output| output.lost.is_some()).count(), 2);

    let setup = setup(Settings { epochs: 2, checkpoint_every: 100, ..Settings::default() });
    let both = Samples { train: samples(0..12, 4), validation: samples(1000..1008, 4) };
    let run = |away, start, memory: &Memory| {
        let student = Student { away, ..Student::new() };
        now(offline(&setup, means(&student, memory), &both, start))
    };
    let new = || Start::New(Playbook::new(key()));
    let whole = run(0..0, new(), &Memory::default());
    // Twice away is waited out; three times ends the run, and it goes on from there: in the baseline, a lesson, a validation.
    for from in [3, 20, 50, 57, 80, 100, 120, 140] {
        assert_eq!(run(from..from + 2, new(), &Memory::default()), whole, "away at {from}");
        let memory = Memory::default();
        let stopped = run(from..from + 3, new(), &memory);
        assert!(matches!(stopped, Err(Stop::Away { times: 3, .. })), "{stopped:?}");
        let last = memory.checkpoints.lock().unwrap().last().unwrap().clone();
        assert_eq!(run(0..0, Start::Resume(Box::new(last)), &memory), whole, "away for good at {from}");
    }
}

#[test]
fn trap_08_a_sample_counts_once_for_a_bullet_whoever_says_so() {
    let asker = By(|ask: &Ask| {
        let id = "errors-00001";
        let generator = json!({"final_answer": "Ludwigshafen", "bullet_ids": [id], "reasoning": format!("[{id}]")});
        let reflector =
            json!({"key_insight": "ok", "bullet_tags": [{"id": id, "tag": "helpful"}, {"id": "e1", "tag": "helpful"}]});
        let tag = |id| json!({"type": "TAG", "bullet_id": id, "tag": "helpful"});
        Ok(roles(ask, &generator, &reflector, &json!({"operations": [tag(id), tag("errors-00002")]})))
    });
    let start = book([bullet(1, Stage::Prod, "Check units"), bullet(2, Stage::Proposed, "Round late")]);
    let memory = Memory::default();
    let setup = setup(Settings { epochs: 2, ..one_epoch() });
    let outcome = now(offline(&setup, means(&asker, &memory), &only(vec![city()]), Start::New(start))).unwrap();
    let counts = |id| outcome.playbook.bullets[&BulletId(id)].counts;
    assert_eq!(counts(1), Counts { helpful: 2, ..Counts::NONE }, "once an epoch");
    assert_eq!(counts(2), Counts::NONE, "it was not in the prompt");
    let all = rejects(&memory);
    let counted = all.iter().filter(|reason| **reason == RejectReason::CountedAlready).count();
    assert_eq!((counted, all.iter().filter(|reason| **reason == RejectReason::NotShown).count()), (4, 2), "{all:?}");
    assert_eq!(outcome.tally.citations.share(), Some(Milli(1000)));
}

#[test]
fn what_the_grade_speaks_against_is_not_counted() {
    for (answer, tag, counts) in [
        ("Mainz", "helpful", Counts { neutral: 1, ..Counts::NONE }),
        ("Mainz", "harmful", Counts { harmful: 1, ..Counts::NONE }),
        ("Ludwigshafen", "harmful", Counts { neutral: 1, ..Counts::NONE }),
        ("Ludwigshafen", "helpful", Counts { helpful: 1, ..Counts::NONE }),
    ] {
        let asker = By(|ask: &Ask| {
            let reflector = json!({"key_insight": "ok", "bullet_tags": [{"id": "e1", "tag": tag}]});
            Ok(roles(ask, &json!({"final_answer": answer}), &reflector, &json!({"operations": []})))
        });
        let (memory, start) = (Memory::default(), book([bullet(1, Stage::Shadow, "Check units")]));
        let outcome = now(offline(&setup(one_epoch()), means(&asker, &memory), &only(vec![city()]), Start::New(start))).unwrap();
        assert_eq!(outcome.playbook.bullets[&BulletId(1)].counts, counts, "{answer} {tag}");
    }
}

/// Embeddings by the first word.
#[derive(Default)]
struct FirstWord(Mutex<Vec<String>>);

impl Embedder for FirstWord {
    fn embed(&self, texts: Vec<String>) -> BoxFuture<'static, Result<Vec<Vec<f32>>, AskError>> {
        let axis = |text: &String| match text.split(' ').next() {
            Some("Alpha") => [1.0, 0.0, 0.0],
            Some("Beta") => [0.0, 2.0, 0.0],
            _ => [0.0, 0.1, 3.0],
        };
        let vectors = texts.iter().map(|text| axis(text).to_vec()).collect();
        self.0.lock().unwrap().extend(texts);
        ready(Ok(vectors)).boxed()
    }
}

#[test]
fn trap_09_other_words_have_another_embedding() {
    let at = Mutex::new(0);
    let asker = By(|ask: &Ask| {
        let mut at = at.lock().unwrap();
        *at += usize::from(ask.role == Role::Curator);
        let curator = match *at {
            1 => json!({"operations": [{"type": "UPDATE", "bullet_id": "e2", "content": "Gamma comes late"}]}),
            2 => json!({"operations": [
                {"type": "ADD", "section": "Errors", "content": "Gamma said in another way"},
                {"type": "ADD", "section": "Errors", "content": "Beta once more"},
            ]}),
            _ => json!({"operations": [{"type": "UPDATE", "bullet_id": "e2", "content": "Alpha said in another way"}]}),
        };
        Ok(roles(ask, &json!({"final_answer": "Ludwigshafen"}), &reflection(), &curator))
    });
    let start = book([bullet(1, Stage::Prod, "Alpha comes first"), bullet(2, Stage::Prod, "Beta comes next")]);
    let (memory, embedder) = (Memory::default(), FirstWord::default());
    let train = (0..3).map(|n| Sample { id: format!("s{n}"), ..city() }).collect();
    let means = Means { embedder: Some(&embedder), ..means(&asker, &memory) };
    let outcome = now(offline(&setup(one_epoch()), means, &only(train), Start::New(start))).unwrap();
    let said: Vec<&str> = outcome.playbook.bullets.values().map(|bullet| bullet.text.content.as_str()).collect();
    assert_eq!(said, ["Alpha comes first", "Gamma comes late", "Beta once more"]);
    let duplicate = |id| RejectReason::Duplicate { id: BulletId(id) };
    assert_eq!(rejects(&memory), [duplicate(2), duplicate(1)]);
    let embedded = embedder.0.into_inner().unwrap();
    assert_eq!(embedded.iter().filter(|text| *text == "Gamma comes late").count(), 1, "each text once: {embedded:?}");
}
