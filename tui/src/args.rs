//! The command line.

use clap::{Args as ClapArgs, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  segno                                     open the chat
  segno --continue                          open the chat where you left it
  segno ask \"what does EAGAIN mean?\"        one question, one answer
  git diff | segno ask \"review this\"        with a file or another program's output
  segno ask -m mistral:7b \"a haiku, please\" ask this model
  segno pull llama3.1:8b                    get a model
  segno doctor                              what was found, what is wrong, what to do";

const EXIT_CODES: &str = "\
Exit codes:
  0    a model answered
  1    nothing came: the reason is on stderr
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
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ask one question and print the answer.
    #[command(after_help = EXIT_CODES)]
    Ask(Ask),
    /// List the models of the server.
    Models(Output),
    /// Have the server fetch a model.
    Pull {
        /// The model's name, such as `llama3.1:8b`.
        name: String,
    },
    /// Say what was found, what is wrong, and what to do.
    Doctor(Output),
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
}

/// How to print.
#[derive(Debug, Clone, Copy, ClapArgs)]
pub struct Output {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// `segno config`
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Print every value in force, and where it comes from.
    Show(Output),
    /// Check the files and say what is wrong with them.
    Check,
    /// Print where the files are.
    Path,
}
