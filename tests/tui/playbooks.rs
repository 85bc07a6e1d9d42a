//! The pane of a playbook: narrowed, switched, with what changed a bullet, and while it changes.

use crate::commands::{nobody, segno};
use crate::fixtures::*;
use crate::pane::{bullet, changes, key, open, playbook};
use crate::screens::check_at;
use conductor::domain::{
    BulletId, Cause, ChatOrigin, Delta, DeltaSeq, FailureKind, MessageId, Playbook, PlaybookKey, Rating, RequestId, Shown, Stage,
    Status, Step, TaskClass, UserChange,
};
use conductor::protocol::{Changed, Command, Event, PlaybookCommand, PlaybookEvent, Query, Reply};
use segno_tests::check::Profile;
use segno_tests::pty::Pty;
use segno_tui::keymap::{Code, Key};
use segno_tui::msg::{Effect, Msg};
use std::path::Path;

/// Where the pane stands over all, beside the chat, and on the smallest screen.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

fn named(base: &str) -> PlaybookKey {
    PlaybookKey::new(base, "qwen", None).unwrap()
}

/// The playbook `base`-qwen with the bullets of the other one.
fn book(base: &str) -> Playbook {
    Playbook { key: named(base), ..playbook() }
}

/// All that are stored, by name. One is off, and has no bullet that waits.
fn stored() -> Vec<Playbook> {
    let mut tools = Playbook::new(named("tools"));
    (tools.off, tools.bullets) = (true, [(BulletId(1), bullet(1, "Say what you did.", Stage::Prod))].into());
    vec![book("code"), book("math"), tools]
}

fn is_list(query: &Query) -> bool {
    matches!(query, Query::Playbooks)
}

/// The question about all playbooks is answered.
fn listed(s: &mut Session, books: Vec<Playbook>) {
    s.looked(is_list, Reply::Playbooks(books));
}

/// The numbers of the bullets that are on the screen, in their order.
fn numbers(s: &mut Session) -> Vec<u32> {
    let screen = s.screen(80, 24);
    let number = |line: &str| line.split_once("[style-")?.1.split_once(']')?.0.parse().ok();
    screen.lines().filter_map(number).collect()
}

/// The number of the marked bullet, told by what a key does to it.
fn marked(s: &mut Session) -> Option<u32> {
    s.taken();
    s.typed("+");
    match changes(s).as_slice() {
        [UserChange::Promote { id }] => Some(id.0),
        [] => None,
        other => panic!("another change: {other:?}"),
    }
}

fn delta(seq: i64, cause: Cause, steps: Vec<Step>) -> Delta {
    Delta { seq: DeltaSeq(seq), at_ms: 0, cause, reasoning: String::new(), steps, rejects: vec![] }
}

/// The playbook became this by itself.
fn became(s: &mut Session, playbook: Playbook) {
    let changed = Changed { delta: delta(playbook.last.0, Cause::Promotion, vec![]), playbook };
    s.event(Event::Playbook(PlaybookEvent::Changed { id: None, result: Ok(Box::new(changed)) }));
}

/// The playbook as a change with this number leaves it.
fn after(seq: i64, change: impl FnOnce(&mut Playbook)) -> Playbook {
    let mut playbook = Playbook { last: DeltaSeq(seq), ..playbook() };
    change(&mut playbook);
    playbook
}

/// An answer to a question of this kind comes, which had nothing of this playbook.
fn answers(s: &mut Session, id: RequestId, base: &str) {
    let class = if base == "math" { TaskClass::Mathematical } else { TaskClass::CodeGeneration };
    let mut answer = answer("qwen2.5-coder:7b", class, "so it is");
    let mut decision = decision(class, &["qwen2.5-coder:7b"]);
    decision.shown = Some(Shown { bullets: vec![BulletId(3)], ..Shown::nothing(named(base)) });
    answer.decision = Some(decision);
    s.event(finished(id, answer, Status::Complete));
}

