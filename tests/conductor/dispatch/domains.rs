//! What a conversation is about, at the door of the core: which playbooks its prompts get, and how long it holds.

use super::bench::{Bench, GENERAL, GIB, SUM, TALK, sized};
use conductor::config::Layout;
use conductor::domain::{BulletId, Decision, Domain, PlaybookKey, Shown, UserChange};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, PlaybookCommand, PlaybookEvent};
use segno_tests::ollama::{FakeOllama, Script};

fn server() -> FakeOllama {
    FakeOllama::builder().memory(12 * GIB).model(sized(GENERAL, 4)).start()
}

fn key(base: &str, sub: Option<&str>) -> PlaybookKey {
    PlaybookKey::new(base, "llama", sub).unwrap()
}

async fn changed(bench: &mut Bench, key: PlaybookKey, change: UserChange) {
    let id = bench.next_id();
    bench.command(Command::Playbook(PlaybookCommand::Change { id, key, change })).await;
    let made = bench.pick(|event| match event {
        Event::Playbook(PlaybookEvent::Changed { id: of, result }) if *of == Some(id) => Some(result.is_ok()),
        _ => None,
    });
    assert!(made.await);
}

async fn add(bench: &mut Bench, key: PlaybookKey, content: &str) {
    changed(bench, key, UserChange::Add { section: "style".to_owned(), content: content.to_owned() }).await;
}

async fn say(bench: &mut Bench, domain: Option<&str>) -> Option<Domain> {
    let domain = domain.map(|text| Domain::parse(text).unwrap());
    bench.conversation(ConversationCommand::SetDomain(domain)).await;
    bench
        .pick(|event| match event {
            Event::Conversation(ConversationEvent::DomainInForce(domain)) => Some(domain.clone()),
            _ => None,
        })
        .await
}

async fn decided(bench: &mut Bench, question: &str) -> Decision {
    let id = bench.send(question, Some(GENERAL)).await;
    bench
        .pick(|event| match event {
            Event::Finished { id: of, answer, .. } if *of == id => Some(*answer.decision.clone().unwrap()),
            _ => None,
        })
        .await
}

/// The playbooks that the last prompt had lines of, with the numbers of the lines in ascending order.
fn lines(shown: Option<&Shown>) -> Vec<(String, Vec<u32>)> {
    let of = |shown: &Shown| {
        let mut numbers: Vec<u32> = shown.bullets.iter().map(|id| id.0).collect();
        numbers.sort_unstable();
        (shown.playbook.to_string(), numbers)
    };
    shown.into_iter().flat_map(Shown::each).map(of).collect()
}

async fn shown(bench: &mut Bench, question: &str) -> Vec<(String, Vec<u32>)> {
    let decision = decided(bench, question).await;
    lines(decision.shown.as_ref())
}

fn one(name: &str) -> Vec<(String, Vec<u32>)> {
    vec![(name.to_owned(), vec![1])]
}

#[tokio::test]
async fn the_user_says_what_a_conversation_is_about_and_its_prompts_get_that_playbook() {
    let mut bench = Bench::new(server());
    for (base, sub) in [("general", None), ("math", None), ("math", Some("fractions")), ("chemistry", None)] {
        add(&mut bench, key(base, sub), &format!("Advice for {base} {sub:?}.")).await;
    }
    assert_eq!(shown(&mut bench, TALK).await, one("general-llama"));
    for (domain, name) in [
        (Some("math"), "math-llama"),
        (Some("Chemistry"), "chemistry-llama"),
        (Some("math/fractions"), "math-llama-fractions"),
        (None, "general-llama"),
    ] {
        let in_force = say(&mut bench, domain).await;
        assert_eq!(in_force.map(|domain| domain.to_string()), domain.map(str::to_lowercase));
        let decision = decided(&mut bench, TALK).await;
        assert_eq!(lines(decision.shown.as_ref()), one(name));
        assert_eq!(decision.task.class.word(), "general", "it is taken for what it was");
        assert_eq!(decision.notes.iter().any(|note| note.contains("/domain")), domain.is_some(), "{:?}", decision.notes);
    }
    // One that has no playbook gets no advice, whatever the words of the question say.
    say(&mut bench, Some("math/sums")).await;
    assert_eq!(shown(&mut bench, SUM).await, []);
    bench.end().await;
}

