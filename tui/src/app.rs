//! The application: all state of the front end, and how each message changes it.
//!
//! What must stay true: [`App::update`] does no input and no output and reads no clock; what is to be done leaves as
//! [`Effect`]s. One turn at a time in a conversation. Nothing that was typed
//! is lost.

mod attach;
mod consent;
mod conversation;
mod domain;
mod keys;
mod labels;
mod learning;
mod ledger;
mod loading;
mod overlay;
mod playbook;
mod privacy;
mod pull;
mod rating;
mod room;
mod server;
mod submit;
mod turn;
mod why;

pub(crate) use attach::Reading;
pub use consent::{Asked, QUIET};
pub(crate) use ledger::Ledger;
pub use loading::Moving;
pub use overlay::{Overlay, Picker, Resume};
pub use playbook::Page;
pub(crate) use playbook::{Draft, Inside, Why};
pub use privacy::Grants;
pub use pull::Pull;
use room::Room;
pub use turn::Turn;
pub(crate) use turn::is_guide;

use crate::completion::Popup;
use crate::composer::Composer;
use crate::msg::{Effect, Msg};
use crate::slash::Wrong;
use crate::transcript::BlockKind;
use crate::view::theme::Theme;
use conductor::config::Config;
use conductor::domain::{BackendId, LabelKind, Learning, ModelId, Playbook, PlaybookKey, PrivacyState, RequestId, Slot};
use conductor::protocol::{Command, Event, Level, ModelsSnapshot, Notice, Reply};
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// How long a short word in the status line stays, and how long a second Ctrl+C counts.
const TOAST: Duration = Duration::from_secs(2);

/// What the application is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The wheel scrolls.
    pub mouse: bool,
    /// Without colours.
    pub no_color: bool,
    /// Well-known names, for `/pull`.
    pub known: Vec<ModelId>,
    /// The models of the slots: those that may be chosen wherever they run.
    pub slots: Vec<ModelId>,
    /// Started to keep to this machine.
    pub offline: bool,
    /// The servers of models, where there are several.
    pub hosts: Vec<BackendId>,
}

impl Settings {
    /// From the configuration.
    pub fn of(config: &Config, no_color: bool, offline: bool) -> Self {
        let mut slots: Vec<ModelId> = Slot::ALL.iter().map(|slot| config.defaults.get(*slot).clone()).collect();
        let mut known = slots.clone();
        slots.extend(Slot::ALL.iter().flat_map(|slot| config.fallbacks.get(*slot)).map(|name| ModelId::new(name)));
        if config.privacy.force_local {
            slots.clear();
        }
        known.extend(config.models.iter().filter(|model| config.is_host(&model.backend)).map(|model| model.id.clone()));
        let mut seen = HashSet::new();
        known.retain(|id| seen.insert(id.clone()));
        Self { mouse: config.ui.mouse, no_color, known, slots, offline, hosts: config.hosts() }
    }
}

/// A short word in the status line.
#[derive(Debug, Clone)]
pub(crate) struct Toast {
    pub(crate) text: String,
    until: Instant,
}

