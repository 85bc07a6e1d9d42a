//! The clipboard: by the system's own program, by tmux, or by asking the terminal (OSC 52).
//!
//! What must stay true: nothing is said to be copied unless somebody said so: a program that ended well, never a terminal, which
//! does not answer; what is copied is on no command line, where others on the machine could read it.

use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Bytes that terminals take at the most, about: some drop what is longer, without a word.
const LONGEST: usize = 74_994;

/// What the environment says of the way to a clipboard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desk {
    /// Within tmux.
    pub tmux: bool,
    /// On another machine than the user.
    pub remote: bool,
    /// There is a Wayland display.
    pub wayland: bool,
    /// There is an X display.
    pub x11: bool,
}

impl Desk {
    /// By the environment.
    pub fn of(set: impl Fn(&str) -> bool) -> Self {
        Self {
            tmux: set("TMUX"),
            remote: set("SSH_CONNECTION") || set("SSH_TTY"),
            wayland: set("WAYLAND_DISPLAY"),
            x11: set("DISPLAY"),
        }
    }

    /// The programs that may do it, the best first: each with its arguments.
    fn programs(&self) -> Vec<(&'static str, &'static [&'static str])> {
        let mut programs: Vec<(&str, &[&str])> = Vec::new();
        // A clipboard of this machine is of no use to somebody elsewhere.
        if !self.remote {
            if cfg!(target_os = "macos") {
                programs.push(("pbcopy", &[]));
            }
            if cfg!(windows) {
                programs.push(("clip.exe", &[]));
            }
            if self.wayland {
                programs.push(("wl-copy", &[]));
            }
            if self.x11 {
                programs.push(("xclip", &["-selection", "clipboard", "-in"]));
                programs.push(("xsel", &["--clipboard", "--input"]));
            }
        }
        if self.tmux {
            // It hands it on to the terminal's clipboard, as far as that takes it.
            programs.push(("tmux", &["load-buffer", "-w", "-"]));
        }
        programs
    }
}

/// What became of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Copied {
    /// A program took it: so many lines.
    Clipboard(usize),
    /// tmux has it in its buffer, and told the terminal.
    Tmux(usize),
    /// The terminal was asked to take it.
    Asked(usize),
    /// It is longer than what terminals take.
    TooLong,
    /// No program takes it, and the terminal is not to be asked.
    Nowhere,
}

impl Copied {
    /// The same in words.
    pub fn words(&self, what: &str) -> String {
        let lines = |n: &usize| if *n == 1 { "1 line".to_owned() } else { format!("{n} lines") };
        match self {
            Self::Clipboard(n) => format!("copied {what} to the clipboard: {}", lines(n)),
            Self::Tmux(n) => format!("copied {what}: {}; paste it in tmux, or wherever your terminal allows", lines(n)),
            Self::Asked(n) => format!("asked the terminal to copy {what}: {}; not every terminal does", lines(n)),
            Self::Nowhere => format!("there is no clipboard for {what}: install wl-copy, xclip or xsel, or select it above"),
            Self::TooLong => format!("{what} is too long for a terminal's clipboard: segno history export writes a file"),
        }
    }
}

/// Copies `text`; what is to be written to the terminal, where it has to be asked, comes beside what became of it.
pub async fn copy(desk: &Desk, text: &str) -> (Copied, Option<Vec<u8>>) {
    let lines = text.lines().count();
    for (program, arguments) in desk.programs() {
        if feed(program, arguments, text).await {
            return (if program == "tmux" { Copied::Tmux(lines) } else { Copied::Clipboard(lines) }, None);
        }
    }
    if text.len() > LONGEST { (Copied::TooLong, None) } else { (Copied::Asked(lines), Some(sequence(text))) }
}

/// Gives `text` to a program; true where it ended well.
async fn feed(program: &str, arguments: &[&str], text: &str) -> bool {
    let mut command = tokio::process::Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let Ok(mut child) = command.spawn() else { return false };
    let Some(mut stdin) = child.stdin.take() else { return false };
    let fed = async {
        stdin.write_all(text.as_bytes()).await?;
        drop(stdin);
        child.wait().await
    };
    matches!(tokio::time::timeout(PATIENCE, fed).await, Ok(Ok(status)) if status.success())
}

/// OSC 52.
fn sequence(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = crossterm::queue!(out, crossterm::clipboard::CopyToClipboard::to_clipboard_from(text));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_what_the_environment_says() {
        let names = |set: &[&str]| -> Vec<&str> {
            Desk::of(|name| set.contains(&name))
                .programs()
                .iter()
                .map(|(name, _)| *name)
                .filter(|name| *name != "pbcopy")
                .collect()
        };
        for (set, want) in [
            (&[][..], &[][..]),
            (&["DISPLAY"], &["xclip", "xsel"]),
            (&["WAYLAND_DISPLAY", "DISPLAY"], &["wl-copy", "xclip", "xsel"]),
            (&["DISPLAY", "SSH_TTY"], &[]),
            (&["TMUX", "SSH_CONNECTION"], &["tmux"]),
        ] {
            assert_eq!(names(set), want, "{set:?}");
        }
    }

    #[tokio::test]
    async fn nothing_is_said_to_be_copied_that_nobody_took() {
        let nobody = Desk::default();
        let (copied, bytes) = copy(&nobody, "a\nb").await;
        assert_eq!(copied, Copied::Asked(2));
        assert_eq!(bytes.as_deref(), Some(&b"\x1b]52;c;YQpi\x1b\\"[..]));
        assert_eq!(copy(&nobody, &"x".repeat(LONGEST + 1)).await, (Copied::TooLong, None));
        assert!(!feed("segno-no-such-program", &[], "a").await);
        assert!(!feed("false", &[], "a").await);
        assert!(feed("cat", &[], "a").await);
    }
}
