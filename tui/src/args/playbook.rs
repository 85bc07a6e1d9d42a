//! The command line of `segno playbook`.
//!
//! What must stay true: a playbook is named by the first word, or apart by `--base` and `--family`, and then by no word.

use super::Output;
use clap::{Args as ClapArgs, Subcommand};
use std::path::PathBuf;

const NAMES: &str = "\
DOMAIN is kind and family, and maybe a subject: `math-qwen`, `math-qwen-fractions`. Where its parts cannot be told apart, say them
with --base, --family and --sub, and leave DOMAIN out. ID is the name of a line, `errors-00012`, or its number, `12`.";

const ADDING: &str = "\
In capitals stands what you put your own words for, as in

    segno playbook add math-qwen --section Errors \"check the signs\"

DOMAIN is kind and family, and maybe a subject: `math-qwen`, `math-qwen-fractions`. Where its parts cannot be told apart, say them
with --base, --family and --sub, and leave DOMAIN out.";

/// `segno playbook`
#[derive(Debug, Clone, Subcommand)]
pub enum PlaybookCommand {
    /// List the playbooks.
    List(Output),
    /// Print the lines of a playbook.
    #[command(override_usage = "segno playbook show DOMAIN [OPTIONS]", after_help = NAMES)]
    Show(One),
    /// Tell why a line stands where it stands, and where it came from.
    #[command(override_usage = "segno playbook why DOMAIN ID [OPTIONS]", after_help = NAMES)]
    Why(One),
    /// Write a line; a playbook that is not there yet is made.
    #[command(override_usage = "segno playbook add DOMAIN [--section SECTION] TEXT", after_help = ADDING)]
    Add(Text),
    /// Put other words in the place of a line's.
    #[command(override_usage = "segno playbook edit DOMAIN ID TEXT [--section SECTION]", after_help = NAMES)]
    Edit(Text),
    /// Take a line away.
    #[command(override_usage = "segno playbook remove DOMAIN ID", after_help = NAMES)]
    Remove(One),
    /// Say yes to a line that was proposed: it goes on trial.
    #[command(override_usage = "segno playbook accept DOMAIN ID", after_help = NAMES)]
    Accept(One),
    /// Say no to a line that was proposed: it is not proposed again.
    #[command(override_usage = "segno playbook refuse DOMAIN ID", after_help = NAMES)]
    Refuse(One),
    /// Move a line one stage up.
    #[command(override_usage = "segno playbook promote DOMAIN ID", after_help = NAMES)]
    Promote(One),
    /// Move a line one stage down.
    #[command(override_usage = "segno playbook demote DOMAIN ID", after_help = NAMES)]
    Demote(One),
    /// Keep a line whatever happens, and in every prompt.
    #[command(override_usage = "segno playbook pin DOMAIN ID", after_help = NAMES)]
    Pin(One),
    /// Treat a pinned line like the others again.
    #[command(override_usage = "segno playbook unpin DOMAIN ID", after_help = NAMES)]
    Unpin(One),
    /// Use a playbook again.
    #[command(override_usage = "segno playbook on DOMAIN", after_help = NAMES)]
    On(One),
    /// Use a playbook no more; it stays.
    #[command(override_usage = "segno playbook off DOMAIN", after_help = NAMES)]
    Off(One),
    /// Take a change back: the last one, or the one with this number.
    #[command(override_usage = "segno playbook undo DOMAIN [CHANGE]", after_help = NAMES)]
    Undo(One),
    /// Print what changed a playbook, the newest first.
    #[command(override_usage = "segno playbook history DOMAIN [OPTIONS]", after_help = NAMES)]
    History(One),
    /// Print a playbook as a file.
    #[command(override_usage = "segno playbook export DOMAIN [--jsonl]", after_help = NAMES)]
    Export(Export),
    /// Take the lines of a file into a playbook.
    #[command(after_help = NAMES)]
    Import(Import),
    /// Take the lines of several files into one playbook, one file after the other.
    #[command(after_help = NAMES)]
    Merge(Merge),
    /// Have a playbook learn from questions whose answers are known, with a model on this machine.
    #[command(override_usage = "segno playbook train DOMAIN --samples FILE [OPTIONS]", after_help = NAMES)]
    Train(Train),
    /// Measure whether a playbook helps a model: the same questions with it and without it, nothing learnt.
    #[command(override_usage = "segno playbook measure DOMAIN --samples FILE [OPTIONS]", after_help = NAMES)]
    Measure(Measure),
    /// Print figures of a playbook, or of all.
    #[command(override_usage = "segno playbook stats [DOMAIN] [OPTIONS]", after_help = NAMES)]
    Stats(One),
}