/// A question is under way with the pane open.
fn asking() -> (Session, RequestId) {
    let mut s = crate::pane::answered();
    let id = s.ask("and now?");
    s.press(Code::F(2)).taken();
    s.msg(Msg::Reply { reply: Reply::Playbook(Box::new(playbook())), now_ms: 0 });
    (s, id)
}

#[test]
fn what_is_typed_narrows_the_bullets_at_once() {
    for (typed, want) in [
        ("", vec![3, 1, 2, 4]),
        ("test", vec![2]),
        ("TEST a", vec![2]),
        ("branch write", vec![2]),
        ("style", vec![3, 1, 2, 4]),
        ("style use", vec![4]),
        ("stage:prod", vec![1]),
        ("stage:pro", vec![3, 1]),
        ("Stage:Proposed", vec![3]),
        ("stage:staging stage:quar", vec![2, 4]),
        ("stage:prod tabs", vec![]),
        ("stage:nonsense", vec![]),
        ("of  ", vec![1]),
    ] {
        let mut s = open();
        s.typed("/").typed(typed);
        assert_eq!(numbers(&mut s), want, "{typed:?}");
        let (all, of) = (typed.trim().is_empty(), format!("code-qwen · {} of 4", want.len()));
        assert_eq!(s.shows(&of), !all, "{typed:?}: {}", s.screen(80, 24));
        assert_eq!(s.shows("no line fits: Esc shows all 4"), want.is_empty(), "{typed:?}");
        assert!(s.taken().is_empty(), "{typed:?}: keys that find do nothing else");
        // Enter keeps it, and the keys are keys again: the first that fits is marked where the one before does not.
        s.press(Code::Enter);
        assert_eq!(numbers(&mut s), want, "{typed:?}");
        assert_eq!(marked(&mut s), if want.contains(&3) { Some(3) } else { want.first().copied() }, "{typed:?}");
    }
}

#[test]
fn the_marked_bullet_stays_marked_while_it_is_among_those_that_fit() {
    for (keys, want) in [
        // What is marked: of the four 3, 1, 2 and 4 the third.
        (vec!["/", "write", "enter"], 2),
        (vec!["/", "tabs", "enter"], 4),
        (vec!["/", "tabs", "esc"], 2),
        (vec!["/", "tabs", "enter", "esc"], 4),
        (vec!["/", "zzz", "enter", "enter", "esc"], 2),
        (vec!["/", "tabs", "ctrl-u", "enter"], 2),
        (vec!["/", "e", "up", "enter"], 1),
        (vec!["/", "e", "up", "enter", "esc"], 1),
        (vec!["/", "zz", "backspace", "backspace", "enter"], 2),
        (vec!["/", "tabs", "enter", "/", "esc"], 4),
    ] {
        let mut s = open();
        s.press(Code::Down).press(Code::Down);
        for key in &keys {
            match *key {
                "enter" => s.press(Code::Enter),
                "esc" => s.press(Code::Esc),
                "up" => s.press(Code::Up),
                "backspace" => s.press(Code::Backspace),
                "ctrl-u" => s.ctrl('u'),
                typed => s.typed(typed),
            };
        }
        assert_eq!(marked(&mut s), Some(want), "{keys:?}");
        assert!(s.shows("code-qwen"), "{keys:?}: it is still open");
    }
}

#[test]
fn escape_shows_all_again_before_it_closes() {
    let mut s = open();
    s.typed("/").msg(Msg::Paste("write\n a test".into()));
    assert_eq!(numbers(&mut s), [2]);
    check_at(&SIZES, "playbook_filter", &mut s);
    s.press(Code::Enter);
    check_at(&SIZES, "playbook_filter_kept", &mut s);
    s.press(Code::Esc);
    assert_eq!(numbers(&mut s), [3, 1, 2, 4]);
    s.press(Code::Esc);
    assert!(!s.shows("code-qwen"), "{}", s.screen(80, 24));
}

