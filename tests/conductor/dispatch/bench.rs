//! A conductor between a fake Ollama and a fake provider, a database in a temporary folder, and its events as lines.

use conductor::backend::Backend;
use conductor::config::{self, Config, Layers, SecondOpinion};
use conductor::domain::{BackendId, Conversation, Location, Machine, ModelId, Os, Prompt, RequestId, Status, Waits};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, ModelsCommand, ModelsSnapshot, Query, Reply};
use conductor::store::Store;
use conductor::{Conductor, Limits, Setup};
use segno_tests::ollama::{FakeOllama, ModelSpec, Recorded};
use segno_tests::provider::FakeProvider;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(crate) const GIB: u64 = 1 << 30;
pub(crate) const MACHINE: Machine = Machine { os: Os::Linux, memory_bytes: Some(32 << 30) };

pub(crate) const GENERAL: &str = "llama3.1:8b";
pub(crate) const CODER: &str = "deepseek-coder:6.7b";
pub(crate) const MATHS: &str = "qwen2-math:7b";
pub(crate) const EMBEDDER: &str = "nomic-embed-text:latest";

pub(crate) const CODE: &str = "write a function that sorts";
pub(crate) const TALK: &str = "give me some tips for a picnic with small children";
pub(crate) const SUM: &str = "solve 3x + 5 = 20";

/// A whole test takes less: what does not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(4);

/// A model of so many GiB, of which its file is one less: the cache of its window takes the other.
pub(crate) fn sized(name: &str, gib: u64) -> ModelSpec {
    ModelSpec::new(name).size((gib - 1) * GIB)
}

pub(crate) struct Bench {
    pub(crate) fake: FakeOllama,
    conductor: Conductor,
    events: mpsc::Receiver<Event>,
    /// Events that were looked past.
    passed: VecDeque<Event>,
    config: Arc<Config>,
    folder: TempDir,
    others: Vec<Arc<dyn Backend>>,
    asked: u64,
}

impl Bench {
    pub(crate) fn new(fake: FakeOllama) -> Self {
        Self::with(fake, |_| {})
    }

    /// In a configuration that `change` has changed.
    pub(crate) fn with(fake: FakeOllama, change: impl FnOnce(&mut Config)) -> Self {
        Self::begin(fake, Config::default(), change, Vec::new())
    }

    /// With these in place of the servers that the rows of the configuration name.
    pub(crate) fn with_others(fake: FakeOllama, others: Vec<Arc<dyn Backend>>, change: impl FnOnce(&mut Config)) -> Self {
        Self::begin(fake, Config::default(), change, others)
    }

    /// With a provider `fake` on a host that is trusted, and its model `fake/m`; with more lines in the row of each.
    pub(crate) fn with_provider(
        fake: FakeOllama,
        provider: &FakeProvider,
        (of_provider, of_model): (&str, &str),
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        let text = format!(
            "[privacy]\nallow_external = true\ntrusted_hosts = [\"127.0.0.1\"]\n[[providers]]\nid = \"fake\"\nformat = \"openai\"\n\
             endpoint = \"{}\"\nneeds_key = false\nplace = \"network\"\n{of_provider}\n[[models]]\nid = \"fake/m\"\n\
             backend = \"fake\"\n{of_model}\n",
            provider.endpoint()
        );
        std::fs::write(&file, text).unwrap();
        let config = config::load(&Layers { user: Some(file), ..Layers::default() }).unwrap().config;
        Self::begin(fake, config, change, Vec::new())
    }

    fn begin(fake: FakeOllama, mut config: Config, change: impl FnOnce(&mut Config), others: Vec<Arc<dyn Backend>>) -> Self {
        config.ollama.host = fake.host();
        config.ollama.second_opinion = SecondOpinion::Off;
        config.gpu.memory_mib = 12 << 10;
        change(&mut config);
        let (config, folder) = (Arc::new(config), tempfile::tempdir().unwrap());
        let (conductor, events) = start(&config, &folder, &others);
        Self { fake, conductor, events, passed: VecDeque::new(), config, folder, others, asked: 0 }
    }