/// A playbook whose parts are said apart.
#[derive(Debug, Clone, Default, ClapArgs)]
pub struct Parts {
    /// The kind of task: `code`, `math`, or a word of your own.
    #[arg(long, value_name = "BASE", requires = "family")]
    pub base: Option<String>,

    /// The family of models: `qwen`, `llama`.
    #[arg(long, value_name = "FAMILY", requires = "base")]
    pub family: Option<String>,

    /// A narrower subject.
    #[arg(long, value_name = "SUB", requires = "base")]
    pub sub: Option<String>,
}

/// A playbook and, for some, one of its lines or changes.
#[derive(Debug, Clone, ClapArgs)]
pub struct One {
    /// The playbook, and the line or the change.
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,

    /// The playbook in parts.
    #[command(flatten)]
    pub parts: Parts,

    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// A playbook, maybe one of its lines, and the words of a line.
#[derive(Debug, Clone, ClapArgs)]
pub struct Text {
    /// The playbook and the text.
    #[command(flatten)]
    pub one: One,

    /// The heading that the line stands under; `General` for a new line, and as it was for one that is there.
    #[arg(long, value_name = "SECTION")]
    pub section: Option<String>,
}

/// `segno playbook train`
#[derive(Debug, Clone, ClapArgs)]
pub struct Train {
    /// The playbook.
    #[arg(value_name = "DOMAIN")]
    pub words: Vec<String>,

    /// The playbook in parts.
    #[command(flatten)]
    pub parts: Parts,

    /// The samples, one JSON object a line: {"id": "a", "question": "How much is 2 + 2?", "answer": "4"}; `-` is what is piped in.
    #[arg(long = "samples", value_name = "FILE")]
    pub file: PathBuf,

    /// The most times over all samples.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub epochs: u32,

    /// The most times that a wrong answer is reflected upon and asked for again.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    pub rounds: u32,

    /// So many samples of a hundred only measure, and are not learnt from; with 0 nothing is measured, and all is kept.
    #[arg(long, value_name = "PERCENT", default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=90))]
    pub aside: u8,

    /// What chance is made of: the same seed makes the same training.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// The samples are a stream: each is learnt from once, in its order, and each fifth is asked without the playbook, too.
    #[arg(long)]
    pub online: bool,

    /// The last training of this playbook that did not come to its end goes on.
    #[arg(long)]
    pub resume: bool,

    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `segno playbook measure`
#[derive(Debug, Clone, ClapArgs)]
pub struct Measure {
    /// The playbook.
    #[arg(value_name = "DOMAIN")]
    pub words: Vec<String>,

    /// The playbook in parts.
    #[command(flatten)]
    pub parts: Parts,

    /// The samples, one JSON object a line, as for `train`; `-` is what is piped in.
    #[arg(long = "samples", value_name = "FILE")]
    pub file: PathBuf,

    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `segno playbook export`
#[derive(Debug, Clone, ClapArgs)]
pub struct Export {
    /// The playbook.
    #[arg(value_name = "DOMAIN")]
    pub words: Vec<String>,

    /// The playbook in parts.
    #[command(flatten)]
    pub parts: Parts,

    /// One line of the playbook on each line of the file.
    #[arg(long)]
    pub jsonl: bool,
}

/// Where files are taken in, and how.
#[derive(Debug, Clone, ClapArgs)]
pub struct Target {
    /// The playbook; without it the one that the file names.
    #[arg(long, value_name = "DOMAIN", conflicts_with = "base")]
    pub into: Option<String>,

    /// The playbook in parts.
    #[command(flatten)]
    pub parts: Parts,

    /// With counts, stages and pins: for a file of your own. Without it lines go on trial, with nothing counted.
    #[arg(long)]
    pub whole: bool,

    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// `segno playbook import`
#[derive(Debug, Clone, ClapArgs)]
pub struct Import {
    /// The file: JSON of a playbook, or JSONL; `-` is what is piped in.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Where to.
    #[command(flatten)]
    pub target: Target,
}

/// `segno playbook merge`
#[derive(Debug, Clone, ClapArgs)]
pub struct Merge {
    /// The files: JSON of a playbook, or JSONL.
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Where to.
    #[command(flatten)]
    pub target: Target,
}
