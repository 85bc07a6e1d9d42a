//! The command line.

mod history;
mod playbook;

pub use history::{ExportHistory, Format, HistoryCommand, Purge};
pub use playbook::{Export, Import, Measure, Merge, One, Parts, PlaybookCommand, Target, Text, Train};

use clap::builder::FalseyValueParser;
use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segno                                     open the chat
  segno demo                                a tour, without any model
  segno --continue                          open the chat where you left it
  segno --plain                             chat in plain lines, without a screen
  segno ask \"what does EAGAIN mean?\"        one question, one answer
  segno ask -a cat.png \"who is this?\"       with an image or a file
  git diff | segno ask \"review this\"        with a file or another program's output
  segno ask -m mistral:7b \"a haiku, please\" ask this model
  segno pull llama3.1:8b                    get a model
  segno route \"prove that 7 is prime\"       who would be asked, and why
  segno doctor                              what was found, what is wrong, what to do";

const ROUTE_FILES: &str = "\
A line of FILE is {\"prompt\": \"...\"}, and for a report on how well it is told {\"prompt\": ..., \"label\": \"CodeGeneration\"};
\"labels\": [...] beside it are classes that are right, too. The classes: QuickResponse, DeepThinking, CodeGeneration,
Mathematical, Creative, ToolUse, General. With --json each line is answered by one with class, confidence, complexity, model and
reason; the model is the one that would be asked if all local models of the configuration were installed.";

const EXIT_CODES: &str = "\
Exit codes:
  0    a model answered
  1    nothing came, or you did not let it leave this machine: the reason is on stderr
  2    wrong usage, or a configuration that cannot be read
  3    the answer broke off: what came is on stdout
  4    no model was there, and the built-in guide answered
  130  interrupted (Ctrl-C)";

/// A local-first, multi-model assistant for the terminal.
#[derive(Debug, Parser)]
#[command(name = "segno", bin_name = "segno", version, about, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Args {
    /// What to do; the chat when left out.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Options that every command takes.
    #[command(flatten)]
    pub common: Common,

    /// Open the conversation that was last written to.
    #[arg(long = "continue", short = 'c')]
    pub resume: bool,

    /// Chat in plain lines, for screen readers and terminals that can do little.
    #[arg(long)]
    pub plain: bool,
}

/// Options that every command takes.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct Common {
    /// Read this configuration file instead of the usual one.
    #[arg(long, global = true, value_name = "FILE", env = "SEGNO_CONFIG")]
    pub config: Option<PathBuf>,

    /// Set a value for this run, such as `timeouts.stall=90s`. May be given more than once.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Ask this model first instead of letting Segno choose.
    #[arg(long, short, global = true, value_name = "NAME", env = "SEGNO_MODEL")]
    pub model: Option<String>,

    /// Let nothing leave this machine, whatever else is said.
    #[arg(long, global = true, env = "SEGNO_OFFLINE", value_parser = FalseyValueParser::new())]
    pub offline: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask one question and print the answer.
    #[command(after_help = EXIT_CODES)]
    Ask(Ask),
    /// List the models of the server, or all that a provider has.
    Models(Models),
    /// Say what a question is taken for, who would be asked, and why; or label a file of prompts. No model is asked.
    #[command(after_help = ROUTE_FILES)]
    Route(Route),
    /// Make vectors of texts with a local model for embeddings: one JSON object a text, one a line.
    Embed(Embed),
    /// Look after images.
    Image {
        /// What to do with one.
        #[command(subcommand)]
        what: ImageCommand,
    },
    /// Have the server fetch a model.
    Pull {
        /// The model's name, such as `llama3.1:8b`.
        name: String,

        /// Say yes beforehand to this registry, where the name of the model says another than Ollama's own.
        #[arg(long, value_name = "HOST")]
        allow_registry: Option<String>,
    },
    /// Look after playbooks: lines of advice that go into prompts.
    Playbook {
        /// What to do.
        #[command(subcommand)]
        what: PlaybookCommand,
    },
    /// Look after the stored conversations: list, search, export, delete.
    History {
        /// What to do.
        #[command(subcommand)]
        what: HistoryCommand,
    },
    /// What has left this machine.
    Ledger {
        /// What to do.
        #[command(subcommand)]
        what: LedgerCommand,
    },
    /// Keep the keys of providers.
    Keys {
        /// What to do with them.
        #[command(subcommand)]
        what: KeysCommand,
    },
    /// Say what was found, what is wrong, and what to do.
    Doctor(Output),
    /// Search texts for passwords and keys. Exit code 1 when something is found.
    Scan(Scan),
    /// Get the JSON out of what models wrote.
    Json {
        /// What to do.
        #[command(subcommand)]
        what: JsonCommand,
    },
    /// Take a tour with simulated models: nothing is contacted, nothing is kept.
    Demo {
        /// Have answers come at once, not word by word.
        #[arg(long)]
        fast: bool,
    },
    /// Print what has a shell complete the words of `segno`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Look at the configuration.
    Config {
        /// What to look at.
        #[command(subcommand)]
        what: ConfigCommand,
    },
}

