//! Vectors of texts.
//!
//! What must stay true: the bytes for a request are always the same; they go only to where the last survey says that the
//! model is; what is not one vector for each text, all of one length and of finite numbers, is no answer.

use super::super::http::{self, Lane};
use super::super::words::words;
use super::super::{BackendError, EmbedRequest};
use super::Inner;
use super::wire::EmbedReply;
use crate::privacy::Sealed;
use crate::privacy::location;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

/// Where texts go.
pub(super) const PATH: &str = "api/embed";

/// The longest answer, in bytes: 64 vectors of 16,384 numbers, each written with 22 characters, are 23 million.
const REPLY_CAP: usize = 32 * 1024 * 1024;

/// The bytes of a request.
///
/// `truncate: false` makes Ollama refuse what is too long instead of making a vector of its beginning. A window is named only for a
/// model that is asked questions, too: another than theirs, or the server's own, would load it anew.
pub(super) fn encode(request: &EmbedRequest, keep_alive: &str) -> Result<Bytes, BackendError> {
    let mut value = json!({"model": request.model.as_str(), "input": request.texts, "truncate": false, "keep_alive": keep_alive});
    if request.num_ctx > 0 {
        value["options"] = json!({"num_ctx": request.num_ctx});
    }
    // Without this the order of the keys would hang on a feature that any crate in the build may switch on.
    value.sort_all_objects();
    let unsaid = |e: serde_json::Error| BackendError::Refused(format!("the request could not be written as JSON: {e}"));
    serde_json::to_vec(&value).map(Bytes::from).map_err(unsaid)
}

/// What a request asks for, as far as its answer is checked by it.
#[derive(Deserialize)]
struct Asked {
    input: Vec<IgnoredAny>,
}

/// Sends what is sealed, and gives the vectors.
pub(super) async fn embed(inner: &Inner, sealed: Sealed) -> Result<Vec<Vec<f32>>, BackendError> {
    let (bytes, destination) = sealed.into_parts();
    // The slot first, as for a question.
    let slot = inner.pool.slot(Lane::Work).await;
    let server = inner.sealed_for(PATH, &destination)?;
    let (who, model) = (inner.who(), destination.model());
    let asked = serde_json::from_slice::<Asked>(&bytes).map_err(|_| BackendError::Refused("no texts were sealed".to_owned()))?;
    let sent = inner.post(&server, slot, PATH, bytes, &format!("model {model}")).await;
    let mut response = sent.map_err(|error| match error {
        // The server's words are about a conversation; of which text it is they say nothing.
        BackendError::TooLong(_) => BackendError::TooLong(format!("a text is too long for the window of {model}")),
        other => other,
    })?;
    let (body, more) = http::body(&mut response, REPLY_CAP).await.map_err(|e| http::failure(&who, &e))?;
    if more {
        return Err(BackendError::Broken(format!("{who} sent vectors of more than {REPLY_CAP} bytes")));
    }
    let Ok(reply) = serde_json::from_slice::<EmbedReply>(&body) else {
        return Err(BackendError::Broken(format!("{who} sent what are no vectors: {}", words(&body))));
    };
    let remote = reply.remote();
    let made = location::of_model(&server.location, model.as_str(), &remote);
    if let Some(to) = remote.host.clone().or(remote.model.clone()).filter(|_| made != *destination.location()) {
        inner.known().catch(&server.addresses, model, remote);
        return Err(BackendError::Refused(format!("{who} passed the texts for {model} on to {to}, and its list did not say so")));
    }
    checked(reply.embeddings, asked.input.len()).map_err(|why| BackendError::Broken(format!("{who} sent {why} for {model}")))
}

/// The vectors of `texts` texts, or what is wrong with them.
fn checked(vectors: Vec<Vec<f32>>, texts: usize) -> Result<Vec<Vec<f32>>, String> {
    let length = vectors.first().map_or(0, Vec::len);
    if vectors.len() != texts {
        return Err(format!("{} vectors for {texts} texts", vectors.len()));
    }
    if length == 0 && texts > 0 {
        return Err("a vector without numbers".to_owned());
    }
    if vectors.iter().any(|vector| vector.len() != length) {
        return Err("vectors of different lengths".to_owned());
    }
    // A number that is too large for its type is read as infinite.
    if vectors.iter().flatten().any(|number| !number.is_finite()) {
        return Err("a vector with a number that is not finite".to_owned());
    }
    Ok(vectors)
}
