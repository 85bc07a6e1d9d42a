//! A backend that plays a script: for tests of everything above it and for `segno demo`, through the real trait and the real seal.

use super::{
    Backend, BackendError, ChatRequest, Chunk, ChunkStream, Completion, EmbedRequest, PullStep, PullStream, StopReason, Survey,
    ToolCall,
};
use crate::config::ProviderPlace;
use crate::domain::{BackendId, Location, Model, ModelId, Purpose, Usage};
use crate::privacy::location::Remote;
use crate::privacy::{Destination, Pass, Sealed};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What happens in one stream, in order. A script that runs out ends the stream as a cut connection does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A piece of the answer.
    Text(String),
    /// A piece of the thinking.
    Thinking(String),
    /// Calls of tools.
    Calls(Vec<ToolCall>),
    /// The clock moves on; with tokio's clock paused this takes no time.
    Wait(Duration),
    /// The end.
    Done,
    /// The end, with these counts of tokens.
    Counted(Usage),
    /// The end at a limit of length.
    Length,
    /// A failure.
    Fail(BackendError),
    /// Nothing more, ever.
    Hang,
}

/// What a model plays that is sent these bytes.
pub type Play = dyn Fn(&ModelId, &[u8]) -> Vec<Step> + Send + Sync;

/// Those of the texts of one request.
type Vectors = Vec<Vec<f32>>;

/// A backend that plays a script.
#[derive(Clone)]
pub struct Scripted {
    id: BackendId,
    survey: Arc<Mutex<Result<Survey, BackendError>>>,
    scripts: Arc<Mutex<HashMap<ModelId, VecDeque<Vec<Step>>>>>,
    vectors: Arc<Mutex<HashMap<ModelId, VecDeque<Vectors>>>>,
    sent: Arc<Mutex<Vec<(ModelId, Bytes)>>>,
    play: Option<Arc<Play>>,
}

impl Scripted {
    /// A server with these models. It takes the place of Ollama.
    pub fn new(models: Vec<Model>) -> Self {
        let survey = Survey {
            address: "scripted:0".to_owned(),
            version: "0".to_owned(),
            location: Location::Local,
            models,
            memory_known: true,
        };
        let survey = Arc::new(Mutex::new(Ok(survey)));
        Self {
            id: BackendId::ollama(),
            survey,
            scripts: Arc::default(),
            vectors: Arc::default(),
            sent: Arc::default(),
            play: None,
        }
    }

    /// The same as a provider called `id`.
    #[must_use]
    pub fn named(self, id: &str) -> Self {
        Self { id: BackendId::new(id), ..self }
    }

    /// The same, where surveys say that it is at `address` and which `version` it has.
    #[must_use]
    pub fn called(self, address: &str, version: &str) -> Self {
        if let Ok(survey) = &mut *locked(&self.survey) {
            (survey.address, survey.version) = (address.to_owned(), version.to_owned());
        }
        self
    }

    /// What streams play is made by `play` of what is sent, which is not kept: for who runs longer than a test.
    #[must_use]
    pub fn playing(self, play: Arc<Play>) -> Self {
        Self { play: Some(play), ..self }
    }

    /// The next stream of `model` plays `steps`; called again, the one after it.
    #[must_use]
    pub fn plays(self, model: &str, steps: Vec<Step>) -> Self {
        locked(&self.scripts).entry(ModelId::new(model)).or_default().push_back(steps);
        self
    }

    /// The next texts that `model` gets are answered with `vectors`; called again, those after them.
    #[must_use]
    pub fn embeds(self, model: &str, vectors: Vectors) -> Self {
        locked(&self.vectors).entry(ModelId::new(model)).or_default().push_back(vectors);
        self
    }

    /// What surveys say from now on.
    pub fn set_survey(&self, survey: Result<Survey, BackendError>) {
        *locked(&self.survey) = survey;
    }

    /// Notes what is sent, and takes the script for it.
    fn take(&self, sealed: Sealed) -> Vec<Step> {
        let (bytes, destination) = sealed.into_parts();
        let model = destination.model().clone();
        if let Some(play) = &self.play {
            return play(&model, &bytes);
        }
        let steps = locked(&self.scripts).get_mut(&model).and_then(VecDeque::pop_front).unwrap_or_default();
        locked(&self.sent).push((model, bytes));
        steps
    }

    /// All that was sent: to whom, and the exact bytes.
    pub fn sent(&self) -> Vec<(ModelId, Bytes)> {
        locked(&self.sent).clone()
    }
}

impl Scripted {
    /// A destination that computes to `location`.
    fn place(&self, path: &str, location: &Location, model: ModelId) -> Destination {
        let url = |host: &String| url::Url::parse(&format!("https://{host}/v1/chat/completions")).ok();
        // A provider is where it says; what a server of local models has elsewhere it reaches by itself.
        if let Location::External(host) = location
            && self.id != BackendId::ollama()
            && let Some(url) = url(host)
        {
            return Destination::provider(self.id(), model, ProviderPlace::External, "POST", &url);
        }
        let (host, ip, remote) = match location {
            Location::Local => ("127.0.0.1", [127, 0, 0, 1], None),
            Location::Network(host) => (host.as_str(), [192, 168, 0, 1], None),
            Location::External(host) => ("127.0.0.1", [127, 0, 0, 1], Some(host.clone())),
        };
        let remote = Remote { host: remote, model: None };
        let (origin, address) = (format!("http://{host}:1"), SocketAddr::from((ip, 1)));
        Destination::server(self.id(), ("POST", &origin, path), host, vec![address], model, &remote)
    }

