//! The log: a file a day in the state folder, never the screen. Words of prompts and answers are not logged.

use anyhow::{Context, Result};
use std::path::Path;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

/// Days that logs are kept.
const DAYS: usize = 7;

/// Lines that wait to be written; the room for them is taken at once, 32 bytes a line. The library's own 128,000 are 4 MiB.
const LINES: usize = 4096;

/// Begins to log into `folder` at `level` (or as `SEGNO_LOG` says, in the syntax of `tracing-subscriber`'s `EnvFilter`).
/// The log is complete when the guard is dropped.
///
/// # Errors
/// When the folder cannot be made or written to. Segno works without a log.
pub(crate) fn start(folder: &Path, level: &str) -> Result<WorkerGuard> {
    private_folder(folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    let file = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("segno")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(folder)
        .with_context(|| format!("no log can be written in {}", folder.display()))?;
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(LINES).finish(file);
    let filter = std::env::var("SEGNO_LOG").ok().filter(|v| !v.is_empty());
    let filter = EnvFilter::try_new(filter.unwrap_or_else(|| format!("warn,segno_tui={level},conductor={level}")))?;
    // Fails only when there is a log already.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_ansi(false).try_init();
    Ok(guard)
}

/// Makes a folder that only its owner may look into.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
