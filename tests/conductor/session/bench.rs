//! A conductor over a scripted backend and a database in a temporary folder, and its events as lines.

use conductor::ace::roles::{Roles, Templates};
use conductor::backend::guide::Guide;
use conductor::backend::scripted::{Scripted, Step};
use conductor::backend::{BackendError, Survey};
use conductor::config::Config;
use conductor::domain::{
    BackendId, Capabilities, Conversation, Location, Machine, Model, ModelId, Os, Prices, Prompt, RequestId, ServerState, Status,
};
use conductor::privacy::scan::Scanner;
use conductor::protocol::{
    Command, ConversationCommand, ConversationEvent, Event, Level, ModelsCommand, ModelsSnapshot, Notice, PullProgress, Query,
    Reply,
};
use conductor::{Conductor, Setup};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::mpsc;

const MACHINE: Machine = Machine { os: Os::Linux, memory_bytes: Some(16 << 30) };

/// A local model that chats.
pub(crate) fn model(name: &str) -> Model {
    Model {
        id: ModelId::new(name),
        backend: BackendId::ollama(),
        location: Location::Local,
        family: "family".to_owned(),
        parameters: String::new(),
        quantization: String::new(),
        size_bytes: 4 << 30,
        trained_context: None,
        num_ctx: 8192,
        capabilities: Capabilities { completion: true, ..Capabilities::default() },
        resident: None,
        licence: conductor::domain::Licence::default(),
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
    }
}

pub(crate) struct Bench {
    pub(crate) server: Scripted,
    /// A provider called `fake`.
    pub(crate) provider: Scripted,
    config: Config,
    offline: bool,
    conductor: Conductor,
    events: mpsc::Receiver<Event>,
    database: PathBuf,
    _folder: TempDir,
    asked: u64,
    errors: Vec<Notice>,
}

impl Bench {
    pub(crate) fn new(models: Vec<Model>, plays: &[(&str, Vec<Step>)]) -> Self {
        Self::build(Self::script(models, plays), |folder| folder.join("segno.db"))
    }

    /// In a configuration that `change` has changed.
    pub(crate) fn with(models: Vec<Model>, plays: &[(&str, Vec<Step>)], change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        change(&mut config);
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("segno.db");
        let provider = Scripted::new(Vec::new()).named("fake");
        Self::begin(Self::script(models, plays), provider, config, false, database, folder)
    }

    /// Waits until what was begun beside the answers is done: a command that is answered goes through the same mailbox, and what was
    /// sent is known by then.
    pub(crate) async fn settle(&mut self) {
        let before = self.server.sent().len();
        for _ in 0..1000 {
            self.query(Query::Privacy).await;
            if self.server.sent().len() > before {
                break;
            }
            tokio::task::yield_now().await;
        }
        for _ in 0..20 {
            self.query(Query::Privacy).await;
            tokio::task::yield_now().await;
        }
    }

    /// A server that does not answer.
    pub(crate) fn down(plays: &[(&str, Vec<Step>)]) -> Self {
        let server = Self::script(Vec::new(), plays);
        server.set_survey(Err(BackendError::Unreachable("connection refused".into())));
        Self::build(server, |folder| folder.join("segno.db"))
    }

    /// A database whose folder is a file, so that it cannot be opened.
    pub(crate) fn with_database_in_a_file(models: Vec<Model>, plays: &[(&str, Vec<Step>)]) -> Self {
        Self::build(Self::script(models, plays), |folder| {
            let file = folder.join("file");
            std::fs::write(&file, "not a folder").unwrap();
            file.join("segno.db")
        })
    }

    fn script(models: Vec<Model>, plays: &[(&str, Vec<Step>)]) -> Scripted {
        plays.iter().fold(Scripted::new(models), |server, (model, steps)| server.plays(model, steps.clone()))
    }

    fn build(server: Scripted, database: impl FnOnce(PathBuf) -> PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = database(folder.path().to_owned());
        Self::begin(server, Scripted::new(Vec::new()).named("fake"), Config::default(), false, database, folder)
    }

    /// With one local model and one of a provider, in a configuration that `change` has changed.
    pub(crate) fn with_provider(plays: Vec<Vec<Step>>, offline: bool, change: impl FnOnce(&mut Config)) -> Self {
        let big = Model {
            backend: BackendId::new("fake"),
            location: Location::External("fake.example".into()),
            prices: Some(Prices::per_million(1.0, 2.0)),
            ..model("fake/big")
        };
        let provider = plays.into_iter().fold(Scripted::new(vec![big]).named("fake"), |p, steps| p.plays("fake/big", steps));
        let mut config = Config::default();
        config.privacy.allow_external = true;
        change(&mut config);
        let server = Self::script(vec![model("llama3.1:8b")], &[("llama3.1:8b", vec![Step::Text("local".into()), Step::Done])]);
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("segno.db");
        Self::begin(server, provider, config, offline, database, folder)
    }

