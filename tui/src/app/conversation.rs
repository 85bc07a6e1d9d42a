//! Conversations: a new one, and one that is opened again.

use super::choosing::Again;
use super::turn::stopped_early;
use super::{App, Room};
use crate::attach::chip;
use crate::sanitise::clean_line;
use crate::transcript::BlockKind;
use crate::words;
use conductor::domain::{Conversation, ConversationSummary, Message, Origin, Prompt, Role, Span, Status, Summary};
use conductor::protocol::{ConversationEvent, Notice};
use std::time::Instant;

/// So many questions of a conversation that is opened can be gone back to with Up; Ctrl+R finds all.
const REMEMBERED: usize = 500;

/// Of what came from elsewhere so many lines are shown at each end.
const SHOWN_LINES: usize = 6;

impl App {
    pub(super) fn conversation_event(&mut self, event: ConversationEvent, now: Instant) {
        match event {
            ConversationEvent::New => {
                self.leave_draft_for(None);
                self.enter(Room::new());
                self.ask_draft();
            }
            ConversationEvent::Opened(conversation) => self.opened(&conversation, now),
            ConversationEvent::Begun { ref summary, .. } => {
                self.room.conversation = Some(summary.clone());
                self.begun(&event);
            }
            ConversationEvent::Changed(summary) => self.changed(summary, now),
            ConversationEvent::Deleted(summary) => self.deleted(&summary, now),
            ConversationEvent::Restored(summary) => self.restored(&summary, now),
            ConversationEvent::Imported { result, .. } => self.imported(&result),
            // Asked for by commands alone.
            ConversationEvent::Purged { .. } => {}
            ConversationEvent::Context { id, now } => self.context_event(id, now),
            ConversationEvent::Compact { id, step } => self.compact_step(id, step),
            ConversationEvent::ModelInForce(model) => self.model_in_force(model, now),
            ConversationEvent::DomainInForce(domain) => self.domain_in_force(domain, now),
        }
        self.touch();
    }

    fn changed(&mut self, summary: ConversationSummary, now: Instant) {
        let called = format!("renamed: {}", clean_line(&summary.title));
        self.pane().into_iter().for_each(|pane| pane.said = Some(called.clone()));
        self.conversations_changed();
        let Some(old) = self.room.conversation.take_if(|old| old.id == summary.id) else { return };
        self.room.fixed.clone_from(&summary.model_override);
        if old.title != summary.title {
            self.say(called, now);
        }
        self.room.conversation = Some(summary);
    }

    fn opened(&mut self, conversation: &Conversation, now: Instant) {
        self.say(format!("opened: {}", clean_line(&conversation.summary.title)), now);
        let another = self.room.conversation.as_ref().is_none_or(|open| open.id != conversation.summary.id);
        self.leave_draft_for(Some(conversation.summary.id));
        if another {
            self.ask_draft();
        }
        if self.go_back(conversation.summary.id) {
            self.choose_opened();
            return;
        }
        self.enter(Room::new());
        let in_force = Summary::in_force(&conversation.summaries, &conversation.messages);
        let asked = conversation.messages.iter().filter(|message| message.role == Role::User).count();
        let mut forgotten = asked.saturating_sub(REMEMBERED);
        for message in conversation.messages.iter() {
            match message.role {
                Role::User => {
                    let mark = self.mark_before_question();
                    let block = self.room.transcript.add(BlockKind::User, &shown(&message.prompt));
                    self.stored_said(message, Some(block), Some(mark));
                    self.say_version(&message.versions);
                    match forgotten {
                        0 => self.composer.remember(message.prompt.clone()),
                        _ => forgotten -= 1,
                    }
                }
                Role::Assistant => self.stored_answer(message),
            }
            self.opened_summary(message.id, in_force);
        }
        self.room.blank = conversation.messages.is_empty();
        self.room.fixed = conversation.summary.model_override.clone();
        self.room.domain = conversation.summary.domain.clone();
        self.room.conversation = Some(conversation.summary.clone());
        self.choose_opened();
        if let Some(Again { notice, changing }) = self.again.take() {
            self.toast = None;
            self.room.changing = changing;
            self.notice(&notice);
        }
    }

