//! A question, and the answer as it comes.
//!
//! What must stay true: the bytes that are sent are those that were sealed, to the address that they were sealed for, and
//! nothing is done before the stream is polled.

use super::decode::{Batch, Decoder};
use super::secret::Key;
use super::{BackendError, From, Inner};
use crate::backend::http::{self, Lane, Reach, Read, Response};
use crate::backend::{Chunk, ChunkStream};
use crate::privacy::Sealed;
use futures_util::{StreamExt, stream};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use std::collections::VecDeque;
use std::sync::Arc;

/// Sends, and streams what comes back.
pub(super) fn stream(inner: Arc<Inner>, sealed: Sealed) -> ChunkStream {
    stream::unfold(Phase::Start(inner, sealed), step).boxed()
}

type Item = Result<Chunk, BackendError>;

/// How far an answer is.
enum Phase {
    Start(Arc<Inner>, Sealed),
    Reading(Box<Reading>),
    /// Something was given out; this comes next, and then what is read.
    Ready(VecDeque<Item>, Option<Box<Reading>>),
    Over,
}

impl Phase {
    fn after(ready: VecDeque<Item>, reading: Option<Box<Reading>>) -> Self {
        if ready.is_empty() { reading.map_or(Self::Over, Self::Reading) } else { Self::Ready(ready, reading) }
    }
}

async fn step(phase: Phase) -> Option<(Item, Phase)> {
    let mut reading = match phase {
        Phase::Over => return None,
        Phase::Ready(mut ready, reading) => return ready.pop_front().map(|item| (item, Phase::after(ready, reading))),
        Phase::Reading(reading) => reading,
        Phase::Start(inner, sealed) => match open(&inner, sealed).await {
            Ok(reading) => Box::new(reading),
            Err(error) => return Some((Err(error), Phase::Over)),
        },
    };
    loop {
        let Batch { said, end } = reading.batch().await;
        let over = end.is_some();
        let end = end.map(|end| end.map(Chunk::Done).map_err(|error| reading.key.hide_in(error)));
        let mut ready: VecDeque<Item> = said.into_chunks().map(Ok).chain(end).collect();
        if let Some(item) = ready.pop_front() {
            return Some((item, Phase::after(ready, (!over).then_some(reading))));
        }
    }
}

/// Checks that the seal is for this provider as it is configured, and posts what is sealed.
async fn open(inner: &Inner, sealed: Sealed) -> Result<Reading, BackendError> {
    let reach = Reach::of_sealed(&sealed);
    let (bytes, destination) = sealed.into_parts();
    let model = destination.model();
    if *destination.backend() != inner.settings.id || inner.destination(model)? != destination {
        let to = if destination.target().is_empty() { destination.backend().as_str() } else { destination.target() };
        let (place, who) = (destination.location(), inner.who());
        return Err(BackendError::Refused(format!(
            "the request was meant for {model}, {to} ({place}), which is not what {who} is"
        )));
    }
    let from = From { who: inner.who(), what: format!("model {model}") };
    let Some((_, url)) = destination.target().split_once(' ') else { return Err(from.cut()) };
    let client = inner.client(&reach).await?;
    let key = Key::of(inner).await?;
    let request = client.post(url).header(CONTENT_TYPE, "application/json").header(ACCEPT, "text/event-stream").body(bytes);
    let response = inner.send(&client, Lane::Work, request, &key, &from).await.map_err(|error| key.hide_in(error))?;
    Ok(Reading { key, decoder: Decoder::new(inner.settings.format, from.clone()), from, response })
}

/// An answer on its way.
struct Reading {
    key: Key,
    from: From,
    decoder: Decoder,
    response: Response,
}

impl Reading {
    async fn batch(&mut self) -> Batch {
        let decoder = &mut self.decoder;
        let read = http::read(&mut self.response, |bytes| decoder.feed(bytes)).await;
        let mut batch = self.decoder.take(matches!(read, Read::End));
        if let Read::Failed(error) = read {
            batch.end.get_or_insert_with(|| Err(http::failure(&self.from.who, &error)));
        }
        batch
    }
}
