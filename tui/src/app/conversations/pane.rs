//! The stored conversations as they lie in front: which are listed, what was found in them, what is done to the marked one.
//!
//! What must stay true: pure; one question of a kind is open at a time, and what comes late, for words that are no longer typed or a
//! row that is no longer marked, is not shown; the mark stays at its conversation while the list is read anew.

use super::super::conversation::shown;
use crate::composer::Composer;
use crate::fuzzy;
use crate::keymap::Edit;
use crate::sanitise::clean_line;
use crate::transcript::{BlockKind, Scroll, Transcript};
use conductor::domain::{Conversation, ConversationId, ConversationSummary, ExportFormat, Hit, Message, Prompt, Role};

/// The messages that the preview holds have so many lines together, or it holds all.
const PREVIEWED: usize = 120;

/// The stored conversations.
#[derive(Debug, Default)]
pub struct Pane {
    /// What is typed to find one.
    pub(crate) filter: String,
    /// The row that is marked: of the titles, and of the finds below them.
    pub(crate) selected: usize,
    /// Those that were deleted are listed.
    pub(crate) deleted: bool,
    /// What was done or went wrong last, until the next key.
    pub(crate) said: Option<String>,
    pub(crate) doing: Doing,
    /// When the list came.
    pub(crate) now_ms: i64,
    /// `None` until they come.
    list: Option<Vec<ConversationSummary>>,
    /// Which of them fit, the best first.
    fitting: Vec<usize>,
    found: Option<Found>,
    preview: Option<Preview>,
    pub(super) open: Open,
}

/// The questions that are open, each by its number.
#[derive(Debug, Default)]
pub(super) struct Open {
    pub(super) list: Option<u64>,
    pub(super) search: Option<(u64, String)>,
    pub(super) preview: Option<(u64, ConversationId)>,
}

/// What the keys go to.
#[derive(Debug, Default)]
pub(crate) enum Doing {
    /// The list.
    #[default]
    List,
    /// The title of a conversation is written.
    Name(Box<Naming>),
    /// It is asked which form a file is to have.
    Format(ConversationId, String),
}

/// A title that is written.
#[derive(Debug)]
pub(crate) struct Naming {
    pub(crate) id: ConversationId,
    pub(crate) words: Composer,
}

/// What was found for some words.
#[derive(Debug)]
struct Found {
    text: String,
    hits: Vec<Hit>,
}

/// The end of a conversation, as it would be shown if it were opened.
pub(crate) struct Preview {
    id: ConversationId,
    pub(crate) transcript: Transcript,
    pub(crate) scroll: Scroll,
}

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Preview").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The marked row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Marked<'a> {
    /// A conversation.
    Title(&'a ConversationSummary),
    /// A message in which something was found.
    Hit(&'a Hit),
}

impl<'a> Marked<'a> {
    /// The conversation.
    pub(crate) fn summary(self) -> &'a ConversationSummary {
        match self {
            Self::Title(summary) => summary,
            Self::Hit(hit) => &hit.conversation,
        }
    }
}

impl Pane {
    pub(super) fn new(filter: String) -> Self {
        Self { filter, ..Self::default() }
    }

    /// Takes the list in; the mark stays at its conversation where that is still there.
    pub(super) fn fill(&mut self, list: Vec<ConversationSummary>, now_ms: i64) {
        let marked = self.marked().map(|row| (row.summary().id, matches!(row, Marked::Title(_))));
        self.list = Some(list);
        self.now_ms = now_ms;
        self.refit();
        let at = match marked {
            Some((id, true)) => self.titles().position(|title| title.id == id),
            _ => None,
        };
        self.selected = at.unwrap_or(self.selected).min(self.len().saturating_sub(1));
    }

    /// True while the list is on its way.
    pub(crate) fn is_loading(&self) -> bool {
        self.list.is_none()
    }

    /// The list could not be read.
    pub(super) fn without_list(&mut self) {
        self.list.get_or_insert_default();
    }

    /// Whether there are none at all.
    pub(crate) fn is_bare(&self) -> bool {
        self.list.as_ref().is_some_and(Vec::is_empty)
    }

    fn refit(&mut self) {
        let list = self.list.as_deref().unwrap_or_default();
        let mut rows: Vec<usize> = (0..list.len()).collect();
        fuzzy::sort(&mut rows, &self.filter, |row| list[*row].title.clone());
        self.fitting = rows;
    }

    /// The conversations whose titles fit what is typed.
    pub(crate) fn titles(&self) -> impl Iterator<Item = &ConversationSummary> {
        let list = self.list.as_deref().unwrap_or_default();
        self.fitting.iter().filter_map(|at| list.get(*at))
    }

    /// The messages in which it was found; nothing while that is not known for just these words.
    pub(crate) fn hits(&self) -> &[Hit] {
        let wanted = self.wanted();
        match &self.found {
            Some(found) if wanted == Some(found.text.as_str()) => &found.hits,
            _ => &[],
        }
    }