    /// Where a request for a model that is listed goes.
    fn place_of(&self, path: &str, model: &ModelId) -> Result<Destination, BackendError> {
        let survey = locked(&self.survey).clone()?;
        let listed = survey.models.iter().find(|m| m.id == *model);
        let listed = listed.ok_or_else(|| BackendError::NotFound(format!("{model} not found")))?;
        Ok(self.place(path, &listed.location, model.clone()))
    }
}

/// A poisoned lock means that a test has failed already; its data is still good to look at.
fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Backend for Scripted {
    fn id(&self) -> BackendId {
        self.id.clone()
    }

    fn address(&self) -> String {
        "scripted:0".to_owned()
    }

    fn survey(&self, pass: Option<Pass>) -> BoxFuture<'static, Result<Survey, BackendError>> {
        let survey = locked(&self.survey).clone().map(|survey| match survey.location {
            Location::Network(_) if pass.is_none() => Survey { version: String::new(), models: Vec::new(), ..survey },
            _ => survey,
        });
        async move { survey }.boxed()
    }

    fn encode(&self, request: &ChatRequest) -> Result<Bytes, BackendError> {
        let messages: Vec<_> =
            request.messages.iter().map(|m| serde_json::json!({"role": m.role, "content": m.content})).collect();
        let mut body = serde_json::json!({"model": request.model.short(), "messages": messages, "num_ctx": request.num_ctx});
        if !request.system.is_empty() {
            body["system"] = request.system.as_str().into();
        }
        if let Some(format) = &request.format {
            body["format"] = serde_json::json!(format);
        }
        Ok(Bytes::from(body.to_string()))
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        self.place_of("/api/chat", model)
    }

    fn contact(&self, _purpose: Purpose) -> Option<Destination> {
        let survey = locked(&self.survey).clone();
        let location = survey.map_or(Location::Local, |survey| survey.location);
        (!location.is_local()).then(|| self.place("/api/tags", &location, ModelId::new("")))
    }

    fn stream(&self, sealed: Sealed) -> ChunkStream {
        let this = self.clone();
        // In a future, which does nothing before it is polled: what nobody polls was not sent.
        stream::once(async move { play(this.take(sealed)) }).flatten().boxed()
    }

    fn pull(&self, model: &ModelId, _pass: Pass) -> PullStream {
        let step = PullStep { status: format!("pulling {model}"), completed: 1, total: 1 };
        stream::iter([Ok(step)]).boxed()
    }

    fn encode_embed(&self, request: &EmbedRequest) -> Result<Bytes, BackendError> {
        Ok(Bytes::from(serde_json::json!({"model": request.model, "input": request.texts}).to_string()))
    }

    fn embed_destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        self.place_of("/api/embed", model)
    }

    fn embed(&self, sealed: Sealed) -> BoxFuture<'static, Result<Vec<Vec<f32>>, BackendError>> {
        let this = self.clone();
        async move {
            let (bytes, destination) = sealed.into_parts();
            let model = destination.model().clone();
            let vectors = locked(&this.vectors).get_mut(&model).and_then(VecDeque::pop_front);
            locked(&this.sent).push((model, bytes));
            vectors.ok_or_else(|| BackendError::Broken("there is no script for these texts".to_owned()))
        }
        .boxed()
    }
}

/// A stream that does what `steps` say.
fn play(steps: Vec<Step>) -> ChunkStream {
    stream::unfold((VecDeque::from(steps), false), |(mut steps, ended)| async move {
        if ended {
            return None;
        }
        loop {
            let item = match steps.pop_front() {
                Some(Step::Text(text)) => Ok(Chunk::Text { text, thinking: String::new() }),
                Some(Step::Thinking(thinking)) => Ok(Chunk::Text { text: String::new(), thinking }),
                Some(Step::Calls(calls)) => Ok(Chunk::Tools(calls)),
                Some(Step::Wait(time)) => {
                    tokio::time::sleep(time).await;
                    continue;
                }
                Some(Step::Done) => Ok(done(StopReason::Stop)),
                Some(Step::Counted(usage)) => {
                    Ok(Chunk::Done(Completion { usage, load: None, eval: None, reason: StopReason::Stop }))
                }
                Some(Step::Length) => Ok(done(StopReason::Length)),
                Some(Step::Fail(error)) => Err(error),
                Some(Step::Hang) => std::future::pending().await,
                None => Err(BackendError::Broken("the connection ended in the middle of an answer".to_owned())),
            };
            let ended = !matches!(item, Ok(Chunk::Text { .. } | Chunk::Tools(_)));
            return Some((item, (steps, ended)));
        }
    })
    .boxed()
}

fn done(reason: StopReason) -> Chunk {
    let usage = Usage { prompt_tokens: Some(7), answer_tokens: Some(3) };
    Chunk::Done(Completion { reason, usage, load: None, eval: Some(Duration::from_millis(100)) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::local;

    #[tokio::test]
    async fn nothing_is_sent_before_the_stream_is_polled() {
        let scripted = Scripted::new(Vec::new()).plays("m:1", vec![Step::Done]);
        let model = ModelId::new("m:1");
        let sealed = || {
            let address = std::net::SocketAddr::from(([127, 0, 0, 1], 1));
            let remote = crate::privacy::location::Remote::default();
            let there = Destination::server(
                scripted.id(),
                ("POST", "http://127.0.0.1:1", "/"),
                "127.0.0.1",
                vec![address],
                model.clone(),
                &remote,
            );
            local(Bytes::from("hi"), there).unwrap()
        };
        drop(scripted.stream(sealed()));
        let mut stream = scripted.stream(sealed());
        assert_eq!(scripted.sent(), []);
        assert_eq!(stream.next().await, Some(Ok(done(StopReason::Stop))));
        assert_eq!(scripted.sent(), [(model.clone(), Bytes::from("hi"))]);
        assert_eq!(stream.next().await, None);
    }
}
