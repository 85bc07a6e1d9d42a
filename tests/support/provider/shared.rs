//! What the fake knows, behind one lock that is never held while anything is awaited.

use super::{Behaviour, Script};
use crate::http::{Journal, Next, Request, Service};
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Chat completions.
    OpenAi,
    /// Messages.
    Anthropic,
}

impl Format {
    /// The path that questions go to.
    #[must_use]
    pub fn chat_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/chat/completions",
            Self::Anthropic => "/v1/messages",
        }
    }
}

/// All that changes.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The one key that is taken.
    pub(super) key: Option<String>,
    /// No key is wanted.
    pub(super) open: bool,
    pub(super) models: Vec<(String, Script)>,
    pub(super) listing: Behaviour,
    pub(super) answered: HashMap<String, usize>,
}

impl State {
    /// The script of a model. Names are exact: a provider knows no tags.
    pub(super) fn find(&self, name: &str) -> Option<&Script> {
        self.models.iter().find(|(model, _)| model == name).map(|(_, script)| script)
    }

    /// Puts a model in, or gives it another script.
    pub(super) fn set(&mut self, name: &str, script: Script) {
        match self.models.iter_mut().find(|(model, _)| model == name) {
            Some((_, old)) => *old = script,
            None => self.models.push((name.to_owned(), script)),
        }
    }
}

/// The state, and what was seen.
pub(super) struct Shared {
    format: Format,
    state: Mutex<State>,
    journal: Journal,
    when_touched: Option<Box<dyn Fn() + Send + Sync>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("format", &self.format).field("state", &self.state).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(format: Format) -> Self {
        Self { format, state: Mutex::default(), journal: Journal::default(), when_touched: None }
    }

    pub(super) fn when_touched(&mut self, look: impl Fn() + Send + Sync + 'static) {
        self.when_touched = Some(Box::new(look));
    }

    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Reads or changes the state. A panic in one test thread does not hide the others' words behind a poisoned lock.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Shared {
    fn journal(&self) -> &Journal {
        &self.journal
    }

    fn touched(&self) {
        if let Some(look) = &self.when_touched {
            look();
        }
    }

    fn answer(request: &Request, out: &mut Out<'_>) -> impl Future<Output = io::Result<Next>> + Send {
        super::routes::route(request, out)
    }
}

/// An answer of this fake.
pub(super) type Out<'a> = crate::http::Out<'a, Shared>;
