//! What is written: kept as a draft, found again among the earlier questions, written in the user's editor.

use crate::fixtures::*;
use crate::program::{ask, quit, wait_stored};
use crate::screens::check_at;
use conductor::domain::{
    Conversation, ConversationId, FailureKind, Message, MessageId, Origin, PastPrompt, Prompt, Span, Version, Versions,
};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, MOST_PROMPTS, Query, Reply};
use segno_tests::check::Profile;
use segno_tests::ollama::{FakeOllama, Script};
use segno_tests::pty::{Key as PtyKey, Pty};
use segno_tui::editor::Fault;
use segno_tui::keymap::{Code, Key};
use segno_tui::msg::{Effect, Msg};
use std::path::Path;

const SIZES: [(u16, u16); 3] = [(40, 10), (80, 24), (120, 40)];

fn kept(conversation: Option<i64>, text: &str) -> Effect {
    let conversation = conversation.map(ConversationId);
    Effect::Send(Command::Conversation(ConversationCommand::Draft { conversation, text: text.to_owned() }))
}

fn wanted(conversation: Option<i64>) -> Effect {
    Effect::Query(Query::Draft(conversation.map(ConversationId)))
}

fn drafts(s: &mut Session) -> Vec<Effect> {
    s.all_taken().into_iter().filter(is_about_drafts).collect()
}

fn opened(id: i64) -> Event {
    let conversation = Conversation { summary: summary(id, "another", 0, 0), messages: Vec::new().into(), summaries: Vec::new() };
    Event::Conversation(ConversationEvent::Opened(Box::new(conversation)))
}

fn stored(text: &str) -> Msg {
    reply(Reply::Draft(Some(text.to_owned())))
}

#[test]
fn a_draft_is_stored_once_a_second_while_it_changes_and_never_else() {
    let mut s = Session::ready();
    assert_eq!(s.app.wake(), None);
    s.typed("one");
    assert_eq!(drafts(&mut s), []);
    s.later(900).typed(" two").later(200);
    assert_eq!(drafts(&mut s), [kept(None, "one two")]);
    assert_eq!(s.app.wake(), None);
    s.press(Code::Left).later(5000);
    assert_eq!(drafts(&mut s), [], "the cursor is no change");
    s.typed("!").press(Code::Backspace).later(5000);
    assert_eq!(drafts(&mut s), [], "it is what it was");
    s.ctrl('c');
    assert_eq!(drafts(&mut s), [kept(None, "")], "cleared at once");
    s.later(5000);
    assert_eq!(drafts(&mut s), []);
}

#[test]
fn a_draft_is_stored_when_the_program_stops_or_ends_and_forgotten_when_it_is_sent() {
    let mut s = Session::ready();
    s.typed("one").ctrl('z');
    assert_eq!(drafts(&mut s), [kept(None, "one")]);
    s.typed(" two");
    assert_eq!(s.app.leave(), [kept(None, "one two")]);
    s.press(Code::Enter);
    assert_eq!(drafts(&mut s), [kept(None, "")]);
}

#[test]
fn a_draft_begun_before_the_conversation_goes_on_in_it() {
    let mut s = Session::ready();
    let id = s.ask("hello");
    s.typed("next").later(1000);
    assert_eq!(drafts(&mut s), [kept(None, "next")]);
    let version = |id| Version { id: MessageId(id), versions: Versions::default() };
    s.event(Event::Conversation(ConversationEvent::Begun {
        id,
        summary: summary(7, "hello", 2, 0),
        question: version(1),
        answer: version(2),
    }));
    s.later(1000);
    assert_eq!(drafts(&mut s), [kept(None, ""), kept(Some(7), "next")]);
}

#[test]
fn a_draft_stays_with_the_conversation_that_is_left_and_comes_back_with_it() {
    let mut s = Session::ready();
    s.event(opened(1));
    assert_eq!(drafts(&mut s), [wanted(Some(1))]);
    s.msg(reply(Reply::Draft(None))).typed("for the first").ctrl('k').typed("/new").press(Code::Enter);
    s.event(Event::Conversation(ConversationEvent::New));
    assert_eq!(drafts(&mut s), [kept(Some(1), "for the first"), wanted(None)]);
    assert!(!s.shows("for the first"));
    s.msg(reply(Reply::Draft(None))).typed("another").event(opened(1));
    // It was not asked for: what is typed goes along, and what was stored is among the earlier questions.
    assert_eq!(drafts(&mut s), [wanted(Some(1))]);
    s.msg(stored("for the first"));
    assert!(s.shows("› another"));
    s.press(Code::Up);
    assert!(s.shows("› for the first"));
    s.ctrl('c').event(opened(2)).msg(reply(Reply::Draft(None))).all_taken();
    s.event(opened(1)).msg(stored("first \u{2}pasted\u{3} again"));
    assert!(s.shows("› first pasted again"));
    let id = s.press(Code::Enter).taken().into_iter().find_map(|effect| match effect {
        Effect::Send(Command::Ask { prompt, .. }) => Some(prompt),
        _ => None,
    });
    let pasted: Vec<_> =
        id.unwrap().spans.into_iter().filter(|span| span.origin == Origin::Pasted).map(|span| span.text).collect();
    assert_eq!(pasted, ["pasted"]);
}

