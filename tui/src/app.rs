//! The application: all state of the front end, and how each message changes it.
//!
//! What must stay true: [`App::update`] does no input and no output and reads no clock; what is to be done leaves as
//! [`Effect`]s. One turn at a time in a conversation. Nothing that was typed
//! is lost.

mod attach;
mod choosing;
mod click;
mod compare;
mod consent;
mod context;
mod conversation;
mod conversations;
mod domain;
mod drafts;
mod editor;
mod keys;
mod labels;
mod learning;
mod leave;
mod ledger;
mod line;
mod loading;
mod messages;
mod notices;
mod overlay;
mod palette;
mod past;
mod playbook;
mod privacy;
mod pull;
mod rating;
mod room;
mod said;
mod server;
mod settings;
mod submit;
mod tour;
mod turn;
mod vi;
mod waiting;
mod why;

pub(crate) use attach::Reading;
use choosing::Again;
pub use compare::Compare;
pub use consent::{Asked, QUIET};
pub use conversations::Pane;
pub(crate) use conversations::{BESIDE, Doing};
pub(crate) use ledger::Ledger;
pub use line::{Answer, Pick};
pub use loading::Moving;
pub use messages::Messages;
pub(crate) use messages::Row as MessageRow;
pub(crate) use notices::Log;
pub use overlay::{Overlay, Picker};
pub use palette::Palette;
pub use past::Past;
pub use playbook::Page;
pub(crate) use playbook::{Books, Draft, History, Inside, Why};
pub use privacy::Grants;
pub use pull::Pull;
use room::Room;
pub use settings::{Screen, Settings};
pub use turn::Turn;
pub(crate) use turn::is_guide;
use waiting::Away;
pub use waiting::Notify;

use crate::completion::Popup;
use crate::composer::Composer;
use crate::keymap::Key;
use crate::msg::{Effect, Msg};
use crate::painter::Link;
use crate::terminal::Modes;
use crate::transcript::BlockKind;
use crate::view::theme::Theme;
use conductor::domain::{ContextReport, LabelKind, Learning, ModelId, Playbook, PlaybookKey, PrivacyState};
use conductor::protocol::{Command, Event, Level, ModelsSnapshot, Notice, Reply};
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// How long a short word in the status line stays, and how long a second Ctrl+C counts.
const TOAST: Duration = Duration::from_secs(2);
/// The number of the conversation that is shown first.
const FIRST_ROOM: u64 = 1;

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
    /// What leads somewhere, as last drawn.
    pub(crate) links: Vec<Link>,
    /// Files that are being read for the draft.
    pub(crate) reading: Vec<Reading>,
    next_reading: u64,
    listing: Option<attach::Listing>,
    pub(crate) popup: Option<Popup>,
    pub(crate) overlay: Option<Overlay>,
    /// Keys that were pressed and begin longer ones.
    pub(crate) begun: Vec<Key>,
    log: Log,
    away: Away,
    /// What may leave the machine only with a yes, the one that is shown first.
    asked: VecDeque<Asked>,
    /// Why nothing came in the place of what is shown again.
    again: Option<Again>,
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
    /// What a model is shown, as last asked for.
    report: Option<Box<ContextReport>>,
    pub(crate) pull: Option<Pull>,
    /// The model that was fetched last: its coming is no news.
    pulled: Option<ModelId>,
    /// A model that was found missing: one key has it fetched.
    missing: Option<pull::Missing>,
    /// A model on its way into memory or out of it, at the user's word.
    pub(crate) moving: Option<Moving>,
    /// Whoever is likely asked next was prepared for this draft.
    prepared: bool,
    drafts: drafts::Drafts,
    /// The cursor is a block, as last said.
    block: bool,
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
    /// The number of the next question that has one.
    next_look: u64,
    /// The number of the next conversation that is shown.
    next_room: u64,
    shelf: conversations::Shelf,
    /// Where the rows of the list in front lie.
    pub(crate) rows: click::Rows,
    /// Columns of the screen, as last drawn.
    pub(crate) columns: u16,
    closed: bool,
    tour: Option<tour::Tour>,
    dirty: bool,
    urgent: bool,
    effects: Vec<Effect>,
}

impl App {
    /// One at its first screen.
    pub fn new(settings: Settings) -> Self {
        let mut composer = Composer::default();
        composer.set_vim(settings.vim);
        Self {
            theme: settings.screen.theme,
            privacy: PrivacyState { offline: settings.offline, offline_locked: settings.offline, grants: Vec::new() },
            settings,
            room: Room { number: FIRST_ROOM, ..Room::new() },
            behind: Vec::new(),
            is_behind: false,
            hidden_labels: HashSet::new(),
            composer,
            links: Vec::new(),
            reading: Vec::new(),
            next_reading: 1,
            listing: None,
            popup: None,
            overlay: None,
            begun: Vec::new(),
            log: Log::default(),
            away: Away::default(),
            asked: VecDeque::new(),
            again: None,
            switching_offline: false,
            switching_learning: false,
            learning: Learning::default(),
            ledger: Ledger::default(),
            proposed: None,
            seeking_proposals: false,
            advice: None,
            report: None,
            pull: None,
            pulled: None,
            missing: None,
            moving: None,
            prepared: false,
            drafts: drafts::Drafts::default(),
            block: false,
            models: None,
            told_tools: false,
            told_missing: HashSet::new(),
            toast: None,
            armed: None,
            refreshed: None,
            next_id: 1,
            next_look: 1,
            next_room: FIRST_ROOM + 1,
            shelf: conversations::Shelf::default(),
            rows: click::Rows::default(),
            columns: 0,
            closed: false,
            tour: None,
            dirty: true,
            urgent: false,
            effects: Vec::new(),
        }
    }