/// `segno ask`
#[derive(Debug, ClapArgs)]
pub struct Ask {
    /// The question; what is piped in is added to it.
    #[arg(value_name = "QUESTION")]
    pub question: Vec<String>,

    /// Print one JSON event a line instead of the answer.
    #[arg(long)]
    pub json: bool,

    /// Say yes beforehand, this once, to sending the question to this provider; to another it is a no.
    #[arg(long, value_name = "PROVIDER")]
    pub allow_external: Option<String>,

    /// Take out secrets before it is sent. Without this, a question with a secret is not sent.
    #[arg(long, requires = "allow_external")]
    pub redact: bool,

    /// Send this file or image with the question. May be given more than once.
    #[arg(long, short, value_name = "FILE")]
    pub attach: Vec<PathBuf>,
}

/// `segno route`
#[derive(Debug, Clone, ClapArgs)]
pub struct Route {
    /// The question.
    #[arg(value_name = "QUESTION", required_unless_present = "file")]
    pub question: Vec<String>,

    /// Label the prompts of this file, one JSON object a line; `-` is what is piped in. Contacts nobody.
    #[arg(long, value_name = "FILE", conflicts_with = "question")]
    pub file: Option<PathBuf>,

    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `segno embed`
#[derive(Debug, Clone, ClapArgs)]
pub struct Embed {
    /// The text, its words joined; without it what is piped in is the text.
    #[arg(value_name = "TEXT")]
    pub text: Vec<String>,

    /// Take each line that is piped in for a text; empty ones are left out.
    #[arg(long, conflicts_with = "text")]
    pub lines: bool,
}

/// `segno ledger`
#[derive(Debug, Clone, Subcommand)]
pub enum LedgerCommand {
    /// List what has left, newest first.
    List {
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,

        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// Print all that is known of one row.
    Show {
        /// The number of the row.
        seq: i64,
    },
    /// Look whether the ledger is as it was written. Exit code 1 where it is not.
    Verify,
    /// Write all rows, oldest first, one JSON object a line.
    Export {
        /// Where to; stdout when left out or `-`.
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,

        /// Write over a file that is there.
        #[arg(long)]
        force: bool,
    },
}

/// `segno models`
#[derive(Debug, Clone, ClapArgs)]
pub struct Models {
    /// Ask this provider for the names of all its models.
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,

    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `segno keys`
#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Keep a key: typed without being shown, or one line that is piped in.
    Set {
        /// The provider, such as `openai`.
        provider: String,
    },
    /// Print where the key of each provider comes from; never a key.
    List(Output),
    /// Take a key out of the file (or the keyring) that `set` put it in.
    Remove {
        /// The provider, such as `openai`.
        provider: String,
    },
    /// Ask a provider whether it takes the key. No words of yours are sent.
    Check {
        /// The provider, such as `openai`.
        provider: String,
    },
}

/// `segno image`
#[derive(Debug, Clone, Subcommand)]
pub enum ImageCommand {
    /// Write an image without its metadata: as it would go to a model.
    Clean {
        /// The image; `-` reads from stdin.
        #[arg(value_name = "IN")]
        input: PathBuf,
        /// The file to write; `-` writes to stdout.
        #[arg(value_name = "OUT")]
        output: PathBuf,
        /// Overwrite OUT.
        #[arg(long)]
        force: bool,
    },
}

/// How to print.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct Output {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `segno scan`
#[derive(Debug, Clone, ClapArgs)]
pub struct Scan {
    /// The files; `-`, or none at all, is what is piped in.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Print JSON.
    #[arg(long, conflicts_with = "jsonl")]
    pub json: bool,

    /// Read a JSON object with a `text` from each line, and print one a line.
    #[arg(long)]
    pub jsonl: bool,
}

/// `segno json`
#[derive(Debug, Clone, Subcommand)]
pub enum JsonCommand {
    /// Print the JSON object in an answer. Exit code 1 when it is truncated or invalid.
    Recover(Recover),
}

/// `segno json recover`
#[derive(Debug, Clone, ClapArgs)]
pub struct Recover {
    /// The answer; `-`, or none at all, is what is piped in.
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Read a JSON object with a `text` from each line, and print a verdict for each.
    #[arg(long)]
    pub jsonl: bool,
}

/// `segno config`
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigCommand {
    /// Print every value in force, and where it comes from.
    Show(Output),
    /// Check the files and say what is wrong with them.
    Check,
    /// Print where the files are.
    Path,
    /// Open your file in your editor, and check it before it holds.
    Edit,
    /// List the themes of the screen, or print one, to begin your own from.
    Themes {
        /// The theme to print: `dark`.
        #[arg(value_name = "NAME")]
        name: Option<String>,

        /// How to print.
        #[command(flatten)]
        output: Output,
    },
    /// List the prompts of the models that learn, or print one, to begin your own from.
    Prompts {
        /// The prompt to print: `reflector.v2`.
        #[arg(value_name = "NAME")]
        name: Option<String>,

        /// How to print.
        #[command(flatten)]
        output: Output,
    },
}