#[test]
fn a_draft_is_put_back_at_the_start_unless_something_was_typed() {
    let mut s = Session::ready();
    assert_eq!(s.app.begin(), [wanted(None)]);
    s.msg(stored("kept"));
    assert!(s.shows("› kept"));
    s.later(5000);
    assert_eq!(drafts(&mut s), []);
    // `--continue`: that of the conversation that was not begun stays there.
    s.event(opened(3)).msg(stored("of the third"));
    assert!(s.shows("› of the third"));
    let mut s = Session::ready();
    s.app.begin();
    s.typed("typed").event(opened(3)).msg(stored("of none"));
    assert!(s.shows("› typed"));
    assert_eq!(drafts(&mut s), [wanted(Some(3))], "a reply for another is passed over, and asked for again");
    s.msg(stored("of the third")).press(Code::Up);
    assert!(s.shows("› of the third"));
}

#[test]
fn a_copy_takes_the_draft_along_and_another_version_leaves_it() {
    let mut s = Session::ready();
    s.event(opened(1)).msg(reply(Reply::Draft(None))).typed("mine").later(1000).all_taken();
    s.event(opened(1));
    assert_eq!(drafts(&mut s), []);
    assert!(s.shows("› mine"));
    s.ctrl('k').typed("/fork").press(Code::Enter).event(opened(2));
    assert!(s.shows("› mine"));
    assert_eq!(drafts(&mut s), [kept(Some(1), ""), wanted(Some(2))]);
    s.later(1000);
    assert_eq!(drafts(&mut s), [kept(Some(2), "mine")]);
}

fn past() -> Msg {
    let list = ["why does it rain", FIX, "write a haiku 雨", "why not"];
    let past = |(at, words): (usize, &str)| PastPrompt {
        message: MessageId(9 - at as i64),
        words: words.into(),
        lines: words.lines().count() as u32,
        attached: vec![],
    };
    let mut list: Vec<_> = list.into_iter().enumerate().map(past).collect();
    list[3].attached = vec!["cloud.png".into(), "notes.txt".into()];
    reply(Reply::Prompts(list))
}

const FIX: &str = "fix this:\nfn main() {\n    loop {}\n}\nand say why";

/// The question of a message that was asked for comes.
fn found(s: &mut Session, id: i64, prompt: Prompt) {
    let message = Message::question(MessageId(id), prompt, 0);
    s.looked(|query| *query == Query::Message(MessageId(id)), Reply::Message(Box::new(message)));
}

#[test]
fn earlier_questions_are_found_and_put_into_the_composer() {
    let mut s = Session::ready();
    s.typed("draft").ctrl('r');
    assert!(s.taken().contains(&Effect::Query(Query::Prompts { limit: MOST_PROMPTS })));
    check_at(&SIZES, "past_looking", &mut s);
    s.msg(past());
    check_at(&SIZES, "past", &mut s);
    s.typed("why");
    check_at(&SIZES, "past_found", &mut s);
    s.press(Code::Esc);
    assert!(s.shows("› draft"));
    s.ctrl('r').msg(past()).typed("main").press(Code::Enter);
    found(&mut s, 8, Prompt::typed(FIX));
    assert!(s.shows("› fix this:") && s.shows("    loop {}") && s.shows("and say why"));
    s.ctrl('c').press(Code::Up);
    s.ctrl('r').msg(past()).typed("zzzz");
    assert!(s.shows("no question has these letters"));
    s.press(Code::Enter);
    assert!(s.shows("╭ earlier questions"));
}