    /// Quits, and starts again on the same database.
    pub(crate) async fn restart(&mut self) {
        self.restart_on(|_| {}).await;
    }

    /// Quits, changes the database, and starts again on it.
    pub(crate) async fn restart_on(&mut self, change: impl FnOnce(&Path)) {
        self.quit().await;
        change(&self.folder.path().join("segno.db"));
        (self.conductor, self.events) = start(&self.config, &self.folder, &self.others);
    }

    /// The same database, as another process has it open.
    pub(crate) fn store(&self) -> Store {
        Store::open(self.folder.path().join("segno.db"))
    }

    async fn quit(&mut self) {
        self.command(Command::Quit).await;
        while timeout(PATIENCE, self.events.recv()).await.expect("the conductor does not end").is_some() {}
        self.passed.clear();
    }

    pub(crate) async fn end(mut self) {
        self.quit().await;
    }

    pub(crate) async fn command(&self, command: Command) {
        assert!(self.conductor.send(command).await, "the conductor has ended");
    }

    pub(crate) async fn conversation(&self, command: ConversationCommand) {
        self.command(Command::Conversation(command)).await;
    }

    pub(crate) async fn models(&self, command: ModelsCommand) {
        self.command(Command::Models(command)).await;
    }

    pub(crate) fn next_id(&mut self) -> RequestId {
        self.asked += 1;
        RequestId(self.asked)
    }

