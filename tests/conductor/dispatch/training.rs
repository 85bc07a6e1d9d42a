//! Trainings at the door of the core: what is learnt from samples is kept where it is better, and a run that was broken off goes on.

use super::bench::{Bench, CODER, GENERAL, GIB, sized};
use conductor::domain::{
    Failure, FailureKind, ModelId, PlaybookKey, RequestId, Stage, TrainKept, TrainPlan, TrainStep, Trained, UserChange,
};
use conductor::protocol::{Command, Event, PlaybookCommand, PlaybookEvent, Query, Reply};
use segno_tests::ollama::{FakeOllama, Gate, Script};

const WRONG: &str = r#"{"reasoning": "a guess", "bullet_ids": [], "final_answer": "3"}"#;
const RIGHT: &str = r#"{"reasoning": "with the line", "bullet_ids": ["u1"], "final_answer": "4"}"#;
const REFLECTION: &str = r#"{"reasoning": "r", "error_identification": "e", "root_cause_analysis": "c", "correct_approach": "a",
    "key_insight": "Count on the fingers.", "bullet_tags": []}"#;
const PROPOSAL: &str =
    r#"{"reasoning": "new", "operations": [{"type": "ADD", "section": "Units", "content": "Count on the fingers first."}]}"#;

fn key() -> PlaybookKey {
    PlaybookKey::new("math", "llama", None).unwrap()
}

fn plan() -> TrainPlan {
    TrainPlan { key: key(), model: None, epochs: 1, rounds: 1, aside_percent: 50, seed: 1, online: false, resume: false }
}

