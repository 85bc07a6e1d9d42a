//! Calls of tools: shown as text, and said to have come to nothing.

use super::bench::{Bench, model};
use conductor::backend::ToolCall;
use conductor::backend::scripted::Step::{self, Calls, Done, Text};
use conductor::protocol::{Command, ConversationCommand, Event, Level};

fn call(name: &str, arguments: &str) -> Step {
    Calls(vec![ToolCall::new(name, arguments)])
}

fn say(text: &str) -> Step {
    Text(text.to_owned())
}

/// What a model that plays `steps` is shown to have said; what follows it, and what is stored of it, is the same for all.
async fn check(steps: Vec<Step>, want: &str, tools: &str) {
    let mut bench = Bench::new(vec![model("llama3.1:8b")], &[("llama3.1:8b", steps)]);
    let events = bench.ask("hello").await;
    let said: String = events.iter().filter_map(|line| line.strip_prefix("delta ")).collect();
    assert_eq!(said, want, "streamed");
    let notice = format!("notice llama3.1:8b asked for a tool ({tools}): Segno runs no tools, so nothing was done");
    let notices: Vec<_> = events.iter().filter(|line| line.starts_with("notice")).collect();
    assert_eq!(notices, [&notice], "once");
    let [.., before, last] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((before, last), (&notice, &format!("finished complete by llama3.1:8b (local): {want}")));
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    assert_eq!(&*bench.opened().await.messages.last().unwrap().text, want, "stored");
    bench.end().await;
}

#[tokio::test]
async fn a_call_is_a_line_of_the_answer_and_is_said() {
    let f = "[tool call: set_timer {\"minutes\": 10}]";
    let timer = || call("set_timer", r#"{"minutes":10}"#);
    check(vec![timer(), Done], f, "set_timer").await;
    check(vec![say("I will."), timer(), Done], &format!("I will.\n{f}"), "set_timer").await;
    check(vec![say("I will.\n"), timer(), timer(), say("So."), Done], &format!("I will.\n{f}\n{f}\nSo."), "set_timer").await;
    let two = Calls(vec![ToolCall::new("f", ""), ToolCall::new("g", "")]);
    check(vec![two, say("\nSo."), say(" It is."), Done], "[tool call: f {}]\n[tool call: g {}]\nSo. It is.", "f, g").await;
}

#[tokio::test]
async fn the_notice_is_a_warning_with_what_to_do() {
    let mut bench = Bench::new(vec![model("llama3.1:8b")], &[("llama3.1:8b", vec![call("f", "{}"), Done])]);
    bench.send_ask("hello").await;
    let notice = bench.pick(|event| if let Event::Notice { id: Some(_), notice } = event { Some(notice) } else { None }).await;
    assert_eq!((notice.level, notice.hint.as_str()), (Level::Warning, "ask for the answer itself, or do it yourself"));
    bench.end().await;
}
