//! Calls of the store about the history: versions, the search, what is deleted, what a file brings along, and drafts.

use super::purge::{self, Purged};
use super::versions::{self, NewTree, Tree};
use super::{Store, StoreError, asked, conversations, drafts, search};
use crate::domain::{Conversation, ConversationId, ConversationSummary, Doomed, Hit, Message, MessageId, PastPrompt};

impl Store {
    /// Has the path shown that goes through a message, and down to the newest end below it; gives the conversation.
    ///
    /// # Errors
    /// `NoSuchMessage`, `Answering` where this store is writing an answer in the conversation, and what a database may do.
    pub async fn show(&self, at: MessageId) -> Result<Conversation, StoreError> {
        self.run(move |db| versions::show(db, at)).await
    }

    /// One message, whether it is shown now or not.
    ///
    /// # Errors
    /// `NoSuchMessage`, and what a database may do.
    pub async fn message(&self, id: MessageId) -> Result<Message, StoreError> {
        self.run(move |db| versions::message(db, id)).await
    }

    /// A conversation with all versions of its messages.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn tree(&self, id: ConversationId) -> Result<Option<Tree>, StoreError> {
        self.run(move |db| versions::tree(db, id)).await
    }

    /// Stores conversations that a file brought along, all of them or none, and gives their numbers. They count as written
    /// to now, and nothing is learnt from them.
    ///
    /// # Errors
    /// `NoSuchMessage` where one names a place in its list that comes later or is none, and what a database may do.
    pub async fn import(&self, new: Vec<NewTree>) -> Result<Vec<ConversationId>, StoreError> {
        self.run(move |db| versions::import(db, &new)).await
    }

    /// Messages with all of the words, also those that are not shown now, the newest first: those before `before`, at most `limit`.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn search(&self, text: String, limit: u32, before: Option<MessageId>) -> Result<Vec<Hit>, StoreError> {
        self.run(move |db| search::find(&mut db.conn, &text, limit, before)).await
    }

    /// At most `limit` of the conversations that were deleted and can be restored, last written to first.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn deleted(&self, limit: u32) -> Result<Vec<ConversationSummary>, StoreError> {
        self.run(move |db| conversations::list(&db.conn, limit, true)).await
    }

    /// Hides a conversation, until it is restored or purged.
    ///
    /// # Errors
    /// `NoSuchConversation`, `Answering` where an answer is coming in it, whichever process writes it, and what a database may do.
    pub async fn delete(&self, id: ConversationId, now_ms: i64) -> Result<ConversationSummary, StoreError> {
        self.run(move |db| purge::delete(db, id, now_ms)).await
    }

    /// Brings a conversation back that was deleted.
    ///
    /// # Errors
    /// `NoSuchConversation`, and what a database may do.
    pub async fn restore(&self, id: ConversationId) -> Result<ConversationSummary, StoreError> {
        self.run(move |db| purge::restore(db, id)).await
    }

    /// What [`Self::purge`] would take, last written to first.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn doomed(&self, which: Doomed) -> Result<Vec<ConversationSummary>, StoreError> {
        self.run(move |db| purge::doomed(&db.conn, which)).await
    }

    /// Takes at most `most` conversations away for good, and what models wrote for the playbooks that could not be read; those in which
    /// an answer is coming stay, whichever process writes it. The file is free of them after [`Self::sweep`].
    ///
    /// # Errors
    /// `Answering` where an answer is coming in the one that is named, and what a database may do.
    pub async fn purge(&self, which: Doomed, most: u32) -> Result<Purged, StoreError> {
        self.run(move |db| purge::step(db, which, most)).await
    }

    /// Empties the log beside the database, where what was purged may still stand. With `everything` drafts go, and what models wrote
    /// for the playbooks that could not be read, also where nothing was purged.
    ///
    /// # Errors
    /// `Unswept` where another process reads what was there before, and what a database may do.
    pub async fn sweep(&self, everything: bool) -> Result<(), StoreError> {
        self.run(move |db| purge::sweep(&mut db.conn, everything)).await
    }

    /// What is being written in a conversation; with `None`, in the one that is not begun yet. That is what this process wrote, or else
    /// what one left that has ended: the newest of it, which is this one's from now on.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn draft(&self, of: Option<ConversationId>) -> Result<Option<String>, StoreError> {
        self.run(move |db| drafts::get(db, of)).await
    }

    /// Keeps what is being written; nothing is kept of an empty text.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn keep_draft(&self, of: Option<ConversationId>, text: String, now_ms: i64) -> Result<(), StoreError> {
        self.run(move |db| drafts::keep(db, of, &text, now_ms)).await
    }

    /// What the user asked before, the newest first, each once: at most `limit` of them and `bytes` of words in all.
    ///
    /// # Errors
    /// What a database may do.
    pub async fn prompts(&self, limit: usize, bytes: usize) -> Result<Vec<PastPrompt>, StoreError> {
        self.run(move |db| asked::prompts(&db.conn, limit, bytes)).await
    }
}