#[test]
fn an_earlier_question_comes_with_what_was_pasted_and_attached() {
    let mut whole = Prompt::typed("why? ");
    whole.push(Origin::Pasted, format!("\u{1b}[31m{}", "a line\n".repeat(30)));
    whole.attach(Span::file("notes.txt", "\n\nFile `notes.txt`:\n\n```\nhello\n```\n\n"));
    let mut s = Session::ready();
    s.typed("draft").ctrl('r').msg(past()).typed("cloud").press(Code::Enter);
    found(&mut s, 6, whole);
    let screen = s.screen(80, 24);
    assert!(screen.contains("› why? [pasted 30 lines") && screen.contains("[file notes.txt 6 B]"), "{screen}");
    assert!(s.shows("Up brings your draft back"));
    s.press(Code::Enter);
    let sent = s.taken().into_iter().find_map(|effect| match effect {
        Effect::Send(Command::Ask { prompt, .. }) => Some(prompt),
        _ => None,
    });
    let spans = sent.unwrap().spans;
    assert_eq!((spans[1].text.as_str(), spans[2].name.as_str()), (&*"a line\n".repeat(30), "notes.txt"), "cleaned, and whole");
    s.press(Code::Up).press(Code::Up);
    let screen = s.screen(80, 24);
    assert!(screen.contains("› draft") && screen.matches("[file").count() == 1, "it stands in the conversation alone: {screen}");
    // What is attached to a draft without words goes with a question that has nothing attached.
    let mut s = Session::ready();
    s.entered("/attach notes.txt");
    let Some(Effect::Attach { id, .. }) = s.taken().pop() else { panic!("nothing is attached") };
    s.msg(Msg::Attached { id, result: Ok(Span::file("notes.txt", "x")) }).ctrl('r').msg(past()).press(Code::Enter);
    found(&mut s, 9, Prompt::typed("why does it rain"));
    assert!(s.shows("› why does it rain") && s.shows("[file notes.txt") && !s.shows("Up brings"));
    s.ctrl('c').ctrl('r').msg(past()).press(Code::Enter);
    s.looked(|query| *query == Query::Message(MessageId(9)), Reply::Failed(failure(FailureKind::NotFound, "it is gone", "")));
    assert!(s.shows("the question could not be read") && s.shows("it is gone"));
}

#[test]
fn keys_before_the_earlier_question_is_there_are_not_for_the_draft() {
    let mut s = Session::ready();
    s.typed("draft").ctrl('r').msg(past()).press(Code::Enter).press(Code::Enter).typed("x").press(Code::Enter);
    assert!(!s.taken().iter().any(|effect| matches!(effect, Effect::Send(_))), "the draft is not sent");
    assert_eq!(s.asks(|query| matches!(query, Query::Message(_))), 1);
    found(&mut s, 9, Prompt::typed("why does it rain"));
    assert!(s.shows("› why does it rain") && !s.shows("earlier questions"), "{}", s.screen(80, 24));
    // Who closes the list takes nothing.
    let mut s = Session::ready();
    s.typed("draft").ctrl('r').msg(past()).press(Code::Enter).press(Code::Esc);
    found(&mut s, 9, Prompt::typed("why does it rain"));
    assert!(s.shows("› draft"));
}

#[test]
fn the_same_key_again_goes_to_the_match_before() {
    let taken = |keys: usize, typed: &str| {
        let mut s = Session::ready();
        s.ctrl('r').msg(past()).typed(typed);
        (0..keys).for_each(|_| _ = s.ctrl('r'));
        s.press(Code::Enter);
        s.looks.last().map(|(_, query)| query.clone())
    };
    for (keys, typed, message) in [(1, "why", 8), (2, "why", 6), (2, "", 7)] {
        assert_eq!(taken(keys, typed), Some(Query::Message(MessageId(message))), "{keys} {typed}");
    }
}

#[test]
fn what_the_editor_saves_becomes_the_draft() {
    let saved = |text: &str| Ok(text.to_owned());
    let fault = |what: &str, hint: &str| Err(Fault { what: what.to_owned(), hint: hint.to_owned() });
    for (given, result, want, said) in [
        ("one", saved("one\n"), "› one", "nothing was changed"),
        ("one", saved("one\ntwo\n"), "› one\n  two", ""),
        ("one", saved("\u{1b}[31mred\u{1b}]0;x\u{7}"), "› red", ""),
        ("one", fault("the editor `x` (from $EDITOR) ended with exit status: 1", ""), "› one", "hint: the draft is as it was"),
        ("one", fault("the editor `x` is gone", "set it"), "› one", "hint: set it; the draft is as it was"),
        ("one", saved(""), "› ask something", ""),
    ] {
        let mut s = Session::ready();
        s.typed(given).ctrl('g');
        assert!(s.taken().contains(&Effect::Edit(given.to_owned())));
        s.msg(Msg::Edited { given: given.to_owned(), saved: result.clone() });
        assert!(s.taken().contains(&Effect::Redraw));
        assert!(s.shows(want) && s.shows(said), "{result:?}: {}", s.screen(80, 24));
    }
    let mut s = Session::ready();
    s.typed("one").ctrl('g').msg(Msg::Edited { given: "one".into(), saved: saved("two") }).ctrl('_');
    assert!(s.shows("› one"), "one undo takes it back");
    s.ctrl('c').entered("/editor");
    assert!(s.taken().contains(&Effect::Edit(String::new())));
    s.typed("came meanwhile").msg(Msg::Edited { given: String::new(), saved: saved("mine") });
    assert!(s.shows("› mine"));
    s.press(Code::Up);
    assert!(s.shows("› came meanwhile"));
}