    /// With a server on another host.
    pub(crate) fn with_server_elsewhere(plays: Vec<Vec<Step>>, change: impl FnOnce(&mut Config)) -> Self {
        let location = Location::Network("box".into());
        let lan = Model { location: location.clone(), ..model("llama3.1:8b") };
        let server = plays.into_iter().fold(Scripted::new(Vec::new()), |s, steps| s.plays("llama3.1:8b", steps));
        server.set_survey(Ok(Survey {
            address: "box:1".into(),
            version: "0".into(),
            location,
            models: vec![lan],
            memory_known: true,
        }));
        let mut config = Config::default();
        change(&mut config);
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("segno.db");
        Self::begin(server, Scripted::new(Vec::new()).named("fake"), config, false, database, folder)
    }

    fn begin(server: Scripted, provider: Scripted, config: Config, offline: bool, database: PathBuf, folder: TempDir) -> Self {
        let (conductor, events) = start(&server, &provider, &config, offline, &database);
        let (asked, errors) = (0, Vec::new());
        Self { server, provider, config, offline, conductor, events, database, _folder: folder, asked, errors }
    }

    /// The events that are there already.
    pub(crate) fn there(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    pub(crate) async fn query(&self, query: Query) -> Reply {
        self.conductor.query(query).await
    }

    /// The next event that `pick` takes.
    pub(crate) async fn pick<T>(&mut self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            let event = self.events.recv().await.expect("the conductor has ended");
            if let Some(picked) = pick(event) {
                return picked;
            }
        }
    }

    /// Quits, and starts again on the same database.
    pub(crate) async fn restart(&mut self) {
        self.restart_on(|_| {}).await;
    }

    /// Quits, changes the database's file, and starts again on it.
    pub(crate) async fn restart_on(&mut self, change: impl FnOnce(&Path)) {
        self.quit().await;
        change(&self.database);
        self.start();
    }

    /// Starts again after [`Bench::quit`].
    pub(crate) fn start(&mut self) {
        (self.conductor, self.events) = start(&self.server, &self.provider, &self.config, self.offline, &self.database);
    }

    pub(crate) async fn end(mut self) {
        self.quit().await;
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.database.clone()
    }

    pub(crate) async fn quit(&mut self) {
        self.command(Command::Quit).await;
        while self.events.recv().await.is_some() {}
    }

    pub(crate) fn set_up(&self, models: Vec<Model>) {
        let (address, version) = ("scripted:0".to_owned(), "0".to_owned());
        self.server.set_survey(Ok(Survey { address, version, location: Location::Local, models, memory_known: true }));
    }

    pub(crate) async fn command(&self, command: Command) {
        assert!(self.conductor.send(command).await, "the conductor has ended");
    }

    pub(crate) async fn send(&mut self, prompt: Prompt, model: Option<&str>) -> RequestId {
        self.asked += 1;
        let id = RequestId(self.asked);
        self.command(Command::Ask { id, prompt, model: model.map(ModelId::new) }).await;
        id
    }

    pub(crate) async fn send_ask(&mut self, question: &str) -> RequestId {
        self.send(Prompt::typed(question), None).await
    }

    /// Asks, and gives the events of the turn.
    pub(crate) async fn ask(&mut self, question: &str) -> Vec<String> {
        self.ask_model(question, None).await
    }

    pub(crate) async fn ask_model(&mut self, question: &str, model: Option<&str>) -> Vec<String> {
        let id = self.send(Prompt::typed(question), model).await;
        let mut lines = Vec::new();
        loop {
            let event = self.events.recv().await.expect("the conductor ended in the middle of a turn");
            let ended = matches!(&event, Event::Finished { id: of, .. } | Event::Failed { id: of, .. } if *of == id);
            lines.extend(line(&event, id));
            if ended {
                return lines;
            }
        }
    }

