//! How full the window of the model is, what of the conversation it is shown, and summaries of what was before.
//!
//! What must stay true: while a summary is being written nothing is asked; one that is stopped or fails leaves the conversation as it
//! was; a summary is shown with who wrote it.

use super::{App, Overlay};
use crate::msg::Effect;
use crate::transcript::{BlockId, BlockKind};
use crate::words::{self, context as say};
use conductor::domain::{Candidate, ContextReport, ContextUse, FailureKind, MessageId, RequestId, Role, Summary};
use conductor::protocol::{Command, CompactStep, ConversationCommand, Notice};
use std::time::Instant;

/// A summary that is being written, or taken back.
#[derive(Debug)]
pub(crate) struct Compacting {
    pub(super) id: RequestId,
    /// Who writes it, once known.
    pub(crate) by: Option<Candidate>,
    /// Messages that it is to stand for.
    messages: u32,
    /// How far the reading is, where that takes several parts.
    pub(crate) read: Option<(u32, u32)>,
    head: Option<BlockId>,
    block: Option<BlockId>,
    pub(crate) cancelling: bool,
}

impl App {
    /// How full the window is now: of a turn's model, or of the conversation at rest.
    pub(super) fn context_event(&mut self, id: Option<RequestId>, now: ContextUse) {
        let is_here = id.is_none_or(|id| self.room.turn.as_ref().is_some_and(|turn| turn.id == id));
        if is_here {
            self.room.context = Some(now);
            self.mark_seen();
            self.touch();
        }
    }

    /// Has a dim line stand where what is still seen begins; nothing where all of it is.
    pub(super) fn mark_seen(&mut self) {
        let Some(now) = &self.room.context else { return };
        let text = say::left_out(now, &self.settings.names);
        let first = now.first_seen.filter(|_| now.left_out > 0);
        let at = first.and_then(|id| self.room.said.iter().find(|said| said.role == Role::User && said.id == Some(id)));
        let next = at.and_then(|said| said.mark);
        if let Some(old) = self.room.seen_from.take_if(|old| Some(*old) != next) {
            self.room.transcript.replace(old, "");
        }
        if let Some(mark) = next {
            if self.room.transcript.text(mark) != Some(text.as_str()) {
                self.room.transcript.replace(mark, &text);
            }
            self.room.seen_from = Some(mark);
        }
    }

    /// Where a line stands that says what is left out above the question that comes next; nothing shows of it yet.
    pub(super) fn mark_before_question(&mut self) -> BlockId {
        self.room.transcript.add(BlockKind::HandOff, "")
    }

    /// `/context`: what of the conversation a model is shown.
    pub(super) fn ask_context(&mut self) {
        self.effect(Effect::Query(conductor::protocol::Query::Context));
    }

    pub(super) fn context_reply(&mut self, report: Option<Box<ContextReport>>) {
        match report {
            None => {
                let hint = "`/context` after an answer shows what takes the room";
                self.notice(&Notice::info("no model was asked or chosen here yet", hint));
                self.room.scroll.to_bottom();
            }
            // Something else was opened meanwhile.
            Some(_) if self.overlay.is_some() => {}
            Some(report) => {
                self.report = Some(report);
                self.overlay = Some(Overlay::Context(0));
            }
        }
    }

    /// `/compact` and `/compact undo`; false where it is refused.
    pub(super) fn compact(&mut self, undo: bool, now: Instant) -> bool {
        if self.room.turn.is_some() {
            self.busy(now);
            return false;
        }
        if self.is_compacting(now) {
            return false;
        }
        let id = self.fresh_id();
        let (by, messages, read, head, block, cancelling) = (None, 0, None, None, None, false);
        self.room.compacting = Some(Compacting { id, by, messages, read, head, block, cancelling });
        self.send(Command::Conversation(match undo {
            true => ConversationCommand::UndoCompact { id },
            false => ConversationCommand::Compact { id },
        }));
        true
    }

    /// Whether a summary is being written, which is said.
    pub(super) fn is_compacting(&mut self, now: Instant) -> bool {
        let compacting = self.room.compacting.is_some();
        if compacting {
            self.say("a summary is being written: Esc stops it", now);
        }
        compacting
    }

