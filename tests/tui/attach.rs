//! Files that go with a question: named, read by somebody else, shown, taken back, sent.

use crate::fixtures::*;
use conductor::domain::{Conversation, Failure, FailureKind, Image, Origin, Prompt, RequestId, Role, Span, Status};
use conductor::protocol::{Command, ConversationEvent, Event};
use segno_tui::attach::Entry;
use segno_tui::keymap::Code;
use segno_tui::msg::{Effect, Msg};

fn picture(name: &str) -> Span {
    let bytes = vec![0x89].into();
    Span::image(name, Image { media_type: "image/png".into(), width: 800, height: 600, bytes })
}

fn notes() -> Span {
    Span::file("notes.txt", format!("\n\nFile `notes.txt`:\n\n```\n{}\n```\n\n", "x".repeat(1199)))
}

/// The files that were asked for since last looked at, with their numbers.
fn wanted(s: &mut Session) -> Vec<(u64, String)> {
    let attach = |effect| match effect {
        Effect::Attach { id, path } => Some((id, path)),
        _ => None,
    };
    s.taken().into_iter().filter_map(attach).collect()
}

/// The one file that was asked for comes.
fn comes(s: &mut Session, span: Span) {
    let [(id, _)] = wanted(s).try_into().expect("one file");
    s.msg(Msg::Attached { id, result: Ok(span) });
}

fn refused(s: &mut Session, kind: FailureKind, what: &str) {
    let [(id, _)] = wanted(s).try_into().expect("one file");
    s.msg(Msg::Attached { id, result: Err(Failure::new(kind, what, "convert it first")) });
}

fn entries() -> Vec<Entry> {
    let entry = |name: &str| {
        let folder = name.ends_with('/');
        Entry { name: name.trim_end_matches('/').to_owned(), folder, bytes: 12_345 }
    };
    [".git/", "Cargo.toml", "cat.png", "my notes.txt", "src/"].map(entry).into()
}

/// The list of the folder that was asked for comes.
fn listed(s: &mut Session, want: &str) {
    let lists: Vec<Effect> = s.taken();
    assert_eq!(lists, [Effect::List(want.to_owned())]);
    s.msg(Msg::Listed { folder: want.to_owned(), entries: entries() });
}

/// What is sent, where one question is.
fn sent(s: &mut Session) -> Prompt {
    match s.taken().as_slice() {
        [Effect::Send(Command::Ask { prompt, .. })] => prompt.clone(),
        other => panic!("no question: {other:?}"),
    }
}

#[test]
fn a_file_named_by_command_goes_with_the_next_question() {
    let mut s = Session::ready();
    s.entered("/attach ~/my cat.png");
    assert!(s.shows("reading my cat.png…"), "{}", s.screen(80, 24));
    let [(id, path)] = wanted(&mut s).try_into().unwrap();
    assert_eq!(path, "~/my cat.png");
    s.entered("who is it?");
    assert!(s.taken().is_empty() && s.shows("my cat.png is still being read") && s.shows("› who is it?"));
    s.msg(Msg::Attached { id, result: Ok(picture("my cat.png")) });
    assert!(s.shows("[image my cat.png 800x600]") && !s.shows("reading"));
    s.press(Code::Enter);
    let prompt = sent(&mut s);
    assert_eq!((prompt.typed_text().as_str(), prompt.images().count()), ("who is it?", 1));
    assert!(s.shows("› who is it?\n  [image\u{a0}my\u{a0}cat.png\u{a0}800x600]"), "{}", s.screen(80, 24));
    assert!(s.shows("Esc stops the answer"), "the composer is empty: {}", s.screen(80, 24));
}

#[test]
fn a_question_may_be_a_picture_alone() {
    let mut s = Session::ready();
    s.entered("/attach cat.png");
    comes(&mut s, picture("cat.png"));
    s.press(Code::Enter);
    let prompt = sent(&mut s);
    assert_eq!((prompt.text().as_str(), prompt.images().count()), ("", 1));
    assert!(s.shows("› [image\u{a0}cat.png\u{a0}800x600]"), "{}", s.screen(80, 24));
}

#[test]
fn what_cannot_be_attached_is_said_and_costs_no_word() {
    let mut s = Session::ready();
    s.typed("look at @ca");
    listed(&mut s, "");
    s.press(Code::Down).press(Code::Tab);
    refused(&mut s, FailureKind::Refused, "cat.png is broken");
    assert!(s.shows("error: cat.png is broken") && s.shows("hint: convert it first"), "{}", s.screen(80, 24));
    assert!(s.shows("› look at @ca") && !s.shows("[image"), "{}", s.screen(80, 24));
}

