//! A program in a pseudo-terminal, with the moment at which each piece of its output was read.

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

struct Seen {
    parser: vt100::Parser,
    first: Option<Instant>,
    last: Instant,
    bytes: usize,
}

/// The program, and what it has shown. Killed when dropped.
pub(crate) struct Screen {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    started: Instant,
    keys: Mutex<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    _home: TempDir,
}

impl Screen {
    /// Starts `binary` in a home of its own.
    pub(crate) fn open(binary: &Path, host: &str) -> Self {
        Self::open_in(tempfile::tempdir().unwrap(), binary, host, &[])
    }

    /// Starts `binary` in a home that was made ready.
    pub(crate) fn open_in(home: TempDir, binary: &Path, host: &str, arguments: &[&str]) -> Self {
        let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 }).unwrap();
        let mut command = CommandBuilder::new(binary);
        command.args(arguments);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("OLLAMA_HOST", host)] {
            command.env(name, value);
        }
        command.env("HOME", home.path());
        command.cwd(home.path());
        let seen = Seen { parser: vt100::Parser::new(40, 120, 0), first: None, last: Instant::now(), bytes: 0 };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut output = pty.master.try_clone_reader().unwrap();
        let keys = pty.master.take_writer().unwrap();
        let started = Instant::now();
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let shared = seen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65536];
            while let Ok(length @ 1..) = output.read(&mut buffer) {
                let now = Instant::now();
                let mut seen = shared.0.lock().unwrap();
                seen.parser.process(&buffer[..length]);
                seen.bytes += length;
                seen.last = now;
                if seen.first.is_none() && !seen.parser.screen().contents().trim().is_empty() {
                    seen.first = Some(now);
                }
                shared.1.notify_all();
            }
        });
        Self { seen, started, keys: Mutex::new(keys), child, _master: pty.master, _home: home }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub(crate) fn send(&self, keys: &str) {
        let mut writer = self.keys.lock().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    pub(crate) fn bytes(&self) -> usize {
        self.seen.0.lock().unwrap().bytes
    }

    /// From the start to the first visible character.
    pub(crate) fn first_output(&self) -> Duration {
        self.wait(|seen| seen.first).duration_since(self.started)
    }

    /// From the start to when `text` could be seen.
    pub(crate) fn when(&self, text: &str) -> Duration {
        self.at(text).duration_since(self.started)
    }

    /// When `text` could be seen.
    pub(crate) fn at(&self, text: &str) -> Instant {
        self.wait(|seen| seen.parser.screen().contents().contains(text).then_some(seen.last))
    }

    /// Waits until nothing was drawn for `time`.
    pub(crate) fn quiet(&self, time: Duration) {
        loop {
            let since = self.seen.0.lock().unwrap().last.elapsed();
            if since >= time {
                return;
            }
            std::thread::sleep(time - since);
        }
    }

    fn wait<T>(&self, mut look: impl FnMut(&Seen) -> Option<T>) -> T {
        let mut seen = self.seen.0.lock().unwrap();
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look(&seen) {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "not seen:\n{}", seen.parser.screen().contents());
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
