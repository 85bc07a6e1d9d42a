//! What is sent: questions and commands.
//!
//! What must stay true: a draft leaves the composer only when it was taken; one that was refused stays there.

use super::choosing::Changing;
use super::conversation::shown;
use super::why::drop_with;
use super::{App, Turn};
use crate::completion::Take;
use crate::msg::Effect;
use crate::slash::{self, Parsed, Slash, Wrong};
use crate::transcript::BlockKind;
use crate::words;
use conductor::domain::{ModelId, Origin, Override, Prompt};
use conductor::protocol::{Command, ConversationCommand, Level, Notice};
use std::time::Instant;

impl App {
    /// Enter: takes the row that was chosen with a key, and sends what is whole.
    pub(super) fn accept(&mut self, now: Instant) {
        // A row chosen with a key; or the first one offered, where what is typed is no command yet.
        if self.offers_file() {
            return self.complete(now);
        }
        let unfinished = matches!(self.parsed(), Parsed::Wrong(_));
        let offered = self.popup.as_ref().filter(|popup| popup.chosen || unfinished).and_then(|popup| popup.item());
        if let Some(Take::Draft { whole, .. }) = offered.map(|item| item.take.clone()) {
            self.complete(now);
            if !whole {
                return;
            }
        }
        self.popup = None;
        match self.parsed() {
            Parsed::Question => self.ask(|_| None, now),
            Parsed::Escaped => self.ask(drop_slash, now),
            Parsed::With(name) => {
                let name = self.named_after_with().unwrap_or(name);
                let model = self.whole_name(&name);
                let prepare = |prompt: &mut Prompt| {
                    drop_with(prompt, &name);
                    Some(model)
                };
                self.ask(prepare, now);
            }
            Parsed::Wrong(wrong) => self.wrong(&wrong),
            Parsed::Command(command) => {
                if self.run(command, now) {
                    self.composer.take_words();
                    self.command_taken();
                }
            }
        }
    }

    /// The draft as it is read: where a command ends with a display name of several words, that is the id.
    fn parsed(&self) -> Parsed {
        let text = self.composer.text();
        let command = text.trim().split_once(char::is_whitespace).filter(|(_, name)| name.trim().contains(' '));
        let called = command.and_then(|(command, name)| Some((command, self.settings.names.called(name)?)));
        match called {
            Some((command @ ("/model" | "/retry" | "/load" | "/unload"), id)) => slash::parse(&format!("{command} {id}")),
            _ => slash::parse(&text),
        }
    }

    /// The display name of several words after `/with`, where there is one.
    fn named_after_with(&self) -> Option<String> {
        let text = self.composer.text();
        let rest = text.trim().strip_prefix("/with")?.trim_start();
        let name = self.settings.names.leading(rest)?;
        (!rest[name.len()..].trim().is_empty()).then(|| name.to_owned())
    }

    pub(super) fn busy(&mut self, now: Instant) {
        self.say(format!("an answer is coming: {}, /new lets it go on", self.stops("stops it")), now);
    }

    /// Sends the draft, once `prepare` has taken the command out of it; what it returns is the model that is asked.
    fn ask(&mut self, prepare: impl FnOnce(&mut Prompt) -> Option<ModelId>, now: Instant) {
        if self.composer.prompt().is_blank() {
            return;
        }
        if self.room.turn.is_some() {
            return self.busy(now);
        }
        if self.is_compacting(now) {
            return;
        }
        if let Some(reading) = self.reading.first() {
            return self.say(format!("{} is still being read", reading.name), now);
        }
        if self.closed {
            return self.say("the core has ended: Ctrl+C twice quits", now);
        }
        // What comes back into the composer where nothing comes of it is what was typed.
        let typed = self.composer.take();
        let mut prompt = typed.clone();
        let model = prepare(&mut prompt);
        let id = self.fresh_id();
        self.prepared = false;
        let changing = self.room.changing.take();
        if let Some(at) =
            changing.as_ref().and_then(|changing| self.room.said.iter().position(|said| said.id == Some(changing.at)))
        {
            self.drop_after(at);
        }
        self.choose_nothing();
        let mark = self.mark_before_question();
        let block = self.room.transcript.add(BlockKind::User, &shown(&prompt));
        self.asked_now((block, mark), &prompt);
        self.room.scroll.to_bottom();
        self.room.blank = false;
        let mut turn = Turn::new(id, typed, now);
        (turn.took, turn.changing) = (changing.is_some(), changing);
        self.room.turn = Some(turn);
        self.send(match changing {
            Some(Changing { at }) => Command::Conversation(ConversationCommand::Edit { id, at, prompt, model }),
            None => Command::Ask { id, prompt, model },
        });
    }

