//! `segno completions`: the words of the command line, for a shell.

use super::{Console, Exit};
use crate::args::Args;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the script for `shell`.
pub fn run(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "segno", &mut script);
    let mut console = Console::new();
    console.stream(&String::from_utf8_lossy(&script));
    console.closed().unwrap_or(Exit::Ok)
}
