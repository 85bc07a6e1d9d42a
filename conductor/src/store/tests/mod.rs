//! The store as the session uses it, on real files.

mod dispatch;
mod history;
mod ledger;
mod measures;
mod opening;
mod origins;
mod playbooks;
mod schema;
mod sharing;
mod summaries;
mod turns;

use super::*;
use crate::domain::{BackendId, Location, Message, ModelId, Role, SelectionReason, TaskClass};
use std::path::Path;
use std::thread::JoinHandle;
use tempfile::TempDir;

/// A folder for one test, and the database's path in it.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("segno.db");
    (folder, path)
}

/// A store that waits for others no longer than `patience`, and its thread.
fn start(path: &Path, patience: Duration) -> (Store, JoinHandle<()>) {
    let (jobs, thread) = worker::start(path.to_owned(), patience).unwrap();
    (Store { jobs, shelf: None }, thread)
}

/// A model that the user chose.
fn fixed(model: &str, locked: bool) -> Option<Override> {
    Some(Override { model: ModelId::new(model), locked })
}

fn ask(conversation: Option<ConversationId>, text: &str, now_ms: i64) -> NewTurn {
    NewTurn { conversation, prompt: Prompt::typed(text), model_override: None, domain: None, after: After::Shown, now_ms }
}

fn signature(model: &str) -> Signature {
    Signature {
        model: ModelId::new(model),
        family: "llama".to_owned(),
        backend: BackendId::ollama(),
        location: Location::Local,
        class: TaskClass::General,
        reason: SelectionReason::Default,
    }
}

fn end(text: &str, thinking: &str, status: Status) -> Finish {
    Finish {
        signature: Some(signature("llama3.1:8b")),
        text: text.to_owned(),
        thinking: thinking.to_owned(),
        usage: Usage { prompt_tokens: Some(7), answer_tokens: None },
        timing: Timing { first_token_ms: Some(3), total_ms: 20, load_ms: None, eval_us: Some(9) },
        status,
        cut_by_length: false,
        cost: None,
        labels: Vec::new(),
        attempts: Vec::new(),
        decision: None,
    }
}

impl Store {
    /// One piece, of the answer alone.
    async fn say(&self, answer: MessageId, text: &str) {
        self.append(answer, text.to_owned(), String::new()).await.unwrap();
    }

    /// The messages of a conversation that is there.
    async fn messages(&self, id: ConversationId) -> Vec<Message> {
        self.conversation(id).await.unwrap().unwrap().messages.to_vec()
    }

    /// The answers of a conversation: text and status.
    async fn answers(&self, id: ConversationId) -> Vec<(String, Status)> {
        let messages = self.messages(id).await.into_iter();
        messages
            .filter(|message| message.role == Role::Assistant)
            .map(|message| (message.text.to_string(), message.status))
            .collect()
    }
}

fn said(text: &str, status: Status) -> (String, Status) {
    (text.to_owned(), status)
}

/// A conversation of a file, whose last message is shown.
fn of_a_file(nodes: Vec<Imported>) -> NewTree {
    NewTree {
        title: "of a file".to_owned(),
        created_ms: 1,
        domain: None,
        model_override: None,
        leaf: nodes.len() - 1,
        nodes,
        summaries: Vec::new(),
    }
}
