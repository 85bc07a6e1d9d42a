//! An application at a given moment, made by messages alone, and its screen as text.

mod shared;
mod values;

pub(crate) use shared::shared;
pub(crate) use values::*;

use conductor::config::{BackendSettings, Config, ModelSettings};
use conductor::domain::{BackendId, ModelId, RequestId};
use conductor::protocol::{Command, ConversationCommand, Event, Query, Reply};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use segno_tui::app::{App, Screen, Settings};
use segno_tui::keymap::{Code, Key, Keymap};
use segno_tui::msg::{Effect, Msg};
use segno_tui::view;
use segno_tui::words::Names;
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
        names: Names::default(),
        vim: false,
        plain: false,
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
        let row = |host: &&str| BackendSettings { id: BackendId::new(*host), host: "http://box:11434".into(), memory_mib: 0 };
        // The first is there without a row.
        let backends = hosts.iter().skip(1).map(row).collect();
        let names = Names::of(&Config { backends, ..Config::default() });
        Self::of(Settings { names, ..settings() })
    }

    /// One where models have these display names.
    pub(crate) fn with_names(rows: &[(&str, &str)]) -> Self {
        let mut config = Config::default();
        let first = config.models[0].clone();
        let row =
            |(id, name): &(&str, &str)| ModelSettings { id: ModelId::new(id), display_name: (*name).into(), ..first.clone() };
        config.models = rows.iter().map(row).collect();
        Self::of(Settings { names: Names::of(&config), ..settings() })
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
