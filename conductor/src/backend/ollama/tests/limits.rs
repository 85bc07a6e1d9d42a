//! Servers that are slow to tell of themselves, and how old is what they told.

use super::{SHOW, TAGS, VERSION, id, ok, row};
use crate::backend::testing::{Act, Server, reply, route};
use crate::backend::{Backend, BackendError};
use crate::domain::{Location, Model};
use futures_util::future::join_all;
use serde_json::json;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// A survey has to be over in less, since its caller counts the server as down after five seconds.
const MOST: Duration = Duration::from_millis(4500);

/// Six models of which nothing is known, and for four in the middle the server has no answer.
#[tokio::test]
async fn slow_models_cost_their_own_cards_alone() {
    let names = ["a:1", "s1:1", "s2:1", "s3:1", "s4:1", "z:1"];
    let server = Server::start_reading(move |request| match route(request) {
        VERSION => ok(&json!({"version": "0.5.0"})),
        TAGS => ok(&json!({"models": names.map(|name| json!({"name": name, "digest": name}))})),
        SHOW if request.contains("a:1") || request.contains("z:1") => {
            ok(&json!({"model_info": {"general.architecture": "x", "x.context_length": 4096}, "capabilities": ["tools"]}))
        }
        // What is in memory, too.
        _ => vec![Act::Hang],
    })
    .await;
    let ollama = server.ollama();
    let mut carded = Vec::new();
    for _ in 0..2 {
        let begun = Instant::now();
        let found = ollama.survey(None).await.unwrap();
        assert!(begun.elapsed() < Duration::from_millis(2500), "{:?}", begun.elapsed());
        assert_eq!(found.models.len(), names.len());
        assert!(found.models.iter().all(|m| m.location == Location::Local && m.resident.is_none()), "{found:?}");
        let known = |m: &&Model| m.trained_context == Some(4096) && m.capabilities.tools;
        carded.push(found.models.iter().filter(known).map(|m| m.id.to_string()).collect::<Vec<_>>());
        assert!(found.models.iter().filter(|m| !known(m)).all(|m| m.capabilities.completion), "neither a card nor a guess");
        assert!(ollama.destination(&id("s1:1")).is_ok());
    }
    assert_eq!(carded, [vec!["a:1"], vec!["a:1", "z:1"]], "the second survey did not go on where the first ended");
    let shows: Vec<_> = server.requests().into_iter().filter(|r| r.starts_with(SHOW)).collect();
    assert_eq!(shows.iter().filter(|r| r.contains("a:1") || r.contains("z:1")).count(), 2, "asked twice: {shows:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    join_all([(VERSION, "api/version"), (TAGS, "api/tags")].map(|(silent, named)| async move {
        let server = Server::start(move |asked| match asked {
            _ if asked == silent => vec![Act::Hang],
            _ => ok(&json!({"version": "0.33.0", "models": []})),
        })
        .await;
        let begun = Instant::now();
        let error = server.ollama().survey(None).await.unwrap_err();
        assert!(begun.elapsed() < MOST, "{named}: {:?}", begun.elapsed());
        let want = format!("ollama at http://{} did not answer for {named} in 2.9 s", server.address);
        assert_eq!(error, BackendError::Stalled(want));
        assert!(begun.elapsed() >= Duration::from_millis(2850), "{named}: the words are untrue");
    }))
    .await;
}

#[tokio::test]
async fn a_list_is_as_old_as_the_survey_it_is_from() {
    static ASKED: Mutex<Vec<Instant>> = Mutex::new(Vec::new());
    let server = Server::start(|asked| match asked {
        TAGS => {
            let mut times = ASKED.lock().unwrap();
            times.push(Instant::now());
            // The third survey fails.
            ok(&if times.len() < 3 { json!({"models": [row("m:1")]}) } else { json!("nonsense") })
        }
        _ => ok(&json!({"version": "0.33.0"})),
    })
    .await;
    let ollama = server.ollama();
    assert_eq!(ollama.listed_at(), None);
    for n in 0..2 {
        let before = Instant::now();
        ollama.survey(None).await.unwrap();
        let at = ollama.listed_at().unwrap();
        assert!(before <= at && at <= ASKED.lock().unwrap()[n], "not the beginning of survey {n}");
    }
    let last = ollama.listed_at();
    assert!(ollama.survey(None).await.is_err());
    assert_eq!(ollama.listed_at(), last);
}