    /// The words to look for. Those that were deleted are not searched.
    fn wanted(&self) -> Option<&str> {
        Some(self.filter.trim()).filter(|text| !text.is_empty() && !self.deleted)
    }

    /// Whether messages are being searched.
    pub(crate) fn is_searching(&self) -> bool {
        self.wanted().is_some_and(|text| self.found.as_ref().is_none_or(|found| found.text != text))
    }

    /// How many rows can be marked.
    pub(crate) fn len(&self) -> usize {
        self.fitting.len() + self.hits().len()
    }

    /// The marked row.
    pub(crate) fn marked(&self) -> Option<Marked<'_>> {
        match self.selected.checked_sub(self.fitting.len()) {
            None => self.titles().nth(self.selected).map(Marked::Title),
            Some(at) => self.hits().get(at).map(Marked::Hit),
        }
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        super::super::overlay::edit_filter(&mut self.filter, edit);
        self.typed();
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.filter.push_str(&clean_line(text.lines().next().unwrap_or_default()));
        self.typed();
    }

    fn typed(&mut self) {
        self.selected = 0;
        self.refit();
    }

    /// The others are listed: those that were deleted, or those that were not.
    pub(super) fn switch(&mut self) {
        self.deleted = !self.deleted;
        self.list = None;
        self.typed();
    }

    /// What is to be searched for now; nothing while an earlier search is open.
    pub(super) fn next_search(&self) -> Option<String> {
        self.wanted().filter(|_| self.is_searching() && self.open.search.is_none()).map(str::to_owned)
    }

    /// What was found for `text`; dropped where something else is typed by now.
    pub(super) fn put_hits(&mut self, text: String, hits: Vec<Hit>) {
        if self.wanted() == Some(text.as_str()) {
            self.found = Some(Found { text, hits });
        }
    }

    /// Which conversation is to be shown beside the list; nothing while another is on its way.
    pub(super) fn next_preview(&self) -> Option<ConversationId> {
        let id = self.marked()?.summary().id;
        (self.open.preview.is_none() && self.preview.as_ref().is_none_or(|preview| preview.id != id)).then_some(id)
    }

    pub(super) fn put_preview(&mut self, id: ConversationId, conversation: Option<&Conversation>) {
        let transcript = conversation.map(end_of).unwrap_or_default();
        self.preview = Some(Preview { id, transcript, scroll: Scroll::default() });
    }

    /// What was said last may be another thing by now.
    pub(super) fn forget_preview(&mut self) {
        self.preview = None;
    }

    /// The end of the marked conversation, once it is there.
    pub(crate) fn preview(&mut self) -> Option<&mut Preview> {
        let id = self.marked()?.summary().id;
        self.preview.as_mut().filter(|preview| preview.id == id)
    }

    /// The title of the marked one is written.
    pub(super) fn open_naming(&mut self) {
        let Some(summary) = self.marked().map(Marked::summary) else { return };
        let mut words = Composer::default();
        words.load_words(&Prompt::typed(clean_line(&summary.title).into_owned()));
        self.doing = Doing::Name(Box::new(Naming { id: summary.id, words }));
    }

    /// It is asked which form the file of the marked one is to have.
    pub(super) fn open_format(&mut self) {
        if let Some(summary) = self.marked().map(Marked::summary) {
            self.doing = Doing::Format(summary.id, summary.title.clone());
        }
    }

    /// The title that is written.
    pub(super) fn naming(&mut self) -> Option<&mut Naming> {
        match &mut self.doing {
            Doing::Name(naming) => Some(naming),
            _ => None,
        }
    }

    /// Keys go to the list again; false where they did.
    pub(in crate::app) fn go_back(&mut self) -> bool {
        !matches!(std::mem::take(&mut self.doing), Doing::List)
    }
}

/// The form of a file that a letter stands for.
pub(super) fn format_of(letter: char) -> Option<ExportFormat> {
    match letter.to_ascii_lowercase() {
        'm' => Some(ExportFormat::Markdown),
        'j' => Some(ExportFormat::Json),
        'h' => Some(ExportFormat::Html),
        _ => None,
    }
}

/// The last messages of a conversation.
fn end_of(conversation: &Conversation) -> Transcript {
    let mut lines = 0;
    let is_shown = |message: &&Message| {
        let before = lines;
        lines += if message.role == Role::User { 1 } else { message.text.lines().count() };
        before < PREVIEWED
    };
    let last: Vec<&Message> = conversation.messages.iter().rev().take_while(is_shown).collect();
    let mut transcript = Transcript::new();
    for message in last.into_iter().rev() {
        match message.role {
            Role::User => _ = transcript.add(BlockKind::User, &shown(&message.prompt)),
            Role::Assistant if message.text.is_empty() => {}
            Role::Assistant => _ = transcript.share(BlockKind::Answer, &message.text),
        }
    }
    transcript
}