fn open(profile: &Profile, host: &str, args: &[&str], more: &[(&str, &str)]) -> Pty {
    let env = profile.env_with(&[&[("OLLAMA_HOST", host)], more].concat());
    Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), args, &env, 24, 80)
}

#[test]
fn drafts_survive_a_kill() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("an answer")).start();
    let profile = Profile::new();
    let mut pty = open(&profile, &fake.host(), &[], &[]);
    pty.wait_for("llama3.1:8b");
    pty.type_text("a draft of nothing yet");
    pty.wait_for("nothing yet");
    wait_stored(&profile, "a draft of nothing yet");
    pty.kill();
    let mut pty = open(&profile, &fake.host(), &[], &[]);
    pty.wait_for("› a draft of nothing yet");
    pty.key(PtyKey::Enter);
    pty.wait_for("● local");
    pty.type_text("a draft of the second");
    wait_stored(&profile, "a draft of the second");
    pty.kill();
    let mut pty = open(&profile, &fake.host(), &["--continue"], &[]);
    pty.wait_for("› a draft of the second");
    pty.kill();
    let pty = open(&profile, &fake.host(), &[], &[]);
    let screen = pty.wait_for("› ask something");
    assert!(!screen.contains("second"), "{screen}");
    quit(pty);
}

#[cfg(unix)]
#[test]
fn the_editor_has_the_terminal_and_its_text_becomes_the_draft() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("an answer")).start();
    let profile = Profile::new();
    let script = profile.home().join("editor.sh");
    let text = "stat -c %a \"$1\" > mode || stat -f %Lp \"$1\" > mode\ndirname \"$1\" > folder\necho READY\nread line\n\
                printf ' and %s\\033[31m\\n' \"$line\" >> \"$1\"\n";
    std::fs::write(&script, text).unwrap();
    let editor = format!("trap '' INT; sh {}", script.display());
    let pty = open(&profile, &fake.host(), &[], &[("EDITOR", &editor)]);
    pty.wait_for("llama3.1:8b");
    pty.type_text("draft");
    pty.wait_for("› draft");
    pty.key(PtyKey::Ctrl('g'));
    pty.wait_for("READY");
    pty.key(PtyKey::CtrlC);
    pty.type_text("more");
    pty.key(PtyKey::Enter);
    pty.wait_for("› draft and more");
    let told = |name: &str| std::fs::read_to_string(profile.home().join(name)).unwrap().trim().to_owned();
    assert_eq!(told("mode"), "600");
    assert!(!Path::new(&told("folder")).exists());
    ask(&pty, "!");
    pty.wait_for("tok/s");
    quit(pty);
    let pty = open(&profile, &fake.host(), &[], &[("EDITOR", "false")]);
    pty.wait_for("llama3.1:8b");
    pty.type_text("kept");
    pty.wait_for("› kept");
    pty.key(PtyKey::Ctrl('g'));
    pty.wait_for("the draft is as it was");
    pty.wait_for("› kept");
    pty.key(PtyKey::CtrlC);
    pty.wait_for("cleared");
    pty.wait_gone("Ctrl+C again");
    quit(pty);
}

/// A session with the keys of vi.
fn vim() -> Session {
    Session::of(segno_tui::app::Settings { vim: true, ..settings() }).with(Event::Models(snapshot(up(), models())))
}

#[test]
fn the_keys_of_vi() {
    let mut s = vim();
    assert!(s.app.begin().contains(&Effect::Block(false)));
    s.typed("fix this lop").press(Code::Esc);
    assert!(s.taken().contains(&Effect::Block(true)));
    check_at(&SIZES, "vim_normal", &mut s);
    s.typed("bve");
    check_at(&SIZES, "vim_visual", &mut s);
    s.typed("cloop").press(Code::Esc).typed("?");
    assert!(s.shows("› fix this loop") && s.shows("NORMAL"));
    let id = s.press(Code::Enter).taken();
    assert!(id.iter().any(|effect| matches!(effect, Effect::Send(Command::Ask { .. }))), "Enter sends");
    assert!(s.shows("s · Esc stops"), "{}", s.screen(80, 24));
    s.typed("i");
    assert!(s.shows("› Esc Esc stops the answer"), "the first ends typing: {}", s.screen(80, 24));
    s.typed("next").taken();
    s.press(Code::Esc);
    assert!(s.shows("NORMAL"));
    let cancels = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Send(Command::Cancel { .. })));
    assert!(!cancels(&s.taken()));
    s.press(Code::Esc);
    assert!(cancels(&s.taken()), "the second stops the answer");
}