#[test]
fn a_path_behind_at_is_completed_and_attached_in_its_place() {
    let mut s = Session::ready();
    s.typed("see @");
    listed(&mut s, "");
    assert!(s.shows("cat.png") && s.shows("src/") && !s.shows(".git"), "{}", s.screen(80, 24));
    s.typed("s").press(Code::Tab);
    assert!(s.shows("› see @src/"), "{}", s.screen(80, 24));
    listed(&mut s, "src/");
    s.typed("my").press(Code::Enter);
    let [(id, path)] = wanted(&mut s).try_into().unwrap();
    assert_eq!(path, "src/my notes.txt");
    s.typed(" please").msg(Msg::Attached { id, result: Ok(notes()) });
    assert!(s.shows("[file notes.txt 1.2 kB]") && s.shows("› see  please"), "{}", s.screen(80, 24));
    s.press(Code::Enter);
    let prompt = sent(&mut s);
    assert_eq!((prompt.typed_text().as_str(), prompt.files()), ("see  please", 1));
    assert!(!prompt.spans.iter().any(|span| span.text.contains("src/")), "no folder goes: {prompt:?}");
}

#[test]
fn hidden_files_are_offered_to_those_who_ask() {
    let mut s = Session::ready();
    s.typed("@.");
    listed(&mut s, "");
    assert!(s.shows(".git/"), "{}", s.screen(80, 24));
}

#[test]
fn an_at_that_names_nothing_is_a_word() {
    let mut s = Session::ready();
    s.typed("mail ada@example.org");
    assert_eq!(s.taken(), [], "an address is no path");
    s.typed(" or @bob");
    listed(&mut s, "");
    s.press(Code::Enter);
    assert_eq!(sent(&mut s).text(), "mail ada@example.org or @bob");
    // A word that is only in the middle of a name is one until the name is gone to.
    let mut s = Session::ready();
    s.typed("ask @notes");
    listed(&mut s, "");
    assert!(s.shows("my notes.txt"));
    s.press(Code::Enter);
    assert_eq!(sent(&mut s).text(), "ask @notes");
    // With the list closed, a word that begins like a file is a word, too.
    let mut s = Session::ready();
    s.typed("ask @ca");
    listed(&mut s, "");
    s.press(Code::Esc).press(Code::Enter);
    assert_eq!(sent(&mut s).text(), "ask @ca");
}

#[test]
fn paths_are_completed_behind_the_command_too() {
    let mut s = Session::ready();
    s.typed("/attach ");
    listed(&mut s, "");
    s.typed("my").press(Code::Enter);
    assert_eq!(wanted(&mut s)[0].1, "my notes.txt");
    assert!(s.shows("ask about it") || s.shows("reading my notes.txt…"), "{}", s.screen(80, 24));
    s.typed("/attach s").press(Code::Tab);
    listed(&mut s, "");
    s.press(Code::Tab);
    assert!(s.shows("› /attach src/"), "{}", s.screen(80, 24));
}

#[test]
fn a_pasted_path_becomes_what_it_names_or_stays_a_word() {
    for (paste, span) in [("'/home/ada/my cat.png'", picture("my cat.png")), ("file:///home/ada/notes.txt\n", notes())] {
        let mut s = Session::ready();
        s.typed("see ").msg(Msg::Paste(paste.into()));
        let chip = format!("{} ", span.name);
        comes(&mut s, span);
        assert!(s.shows(&chip) && !s.shows("/home/ada"), "{}", s.screen(80, 24));
        s.ctrl('_');
        assert!(!s.shows(&format!("[file {chip}")) && s.shows("/home/ada"), "undo: {}", s.screen(80, 24));
        s.press(Code::Enter);
        let prompt = sent(&mut s);
        assert_eq!(prompt.spans.len(), 2);
        assert_eq!((prompt.spans[1].origin, prompt.spans[1].text.as_str()), (Origin::Pasted, paste));
    }
    let mut s = Session::ready();
    s.msg(Msg::Paste("/home/ada/none".into()));
    refused(&mut s, FailureKind::NotFound, "there is no file none");
    assert!(s.shows("› /home/ada/none") && !s.shows("error:"), "it was no path: {}", s.screen(80, 24));
    for other in ["/usr/bin and /usr/lib\nare folders", "/help", "cat.png", "https://example.org/cat.png"] {
        let mut s = Session::ready();
        s.msg(Msg::Paste(other.into()));
        assert_eq!(wanted(&mut s), [], "{other}");
    }
    let mut s = Session::ready();
    s.typed("/attach ").taken();
    s.msg(Msg::Paste("/home/ada/cat.png".into()));
    assert_eq!(wanted(&mut s), [], "it is the command's");
    s.press(Code::Enter);
    assert_eq!(wanted(&mut s)[0].1, "/home/ada/cat.png");
}