    /// The next event that `pick` takes; those before it are kept for [`Self::lines_of`].
    pub(crate) async fn pick<T>(&mut self, mut pick: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            let event = match timeout(PATIENCE, self.events.recv()).await {
                Ok(event) => event.expect("the conductor has ended"),
                Err(_) => panic!("what was waited for did not come, but:\n{}", self.all()),
            };
            let picked = pick(&event);
            self.passed.push_back(event);
            if let Some(picked) = picked {
                return picked;
            }
        }
    }

    /// All that was looked past, for a person.
    fn all(&self) -> String {
        let shown = self.passed.iter().filter(|event| !matches!(event, Event::Models(_)));
        shown.map(|event| format!("{event:?}\n").chars().take(1000).collect::<String>()).collect()
    }

    /// What was seen of turn `id`, and is forgotten then.
    pub(crate) fn lines_of(&mut self, id: RequestId) -> Vec<String> {
        let lines = self.passed.iter().filter_map(|event| line(event, id)).collect();
        self.passed.clear();
        lines
    }

    /// Whether a piece of the answer of `id` was looked past.
    pub(crate) fn has_spoken(&self, id: RequestId) -> bool {
        self.passed.iter().any(|event| matches!(event, Event::Delta { id: of, .. } if *of == id))
    }

    /// Waits for an event of `id` whose line begins so.
    pub(crate) async fn until(&mut self, id: RequestId, beginning: &str) -> String {
        self.pick(|event| line(event, id).filter(|line| line.starts_with(beginning))).await
    }

    /// The events of turn `id` to its end.
    pub(crate) async fn ended(&mut self, id: RequestId) -> Vec<String> {
        let is_end = |event: &Event| match event {
            Event::Finished { id: of, .. } | Event::Failed { id: of, .. } => (*of == id).then_some(()),
            _ => None,
        };
        self.pick(is_end).await;
        self.lines_of(id)
    }

    pub(crate) async fn send(&mut self, question: &str, model: Option<&str>) -> RequestId {
        let id = self.next_id();
        self.command(Command::Ask { id, prompt: Prompt::typed(question), model: model.map(ModelId::new) }).await;
        id
    }

    /// Asks, and gives the events of the turn.
    pub(crate) async fn ask(&mut self, question: &str) -> Vec<String> {
        let id = self.send(question, None).await;
        self.ended(id).await
    }

    /// Asks one model.
    pub(crate) async fn ask_of(&mut self, model: &str, question: &str) -> Vec<String> {
        let id = self.send(question, Some(model)).await;
        self.ended(id).await
    }

    /// Asks the last question anew.
    pub(crate) async fn retry(&mut self, model: Option<&str>) -> Vec<String> {
        let id = self.next_id();
        self.conversation(ConversationCommand::Retry { id, model: model.map(ModelId::new), at: None }).await;
        self.ended(id).await
    }

    pub(crate) async fn cancel(&self, id: RequestId) {
        self.command(Command::Cancel { id }).await;
    }

    /// Has a model loaded or unloaded; all that is said of it.
    pub(crate) async fn moved(&mut self, command: impl FnOnce(RequestId) -> ModelsCommand) -> Vec<String> {
        let id = self.next_id();
        self.models(command(id)).await;
        self.until(id, "notice").await;
        self.lines_of(id)
    }

    pub(crate) async fn load(&mut self, model: &str) -> Vec<String> {
        self.moved(|id| ModelsCommand::Load { id, model: ModelId::new(model) }).await
    }

    pub(crate) async fn unload(&mut self, model: &str) -> Vec<String> {
        self.moved(|id| ModelsCommand::Unload { id, model: ModelId::new(model) }).await
    }

    /// Begins to have a vector made.
    pub(crate) async fn send_embed(&mut self, model: &str, text: &str) -> RequestId {
        let (id, texts) = (self.next_id(), vec![text.to_owned()]);
        self.models(ModelsCommand::Embed { id, model: Some(ModelId::new(model)), texts }).await;
        id
    }

    /// What is known of models, after a look at the server.
    pub(crate) async fn look(&mut self) -> ModelsSnapshot {
        self.models(ModelsCommand::Refresh).await;
        self.pick(|event| if let Event::Models(snapshot) = event { Some(snapshot.clone()) } else { None }).await
    }

    pub(crate) async fn query(&self, query: Query) -> Reply {
        self.conductor.query(query).await
    }

    /// What is known of models now.
    pub(crate) async fn snapshot(&self) -> ModelsSnapshot {
        match self.query(Query::Models).await {
            Reply::Models(snapshot) => *snapshot,
            other => panic!("{other:?}"),
        }
    }

    /// Models in memory as Segno knows it, with MiB and users.
    pub(crate) async fn held(&self) -> Vec<(String, u64, usize)> {
        let memory = self.snapshot().await.memory.expect("memory is managed");
        memory.models.iter().map(|held| (held.model.to_string(), held.weight_mib, held.users)).collect()
    }

    pub(crate) async fn opened(&mut self) -> Conversation {
        self.pick(|event| match event {
            Event::Conversation(ConversationEvent::Opened(conversation)) => Some((**conversation).clone()),
            _ => None,
        })
        .await
    }

    /// A notice that begins so, of a turn or of none.
    pub(crate) async fn notice(&mut self, beginning: &str) -> String {
        self.pick(|event| match event {
            Event::Notice { notice, .. } => Some(notice.what.clone()).filter(|what| what.starts_with(beginning)),
            _ => None,
        })
        .await
    }

    /// The requests that name a model, in their order: `load a`, `unload a`, `chat a`, `embed a`, `probe a`; and `ps`.
    pub(crate) fn requests(&self) -> Vec<String> {
        requests_of(&self.fake)
    }

    /// The same, without the looks at what is in memory.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.requests().into_iter().filter(|request| request != "ps").collect()
    }

    /// The messages of the last chat, as `role: words`.
    pub(crate) fn told(&self) -> Vec<String> {
        let chats = self.fake.requests_to("/api/chat");
        let messages = chats.last().expect("somebody was asked").at("/messages").as_array().unwrap().clone();
        let text = |message: &serde_json::Value, key: &str| message[key].as_str().unwrap().to_owned();
        messages.iter().map(|message| format!("{}: {}", text(message, "role"), text(message, "content"))).collect()
    }
}

