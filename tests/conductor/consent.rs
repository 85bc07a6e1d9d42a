//! Consent at the door of the core: a conductor between a fake Ollama and a fake provider, and the bytes that arrive.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are outside #[test], and fail as tests do")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use conductor::config::{self, Layers};
use conductor::domain::{
    ConsentRequest, Digest, FailureKind, Image, LedgerEntry, LedgerEvent, ModelId, Occasion, Origin, Prompt, RequestId, Scope,
    Span,
};
use conductor::protocol::{Command, ConsentCommand, ConversationCommand, Event, Query, Reply};
use conductor::{Conductor, Limits, Setup};
use segno_tests::ollama::FakeOllama;
use segno_tests::provider::FakeProvider;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A conductor with one provider whose server wants no key.
struct Bench {
    conductor: Conductor,
    events: mpsc::Receiver<Event>,
    fake: FakeProvider,
    _ollama: FakeOllama,
    _folder: TempDir,
    asked: u64,
    /// What every event looks like in a log that is careless.
    seen: String,
}

/// What a question came to.
#[derive(Debug)]
enum Came {
    Asked(Box<ConsentRequest>),
    Answered(String),
    Failed(FailureKind),
}

impl Bench {
    fn new(fake: FakeProvider) -> Self {
        Self::with(fake, "")
    }

    /// With more lines in `[privacy]`.
    fn with(fake: FakeProvider, privacy: &str) -> Self {
        Self::build(fake, &format!("allow_external = true\n{privacy}"))
    }

    fn build(fake: FakeProvider, privacy: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ollama = FakeOllama::builder().model("llama3.1:8b").start();
        let (user, format) = (folder.path().join("config.toml"), fake.chat_path());
        let format = if format == "/v1/messages" { "anthropic" } else { "openai" };
        let text = format!(
            "[privacy]\n{privacy}\n\n[ollama]\nhost = \"{}\"\n\n[[providers]]\nid = \"fake\"\nformat = \"{format}\"\n\
             endpoint = \"{}\"\nneeds_key = false\n\n[[models]]\nid = \"fake/m\"\nbackend = \"fake\"\nsupports_vision = true\n",
            ollama.host(),
            fake.endpoint()
        );
        std::fs::write(&user, text).unwrap();
        let layers = Layers { user: Some(user), ..Layers::default() };
        let config = config::load(&layers).unwrap().config;
        let setup = Setup::new(Arc::new(config), folder.path().join("segno.db"), Limits::default()).expect("the address is one");
        let (conductor, events) = Conductor::start(setup);
        Self { conductor, events, fake, _ollama: ollama, _folder: folder, asked: 0, seen: String::new() }
    }

    async fn send(&self, command: Command) {
        assert!(self.conductor.send(command).await, "the conductor has ended");
    }

    /// Asks, and gives what comes of it until something is to be answered.
    async fn ask(&mut self, prompt: Prompt) -> Came {
        self.asked += 1;
        let id = RequestId(self.asked);
        self.send(Command::Ask { id, prompt, model: Some(ModelId::new("fake/m")) }).await;
        self.next().await
    }

    async fn ask_typed(&mut self, question: &str) -> Came {
        self.ask(Prompt::typed(question)).await
    }

    /// Asks something that has to be asked about first.
    async fn request(&mut self, question: &str) -> ConsentRequest {
        match self.ask_typed(question).await {
            Came::Asked(request) => *request,
            other => panic!("it was not asked about: {other:?}"),
        }
    }

    async fn next(&mut self) -> Came {
        let id = RequestId(self.asked);
        loop {
            let event = self.events.recv().await.expect("the conductor ended in the middle of a turn");
            self.seen += &format!("{event:?}\n");
            match event {
                Event::ConsentNeeded(request) if request.id == id => return Came::Asked(request),
                Event::Finished { id: of, answer, .. } if of == id => return Came::Answered(answer.text),
                Event::Failed { id: of, failure, .. } if of == id => return Came::Failed(failure.kind),
                _ => {}
            }
        }
    }

    async fn answer(&mut self, command: ConsentCommand) -> Came {
        self.seen += &format!("{command:?}\n");
        self.send(Command::Consent(command)).await;
        self.next().await
    }

