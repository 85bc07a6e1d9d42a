//! The meter of the window, and summaries of what was before.

use super::bench::{Bench, model};
use super::{broken, say, usual};
use conductor::backend::scripted::Step::{self, Done, Hang, Length};
use conductor::domain::{
    BackendId, ContextReport, ContextUse, Conversation, ConversationId, Doomed, Location, MessageId, Model, Prompt, RequestId,
    Summary,
};
use conductor::protocol::{Command, CompactStep, ConversationCommand, ConversationEvent, Event, Query, Reply};

const MODEL: &str = "llama3.1:8b";

const ID: RequestId = RequestId(500);

/// Answers of some length, so that a summary is shorter.
fn long(n: usize) -> Vec<Step> {
    vec![say(&format!("answer {n} {}", "and so on and on ".repeat(40))), Done]
}

/// A conversation of `count` exchanges, and what the model plays after them.
async fn talk(count: usize, then: Vec<Vec<Step>>) -> Bench {
    let plays: Vec<(&str, Vec<Step>)> = (1..=count).map(long).chain(then).map(|steps| (MODEL, steps)).collect();
    let mut bench = Bench::new(usual(), &plays);
    for n in 1..=count {
        bench.ask_model(&format!("question {n}"), Some(MODEL)).await;
    }
    bench
}

impl Bench {
    async fn compact(&mut self) -> Vec<String> {
        self.command(Command::Conversation(ConversationCommand::Compact { id: ID })).await;
        self.compacted().await
    }

    async fn undo(&mut self) -> Vec<String> {
        self.command(Command::Conversation(ConversationCommand::UndoCompact { id: ID })).await;
        self.compacted().await
    }

    /// The next step of a summary.
    async fn step(&mut self) -> CompactStep {
        self.next(|event| match event {
            Event::Conversation(ConversationEvent::Compact { id: ID, step }) => Some(step),
            _ => None,
        })
        .await
    }

    /// The steps of a summary, to its end.
    async fn compacted(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let (line, ended) = match self.step().await {
                CompactStep::Begun { by, messages } => (format!("begun {messages} by {}", by.model), false),
                CompactStep::Read { read, of } => (format!("read {read} of {of}"), false),
                CompactStep::Text(text) => (format!("text {text}"), false),
                CompactStep::Done(summary) => (format!("done {}", summary.text), true),
                CompactStep::Undone(summary) => (format!("undone {}", summary.text), true),
                CompactStep::Failed(failure) => (format!("failed {:?}: {}", failure.kind, failure.what), true),
            };
            lines.push(line);
            if ended {
                return lines;
            }
        }
    }

    async fn report(&self) -> ContextReport {
        match self.query(Query::Context).await {
            Reply::Context(Some(report)) => *report,
            other => panic!("{other:?}"),
        }
    }

    async fn stored(&self, id: i64) -> Conversation {
        match self.query(Query::Conversation(ConversationId(id))).await {
            Reply::Conversation(Some(conversation)) => *conversation,
            other => panic!("{other:?}"),
        }
    }

    /// What the last request told, shortened.
    fn told_last(&self) -> Vec<String> {
        let shorten = |line: String| match line.contains("The block below is a summary") {
            true => "summary".to_owned(),
            false => line.split(' ').take(3).collect::<Vec<_>>().join(" "),
        };
        self.sent_messages(self.server.sent().len() - 1).into_iter().map(shorten).collect()
    }

    /// The next that is said of the window.
    async fn meter(&mut self) -> (Option<RequestId>, ContextUse) {
        self.next(|event| match event {
            Event::Conversation(ConversationEvent::Context { id, now }) => Some((id, now)),
            _ => None,
        })
        .await
    }
}

const WHOLE: [&str; 4] = ["begun 2 by llama3.1:8b", "text The user", "text  asked.", "done The user asked."];

fn summary() -> Vec<Step> {
    vec![say("The user"), say(" asked."), Done]
}

