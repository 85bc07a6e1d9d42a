//! A model on this machine, asked by the roles of learning.
//!
//! What must stay true: what is asked goes through the same seal as every question, and stays on this machine.

use crate::ace;
use crate::ace::roles::{Ask, AskError, Asker, Reply};
use crate::backend::{BackendError, ChatMessage, ChatRequest, Chunk, StopReason};
use crate::domain::{Contents, Model, Purpose, RequestId, Role, estimate_tokens};
use crate::privacy::{Outgoing, Sealed};
use crate::session::embeddings::Means;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};
use std::sync::Arc;
use tokio::time::Instant;

/// The most tokens of what a reflector or a curator writes, which is short: one that goes on and on is to be cut. Thoughts would count.
const LONGEST: u32 = 1500;

/// See the module.
pub(in crate::session) struct Local {
    means: Arc<Means>,
    model: Model,
}

impl Local {
    /// `model` has to be in memory, and to be kept there.
    pub(in crate::session) fn new(means: Arc<Means>, model: Model) -> Self {
        Self { means, model }
    }
}

impl Asker for Local {
    fn ask(&self, ask: Ask) -> BoxFuture<'static, Result<Reply, AskError>> {
        let (means, model) = (self.means.clone(), self.model.clone());
        async move {
            let begun = Instant::now();
            let mut reply = Reply { model: model.id.as_str().to_owned(), ..Reply::default() };
            let sealed = sealed(&means, &model, ask).await?;
            let mut stream = means.backends.get(&model.backend).stream(sealed);
            while let Some(chunk) = stream.next().await {
                match chunk.map_err(|error| failed(&error))? {
                    Chunk::Text { text, .. } => reply.text.push_str(&text),
                    Chunk::Tools(_) => {}
                    Chunk::Done(done) => {
                        reply.cut = done.reason == StopReason::Length;
                        (reply.prompt_tokens, reply.answer_tokens) = (done.usage.prompt_tokens, done.usage.answer_tokens);
                    }
                }
            }
            reply.total_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            Ok(reply)
        }
        .boxed()
    }
}

async fn sealed(means: &Means, model: &Model, ask: Ask) -> Result<Sealed, AskError> {
    let backend = means.backends.get(&model.backend);
    let tokens = estimate_tokens(&ask.system) + estimate_tokens(&ask.user);
    let brief = ask.role != ace::roles::Role::Generator && !model.capabilities.thinking;
    let most = means.outlet.config.ollama.num_predict;
    let most = if brief { most.min(LONGEST) } else { most };
    let request = ChatRequest {
        model: model.id.clone(),
        system: ask.system,
        messages: vec![ChatMessage { role: Role::User, content: ask.user, images: Vec::new() }],
        num_ctx: model.num_ctx,
        num_predict: most,
        format: Some(ask.schema),
    };
    let outgoing = Outgoing {
        id: RequestId(0),
        purpose: Purpose::Chat,
        bytes: backend.encode(&request).map_err(|error| failed(&error))?,
        destination: backend.destination(&model.id).map_err(|error| failed(&error))?,
        contents: Contents { prompt: true, ..Contents::default() },
        conversation: None,
        tokens: u32::try_from(tokens).unwrap_or(u32::MAX),
        cost: None,
    };
    means.outlet.seal_here(outgoing).await.map_err(|failure| AskError { what: failure.what, lasting: true })
}

fn failed(error: &BackendError) -> AskError {
    // Whatever is asked, nobody will answer it now. All else may have to do with what was asked.
    let lasting = matches!(error, BackendError::Unreachable(_) | BackendError::OutOfMemory(_) | BackendError::NotFound(_));
    AskError { what: error.to_string(), lasting }
}