    /// Draws in `theme` from now on; returns the one before.
    pub fn set_theme(&mut self, theme: Theme) -> Theme {
        self.touch();
        std::mem::replace(&mut self.theme, theme)
    }

    /// What is wanted of the terminal at the start, and that it tells all keys apart where `keys` says so.
    pub fn modes(&self, keys: bool) -> Modes {
        let Screen { title, notify, inline, .. } = self.settings.screen;
        Modes { mouse: self.settings.mouse, focus: title || notify != Notify::Off, keys, title, inline }
    }

    /// Takes in one message; returns what is to be done.
    pub fn update(&mut self, msg: Msg, now: Instant) -> Vec<Effect> {
        let end = tour::end_of(&msg);
        match msg {
            Msg::Key(key) => self.key(key, now),
            Msg::Paste(text) => self.paste(&text, now),
            Msg::Line(text) => self.line(&text, now),
            Msg::Pick(pick) => self.pick(pick, now),
            Msg::Answer { id, digest, answer } => self.answered(id, digest, answer, now),
            Msg::Interrupt => self.interrupt_line(now),
            Msg::Wheel(rows) => self.wheel(rows),
            Msg::Click(column, row) => self.click(column, row, now),
            Msg::Resize(columns, _) => {
                self.columns = columns;
                self.ask_for_pane();
                self.touch();
            }
            Msg::Conductor(event) => self.event(*event, now),
            Msg::Reply { reply, now_ms } => self.reply(reply, now_ms),
            Msg::Looked { id, reply, now_ms } => self.looked(id, reply, now, now_ms),
            Msg::Saved(result) => self.saved(result, now),
            Msg::Loaded(result) => self.loaded(result),
            Msg::Attached { id, result } => self.attached(id, result),
            Msg::Listed { folder, entries } => self.listed(&folder, entries),
            Msg::Copied { what, copied } => self.copied(what, &copied, now),
            Msg::Edited { given, saved } => self.edited(&given, saved, now),
            Msg::Closed => self.close(),
            Msg::Tick => self.tick(now),
            Msg::Focus(focused) => self.focus(focused),
            Msg::Back => self.effect(Effect::Redraw),
        }
        self.guide(end);
        self.retitle();
        self.reshape();
        if !self.settings.plain {
            self.look_at_draft(now);
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
        let moving = self.asked.is_empty() && self.settings.screen.animations;
        let turn = self.room.turn.as_ref().filter(|_| moving).map(Turn::next_second);
        toast.into_iter().chain(turn).chain(self.consent_wake()).chain(self.draft_wake()).min()
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
        let started = self.room.turn.as_ref().map(Turn::started);
        self.take_in(event, now);
        if let (Some(started), None) = (started, &self.room.turn) {
            self.answer_ended(now.saturating_duration_since(started));
        }
    }

    fn take_in(&mut self, event: Event, now: Instant) {
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
            Reply::Models(snapshot) => return self.models_event(*snapshot),
            Reply::Route(_) | Reply::Deltas(_) | Reply::Text(_) | Reply::Facts(_) | Reply::Settled => {}
            // Asked for by their numbers.
            Reply::Conversations(_) | Reply::Conversation(_) | Reply::Message(_) | Reply::Found(_) => {}
            Reply::Prompts(list) => self.past_reply(list),
            Reply::Draft(text) => self.draft_reply(text),
            Reply::Playbooks(playbooks) => self.playbooks_reply(&playbooks),
            Reply::BulletWhy(why) => self.bullet_why_reply(why, now_ms),
            Reply::ChatOrigins(origins) => self.origins_reply(origins),
            Reply::Context(report) => self.context_reply(report),
            Reply::Privacy(state) => self.privacy_reply(state, now_ms),
            Reply::Ledger(rows) => self.ledger_reply(rows),
            Reply::Verdict(verdict) => self.ledger_verdict(&verdict),
            Reply::Learning(learning) => self.learning_reply(learning),
            Reply::Playbook(playbook) => self.playbook_reply(*playbook),
            Reply::Failed(failure) => {
                if matches!(self.overlay, Some(Overlay::Past(_))) {
                    self.overlay = None;
                }
                self.draft_failed();
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
        self.draft_tick(now);
        if let Some(turn) = self.room.turn.as_mut().filter(|_| self.asked.is_empty()) {
            self.dirty |= turn.tick(now);
        }
    }

    /// The conductor ended without being asked to.
    fn close(&mut self) {
        self.closed = true;
        self.room.turn = None;
        self.room.compacting = None;
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
        self.may_leave(&command);
        self.effect(Effect::Send(command));
    }

    fn say(&mut self, text: impl Into<String>, now: Instant) {
        let text = text.into();
        self.log.push(None, &text, "");
        self.toast = Some(Toast { text, until: now + TOAST });
        self.touch();
    }

    fn notice(&mut self, notice: &Notice) {
        if let Some(pane) = self.pane() {
            let hint = if notice.hint.is_empty() { String::new() } else { format!(": {}", notice.hint) };
            pane.said = Some(crate::sanitise::clean_line(&format!("{}{hint}", notice.what)).into_owned());
        }
        self.log.push(Some(notice.level), &notice.what, &notice.hint);
        self.room.transcript.add(BlockKind::Notice(notice.level), &notice.what);
        if !notice.hint.is_empty() {
            self.room.transcript.add(BlockKind::Hint, &notice.hint);
        }
        self.touch();
    }
}
