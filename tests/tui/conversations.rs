//! The stored conversations in the chat: messages in, what is seen and asked for out; and the real program in a terminal.

use crate::fixtures::{Session, failure, message, stored, summary};
use crate::screens::check_at;
use conductor::domain::{
    Conversation, ConversationId, ExportFormat, FailureKind, Hit, MessageId, ModelId, Role, Status, Versions,
};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, Notice, Query, Reply};
use segno_tests::check::Profile;
use segno_tests::ollama::{FakeOllama, Script};
use segno_tests::pty::{Key as Press, Pty};
use segno_tui::file::SaveTo;
use segno_tui::keymap::{Code, Key};
use segno_tui::msg::{Effect, Msg};
use std::path::Path;
use std::sync::Arc;

const SIZES: [(u16, u16); 4] = [(40, 10), (80, 24), (120, 40), (160, 50)];

fn alt(s: &mut Session, letter: char) {
    s.key(Key::alt(Code::Char(letter)));
}

fn sent(s: &mut Session) -> Vec<ConversationCommand> {
    let command = |effect| match effect {
        Effect::Send(Command::Conversation(command)) => Some(command),
        _ => None,
    };
    s.taken().into_iter().filter_map(command).collect()
}

fn happens(s: &mut Session, event: ConversationEvent) {
    s.event(Event::Conversation(event));
}

fn is_search(query: &Query) -> bool {
    matches!(query, Query::Search { .. })
}

/// The list, with who answered last.
fn conversations() -> Reply {
    let Reply::Conversations(mut list) = crate::fixtures::conversations() else { panic!("a list") };
    list[0].answered_by = Some(ModelId::new("qwen2.5-coder:7b"));
    list[2].answered_by = Some(ModelId::new("llama3.1:8b"));
    Reply::Conversations(list)
}

fn is_preview(query: &Query) -> bool {
    matches!(query, Query::Conversation(_))
}

/// A message in which `word` was found.
fn hit(message: i64, excerpt: &str, word: &str, archived: bool) -> Hit {
    let at = excerpt.find(word).unwrap();
    Hit {
        conversation: summary(3, "Why does the borrow checker refuse this loop", 6, 0),
        message: MessageId(message),
        role: if message % 2 == 1 { Role::User } else { Role::Assistant },
        excerpt: excerpt.to_owned(),
        marks: std::iter::once(at..at + word.len()).collect(),
        at_ms: 300_000_000,
        archived,
    }
}

fn whole(id: i64) -> Conversation {
    let numbered =
        |id, role, text: &str| conductor::domain::Message { id: MessageId(id), ..message(role, text, Status::Complete) };
    let messages = vec![
        numbered(1, Role::User, "why does the borrow checker refuse this loop?"),
        numbered(2, Role::Assistant, &"A borrow lasts as long as it is used. ".repeat(30)),
        numbered(3, Role::User, "and with an index?"),
        numbered(4, Role::Assistant, "Then nothing is borrowed between two rounds."),
    ];
    Conversation {
        summary: summary(id, "Why does the borrow checker refuse this loop", 4, 0),
        messages: messages.into(),
        summaries: Vec::new(),
    }
}

/// The pane with its list.
fn listed() -> Session {
    let mut s = Session::ready();
    s.entered("/resume").listed(conversations());
    s.taken();
    s
}

#[test]
fn screens_of_the_pane() {
    let mut s = listed();
    check_at(&SIZES, "conversations", &mut s);
    s.msg(Msg::Resize(160, 50));
    s.looked(is_preview, Reply::Conversation(Some(Box::new(whole(3)))));
    check_at(&SIZES, "conversations_preview", &mut s);
    s.typed("borrow");
    s.looked(is_search, Reply::Found(Vec::new()));
    let hits = vec![
        hit(4, "then nothing is borrowed between two rounds of it, and so the loop may write", "borrow", false),
        hit(1, "…a long way before anything is said of it at all: why does the borrow checker refuse", "borrow", true),
    ];
    s.looked(is_search, Reply::Found(hits));
    check_at(&SIZES, "conversations_found", s.press(Code::Down));
    s.ctrl('r');
    check_at(&SIZES, "conversations_rename", &mut s);
    s.press(Code::Esc);
    alt(&mut s, 'e');
    check_at(&SIZES, "conversations_export", &mut s);
    s.press(Code::Esc);
    alt(&mut s, 't');
    s.listed(Reply::Conversations(Vec::new()));
    check_at(&SIZES, "conversations_deleted", &mut s);
    let mut s = Session::ready();
    s.entered("/resume").listed(Reply::Conversations(Vec::new()));
    check_at(&SIZES, "conversations_none", &mut s);
}

