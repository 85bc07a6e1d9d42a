//! An application at a given moment, made by messages alone, and its screen as text.

mod shared;

pub(crate) use shared::shared;

use conductor::domain::{
    Answer, BackendId, Basis, Candidate, Capabilities, Classification, Complexity, ConsentRequest, Considered, Contents,
    Conversation, ConversationId, ConversationSummary, Cost, CostTier, Decision, Digest, Evidence, Failure, FailureKind, Finding,
    Gate, LatencyClass, LedgerEntry, LedgerEvent, LedgerOutcome, LedgerRow, LedgerSeq, Location, Machine, Measured, Message,
    MessageId, Milli, Model, ModelCapability, ModelId, ModelProfile, Occasion, Origin, Os, Override, Payload, Plan, Point,
    Prompt, Purpose, RequestId, Residency, Role, SelectionReason, ServerState, Signature, Status, TaskClass, Tier, Timing, Usage,
};
use conductor::protocol::{Command, ConversationCommand, ConversationEvent, Event, ModelsSnapshot, PullProgress, Query, Reply};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use segno_tui::app::{App, Screen, Settings};
use segno_tui::keymap::{Code, Key, Keymap};
use segno_tui::msg::{Effect, Msg};
use segno_tui::view;
use std::time::{Duration, Instant};

/// Settings of one server, with no title for the window: a test that looks at what is asked for is not told of it.
pub(crate) fn settings() -> Settings {
    let known = ["llama3.1:8b", "deepseek-coder:6.7b", "qwen2-math:7b", "phi3:mini", "mistral:7b"];
    Settings {
        mouse: true,
        keymap: Keymap::default(),
        screen: Screen { title: false, ..Screen::default() },
        known: known.into_iter().map(ModelId::new).collect(),
        slots: Vec::new(),
        offline: false,
        hosts: Vec::new(),
        vim: false,
    }
}