#[test]
fn backspace_at_the_start_takes_the_last_away() {
    let mut s = Session::ready();
    for name in ["a.png", "b.png"] {
        s.entered(&format!("/attach {name}"));
        comes(&mut s, picture(name));
    }
    s.entered("/attach c.png");
    let [(late, _)] = wanted(&mut s).try_into().unwrap();
    s.typed("x").press(Code::Backspace);
    assert!(s.shows("reading c.png…"));
    s.press(Code::Backspace).msg(Msg::Attached { id: late, result: Ok(picture("c.png")) });
    assert!(!s.shows("c.png") && s.shows("b.png"), "what was taken back does not come: {}", s.screen(80, 24));
    s.press(Code::Backspace);
    assert!(!s.shows("b.png") && s.shows("a.png"));
    s.press(Code::Backspace);
    assert!(!s.shows("a.png") && s.shows("ask something"));
}

#[test]
fn chips_stay_through_commands_and_come_back_with_the_draft() {
    let mut s = Session::ready();
    s.entered("/attach a.png");
    comes(&mut s, picture("a.png"));
    s.entered("/model phi3:mini").typed("/mo").press(Code::Tab);
    assert!(s.shows("[image a.png"), "{}", s.screen(80, 24));
    s.ctrl('u').typed("draft").ctrl('c');
    assert!(!s.shows("[image a.png"));
    s.press(Code::Up);
    assert!(s.shows("[image a.png") && s.shows("› draft"), "{}", s.screen(80, 24));
    s.taken();
    s.press(Code::Enter);
    let prompt = sent(&mut s);
    let failure = Failure::new(FailureKind::Unreachable, "nobody answers", "start it");
    s.event(Event::Failed { id: RequestId(1), failure, attempts: vec![] });
    assert!(s.shows("› draft"));
    s.press(Code::Enter);
    assert_eq!(sent(&mut s), prompt, "a question that failed comes back whole");
}

#[test]
fn so_many_and_no_more() {
    let mut s = Session::ready();
    for at in 0..17 {
        s.entered(&format!("/attach {at}.png"));
    }
    assert_eq!(wanted(&mut s).len(), 16);
    assert!(s.shows("16 files at most") && s.shows("› /attach 16.png"), "{}", s.screen(80, 24));
}

#[test]
fn a_name_cannot_write_on_the_screen() {
    let mut s = Session::ready();
    s.entered("/attach x");
    comes(&mut s, picture("a\x1b[2J\u{202e}gnp.png"));
    assert!(s.shows("[image a⟨U+202E⟩gnp.png 800x600]"), "{}", s.screen(80, 24));
}

/// Compares the screens of 40x10, 80x24 and 30x6 with the stored ones.
fn check(name: &str, session: &mut Session) {
    let mut text = String::new();
    for (width, height) in [(30, 6), (40, 10), (80, 24)] {
        text.push_str(&format!("── {width}x{height} ──\n{}", session.screen(width, height)));
    }
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn screens() {
    let mut s = Session::ready();
    s.entered("/attach cat.png");
    comes(&mut s, picture("cat.png"));
    check("attached_one", &mut s);
    s.entered("/attach notes.txt");
    comes(&mut s, notes());
    s.entered("/attach a picture with a rather long name.png");
    comes(&mut s, picture("a picture with a rather long name.png"));
    s.entered("/attach dog.jpeg");
    check("attached_many", s.typed("what do these have in common?"));

    let mut s = Session::ready();
    s.typed("what is in @");
    listed(&mut s, "");
    check("attach_completion", s.press(Code::Down));

    let mut question = message(Role::User, "what do these have in common?", Status::Complete);
    question.prompt.attach(picture("cat.png"));
    question.prompt.attach(notes());
    let messages = vec![question, message(Role::Assistant, "Both sleep all day.", Status::Complete)];
    let summary = summary(7, "what do these have in common?", 2, 0);
    let opened = ConversationEvent::Opened(Box::new(Conversation { summary, messages: messages.into(), summaries: Vec::new() }));
    check("attached_opened", Session::ready().with(Event::Conversation(opened)).later(3000));
}
