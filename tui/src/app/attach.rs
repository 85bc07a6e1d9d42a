//! What is attached to the draft: read by somebody else, shown as it comes.
//!
//! What must stay true: words that name a file leave the draft only when the file is there in their place; what could not be
//! read changes nothing; a question does not go while a file of it is being read.

use super::App;
use crate::attach::{Entry, path};
use crate::completion::{Popup, Take};
use crate::msg::Effect;
use crate::sanitise::clean_line;
use crate::words;
use conductor::domain::{Failure, FailureKind, Prompt, Span, estimate_tokens};
use conductor::protocol::Notice;
use std::time::Instant;

/// So many files may go with a question.
const MOST: usize = 16;

/// Before the path of `/attach`.
const COMMAND: &str = "/attach ";

/// A file that is being read.
#[derive(Debug)]
pub(crate) struct Reading {
    id: u64,
    /// The last part of its path, for the eye.
    pub(crate) name: String,
    /// The words of the draft that name it.
    words: Option<String>,
    /// True for a paste that may be no path at all: then nothing is said.
    guessed: bool,
}

/// A folder whose names are offered.
#[derive(Debug)]
pub(crate) struct Listing {
    folder: String,
    /// `None` until they come.
    entries: Option<Vec<Entry>>,
}

/// A path that is being typed.
#[derive(Debug, PartialEq, Eq)]
struct Typing {
    /// As it stands in the draft.
    raw: String,
    /// Behind `@`, and not behind `/attach`.
    inline: bool,
}

impl App {
    /// Has a file read. `words` are those of the draft that name it. False where no more can be attached.
    pub(super) fn attach(&mut self, path: String, words: Option<String>, guessed: bool, now: Instant) -> bool {
        if self.composer.attached().len() + self.reading.len() >= MOST {
            self.say(format!("{MOST} files at most go with a question"), now);
            return false;
        }
        let id = self.next_reading;
        self.next_reading += 1;
        let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        self.reading.push(Reading { id, name: clean_line(last).into_owned(), words, guessed });
        self.effect(Effect::Attach { id, path });
        true
    }

    /// What came of a reading. One that the user took back meanwhile is passed over.
    pub(super) fn attached(&mut self, id: u64, result: Result<Span, Failure>) {
        let Some(at) = self.reading.iter().position(|reading| reading.id == id) else { return };
        let reading = self.reading.remove(at);
        match result {
            Ok(span) => {
                self.composer.attach(span, reading.words.as_deref());
                self.reopen_popup();
            }
            Err(failure) if reading.guessed && failure.kind == FailureKind::NotFound => {}
            Err(failure) => {
                self.notice(&Notice::error(&failure));
                self.room.scroll.to_bottom();
            }
        }
        self.touch();
    }

    /// Inserts what was pasted. Where it is a path and nothing else, and there is such a file, that is attached in its place.
    pub(super) fn paste_into_draft(&mut self, text: &str, now: Instant) {
        let is_argument = self.composer.text().starts_with('/');
        let words = self.composer.paste(text);
        if words.is_empty() {
            self.warn_of_size(text);
        }
        if let Some(path) = path::pasted(text).filter(|_| !is_argument && !words.is_empty()) {
            self.attach(path, Some(words), true, now);
        }
    }

    /// Says where a long paste has no place in the window of any model: nothing is cut off without a word.
    fn warn_of_size(&mut self, text: &str) {
        let tokens = estimate_tokens(text);
        let writers = self.known_models().iter().filter(|model| model.capabilities.completion);
        let fixed = self.room.fixed.as_ref().map(|fixed| &fixed.model);
        let window = writers.filter(|model| fixed.is_none_or(|id| *id == model.id)).map(|model| model.num_ctx as usize).max();
        if let Some(window) = window.filter(|window| tokens > *window) {
            let whose = if fixed.is_some() { "the window of the model" } else { "the largest window of a model here" };
            let what = format!("the paste is about {} tokens; {whose} holds {}", words::grouped(tokens), words::grouped(window));
            self.notice(&Notice::warning(what, "send a part of it, or attach it in pieces"));
            self.room.scroll.to_bottom();
        }
    }

    /// Takes back the file that is being read, the last of them; false where there is none.
    pub(super) fn stop_reading(&mut self) -> bool {
        self.reading.pop().is_some()
    }

    /// What is in a folder.
    pub(super) fn listed(&mut self, folder: &str, entries: Vec<Entry>) {
        if let Some(listing) = self.listing.as_mut().filter(|listing| listing.folder == folder) {
            listing.entries = Some(entries);
            self.reopen_popup();
            self.touch();
        }
    }

    /// The path that is being typed, if one is.
    fn typing(&self) -> Option<Typing> {
        let draft = self.composer.text();
        if let Some(raw) = draft.strip_prefix(COMMAND) {
            let fits = self.composer.at_end() && !raw.contains(['\n', '"', '\'']);
            return fits.then(|| Typing { raw: raw.trim_start().to_owned(), inline: false });
        }
        let before = self.composer.before_cursor().filter(|_| !draft.starts_with('/'))?;
        path::at_word(&before).map(|raw| Typing { raw: raw.to_owned(), inline: true })
    }

    /// Opens, renews or closes the list of files for the path that is being typed; false where none is.
    pub(super) fn reopen_files(&mut self) -> bool {
        let Some(typing) = self.typing() else {
            self.listing = None;
            return false;
        };
        let typed = path::partly(&typing.raw);
        let (folder, _) = path::split(&typed);
        match &self.listing {
            Some(listing) if listing.folder == folder => {
                self.popup = listing.entries.as_ref().and_then(|entries| Popup::of_files(&typed, entries));
            }
            _ => {
                self.listing = Some(Listing { folder: folder.to_owned(), entries: None });
                self.effect(Effect::List(folder.to_owned()));
                self.popup = None;
            }
        }
        true
    }

    /// True where Enter takes the row that is marked: it was gone to with a key, or a name is begun.
    pub(super) fn offers_file(&self) -> bool {
        let Some(popup) = self.popup.as_ref().filter(|popup| popup.is_of_files()) else { return false };
        let is_begun = || {
            let typed = path::partly(&self.typing()?.raw).to_lowercase();
            let (_, name) = path::split(&typed);
            Some(!name.is_empty() && popup.item()?.label.to_lowercase().starts_with(name))
        };
        popup.chosen || is_begun().unwrap_or(false)
    }

    /// Takes a row of the list of files: goes into the folder, or attaches the file.
    pub(super) fn take_file(&mut self, take: &Take, now: Instant) {
        let Some(Typing { raw, inline }) = self.typing() else { return };
        match take {
            Take::Draft { .. } => {}
            Take::Folder(folder) if inline => self.composer.replace_before(&raw, &path::escaped(folder)),
            Take::Folder(folder) => {
                let command = format!("{COMMAND}{}", path::escaped(folder));
                self.composer.load_words(&Prompt::typed(command));
            }
            Take::File(file) => {
                let words = inline.then(|| format!("@{raw}"));
                if self.attach(file.clone(), words, false, now) && !inline {
                    self.composer.take_words();
                }
                (self.popup, self.listing) = (None, None);
                return;
            }
        }
        self.reopen_popup();
    }
}
