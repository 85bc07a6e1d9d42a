//! Reading what a server sends as it comes.

use super::Response;
use bytes::Bytes;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Bytes that are made into one piece at most.
const BATCH: usize = 64 * 1024;

/// How a look at the network ended.
pub(crate) enum Read {
    /// Something came.
    Bytes,
    /// Nothing more comes.
    End,
    /// It broke.
    Failed(reqwest::Error),
}

/// Waits for bytes, and takes with them all that are there already. Each piece that a server wrote comes to us apart, a
/// token or so at a time; a fast answer would wake everybody downstream twenty thousand times.
pub(crate) async fn read(response: &mut Response, mut take: impl FnMut(&[u8])) -> Read {
    let mut taken = 0;
    let mut next = response.chunk().await;
    loop {
        match next {
            Ok(Some(bytes)) => {
                taken += bytes.len();
                take(&bytes);
            }
            Ok(None) => return Read::End,
            Err(error) => return Read::Failed(error),
        }
        if taken >= BATCH {
            return Read::Bytes;
        }
        match at_hand(response).await {
            Some(more) => next = more,
            None => return Read::Bytes,
        }
    }
}

/// The next piece if it is there; `None` instead of waiting. The task that reads the socket gets one turn to hand it over:
/// it passes on one piece at a time.
async fn at_hand(response: &mut Response) -> Option<reqwest::Result<Option<Bytes>>> {
    let mut next = pin!(response.chunk());
    let mut asked = false;
    poll_fn(|context| match next.as_mut().poll(context) {
        Poll::Ready(piece) => Poll::Ready(Some(piece)),
        Poll::Pending if asked => Poll::Ready(None),
        Poll::Pending => {
            asked = true;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await
}

/// The body of `response`, but no more than `cap` bytes of it; the second value is true where there was more.
pub(crate) async fn body(response: &mut Response, cap: usize) -> Result<(Vec<u8>, bool), reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await? {
        let room = cap - bytes.len();
        if piece.len() > room {
            bytes.extend_from_slice(&piece[..room]);
            return Ok((bytes, true));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok((bytes, false))
}