fn start(config: &Arc<Config>, folder: &TempDir, others: &[Arc<dyn Backend>]) -> (Conductor, mpsc::Receiver<Event>) {
    let limits = Limits { loopback_only: true, ..Limits::default() };
    let setup = Setup::new(config.clone(), folder.path().join("segno.db"), limits).expect("the addresses are some");
    let others = if others.is_empty() { setup.others.clone() } else { others.to_vec() };
    Conductor::start(Setup { machine: MACHINE, others, ..setup })
}

/// The requests to a server that name a model, in their order.
pub(crate) fn requests_of(fake: &FakeOllama) -> Vec<String> {
    fake.requests().iter().filter_map(request).collect()
}

/// A request that names a model, in two words.
fn request(request: &Recorded) -> Option<String> {
    let model = request.at("/model").as_str().unwrap_or_default();
    let what = match request.path.as_str() {
        "/api/ps" => return Some("ps".to_owned()),
        "/api/chat" => "chat",
        "/api/embed" if request.at("/input").as_array().is_some_and(Vec::is_empty) => "load",
        "/api/embed" => "embed",
        "/api/generate" if request.at("/keep_alive") == 0 => "unload",
        "/api/generate" if request.at("/prompt").is_string() => "probe",
        "/api/generate" => "load",
        _ => return None,
    };
    Some(format!("{what} {model}"))
}

fn names(models: &[ModelId]) -> String {
    models.iter().map(ModelId::short).collect::<Vec<_>>().join(", ")
}

fn waits(waits: &Waits) -> String {
    match waits {
        Waits::Memory { holders } => format!("memory held by {}", names(holders)),
        Waits::Room { leaving } => format!("{} to leave", names(leaving)),
        Waits::Load => "its load".to_owned(),
        Waits::Turn { .. } => "its turn".to_owned(),
        Waits::Answer => "its answer".to_owned(),
    }
}

/// Where somebody answered, unless it was on this machine.
fn place(location: &Location) -> String {
    if location.is_local() { String::new() } else { format!(", {location}") }
}

/// An event of `id` as a line; `None` for those of others, for pieces of answers, and for what is of no interest.
fn line(event: &Event, id: RequestId) -> Option<String> {
    Some(match event {
        Event::Planned { id: of, plan } if *of == id => {
            let candidates: Vec<ModelId> = plan.candidates.iter().map(|c| c.model.clone()).collect();
            format!("planned {}: {}", plan.class.word(), names(&candidates))
        }
        Event::Waiting { id: of, model, waits: what } if *of == id => format!("{} waits for {}", model.short(), waits(what)),
        Event::Fallback { id: of, from, to, why } if *of == id => {
            format!("fallback {} -> {}: {:?}: {why}", from.model.short(), to.model.short(), why.kind)
        }
        Event::Finished { id: of, answer, status } if *of == id => {
            let status = match status {
                Status::Complete => "finished".to_owned(),
                Status::Cancelled => "cancelled".to_owned(),
                Status::Partial(failure) => format!("partial ({:?}: {failure})", failure.kind),
                other => format!("{other:?}"),
            };
            let after: Vec<ModelId> = answer.attempts.iter().map(|attempt| attempt.model.clone()).collect();
            let after = if after.is_empty() { String::new() } else { format!(" after {}", names(&after)) };
            let signature = &answer.signature;
            format!("{status} by {}{}{after}: {}", signature.model.short(), place(&signature.location), answer.text)
        }
        Event::Failed { id: of, failure, .. } if *of == id => format!("failed {:?}: {failure}", failure.kind),
        Event::Notice { id: Some(of), notice } if *of == id => format!("notice {}", notice.what),
        Event::Embedded { id: of, result, .. } if *of == id => match result {
            Ok(vectors) => format!("embedded {}", vectors.len()),
            Err(failure) => format!("not embedded {:?}: {failure}", failure.kind),
        },
        _ => return None,
    })
}

/// The last line.
pub(crate) fn last(lines: &[String]) -> &str {
    lines.last().map_or("", String::as_str)
}

/// The backend of models here.
pub(crate) fn ollama() -> BackendId {
    BackendId::ollama()
}