#[test]
fn keys_lead_to_the_playbook_before_and_after() {
    let press = |s: &mut Session, keys: &str| {
        for key in keys.chars() {
            match key {
                '<' => s.press(Code::Left),
                '>' => s.press(Code::Right),
                other => s.press(Code::Char(other)),
            };
        }
    };
    for (keys, want) in [
        (">", "math-qwen"),
        ("]", "math-qwen"),
        ("<", "tools-qwen"),
        ("[", "tools-qwen"),
        (">>", "tools-qwen"),
        (">>>>", "math-qwen"),
        ("<>", "code-qwen"),
    ] {
        let mut s = open();
        press(&mut s, keys);
        assert_eq!(s.asks(is_list), 1, "{keys}: one question at a time");
        listed(&mut s, stored());
        let whose = if want == "code-qwen" { "of the last answer" } else { "not of the last answer" };
        let screen = s.screen(80, 24);
        let title = screen.lines().next().unwrap();
        assert!(title.contains(&format!("playbook {want}")) && title.contains(&format!("· {whose} ")), "{keys}: {title}");
    }
    // With one alone there is nowhere to go.
    let mut s = open();
    press(&mut s, ">");
    listed(&mut s, vec![playbook()]);
    assert!(s.shows("there is no other playbook"), "{}", s.screen(80, 24));
    press(&mut s, "<");
    let broken = failure(FailureKind::Storage, "the database is locked", "");
    s.looked(is_list, Reply::Failed(broken));
    assert!(s.shows("playbook code-qwen"), "{}", s.screen(80, 24));
    // What was asked for first and comes late takes nothing back.
    let mut s = open();
    press(&mut s, ">");
    listed(&mut s, stored());
    s.msg(Msg::Reply { reply: Reply::Playbook(Box::new(playbook())), now_ms: 0 });
    assert!(s.shows("playbook math-qwen"), "{}", s.screen(80, 24));
}

#[test]
fn a_playbook_is_chosen_of_all() {
    let mut s = open();
    s.typed("s");
    assert!(s.shows("looking …"), "{}", s.screen(80, 24));
    listed(&mut s, stored());
    check_at(&SIZES, "playbook_books", &mut s);
    for (keys, want) in [("", "code-qwen"), ("ma", "math-qwen"), ("OO", "tools-qwen"), ("qwen", "code-qwen")] {
        let mut s = open();
        s.typed("s");
        listed(&mut s, stored());
        s.typed(keys).press(Code::Enter);
        assert!(s.shows(&format!("playbook {want}")), "{keys}: {}", s.screen(80, 24));
    }
    // The arrows are of the list, and Esc goes back.
    s.press(Code::Down).press(Code::Down).press(Code::Down).press(Code::Left).press(Code::Enter);
    assert!(s.shows("playbook tools-qwen") && s.shows("off: nothing of it goes"), "{}", s.screen(80, 24));
    s.typed("szzz");
    assert!(s.shows("playbooks · 0 of 0"), "{}", s.screen(80, 24));
    listed(&mut s, stored());
    assert!(s.shows("no playbook has these letters"), "{}", s.screen(80, 24));
    s.press(Code::Enter).press(Code::Esc);
    assert!(s.shows("playbook tools-qwen"), "{}", s.screen(80, 24));
    // It can be chosen before the first came, which then takes nothing back.
    let mut s = crate::pane::answered();
    s.press(Code::F(2)).typed("s");
    listed(&mut s, stored());
    s.typed("math").press(Code::Enter);
    s.msg(Msg::Reply { reply: Reply::Playbook(Box::new(playbook())), now_ms: 0 });
    assert!(s.shows("playbook math-qwen"), "{}", s.screen(80, 24));
}