/// An application, its clock, and what it asked for since last looked at.
pub(crate) struct Session {
    pub(crate) app: App,
    pub(crate) now: Instant,
    pub(crate) effects: Vec<Effect>,
    /// The questions with numbers that were not answered yet.
    pub(crate) looks: Vec<(u64, Query)>,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self::with_hosts(&[])
    }

    /// One that is configured with several servers of models.
    pub(crate) fn with_hosts(hosts: &[&str]) -> Self {
        let hosts = hosts.iter().map(|host| BackendId::new(*host)).collect();
        Self::of(Settings { hosts, ..settings() })
    }

    pub(crate) fn of(settings: Settings) -> Self {
        Self { app: App::new(settings), now: Instant::now(), effects: Vec::new(), looks: Vec::new() }
    }

    /// One with a server that has models.
    pub(crate) fn ready() -> Self {
        Self::new().with(Event::Models(snapshot(up(), models())))
    }

    pub(crate) fn msg(&mut self, msg: Msg) -> &mut Self {
        let effects = self.app.update(msg, self.now);
        self.looks.extend(effects.iter().filter_map(|effect| match effect {
            Effect::Look { id, query } => Some((*id, query.clone())),
            _ => None,
        }));
        self.effects.extend(effects);
        self
    }

    /// The question with a number that was asked first and not answered yet is answered.
    pub(crate) fn looked(&mut self, asked: impl Fn(&Query) -> bool, reply: Reply) -> &mut Self {
        let at = self.looks.iter().position(|(_, query)| asked(query)).expect("it was asked");
        let (id, _) = self.looks.remove(at);
        self.msg(Msg::Looked { id, reply, now_ms: 360_000_000 })
    }

    /// The list of conversations comes.
    pub(crate) fn listed(&mut self, reply: Reply) -> &mut Self {
        self.looked(|query| matches!(query, Query::Conversations { .. }), reply)
    }

    /// What of this is asked and not answered yet.
    pub(crate) fn asks(&self, asked: impl Fn(&Query) -> bool) -> usize {
        self.looks.iter().filter(|(_, query)| asked(query)).count()
    }

    pub(crate) fn event(&mut self, event: Event) -> &mut Self {
        self.msg(Msg::Conductor(Box::new(event)))
    }

    pub(crate) fn with(mut self, event: Event) -> Self {
        self.event(event);
        self
    }

    pub(crate) fn key(&mut self, key: Key) -> &mut Self {
        self.msg(Msg::Key(key))
    }

    pub(crate) fn press(&mut self, code: Code) -> &mut Self {
        self.key(Key::plain(code))
    }

    pub(crate) fn ctrl(&mut self, c: char) -> &mut Self {
        self.key(Key::ctrl(Code::Char(c)))
    }

    pub(crate) fn typed(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.press(if c == '\n' { Code::F(99) } else { Code::Char(c) });
        }
        self
    }

    pub(crate) fn entered(&mut self, text: &str) -> &mut Self {
        self.typed(text).press(Code::Enter)
    }

    /// Time goes on; a tick comes when the application wants one.
    pub(crate) fn later(&mut self, ms: u64) -> &mut Self {
        let then = self.now + Duration::from_millis(ms);
        while let Some(at) = self.app.wake().filter(|at| *at <= then) {
            self.now = at;
            self.msg(Msg::Tick);
        }
        self.now = then;
        self
    }

    /// What was asked for since last looked at, but for drafts, which are kept beside everything else.
    pub(crate) fn taken(&mut self) -> Vec<Effect> {
        let mut taken = self.all_taken();
        taken.retain(|effect| !is_about_drafts(effect));
        taken
    }

    /// The same with drafts.
    pub(crate) fn all_taken(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Asks `text`; returns the number of the turn.
    pub(crate) fn ask(&mut self, text: &str) -> RequestId {
        self.entered(text);
        let asked = self.taken().into_iter().find_map(|effect| match effect {
            Effect::Send(Command::Ask { id, .. }) => Some(id),
            _ => None,
        });
        asked.expect("a question was sent")
    }

    /// The screen; the cursor is shown as `▏` at the end of its row's text or as a caret line below.
    pub(crate) fn screen(&mut self, width: u16, height: u16) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let cursor = view::draw(&mut self.app, area, &mut buffer);
        let mut out = String::new();
        for y in 0..height {
            let (mut line, mut skip) = (String::new(), 0);
            for x in 0..width {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        match cursor {
            Some(at) => out.push_str(&format!("cursor {},{}\n", at.x, at.y)),
            None => out.push_str("no cursor\n"),
        }
        out
    }

    /// Whether the screen of 80x24 shows `text`.
    pub(crate) fn shows(&mut self, text: &str) -> bool {
        self.screen(80, 24).contains(text)
    }
}

/// True for what keeps a draft, or asks for one.
pub(crate) fn is_about_drafts(effect: &Effect) -> bool {
    let keeps = |command: &Command| matches!(command, Command::Conversation(ConversationCommand::Draft { .. }));
    matches!(effect, Effect::Query(Query::Draft(_))) || matches!(effect, Effect::Send(command) if keeps(command))
}

pub(crate) fn up() -> ServerState {
    ServerState::Up { address: "127.0.0.1:11434".into(), version: "0.33.0".into() }
}

pub(crate) fn down(watching: bool) -> ServerState {
    ServerState::Down { address: "127.0.0.1:11434".into(), why: "connection refused".into(), watching }
}

pub(crate) fn snapshot(server: ServerState, models: Vec<Model>) -> ModelsSnapshot {
    let machine = Machine { os: Os::Linux, memory_bytes: Some(32 << 30) };
    let profiles = models.iter().map(profile).collect();
    ModelsSnapshot {
        server,
        hosts: Vec::new(),
        models,
        profiles,
        machine,
        first_model: Some(ModelId::new("llama3.1:8b")),
        memory: None,
        health: Vec::new(),
        quotas: Vec::new(),
        at_ms: 0,
        pools: Vec::new(),
    }
}

/// What the router knows of a model: one for code, and one that was seen to be fast.
fn profile(model: &Model) -> ModelProfile {
    let code = model.id.short().contains("coder");
    let seen = model.id.short() == "phi3:mini";
    ModelProfile {
        model: model.id.clone(),
        backend: model.backend.clone(),
        location: model.location.clone(),
        capabilities: vec![ModelCapability::TextGeneration],
        strengths: if code { vec![TaskClass::CodeGeneration] } else { vec![TaskClass::General, TaskClass::ToolUse] },
        weaknesses: Vec::new(),
        latency: LatencyClass::Fast,
        first_token_ms: 200,
        tokens_per_second: Milli(45_000),
        billions: None,
        context: model.num_ctx,
        cost: CostTier::Free,
        licence: model.licence.clone(),
        resident: model.resident.is_some(),
        measured: Measured { tokens_per_second: seen.then_some(Milli(81_400)), ..Measured::default() },
    }
}

/// How a model was chosen for a question about code.
pub(crate) fn decision(class: TaskClass, chain: &[&str]) -> Box<Decision> {
    let evidence = |what: &str, weight| Evidence { what: what.to_owned(), class, weight: Milli(weight) };
    let point = |what: &str, points| Point { what: what.to_owned().into(), points: Milli(points) };
    let considered = |name: &str, score, points: Vec<Point>, gate| Considered {
        model: ModelId::new(name),
        backend: BackendId::ollama(),
        location: if gate == Some(Gate::NotNamed) { Location::External("ollama.com".into()) } else { Location::Local },
        score: Milli(score),
        points,
        gate,
    };
    Box::new(Decision {
        task: Classification {
            class,
            confidence: Milli(873),
            second: TaskClass::General,
            complexity: Complexity::of(4.0),
            evidence: vec![evidence("words of programming language", 2310), evidence("begins “explain”", -420)],
        },
        tier: Tier::Small,
        considered: vec![
            considered(
                "qwen2.5-coder:7b",
                774,
                vec![point("can write", 500), point("strong at code", 250), point("size", 14)],
                None,
            ),
            considered("llama3.1:8b", 515, vec![point("can write", 500), point("size", 15)], None),
            considered("gpt-oss:120b-cloud", 500, vec![point("can write", 500)], Some(Gate::NotNamed)),
        ],
        chain: chain.iter().map(|name| ModelId::new(name)).collect(),
        hosts: Vec::new(),
        notes: Vec::new(),
        shown: None,
    })
}

pub(crate) fn models() -> Vec<Model> {
    let writes = Capabilities { completion: true, ..Capabilities::default() };
    let embeds = Capabilities { embedding: true, ..Capabilities::default() };
    let cloud = Location::External("ollama.com".into());
    let resident =
        Some(Residency { size_bytes: 5_800_000_000, vram_bytes: 5_800_000_000, context: Some(8192), expires_ms: None });
    let row = |name: &str, parameters: &str, size_bytes, location, capabilities, resident| Model {
        licence: conductor::domain::Licence::default(),
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
        id: ModelId::new(name),
        backend: BackendId::ollama(),
        location,
        family: "x".into(),
        parameters: parameters.into(),
        quantization: "Q4_K_M".into(),
        size_bytes,
        trained_context: Some(131_072),
        num_ctx: 8192,
        capabilities,
        resident,
    };
    let tools = Capabilities { tools: true, ..writes };
    vec![
        row("gpt-oss:120b-cloud", "117B", 384, cloud, Capabilities { thinking: true, ..tools }, None),
        row("llama3.1:8b", "8.0B", 4_920_000_000, Location::Local, tools, resident),
        row("nomic-embed-text", "137M", 274_000_000, Location::Local, embeds, None),
        row("phi3:mini", "3.8B", 2_176_000_000, Location::Local, writes, None),
        row("qwen2.5-coder:7b", "7.6B", 4_683_000_000, Location::Local, tools, None),
    ]
}

pub(crate) fn candidate(name: &str) -> Candidate {
    Candidate { model: ModelId::new(name), backend: BackendId::ollama(), location: Location::Local, family: "x".into() }
}

pub(crate) fn guide() -> Candidate {
    let (model, backend) = (ModelId::new("guide"), BackendId::guide());
    Candidate { model, backend, location: Location::Local, family: "guide".into() }
}

pub(crate) fn planned(id: RequestId, class: TaskClass, reason: SelectionReason, first: Candidate) -> Event {
    Event::Planned {
        id,
        plan: Plan { decision: decision(class, &[first.model.short()]), class, reason, candidates: vec![first] },
    }
}

pub(crate) fn code_plan(id: RequestId) -> Event {
    let class = TaskClass::CodeGeneration;
    planned(id, class, SelectionReason::Specialized { class }, candidate("qwen2.5-coder:7b"))
}

pub(crate) fn delta(id: RequestId, text: &str) -> Event {
    Event::Delta { id, text: text.into(), thinking: String::new() }
}

pub(crate) fn signature(name: &str, class: TaskClass) -> Signature {
    Signature {
        model: ModelId::new(name),
        family: "x".into(),
        backend: BackendId::ollama(),
        location: Location::Local,
        class,
        reason: SelectionReason::Default,
    }
}

pub(crate) fn answer(name: &str, class: TaskClass, text: &str) -> Answer {
    Answer {
        signature: signature(name, class),
        text: text.into(),
        thinking: String::new(),
        usage: Usage { prompt_tokens: Some(20), answer_tokens: Some(100) },
        timing: Timing { first_token_ms: Some(180), total_ms: 3200, load_ms: None, eval_us: Some(2_375_000) },
        cut_by_length: false,
        cost: None,
        labels: Vec::new(),
        attempts: Vec::new(),
        decision: None,
    }
}

pub(crate) fn finished(id: RequestId, answer: Answer, status: Status) -> Event {
    Event::Finished { id, answer: Box::new(answer), status }
}

pub(crate) fn failure(kind: FailureKind, what: &str, hint: &str) -> Failure {
    Failure::new(kind, what, hint)
}

pub(crate) fn pulling(session: &mut Session, name: &str) -> RequestId {
    session.entered(&format!("/pull {name}"));
    let sent = session.taken().into_iter().find_map(|effect| match effect {
        Effect::Send(Command::Models(conductor::protocol::ModelsCommand::Pull { id, .. })) => Some(id),
        _ => None,
    });
    sent.expect("a pull was sent")
}

pub(crate) fn progress(id: RequestId, name: &str, progress: PullProgress) -> Event {
    Event::Pull { id, model: ModelId::new(name), progress }
}

/// The model that is in force now.
pub(crate) fn in_force(name: Option<&str>, locked: bool) -> Event {
    let fixed = name.map(|name| Override { model: ModelId::new(name), locked });
    Event::Conversation(ConversationEvent::ModelInForce(fixed))
}

pub(crate) fn summary(id: i64, title: &str, messages: u32, updated_ms: i64) -> ConversationSummary {
    ConversationSummary {
        id: ConversationId(id),
        title: title.into(),
        messages,
        model_override: None,
        answered_by: None,
        domain: None,
        created_ms: 0,
        updated_ms,
        deleted_ms: None,
    }
}

pub(crate) fn conversations() -> Reply {
    const HOUR: i64 = 3_600_000;
    Reply::Conversations(vec![
        summary(3, "Why does the borrow checker refuse this loop", 6, 100 * HOUR - 120_000),
        summary(2, "Haiku on rain 雨の俳句", 2, 95 * HOUR),
        summary(1, "Plan for the garden", 14, 20 * HOUR),
    ])
}

pub(crate) fn reply(reply: Reply) -> Msg {
    Msg::Reply { reply, now_ms: 360_000_000 }
}

pub(crate) fn message(role: Role, text: &str, status: Status) -> Message {
    let asked = role == Role::User;
    let prompt = if asked { Prompt::typed(text) } else { Prompt::default() };
    let answer = answer("llama3.1:8b", TaskClass::General, text);
    Message {
        id: MessageId(1),
        role,
        prompt,
        text: if asked { String::new() } else { text.into() },
        thinking: String::new(),
        signature: (!asked).then_some(answer.signature),
        status,
        usage: answer.usage,
        timing: answer.timing,
        cut_by_length: false,
        cost: None,
        labels: Vec::new(),
        attempts: Vec::new(),
        decision: None,
        rating: None,
        created_ms: 0,
        versions: Default::default(),
        imported: false,
    }
}

/// Bytes that would be sent, shown as `shown`.
pub(crate) fn payload(text: &str, shown: &str) -> Payload {
    Payload { digest: Digest::of(text.as_bytes()), bytes: text.to_owned().into(), shown: shown.to_owned() }
}

/// A question that would go to somebody's API. With `secrets`, two are found in it, and it can go without them.
pub(crate) fn request(id: RequestId, secrets: bool) -> ConsentRequest {
    let body = |key: &str| {
        let system =
            r#"{"role":"system","content":"You are a careful assistant. Answer briefly.\nSay what you are not sure of."}"#;
        format!(
            r#"{{"model":"gpt-5-mini","messages":[{system},{{"role":"user","content":"why does this fail? OPENAI_KEY={key} 雨"}}],"stream":true,"stream_options":{{"include_usage":true}},"max_completion_tokens":4096}}"#
        )
    };
    let finding = |rule: &str, what: &str, masked: &str| Finding {
        rule: rule.into(),
        what: what.into(),
        start: 10,
        end: 20,
        masked: masked.into(),
        fingerprint: Digest::of(masked.as_bytes()),
    };
    let (openai, github) =
        (finding("openai-key", "OpenAI key", "sk-…9aXz"), finding("github-token", "GitHub token", "ghp_…3f9a"));
    ConsentRequest {
        id,
        purpose: Purpose::Chat,
        occasion: Occasion::First,
        provider: BackendId::new("openai"),
        model: ModelId::new("gpt-5-mini:latest"),
        location: Location::External("api.openai.com".into()),
        target: "POST https://api.openai.com/v1/chat/completions".into(),
        contents: Contents { prompt: true, earlier: 2, files: 1, ..Contents::default() },
        tokens: 812,
        cost: Some(Cost(12_300_000)),
        findings: if secrets { vec![openai.clone(), github, openai] } else { vec![] },
        whole: payload(&body("whole"), &body("sk-…9aXz")),
        redacted: secrets.then(|| payload(&body("[redacted: openai-key]"), &body("[redacted: openai-key]"))),
        expires_in_s: 600,
    }
}

/// A row of the ledger; its hashes are made up.
pub(crate) fn row(seq: i64, event: LedgerEvent) -> LedgerRow {
    let hash = |n: i64| Digest::of(&n.to_be_bytes());
    // 2026-11-21 11:22:43 UTC, and a minute a row.
    let time_ms = 1_795_260_163_000 + seq * 60_000;
    LedgerRow { seq: LedgerSeq(seq), time_ms, event, previous: hash(seq - 1), hash: hash(seq) }
}

/// A row written before something left.
pub(crate) fn intent(seq: i64, purpose: Purpose, provider: &str, model: &str, location: Location, basis: Basis) -> LedgerRow {
    let host = match &location {
        Location::Local => "localhost",
        Location::Network(host) | Location::External(host) => host,
    };
    let entry = LedgerEntry {
        id: RequestId(0),
        purpose,
        provider: BackendId::new(provider),
        model: model.into(),
        target: format!("POST https://{host}/v1/chat/completions"),
        location,
        bytes: 3_412,
        payload: Digest::of(model.as_bytes()),
        basis,
        secrets: 0,
        redactions: 2,
        conversation: Some(ConversationId(7)),
    };
    row(seq, LedgerEvent::Intent(entry))
}

/// A row written after.
pub(crate) fn outcome(seq: i64, intent: i64, outcome: LedgerOutcome) -> LedgerRow {
    row(seq, LedgerEvent::Outcome { intent: LedgerSeq(intent), outcome })
}

/// A stored conversation whose last answer was interrupted.
pub(crate) fn stored() -> Event {
    let mut pasted = message(Role::User, "explain: ", Status::Complete);
    pasted.prompt.push(Origin::Pasted, (1..40).map(|i| format!("line {i}\n")).collect::<String>());
    let messages = vec![
        message(Role::User, "what is a segno?", Status::Complete),
        message(Role::Assistant, "A sign in music that marks where to begin again.", Status::Complete),
        pasted,
        message(Role::Assistant, "These are thirty-nine lines, of which", Status::Interrupted),
    ];
    let summary = summary(7, "what is a segno?", 4, 0);
    Event::Conversation(ConversationEvent::Opened(Box::new(Conversation { summary, messages, summaries: Vec::new() })))
}