/// The front end's state.
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) theme: Theme,
    /// The conversation on the screen.
    pub(crate) room: Room,
    /// Those in which an answer is coming that was asked for before the user left them.
    behind: Vec<Room>,
    /// What happens now happens there.
    is_behind: bool,
    /// Kinds of labels that are not shown.
    hidden_labels: HashSet<LabelKind>,
    pub(crate) composer: Composer,
    /// Files that are being read for the draft.
    pub(crate) reading: Vec<Reading>,
    next_reading: u64,
    listing: Option<attach::Listing>,
    pub(crate) popup: Option<Popup>,
    pub(crate) overlay: Option<Overlay>,
    /// What may leave the machine only with a yes, the one that is shown first.
    asked: VecDeque<Asked>,
    privacy: PrivacyState,
    /// The user has just asked for it, or for its end.
    switching_offline: bool,
    /// Learning was switched, and what it is now is to be said.
    switching_learning: bool,
    learning: Learning,
    ledger: Ledger,
    /// Something was proposed for this playbook that the user has not looked at.
    proposed: Option<PlaybookKey>,
    /// The user wants to see what waits for a yes, wherever that is.
    seeking_proposals: bool,
    /// The playbook of the last prompt, for the explanation of the last answer.
    pub(crate) advice: Option<Box<Playbook>>,
    pub(crate) pull: Option<Pull>,
    /// The model that was fetched last: its coming is no news.
    pulled: Option<ModelId>,
    /// A model that was found missing: one key has it fetched.
    missing: Option<ModelId>,
    /// A model on its way into memory or out of it, at the user's word.
    pub(crate) moving: Option<Moving>,
    /// Whoever is likely asked next was prepared for this draft.
    prepared: bool,
    pub(crate) models: Option<ModelsSnapshot>,
    /// It was said that there are no tools.
    told_tools: bool,
    /// The models of which it was said that they are not installed.
    told_missing: HashSet<ModelId>,
    pub(crate) toast: Option<Toast>,
    /// Until then a second Ctrl+C quits.
    armed: Option<Instant>,
    refreshed: Option<Instant>,
    next_id: u64,
    closed: bool,
    dirty: bool,
    urgent: bool,
    effects: Vec<Effect>,
}

impl App {
    /// One at its first screen.
    pub fn new(settings: Settings) -> Self {
        Self {
            theme: Theme::new(settings.no_color),
            privacy: PrivacyState { offline: settings.offline, offline_locked: settings.offline, grants: Vec::new() },
            settings,
            room: Room::new(),
            behind: Vec::new(),
            is_behind: false,
            hidden_labels: HashSet::new(),
            composer: Composer::default(),
            reading: Vec::new(),
            next_reading: 1,
            listing: None,
            popup: None,
            overlay: None,
            asked: VecDeque::new(),
            switching_offline: false,
            switching_learning: false,
            learning: Learning::default(),
            ledger: Ledger::default(),
            proposed: None,
            seeking_proposals: false,
            advice: None,
            pull: None,
            pulled: None,
            missing: None,
            moving: None,
            prepared: false,
            models: None,
            told_tools: false,
            told_missing: HashSet::new(),
            toast: None,
            armed: None,
            refreshed: None,
            next_id: 1,
            closed: false,
            dirty: true,
            urgent: false,
            effects: Vec::new(),
        }
    }

    /// Whether the wheel is taken at the start.
    pub fn mouse(&self) -> bool {
        self.settings.mouse
    }

    /// Takes in one message; returns what is to be done.
    pub fn update(&mut self, msg: Msg, now: Instant) -> Vec<Effect> {
        match msg {
            Msg::Key(key) => self.key(key, now),
            Msg::Paste(text) => self.paste(&text, now),
            Msg::Wheel(rows) => self.wheel(rows),
            Msg::Resize(..) => self.touch(),
            Msg::Conductor(event) => self.event(*event, now),
            Msg::Reply { reply, now_ms } => self.reply(reply, now_ms),
            Msg::Attached { id, result } => self.attached(id, result),
            Msg::Listed { folder, entries } => self.listed(&folder, entries),
            Msg::Closed => self.close(),
            Msg::Tick => self.tick(now),
        }
        std::mem::take(&mut self.effects)
    }

    /// True once after something changed that shows.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// True once after something came that the user waits for: the first token of an answer.
    pub fn take_urgent(&mut self) -> bool {
        std::mem::take(&mut self.urgent)
    }

    /// When [`Msg::Tick`] is wanted next, if at all.
    pub fn wake(&self) -> Option<Instant> {
        let toast = self.toast.as_ref().map(|toast| toast.until);
        // While the user is asked no time is shown: nothing urges.
        let turn = self.room.turn.as_ref().filter(|_| self.asked.is_empty()).map(Turn::next_second);
        toast.into_iter().chain(turn).chain(self.consent_wake()).min()
    }

    fn event(&mut self, event: Event, now: Instant) {
        self.consent_over(&event, now);
        match self.room_behind(&event) {
            Some(at) => self.change_behind(at, |app| app.happen(event, now)),
            None => self.happen(event, now),
        }
    }

