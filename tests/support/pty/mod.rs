//! Drives a real program in a real terminal (a pty) and sees its screen.
//!
//! What must stay true: reading and writing go on by themselves on two threads, so that neither side can block the other;
//! every wait is woken by output, ends after four seconds, and fails with the screen.

mod keys;
mod reader;
mod terminal;
#[cfg(test)]
mod tests;

pub use keys::Key;
pub use portable_pty::ExitStatus;
pub use terminal::{left_switched_on, terminal_is_restored};

use crate::http::PATIENCE;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use reader::{Seen, Shared, read};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use terminal::terminal;

/// A program in a terminal. It is killed when this is dropped.
pub struct Pty {
    shared: Arc<Shared>,
    master: Box<dyn MasterPty + Send>,
    /// Taken when it is waited for.
    child: Option<Box<dyn Child + Send + Sync>>,
    status: Option<ExitStatus>,
    pid: u32,
    input: SyncSender<Vec<u8>>,
    /// How the terminal driver was set before the program came, in words.
    settings: String,
}

impl Pty {
    /// Starts a program with these variables and no others (the library adds `SHELL`). It runs in the folder `HOME` names.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn spawn(path: &Path, args: &[&str], env: &[(String, String)], rows: u16, cols: u16) -> Self {
        // A failed exec cannot be told by the library, which closes the pipe that would tell of it.
        assert!(path.is_file(), "{} is not there to be run", path.display());
        let pair = native_pty_system().openpty(size(rows, cols)).expect("a pty can be opened");
        let mut command = CommandBuilder::new(path);
        command.args(args);
        command.env_clear();
        for (key, value) in env {
            command.env(key, value);
        }
        if let Some((_, home)) = env.iter().find(|(key, _)| key == "HOME") {
            command.cwd(home);
        }
        let settings = format!("{:?}", pair.master.get_termios());
        let reader = pair.master.try_clone_reader().expect("the pty can be read");
        let writer = pair.master.take_writer().expect("the pty can be written");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        // Our copy of its end: while we held it, its end would never be seen.
        drop(pair.slave);
        let seen = Seen { terminal: terminal(rows, cols), raw: Vec::new(), ended: false };
        let shared = Arc::new(Shared { seen: Mutex::new(seen), changed: Condvar::new() });
        let (input, to_write) = sync_channel::<Vec<u8>>(256);
        let (theirs, replies) = (Arc::clone(&shared), input.clone());
        std::thread::spawn(move || read(reader, &theirs, &replies));
        std::thread::spawn(move || {
            let mut writer = writer;
            // Ends with the program, or when nobody is left to type.
            while to_write.recv().is_ok_and(|bytes| writer.write_all(&bytes).and_then(|()| writer.flush()).is_ok()) {}
        });
        let pid = child.process_id().expect("a started program has a number");
        Self { shared, master: pair.master, child: Some(child), status: None, pid, input, settings }
    }

    /// Types, as on a keyboard.
    pub fn type_text(&self, text: &str) {
        self.send(text.as_bytes().to_vec());
    }

    /// Presses a key.
    pub fn key(&self, key: Key) {
        let bytes = key.bytes(self.shared.lock().terminal.screen());
        self.send(bytes);
    }

    /// Pastes. As in xterm, a line ends with CR; and it is bracketed where the program asked for it.
    pub fn paste(&self, text: &str) {
        let text = text.replace("\r\n", "\r").replace('\n', "\r");
        let bracketed = self.shared.lock().terminal.screen().bracketed_paste();
        self.send(if bracketed { format!("\x1b[200~{text}\x1b[201~") } else { text }.into_bytes());
    }

    /// Sends bytes, whatever they are.
    pub fn send(&self, bytes: Vec<u8>) {
        // Nobody listens to a program that is over; the next wait says so.
        let _ = self.input.send(bytes);
    }

    /// Waits until this text is on the screen (within one row); the screen then.
    ///
    /// # Panics
    /// After four seconds or at the end of the program, with the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait_until(text, |screen| screen.contains(text))
    }

    /// Waits until this text is not on the screen any more; the screen then.
    ///
    /// # Panics
    /// As [`Self::wait_for`].
    pub fn wait_gone(&self, text: &str) -> String {
        self.wait_until(&format!("no {text}"), |screen| !screen.contains(text))
    }

    /// Waits until the screen is as wanted; `what` says it in the message.
    ///
    /// # Panics
    /// As [`Self::wait_for`].
    pub fn wait_until(&self, what: &str, mut wanted: impl FnMut(&str) -> bool) -> String {
        self.wait(what, |seen| wanted(&seen.terminal.screen().contents()))
    }

    /// Waits until the program has written these bytes.
    ///
    /// # Panics
    /// As [`Self::wait_for`].
    pub fn wait_for_raw(&self, bytes: &[u8]) {
        let what = String::from_utf8_lossy(bytes).escape_debug().to_string();
        self.wait(&what, |seen| seen.raw.windows(bytes.len()).any(|window| window == bytes));
    }

    fn wait(&self, what: &str, mut wanted: impl FnMut(&Seen) -> bool) -> String {
        let mut met = false;
        let seen = self.shared.lock();
        let (seen, _) = self
            .shared
            .changed
            .wait_timeout_while(seen, PATIENCE, |seen| {
                met = wanted(seen);
                !met && !seen.ended
            })
            .unwrap_or_else(PoisonError::into_inner);
        let (screen, ended) = (seen.terminal.screen().contents(), seen.ended);
        drop(seen);
        let why = if ended { "the program ended" } else { "four seconds went by" };
        assert!(met, "waited for {what}, but {why}; the screen:\n{}", framed(&screen));
        screen
    }

    /// The text on the screen, a row a line, without the spaces at the ends.
    #[must_use]
    pub fn screen(&self) -> String {
        self.shared.lock().terminal.screen().contents()
    }

    /// Looks at cells, colours and modes of the screen.
    pub fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.shared.lock().terminal.screen())
    }

    /// Row and column of the cursor, from 0.
    #[must_use]
    pub fn cursor(&self) -> (u16, u16) {
        self.with_screen(vt100::Screen::cursor_position)
    }

    /// Gives the terminal another size; the program is told.
    pub fn resize(&self, rows: u16, cols: u16) {
        // The screen first: what the program draws in the new size must find it.
        self.shared.lock().terminal.screen_mut().set_size(rows, cols);
        self.master.resize(size(rows, cols)).expect("a pty can be resized");
    }

    /// Everything that the program wrote so far.
    #[must_use]
    pub fn raw_output(&self) -> Vec<u8> {
        self.shared.lock().raw.clone()
    }

    /// The number of the process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends a signal by its name (`TERM`, `INT`, `HUP`, …).
    ///
    /// # Panics
    /// When there is no such process or signal.
    pub fn signal(&self, name: &str) {
        // The shell has a `kill` in it; calling the system here would need unsafe code.
        let done = std::process::Command::new("/bin/sh").args(["-c", &format!("kill -{name} {}", self.pid)]).status();
        assert!(done.is_ok_and(|done| done.success()), "signal {name} could not be sent to {}", self.pid);
    }

    /// Kills it, with the signal that cannot be caught, and waits for its end.
    ///
    /// # Panics
    /// When it does not end.
    pub fn kill(&mut self) -> ExitStatus {
        if let Some(child) = &mut self.child {
            sigkill(child.as_mut());
        }
        self.wait_exit()
    }

    /// Waits for the end of the program.
    ///
    /// # Panics
    /// After four seconds, with the screen.
    pub fn wait_exit(&mut self) -> ExitStatus {
        if let Some(status) = &self.status {
            return status.clone();
        }
        let seen = self.shared.lock();
        let (seen, _) =
            self.shared.changed.wait_timeout_while(seen, PATIENCE, |seen| !seen.ended).unwrap_or_else(PoisonError::into_inner);
        let (screen, ended) = (seen.terminal.screen().contents(), seen.ended);
        drop(seen);
        assert!(ended, "the program did not end in four seconds; the screen:\n{}", framed(&screen));
        let mut child = self.child.take().expect("it is waited for once");
        // It let go of the terminal; that its end follows is so, but a test must not hang where it is not.
        let (tell, told) = sync_channel(1);
        std::thread::spawn(move || tell.send(child.wait()));
        let status = told.recv_timeout(PATIENCE).expect("the program ends after it let go of the terminal");
        let status = status.expect("the end of a child is told");
        self.status = Some(status.clone());
        status
    }

    /// Waits for the end, then fails unless the terminal is as it was: screen, cursor, modes, and the driver's settings.
    ///
    /// # Panics
    /// Naming what is left on.
    pub fn assert_restored(&mut self) {
        self.wait_exit();
        let left = left_switched_on(&self.raw_output());
        assert!(left.is_empty(), "the program left in the terminal: {}", left.join(", "));
        let settings = format!("{:?}", self.master.get_termios());
        assert_eq!(settings, self.settings, "the program left the terminal driver in another mode");
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            sigkill(child.as_mut());
            let _ = child.wait();
        }
    }
}

/// Ends a child at once. The library's own `kill` asks first, by SIGHUP, and sleeps.
fn sigkill(child: &mut (dyn Child + Send + Sync)) {
    let child: &mut dyn Child = child;
    let child = child.downcast_mut::<std::process::Child>().expect("on Unix a child in a pty is an ordinary one");
    // Already over is as good.
    let _ = child.kill();
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn framed(screen: &str) -> String {
    screen.lines().map(|line| format!("| {line}")).collect::<Vec<_>>().join("\n")
}
