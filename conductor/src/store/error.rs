//! What goes wrong with a database, named by what one does next, with a hint for each.
//!
//! What must stay true: no error carries the words of a message.

use crate::domain::{ConversationId, Failure, FailureKind, LedgerSeq, MessageId};
use rusqlite::{Error as SqlError, ErrorCode};
use std::path::{Path, PathBuf};

/// Why the store did not do what it was asked. Where nothing else is said, nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A newer Segno has written it. It was not touched.
    #[error("the database {} is of a newer segno (schema {found}, this one knows {known})", path.display())]
    Newer {
        /// The number of its schema.
        found: i64,
        /// The newest that this Segno knows.
        known: i64,
        /// The file.
        path: PathBuf,
    },
    /// Another program has written it. It was not touched.
    #[error("the database {} was not made by segno", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read, or only in part.
    #[error("the database {} is damaged: {what}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        what: String,
    },
    /// A damaged one was put aside, but there is no new one.
    #[error("{error}; the damaged one before it is kept as {}", kept.display())]
    NotReplaced {
        /// Where the damaged one is now.
        kept: PathBuf,
        /// Why there is no new one.
        error: Box<StoreError>,
    },
    /// The file or its folder could not be made or opened.
    #[error("the database {} could not be opened: {what}", path.display())]
    Unopenable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        what: String,
    },
    /// It may be read, but not written.
    #[error("the database {} cannot be written to", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No space is left.
    #[error("the disk of the database {} is full", path.display())]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// Another program held it for too long.
    #[error("the database {} is locked by another program", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// There is no such conversation.
    #[error("there is no conversation {}", .0.0)]
    NoSuchConversation(ConversationId),
    /// There is no such message in the conversation.
    #[error("there is no message {} there", .0.0)]
    NoSuchMessage(MessageId),
    /// An answer is coming in the conversation.
    #[error("an answer is coming in conversation {}", .0.0)]
    Answering(ConversationId),
    /// What was purged may still be in the file: another process reads what was there before.
    #[error("what is purged is gone from every list, but another Segno reads just now, so that bytes may still be in the file")]
    Unswept,
    /// The message is no answer that is still coming.
    #[error("message {} is no answer that is still coming", .0.0)]
    NotStreaming(MessageId),
    /// An answer cannot end as one that is still coming.
    #[error("message {} cannot end as one that is still coming", .0.0)]
    NotAnEnd(MessageId),
    /// The row of the ledger is no intent that waits for its outcome.
    #[error("row {0} of the ledger is nothing that waits for an outcome")]
    NoOpenIntent(LedgerSeq),
    /// Another process changed the playbook meanwhile.
    #[error("the playbook {playbook} was changed by another segno meanwhile")]
    Changed {
        /// Its name.
        playbook: String,
    },
    /// A row holds something this Segno has no word for.
    #[error("the database {} holds something that cannot be read: {what}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What.
        what: String,
    },
    /// The schema could not be brought up to date; it is as it was.
    #[error("the database {} could not be brought to schema {to}: {what}", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// The number it did not reach.
        to: i64,
        /// Why.
        what: String,
    },
    /// Something else.
    #[error("the database {} failed: {what}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the database said.
        what: String,
    },
    /// The store was closed, or its thread is gone.
    #[error("the database is closed")]
    Closed,
}

impl StoreError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Newer { .. } => "update segno; the file was not touched".to_owned(),
            Self::Foreign { .. } => "move that file elsewhere; it was not touched".to_owned(),
            Self::Corrupt { path, .. } => format!(
                "end segno, move {} and the files beside it that end in -wal and -shm elsewhere, and start again",
                path.display()
            ),
            Self::NotReplaced { error, .. } => error.hint(),
            Self::Unopenable { .. } | Self::ReadOnly { .. } => {
                "check that the folder is there and that both it and the file are yours to write".to_owned()
            }
            Self::Full { .. } => "free some space and try again; until then nothing is stored".to_owned(),
            Self::Locked { .. } => "end the program that holds it, then try again".to_owned(),
            Self::NoSuchConversation(_) => "`/resume` lists those that are stored".to_owned(),
            Self::NoSuchMessage(_) => "open the conversation again: it is read anew".to_owned(),
            Self::Answering(_) => "wait for its end, or stop it with Esc".to_owned(),
            Self::Unswept => "purge again once it has ended".to_owned(),
            Self::NotStreaming(_) | Self::NotAnEnd(_) | Self::NoOpenIntent(_) => {
                "this is a mistake in segno; please report it".to_owned()
            }
            Self::Changed { .. } => "try again: it is read anew".to_owned(),
            Self::Unreadable { .. } => "update segno: a newer one may have written it".to_owned(),
            Self::Migration { .. } => "the file is as it was; keep a copy and report this".to_owned(),
            Self::Failed { .. } => "check the disk, and look into the log".to_owned(),
            Self::Closed => "start segno again".to_owned(),
        }
    }

    /// The same for a front end.
    pub fn failure(&self) -> Failure {
        Failure::new(FailureKind::Storage, self.to_string(), self.hint())
    }

    /// SQLite's code, whichever way rusqlite wrapped it.
    fn code(error: &SqlError) -> Option<ErrorCode> {
        match error {
            SqlError::SqliteFailure(error, _) | SqlError::SqlInputError { error, .. } => Some(error.code),
            _ => None,
        }
    }

    /// True for the general error, which a statement gets that does not fit the schema.
    pub(super) fn is_plain(error: &SqlError) -> bool {
        Self::code(error) == Some(ErrorCode::Unknown)
    }

    /// True where waiting may help.
    pub(super) fn is_busy(error: &SqlError) -> bool {
        matches!(Self::code(error), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    /// SQLite's words, without the statement.
    pub(super) fn words(error: &SqlError) -> String {
        match error {
            SqlError::SqlInputError { msg, .. } => msg.clone(),
            other => other.to_string(),
        }
    }
}

/// An error before it knows of which file it is.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The database said so.
    Sql(SqlError),
    /// Seen by ourselves.
    Damaged(String),
    /// See [`StoreError::Newer`].
    Newer { found: i64, known: i64 },
    /// See [`StoreError::Foreign`].
    Foreign,
    /// See [`StoreError::Migration`].
    Migration { to: i64, what: String },
    /// Not about the file.
    Other(StoreError),
}

impl From<SqlError> for Trouble {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Other(error)
    }
}

impl Trouble {
    /// The error, of the database at `path`.
    pub(super) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        let error = match self {
            Self::Sql(error) => error,
            Self::Damaged(what) => return StoreError::Corrupt { path, what },
            Self::Newer { found, known } => return StoreError::Newer { found, known, path },
            Self::Foreign => return StoreError::Foreign { path },
            Self::Migration { to, what } => return StoreError::Migration { path, to, what },
            Self::Other(error) => return error,
        };
        let what = StoreError::words(&error);
        match (StoreError::code(&error), &error) {
            // We write UTF-8 alone: other bytes are damage.
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _) | (_, SqlError::Utf8Error(..)) => {
                StoreError::Corrupt { path, what }
            }
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => StoreError::Locked { path },
            (Some(ErrorCode::DiskFull), _) => StoreError::Full { path },
            (Some(ErrorCode::ReadOnly), _) => StoreError::ReadOnly { path },
            (Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied), _) => StoreError::Unopenable { path, what },
            (
                _,
                SqlError::FromSqlConversionFailure(..) | SqlError::IntegralValueOutOfRange(..) | SqlError::InvalidColumnType(..),
            ) => StoreError::Unreadable { path, what },
            _ => StoreError::Failed { path, what },
        }
    }
}
