//! What a front end asks, and what it is answered.
//!
//! What must stay true: a question changes nothing that anybody sees; that for a draft makes what a closed window left this one's.

use super::ModelsSnapshot;
use crate::domain::{
    BulletId, BulletWhy, ChatOrigin, ContextReport, Conversation, ConversationId, ConversationSummary, Delta, DomainConfig,
    Doomed, ExportFormat, Failure, Hit, Learning, LedgerRow, LedgerSeq, LedgerVerdict, Message, MessageId, ModelId, PastPrompt,
    Plan, Playbook, PlaybookKey, PrivacyState, Prompt,
};

/// A question; see [`Query::Draft`] for the one that may move something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// The stored conversations, last written to first.
    Conversations {
        /// At most so many.
        limit: u32,
        /// Those that were deleted, and no others.
        deleted: bool,
    },
    /// One conversation as it is shown, also one that was deleted.
    Conversation(ConversationId),
    /// One message, whether it is shown now or not.
    Message(MessageId),
    /// Messages with all of these words, the newest first: those that are not shown now are found, too, those of deleted
    /// conversations are not.
    Search {
        /// What is looked for, as it stands; upper and lower case are one.
        text: String,
        /// At most so many.
        limit: u32,
        /// Only those before this one.
        before: Option<MessageId>,
    },
    /// The conversations that [`ConversationCommand::Purge`](super::ConversationCommand::Purge) would take away.
    Doomed(Doomed),
    /// A conversation as a file; `None` for all that are not deleted, as JSON alone.
    Export {
        /// Which.
        conversation: Option<ConversationId>,
        /// How it is written.
        format: ExportFormat,
    },
    /// What was being written in a conversation, or in the one that was not begun yet: here, or in a window that is open no more.
    Draft(Option<ConversationId>),
    /// What the user asked before, in whatever conversation, the newest first and each once.
    Prompts {
        /// At most so many, and [`MOST_PROMPTS`] in any case.
        limit: u32,
    },
    /// What is known of servers and models; asks the server first if it was not asked yet.
    Models,
    /// Who would be asked for a prompt in the open conversation, and why. Nothing is sent to a model.
    Route {
        /// The prompt.
        prompt: Prompt,
        /// The model that is named for it, where one is.
        model: Option<ModelId>,
    },
    /// What of the open conversation a model is shown.
    Context,
    /// Nothing: answered once all is done, and said by events, that the commands before it asked for, but for what takes as long as a
    /// model does and says itself when it ends.
    Settled,
    /// What may leave the machine now.
    Privacy,
    /// Rows of the ledger, newest first.
    Ledger {
        /// Only those before this one.
        before: Option<LedgerSeq>,
        /// At most so many.
        limit: u32,
    },
    /// One row of the ledger and, where it is an intent, the outcome that belongs to it.
    LedgerRow(LedgerSeq),
    /// Whether the whole ledger is as it was written.
    VerifyLedger,
    /// All playbooks, by name.
    Playbooks,
    /// How learning stands.
    Learning,
    /// What is noted of a playbook beside its bullets.
    Facts(PlaybookKey),
    /// The playbook that a name means: a stored one, or, where none is called so, what the name says it would be.
    PlaybookNamed(String),
    /// What changed a playbook, the newest first.
    Deltas {
        /// Which.
        key: PlaybookKey,
        /// At most so many; all without it.
        limit: Option<u32>,
    },
    /// Why a bullet stands where it stands.
    BulletWhy {
        /// Of which playbook.
        key: PlaybookKey,
        /// Which.
        id: BulletId,
    },
    /// What touched a bullet, the newest first: all of it, of each delta the steps that are about this bullet. A bullet that is gone by
    /// now has its deltas still.
    BulletDeltas {
        /// Of which playbook.
        key: PlaybookKey,
        /// Which.
        id: BulletId,
    },
    /// What is stored of these answers, for whoever asks what bullets came from.
    ChatOrigins(Vec<MessageId>),
    /// A playbook as a file: JSON, or JSONL with one bullet a line.
    Exported {
        /// Which.
        key: PlaybookKey,
        /// One bullet a line.
        lines: bool,
    },
}

/// The most questions of [`Query::Prompts`].
pub const MOST_PROMPTS: u32 = 2000;

/// Bytes of the words of [`Query::Prompts`] in all.
pub const PROMPT_BYTES: usize = 256 * 1024;

/// What a [`Query`] is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// To [`Query::Conversations`] and [`Query::Doomed`].
    Conversations(Vec<ConversationSummary>),
    /// To [`Query::Conversation`]; `None` where there is none.
    Conversation(Option<Box<Conversation>>),
    /// To [`Query::Message`].
    Message(Box<Message>),
    /// To [`Query::Search`].
    Found(Vec<Hit>),
    /// To [`Query::Draft`].
    Draft(Option<String>),
    /// To [`Query::Prompts`].
    Prompts(Vec<PastPrompt>),
    /// To [`Query::Models`].
    Models(Box<ModelsSnapshot>),
    /// To [`Query::Route`].
    Route(Box<Plan>),
    /// To [`Query::Context`]; `None` before anybody was asked or chosen.
    Context(Option<Box<ContextReport>>),
    /// To [`Query::Settled`].
    Settled,
    /// To [`Query::Privacy`].
    Privacy(PrivacyState),
    /// To [`Query::Ledger`] and [`Query::LedgerRow`]; empty where there is no such row.
    Ledger(Vec<LedgerRow>),
    /// To [`Query::VerifyLedger`].
    Verdict(LedgerVerdict),
    /// To [`Query::Playbooks`].
    Playbooks(Vec<Playbook>),
    /// To [`Query::Learning`].
    Learning(Learning),
    /// To [`Query::Facts`]; nothing noted where it is not there.
    Facts(Box<DomainConfig>),
    /// To [`Query::PlaybookNamed`]; without bullets where it is not there yet.
    Playbook(Box<Playbook>),
    /// To [`Query::Deltas`] and [`Query::BulletDeltas`].
    Deltas(Vec<Delta>),
    /// To [`Query::BulletWhy`].
    BulletWhy(Box<BulletWhy>),
    /// To [`Query::ChatOrigins`], in their order; those that are gone are left out.
    ChatOrigins(Vec<ChatOrigin>),
    /// To [`Query::Exported`] and [`Query::Export`].
    Text(String),
    /// It could not be answered.
    Failed(Failure),
}