    fn stored_answer(&mut self, message: &Message) {
        for attempt in &message.attempts {
            self.notice(&Notice::warning(words::no_answer(&attempt.model, &attempt.failure, &self.settings.names), ""));
        }
        let mut block = None;
        if !message.thinking.is_empty() {
            self.room.transcript.share(BlockKind::Thinking, &message.thinking);
        }
        if !message.text.is_empty() {
            block = Some(self.room.transcript.share(BlockKind::Answer, &message.text));
        }
        self.stored_said(message, block, None);
        if let Some(signature) = &message.signature {
            self.decide(message.decision.as_deref(), &signature.reason);
            self.room.answered = Some(signature.model.clone());
        }
        self.ended(message.signature.as_ref(), &message.status, message.into(), message.cut_by_length);
        if let Some(words) = Self::version_words(&message.versions) {
            self.add_to_sign(&words);
        }
        if let Some(rating) = message.rating.as_ref().filter(|_| message.signature.is_some()) {
            self.mark_rating(message.id, rating);
        }
        self.label(&message.labels);
        match (&message.status, &message.signature) {
            (Status::Interrupted, None) => {
                self.notice(&Notice::warning("interrupted: Segno ended before anything came", "ask again"));
            }
            (Status::Cancelled, None) => self.notice(&stopped_early()),
            _ => {}
        }
    }
}

/// A prompt as the transcript shows it: long parts that were not typed are folded in the middle, what was attached is named
/// below the words.
pub(super) fn shown(prompt: &Prompt) -> String {
    let (attached, words): (Vec<&Span>, Vec<&Span>) = prompt.spans.iter().partition(|span| span.is_attachment());
    let words: String =
        words.iter().map(|span| if span.origin == Origin::Typed { span.text.clone() } else { folded(&span.text) }).collect();
    // A chip stays in one piece where the line is wrapped.
    let chips: Vec<String> = attached.into_iter().map(|span| chip::of(span).replace(' ', "\u{a0}")).collect();
    match (words.trim().is_empty(), chips.is_empty()) {
        (_, true) => words,
        (true, false) => chips.join(" "),
        (false, false) => format!("{}\n{}", words.trim_end(), chips.join(" ")),
    }
}

fn folded(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() <= 2 * SHOWN_LINES + 1 {
        return text.to_owned();
    }
    let hidden = lines.len() - 2 * SHOWN_LINES;
    let middle = format!("… {hidden} more lines …");
    let (head, tail) = (&lines[..SHOWN_LINES], &lines[lines.len() - SHOWN_LINES..]);
    [head, &[middle.as_str()], tail].concat().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_pastes_are_folded_and_typed_text_is_not() {
        let long: String = (0..100).map(|i| format!("{i}\n")).collect();
        let mut prompt = Prompt::typed(long.clone());
        assert_eq!(shown(&prompt), long);
        prompt.push(Origin::Pasted, long.clone());
        let text = shown(&prompt);
        assert!(text.contains("… 89 more lines …"), "{text}");
        assert!(text.ends_with("98\n99\n"));
        let mut short = Prompt::default();
        short.push(Origin::Pasted, "a\nb");
        assert_eq!(shown(&short), "a\nb");
        short.push(Origin::Typed, "\n");
        short.attach(Span::file("notes.txt", "\n\nFile `notes.txt`:\n\n```\nhello\n```\n\n"));
        assert_eq!(shown(&short), "a\nb\n[file\u{a0}notes.txt\u{a0}6\u{a0}B]");
        let alone = Prompt { spans: short.spans.split_off(2) };
        assert_eq!(shown(&alone), "[file\u{a0}notes.txt\u{a0}6\u{a0}B]");
    }
}