    async fn grant(&mut self, digest: Digest, scope: Scope) -> Came {
        self.answer(ConsentCommand::Grant { id: RequestId(self.asked), digest, scope }).await
    }

    async fn cancel(&mut self) -> Came {
        self.send(Command::Cancel { id: RequestId(self.asked) }).await;
        self.next().await
    }

    async fn deny(&mut self) -> Came {
        self.answer(ConsentCommand::Deny { id: RequestId(self.asked), never: false }).await
    }

    /// The intents in the ledger, oldest first.
    async fn intents(&self) -> Vec<LedgerEntry> {
        let Reply::Ledger(mut rows) = self.conductor.query(Query::Ledger { before: None, limit: 100 }).await else {
            panic!("the ledger could not be read")
        };
        rows.reverse();
        rows.into_iter().filter_map(|row| if let LedgerEvent::Intent(entry) = row.event { Some(entry) } else { None }).collect()
    }

    async fn end(mut self) -> String {
        self.send(Command::Quit).await;
        while let Some(event) = self.events.recv().await {
            self.seen += &format!("{event:?}\n");
        }
        self.seen
    }
}

fn secret() -> String {
    let state = RandomState::new();
    format!("gh{}_{:016x}{:016x}{:04x}", "p", state.hash_one(1), state.hash_one(2), state.hash_one(3) & 0xffff)
}

fn both() -> [FakeProvider; 2] {
    [FakeProvider::openai().open().model("m").start(), FakeProvider::anthropic().open().model("m").start()]
}

#[tokio::test]
async fn what_was_shown_is_what_arrives_byte_for_byte() {
    for fake in both() {
        let mut bench = Bench::new(fake);
        let request = bench.request("what does the plan cost? Grüße, 世界").await;
        bench.fake.assert_untouched();
        assert_eq!(request.whole.digest, Digest::of(&request.whole.bytes));
        assert_eq!((request.occasion, request.findings.len(), &request.redacted), (Occasion::First, 0, &None));
        assert_eq!(request.target, format!("POST http://{}{}", bench.fake.host(), bench.fake.chat_path()));
        assert_eq!(request.host(), "127.0.0.1");
        assert!(matches!(bench.grant(request.whole.digest, Scope::Once).await, Came::Answered(text) if text == "Hello from m."));
        let sent = bench.fake.chats();
        assert_eq!((sent.len(), &sent[0].body[..]), (1, &request.whole.bytes[..]));
        let intents = bench.intents().await;
        assert_eq!((intents[0].payload, intents[0].bytes), (request.whole.digest, request.whole.bytes.len() as u64));
        bench.end().await;
    }
}

#[tokio::test]
async fn what_was_shown_without_its_secret_is_what_arrives() {
    for redact in [true, false] {
        for fake in both() {
            let secret = secret();
            let mut bench = Bench::new(fake);
            let request = bench.request(&format!("why is {secret} refused?")).await;
            assert_eq!(request.findings.len(), 1, "{:?}", request.findings);
            let redacted = request.redacted.clone().expect("it can be taken out");
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert!(text(&request.whole.bytes).contains(&secret) && !text(&redacted.bytes).contains(&secret));
            assert!(!request.whole.shown.contains(&secret) && !redacted.shown.contains(&secret), "shown masked");
            let payload = if redact { redacted } else { request.whole.clone() };
            assert!(matches!(bench.grant(payload.digest, Scope::Once).await, Came::Answered(_)));
            assert_eq!(&bench.fake.chats()[0].body[..], &payload.bytes[..]);
            let entry = bench.intents().await.remove(0);
            assert_eq!((entry.secrets, entry.redactions), if redact { (0, 1) } else { (1, 0) });
            assert!(!format!("{entry:?}").contains(&secret));
            let seen = bench.end().await;
            assert!(seen.contains("ConsentNeeded") && !without_prompts(&seen).contains(&secret));
        }
    }
}

/// Debug text without the events of conversations, which hold what the user wrote.
fn without_prompts(seen: &str) -> String {
    seen.lines().filter(|line| !line.starts_with("Conversation(")).collect()
}