    /// Stops the summary; true where one was being written that was not being stopped already.
    pub(super) fn cancel_compact(&mut self) -> bool {
        let Some(compacting) = self.room.compacting.as_mut().filter(|compacting| !compacting.cancelling) else { return false };
        compacting.cancelling = true;
        let id = compacting.id;
        self.send(Command::Cancel { id });
        self.touch();
        true
    }

    pub(super) fn compact_step(&mut self, id: RequestId, step: CompactStep) {
        let Some(compacting) = self.room.compacting.as_mut().filter(|compacting| compacting.id == id) else { return };
        let transcript = &mut self.room.transcript;
        match step {
            CompactStep::Begun { by, messages } => {
                let head = format!(
                    "summing up {} for prompts, by {}",
                    say::messages(messages),
                    say::by(&by.model, &by.location, &self.settings.names)
                );
                compacting.head = Some(transcript.add(BlockKind::HandOff, &head));
                (compacting.by, compacting.messages) = (Some(by), messages);
                self.room.scroll.to_bottom();
            }
            CompactStep::Read { read, of } => compacting.read = Some((read, of)),
            CompactStep::Text(text) => {
                let block = *compacting.block.get_or_insert_with(|| transcript.push(BlockKind::Answer, ""));
                transcript.append(block, &text);
            }
            CompactStep::Done(summary) => self.compacted(&summary),
            CompactStep::Undone(summary) => {
                self.room.compacting = None;
                let what = format!(
                    "the summary by {} was taken back: models are shown the messages again",
                    self.settings.names.model(&summary.model)
                );
                self.notice(&Notice::info(what, "`/compact` writes another"));
                self.room.scroll.to_bottom();
            }
            CompactStep::Failed(failure) => {
                let Some(compacting) = self.room.compacting.take() else { return };
                for block in compacting.head.into_iter().chain(compacting.block) {
                    self.room.transcript.close(block);
                    self.room.transcript.replace(block, "");
                }
                match failure.kind {
                    FailureKind::Cancelled => {
                        self.notice(&Notice::info("the summary was stopped: nothing has changed", "`/compact` begins again"));
                    }
                    FailureKind::Refused => self.notice(&Notice::info(&failure.what, &failure.hint)),
                    _ => self.notice(&Notice::error(&failure)),
                }
                self.room.scroll.to_bottom();
            }
        }
        self.touch();
    }

    fn compacted(&mut self, summary: &Summary) {
        let Some(compacting) = self.room.compacting.take() else { return };
        let at = self.room.said.iter().position(|said| said.id == Some(summary.last));
        // With those of a summary that it takes the place of.
        let covers = at.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(compacting.messages);
        let head = say::summary_line(summary, covers, &self.settings.names);
        match compacting.head {
            Some(block) => self.room.transcript.replace(block, &head),
            None => _ = self.room.transcript.add(BlockKind::HandOff, &head),
        }
        match compacting.block {
            Some(block) => self.room.transcript.close(block),
            None => _ = self.room.transcript.add(BlockKind::Answer, &summary.text),
        }
        self.room.transcript.add(BlockKind::Hint, "the messages stay here; `/compact undo` has models shown them again");
    }

    /// The summary that stands in a conversation that is opened, below the last message that it covers.
    pub(super) fn opened_summary(&mut self, at: MessageId, in_force: Option<(&Summary, usize)>) {
        let Some((summary, covers)) = in_force.filter(|(summary, _)| summary.last == at) else { return };
        let covers = u32::try_from(covers).unwrap_or(u32::MAX);
        self.room.transcript.add(BlockKind::HandOff, &say::summary_line(summary, covers, &self.settings.names));
        self.room.transcript.add(BlockKind::Answer, &summary.text);
    }

    /// What [`Overlay::Context`] shows.
    pub(crate) fn report(&self) -> Option<&ContextReport> {
        self.report.as_deref()
    }

    /// What a summary that is being written is at, for the status line.
    pub(crate) fn compacting_words(&self) -> Option<String> {
        let compacting = self.room.compacting.as_ref()?;
        let by = compacting.by.as_ref().map(|by| format!("  {}", self.settings.names.model(&by.model))).unwrap_or_default();
        let place = compacting.by.as_ref().map(|by| words::place(&by.location)).unwrap_or_default();
        let read = compacting.read.map(|(read, of)| format!(" · {read} of {of} read")).unwrap_or_default();
        Some(format!("{place}{by} · summing up{read}").trim_start_matches(" · ").to_owned())
    }
}