    /// The events of turn `id` until the first that begins with `word`.
    pub(crate) async fn until(&mut self, id: RequestId, word: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let event = self.events.recv().await.expect("the conductor ended in the middle of a turn");
            self.keep_error(&event);
            lines.extend(line(&event, id));
            if lines.last().is_some_and(|l| l.starts_with(word)) {
                return lines;
            }
        }
    }

    fn keep_error(&mut self, event: &Event) {
        if let Event::Notice { id: None, notice } = event
            && notice.level == Level::Error
        {
            self.errors.push(notice.clone());
        }
    }

    /// The errors of no turn that came by so far.
    pub(crate) fn errors(&self) -> &[Notice] {
        &self.errors
    }

    pub(crate) async fn next<T>(&mut self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        loop {
            let event = self.events.recv().await.expect("the conductor ended");
            self.keep_error(&event);
            if let Some(found) = pick(event) {
                return found;
            }
        }
    }

    pub(crate) async fn next_models(&mut self) -> String {
        self.next(|event| if let Event::Models(snapshot) = event { Some(state(&snapshot)) } else { None }).await
    }

    pub(crate) async fn notice(&mut self) -> String {
        self.next(|event| if let Event::Notice { notice, .. } = event { Some(notice.what) } else { None }).await
    }

    pub(crate) async fn opened(&mut self) -> Conversation {
        self.next(|event| match event {
            Event::Conversation(ConversationEvent::Opened(conversation)) => Some(*conversation),
            _ => None,
        })
        .await
    }

    /// Fixes the model, and gives what is in force then.
    pub(crate) async fn set_model(&mut self, name: Option<&str>) -> Option<String> {
        self.command(Command::Conversation(ConversationCommand::SetModel(name.map(ModelId::new)))).await;
        self.next(|event| match event {
            Event::Conversation(ConversationEvent::ModelInForce(model)) => Some(model.map(|m| m.model.to_string())),
            _ => None,
        })
        .await
    }

    /// Pulls, and gives what is seen until its end.
    pub(crate) async fn pull(&mut self, name: &str) -> Vec<String> {
        let id = RequestId(1000);
        self.command(Command::Models(ModelsCommand::Pull { id, model: ModelId::new(name) })).await;
        let mut seen = Vec::new();
        while !matches!(seen.last().map(String::as_str), Some("done" | "failed")) {
            let word = self.next(|event| match event {
                Event::Pull { progress: PullProgress::Running { .. }, .. } => Some("running".to_owned()),
                Event::Pull { progress: PullProgress::Done, .. } => Some("done".to_owned()),
                Event::Pull { .. } => Some("failed".to_owned()),
                Event::Models(snapshot) => Some(state(&snapshot)),
                _ => None,
            });
            seen.push(word.await);
        }
        seen
    }

    /// What the `n`th request told, as `role: words`.
    pub(crate) fn sent_messages(&self, n: usize) -> Vec<String> {
        let sent = self.server.sent();
        let body: serde_json::Value = serde_json::from_slice(&sent[n].1).unwrap();
        let messages = body["messages"].as_array().unwrap().iter();
        messages.map(|m| format!("{}: {}", m["role"].as_str().unwrap(), m["content"].as_str().unwrap())).collect()
    }
}

fn start(
    server: &Scripted,
    provider: &Scripted,
    config: &Config,
    offline: bool,
    database: &Path,
) -> (Conductor, mpsc::Receiver<Event>) {
    Conductor::start(Setup {
        config: Arc::new(config.clone()),
        database: database.to_owned(),
        machine: MACHINE,
        server: Arc::new(server.clone()),
        others: Vec::new(),
        guide: Arc::new(Guide::new(MACHINE)),
        providers: vec![Arc::new(provider.clone())],
        scanner: Arc::new(Scanner::new(&config.secret_rules, &config.secrets).unwrap()),
        roles: Roles::of(&config.ace, &Templates::built_in().unwrap()).unwrap(),
        offline,
    })
}

fn state(snapshot: &ModelsSnapshot) -> String {
    let names: Vec<_> = snapshot.models.iter().map(|m| m.id.to_string()).collect();
    match &snapshot.server {
        ServerState::Up { .. } => format!("up: {}", names.join(", ")),
        ServerState::Down { watching: true, .. } => "down, watching".to_owned(),
        ServerState::Down { .. } => "down".to_owned(),
        ServerState::Elsewhere { .. } => "elsewhere".to_owned(),
        other => format!("{other:?}"),
    }
}

/// An event of turn `id` as a line; `None` for those of others, and of no interest.
fn line(event: &Event, id: RequestId) -> Option<String> {
    Some(match event {
        Event::Planned { id: of, plan } if *of == id => {
            let names: Vec<_> = plan.candidates.iter().map(|c| c.model.to_string()).collect();
            format!("planned {}: {}", plan.class.word(), names.join(", "))
        }
        Event::Delta { id: of, text, thinking } if *of == id => match thinking.as_str() {
            "" => format!("delta {text}"),
            _ => format!("thinking {thinking}"),
        },
        Event::Fallback { id: of, from, to, why } if *of == id => format!("fallback {} -> {}: {why}", from.model, to.model),
        Event::Finished { id: of, answer, status } if *of == id => {
            let status = match status {
                Status::Complete => "complete".to_owned(),
                Status::Cancelled => "cancelled".to_owned(),
                Status::Partial(failure) => format!("partial ({failure})"),
                other => format!("{other:?}"),
            };
            let mut line = format!("finished {status} by {} ({})", answer.signature.model, answer.signature.location);
            if answer.cut_by_length {
                line.push_str(", cut by length");
            }
            for attempt in &answer.attempts {
                line.push_str(&format!(" after {}", attempt.model));
            }
            format!("{line}: {}", answer.text)
        }
        Event::Failed { id: of, failure, attempts } if *of == id => {
            let after: Vec<_> = attempts.iter().map(|a| a.model.to_string()).collect();
            let after = if after.is_empty() { String::new() } else { format!(" (after {})", after.join(", ")) };
            format!("failed {:?}: {failure}{after}", failure.kind)
        }
        Event::Notice { id: Some(of), notice } if *of == id => format!("notice {}", notice.what),
        _ => return None,
    })
}
