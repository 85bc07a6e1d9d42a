//! What sends the requests of a backend to the addresses that were pinned.
//!
//! What must stay true: connections are made to the pinned addresses alone, also by a client that takes the place of another;
//! what has a body is written to a server once and no more. A `GET` whose connection was closed under it before a word of an
//! answer is sent once more, over a new connection: it changes nothing (RFC 9110, 9.2.2; RFC 9112, 9.3.1).

use super::connect::{Counting, SENDING};
use super::counts::{Attempt, Shared};
use super::response::{Exchange, Response};
use super::{BackendError, Limits, Pool, Recipe, Slot};
use reqwest::{IntoUrl, Method, Request, RequestBuilder};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use tokio::time::Instant;

/// Sends requests to one server. Clones share the connections.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: Pool,
    recipe: Recipe,
    current: Mutex<Current>,
}

/// The connections that requests take now.
#[derive(Debug)]
struct Current {
    client: reqwest::Client,
    generation: u64,
    made: Instant,
    /// When a request last began or ended.
    used: Instant,
}

impl Current {
    fn new(pool: &Pool, recipe: &Recipe) -> Result<Self, BackendError> {
        let generation = pool.counts().lock().number();
        let client = recipe.client(Counting { counts: pool.counts().clone(), generation })?;
        pool.counts().lock().begin_generation(generation);
        let now = Instant::now();
        Ok(Self { client, generation, made: now, used: now })
    }

    fn is_stale(&self, limits: Limits, now: Instant) -> bool {
        now.duration_since(self.made) >= limits.max_age || now.duration_since(self.used) >= limits.max_idle
    }
}

/// A try that came to nothing.
struct Lost {
    error: reqwest::Error,
    /// The generation of the connection, where that was there before and the server may have closed it while nothing was asked.
    kept: Option<u64>,
}

impl Client {
    pub(super) fn new(pool: &Pool, recipe: Recipe) -> Result<Self, BackendError> {
        let current = Mutex::new(Current::new(pool, &recipe)?);
        Ok(Self { inner: Arc::new(Inner { pool: pool.clone(), recipe, current }) })
    }

    /// A request to be sent by [`send`](Self::send).
    pub(crate) fn get(&self, url: impl IntoUrl) -> RequestBuilder {
        self.current().client.get(url)
    }

    /// A request to be sent by [`send`](Self::send).
    pub(crate) fn post(&self, url: impl IntoUrl) -> RequestBuilder {
        self.current().client.post(url)
    }

    /// Sends, and gives the answer as soon as its head is there. Dropping the future ends the request.
    ///
    /// # Errors
    /// No connection came about, or it broke.
    pub(crate) async fn send(&self, request: RequestBuilder, slot: Slot) -> reqwest::Result<Response> {
        let (_, request) = request.build_split();
        let request = request?;
        let exchange = Exchange::begin(self.clone(), slot);
        // Sockets are looked at before this task goes on, so that a connection that the server has closed is not taken.
        tokio::task::yield_now().await;
        let (limits, now) = (self.inner.pool.limits(), Instant::now());
        self.replace_if(|current| current.is_stale(limits, now));
        let again = (request.method() == Method::GET).then(|| request.try_clone()).flatten();
        let mut sent = self.attempt(request).await;
        if let Err(Lost { error, kept: Some(generation) }) = &sent
            && let Some(request) = again
        {
            tracing::debug!("asked again, since the connection was closed: {error}");
            // Others that were kept may be closed as well.
            self.replace_if(|current| current.generation == *generation);
            sent = self.attempt(request).await;
        }
        match sent {
            Ok((response, generation)) => Ok(Response::new(response, exchange, generation)),
            Err(lost) => {
                exchange.fail();
                Err(lost.error)
            }
        }
    }

    /// Sends `request`, and says with the answer of which generation its connection is.
    async fn attempt(&self, request: Request) -> Result<(reqwest::Response, u64), Lost> {
        let (client, generation) = {
            let mut current = self.current();
            current.used = Instant::now();
            (current.client.clone(), current.generation)
        };
        let attempt = Arc::new(Attempt::default());
        let mut sending = pin!(SENDING.scope(Arc::clone(&attempt), client.execute(request)));
        // When it is first polled, it takes a connection that is there or begins to make one.
        let first = poll_fn(|context| Poll::Ready(sending.as_mut().poll(context))).await;
        if !attempt.called() {
            self.counts().lock().take(generation);
        }
        let ended = match first {
            Poll::Ready(ended) => ended,
            Poll::Pending => sending.await,
        };
        match ended {
            Ok(response) => {
                attempt.serve(self.counts(), generation);
                Ok((response, generation))
            }
            Err(error) => {
                let kept = (!attempt.connected() && !error.is_connect()).then_some(generation);
                Err(Lost { error, kept })
            }
        }
    }

    /// Has connections made anew, to the same addresses, if `stale` says so of those that there are. What goes on over these
    /// goes on.
    fn replace_if(&self, stale: impl FnOnce(&Current) -> bool) {
        let mut current = self.current();
        if !stale(&current) {
            return;
        }
        match Current::new(&self.inner.pool, &self.inner.recipe) {
            Ok(fresh) => {
                *current = fresh;
                self.counts().lock().recycled += 1;
            }
            // Made once, it can be made again; if not, what there is has to do.
            Err(error) => tracing::warn!("connections are kept longer than they should be: {error}"),
        }
    }

    /// A request ended.
    pub(super) fn touch(&self) {
        self.current().used = Instant::now();
    }

    pub(super) fn counts(&self) -> &Shared {
        self.inner.pool.counts()
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.inner.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
