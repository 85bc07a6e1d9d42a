//! Models into the server's memory and out of it, and whether one answers.
//!
//! What must stay true: all of it names a model that the server runs itself, and sends no words of the user's; the options are
//! those of a question, since others would have the model loaded anew; a window that is asked for here is the one that
//! questions ask for.

use super::super::BackendError;
use super::super::http::Lane;
use super::Inner;
use super::wire::Loaded;
use crate::domain::{ModelId, Residency};
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;

/// Where models are loaded and unloaded: the route that takes no messages.
const PATH: &str = "api/generate";

/// Where those are loaded that write no text, which the other refuses.
const OF_VECTORS: &str = super::embed::PATH;

/// How long the server may take to say that a model is to leave.
const UNLOAD: Duration = Duration::from_secs(10);

impl Inner {
    /// What is in memory.
    pub(super) async fn in_memory(&self) -> Result<HashMap<ModelId, Residency>, BackendError> {
        let server = self.server().await?;
        self.held(&server).await
    }

    /// Without a prompt nothing is written: the answer comes when the model is in memory. With no window it is one for vectors.
    pub(super) async fn load(&self, model: &ModelId, num_ctx: u32) -> Result<(), BackendError> {
        if num_ctx == 0 {
            let body = json!({"input": [], "keep_alive": self.keep_alive, "model": model.as_str()});
            return self.ask(OF_VECTORS, model, body).await?.made_none(&self.who(), &format!("model {model}"));
        }
        let options = json!({"num_ctx": num_ctx});
        let body = json!({"keep_alive": self.keep_alive, "model": model.as_str(), "options": options, "stream": false});
        self.generate(model, body).await
    }

    pub(super) async fn unload(&self, model: &ModelId) -> Result<(), BackendError> {
        let body = json!({"keep_alive": 0, "model": model.as_str(), "stream": false});
        self.in_time(&format!("model {model}"), UNLOAD, self.generate(model, body)).await
    }

    pub(super) async fn probe(&self, model: &ModelId, num_ctx: u32) -> Result<(), BackendError> {
        let body = json!({
            "keep_alive": self.keep_alive,
            "model": model.as_str(),
            "options": {"num_ctx": num_ctx, "num_predict": 1},
            "prompt": "Hi",
            "stream": false,
            "truncate": false,
        });
        self.generate(model, body).await
    }

    async fn generate(&self, model: &ModelId, body: Value) -> Result<(), BackendError> {
        self.ask(PATH, model, body).await?.result(&self.who(), &format!("model {model}"))
    }

    async fn ask(&self, path: &str, model: &ModelId, body: Value) -> Result<Loaded, BackendError> {
        // Not of the slots for answers: those may be taken by the very models that are to make room.
        let slot = self.pool.slot(Lane::Detail).await;
        let server = self.server().await?;
        let destination = self.destination(path, model)?;
        if *destination.location() != server.location {
            let location = destination.location();
            return Err(BackendError::Refused(format!("{model} is {location}: it is in no memory here")));
        }
        let what = format!("model {model}");
        let mut response = self.post(&server, slot, path, Bytes::from(body.to_string()), &what).await?;
        self.reply(&mut response, &what).await
    }
}