#[tokio::test]
async fn a_card_from_elsewhere_is_not_given_out() {
    let server = Server::start(|asked| match asked {
        VERSION => ok(&json!({"version": "0.33.0"})),
        TAGS => ok(&json!({"models": [row("m:1")]})),
        _ => ok(&json!({"remote_host": "https://ollama.com", "license": "theirs"})),
    })
    .await;
    let ollama = server.ollama();
    assert!(matches!(ollama.show(&id("m:1")).await, Err(BackendError::Unreachable(_))), "asked without a list");
    ollama.survey(None).await.unwrap();
    for _ in 0..2 {
        let refused = ollama.show(&id("m:1")).await;
        assert!(matches!(&refused, Err(BackendError::Refused(why)) if why.contains("ollama.com")), "{refused:?}");
        ollama.survey(None).await.unwrap();
        assert!(ollama.destination(&id("m:1")).is_ok_and(|d| !d.location().is_local()));
    }
    assert_eq!(server.asked().iter().filter(|r| *r == SHOW).count(), 1);
}

/// The list tells everything but the licences, and the server takes its time with these.
#[tokio::test]
async fn licences_come_beside_the_list() {
    let server = Server::start_reading(|request| match route(request) {
        VERSION => ok(&json!({"version": "0.33.0"})),
        TAGS => {
            let cloud = json!({"name": "alias:1", "digest": "c", "remote_host": "https://ollama.com"});
            // One digest under two names.
            let same = |name: &str| json!({"digest": "same", "name": name, "capabilities": ["completion"],
                "details": {"family": "llama", "context_length": 4096}});
            ok(&json!({"models": [row("quick:1"), row("slow:1"), row("broken:1"), same("one:1"), same("two:1"), cloud, {"name": "x:cloud", "digest": "x"}]}))
        }
        SHOW if request.contains("slow:1") => vec![Act::Hang],
        SHOW if request.contains("broken:1") => reply("500 Internal Server Error", "", "oh"),
        SHOW => ok(&json!({"license": "GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007"})),
        _ => ok(&json!({"models": []})),
    })
    .await;
    let ollama = server.ollama();
    let begun = Instant::now();
    let licences = async || -> Vec<(String, String)> {
        let found = ollama.survey(None).await.unwrap();
        found.models.into_iter().map(|m| (m.id.to_string(), m.licence.name)).collect()
    };
    let mut told = licences().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "the list waited for a licence: {:?}", begun.elapsed());
    // On a busy machine what was asked may come after the wait.
    while told.iter().filter(|(_, licence)| !licence.is_empty()).count() < 3 && begun.elapsed() < Duration::from_secs(4) {
        told = licences().await;
    }
    let want = [
        ("alias:1", ""),
        ("broken:1", ""),
        ("one:1", "GPL-3.0"),
        ("quick:1", "GPL-3.0"),
        ("slow:1", ""),
        ("two:1", "GPL-3.0"),
        ("x:cloud", ""),
    ];
    assert_eq!(told, want.map(|(model, licence)| (model.to_owned(), licence.to_owned())));
    licences().await;
    let mut shown: Vec<_> = server.requests().into_iter().filter(|r| r.starts_with(SHOW)).collect();
    shown.sort_by_key(|r| r.split("\"model\"").nth(1).map(str::to_owned));
    let names: Vec<_> = shown.iter().filter_map(|r| r.split('"').nth(3)).collect();
    assert_eq!(names, ["broken:1", "one:1", "quick:1", "slow:1"], "more than once, or for a model that runs elsewhere");
}