#[tokio::test(start_paused = true)]
async fn a_summary_takes_the_place_of_what_was_before() {
    let mut bench = talk(3, vec![summary(), long(4), long(5), vec![say("Both."), Done], long(6), long(7), long(8)]).await;
    assert_eq!(bench.report().await.compactable, 2);
    assert_eq!(bench.compact().await, WHOLE);
    let asked = bench.sent_messages(3);
    assert!(asked.len() == 1 && asked[0].contains("User: question 1") && !asked[0].contains("question 2"), "{asked:?}");
    bench.ask_model("question 4", Some(MODEL)).await;
    let want =
        ["summary", "user: question 2", "assistant: answer 2", "user: question 3", "assistant: answer 3", "user: question 4"];
    assert_eq!(bench.told_last(), want);
    assert_eq!(bench.stored(1).await.messages.len(), 8, "the messages stay");
    let report = bench.report().await;
    assert!(report.parts.summary > 0 && report.seen == 6, "{report:?}");
    assert_eq!((report.summary.map(|(_, covers)| covers), report.compactable), (Some(2), 2));

    // It survives a restart.
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    let opened = bench.opened().await;
    assert_eq!(
        Summary::in_force(&opened.summaries, &opened.messages).map(|(s, n)| (s.text.as_str(), n)),
        Some(("The user asked.", 2))
    );
    bench.ask_model("question 5", Some(MODEL)).await;
    assert_eq!(bench.told_last()[..2], ["summary", "user: question 2"]);

    // A second one covers the first, and what came after it.
    assert_eq!(bench.compact().await, ["begun 4 by llama3.1:8b", "text Both.", "done Both."]);
    let asked = bench.sent_messages(bench.server.sent().len() - 1);
    assert!(
        asked[0].contains("The user asked.") && asked[0].contains("question 3") && !asked[0].contains("question 1"),
        "{asked:?}"
    );
    bench.ask_model("question 6", Some(MODEL)).await;
    assert_eq!(bench.told_last()[..2], ["summary", "user: question 4"]);

    // Taken back one after the other.
    assert_eq!(bench.undo().await, ["undone Both."]);
    bench.ask_model("question 7", Some(MODEL)).await;
    assert_eq!(bench.told_last()[..2], ["summary", "user: question 2"]);
    assert_eq!(bench.undo().await, ["undone The user asked."]);
    assert_eq!(bench.undo().await, ["failed Refused: no summary stands in this conversation"]);
    bench.restart().await;
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    assert_eq!(bench.opened().await.summaries, [], "that, too, survives a restart");
    bench.ask_model("question 8", Some(MODEL)).await;
    assert_eq!(bench.told_last()[0], "user: question 1");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_good_summary_changes_nothing() {
    let too_long = "a very long summary of it ".repeat(60);
    for (name, steps, want) in [
        ("a failure", vec![say("The"), broken("out of memory")], "failed Broken: out of memory"),
        ("nothing", vec![Done], "failed Empty: llama3.1:8b wrote no summary"),
        ("blanks", vec![say(" \n "), Done], "failed Empty: llama3.1:8b wrote no summary"),
        (
            "cut",
            vec![say("The user"), Length],
            "failed Refused: the summary of llama3.1:8b stopped at the limit of length, so it was not taken",
        ),
        (
            "longer than the messages",
            vec![say(&too_long), Done],
            "failed Refused: the summary is no shorter than what it would stand for, so it was not taken",
        ),
        ("silence", vec![say("The"), Hang], "failed Stalled: llama3.1:8b said nothing for 60 s"),
        ("half", vec![say("The")], "failed Broken: the connection ended in the middle of an answer"),
    ] {
        let mut bench = talk(3, vec![steps, summary(), long(4)]).await;
        assert_eq!(bench.compact().await.last().map(String::as_str), Some(want), "{name}");
        assert_eq!(bench.stored(1).await.summaries, [], "{name}");
        assert_eq!(bench.compact().await, WHOLE, "{name}: it can be tried again");
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn it_can_be_stopped_and_nothing_has_changed() {
    let mut bench = talk(3, vec![vec![say("The user"), Hang], long(4)]).await;
    bench.command(Command::Conversation(ConversationCommand::Compact { id: ID })).await;
    assert!(matches!(bench.step().await, CompactStep::Begun { messages: 2, .. }));
    assert_eq!(bench.step().await, CompactStep::Text("The user".to_owned()));
    // Nothing else begins meanwhile.
    let busy = "the conversation is being summed up";
    let asked = bench.ask("may I?").await;
    assert!(asked.last().is_some_and(|line| line.starts_with(&format!("failed Busy: {busy}"))), "{asked:?}");
    let show = ConversationCommand::Show { at: MessageId(1) };
    bench.command(Command::Conversation(show)).await;
    assert_eq!(bench.notice().await, busy);
    bench.command(Command::Cancel { id: ID }).await;
    assert_eq!(bench.compacted().await.len(), 1);
    assert_eq!(bench.stored(1).await.summaries, []);
    bench.ask_model("question 4", Some(MODEL)).await;
    assert_eq!(bench.told_last()[0], "user: question 1");
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn there_has_to_be_something_to_sum_up() {
    let nothing = "failed Refused: there is nothing to sum up yet";
    for count in [0, 1, 2] {
        let mut bench = talk(count, vec![]).await;
        assert_eq!(bench.compact().await, [nothing], "{count} exchanges");
        bench.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_summary_is_written_on_this_machine_or_not_at_all() {
    let mut bench = talk(3, vec![]).await;
    bench.set_up(Vec::new());
    bench.command(Command::Models(conductor::protocol::ModelsCommand::Refresh)).await;
    bench.next_models().await;
    assert_eq!(bench.compact().await, ["failed NoCandidate: no model on this machine can write a summary"]);
    assert_eq!(bench.report().await.by, None);
    bench.end().await;

    // Whoever answered is elsewhere: another writes it.
    let far = Model { location: Location::External("ollama.com".into()), ..model("gpt-oss:120b-cloud") };
    let plays: Vec<(&str, Vec<Step>)> = (1..=3).map(long).chain([summary()]).map(|steps| (MODEL, steps)).collect();
    let mut bench = Bench::new(vec![model(MODEL), far], &plays);
    for n in 1..=3 {
        bench.ask_model(&format!("question {n}"), Some(MODEL)).await;
    }
    bench.set_model(Some("gpt-oss:120b-cloud")).await;
    assert_eq!(bench.report().await.by.map(|by| by.to_string()).as_deref(), Some(MODEL));
    assert_eq!(bench.compact().await, WHOLE);
    assert_eq!(bench.stored(1).await.summaries[0].backend, BackendId::ollama());
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_summary_counts_on_its_path_and_goes_along_with_copies() {
    let mut bench = talk(3, vec![summary(), long(4), long(5), long(6)]).await;
    bench.compact().await;
    let messages = bench.stored(1).await.messages;
    // Another first question: the summary is of another path.
    let edit = ConversationCommand::Edit { id: RequestId(70), at: messages[0].id, prompt: Prompt::typed("another"), model: None };
    bench.command(Command::Conversation(edit)).await;
    bench.until(RequestId(70), "finished").await;
    assert_eq!(bench.report().await.summary, None);
    bench.command(Command::Conversation(ConversationCommand::Show { at: messages[5].id })).await;
    bench.opened().await;
    assert_eq!(bench.report().await.summary.map(|(_, covers)| covers), Some(2));
    for (at, covers) in [(None, Some(2)), (Some(messages[0].id), None)] {
        bench.command(Command::Conversation(ConversationCommand::Show { at: messages[5].id })).await;
        bench.opened().await;
        bench.command(Command::Conversation(ConversationCommand::Fork { at })).await;
        let copy = bench.opened().await;
        assert_eq!(Summary::in_force(&copy.summaries, &copy.messages).map(|(_, covers)| covers), covers, "{at:?}");
    }
    bench.command(Command::Conversation(ConversationCommand::Purge { id: RequestId(9), which: Doomed::All })).await;
    bench
        .next(|event| match event {
            Event::Conversation(ConversationEvent::Purged { result, .. }) => Some(result),
            _ => None,
        })
        .await
        .unwrap();
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_it_is_written_finds_it_done() {
    let mut bench = talk(3, vec![summary()]).await;
    bench.command(Command::Conversation(ConversationCommand::Compact { id: ID })).await;
    bench.command(Command::Conversation(ConversationCommand::New)).await;
    assert_eq!(bench.compacted().await, WHOLE);
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    assert_eq!(bench.opened().await.summaries.len(), 1);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_meter_is_said_when_it_changes() {
    let mut bench = talk(0, vec![long(1)]).await;
    let id = bench.send(Prompt::typed("question 1"), Some(MODEL)).await;
    let (of, briefed) = bench.meter().await;
    assert_eq!((of, briefed.window, briefed.reserve, briefed.left_out), (Some(id), 8192, 2048, 0));
    assert!(briefed.used > 0 && briefed.estimated);
    let (of, ended) = bench.meter().await;
    assert!(of == Some(id) && ended.used > briefed.used, "{ended:?}");
    bench.command(Command::Conversation(ConversationCommand::ResumeLast)).await;
    assert_eq!(bench.meter().await, (None, ended.clone()));
    bench.set_model(Some("deepseek-coder:6.7b")).await;
    let (_, other) = bench.meter().await;
    assert_eq!(other.model.to_string(), "deepseek-coder:6.7b");
    assert_eq!(bench.report().await.now, other);
    bench.end().await;
}

#[tokio::test(start_paused = true)]
async fn little_room_is_said_once_before_anything_is_left_out() {
    let mut small = model(MODEL);
    small.num_ctx = 1024;
    let plays: Vec<(&str, Vec<Step>)> = (1..=6).map(|_| (MODEL, vec![say(&"word ".repeat(120)), Done])).collect();
    let mut bench = Bench::new(vec![small], &plays);
    let mut said = Vec::new();
    for n in 0..6 {
        let id = bench.send(Prompt::typed("and what then?"), None).await;
        let lines = bench.until(id, "finished").await;
        let left_out = lines.iter().any(|line| line.contains("were left out"));
        // What is said after an answer comes before what the next command is answered with.
        bench.command(Command::Conversation(ConversationCommand::SetModel(None))).await;
        let warned = bench
            .next(|event| match event {
                Event::Notice { id: None, notice } if notice.hint.starts_with("`/compact`") => Some(true),
                Event::Conversation(ConversationEvent::ModelInForce(_)) => Some(false),
                _ => None,
            })
            .await;
        if warned {
            bench.next(|event| matches!(event, Event::Conversation(ConversationEvent::ModelInForce(_))).then_some(())).await;
        }
        said.push((n, warned, left_out));
    }
    let first = said.iter().position(|(.., left_out)| *left_out);
    let warned: Vec<_> = said.iter().filter(|(_, warned, _)| *warned).map(|(n, ..)| *n).collect();
    assert!(warned.len() == 1 && first.is_some_and(|first| warned[0] < first), "{said:?}");
    bench.end().await;
}
