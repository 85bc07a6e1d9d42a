//! Against a real server: `SEGNO_REAL_OLLAMA=127.0.0.1:11434 cargo test -p segno-conductor -- --ignored real_`. It needs one
//! small model that writes text; the smallest is taken.

use super::super::testing;
use super::super::{Backend, BackendError, ChatMessage, ChatRequest, Chunk, StopReason};
use super::Ollama;
use crate::domain::{Model, Role};
use crate::privacy::{local, test_pass};
use futures_util::StreamExt;

/// The server, and its smallest local model that writes text.
async fn server() -> (Ollama, Model) {
    let ollama = testing::ollama(&std::env::var("SEGNO_REAL_OLLAMA").expect("SEGNO_REAL_OLLAMA names the server"));
    let found = ollama.survey(None).await.unwrap();
    assert!(found.version.contains('.'), "{found:?}");
    let usable = found.models.into_iter().filter(|m| m.location.is_local() && m.capabilities.completion);
    let model = usable.min_by_key(|m| m.size_bytes).expect("a model that writes text");
    (ollama, model)
}

async fn ask(ollama: &Ollama, model: &Model, question: &str, num_ctx: u32, num_predict: u32) -> Vec<Result<Chunk, BackendError>> {
    let messages = vec![ChatMessage { role: Role::User, content: question.to_owned(), images: Vec::new() }];
    let request = ChatRequest { model: model.id.clone(), system: String::new(), messages, num_ctx, num_predict, format: None };
    let sealed = local(ollama.encode(&request).unwrap(), ollama.destination(&model.id).unwrap()).unwrap();
    ollama.stream(sealed).collect().await
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn real_version_tags_chat() {
    let (ollama, model) = server().await;
    assert!(model.trained_context.is_some() && !model.family.is_empty(), "{model:?}");
    let card = ollama.show(&model.id).await.unwrap();
    assert_eq!((card.family, card.trained_context), (model.family.clone(), model.trained_context));
    let chunks = ask(&ollama, &model, "Count from one to five.", 2048, 64).await;
    let Some(Ok(Chunk::Done(done))) = chunks.last() else { panic!("{chunks:?}") };
    assert!(chunks.len() > 1 && done.eval.is_some() && done.usage.prompt_tokens.is_some(), "{chunks:?}");
    let resident = ollama.survey(None).await.unwrap().models.into_iter().find(|m| m.id == model.id).unwrap().resident;
    assert_eq!(resident.and_then(|r| r.context), Some(2048));
}

#[tokio::test]
#[ignore = "needs a real server"]
async fn real_refusals() {
    let (ollama, model) = server().await;
    let cut = ask(&ollama, &model, "Count from one to one hundred.", 2048, 2).await;
    assert!(matches!(cut.last(), Some(Ok(Chunk::Done(done))) if done.reason == StopReason::Length), "{cut:?}");
    let long = ask(&ollama, &model, &"many words ".repeat(3000), 2048, 8).await;
    assert!(matches!(long.as_slice(), [Err(BackendError::TooLong(_))]), "{long:?}");
    let absent = crate::domain::ModelId::new("segno-test-no-such-model:1b");
    let pulled: Vec<_> = ollama.pull(&absent, test_pass(crate::domain::Purpose::Pull)).collect().await;
    assert!(matches!(pulled.last(), Some(Err(BackendError::NotFound(_) | BackendError::Broken(_)))), "{pulled:?}");
}