#[tokio::test]
async fn any_other_answer_sends_nothing() {
    let mut bench = Bench::new(both().into_iter().next().unwrap());
    for digest in [Digest::ZERO, Digest::of(b"something else")] {
        bench.request("a question").await;
        assert!(matches!(bench.grant(digest, Scope::Once).await, Came::Failed(_)));
    }
    let request = bench.request("a question").await;
    assert!(matches!(bench.grant(request.whole.digest, Scope::Never).await, Came::Failed(_)));
    let request = bench.request("a question").await;
    assert!(matches!(bench.deny().await, Came::Failed(FailureKind::Denied)));
    // It waits no longer: a yes that comes after the no finds nothing.
    let late = ConsentCommand::Grant { id: request.id, digest: request.whole.digest, scope: Scope::Once };
    bench.send(Command::Consent(late)).await;
    let request = bench.request("a question").await;
    assert!(matches!(bench.cancel().await, Came::Failed(FailureKind::Cancelled)));
    let late = ConsentCommand::Grant { id: request.id, digest: request.whole.digest, scope: Scope::Once };
    bench.send(Command::Consent(late)).await;
    let request = bench.request("a question").await;
    bench.send(Command::Consent(ConsentCommand::Offline(true))).await;
    assert!(matches!(bench.grant(request.whole.digest, Scope::Once).await, Came::Failed(_)), "offline beats a yes");
    assert!(matches!(bench.ask_typed("a question").await, Came::Failed(_)), "and is not asked about");
    assert_eq!(bench.intents().await, []);
    bench.fake.assert_untouched();
    bench.end().await;
}

#[tokio::test]
async fn a_yes_is_used_once() {
    let mut bench = Bench::new(both().into_iter().next().unwrap());
    let request = bench.request("a question").await;
    let yes = ConsentCommand::Grant { id: request.id, digest: request.whole.digest, scope: Scope::Once };
    assert!(matches!(bench.answer(yes.clone()).await, Came::Answered(_)));
    bench.send(Command::Consent(yes)).await;
    bench.request("a question").await;
    assert!(matches!(bench.deny().await, Came::Failed(_)));
    assert_eq!(bench.fake.chats().len(), 1);
    bench.end().await;
}

#[tokio::test]
async fn a_yes_for_the_conversation_covers_what_it_showed_and_no_more() {
    let mut bench = Bench::new(both().into_iter().next().unwrap());
    let request = bench.request("the first question").await;
    assert!(matches!(bench.grant(request.whole.digest, Scope::Conversation).await, Came::Answered(_)));
    // What was said to it is nothing new to it.
    assert!(matches!(bench.ask_typed("the second question").await, Came::Answered(_)));
    assert!(matches!(bench.ask_typed("the third question").await, Came::Answered(_)));
    let mut with_file = Prompt::typed("what is in it?\n");
    with_file.attach(Span::file("notes.txt", "lighthouses"));
    for (prompt, occasion) in [(with_file, Occasion::NewKind), (Prompt::typed(format!("and {}?", secret())), Occasion::NewSecret)]
    {
        match bench.ask(prompt).await {
            Came::Asked(request) => assert_eq!(request.occasion, occasion),
            other => panic!("{occasion:?}: {other:?}"),
        }
        assert!(matches!(bench.deny().await, Came::Failed(_)));
    }
    bench.send(Command::Conversation(ConversationCommand::New)).await;
    assert_eq!(bench.request("in another conversation").await.occasion, Occasion::First);
    assert!(matches!(bench.deny().await, Came::Failed(_)));
    let sent = bench.fake.chats();
    assert_eq!(sent.len(), 3);
    assert_eq!(bench.intents().await.len(), 3);
    bench.end().await;
}

