//! A defect of Segno's own beside the actor: whoever waits for it hears of it.

use conductor::backend::scripted::Scripted;
use conductor::backend::{Backend, BackendError, ChatRequest, ChunkStream, PullStream, Survey};
use conductor::config::Config;
use conductor::domain::{BackendId, ModelId, RequestId, Residency};
use conductor::privacy::{Destination, Pass, Sealed};
use conductor::protocol::{Command, Event, Level, ModelsCommand};
use conductor::{Conductor, Limits, Setup};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A server whose memory cannot be looked into without a panic.
struct Panics(Scripted);

impl Backend for Panics {
    fn id(&self) -> BackendId {
        self.0.id()
    }

    fn address(&self) -> String {
        self.0.address()
    }

    fn survey(&self, pass: Option<Pass>) -> Later<Result<Survey, BackendError>> {
        self.0.survey(pass)
    }

    fn encode(&self, request: &ChatRequest) -> Result<bytes::Bytes, BackendError> {
        self.0.encode(request)
    }

    fn destination(&self, model: &ModelId) -> Result<Destination, BackendError> {
        self.0.destination(model)
    }

    fn stream(&self, sealed: Sealed) -> ChunkStream {
        self.0.stream(sealed)
    }

    fn pull(&self, model: &ModelId, pass: Pass) -> PullStream {
        self.0.pull(model, pass)
    }

    fn has_memory(&self) -> bool {
        true
    }

    fn resident(&self) -> Later<Result<HashMap<ModelId, Residency>, BackendError>> {
        panic!("as it is told to")
    }
}

#[tokio::test]
async fn a_load_that_crashes_ends_with_a_notice_of_its_own() {
    let mut model = crate::session::bench::model("m:1");
    model.resident = Some(Residency { size_bytes: 1 << 30, vram_bytes: 1 << 30, context: Some(8192), expires_ms: None });
    let folder = tempfile::tempdir().unwrap();
    let limits = Limits { loopback_only: true, ..Limits::default() };
    let setup = Setup::new(Arc::new(Config::default()), folder.path().join("segno.db"), limits).unwrap();
    let server: Arc<dyn Backend> = Arc::new(Panics(Scripted::new(vec![model])));
    let (conductor, mut events) = Conductor::start(Setup { server, ..setup });
    let id = RequestId(7);
    conductor.send(Command::Models(ModelsCommand::Load { id, model: ModelId::new("m:1") })).await;
    let said = loop {
        match events.recv().await {
            Some(Event::Notice { id: Some(of), notice }) if of == id => break notice,
            Some(_) => {}
            None => panic!("the conductor has ended"),
        }
    };
    assert_eq!((said.level, said.what.as_str()), (Level::Error, "Segno made a mistake and could not go on with this"));
    conductor.send(Command::Quit).await;
    while events.recv().await.is_some() {}
}
