//! The user's editor: which one it is, and a text that is written in it.
//!
//! What must stay true: the file that holds a text lies in a folder that nobody else can look into, and is gone when the editor has
//! ended; an editor that fails changes nothing.

use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus};

/// Bytes of the largest text that is taken back.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Runs the editor on `file` and waits until it has ended.
///
/// # Errors
/// Where it cannot be started.
pub(crate) fn run(file: &Path) -> Result<ExitStatus> {
    let named = |name: &str| std::env::var(name).ok().filter(|editor| !editor.trim().is_empty());
    let usual = if cfg!(windows) { "notepad" } else { "vi" };
    let editor = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| usual.to_owned());
    let mut command = command(&editor);
    let hint = "set VISUAL or EDITOR to the one you use";
    command.arg(file).status().with_context(|| format!("the editor `{editor}` cannot be started: {hint}"))
}

/// Has the user change `text`; returns what was saved.
///
/// # Errors
/// Where there is no editor, it fails, or what it leaves is no text.
pub(crate) fn edit(text: &str) -> Result<String> {
    let folder = tempfile::Builder::new().prefix("segno-").tempdir().context("there is no room for a file to write in")?;
    let path = folder.path().join("question.md");
    create(&path, text).context("the file to write in cannot be made")?;
    let status = run(&path)?;
    if !status.success() {
        bail!("the editor ended with {status}");
    }
    read(&path).context("what the editor left cannot be read")
}

/// Makes a file that the user alone may read. The folder is private already, but an editor may copy the permissions elsewhere.
fn create(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)?.write_all(text.as_bytes())
}

fn read(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        bail!("it is larger than {} MiB", LARGEST >> 20);
    }
    String::from_utf8(bytes).ok().context("it is no text in UTF-8")
}

/// The variables hold a line of the shell, as in `code --wait`.
#[cfg(unix)]
fn command(editor: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$@\"")).arg("sh");
    command
}

#[cfg(not(unix))]
fn command(editor: &str) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or("notepad"));
    command.args(words);
    command
}
