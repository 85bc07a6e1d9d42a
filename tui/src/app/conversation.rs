//! Conversations: a new one, and one that is opened again.

use super::{App, Room};
use crate::attach::chip;
use crate::sanitise::clean_line;
use crate::transcript::BlockKind;
use crate::words;
use conductor::domain::{Conversation, ConversationSummary, Message, Origin, Prompt, Role, Span, Status};
use conductor::protocol::{ConversationEvent, Notice};
use std::time::Instant;

/// Of what came from elsewhere so many lines are shown at each end.
const SHOWN_LINES: usize = 6;

impl App {
    pub(super) fn conversation_event(&mut self, event: ConversationEvent, now: Instant) {
        match event {
            ConversationEvent::New => self.enter(Room::new()),
            ConversationEvent::Opened(conversation) => self.opened(&conversation, now),
            ConversationEvent::Begun { summary, .. } => self.room.conversation = Some(summary),
            ConversationEvent::Changed(summary) => self.changed(summary, now),
            ConversationEvent::ModelInForce(model) => self.model_in_force(model, now),
            ConversationEvent::DomainInForce(domain) => self.domain_in_force(domain, now),
        }
        self.touch();
    }

    fn changed(&mut self, summary: ConversationSummary, now: Instant) {
        let Some(old) = self.room.conversation.take_if(|old| old.id == summary.id) else { return };
        self.room.fixed.clone_from(&summary.model_override);
        if old.title != summary.title {
            self.say(format!("called: {}", clean_line(&summary.title)), now);
        }
        self.room.conversation = Some(summary);
    }

    fn opened(&mut self, conversation: &Conversation, now: Instant) {
        self.say(format!("opened: {}", clean_line(&conversation.summary.title)), now);
        if self.go_back(conversation.summary.id) {
            return;
        }
        self.enter(Room::new());
        for message in &conversation.messages {
            match message.role {
                Role::User => {
                    self.room.transcript.add(BlockKind::User, &shown(&message.prompt));
                    self.composer.remember(message.prompt.clone());
                }
                Role::Assistant => self.stored_answer(message),
            }
        }
        let asked = conversation.messages.iter().rev().find(|message| message.role == Role::User);
        self.remember_question(asked.map(|message| &message.prompt));
        self.room.blank = conversation.messages.is_empty();
        self.room.fixed = conversation.summary.model_override.clone();
        self.room.domain = conversation.summary.domain.clone();
        self.room.conversation = Some(conversation.summary.clone());
    }

    fn stored_answer(&mut self, message: &Message) {
        for attempt in &message.attempts {
            self.notice(&Notice::warning(words::no_answer(&attempt.model, &attempt.failure), ""));
        }
        for (kind, text) in [(BlockKind::Thinking, &message.thinking), (BlockKind::Answer, &message.text)] {
            if !text.is_empty() {
                self.room.transcript.add(kind, text);
            }
        }
        if let Some(signature) = &message.signature {
            self.decide(message.decision.as_deref(), &signature.reason);
            self.room.answered = Some(signature.model.clone());
        }
        self.ended(message.signature.as_ref(), &message.status, message.into(), message.cut_by_length);
        if let Some(rating) = message.rating.as_ref().filter(|_| message.signature.is_some()) {
            self.was_rated(rating);
        }
        self.label(&message.labels);
        match (&message.status, &message.signature) {
            (Status::Interrupted, None) => {
                self.notice(&Notice::warning("interrupted: Segno ended before anything came", "ask again"));
            }
            (Status::Cancelled, None) => self.stopped_early(),
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
