//! What happens, and what is said of it.

use super::super::input::{Heard as Read, Input};
use super::*;
use crate::app::{Screen, Settings};
use crate::keymap::Keymap;
use crate::msg::{Effect, Msg};
use conductor::config::Config;
use conductor::domain::{
    Answer, BackendId, Classification, Complexity, ConsentRequest, Contents, Decision, Digest, Failure, FailureKind, Finding,
    Location, Milli, ModelId, Occasion, Payload, Plan, Purpose, Scope, SelectionReason, Signature, TaskClass, Tier, Timing,
    Usage, Waits,
};
use conductor::protocol::{Command, ConsentCommand, Notice, PullProgress};
use std::time::{Duration, Instant};

const ID: RequestId = RequestId(1);

/// An application, and what was said of it.
struct Scene {
    app: App,
    said: Said,
    input: Input,
    now: Instant,
    text: String,
    sent: Vec<Command>,
}

impl Scene {
    fn new() -> Self {
        let settings = Settings::of(&Config::default(), Keymap::default(), Screen::default(), false);
        let app = App::new(super::super::settings(settings));
        let mut scene = Self {
            app,
            said: Said::default(),
            input: Input::default(),
            now: Instant::now(),
            text: String::new(),
            sent: Vec::new(),
        };
        scene.look();
        scene.text.clear();
        scene
    }

    fn look(&mut self) {
        for out in self.said.look(&self.app) {
            let mid_line = !self.text.is_empty() && !self.text.ends_with('\n');
            match out {
                Out::Piece(piece) => self.text.push_str(&piece),
                Out::Line(line) => self.text.push_str(&format!("{}{line}\n", if mid_line { "\n" } else { "" })),
                Out::Break if mid_line => self.text.push('\n'),
                Out::Break => {}
            }
        }
    }

    fn update(&mut self, msg: Msg) {
        let effects = self.app.update(msg, self.now);
        self.sent.extend(effects.into_iter().filter_map(|effect| match effect {
            Effect::Send(command) => Some(command),
            _ => None,
        }));
        self.look();
    }

    fn act(&mut self, act: Do) {
        match act {
            Do::Happens(event) => {
                self.said.hear(&event, &self.app);
                self.update(Msg::Conductor(Box::new(event)));
            }
            Do::Interrupts => self.update(Msg::Interrupt),
            Do::Waits => {
                self.now += Duration::from_secs(1);
                self.update(Msg::Tick);
            }
            Do::Types(line) => self.read(Some(line)),
            Do::Ends => self.read(None),
        }
    }

    fn read(&mut self, line: Option<&str>) {
        match self.input.read(&self.app, &self.said, line) {
            Read::Does(msgs, words) => {
                self.text.push_str(&if words.is_empty() { String::new() } else { format!("{words}\n") });
                msgs.into_iter().for_each(|msg| self.update(msg));
            }
            Read::Say(lines) => lines.iter().for_each(|line| self.text.push_str(&format!("{line}\n"))),
            Read::Waits(text) => self.text.push_str(&format!("<waits: {text}>\n")),
            Read::GoesOn => self.text.push_str("<goes on>\n"),
            Read::Leaves => self.text.push_str("<leaves>\n"),
        }
    }
}

