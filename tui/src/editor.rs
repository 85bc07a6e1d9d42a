//! The user's editor: which one it is, and a text that is written in it.
//!
//! What must stay true: the file that holds a text lies in a folder that nobody else can look into, and is gone when the editor has
//! ended; an editor that fails changes nothing.

use crate::sanitise::clean_line;
use anyhow::{Context, bail};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{Command, ExitStatus};

/// Bytes of the largest text that is taken back.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Why nothing came of an editor, and what can be done about that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What happened: it names the program, and who chose it.
    pub what: String,
    /// What to do; empty where there is nothing to change.
    pub hint: String,
}

impl Fault {
    /// One about which nothing can be done in the settings.
    pub(crate) fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: String::new() }
    }
}

impl From<anyhow::Error> for Fault {
    fn from(error: anyhow::Error) -> Self {
        Self::of(format!("{error:#}"))
    }
}

/// Who chose the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Variable(&'static str),
    BuiltIn,
}

/// An editor: what is run, as a line of the shell, and who chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Editor {
    line: String,
    source: Source,
}

impl Editor {
    /// The one that is in force, by what the variables hold.
    fn of(named: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &'static str| {
            let line = named(name).filter(|line| !line.trim().is_empty())?;
            Some(Self { line: line.trim().to_owned(), source: Source::Variable(name) })
        };
        let usual = if cfg!(windows) { "notepad" } else { "vi" };
        let built_in = || Self { line: usual.to_owned(), source: Source::BuiltIn };
        set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(built_in)
    }

    /// Which one: `the editor `code --wait` (from $VISUAL)`.
    fn words(&self) -> String {
        let line = clean_line(&self.line);
        match self.source {
            Source::Variable(name) => format!("the editor `{line}` (from ${name})"),
            Source::BuiltIn => format!("the editor `{line}` (Segno's choice: neither $VISUAL nor $EDITOR is set)"),
        }
    }

    /// What became of it, where that is not well.
    fn fault(&self, ended: std::io::Result<ExitStatus>) -> Result<(), Fault> {
        let why = match ended {
            Ok(status) if status.success() => return Ok(()),
            // What the shell says: there is none, and it may not be run.
            Ok(status) if cfg!(unix) && status.code() == Some(127) => "did not start: there is no such program".to_owned(),
            Ok(status) if cfg!(unix) && status.code() == Some(126) => {
                "did not start: it is no program that may be run".to_owned()
            }
            Ok(status) => return Err(Fault::of(format!("{} ended with {status}", self.words()))),
            Err(error) if error.kind() == ErrorKind::NotFound => "did not start: there is no such program".to_owned(),
            Err(error) => format!("did not start: {error}"),
        };
        let name = if let Source::Variable(name) = self.source { name } else { "EDITOR" };
        let hint = if cfg!(windows) {
            format!("set the variable {name} to an editor that is installed, and start Segno again")
        } else {
            format!("set it before you start Segno, as in `export {name}=nano`")
        };
        Err(Fault { what: format!("{} {why}", self.words()), hint })
    }
}

/// Runs the editor on `file` and waits until it has ended.
///
/// # Errors
/// Where it cannot be started, or says that it failed.
pub(crate) fn run(file: &Path) -> Result<(), Fault> {
    let editor = Editor::of(|name| std::env::var(name).ok());
    editor.fault(command(&editor.line).arg(file).status())
}

/// Has the user change `text`; returns what was saved.
///
/// # Errors
/// Where there is no editor, it fails, or what it leaves is no text.
pub(crate) fn edit(text: &str) -> Result<String, Fault> {
    let folder = tempfile::Builder::new().prefix("segno-").tempdir().context("there is no room for a file to write in")?;
    let path = folder.path().join("question.md");
    create(&path, text).context("the file to write in cannot be made")?;
    run(&path)?;
    Ok(read(&path).context("what the editor left cannot be read")?)
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

fn read(path: &Path) -> anyhow::Result<String> {
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn an_editor_that_fails_is_named_with_who_chose_it() {
        let exit = |code: i32| Ok(ExitStatus::from_raw(code << 8));
        let export = |name: &str| format!("set it before you start Segno, as in `export {name}=nano`");
        let none = || Err(std::io::Error::from(ErrorKind::NotFound));
        for (visual, editor, ended, what, hint) in [
            (
                "code --wait",
                "vim",
                exit(127),
                "the editor `code --wait` (from $VISUAL) did not start: there is no such program",
                export("VISUAL"),
            ),
            (" ", "ed", exit(127), "the editor `ed` (from $EDITOR) did not start: there is no such program", export("EDITOR")),
            (
                "",
                "",
                none(),
                "the editor `vi` (Segno's choice: neither $VISUAL nor $EDITOR is set) did not start: there is no such program",
                export("EDITOR"),
            ),
            (
                "",
                "/",
                exit(126),
                "the editor `/` (from $EDITOR) did not start: it is no program that may be run",
                export("EDITOR"),
            ),
            ("", "vim", exit(1), "the editor `vim` (from $EDITOR) ended with exit status: 1", String::new()),
        ] {
            let held = |name: &str| Some(if name == "VISUAL" { visual } else { editor }.to_owned());
            assert_eq!(Editor::of(held).fault(ended), Err(Fault { what: what.to_owned(), hint }));
        }
        assert_eq!(Editor::of(|_| None).fault(exit(0)), Ok(()));
    }
}
