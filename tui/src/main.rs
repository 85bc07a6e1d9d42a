//! `segno`: arguments, the runtime, and the exit code. The only place that ends the process.

use clap::Parser;
use clap::error::ErrorKind;
use segno_tui::args::Args;
use segno_tui::command::{Exit, complain};
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // Clap's own words, on its own stream; where that is gone there is nobody to tell.
            let _ = error.print();
            let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked_for { Exit::Ok } else { Exit::Usage }.code());
        }
    };
    // One thread for the screen and the network: what the network brought is drawn without waking another thread.
    // The database has a thread of its own.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain("error", &format!("the runtime cannot start: {error}"), "close some programs and try again");
            return ExitCode::from(Exit::Failed.code());
        }
    };
    let exit = runtime.block_on(segno_tui::main(args));
    // Threads that still look up a name must not hold the end up.
    runtime.shutdown_background();
    ExitCode::from(exit.code())
}