/// What happens.
#[expect(clippy::large_enum_variant, reason = "there are few of them in a test")]
enum Do {
    Types(&'static str),
    Ends,
    Happens(Event),
    Interrupts,
    /// A second goes by.
    Waits,
}
use Do::{Ends, Happens, Interrupts, Types};

#[track_caller]
fn check(acts: Vec<Do>, want: &[&str]) -> Scene {
    let mut scene = Scene::new();
    acts.into_iter().for_each(|act| scene.act(act));
    let text = scene.text.clone();
    assert_eq!(text.lines().collect::<Vec<_>>(), want);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{text:?}");
    scene
}

fn candidate(name: &str, location: Location) -> Candidate {
    let backend = if matches!(location, Location::External(_)) { "openai" } else { "ollama" };
    Candidate { model: ModelId::new(name), backend: BackendId::new(backend), location, family: "x".into() }
}

fn planned(reason: SelectionReason, first: Candidate) -> Do {
    let class = TaskClass::CodeGeneration;
    let task = Classification {
        class,
        confidence: Milli(900),
        second: TaskClass::General,
        complexity: Complexity::of(4.0),
        evidence: Vec::new(),
    };
    let decision = Box::new(Decision {
        task,
        tier: Tier::Small,
        considered: Vec::new(),
        chain: vec![first.model.clone()],
        hosts: Vec::new(),
        notes: Vec::new(),
        shown: None,
    });
    Happens(Event::Planned { id: ID, plan: Plan { decision, class, reason, candidates: vec![first] } })
}

fn plain_plan() -> Do {
    planned(SelectionReason::Default, candidate("llama3.1:8b", Location::Local))
}

fn delta(text: &str) -> Do {
    Happens(Event::Delta { id: ID, text: text.into(), thinking: String::new() })
}

fn thinks(text: &str) -> Do {
    Happens(Event::Delta { id: ID, text: String::new(), thinking: text.into() })
}

fn finished(text: &str, status: Status) -> Do {
    let signature = Signature {
        model: ModelId::new("llama3.1:8b"),
        family: "x".into(),
        backend: BackendId::ollama(),
        location: Location::Local,
        class: TaskClass::General,
        reason: SelectionReason::Default,
    };
    let answer = Answer {
        signature,
        text: text.into(),
        thinking: String::new(),
        usage: Usage { prompt_tokens: Some(20), answer_tokens: Some(100) },
        timing: Timing { first_token_ms: Some(180), total_ms: 3200, load_ms: None, eval_us: None },
        cut_by_length: false,
        cost: None,
        labels: Vec::new(),
        attempts: Vec::new(),
        decision: None,
    };
    Happens(Event::Finished { id: ID, answer: Box::new(answer), status })
}

fn waits(waits: Waits) -> Do {
    Happens(Event::Waiting { id: ID, model: ModelId::new("llama3.1:8b"), waits })
}

const ASKED: &str = "llama3.1:8b answers, on this machine.";
const END: &str = "End of answer: 100 tokens, 3.2 s.";

#[test]
fn an_answer_is_said_in_whole_words_below_who_gives_it() {
    let text = "Once upon a\n\n**time**";
    check(
        vec![
            Types("hello"),
            plain_plan(),
            delta("Once up"),
            delta("on a\n\n**ti"),
            delta("me**"),
            finished(text, Status::Complete),
        ],
        &[ASKED, "Once upon a", "", "**time**", END],
    );
    let mut scene = Scene::new();
    for act in [Types("hello"), plain_plan(), delta("Once up")] {
        scene.act(act);
    }
    assert!(scene.text.ends_with("Once "), "{:?}", scene.text);
}

#[test]
fn where_it_runs_is_said_in_words() {
    for (location, want) in [
        (Location::Network("gpu.lan".into()), "a:1 answers, on the host gpu.lan."),
        (Location::External("api.openai.com".into()), "a:1 answers, external: openai."),
    ] {
        check(vec![Types("hello"), planned(SelectionReason::Default, candidate("a:1", location))], &[want]);
    }
}

#[test]
fn hand_offs_fallbacks_and_waiting_are_said_with_their_reasons() {
    let class = TaskClass::CodeGeneration;
    let coder = || candidate("coder:7b", Location::Local);
    let why = Failure::new(FailureKind::Stalled, "coder:7b did not answer in 30 s", "");
    check(
        vec![
            Types("hello"),
            planned(SelectionReason::Specialized { class }, coder()),
            waits(Waits::Memory { holders: vec![ModelId::new("big:70b")] }),
            waits(Waits::Load),
            Happens(Event::Fallback { id: ID, from: coder(), to: candidate("llama3.1:8b", Location::Local), why }),
            waits(Waits::Load),
            waits(Waits::Answer),
            delta("So it is."),
            finished("So it is.", Status::Complete),
        ],
        &[
            "Hand-off: code question, asking coder:7b.",
            "coder:7b answers, on this machine.",
            "Waiting: coder:7b, for memory that big:70b uses.",
            "Loading coder:7b into memory.",
            "Fallback: coder:7b did not answer in 30 s; asking llama3.1:8b.",
            ASKED,
            "Loading llama3.1:8b into memory.",
            "llama3.1:8b, on this machine:",
            "So it is.",
            END,
        ],
    );
}

#[test]
fn what_is_thought_is_said_where_it_is_wanted() {
    let end = || finished("Yes.", Status::Complete);
    check(
        vec![Types("hello"), plain_plan(), thinks("Hm, "), thinks("well."), delta("Yes."), end()],
        &[ASKED, "Thinking.", "llama3.1:8b, on this machine:", "Yes.", END],
    );
    check(
        vec![Types("/thinking on"), Types("hello"), plain_plan(), thinks("Hm, "), thinks("well."), delta("Yes."), end()],
        &["Note: thinking is shown.", ASKED, "Thinking:", "Hm, well.", "llama3.1:8b, on this machine:", "Yes.", END],
    );
}

#[test]
fn answers_that_are_stopped_or_break_off_say_so() {
    let broken = Failure::new(FailureKind::Broken, "the connection ended", "try again");
    check(
        vec![Types("hello"), plain_plan(), delta("Half of"), Interrupts, finished("Half of", Status::Cancelled)],
        &[
            ASKED,
            "Half ",
            "Note: stopping. Press Ctrl-C again to leave.",
            "llama3.1:8b, on this machine:",
            "of",
            "Stopped by you, what came is kept: 100 tokens, 3.2 s.",
        ],
    );
    check(
        vec![Types("hello"), plain_plan(), delta("Half "), finished("Half ", Status::Partial(broken.clone()))],
        &[
            ASKED,
            "Half ",
            "The answer broke off, what came is kept: 100 tokens, 3.2 s.",
            "Error: the connection ended.",
            "Hint: /retry asks again, /retry NAME asks another model.",
        ],
    );
    let mut scene = check(
        vec![Types("hello"), plain_plan(), Happens(Event::Failed { id: ID, failure: broken, attempts: Vec::new() })],
        &[ASKED, "Error: the connection ended.", "Hint: try again."],
    );
    scene.act(Types("another"));
    let Some(Command::Ask { prompt, .. }) = scene.sent.last() else { panic!("{:?}", scene.sent) };
    assert_eq!(prompt.text(), "another", "nothing of the question before goes along");
}

#[test]
fn notices_begin_with_a_word_that_says_how_grave_they_are() {
    let notice = |notice| Happens(Event::Notice { id: None, notice });
    check(
        vec![
            notice(Notice::info("a model is here", "")),
            notice(Notice::warning("it is slow \u{1b}[2J…", "`/models` says more")),
            notice(Notice::error(&Failure::new(FailureKind::Broken, "it broke", "mend it"))),
        ],
        &["Note: a model is here.", "Warning: it is slow.", "Hint: /models says more.", "Error: it broke.", "Hint: mend it."],
    );
}

#[test]
fn lines_go_on_leave_and_wait() {
    check(vec![Ends], &["<leaves>"]);
    check(vec![Interrupts], &["Note: Press Ctrl-C again to leave."]);
    check(vec![Types(""), Types("  ")], &[]);
    check(
        vec![Types("hello"), Types("and more"), Types("/mouse on")],
        &["<waits: and more>", "Note: there is no mouse here: the terminal keeps it."],
    );
    let scene = check(vec![Types("one \\"), Types("two")], &["<goes on>"]);
    let Some(Command::Ask { prompt, .. }) = scene.sent.last() else { panic!("{:?}", scene.sent) };
    assert_eq!(prompt.text(), "one \ntwo");
    check(
        vec![Types("/xyzzy")],
        &[
            "Error: there is no command /xyzzy.",
            "Hint: /help shows all commands; to send text that begins with a slash, write two.",
        ],
    );
}

#[test]
fn hostile_text_is_cleaned_however_it_is_cut() {
    let evil = "safe\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}txt\u{1b}P$q\u{1b}\\ end";
    let mut acts = vec![Types("hello"), plain_plan()];
    acts.extend(evil.chars().map(|c| delta(&c.to_string())));
    acts.push(finished(evil, Status::Complete));
    check(acts, &[ASKED, "safe31m⟨U+202E⟩txt end", END]);
}

#[test]
fn a_pull_is_said_a_few_times() {
    let progress = |completed| {
        let progress = PullProgress::Running { status: "pulling".into(), completed, total: 1000 };
        Happens(Event::Pull { id: ID, model: ModelId::new("phi3:mini"), progress })
    };
    let mut acts = vec![Types("/pull phi3:mini")];
    acts.extend((0..=1000).step_by(10).map(progress));
    acts.push(Interrupts);
    acts.push(Happens(Event::Pull { id: ID, model: ModelId::new("phi3:mini"), progress: PullProgress::Cancelled }));
    check(
        acts,
        &[
            "Fetching phi3:mini. Ctrl-C stops it.",
            "Fetching phi3:mini: 25%, 250 B of 1.0 kB.",
            "Fetching phi3:mini: 50%, 500 B of 1.0 kB.",
            "Fetching phi3:mini: 75%, 750 B of 1.0 kB.",
            "Note: stopping.",
            "Note: stopped fetching phi3:mini.",
            "Hint: what came is kept: /pull phi3:mini goes on from there.",
        ],
    );
}

fn request(secret: bool) -> ConsentRequest {
    let payload =
        |text: &str| Payload { digest: Digest::of(text.as_bytes()), bytes: text.to_owned().into(), shown: text.to_owned() };
    let finding = Finding {
        rule: "github-token".into(),
        what: "GitHub token".into(),
        start: 0,
        end: 9,
        masked: "ghp_…3f9a".into(),
        fingerprint: Digest::of(b"x"),
    };
    ConsentRequest {
        id: ID,
        purpose: Purpose::Chat,
        occasion: Occasion::First,
        provider: BackendId::new("openai"),
        model: ModelId::new("gpt-5-mini:latest"),
        location: Location::External("api.openai.com".into()),
        target: "POST https://api.openai.com/v1/chat/completions".into(),
        contents: Contents { prompt: true, images: 1, ..Contents::default() },
        tokens: 20,
        cost: None,
        findings: if secret { vec![finding] } else { Vec::new() },
        whole: payload("the whole\nof it\u{1b}[2J\nand more"),
        redacted: secret.then(|| payload("the redacted")),
        expires_in_s: 600,
    }
}

/// Types `lines` at the question for consent; what goes to the conductor.
fn answered(secret: bool, lines: &[Option<&'static str>]) -> Scene {
    let mut scene = Scene::new();
    scene.act(Types("hello"));
    scene.act(Happens(Event::ConsentNeeded(Box::new(request(secret)))));
    scene.act(Do::Waits);
    scene.sent.clear();
    for line in lines {
        scene.act(line.map_or(Ends, Types));
    }
    scene
}

#[test]
fn what_would_leave_is_said_in_words() {
    let scene = answered(true, &[]);
    let short = request(true).redacted.unwrap().digest.short();
    let want = [
        "Consent needed, external: openai. External: this would be sent to api.openai.com (openai), model gpt-5-mini.",
        "Why: you have not said yes to it for this conversation",
        "Holds: your question, 1 image",
        "Size: 12 B, about 20 tokens",
        "Request: POST https://api.openai.com/v1/chat/completions",
        &format!("sha256: {short}"),
        "Secret: GitHub token ghp_...3f9a",
        "Image: its metadata, such as place and time, was taken out.",
        "Warning: 1 secret found, taken out before it goes. The word redact puts them back.",
        "Nothing was sent yet.",
        "Type a word: yes sends it, this once. conversation sends it and asks no more in this conversation. show prints exactly what \
         would be sent, show 20 the next 20 lines of it. never is a no for good. Anything else is no.",
    ];
    assert_eq!(scene.text.lines().collect::<Vec<_>>(), want);
    assert_eq!(scene.said.prompt(&scene.app).as_deref(), Some("Your answer: "));
}

#[test]
fn only_the_exact_word_is_a_yes_and_it_names_the_version_that_was_said() {
    let (whole, redacted) = (request(true).whole.digest, request(true).redacted.unwrap().digest);
    let yes = |digest, scope| ConsentCommand::Grant { id: ID, digest, scope };
    let no = ConsentCommand::Deny { id: ID, never: false };
    let plain = request(false).whole.digest;
    for (secret, lines, want) in [
        (false, &[Some("yes")][..], yes(plain, Scope::Once)),
        (false, &[Some(" once ")], yes(plain, Scope::Once)),
        (false, &[Some("conversation")], yes(plain, Scope::Conversation)),
        (false, &[Some("never")], ConsentCommand::Deny { id: ID, never: true }),
        (true, &[Some("yes")], yes(redacted, Scope::Once)),
        (true, &[Some("redact"), Some("yes")], yes(whole, Scope::Once)),
        (true, &[Some("redact"), Some("redact"), Some("yes")], yes(redacted, Scope::Once)),
        (true, &[Some("show"), Some("show 1"), Some("yes")], yes(redacted, Scope::Once)),
        (false, &[Some("redact")], no.clone()),
        (false, &[Some("")], no.clone()),
        (false, &[None], no.clone()),
        (false, &[Some("Yes")], no.clone()),
        (false, &[Some("y")], no.clone()),
        (false, &[Some("yes please")], no.clone()),
        (false, &[Some("show 0")], no.clone()),
        (false, &[Some("show"), None], no.clone()),
        (false, &[Some("hello")], no),
    ] {
        let scene = answered(secret, lines);
        assert_eq!(scene.sent, [Command::Consent(want)], "{lines:?}");
    }
    let mut scene = answered(false, &[]);
    scene.act(Interrupts);
    assert_eq!(scene.sent, [Command::Consent(ConsentCommand::Deny { id: ID, never: false })]);
}

#[test]
fn what_came_before_the_question_is_no_answer() {
    let mut scene = Scene::new();
    for act in [Types("hello"), Happens(Event::ConsentNeeded(Box::new(request(false))))] {
        scene.act(act);
    }
    scene.sent.clear();
    scene.act(Types("yes"));
    assert!(scene.sent.is_empty() && scene.text.ends_with("It is still open.\n"), "{}", scene.text);
    scene.act(Do::Waits);
    scene.act(Types("yes"));
    assert_eq!(scene.sent.len(), 1);
}

#[test]
fn what_would_be_sent_is_shown_line_by_line() {
    let shown = |lines: &[Option<&'static str>]| {
        let scene = answered(false, lines);
        let text = scene.text.split("Anything else is no.\n").last().unwrap().to_owned();
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let end = format!("End of what would be sent, sha256 {}.", request(false).whole.digest.short());
    let head = "Exactly this would be sent:";
    assert_eq!(shown(&[Some("show")]), [head, "the whole", "of it", "and more", &end]);
    assert_eq!(shown(&[Some("show 2"), Some("show 2")]), [head, "the whole", "of it", "1 more lines.", head, "and more", &end]);
}
