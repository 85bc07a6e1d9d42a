//! Servers on loopback that are played by scripts and take down all that reaches them: what every fake server here is made of.
//!
//! Each runs on a thread of its own, so that tests with and without a runtime can use it. What must stay true: every
//! connection is taken down when it is made, every byte when it comes, and every request before it is answered; nothing waits
//! by the clock.

mod gate;
mod journal;
mod read;
mod record;
mod server;
mod write;

pub use gate::Gate;
pub use journal::Connection;
pub use record::{End, Recorded};

pub(crate) use gate::pass;
pub(crate) use journal::Journal;
pub(crate) use read::Request;
pub(crate) use record::header;
pub(crate) use server::{Next, Service};
pub(crate) use write::Out;

use server::Life;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long a test waits for something before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);

/// A server that listens or is stopped. Stops for good when dropped.
#[derive(Debug)]
pub(crate) struct Server<S: Service> {
    shared: Arc<S>,
    port: u16,
    life: Mutex<Life>,
}

impl<S: Service> Server<S> {
    /// Holds a port of loopback without listening; 0 for a free one.
    pub(crate) fn held(shared: S, port: u16) -> Self {
        let (life, port) = server::hold(port);
        Self { shared: Arc::new(shared), port, life: Mutex::new(life) }
    }

    /// What the service knows.
    pub(crate) fn shared(&self) -> &S {
        &self.shared
    }

    /// What the service knows, for another thread.
    pub(crate) fn share(&self) -> Arc<S> {
        Arc::clone(&self.shared)
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Stops: every connection is closed, new ones are refused. The port stays held and what is known stays known.
    pub(crate) fn stop(&self) {
        self.life.lock().unwrap_or_else(PoisonError::into_inner).stop(self.port);
    }

    /// Listens (again) on the same port. Does nothing while it runs.
    pub(crate) fn start_again(&self) {
        self.life.lock().unwrap_or_else(PoisonError::into_inner).start(&self.shared);
    }

    /// All requests so far, oldest first.
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.shared.journal().requests()
    }

    /// All connections so far, also those on which nothing came. What connected before this was called is among them: the
    /// server takes connections in the order in which they are made, and one of our own is waited for.
    pub(crate) fn connections(&self) -> Vec<Connection> {
        if let Ok(mark) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
            let from = mark.local_addr().expect("a connected socket has an address");
            self.shared.journal().forget(from);
        }
        self.shared.journal().connections()
    }

    /// Waits until the requests are as wanted, and gives them.
    ///
    /// # Panics
    /// After four seconds, naming what came.
    pub(crate) fn wait_for(&self, wanted: impl FnMut(&[Recorded]) -> bool) -> Vec<Recorded> {
        self.shared.journal().wait(wanted)
    }

    /// As [`Self::wait_for`], for async tests. Right under a paused clock too: it sets no timer of the runtime.
    ///
    /// # Panics
    /// After four seconds, naming what came.
    pub(crate) async fn seen(&self, wanted: impl FnMut(&[Recorded]) -> bool + Send + 'static) -> Vec<Recorded> {
        let shared = self.share();
        match tokio::task::spawn_blocking(move || shared.journal().wait(wanted)).await {
            Ok(requests) => requests,
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        }
    }
}

impl<S: Service> Drop for Server<S> {
    fn drop(&mut self) {
        self.life.get_mut().unwrap_or_else(PoisonError::into_inner).end();
    }
}