#[test]
fn commands_from_normal_mode() {
    for key in [':', '/'] {
        let mut s = vim();
        s.press(Code::Esc).press(Code::Char(key)).typed("mod");
        assert!(s.shows("› /mod") && s.shows("/models"));
        let mut s = vim();
        s.typed("draft").press(Code::Esc).press(Code::Char(key));
        assert!(s.shows("╭ commands and actions"));
        s.press(Code::Esc);
        assert!(s.shows("› draft") && s.shows("NORMAL"), "{}", s.screen(80, 24));
        assert!(s.typed("dd").shows("› ask something"), "the keys are those of normal mode again");
    }
    let mut s = vim();
    s.press(Code::Esc).press(Code::Char('?'));
    assert!(s.shows("╭ help"));
}

#[test]
fn the_shape_of_the_cursor_is_given_back() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("an answer")).start();
    let profile = Profile::new();
    profile.write_config("[ui]\nediting = \"vim\"\n");
    let mut pty = open(&profile, &fake.host(), &[], &[]);
    pty.wait_for("llama3.1:8b");
    pty.wait_for_raw(b"\x1b[6 q");
    pty.key(PtyKey::Esc);
    pty.wait_for("NORMAL");
    pty.wait_for_raw(b"\x1b[2 q");
    pty.key(PtyKey::CtrlD);
    assert!(pty.wait_exit().success());
    let raw = pty.raw_output();
    assert!(raw.windows(5).any(|bytes| bytes == b"\x1b[0 q"));
    pty.assert_restored();
}

#[test]
fn a_long_paste_is_folded_on_the_screen_and_sent_whole() {
    let text: String = (0..134).map(|line| format!("a line of the log, number {line}\n")).collect();
    let mut s = Session::ready();
    s.typed("why: ").msg(Msg::Paste(text.clone())).typed("tell me");
    check_at(&SIZES, "paste_folded", &mut s);
    s.ctrl('g');
    assert!(s.taken().contains(&Effect::Edit(format!("why: {text}tell me"))), "the editor gets it whole");
    s.key(Key::alt(Code::Char('o')));
    assert!(s.shows("number 133") && s.shows("tell me"));
    s.ctrl('_').press(Code::Enter);
    let asked = s.taken().into_iter().find_map(|effect| match effect {
        Effect::Send(Command::Ask { prompt, .. }) => Some(prompt),
        _ => None,
    });
    let spans: Vec<(Origin, String)> = asked.unwrap().spans.into_iter().map(|span| (span.origin, span.text)).collect();
    let want = [(Origin::Typed, "why: "), (Origin::Pasted, text.as_str()), (Origin::Typed, "tell me")];
    assert_eq!(spans, want.map(|(origin, text)| (origin, text.to_owned())));
    let mut s = Session::ready();
    s.key(Key::alt(Code::Char('o')));
    assert!(s.shows("nothing is folded here"));
    s.msg(Msg::Paste("many words ".repeat(20_000)));
    assert!(s.shows("the paste is about") && s.shows("holds 8,192"), "{}", s.screen(80, 24));
}

#[test]
fn files_are_completed_in_the_middle_of_a_text_and_in_quotes() {
    use segno_tui::attach::Entry;
    let entries = || {
        vec![
            Entry { name: "my cat.png".into(), folder: false, bytes: 12 },
            Entry { name: "my dir".into(), folder: true, bytes: 0 },
        ]
    };
    for typed in [" @my", "see @\"my ca", "see @'my c", "see @my\\ c"] {
        let mut s = Session::ready();
        s.msg(Msg::Paste("a\nb c".into())).press(Code::Left).press(Code::Left).typed(typed).taken();
        s.msg(Msg::Listed { folder: String::new(), entries: entries() });
        assert!(s.shows("my cat.png"), "{typed}: {}", s.screen(80, 24));
        s.press(Code::Tab);
        assert!(s.taken().contains(&Effect::Attach { id: 1, path: "my cat.png".into() }), "{typed}");
    }
}
