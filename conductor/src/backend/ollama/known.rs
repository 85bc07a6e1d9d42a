//! What is known of the server, and where its models run by it.
//!
//! What must stay true: a model that was caught running elsewhere counts as elsewhere for as long as the server is the same,
//! whatever later lists say; a list never takes the place of one that was asked for after it; nothing that is known of one
//! server is used for another.

use super::super::http::Client;
use super::survey::Shown;
use crate::domain::{Location, ModelId};
use crate::privacy::location::Remote;
use std::collections::HashMap;
use std::net::SocketAddr;
use tokio::time::Instant;

/// What was found. The lock around it is never held over an await.
#[derive(Debug, Default)]
pub(super) struct Known {
    server: Option<Server>,
    /// `None` before the first survey that came through.
    list: Option<List>,
    /// Models that run elsewhere, as their answers said, though the list did not.
    caught: HashMap<ModelId, Remote>,
    /// What `/api/show` said, by digest.
    cards: HashMap<String, Shown>,
    /// How often `/api/show` was asked, by digest.
    tries: HashMap<String, u32>,
}

/// What a survey found.
#[derive(Debug)]
struct List {
    /// When the survey began: what the server changed after that may not be in it.
    begun: Instant,
    /// What there is, with what was said of running elsewhere.
    models: HashMap<ModelId, Remote>,
}

/// A server, found at its addresses.
#[derive(Debug, Clone)]
pub(super) struct Server {
    /// All that the host resolved to, in order.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) location: Location,
    /// Connects to these addresses alone.
    pub(super) client: Client,
}

impl Known {
    /// Nothing yet but the server. Other addresses may be another server: what was known before says nothing of it.
    pub(super) fn of(server: Server) -> Self {
        Self { server: Some(server), ..Self::default() }
    }

    /// The server, where one was found.
    pub(super) fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// Whether this is known of the server at `addresses`.
    pub(super) fn is_of(&self, addresses: &[SocketAddr]) -> bool {
        self.server.as_ref().is_some_and(|s| s.addresses == addresses)
    }

    /// When the survey began that the list is from.
    pub(super) fn listed_at(&self) -> Option<Instant> {
        self.list.as_ref().map(|list| list.begun)
    }

    /// What was said of where a listed model runs: `None` before there is a list, and `Some(None)` for what is not in it.
    pub(super) fn listed(&self, model: &ModelId) -> Option<Option<&Remote>> {
        let listed = self.list.as_ref()?.models.get(model);
        Some(listed.map(|said| self.caught.get(model).unwrap_or(said)))
    }

    /// Takes a list, unless there is one that was asked for later.
    pub(super) fn set_list(&mut self, begun: Instant, models: HashMap<ModelId, Remote>) {
        if self.listed_at().is_none_or(|at| at <= begun) {
            self.list = Some(List { begun, models });
        }
    }

    /// `model` of the server at `addresses` runs elsewhere, though the list did not say so.
    pub(super) fn catch(&mut self, addresses: &[SocketAddr], model: &ModelId, remote: Remote) {
        if self.is_of(addresses) {
            tracing::warn!("{model} was listed as local, and runs elsewhere: {remote:?}");
            self.caught.insert(model.clone(), remote);
        }
    }

    /// Where `model` was caught running.
    pub(super) fn caught(&self, model: &ModelId) -> Option<&Remote> {
        self.caught.get(model)
    }

    /// What `/api/show` said of the model with this digest.
    pub(super) fn card(&self, digest: &str) -> Option<&Shown> {
        self.cards.get(digest)
    }

    /// Keeps what `/api/show` of the server at `addresses` said.
    pub(super) fn add_card(&mut self, addresses: &[SocketAddr], digest: String, shown: Shown) {
        if self.is_of(addresses) {
            self.cards.insert(digest, shown);
        }
    }

    /// How often `/api/show` was asked for the model with this digest.
    pub(super) fn tries(&self, digest: &str) -> u32 {
        self.tries.get(digest).copied().unwrap_or(0)
    }

    /// `/api/show` of the server at `addresses` is asked for the model with this digest.
    pub(super) fn count_try(&mut self, addresses: &[SocketAddr], digest: &str) {
        if self.is_of(addresses) {
            let tries = self.tries.entry(digest.to_owned()).or_default();
            *tries = tries.saturating_add(1);
        }
    }

    /// Forgets what was shown of models that are gone.
    pub(super) fn retain(&mut self, present: impl Fn(&str) -> bool) {
        self.cards.retain(|digest, _| present(digest));
        self.tries.retain(|digest, _| present(digest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::http::{Limits, Pool, Reach, Target};
    use crate::domain::BackendId;
    use std::time::Duration;

    fn server(port: u16) -> Server {
        let addresses = vec![SocketAddr::from(([127, 0, 0, 1], port))];
        let connect = Duration::from_secs(1);
        let target = Target { host: "127.0.0.1", addresses: &addresses, tls: false, connect, loopback_only: true };
        let client = Pool::new(BackendId::ollama(), Limits::default()).client(target, &Reach::here()).unwrap();
        Server { addresses, location: Location::Local, client }
    }

    #[test]
    fn what_was_caught_outlives_lists_and_no_other_server() {
        let (model, gone) = (ModelId::new("m:1"), ModelId::new("n:1"));
        let cloud = Remote { host: Some("https://ollama.com".into()), model: None };
        let mut known = Known::of(server(1));
        assert_eq!(known.listed(&model), None);
        known.catch(&server(2).addresses, &gone, cloud.clone());
        known.catch(&server(1).addresses, &model, cloud.clone());
        assert_eq!(known.caught(&gone), None);
        for _ in 0..2 {
            known.set_list(Instant::now(), HashMap::from([(model.clone(), Remote::default())]));
            assert_eq!((known.listed(&model), known.listed(&gone)), (Some(Some(&cloud)), Some(None)));
        }
        assert!(known.is_of(&server(1).addresses) && !known.is_of(&server(2).addresses));
        assert_eq!(Known::of(server(2)).caught(&model), None);
    }

    #[test]
    fn a_list_gives_way_to_later_ones_only() {
        let (early, late) = (Instant::now(), Instant::now() + Duration::from_secs(1));
        let list = |name: &str| HashMap::from([(ModelId::new(name), Remote::default())]);
        let mut known = Known::of(server(1));
        for (begun, name, kept, at) in [(early, "a:1", "a:1", early), (late, "b:1", "b:1", late), (early, "c:1", "b:1", late)] {
            known.set_list(begun, list(name));
            assert_eq!((known.listed(&ModelId::new(kept)), known.listed_at()), (Some(Some(&Remote::default())), Some(at)));
        }
    }
}