/// What changed the second bullet.
fn history() -> Vec<Delta> {
    let id = BulletId(2);
    let chat = |message| Cause::Chat { message: MessageId(message) };
    let sample = Cause::Sample { run: 3, sample: "s9".into(), epoch: 1 };
    let import = Cause::Import { source: "book.json".into() };
    let day = 86_400_000;
    vec![
        Delta { at_ms: 4 * day, ..delta(19, Cause::Undo { of: DeltaSeq(17) }, vec![Step::Pin { id, pinned: true }]) },
        Delta { at_ms: 4 * day - 60_000, ..delta(17, Cause::User, vec![Step::Pin { id, pinned: false }]) },
        delta(15, Cause::Promotion, vec![Step::Move { id, from: Stage::Shadow, to: Stage::Staging }]),
        delta(12, chat(9), vec![Step::Pin { id, pinned: true }]),
        delta(9, sample, vec![Step::Pin { id, pinned: false }]),
        delta(4, import, vec![Step::Insert { bullet: Box::new(bullet(2, "Write tests.", Stage::Shadow)) }]),
    ]
}

#[test]
fn a_bullet_has_a_history() {
    let is_history = |query: &Query| *query == Query::BulletDeltas { key: key(), id: BulletId(2) };
    let origin = ChatOrigin {
        message: MessageId(9),
        question: "sort these numbers, please".into(),
        by: None,
        asked_ms: 0,
        rating: Some(Rating::bad("too slow")),
        rated_ms: Some(0),
    };
    let mut s = open();
    s.press(Code::Down).press(Code::Down).typed("h");
    assert!(s.shows("looking …"), "{}", s.screen(80, 24));
    s.looked(is_history, Reply::Deltas(history()));
    assert!(s.shows("what you said of answer 9") && !s.shows("from your /bad"), "{}", s.screen(80, 24));
    s.looked(|query| *query == Query::ChatOrigins(vec![MessageId(9)]), Reply::ChatOrigins(vec![origin]));
    check_at(&SIZES, "playbook_history", &mut s);
    for _ in 0..9 {
        s.press(Code::PageDown);
    }
    assert!(s.screen(40, 12).contains("tests. (shadow)"), "{}", s.screen(40, 12));
    // It is read anew when the playbook changes, and stays meanwhile.
    became(&mut s, after(21, |book| book.bullets.get_mut(&BulletId(2)).unwrap().pinned = false));
    assert!(s.asks(is_history) == 1 && s.shows("import of book.json"), "{}", s.screen(80, 24));
    let newer = delta(21, Cause::User, vec![Step::Pin { id: BulletId(2), pinned: false }]);
    s.looked(is_history, Reply::Deltas([vec![newer], history()].concat()));
    s.press(Code::Home);
    assert!(s.shows("  21 · 1970-01-01 00:00 · you"), "{}", s.screen(80, 24));
    for leave in [Code::Esc, Code::Char('h'), Code::Enter] {
        s.press(leave);
        assert_eq!(marked(&mut s), Some(2), "{leave:?}");
        s.typed("h").looked(is_history, Reply::Deltas(history()));
    }
    // A bullet that goes takes its history along from the screen.
    became(&mut s, after(23, |book| _ = book.bullets.remove(&BulletId(2))));
    assert!(s.shows("gone: [style-00002] Write a test") && s.shows("[style-00001]"), "{}", s.screen(80, 24));
}