#[test]
fn one_search_at_a_time_and_what_comes_late_is_not_shown() {
    let mut s = listed();
    s.typed("bor");
    assert_eq!(s.asks(is_search), 1, "one at a time");
    s.looked(is_search, Reply::Found(vec![hit(4, "a boring thing", "b", false)]));
    assert!(!s.shows("boring"), "{}", s.screen(80, 24));
    assert_eq!(s.asks(|query| matches!(query, Query::Search { text, .. } if text == "bor")), 1);
    s.looked(is_search, Reply::Found(vec![hit(4, "a boring thing", "bor", false)]));
    assert!(s.shows("boring") && s.asks(is_search) == 0, "{}", s.screen(80, 24));
    // What was asked for by a pane that is closed is nobody's.
    s.typed("x").press(Code::Esc).entered("/resume").listed(conversations());
    s.looked(is_search, Reply::Found(vec![hit(4, "a borx", "borx", false)]));
    assert!(!s.shows("borx"));
}

#[test]
fn a_preview_is_asked_for_where_there_is_room_and_only_for_the_marked_row() {
    let mut s = listed();
    s.screen(80, 24);
    s.press(Code::Down);
    assert_eq!(s.asks(is_preview), 0);
    s.screen(120, 40);
    s.press(Code::Down);
    assert_eq!(s.asks(|query| *query == Query::Conversation(ConversationId(1))), 1);
    s.press(Code::Up).press(Code::Up);
    assert_eq!(s.asks(is_preview), 1);
    s.looked(is_preview, Reply::Conversation(Some(Box::new(whole(1)))));
    assert!(!s.screen(120, 40).contains("Then nothing is borrowed"));
    assert_eq!(s.asks(|query| *query == Query::Conversation(ConversationId(3))), 1);
    let mut marked_up = whole(3);
    let messages = std::sync::Arc::make_mut(&mut marked_up.messages);
    messages.last_mut().unwrap().text = "Then nothing is **borrowed** at all.".into();
    s.looked(is_preview, Reply::Conversation(Some(Box::new(marked_up))));
    assert!(s.screen(120, 40).contains("Then nothing is borrowed at all."), "as it is shown when it is opened");
}

/// What was found is marked, and letters are typed: only what is chosen on purpose takes them for keys of its own.
#[test]
fn who_opens_what_was_found_types_on() {
    let found = |s: &mut Session| {
        s.typed("borrow").looked(is_search, Reply::Found(Vec::new()));
        s.looked(is_search, Reply::Found(vec![hit(3, "and how long does it borrow?", "borrow", false)]));
        s.press(Code::Down).press(Code::Enter).event(Event::Conversation(ConversationEvent::Opened(Box::new(whole(3)))));
        s.later(3000);
        assert!(s.shows("▌ and with an index?"), "{}", s.screen(80, 24));
    };
    let mut s = listed();
    found(&mut s);
    assert!(s.typed("explain it").shows("› explain it"), "{}", s.screen(80, 24));
    assert!(!s.ctrl('u').press(Code::Esc).shows("▌"), "Esc takes the mark away");
    let mut s = listed();
    found(&mut s);
    // Chosen on purpose, from where the mark is.
    s.key(Key::alt(Code::Up));
    assert!(s.shows("▌ and with an index?") && s.shows("E changes"), "{}", s.screen(80, 24));
    assert!(s.typed("why so").shows("› why so"), "what does nothing is typed: {}", s.screen(80, 24));
    assert!(!s.shows("▌"));
}

#[test]
fn a_find_is_opened_at_its_message() {
    for (archived, want) in
        [(false, ConversationCommand::Resume(ConversationId(3))), (true, ConversationCommand::Show { at: MessageId(1) })]
    {
        let mut s = Session::ready();
        s.entered("/history zzz").listed(conversations());
        s.looked(is_search, Reply::Found(vec![hit(1, "why zzz", "zzz", archived)]));
        s.taken();
        s.press(Code::Enter);
        assert_eq!(sent(&mut s), [want]);
        happens(&mut s, ConversationEvent::Opened(Box::new(whole(3))));
        let screen = s.screen(80, 24);
        assert!(screen.contains("▌ why does the borrow checker") && !screen.contains("Then nothing is borrowed"), "{screen}");
        // It is open now: nothing has to be read to go to another message of it.
        s.press(Code::Esc).entered("/history index").listed(conversations());
        s.looked(is_search, Reply::Found(vec![hit(3, "and with an index?", "index", false)]));
        s.taken();
        s.press(Code::Enter);
        assert_eq!(sent(&mut s), []);
        assert!(s.shows("▌ and with an index?"), "{}", s.screen(80, 24));
    }
}