    /// Runs a command; false where it was refused, and the draft stays.
    pub(super) fn run(&mut self, command: Slash, now: Instant) -> bool {
        match command {
            Slash::Attach(path) => return self.attach(path, None, false, now),
            Slash::Help => self.open_help(),
            Slash::Editor => {
                // The command itself is no draft; from the palette there may be one.
                let text = self.composer.text();
                self.open_editor(if text.trim() == "/editor" { String::new() } else { text });
            }
            Slash::Notices => self.open_notices(),
            Slash::Models => self.open_models(None),
            Slash::ShowModel => self.say_model(now),
            Slash::Model(name) => self.fix_model(name.as_deref()),
            Slash::Lock(locked) => self.lock_model(locked),
            Slash::Why => self.open_why(),
            Slash::Context => self.ask_context(),
            Slash::Compact { undo } => return self.compact(undo, now),
            // What was pasted may have been written by anybody.
            Slash::Rate(rating) => {
                let typed = self.composer.prompt().spans.iter().all(|span| span.origin == Origin::Typed);
                self.rate(if typed { rating } else { rating.in_pasted_words() });
            }
            Slash::Playbook(name) => self.open_playbook(name),
            Slash::Learn(learn) => self.learn(learn),
            Slash::ShowDomain => self.say_domain(now),
            Slash::Domain(domain) => self.send(Command::Conversation(ConversationCommand::SetDomain(domain))),
            Slash::New => self.send(Command::Conversation(ConversationCommand::New)),
            Slash::Messages => self.open_messages(now),
            Slash::Resume => self.open_conversations(String::new()),
            Slash::History(words) => self.open_conversations(words),
            Slash::Delete => self.delete_open(now),
            Slash::Undelete => self.undelete(now),
            Slash::Export { file, over } => return self.export_open(file, over, now),
            Slash::Import(path) => self.effect(Effect::Load(path)),
            Slash::Fork => self.send(Command::Conversation(ConversationCommand::Fork { at: None })),
            Slash::Rename(title) => self.send(Command::Conversation(ConversationCommand::Rename { id: None, title })),
            Slash::Pull(model) => return self.pull(model, now),
            Slash::Load(name) => return self.move_model(&name, true, now),
            Slash::Unload(name) => return self.move_model(&name, false, now),
            Slash::Retry(name) => return self.retry(name.as_deref(), now),
            Slash::Copy(code) => self.copy_last(code, now),
            Slash::Mouse(_) if self.settings.plain => self.say("there is no mouse here: the terminal keeps it", now),
            Slash::Mouse(on) => {
                let on = on.inspect(|on| self.effect(Effect::SetMouse(*on))).unwrap_or(self.settings.mouse);
                self.settings.mouse = on;
                self.say(if on { "the wheel scrolls; Shift selects text" } else { "the mouse selects text" }, now);
            }
            Slash::Consent => self.open_grants(),
            Slash::Revoke => self.revoke_all(now),
            Slash::Offline(None) => self.say_offline(now),
            Slash::Offline(Some(on)) => self.switch_offline(on, now),
            Slash::Ledger => self.open_ledger(),
            Slash::Thinking(on) => self.show_thinking(on, now),
            Slash::Labels(None) => self.list_labels(),
            Slash::Labels(Some((kind, on))) => self.switch_label(kind, on, now),
            Slash::Quit => self.effect(Effect::Quit),
        }
        true
    }

    /// Says what was wrong with a command.
    pub(super) fn wrong(&mut self, wrong: &Wrong) {
        let (what, hint) = (wrong.what.clone(), wrong.hint.clone());
        self.notice(&Notice { level: Level::Error, what, hint });
        self.room.scroll.to_bottom();
    }

    fn say_model(&mut self, now: Instant) {
        let called = |model: &ModelId| self.settings.names.model(model);
        let text = match &self.room.fixed {
            Some(Override { model, locked: true }) => {
                format!("model: {}, locked; /model unlock lets others answer where it fails", called(model))
            }
            Some(Override { model, .. }) => format!("model: {}; /model auto lets Segno choose", called(model)),
            None => "model: auto, Segno chooses; /model NAME fixes one".to_owned(),
        };
        self.say(text, now);
    }

    /// Has the model fixed, or the choice given back. The conductor looks the name up in a fresh list, and says what is in
    /// force then.
    pub(super) fn fix_model(&mut self, name: Option<&str>) {
        let wanted = name.map(|name| self.whole_name(name));
        self.room.wanted = Some(wanted.clone());
        self.send(Command::Conversation(ConversationCommand::SetModel(wanted)));
    }

    /// Lets nobody stand in for the fixed model, or allows it again.
    fn lock_model(&mut self, locked: bool) {
        self.room.wanted = self.room.fixed.as_ref().map(|fixed| Some(fixed.model.clone()));
        self.send(Command::Conversation(ConversationCommand::LockModel(locked)));
    }

    /// What is in force now. It is said where it is news, or what was asked for: not where that was refused.
    pub(super) fn model_in_force(&mut self, model: Option<Override>, now: Instant) {
        let named = model.as_ref().map(|fixed| &fixed.model);
        let asked_for = self.room.wanted.take().is_some_and(|wanted| wanted.as_ref() == named);
        let news = self.room.fixed != model;
        let unlocked = self.room.fixed.as_ref().is_some_and(|old| old.locked && Some(&old.model) == named);
        self.room.fixed = model.clone();
        if !asked_for && !news {
            return;
        }
        let called = |model: &ModelId| self.settings.names.model(model);
        let text = match &self.room.fixed {
            Some(Override { model, locked: true }) => format!("model: {}, locked: no other answers in its place", called(model)),
            Some(Override { model, .. }) if unlocked => {
                format!("model: {}, unlocked: others may answer where it fails", called(model))
            }
            Some(Override { model: id, .. }) => {
                let place = self.model(id).map(|model| format!(" ({})", words::place(&model.location))).unwrap_or_default();
                format!("model: {}{place} from now on", called(id))
            }
            None => "model: auto, Segno chooses".to_owned(),
        };
        self.say(text, now);
    }
}

/// Takes one of the two slashes away that a question begins with.
fn drop_slash(prompt: &mut Prompt) -> Option<ModelId> {
    if let Some(span) = prompt.spans.iter_mut().find(|span| span.text.contains('/'))
        && let Some(at) = span.text.find('/')
    {
        span.text.remove(at);
    }
    None
}