fn samples() -> String {
    let sample = |id: &str, question: &str| format!(r#"{{"id": "{id}", "question": "{question}", "answer": "4"}}"#);
    [sample("a", "How much is 2 and 2?"), "not a sample".to_owned(), sample("b", "How much is 3 and 1?")].join("\n")
}

fn server() -> FakeOllama {
    FakeOllama::builder().memory(12 * GIB).model(sized(GENERAL, 4)).model(sized(CODER, 4)).start()
}

/// Knows which models there are.
async fn bench() -> Bench {
    let bench = Bench::new(server());
    bench.snapshot().await;
    bench
}

async fn begin(bench: &mut Bench, plan: TrainPlan, text: &str) -> RequestId {
    let id = bench.next_id();
    bench.command(Command::Playbook(PlaybookCommand::Train { id, plan, text: text.to_owned() })).await;
    id
}

async fn end(bench: &mut Bench, id: RequestId) -> Result<Trained, Failure> {
    bench
        .pick(|event| match event {
            Event::Playbook(PlaybookEvent::Trained { id: of, result }) if *of == id => Some(result.clone().map(|end| *end)),
            _ => None,
        })
        .await
}

/// The answers of a run until `n` have come, as `part sample: right`.
async fn answers(bench: &mut Bench, id: RequestId, n: usize) -> Vec<String> {
    let mut answers = Vec::new();
    while answers.len() < n {
        let one = bench.pick(|event| match event {
            Event::Playbook(PlaybookEvent::Training { id: of, step: TrainStep::Answered { part, sample, right, .. } })
                if *of == id =>
            {
                Some(format!("{part} {sample}: {right:?}"))
            }
            _ => None,
        });
        answers.push(one.await);
    }
    answers
}

async fn book(bench: &Bench) -> Vec<(String, Stage)> {
    let Reply::Playbooks(all) = bench.query(Query::Playbooks).await else { panic!("no playbooks") };
    let bullets = all.iter().flat_map(|book| book.bullets.values());
    bullets.map(|bullet| (bullet.text.content.clone(), bullet.stage)).collect()
}

#[tokio::test]
async fn what_makes_answers_right_is_kept_and_what_does_not_is_not() {
    // Without the playbook wrong; wrong at first in the training, right after reflection; then with the playbook, or wrong again.
    for (last, kept) in [(RIGHT, TrainKept::Better), (WRONG, TrainKept::NotBetter)] {
        let mut bench = bench().await;
        let answers = [WRONG, WRONG, REFLECTION, RIGHT, PROPOSAL, last];
        bench.fake.set(GENERAL, answers.into_iter().skip(1).fold(Script::says(answers[0]), Script::then_says));
        let id = begin(&mut bench, plan(), &samples()).await;
        let begun = bench
            .pick(|event| match event {
                Event::Playbook(PlaybookEvent::Training {
                    step: TrainStep::Begun { train, aside, refused, model, .. }, ..
                }) => Some((*train, *aside, refused.clone(), model.clone())),
                _ => None,
            })
            .await;
        assert_eq!((begun.0, begun.1, begun.2.len(), begun.3), (1, 1, 1, ModelId::new(GENERAL)), "by its family");
        let trained = end(&mut bench, id).await.unwrap();
        assert_eq!((trained.kept, trained.bare.right, trained.refined, trained.calls), (kept, 0, 1, 6));
        assert!(trained.prompt_tokens > 0 && trained.steps == 1, "{trained:?}");
        let want =
            if kept == TrainKept::Better { vec![("Count on the fingers first.".to_owned(), Stage::Shadow)] } else { vec![] };
        assert_eq!(book(&bench).await, want);
        assert_eq!(trained.deltas.is_empty(), kept == TrainKept::NotBetter);
        bench.end().await;
    }
}

#[tokio::test]
async fn a_run_that_was_stopped_goes_on_where_it_stood() {
    let mut bench = bench().await;
    bench.fake.set(GENERAL, Script::says(WRONG));
    let id = begin(&mut bench, plan(), &samples()).await;
    // The baseline came; what follows hangs, and is stopped.
    let first = answers(&mut bench, id, 1).await;
    assert!(first[0].starts_with("bare "), "{first:?}");
    let gate = Gate::closed();
    bench.fake.set(GENERAL, Script::says(WRONG).slow_first_token(&gate));
    bench.cancel(id).await;
    assert_eq!(end(&mut bench, id).await.unwrap_err().kind, FailureKind::Cancelled);
    bench.restart().await;
    bench.snapshot().await;
    // Another file is another training.
    let resume = TrainPlan { resume: true, ..plan() };
    let id = begin(&mut bench, resume.clone(), &samples().replace("2 and 2", "1 and 3")).await;
    assert!(end(&mut bench, id).await.unwrap_err().what.contains("had other samples or settings"));
    let asked = bench.fake.requests_to("/api/chat").len();
    bench.fake.set(GENERAL, Script::says(RIGHT));
    let id = begin(&mut bench, resume.clone(), &samples()).await;
    let trained = end(&mut bench, id).await.unwrap();
    assert_eq!((trained.bare.right, trained.bare.graded), (0, 1), "the baseline is that of before");
    assert!(bench.fake.requests_to("/api/chat").len() > asked);
    let id = begin(&mut bench, resume, &samples()).await;
    assert!(end(&mut bench, id).await.unwrap_err().what.contains("was broken off"), "it is over");
    bench.end().await;
}

#[tokio::test]
async fn a_stream_is_learnt_from_in_its_order_and_a_change_by_hand_stands() {
    let mut bench = bench().await;
    let script = [WRONG, REFLECTION, RIGHT, PROPOSAL, RIGHT, REFLECTION, PROPOSAL];
    bench.fake.set(GENERAL, script.into_iter().skip(1).fold(Script::says(script[0]), Script::then_says));
    let id = begin(&mut bench, TrainPlan { online: true, ..plan() }, &samples()).await;
    let came = answers(&mut bench, id, 3).await;
    assert_eq!(came, ["train a: Some(false)", "train a: Some(true)", "train b: Some(true)"]);
    let trained = end(&mut bench, id).await.unwrap();
    assert_eq!((trained.kept, trained.train.right, trained.train.graded), (TrainKept::Unmeasured, 1, 2));
    assert_eq!(book(&bench).await.len(), 1);

    // The user writes into the playbook while it is trained.
    let gate = Gate::closed();
    bench.fake.set(GENERAL, Script::says(WRONG).slow_first_token(&gate));
    let id = begin(&mut bench, TrainPlan { online: true, seed: 2, ..plan() }, &samples()).await;
    bench.pick(|event| matches!(event, Event::Playbook(PlaybookEvent::Training { .. })).then_some(())).await;
    let change = UserChange::Add { section: "Own".into(), content: "Say it in words, too.".into() };
    let own = bench.next_id();
    bench.command(Command::Playbook(PlaybookCommand::Change { id: own, key: key(), change })).await;
    bench.pick(|event| matches!(event, Event::Playbook(PlaybookEvent::Changed { .. })).then_some(())).await;
    gate.open();
    let answers = [WRONG, REFLECTION, RIGHT, &PROPOSAL.replace("fingers first", "toes")];
    bench.fake.set(GENERAL, answers.into_iter().skip(1).fold(Script::says(answers[0]), Script::then_says));
    match end(&mut bench, id).await {
        Ok(trained) => assert!(trained.deltas.is_empty(), "nothing was learnt, so nothing was in the way: {trained:?}"),
        Err(failure) => assert!(failure.what.contains("was changed while it was trained"), "{failure}"),
    }
    assert!(book(&bench).await.iter().any(|(content, _)| content == "Say it in words, too."));
    bench.end().await;
}

#[tokio::test]
async fn what_cannot_be_trained_is_said() {
    let mut bench = bench().await;
    let id = begin(&mut bench, plan(), "nothing").await;
    let failure = end(&mut bench, id).await.unwrap_err();
    assert!(failure.what.starts_with("the file holds no sample: line 1"), "{failure}");
    let other = PlaybookKey::new("math", "qwen", None).unwrap();
    for (plan, what) in [
        (TrainPlan { key: other, ..plan() }, "there is no model of the family qwen on this machine"),
        (TrainPlan { model: Some(ModelId::new("nobody")), ..plan() }, "nobody is not installed on this machine"),
        (TrainPlan { resume: true, ..plan() }, "no training of math-llama was broken off"),
    ] {
        let id = begin(&mut bench, plan, &samples()).await;
        let failure = end(&mut bench, id).await.unwrap_err();
        assert!(failure.what.starts_with(what), "{failure}");
    }
    bench.end().await;
}

#[tokio::test]
async fn a_playbook_is_measured_on_the_same_questions_with_it_and_without_it() {
    let mut bench = bench().await;
    let (own, section) = (bench.next_id(), "Units".to_owned());
    let change = UserChange::Add { section, content: "Count on the fingers first.".into() };
    bench.command(Command::Playbook(PlaybookCommand::Change { id: own, key: key(), change })).await;
    bench.pick(|event| matches!(event, Event::Playbook(PlaybookEvent::Changed { .. })).then_some(())).await;
    // Without it two wrong answers, with it two right ones.
    bench.fake.set(GENERAL, Script::says(WRONG).then_says(WRONG).then_says(RIGHT).then_says(RIGHT));
    let id = begin(&mut bench, TrainPlan { epochs: 0, aside_percent: 100, ..plan() }, &samples()).await;
    let trained = end(&mut bench, id).await.unwrap();
    assert_eq!((trained.bare.right, trained.validation.right, trained.calls), (0, 2, 4));
    let gain = trained.gain.unwrap();
    assert_eq!((gain.problems, gain.points.0), (2, 1000));
    assert!(gain.low.0 < 1000 && gain.high.0 <= 1000, "two questions are few: {gain:?}");
    assert_eq!((trained.deltas.len(), book(&bench).await.len()), (0, 1), "nothing is learnt");
    bench.end().await;
}