#[tokio::test]
async fn what_it_is_about_holds_for_its_conversation_survives_and_is_copied() {
    let mut bench = Bench::new(server());
    add(&mut bench, key("chemistry", None), "Balance the equation.").await;
    // Said before anything was asked, and so before there is a row.
    say(&mut bench, Some("chemistry")).await;
    assert_eq!(shown(&mut bench, TALK).await, one("chemistry-llama"));
    bench.conversation(ConversationCommand::Fork { at: None }).await;
    assert_eq!(bench.opened().await.summary.domain, Domain::parse("chemistry").ok());
    assert_eq!(shown(&mut bench, TALK).await, one("chemistry-llama"), "in the copy");
    bench.restart().await;
    bench.conversation(ConversationCommand::ResumeLast).await;
    assert_eq!(bench.opened().await.summary.domain, Domain::parse("chemistry").ok());
    assert_eq!(shown(&mut bench, TALK).await, one("chemistry-llama"), "after a restart");
    bench.conversation(ConversationCommand::New).await;
    assert_eq!(shown(&mut bench, TALK).await, [], "another conversation");
    bench.end().await;
}

#[tokio::test]
async fn a_narrower_subject_and_the_wider_one_share_a_prompt() {
    let mut bench = Bench::with(server(), |config| config.ace.layout = Layout::Hierarchical);
    bench.fake.set(GENERAL, Script::says("By [s1] and [w-s2]."));
    add(&mut bench, key("math", None), "Check the sign.").await;
    say(&mut bench, Some("math/fractions")).await;
    let alone = vec![("math-llama-fractions".to_owned(), vec![]), ("math-llama".to_owned(), vec![1])];
    assert_eq!(shown(&mut bench, TALK).await, alone, "the narrower is not there yet");
    add(&mut bench, key("math", None), "Write the unit.").await;
    add(&mut bench, key("math", Some("fractions")), "Find the common denominator.").await;
    let decision = decided(&mut bench, TALK).await;
    let both = vec![("math-llama-fractions".to_owned(), vec![1]), ("math-llama".to_owned(), vec![1, 2])];
    assert_eq!(lines(decision.shown.as_ref()), both);
    let cited: Vec<Vec<BulletId>> = decision.shown.iter().flat_map(Shown::each).map(|shown| shown.cited.clone()).collect();
    assert_eq!(cited, [vec![BulletId(1)], vec![BulletId(2)]], "each number is that of its own playbook");
    let told = bench.told();
    let places = ["Find the common", "Check the sign"].map(|words| told[0].find(words).unwrap());
    assert!(places[0] < places[1], "the narrower first: {}", told[0]);
    // One that is off leaves the other.
    changed(&mut bench, key("math", Some("fractions")), UserChange::Switch { off: true }).await;
    assert_eq!(lines(decided(&mut bench, TALK).await.shown.as_ref())[1], ("math-llama".to_owned(), vec![1, 2]));
    say(&mut bench, Some("math")).await;
    assert_eq!(shown(&mut bench, TALK).await, [("math-llama".to_owned(), vec![1, 2])]);
    bench.end().await;
}

#[tokio::test]
async fn a_row_of_the_settings_is_for_its_playbook_alone() {
    let row = |id: &str, off, trial| conductor::config::PlaybookSettings {
        id: id.to_owned(),
        off,
        trial,
        observations: None,
        staging_helpful: None,
        staging_ratio: None,
        prod_helpful: None,
        prod_ratio: None,
        lift_answers: None,
    };
    let mut bench = Bench::with(server(), |config| {
        config.ace.trial = 100;
        config.playbooks = vec![row("math-llama", true, None), row("code-llama", false, Some(0))];
    });
    for base in ["math", "code", "chemistry"] {
        add(&mut bench, key(base, None), "Advice.").await;
        changed(&mut bench, key(base, None), UserChange::Demote { id: BulletId(1) }).await;
    }
    say(&mut bench, Some("math")).await;
    assert_eq!(decided(&mut bench, TALK).await.shown, None, "it is off");
    say(&mut bench, Some("code")).await;
    let held_back = decided(&mut bench, TALK).await.shown.unwrap();
    assert_eq!((held_back.bullets, held_back.held_back), (vec![], vec![BulletId(1)]), "it is never tried, which is known");
    say(&mut bench, Some("chemistry")).await;
    let drawn = decided(&mut bench, TALK).await.shown.unwrap();
    assert_eq!((drawn.trial, drawn.held_back), (vec![BulletId(1)], vec![]), "it is always tried");
    bench.end().await;
}