    /// Takes in an event of the conversation that is open, or of none.
    fn happen(&mut self, event: Event, now: Instant) {
        match event {
            Event::Planned { id, plan } => self.planned(id, plan),
            Event::Delta { id, text, thinking } => self.delta(id, &text, &thinking, now),
            Event::Fallback { id, from, to, why } => self.fallback(id, &from, to, &why),
            Event::Finished { id, answer, status } => self.finished(id, &answer, &status),
            Event::Failed { id, failure, .. } => {
                self.failed(id, &failure);
                self.pull_failed(id, &failure);
            }
            Event::Conversation(event) => self.conversation_event(event, now),
            Event::Models(snapshot) => self.models_event(snapshot),
            Event::Pull { id, model, progress } => self.pull_event(id, &model, progress),
            Event::Waiting { id, waits, .. } => self.waiting(id, waits),
            Event::Notice { id, notice } => {
                self.moved(id);
                self.notice(&notice);
            }
            Event::ConsentNeeded(request) => self.consent_needed(*request, now),
            Event::Privacy(state) => self.privacy_event(state, now),
            Event::Playbook(event) => self.playbook_event(event, now),
            Event::Listed { .. } | Event::Embedded { .. } => {}
        }
    }

    fn reply(&mut self, reply: Reply, now_ms: i64) {
        match reply {
            Reply::Conversations(list) => {
                if let Some(Overlay::Resume(resume)) = &mut self.overlay {
                    resume.fill(list, now_ms);
                }
            }
            Reply::Models(snapshot) => return self.models_event(*snapshot),
            Reply::Route(_) | Reply::Deltas(_) | Reply::Text(_) | Reply::Facts(_) => {}
            Reply::Playbooks(playbooks) => self.playbooks_reply(&playbooks),
            Reply::BulletWhy(why) => self.bullet_why_reply(why, now_ms),
            Reply::ChatOrigins(origins) => self.origins_reply(origins),
            Reply::Privacy(state) => self.privacy_reply(state, now_ms),
            Reply::Ledger(rows) => self.ledger_reply(rows),
            Reply::Verdict(verdict) => self.ledger_verdict(&verdict),
            Reply::Learning(learning) => self.learning_reply(learning),
            Reply::Playbook(playbook) => self.playbook_reply(*playbook),
            Reply::Failed(failure) => {
                if matches!(self.overlay, Some(Overlay::Resume(_))) {
                    self.overlay = None;
                }
                self.playbook_failed();
                self.ledger_failed();
                self.notice(&Notice::error(&failure));
            }
        }
        self.touch();
    }

    fn tick(&mut self, now: Instant) {
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now) {
            self.toast = None;
            self.touch();
        }
        self.consent_tick(now);
        if let Some(turn) = self.room.turn.as_mut().filter(|_| self.asked.is_empty()) {
            self.dirty |= turn.tick(now);
        }
    }

    /// The conductor ended without being asked to.
    fn close(&mut self) {
        self.closed = true;
        self.room.turn = None;
        self.behind.clear();
        self.pull = None;
        self.moving = None;
        self.asked.clear();
        let hint = "what was said is stored: quit with Ctrl+C twice, and `segno --continue` goes on";
        self.notice(&Notice { level: Level::Error, what: "the core of Segno has ended".to_owned(), hint: hint.to_owned() });
    }

    fn touch(&mut self) {
        self.dirty = true;
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn send(&mut self, command: Command) {
        self.effect(Effect::Send(command));
    }

    fn fresh_id(&mut self) -> RequestId {
        let id = RequestId(self.next_id);
        self.next_id += 1;
        id
    }

    fn say(&mut self, text: impl Into<String>, now: Instant) {
        self.toast = Some(Toast { text: text.into(), until: now + TOAST });
        self.touch();
    }

    fn notice(&mut self, notice: &Notice) {
        self.room.transcript.add(BlockKind::Notice(notice.level), &notice.what);
        if !notice.hint.is_empty() {
            self.room.transcript.add(BlockKind::Hint, &notice.hint);
        }
        self.touch();
    }

    fn wrong(&mut self, wrong: &Wrong) {
        let (what, hint) = (wrong.what.clone(), wrong.hint.clone());
        self.notice(&Notice { level: Level::Error, what, hint });
        self.room.scroll.to_bottom();
    }
}
