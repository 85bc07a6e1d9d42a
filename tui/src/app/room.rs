//! What belongs to one conversation; and those that were left while an answer came in them.
//!
//! What must stay true: what happens in a conversation that is not open changes nothing that the user sees of the one that is;
//! one in the background is kept only until its answer has ended.

use super::choosing::Changing;
use super::context::Compacting;
use super::said::Said;
use super::{App, Turn, labels, why};
use crate::transcript::{BlockId, Scroll, Transcript};
use conductor::domain::{
    ContextUse, ConversationId, ConversationSummary, Domain, MessageId, ModelId, Override, Prompt, RequestId,
};
use conductor::protocol::{Command, Event};

/// A conversation on the screen, or behind it.
pub(crate) struct Room {
    /// Tells it from all others that were shown in this run.
    pub(crate) number: u64,
    pub(crate) transcript: Transcript,
    pub(crate) scroll: Scroll,
    pub(super) labels: labels::Blocks,
    pub(crate) turn: Option<Turn>,
    pub(crate) conversation: Option<ConversationSummary>,
    /// The model that the user fixed.
    pub(crate) fixed: Option<Override>,
    /// What the user said that its questions are about.
    pub(crate) domain: Option<Domain>,
    /// What the user has just asked to be fixed.
    pub(super) wanted: Option<Option<ModelId>>,
    /// How the last model was chosen.
    pub(super) decided: Option<why::Decided>,
    /// Who answered last.
    pub(super) answered: Option<ModelId>,
    /// The answer of which it is being written why it was not good, where it is not the last.
    pub(super) reason_for: Option<MessageId>,
    /// What is chosen was found by a search: it is marked, and keys go where they always go.
    pub(super) only_marked: bool,
    /// The messages on the screen.
    pub(super) said: Vec<Said>,
    /// The question that the draft is to take the place of.
    pub(crate) changing: Option<Changing>,
    /// The draft that gave way to that question.
    pub(super) aside: Option<Prompt>,
    /// How full the window is of the model that is asked, or answered last.
    pub(crate) context: Option<ContextUse>,
    /// The line that says where what is still seen begins, where one does.
    pub(crate) seen_from: Option<BlockId>,
    /// A summary that is being written.
    pub(crate) compacting: Option<Compacting>,
    /// True while nothing was asked: the first screen shows.
    pub(crate) blank: bool,
}

impl Room {
    pub(super) fn new() -> Self {
        Self {
            number: 0,
            transcript: Transcript::new(),
            scroll: Scroll::default(),
            labels: labels::Blocks::default(),
            turn: None,
            conversation: None,
            fixed: None,
            domain: None,
            wanted: None,
            decided: None,
            answered: None,
            reason_for: None,
            said: Vec::new(),
            changing: None,
            aside: None,
            context: None,
            seen_from: None,
            compacting: None,
            only_marked: false,
            blank: true,
        }
    }

    fn is(&self, id: ConversationId) -> bool {
        self.conversation.as_ref().is_some_and(|conversation| conversation.id == id)
    }
}

/// The turn that an event is about.
fn turn_of(event: &Event) -> Option<RequestId> {
    use conductor::protocol::ConversationEvent::{Begun, Context};
    match event {
        Event::Planned { id, .. }
        | Event::Delta { id, .. }
        | Event::Waiting { id, .. }
        | Event::Fallback { id, .. }
        | Event::Finished { id, .. }
        | Event::Failed { id, .. }
        | Event::Notice { id: Some(id), .. }
        | Event::Conversation(Begun { id, .. } | Context { id: Some(id), .. }) => Some(*id),
        _ => None,
    }
}

impl App {
    /// Leaves the conversation for `next`; it goes on behind it where an answer is coming.
    pub(super) fn enter(&mut self, mut next: Room) {
        if next.number == 0 {
            next.number = self.next_room;
            self.next_room += 1;
        }
        if self.settings.plain {
            // Nothing on a screen says how it is here.
            next.transcript.unfold(self.room.transcript.is_unfolded());
        }
        let left = std::mem::replace(&mut self.room, next);
        // Nobody would see what becomes of it.
        if let Some(compacting) = &left.compacting {
            self.send(Command::Cancel { id: compacting.id });
        }
        if left.turn.is_some() {
            self.behind.push(left);
        }
    }

    /// Goes back to the conversation `id`, where an answer is coming in it; false where none is.
    pub(super) fn go_back(&mut self, id: ConversationId) -> bool {
        if self.room.is(id) && self.room.turn.is_some() {
            return true;
        }
        let Some(at) = self.behind.iter().position(|room| room.is(id)) else { return false };
        let back = self.behind.remove(at);
        self.enter(back);
        self.relabel();
        true
    }

    /// In how many conversations behind this one an answer is coming.
    pub(crate) fn answers_behind(&self) -> usize {
        self.behind.len()
    }

    /// Whether an answer is coming in the conversation `id`, wherever that is.
    pub(crate) fn is_answering(&self, id: ConversationId) -> bool {
        std::iter::once(&self.room).chain(&self.behind).any(|room| room.is(id) && room.turn.is_some())
    }

    /// The turn `id`, in whatever conversation it is.
    pub(super) fn turn_anywhere(&mut self, id: RequestId) -> Option<&mut Turn> {
        let mut rooms = std::iter::once(&mut self.room).chain(&mut self.behind);
        rooms.find_map(|room| room.turn.as_mut().filter(|turn| turn.id == id))
    }

    /// The title of the conversation in the background that turn `id` belongs to; `None` where it is the one on the screen.
    pub(crate) fn title_behind(&self, id: RequestId) -> Option<&str> {
        let room = self.behind.iter().find(|room| room.turn.as_ref().is_some_and(|turn| turn.id == id))?;
        Some(room.conversation.as_ref().map_or("a new conversation", |conversation| conversation.title.as_str()))
    }

    /// Where in the background the conversation of `event` is.
    pub(super) fn room_behind(&self, event: &Event) -> Option<usize> {
        let id = turn_of(event)?;
        self.behind.iter().position(|room| room.turn.as_ref().is_some_and(|turn| turn.id == id))
    }

    /// Does `change` in the conversation at `at` of those in the background: nothing of it shows.
    pub(super) fn change_behind(&mut self, at: usize, change: impl FnOnce(&mut Self)) {
        let (toast, dirty, urgent) = (self.toast.clone(), self.dirty, self.urgent);
        let answers = self.behind.len();
        std::mem::swap(&mut self.room, &mut self.behind[at]);
        self.is_behind = true;
        change(self);
        self.is_behind = false;
        std::mem::swap(&mut self.room, &mut self.behind[at]);
        self.behind.retain(|room| room.turn.is_some());
        // How many there are is shown.
        (self.toast, self.dirty, self.urgent) = (toast, dirty || self.behind.len() != answers, urgent);
    }
}
