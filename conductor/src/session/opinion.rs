//! A second opinion about what a prompt wants, where its words alone do not say: of models that are in memory anyway.
//!
//! What must stay true: only models on this machine are asked, through the same seal as everything; none is loaded for it; it
//! takes no longer than `timeouts.second_opinion`; what fails changes nothing.

use super::embeddings::{self, Means, Order, Wish};
use crate::backend::{ChatMessage, ChatRequest, Chunk};
use crate::config::SecondOpinion;
use crate::domain::{
    Classification, Contents, Evidence, Milli, Model, ModelId, Purpose, RequestId, Role, TaskClass, estimate_tokens,
};
use crate::privacy::Outgoing;
use crate::routing::{self, Lexicon};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Below this many percent another opinion is worth its time.
const ASK_BELOW: i32 = 60;
/// Examples are embedded in the background, once a run.
const EXAMPLES_LIMIT: Duration = Duration::from_secs(30);
/// Of a prompt so many bytes are shown: what is wanted mostly stands at the beginning.
const SHOWN: usize = 2000;
/// The nearest class must be nearer than the next by this much of a cosine.
const NEARER: f32 = 0.02;
/// How often such an opinion is right, as a guess.
const WORTH: Milli = Milli(700);
/// Larger models take too long, in billions of parameters.
const SMALL: f32 = 9.5;

/// Examples of each class as vectors of one model.
#[derive(Clone)]
pub(super) struct Examples {
    pub(super) model: ModelId,
    vectors: Arc<Vec<(TaskClass, Vec<f32>)>>,
}

/// Asks whoever is on hand, where `first` is not sure.
pub(super) async fn second(means: &Means, examples: Option<&Examples>, prompt: &str, first: Classification) -> Classification {
    let config = &means.outlet.config;
    let (opinion, timeout) = (config.ollama.second_opinion, config.timeouts.second_opinion);
    let mut task = first;
    if !is_open(means, &task) || prompt.trim().is_empty() {
        return task;
    }
    let (deadline, prompt) = (Instant::now() + timeout, &prompt[..prompt.floor_char_boundary(SHOWN)]);
    if let Some(examples) = examples.filter(|examples| embedder(means) == Some(&examples.model)) {
        nearest(means, examples, prompt, deadline, &mut task).await;
    }
    let unsure = task.confidence.percent() < ASK_BELOW;
    if let Some(model) = small(means).filter(|_| unsure && opinion == SecondOpinion::Model)
        && let Ok(Some(class)) = timeout_at(deadline, asked(means, model, prompt)).await
    {
        settle(&mut task, class, format!("{} said so", model.id));
    }
    task
}

/// Whether another opinion is wanted of `task`.
fn is_open(means: &Means, task: &Classification) -> bool {
    means.outlet.config.ollama.second_opinion != SecondOpinion::Off && task.confidence.percent() < ASK_BELOW
}

/// The model whose examples would have helped with `task`, where it has none yet.
pub(super) fn wants_examples(means: &Means, examples: Option<&Examples>, task: &Classification) -> Option<ModelId> {
    let model = embedder(means).filter(|_| is_open(means, task))?;
    (examples.map(|examples| &examples.model) != Some(model)).then(|| model.clone())
}

/// A model for embeddings that is in memory.
fn embedder(means: &Means) -> Option<&ModelId> {
    means.models.iter().find(|model| model.capabilities.embedding && means.is_on_hand(model)).map(|model| &model.id)
}

/// The examples as vectors of `model`; `None` where it made none.
pub(super) async fn examples(means: Means, model: ModelId) -> Option<Examples> {
    let (classes, texts): (Vec<TaskClass>, Vec<String>) = Lexicon::built_in().examples().map(|(c, t)| (c, t.to_owned())).unzip();
    let order = Order { id: RequestId(0), model: Some(model.clone()), texts, wish: Wish::OnHand, limit: EXAMPLES_LIMIT };
    let vectors = embeddings::embed(&means, order).await.result.ok()?;
    Some(Examples { model, vectors: Arc::new(classes.into_iter().zip(vectors).collect()) })
}

/// A small model that is in memory with its own window, and answers without thinking.
fn small(means: &Means) -> Option<&Model> {
    let models = &means.models;
    let fit = |model: &&Model| {
        let can = model.capabilities.completion && !model.capabilities.thinking;
        can && means.is_on_hand(model) && model.is_warm() && model.billions().is_some_and(|billions| billions <= SMALL)
    };
    models.iter().filter(fit).min_by(|a, b| a.billions().unwrap_or(SMALL).total_cmp(&b.billions().unwrap_or(SMALL)))
}

async fn nearest(means: &Means, examples: &Examples, prompt: &str, deadline: Instant, task: &mut Classification) {
    let limit = EXAMPLES_LIMIT;
    let (model, texts) = (Some(examples.model.clone()), vec![prompt.to_owned()]);
    let order = Order { id: RequestId(0), model, texts, wish: Wish::OnHand, limit };
    let made = timeout_at(deadline, embeddings::embed(means, order)).await;
    let Some(vector) = made.ok().and_then(|made| made.result.ok()).and_then(|vectors| vectors.into_iter().next()) else { return };
    if let Some(class) = closest(&vector, &examples.vectors) {
        settle(task, class, format!("nearest examples, by {}", examples.model));
    }
}

