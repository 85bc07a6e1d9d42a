//! Signals that end the program, and the one by which the shell brings it back.

use std::io;

/// What a signal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It is to end.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    End,
    /// It is to end, if the keys are its own.
    Interrupt,
    /// It was stopped, and goes on.
    #[cfg_attr(not(unix), expect(dead_code, reason = "there is no such signal"))]
    Back,
}

/// Listens for them.
pub(crate) struct Signals {
    #[cfg(unix)]
    kinds: [tokio::signal::unix::Signal; 4],
}

impl Signals {
    pub(crate) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            // That which stops keeps its meaning: a program that catches it cannot leave the stopping to the system.
            let back = SignalKind::from_raw(rustix::process::Signal::CONT.as_raw());
            let kinds = [
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
                signal(SignalKind::interrupt())?,
                signal(back)?,
            ];
            Ok(Self { kinds })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// One that has come already; the system's news are looked at for it.
    pub(crate) async fn come(&mut self) -> Option<Heard> {
        tokio::select! {
            biased;
            heard = self.any() => Some(heard),
            () = tokio::task::yield_now() => None,
        }
    }

    /// Waits for one.
    pub(crate) async fn any(&mut self) -> Heard {
        #[cfg(unix)]
        {
            let [terminate, hangup, interrupt, back] = &mut self.kinds;
            tokio::select! {
                _ = terminate.recv() => Heard::End,
                _ = hangup.recv() => Heard::End,
                _ = interrupt.recv() => Heard::Interrupt,
                _ = back.recv() => Heard::Back,
            }
        }
        #[cfg(not(unix))]
        {
            // An error means that there is no such signal here: then it never comes.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Heard::Interrupt
        }
    }
}
