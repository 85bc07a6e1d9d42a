//! `segno history`

use super::Output;
use clap::{ArgGroup, Args as ClapArgs, Subcommand, ValueEnum};
use std::path::PathBuf;

/// What to do with the history.
#[derive(Debug, Subcommand)]
pub enum HistoryCommand {
    /// List the conversations, last written to first.
    List {
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,

        /// Those that were deleted and can be restored.
        #[arg(long)]
        deleted: bool,

        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Find messages with all of these words, newest first; versions that are not shown now are found, too.
    Search {
        /// What to look for, as it stands.
        #[arg(required = true, value_name = "WORDS")]
        words: Vec<String>,

        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: u32,

        /// Only messages before this one, by its number.
        #[arg(long, value_name = "MESSAGE")]
        before: Option<i64>,

        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Print a conversation as Markdown.
    Show {
        /// The number of the conversation.
        id: i64,
    },
    /// Write a conversation to a file. As JSON it holds all versions and can be imported.
    Export(ExportHistory),
    /// Take in conversations that were exported as JSON: all of them, or none where something is wrong. Nothing is learnt from them.
    Import {
        /// The file; stdin where it is `-`.
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Give a conversation another title.
    Rename {
        /// The number of the conversation.
        id: i64,

        /// The title.
        #[arg(required = true, value_name = "TITLE")]
        title: Vec<String>,
    },
    /// Hide a conversation. For some days it can be restored; then it is gone for good.
    Delete {
        /// The number of the conversation.
        id: i64,
    },
    /// Bring back a conversation that was deleted.
    Restore {
        /// The number of the conversation.
        id: i64,
    },
    /// Take conversations away for good, at once. Says which, and asks.
    Purge(Purge),
}

/// `segno history export`
#[derive(Debug, ClapArgs)]
pub struct ExportHistory {
    /// The number of the conversation, and the file to write to; stdout when left out or `-`. With --all the file alone.
    #[arg(value_name = "ID [FILE]", num_args = 0..=2, required_unless_present = "all")]
    pub words: Vec<String>,

    /// All conversations that are not deleted, as JSON: one a line.
    #[arg(long)]
    pub all: bool,

    /// How it is written.
    #[arg(long, value_enum, default_value_t = Format::Markdown)]
    pub format: Format,

    /// Write over a file that is there.
    #[arg(long)]
    pub force: bool,
}

/// How a conversation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: what is shown.
    Markdown,
    /// All of it; can be imported.
    Json,
    /// One page for a browser: what is shown.
    Html,
}

/// `segno history purge`
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("which").required(true).multiple(false).args(["id", "deleted", "older_than", "all"])))]
pub struct Purge {
    /// The number of one conversation.
    pub id: Option<i64>,

    /// Those that were deleted.
    #[arg(long)]
    pub deleted: bool,

    /// Those that were not written to for so many days.
    #[arg(long, value_name = "DAYS")]
    pub older_than: Option<u32>,

    /// All of them, drafts too.
    #[arg(long)]
    pub all: bool,

    /// Do not ask. Needed where there is no terminal.
    #[arg(long)]
    pub yes: bool,
}