#[test]
fn what_changes_is_shown_and_pointed_out_until_the_next_key() {
    let mut s = open();
    s.press(Code::Down).press(Code::Down).typed("/stage:s").press(Code::Enter);
    assert_eq!(numbers(&mut s), [2]);
    became(
        &mut s,
        after(7, |book| {
            book.bullets.insert(BulletId(5), bullet(5, "Name units.", Stage::Shadow));
            let second = book.bullets.get_mut(&BulletId(2)).unwrap();
            (second.counts.helpful, second.text.content) = (4, "Write a test for each path.".into());
            book.bullets.remove(&BulletId(4));
        }),
    );
    assert_eq!(numbers(&mut s), [4, 2, 5], "what went, and what fits");
    check_at(&SIZES, "playbook_live", &mut s);
    assert!(s.shows("other words, counted · staging · +4 -1"), "{}", s.screen(80, 24));
    assert!(!s.shows("out of sight"), "{}", s.screen(80, 24));
    // What is older than what is shown came late.
    became(&mut s, after(6, |_| ()));
    assert!(s.shows("Name units."), "{}", s.screen(80, 24));
    s.press(Code::Home);
    assert!(!s.shows("new ·") && !s.shows("gone:") && s.shows("2 of 4"), "{}", s.screen(80, 24));
    assert_eq!(marked(&mut s), Some(2));
    // What is taken back is no change.
    let pinned = |seq, pinned| after(seq, |book| book.bullets.get_mut(&BulletId(2)).unwrap().pinned = pinned);
    became(&mut s, pinned(8, true));
    s.press(Code::Down);
    became(&mut s, pinned(9, false));
    assert!(s.shows("no longer pinned"), "{}", s.screen(80, 24));
    became(&mut s, pinned(10, true));
    assert!(!s.shows("~") && !s.shows("no longer"), "{}", s.screen(80, 24));
    // What does not fit the filter, or the screen, is told of.
    let archived = |seq| after(seq, |book| book.bullets.get_mut(&BulletId(1)).unwrap().stage = Stage::Archived);
    became(&mut s, archived(11));
    assert!(s.shows("~ 1 line out of sight changed"), "{}", s.screen(80, 24));
    s.press(Code::Esc).press(Code::Home);
    let mut more = archived(12);
    more.bullets.get_mut(&BulletId(4)).unwrap().pinned = true;
    became(&mut s, more);
    assert!(s.screen(40, 8).contains("~ 1 line out of sight changed"), "{}", s.screen(40, 8));
    assert!(!s.shows("out of sight") && s.shows("pinned · quarantine"), "{}", s.screen(80, 24));
}

#[test]
fn what_another_process_changed_is_read_when_the_terminal_is_in_front_again() {
    let touched = || after(7, |book| book.bullets.get_mut(&BulletId(1)).unwrap().stage = Stage::Staging);
    type Cause = fn(&mut Session);
    let causes: [Cause; 3] = [
        |s| _ = s.msg(Msg::Focus(true)),
        |s| _ = s.press(Code::Down).later(3000).press(Code::Up),
        |s| _ = s.typed("s").press(Code::Esc),
    ];
    for cause in causes {
        let mut s = open();
        cause(&mut s);
        listed(&mut s, vec![touched()]);
        assert!(s.shows("~* [style-00001]") && s.shows("from prod to staging · staging"), "{}", s.screen(80, 24));
        assert_eq!(s.asks(is_list), 0);
    }
    let mut s = open();
    s.msg(Msg::Focus(false)).press(Code::Down).press(Code::Up);
    assert_eq!(s.asks(is_list), 0, "nothing asks all the time");
    // One that is asked for while another question is open is asked after that.
    s.msg(Msg::Focus(true)).msg(Msg::Focus(true));
    listed(&mut s, vec![playbook()]);
    listed(&mut s, vec![touched()]);
    assert!(s.shows("from prod to staging"), "{}", s.screen(80, 24));
    let mut s = Session::ready();
    s.msg(Msg::Focus(true));
    assert_eq!(s.asks(is_list), 0, "no playbook is shown");
}

#[test]
fn the_pane_goes_along_with_who_answers_unless_the_user_went_elsewhere() {
    let math = "playbook math-qwen · 1 waits for your yes · of the last answer";
    let (mut s, id) = asking();
    answers(&mut s, id, "math");
    listed(&mut s, stored());
    assert!(s.shows(math) && s.shows("math-qwen is that of the last answer"), "{}", s.screen(80, 24));
    assert!(s.shows("· [style-00003]"), "what the last prompt had: {}", s.screen(80, 24));
    s.press(Code::Down);
    assert!(!s.shows("is that of the last answer") && s.shows(math), "{}", s.screen(80, 24));
    // One that is not stored yet.
    let (mut s, id) = asking();
    answers(&mut s, id, "math");
    listed(&mut s, vec![playbook()]);
    assert!(s.shows("playbook math-qwen · of the last answer") && s.shows("nothing yet."), "{}", s.screen(80, 24));
    // The user went elsewhere, or asked for this one.
    let (mut s, id) = asking();
    s.press(Code::Right);
    listed(&mut s, stored());
    answers(&mut s, id, "code");
    listed(&mut s, stored());
    assert!(s.shows("playbook math-qwen · 1 waits for your yes · not of the last answer"), "{}", s.screen(80, 24));
    // What is written or read is left first.
    for (open, back) in [("e", Code::Esc), ("h", Code::Esc), ("w", Code::Enter), ("?", Code::Esc)] {
        let (mut s, id) = asking();
        s.typed(open);
        answers(&mut s, id, "math");
        listed(&mut s, stored());
        assert!(s.shows("code-qwen"), "{open}: {}", s.screen(80, 24));
        s.press(back);
        listed(&mut s, stored());
        assert!(s.shows(math), "{open}: {}", s.screen(80, 24));
    }
}

