//! Sees each connection being made.

use super::counts::{Attempt, Shared};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

tokio::task_local! {
    /// The request that is being sent. What makes connections is told the address alone, and it is called by the task that
    /// sends.
    pub(super) static SENDING: Arc<Attempt>;
}

/// Counts the connections of one generation.
#[derive(Debug, Clone)]
pub(in crate::backend::http) struct Counting {
    pub(super) counts: Shared,
    pub(super) generation: u64,
}

impl<S> Layer<S> for Counting {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted { inner, by: self.clone() }
    }
}

/// What makes connections, counted.
#[derive(Debug, Clone)]
pub(in crate::backend::http) struct Counted<S> {
    inner: S,
    by: Counting,
}

impl<S, To> Service<To> for Counted<S>
where
    S: Service<To>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, to: To) -> Self::Future {
        let Counting { counts, generation } = self.by.clone();
        let attempt = SENDING.try_with(Arc::clone).unwrap_or_default();
        attempt.call(&counts, generation);
        let connecting = self.inner.call(to);
        Box::pin(async move {
            let connection = connecting.await?;
            // A request that found another connection meanwhile lets this one be made all the same, for the next.
            attempt.connect(&counts, generation);
            Ok(connection)
        })
    }
}
