//! The session, played by scripts: what is asked, what the backend does, and the events that a front end sees.

pub(crate) mod bench;
mod compact;
mod consent;
mod embed;
mod history;
mod opinion;
mod routing;
mod storage;
mod tools;

use bench::{Bench, model};
use conductor::backend::BackendError;
use conductor::backend::scripted::Step::{self, Done, Fail, Hang, Length, Text, Thinking, Wait};
use conductor::domain::{ConversationId, Location, Model, ModelId, Override};
use conductor::protocol::{Command, ConversationCommand};
use std::time::Duration;

const CODE: &str = "write a function that sorts";

/// A model that the user chose.
fn fixed(name: &str) -> Option<Override> {
    Some(Override { model: ModelId::new(name), locked: false })
}

fn say(text: &str) -> Step {
    Text(text.to_owned())
}

fn broken(what: &str) -> Step {
    Fail(BackendError::Broken(what.to_owned()))
}

fn usual() -> Vec<Model> {
    vec![model("llama3.1:8b"), model("deepseek-coder:6.7b")]
}

/// Asks `question` of models that play `plays`, and compares the events of the turn.
async fn check(name: &str, question: &str, plays: &[(&str, Vec<Step>)], want: &[&str]) {
    let mut bench = Bench::new(usual(), plays);
    let events = bench.ask(question).await;
    assert_eq!(events, want, "{name}");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn one_question_one_answer() {
    check(
        "general",
        "hello there",
        &[("llama3.1:8b", vec![say("Hi"), say(" you"), Done])],
        &["planned general: llama3.1:8b", "delta Hi", "delta  you", "finished complete by llama3.1:8b (local): Hi you"],
    )
    .await;
    check(
        "code goes to the coder",
        CODE,
        &[("deepseek-coder:6.7b", vec![say("fn"), Done])],
        &["planned code: deepseek-coder:6.7b, llama3.1:8b", "delta fn", "finished complete by deepseek-coder:6.7b (local): fn"],
    )
    .await;
    check(
        "thinking is kept apart",
        "hello",
        &[("llama3.1:8b", vec![Thinking("hm".into()), say("Hi"), Done])],
        &["planned general: llama3.1:8b", "thinking hm", "delta Hi", "finished complete by llama3.1:8b (local): Hi"],
    )
    .await;
    check(
        "a limit of length is told",
        "hello",
        &[("llama3.1:8b", vec![say("Hi"), Length])],
        &["planned general: llama3.1:8b", "delta Hi", "finished complete by llama3.1:8b (local), cut by length: Hi"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn before_the_first_token_the_next_is_asked() {
    let second = ("llama3.1:8b", vec![say("ok"), Done]);
    let planned = "planned code: deepseek-coder:6.7b, llama3.1:8b";
    let finished = "finished complete by llama3.1:8b (local) after deepseek-coder:6.7b: ok";
    for (steps, why) in [
        (vec![broken("CUDA error: out of memory")], "CUDA error: out of memory"),
        (vec![Fail(BackendError::NotFound("gone".into()))], "gone"),
        (vec![Fail(BackendError::Busy { what: "queue full".into(), retry_after: None })], "queue full"),
        (vec![Hang], "deepseek-coder:6.7b did not answer in 120 s"),
        (vec![Done], "deepseek-coder:6.7b answered nothing"),
        (vec![say(" \n"), Done], "deepseek-coder:6.7b answered nothing"),
        (vec![], "the connection ended in the middle of an answer"),
    ] {
        let mut want = vec![planned.to_owned()];
        if steps.contains(&say(" \n")) {
            want.push("delta  \n".to_owned());
        }
        want.extend([format!("fallback deepseek-coder:6.7b -> llama3.1:8b: {why}"), "delta ok".to_owned(), finished.to_owned()]);
        let want: Vec<&str> = want.iter().map(String::as_str).collect();
        check(why, CODE, &[("deepseek-coder:6.7b", steps), second.clone()], &want).await;
    }
}

#[tokio::test(start_paused = true)]
async fn all_fail() {
    check(
        "both",
        CODE,
        &[("deepseek-coder:6.7b", vec![broken("first")]), ("llama3.1:8b", vec![broken("second")])],
        &[
            "planned code: deepseek-coder:6.7b, llama3.1:8b",
            "fallback deepseek-coder:6.7b -> llama3.1:8b: first",
            "failed Broken: none of the 2 models that were asked answered: deepseek-coder:6.7b: first; llama3.1:8b: second (after \
             deepseek-coder:6.7b)",
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_once_is_not_asked_again() {
    for (error, kind) in [
        (BackendError::Refused("no".into()), "Refused"),
        (BackendError::TooLong("no".into()), "TooLong"),
        (BackendError::Unreachable("no".into()), "Unreachable"),
    ] {
        let failed = format!("failed {kind}: no");
        let want = ["planned code: deepseek-coder:6.7b, llama3.1:8b", failed.as_str()];
        check(kind, CODE, &[("deepseek-coder:6.7b", vec![Fail(error)])], &want).await;
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_first_token_what_came_is_kept() {
    let slow = Wait(Duration::from_secs(50));
    for (steps, why) in [
        (vec![say("half"), broken("reset")], "reset"),
        (vec![say("half"), slow, Hang], "deepseek-coder:6.7b said nothing more for 60 s"),
        (vec![say("half")], "the connection ended in the middle of an answer"),
    ] {
        let finished = format!("finished partial ({why}) by deepseek-coder:6.7b (local): half");
        let want = ["planned code: deepseek-coder:6.7b, llama3.1:8b", "delta half", finished.as_str()];
        check(why, CODE, &[("deepseek-coder:6.7b", steps)], &want).await;
    }
}

#[tokio::test(start_paused = true)]
async fn slow_is_not_stalled() {
    let slow = || Wait(Duration::from_secs(59));
    check(
        "59 s between pieces",
        "hi",
        &[("llama3.1:8b", vec![Wait(Duration::from_secs(119)), say("a"), slow(), say("b"), slow(), Done])],
        &["planned general: llama3.1:8b", "delta a", "delta b", "finished complete by llama3.1:8b (local): ab"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn nothing_leaves_the_machine() {
    let cloud = Model { location: Location::External("ollama.com".into()), ..model("alias:latest") };
    let mut bench = Bench::new(vec![model("llama3.1:8b"), cloud], &[("alias", vec![say("leaked"), Done])]);
    let events = bench.ask_model("hello", Some("alias")).await;
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[0], "planned general: alias, llama3.1:8b");
    assert!(
        events[1].starts_with("failed NotSealed: alias is external (ollama.com), and external models are switched off"),
        "{events:?}"
    );
    assert!(bench.server.sent().is_empty(), "{:?}", bench.server.sent());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_model_the_guide_answers() {
    let mut bench = Bench::new(Vec::new(), &[]);
    let events = bench.ask("how do I quit?").await;
    assert_eq!(events.first().map(String::as_str), Some("planned general: guide"));
    assert!(events.last().is_some_and(|e| e.starts_with("finished complete by guide (local):")), "{events:?}");
    assert!(bench.server.sent().is_empty());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_comes_up_is_noticed() {
    let mut bench = Bench::down(&[("llama3.1:8b", vec![say("hi"), Done])]);
    assert_eq!(bench.next_models().await, "down, watching");
    bench.set_up(usual());
    assert_eq!(bench.next_models().await, "up: llama3.1:8b, deepseek-coder:6.7b");
    assert!(bench.ask("hello").await.last().is_some_and(|e| e.contains("by llama3.1:8b")));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn watching_ends_after_ten_minutes() {
    let mut bench = Bench::down(&[]);
    assert_eq!(bench.next_models().await, "down, watching");
    assert_eq!(bench.next_models().await, "down");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_conversation_goes_with_the_question() {
    let plays =
        [("llama3.1:8b", vec![say("one"), Done]), ("llama3.1:8b", vec![broken("no")]), ("llama3.1:8b", vec![say("two"), Done])];
    let mut bench = Bench::new(vec![model("llama3.1:8b")], &plays);
    bench.ask("first").await;
    bench.ask("failed").await;
    bench.ask("second").await;
    let last = bench.sent_messages(2);
    assert_eq!(last, ["user: first", "assistant: one", "user: second"], "a question that got no answer is not told");
    bench.command(Command::Conversation(ConversationCommand::New)).await;
    bench.ask("third").await;
    assert_eq!(bench.sent_messages(3), ["user: third"]);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_conversation_comes_back() {
    let plays = [("llama3.1:8b", vec![say("one"), Done]), ("llama3.1:8b", vec![say("two"), Done])];
    let mut bench = Bench::new(vec![model("llama3.1:8b")], &plays);
    bench.ask("first question of all").await;
    bench.set_model(Some("llama3.1:8b")).await;
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    let opened = bench.opened().await;
    assert_eq!(opened.summary.title, "first question of all");
    assert_eq!(opened.summary.model_override, fixed("llama3.1:8b"));
    let words: Vec<_> = opened.messages.iter().map(conductor::domain::Message::content).collect();
    assert_eq!(words, ["first question of all", "one"]);
    bench.ask("second").await;
    assert_eq!(bench.sent_messages(1), ["user: first question of all", "assistant: one", "user: second"]);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_is_said() {
    let mut bench = Bench::new(usual(), &[("llama3.1:8b", vec![Hang])]);
    assert_eq!(bench.ask(" \n ").await, ["failed Refused: there is nothing to ask: the question is empty"]);
    bench.command(Command::Conversation(ConversationCommand::Resume(ConversationId(99)))).await;
    assert_eq!(bench.notice().await, "there is no conversation to resume");
    assert_eq!(bench.set_model(Some("nosuch:1b")).await, None);
    assert_eq!(bench.set_model(Some("lama3.1:8b")).await, None);
    let hint = &bench.errors().last().unwrap().hint;
    assert_eq!(hint, "did you mean `/model llama3.1:8b`? `/pull lama3.1:8b` gets it, `/models` lists what is there");
    assert_eq!(bench.set_model(Some("llama3.1:8b")).await, Some("llama3.1:8b".to_owned()));
    assert_eq!(bench.set_model(None).await, None);
    bench.end().await;
}

#[tokio::test]
async fn one_question_at_a_time_and_cancel_keeps_what_came() {
    let mut bench = Bench::new(usual(), &[("llama3.1:8b", vec![say("some"), Hang])]);
    let first = bench.send_ask("tell me").await;
    assert_eq!(bench.until(first, "delta").await.last().map(String::as_str), Some("delta some"));
    let second = bench.send_ask("and me").await;
    assert_eq!(bench.until(second, "failed").await, ["failed Busy: an answer is still coming"]);
    bench.command(Command::Cancel { id: first }).await;
    assert_eq!(bench.until(first, "finished").await, ["finished cancelled by llama3.1:8b (local): some"]);
    bench.end().await;
}

#[tokio::test]
async fn quitting_in_the_middle_of_an_answer_keeps_it() {
    let mut bench = Bench::new(usual(), &[("llama3.1:8b", vec![say("some"), Hang])]);
    let id = bench.send_ask("tell me").await;
    bench.until(id, "delta").await;
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    let opened = bench.opened().await;
    let answer = opened.messages.last().unwrap();
    assert_eq!((&*answer.text, &answer.status), ("some", &conductor::domain::Status::Cancelled));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_said() {
    let mut small = model("llama3.1:8b");
    small.num_ctx = 512;
    let long = "word ".repeat(300);
    let plays = [("llama3.1:8b", vec![say("one"), Done]), ("llama3.1:8b", vec![say("two"), Done])];
    let mut bench = Bench::new(vec![small], &plays);
    bench.ask(&long).await;
    let events = bench.ask(&long).await;
    assert!(
        events.iter().any(|e| e.starts_with("notice the 2 oldest messages, up to “word word word word word word word word …”, were left out: they do not fit the 512")),
        "{events:?}"
    );
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn too_long_is_tried_once_more_with_half_of_the_history() {
    let too_long = || vec![Fail(BackendError::TooLong("the conversation is too long".into()))];
    let answer = |text: &str| vec![say(text), Done];
    let llama = "llama3.1:8b";
    let plays = [
        (llama, answer("one")),
        (llama, too_long()),
        (llama, answer("two")),
        (llama, too_long()),
        (llama, answer("three")),
        (llama, too_long()),
        (llama, too_long()),
    ];
    let mut bench = Bench::new(vec![model(llama)], &plays);
    bench.ask("first").await;
    bench.ask("second").await;
    let events = bench.ask("third").await;
    assert_eq!(
        events,
        [
            "planned general: llama3.1:8b",
            "notice the 2 oldest messages, up to “first”, were left out: they do not fit the 8192 tokens of llama3.1:8b",
            "delta three",
            "finished complete by llama3.1:8b (local): three",
        ]
    );
    assert_eq!(bench.sent_messages(2), ["user: second"], "an answer goes with its question");
    assert_eq!(bench.sent_messages(4), ["user: second", "assistant: two", "user: third"]);
    assert_eq!(bench.ask("fourth").await.last().map(String::as_str), Some("failed TooLong: the conversation is too long"));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_came_up_a_moment_ago_is_asked() {
    let mut bench = Bench::down(&[("llama3.1:8b", vec![say("hi"), Done])]);
    assert_eq!(bench.ask("hello").await[0], "planned general: guide");
    bench.set_up(usual());
    assert_eq!(bench.ask("hello").await[0], "planned general: llama3.1:8b");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_model_is_looked_up_in_a_fresh_list() {
    let mut bench = Bench::new(usual(), &[("new:1b", vec![say("hi"), Done])]);
    bench.next_models().await;
    tokio::time::advance(Duration::from_secs(6)).await;
    bench.set_up(vec![model("llama3.1:8b"), model("new:1b")]);
    assert_eq!(bench.set_model(Some("new:1b")).await, Some("new:1b".to_owned()));
    assert_eq!(bench.ask("hello").await.last().map(String::as_str), Some("finished complete by new:1b (local): hi"));
    assert_eq!(bench.set_model(Some("guide")).await, Some("guide".to_owned()));
    assert_eq!(bench.ask("how do I quit?").await[0], "planned general: guide");
    bench.end().await;
}

#[tokio::test]
async fn a_model_chosen_during_the_first_answer_is_kept() {
    let mut bench = Bench::new(usual(), &[("llama3.1:8b", vec![say("some"), Hang])]);
    let id = bench.send_ask("tell me").await;
    bench.until(id, "delta").await;
    assert_eq!(bench.set_model(Some("deepseek-coder:6.7b")).await, Some("deepseek-coder:6.7b".to_owned()));
    bench.command(Command::Cancel { id }).await;
    bench.until(id, "finished").await;
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    assert_eq!(bench.opened().await.summary.model_override, fixed("deepseek-coder:6.7b"));
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_pulled_model_can_be_asked_as_soon_as_it_is_said_to_be_there() {
    let mut bench = Bench::new(Vec::new(), &[("phi3:mini", vec![say("hi"), Done])]);
    bench.next_models().await;
    bench.set_up(vec![model("phi3:mini")]);
    assert_eq!(bench.pull("phi3:mini").await, ["running", "up: phi3:mini", "done"]);
    assert_eq!(bench.ask("hello").await.last().map(String::as_str), Some("finished complete by phi3:mini (local): hi"));
    bench.end().await;
}

#[tokio::test]
async fn a_reader_that_pauses_loses_nothing() {
    let words: Vec<Step> = (0..200).map(|n| say(&format!("{n} "))).chain([Done]).collect();
    let whole: String = (0..200).map(|n| format!("{n} ")).collect();
    let mut bench = Bench::new(usual(), &[("llama3.1:8b", words)]);
    let id = bench.send_ask("count").await;
    // Not read any further, the channel fills and the turn waits; it is stopped there.
    bench.until(id, "delta").await;
    bench.command(Command::Cancel { id }).await;
    let end = bench.until(id, "finished").await.pop().unwrap();
    let text = end.rsplit(": ").next().unwrap();
    assert!(whole.starts_with(text), "{end}");
    bench.end().await;
}