/// The class whose two nearest examples are the nearest on average; `None` where another is as near.
fn closest(vector: &[f32], examples: &[(TaskClass, Vec<f32>)]) -> Option<TaskClass> {
    let mut scores: Vec<(TaskClass, f32)> = Vec::new();
    for class in routing::ORDER {
        let mut near: Vec<f32> = examples.iter().filter(|(of, _)| *of == class).map(|(_, other)| cosine(vector, other)).collect();
        near.sort_by(|a, b| b.total_cmp(a));
        near.truncate(2);
        if !near.is_empty() {
            scores.push((class, near.iter().sum::<f32>() / near.len() as f32));
        }
    }
    scores.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    match scores[..] {
        [(class, best), (_, next), ..] if best - next >= NEARER => Some(class),
        _ => None,
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f32::MIN_POSITIVE)
}

/// Takes an opinion: what it says counts more than what the words left open.
fn settle(task: &mut Classification, class: TaskClass, what: String) {
    let weight = Milli(1000);
    task.second = if class == task.class { task.second } else { task.class };
    task.confidence = task.confidence.max(WORTH);
    task.class = class;
    task.evidence.insert(0, Evidence { what, class, weight });
}

/// What a small model takes the prompt for.
async fn asked(means: &Means, model: &Model, prompt: &str) -> Option<TaskClass> {
    let backend = means.backends.get(&model.backend);
    let content = format!("{INSTRUCTION}\n\nRequest:\n{prompt}\n\nKind:");
    let message = ChatMessage { role: Role::User, content, images: Vec::new() };
    let tokens = u32::try_from(estimate_tokens(&message.content)).unwrap_or(u32::MAX);
    // The window that it was loaded with: another would load it anew.
    let request = ChatRequest {
        model: model.id.clone(),
        system: String::new(),
        messages: vec![message],
        num_ctx: model.num_ctx,
        num_predict: 6,
        format: None,
    };
    let outgoing = Outgoing {
        id: RequestId(0),
        purpose: Purpose::Chat,
        bytes: backend.encode(&request).ok()?,
        destination: backend.destination(&model.id).ok()?,
        contents: Contents { prompt: true, ..Contents::default() },
        conversation: None,
        tokens,
        cost: None,
    };
    // Where it turns out that it is not here after all, nobody is asked.
    let sealed = means.outlet.seal_here(outgoing).await.ok()?;
    let Ok(_lease) = means.admit(model, Wish::OnHand, EXAMPLES_LIMIT).await else { return None };
    let (mut stream, mut said) = (backend.stream(sealed), String::new());
    while let Some(Ok(Chunk::Text { text, .. })) = stream.next().await {
        said.push_str(&text);
        if said.len() > 64 {
            break;
        }
    }
    word(&said)
}

const INSTRUCTION: &str = "Which kind is this request? Answer with one word only.\n\
    code: program code is wanted or is to be explained\nmath: the result is a number, an expression or a proof\n\
    creative: invented text\ntools: an action on a device or a service\ndeep: reasoning in several steps, trade-offs, puzzles\n\
    quick: a fact that one or two sentences settle\ngeneral: anything else";

/// The first class that a text names.
fn word(said: &str) -> Option<TaskClass> {
    let mut words = said.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.find_map(|word| TaskClass::parse(word).filter(|class| *class != TaskClass::Embedding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskClass::{CodeGeneration, Creative, General, Mathematical};

    #[test]
    fn the_class_of_the_nearest_examples() {
        let examples = [
            (CodeGeneration, vec![1.0, 0.0]),
            (CodeGeneration, vec![0.9, 0.1]),
            (Creative, vec![0.0, 1.0]),
            (Creative, vec![0.1, 0.9]),
        ];
        for (vector, want) in [
            (vec![1.0, 0.1], Some(CodeGeneration)),
            (vec![0.0, 2.0], Some(Creative)),
            (vec![1.0, 1.0], None),
            (vec![0.0, 0.0], None),
            (vec![f32::NAN, 1.0], None),
        ] {
            assert_eq!(closest(&vector, &examples), want, "{vector:?}");
        }
        assert_eq!(closest(&[1.0], &[]), None);
    }

    #[test]
    fn the_first_class_that_a_model_names() {
        for (said, want) in [
            ("code", Some(CodeGeneration)),
            (" Math.\n", Some(Mathematical)),
            ("It is **creative** writing, not code", Some(Creative)),
            ("I cannot say", None),
            ("", None),
            // The kind of an API is no kind of a prompt.
            ("embedding", None),
            ("embedding general", Some(General)),
        ] {
            assert_eq!(word(said), want, "{said:?}");
        }
    }
}
