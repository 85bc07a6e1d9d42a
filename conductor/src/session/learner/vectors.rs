//! Embeddings of bullets, kept in the database: the same words are never embedded twice by one model.
//!
//! What must stay true: the vectors that are compared are of one model; where there is none, or it fails, words are compared instead.

use crate::ace::dedup::Vectors;
use crate::domain::{Playbook, RequestId};
use crate::session::embeddings::{self, Means, Order, Wish};
use crate::store::Store;
use std::time::Duration;

/// How long they may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Embeddings of all words of `book` and of `more`, as far as there is somebody on this machine who makes them.
pub(super) async fn of(means: &Means, store: &Store, book: &Playbook, more: Vec<String>) -> Vectors {
    let mut vectors = Vectors::default();
    let Some(model) = embeddings::best(&means.models).map(|model| model.id.clone()) else { return vectors };
    let said = book.bullets.values().map(|bullet| bullet.text.content.as_str());
    let texts = vectors.missing(said.chain(more.iter().map(String::as_str)));
    let kept = store.embeddings(model.clone(), texts.clone()).await.unwrap_or_default();
    for (text, vector) in kept {
        vectors.insert(text, vector);
    }
    let missing = vectors.missing(texts.iter().map(String::as_str));
    if missing.is_empty() {
        return vectors;
    }
    let order = Order { id: RequestId(0), model: Some(model.clone()), texts: missing.clone(), wish: Wish::Beside, limit: LIMIT };
    match embeddings::embed(means, order).await.result {
        Ok(made) if made.len() == missing.len() => {
            let made: Vec<(String, Vec<f32>)> = missing.into_iter().zip(made).collect();
            if let Err(error) = store.keep_embeddings(model, made.clone()).await {
                tracing::warn!(%error, "embeddings are not stored");
            }
            made.into_iter().for_each(|(text, vector)| {
                vectors.insert(text, vector);
            });
        }
        Ok(_) => {}
        Err(failure) => tracing::debug!(kind = ?failure.kind, "no embeddings; words are compared"),
    }
    vectors
}