#[tokio::test]
async fn images_go_as_they_were_shown_and_only_to_models_that_see() {
    for fake in both() {
        let mut bench = Bench::new(fake);
        let bytes = Bytes::from_static(b"the pixels of a picture, encoded anew");
        let image = Image { media_type: "image/png".to_owned(), width: 2, height: 2, bytes: bytes.clone() };
        let mut prompt = Prompt::typed("what is this?");
        prompt.attach(Span::image("holiday at the lake.png", image));
        let Came::Asked(request) = bench.ask(prompt.clone()).await else { panic!("it was not asked about") };
        assert_eq!((request.contents.images, request.contents.files), (1, 0));
        assert!(matches!(bench.grant(request.whole.digest, Scope::Once).await, Came::Answered(_)));
        let chats = bench.fake.chats();
        let body = String::from_utf8_lossy(&chats[0].body);
        assert!(body.contains(&BASE64.encode(&bytes)) && !body.contains("holiday"), "{body}");
        assert_eq!(*chats[0].body, *request.whole.bytes);
        // The local model that is there sees nothing.
        bench.asked += 1;
        bench.send(Command::Ask { id: RequestId(bench.asked), prompt, model: None }).await;
        assert!(matches!(bench.next().await, Came::Failed(FailureKind::NoCandidate)));
        bench.end().await;
    }
}

#[tokio::test]
async fn what_is_revoked_is_asked_again_and_never_stays() {
    let mut bench = Bench::new(both().into_iter().next().unwrap());
    let request = bench.request("a question").await;
    assert!(matches!(bench.grant(request.whole.digest, Scope::Conversation).await, Came::Answered(_)));
    bench.send(Command::Consent(ConsentCommand::RevokeAll)).await;
    assert_eq!(bench.request("another").await.occasion, Occasion::First);
    let never = ConsentCommand::Deny { id: RequestId(bench.asked), never: true };
    assert!(matches!(bench.answer(never).await, Came::Failed(_)));
    assert!(matches!(bench.ask_typed("a third").await, Came::Failed(_)), "it is not asked again");
    bench.send(Command::Consent(ConsentCommand::RevokeAll)).await;
    bench.request("a fourth").await;
    assert!(matches!(bench.deny().await, Came::Failed(_)));
    assert_eq!(bench.fake.chats().len(), 1);
    bench.end().await;
}

#[tokio::test]
async fn no_answer_in_time_is_a_no() {
    let fake = both().into_iter().next().unwrap();
    let mut bench = Bench::with(fake, "consent_timeout = \"50ms\"");
    let request = bench.request("a question").await;
    assert!(matches!(bench.next().await, Came::Failed(_)));
    bench
        .send(Command::Consent(ConsentCommand::Grant { id: request.id, digest: request.whole.digest, scope: Scope::Once }))
        .await;
    bench.request("another").await;
    bench.fake.assert_untouched();
    bench.end().await;
}

#[tokio::test]
async fn where_nothing_may_go_nobody_is_asked() {
    let fake = both().into_iter().next().unwrap();
    let mut bench = Bench::build(fake, "allow_external = false");
    assert!(matches!(bench.ask_typed("a question").await, Came::Failed(_)));
    bench.fake.assert_untouched();
    bench.end().await;
}

#[tokio::test]
async fn an_external_host_is_not_trusted_by_its_address() {
    let fake = both().into_iter().next().unwrap();
    let mut bench = Bench::with(fake, "trusted_hosts = [\"127.0.0.1\"]");
    bench.request("a question").await;
    bench.fake.assert_untouched();
    bench.end().await;
}

#[tokio::test]
async fn pasted_and_piped_words_are_searched_too() {
    let mut bench = Bench::new(both().into_iter().next().unwrap());
    for origin in [Origin::Pasted, Origin::Stdin] {
        let mut prompt = Prompt::typed("what is this? ");
        prompt.push(origin, secret());
        match bench.ask(prompt).await {
            Came::Asked(request) => assert_eq!(request.findings.len(), 1, "{origin:?}"),
            other => panic!("{other:?}"),
        }
        assert!(matches!(bench.deny().await, Came::Failed(_)));
    }
    let mut prompt = Prompt::typed("and in a file?");
    prompt.attach(Span::file("notes.txt", format!("token = {}", secret())));
    assert!(
        matches!(bench.ask(prompt).await, Came::Asked(request) if !request.findings.is_empty() && request.contents.files == 1)
    );
    bench.fake.assert_untouched();
    bench.end().await;
}