#[test]
fn conversations_are_renamed_deleted_and_brought_back() {
    let mut s = listed();
    s.press(Code::Down).ctrl('r').ctrl('u').press(Code::Enter);
    assert!(s.shows("a title has at least one letter"));
    s.typed("rain").press(Code::Enter);
    let rename = ConversationCommand::Rename { id: Some(ConversationId(2)), title: "rain".into() };
    assert_eq!(sent(&mut s), [rename]);
    happens(&mut s, ConversationEvent::Changed(summary(2, "rain", 2, 0)));
    assert!(s.shows("renamed: rain"));
    s.listed(conversations());
    alt(&mut s, 'd');
    assert_eq!(sent(&mut s), [ConversationCommand::Delete(ConversationId(2))]);
    happens(&mut s, ConversationEvent::Deleted(summary(2, "rain", 2, 0)));
    assert!(s.shows("deleted: rain; Alt+U brings it back"), "{}", s.screen(80, 24));
    s.listed(conversations());
    alt(&mut s, 'u');
    assert_eq!(sent(&mut s), [ConversationCommand::Restore(ConversationId(2))]);
    happens(&mut s, ConversationEvent::Restored(summary(2, "rain", 2, 0)));
    s.listed(conversations());
    alt(&mut s, 'u');
    assert!(s.shows("nothing was deleted in this run") && sent(&mut s).is_empty());
    alt(&mut s, 't');
    assert_eq!(s.asks(|query| matches!(query, Query::Conversations { deleted: true, .. })), 1);
    s.listed(conversations()).press(Code::Enter);
    assert_eq!(sent(&mut s), [ConversationCommand::Restore(ConversationId(3))]);
}

#[test]
fn what_goes_wrong_is_said_in_the_pane_and_nothing_is_lost() {
    let mut s = listed();
    s.typed("garden");
    let broken = failure(FailureKind::Storage, "the database cannot be read", "look at the disk");
    s.looked(is_search, Reply::Failed(broken.clone()));
    assert!(s.shows("find: garden") && s.shows("Plan for the garden"));
    s.looked(is_search, Reply::Failed(broken.clone()));
    assert!(s.shows("the database cannot be read: look at the disk") && s.asks(is_search) == 0, "{}", s.screen(80, 24));
    let notice = Notice::warning("an answer is coming in it", "stop it first");
    s.event(Event::Notice { id: None, notice });
    assert!(s.shows("an answer is coming in it: stop it first") && s.shows("Plan for the garden"));
    let mut s = Session::ready();
    s.entered("/resume").listed(Reply::Failed(broken));
    assert!(s.shows("the database cannot be read") && s.shows("╭ conversations"), "{}", s.screen(80, 24));
}

