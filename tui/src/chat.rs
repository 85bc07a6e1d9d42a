//! `segno`: the chat on the screen, from the first frame to the last.

use crate::args::Common;
use crate::command::Exit;
use crate::setup::Start;
use anyhow::{Result, bail};
use std::io::IsTerminal;

/// Opens the chat.
///
/// # Errors
/// Where there is no terminal.
pub(crate) async fn run(start: Start, common: &Common, resume: bool) -> Result<Exit> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        bail!("the chat needs a terminal: write `segno ask \"your question\"` to ask without one");
    }
    let _ = (start, common, resume);
    Ok(Exit::Ok)
}