#[test]
fn all_keys_are_told_of_in_the_pane() {
    for code in [Code::Char('?'), Code::F(1)] {
        let mut s = open();
        s.press(code);
        check_at(&SIZES, "playbook_keys", &mut s);
        for _ in 0..9 {
            s.press(Code::PageDown);
        }
        assert!(s.screen(40, 12).contains("*        named by the last answer"), "{}", s.screen(40, 12));
        s.typed("ad/").press(Code::Left);
        assert!(s.taken().is_empty(), "they do nothing here");
        s.press(Code::Esc);
        assert_eq!(marked(&mut s), Some(3));
    }
    let mut s = open();
    s.press(Code::F(1)).press(Code::F(1));
    assert!(s.shows("Commands"), "the help of all: {}", s.screen(80, 24));
    // Where something is typed, it is a letter.
    let mut s = open();
    s.typed("/?");
    assert!(s.shows("0 of 4"), "{}", s.screen(80, 24));
    s.key(Key::plain(Code::F(2)));
    assert!(!s.shows("code-qwen"), "{}", s.screen(80, 24));
    let undo = |effect: &Effect| matches!(effect, Effect::Send(Command::Playbook(PlaybookCommand::Undo { .. })));
    let mut s = open();
    s.typed("/u");
    assert!(!s.taken().iter().any(undo));
    s.press(Code::Enter).typed("u");
    assert!(s.taken().iter().any(undo), "the keys are keys again");
    // A key that is held takes back no more than was asked for.
    s.typed("u");
    assert!(!s.taken().iter().any(undo) && s.shows("u again takes back the change before that, too"), "{}", s.screen(120, 40));
    s.typed("u");
    assert!(s.taken().iter().any(undo));
    s.typed("pu");
    assert!(s.taken().iter().any(undo), "what was just done is taken back at once");
}

#[test]
fn a_line_that_another_process_adds_comes_into_the_open_pane() {
    let (profile, nobody) = (Profile::new(), nobody());
    let add = |content: &str| {
        let args = ["--offline", "playbook", "add", "math-qwen", "--section", "Errors", content];
        assert!(segno(&profile, &nobody, &args).output().unwrap().status.success());
    };
    add("check the signs");
    let env = profile.env_with(&[("OLLAMA_HOST", &nobody)]);
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &[], &env, 24, 80);
    pty.wait_for("/ commands");
    crate::program::ask(&pty, "/playbook math-qwen");
    pty.wait_for("check the signs");
    add("name the units");
    // The terminal says that it is in front again.
    pty.send(b"\x1b[I".to_vec());
    let screen = pty.wait_for("name the units");
    assert!(screen.contains("~  [errors-00002] name the units") && screen.contains("new · staging"), "{screen}");
    // What the user does to it here is pointed out, too, and told by its history.
    pty.type_text("p");
    pty.wait_for("pinned · by you");
    pty.type_text("h");
    let screen = pty.wait_for("what changed it, the newest first");
    assert!(screen.contains("[errors-00001] pinned") && screen.contains(" · you"), "{screen}");
    pty.type_text("h");
    pty.wait_for("name the units");
    pty.key(segno_tests::pty::Key::CtrlC);
    pty.wait_until("the pane closed", |screen| !screen.contains("name the units"));
    crate::program::quit(pty);
}