#[test]
fn conversations_are_written_to_files_and_read_from_them() {
    let mut s = listed();
    s.press(Code::End);
    alt(&mut s, 'e');
    s.typed("xh");
    let is_export =
        |query: &Query| matches!(query, Query::Export { conversation: Some(ConversationId(1)), format: ExportFormat::Html });
    s.looked(is_export, Reply::Text("<p>".into()));
    let to = SaveTo::New { name: "Plan for the garden".into(), ending: "html" };
    assert_eq!(s.taken().last(), Some(&Effect::Save { to, text: "<p>".into() }));
    s.msg(Msg::Saved(Ok("./Plan for the garden.html".into())));
    assert!(s.shows("wrote ./Plan for the garden.html"));

    let mut s = Session::ready();
    s.entered("/export");
    assert!(s.shows("nothing of this conversation is stored yet"));
    s.ctrl('c').event(stored());
    s.entered("/export a.txt");
    assert!(s.shows("let the name end with .md, .json or .html") && s.shows("/export a.txt"), "{}", s.screen(80, 24));
    s.ctrl('u').entered("/export! my chat.json");
    let is_export = |query: &Query| matches!(query, Query::Export { format: ExportFormat::Json, .. });
    s.looked(is_export, Reply::Text("{}".into()));
    let to = SaveTo::Named { path: "my chat.json".into(), over: true };
    assert_eq!(s.taken().last(), Some(&Effect::Save { to, text: "{}".into() }));
    s.msg(Msg::Saved(Err(failure(FailureKind::Refused, "my chat.json cannot be written: no room", "name another file"))));
    assert!(s.shows("cannot be written: no room"));
    s.entered("/import a.json");
    assert_eq!(s.taken(), [Effect::Load("a.json".into())]);
    s.msg(Msg::Loaded(Ok("text".into())));
    let commands = sent(&mut s);
    let [ConversationCommand::Import { id, text }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!(text, "text");
    let id = *id;
    happens(&mut s, ConversationEvent::Imported { id, result: Ok(vec![summary(9, "from elsewhere", 2, 0)]) });
    assert!(s.shows("imported: from elsewhere"));
}

#[test]
fn the_open_conversation_is_deleted_and_comes_back() {
    let mut s = Session::ready();
    s.entered("/undelete");
    assert!(s.shows("nothing was deleted in this run"));
    s.event(stored()).entered("/delete");
    assert_eq!(sent(&mut s), [ConversationCommand::Delete(ConversationId(7))]);
    happens(&mut s, ConversationEvent::New);
    happens(&mut s, ConversationEvent::Deleted(summary(7, "what is a segno?", 4, 0)));
    assert!(s.shows("/undelete brings it back"), "{}", s.screen(80, 24));
    s.entered("/undelete");
    assert_eq!(sent(&mut s), [ConversationCommand::Restore(ConversationId(7))]);
    happens(&mut s, ConversationEvent::Restored(summary(7, "what is a segno?", 4, 0)));
    assert_eq!(sent(&mut s), [ConversationCommand::Resume(ConversationId(7))]);
}

/// A conversation whose last answer has three versions, and that answer chosen.
fn with_versions() -> Session {
    let mut s = Session::ready();
    let mut conversation = whole(3);
    Arc::make_mut(&mut conversation.messages)[3].versions =
        Versions { ids: vec![MessageId(4), MessageId(6), MessageId(8)], at: 0 };
    happens(&mut s, ConversationEvent::Opened(Box::new(conversation)));
    s.key(Key::alt(Code::Up));
    s
}

#[test]
fn versions_are_compared_and_the_marked_one_is_shown() {
    let mut s = with_versions();
    s.typed("v");
    let version = |text: &str| Reply::Message(Box::new(message(Role::Assistant, text, Status::Complete)));
    s.looked(|query| *query == Query::Message(MessageId(4)), version("Then nothing is borrowed between two rounds."));
    s.looked(|query| *query == Query::Message(MessageId(6)), version(&"- another line\n".repeat(40)));
    check_at(&SIZES, "compare", &mut s);
    s.press(Code::End).press(Code::Right);
    check_at(&[(40, 10), (160, 50)], "compare_end", &mut s);
    s.typed("]");
    s.looked(|query| *query == Query::Message(MessageId(8)), version("the third"));
    assert!(s.shows("› version 3 of 3") && s.shows("the third"), "{}", s.screen(80, 24));
    s.taken();
    s.press(Code::Enter);
    assert_eq!(sent(&mut s), [ConversationCommand::Show { at: MessageId(8) }]);
    let mut s = with_versions();
    s.press(Code::Up).typed("v");
    assert!(s.shows("there is only this version"));
}

#[test]
fn the_chosen_question_is_asked_again_of_a_model_that_is_taken_from_the_list() {
    let mut s = with_versions();
    s.typed("m").typed("phi").press(Code::Enter);
    let commands = sent(&mut s);
    let [ConversationCommand::Retry { model, at, .. }] = commands.as_slice() else { panic!("{commands:?}") };
    assert_eq!((model, at), (&Some(ModelId::new("phi3:mini")), &Some(MessageId(4))));
}

#[test]
fn search_open_delete_undo_and_export_in_a_terminal() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("walnuts fall in autumn")).start();
    let profile = Profile::new();
    let env = profile.env_with(&[("OLLAMA_HOST", fake.host().as_str())]);
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &[], &env, 24, 80);
    pty.wait_for("llama3.1:8b");
    crate::program::ask(&pty, "when do nuts fall?");
    pty.wait_for("\n● local  llama3.1:8b · ");
    crate::program::ask(&pty, "/new");
    pty.wait_gone("walnuts");
    crate::program::ask(&pty, "/history walnuts");
    pty.wait_for("in what was said");
    pty.wait_for("walnuts fall in autumn");
    pty.key(Press::Enter);
    pty.wait_for("▌ walnuts fall in autumn");
    pty.key(Press::Esc);
    pty.wait_gone("▌");
    crate::program::ask(&pty, "/export ~/walnuts.md");
    pty.wait_for("wrote ");
    let text = std::fs::read_to_string(profile.home().join("walnuts.md")).unwrap();
    assert!(text.contains("walnuts fall in autumn"), "{text}");
    crate::program::ask(&pty, "/delete");
    pty.wait_for("/undelete brings it back");
    crate::program::ask(&pty, "/undelete");
    pty.wait_for("walnuts fall in autumn");
    crate::program::quit(pty);
}
