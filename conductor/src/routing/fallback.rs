//! Who may do better where one failed.
//!
//! What must stay true: pure; nobody is asked twice in a turn; what was refused once is refused by all and is passed on to nobody;
//! a server that is not reached has no other model either, but the same model may be on another; what is too large gives way to something smaller, what is too long to
//! a wider window.

use crate::domain::{BackendId, Candidate, Considered, Failure, FailureKind, Model};

/// At most so many are asked in a turn: more would only keep the user waiting.
pub const MOST_ASKED: usize = 6;

/// What is known of a candidate by those who choose the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Traits {
    size_bytes: u64,
    num_ctx: u32,
}

/// Where in the chain the next stands who may do better than `chain[at]`, which failed so; `None` where nobody may. The chain
/// grows where the failure calls for somebody it has not got: by the best smaller model on this machine, for one that did not
/// fit into memory. `down` are the backends that were not reached in this turn.
pub fn next(
    chain: &mut Vec<Candidate>,
    at: usize,
    (failure, down): (&Failure, &[BackendId]),
    models: &[Model],
    considered: &[Considered],
) -> Option<usize> {
    let failed = chain.get(at)?.clone();
    let open = (at + 1..chain.len().min(MOST_ASKED)).filter(|&next| !down.contains(&chain[next].backend));
    let found = open.into_iter().find(|&next| may_do_better(failure.kind, &failed, &chain[next], models));
    let is_out_of_memory = failure.kind == FailureKind::OutOfMemory;
    if found.is_some() || !is_out_of_memory || chain.len() >= MOST_ASKED {
        return found;
    }
    let smaller = smaller(&failed, chain, models, considered).filter(|smaller| !down.contains(&smaller.backend))?;
    chain.push(smaller);
    Some(chain.len() - 1)
}

/// Whether `next` may do better where `failed` did not.
fn may_do_better(kind: FailureKind, failed: &Candidate, next: &Candidate, models: &[Model]) -> bool {
    let [of_failed, of_next] = [failed, next].map(|candidate| traits(candidate, models));
    let pair = || of_failed.zip(of_next);
    match kind {
        FailureKind::NotFound | FailureKind::Busy | FailureKind::Stalled | FailureKind::Broken | FailureKind::Empty => true,
        FailureKind::Unreachable => failed.backend != next.backend,
        // Nothing is known of models elsewhere, and it is not this memory that they need.
        FailureKind::OutOfMemory => failed.backend != next.backend || pair().is_none_or(|(a, b)| b.size_bytes < a.size_bytes),
        FailureKind::TooLong => pair().is_some_and(|(a, b)| b.num_ctx > a.num_ctx),
        FailureKind::Refused
        | FailureKind::NotSealed
        | FailureKind::Denied
        | FailureKind::NoCandidate
        | FailureKind::Cancelled
        | FailureKind::Storage => false,
    }
}

/// The best of those that are smaller, on this machine, and can be asked.
fn smaller(failed: &Candidate, chain: &[Candidate], models: &[Model], considered: &[Considered]) -> Option<Candidate> {
    let most = traits(failed, models)?.size_bytes;
    let open = considered.iter().filter(|c| c.gate.is_none() && c.location.is_local() && c.backend != BackendId::guide());
    let fit = open.filter(|c| chain.iter().all(|asked| asked.model != c.model));
    let model =
        fit.filter_map(|c| models.iter().find(|m| m.id == c.model && m.backend == c.backend)).find(|m| m.size_bytes < most)?;
    Some(Candidate {
        model: model.id.clone(),
        backend: model.backend.clone(),
        location: model.location.clone(),
        family: model.family.clone(),
    })
}

fn traits(of: &Candidate, models: &[Model]) -> Option<Traits> {
    let model = models.iter().find(|model| model.id == of.model && model.backend == of.backend)?;
    Some(Traits { size_bytes: model.size_bytes, num_ctx: model.num_ctx })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Capabilities, Licence, Location, Milli, ModelId};
    use FailureKind::{
        Broken, Busy, Cancelled, Denied, Empty, NoCandidate, NotFound, NotSealed, OutOfMemory, Refused, Stalled, Storage,
        TooLong, Unreachable,
    };

    /// Name, backend, gigabytes, window.
    type Words = (&'static str, &'static str, u64, u32);

    const LARGE: Words = ("large", "ollama", 20, 8192);
    const SAME: Words = ("same", "ollama", 20, 8192);
    const SMALL: Words = ("small", "ollama", 4, 8192);
    const TINY: Words = ("tiny", "ollama", 1, 4096);
    const WIDE: Words = ("wide", "ollama", 30, 32_768);
    const CLOUD: Words = ("cloud", "openai", 0, 200_000);

    fn model((name, backend, gigabytes, num_ctx): Words) -> Model {
        Model {
            id: ModelId::new(name),
            backend: BackendId::new(backend),
            location: if matches!(backend, "ollama" | "desk") { Location::Local } else { Location::External(backend.to_owned()) },
            family: String::new(),
            parameters: String::new(),
            quantization: String::new(),
            size_bytes: gigabytes << 30,
            trained_context: None,
            num_ctx,
            capabilities: Capabilities::default(),
            resident: None,
            licence: Licence::default(),
            prices: None,
            obstacle: None,
            kv_bytes_per_token: None,
        }
    }

    fn check(what: &str, kind: FailureKind, chain: &[Words], others: &[Words], want: Option<&str>) {
        check_with(what, (kind, &[]), chain, others, want);
    }

    /// `want` is a name, with the server where that is the second.
    fn check_with(what: &str, (kind, down): (FailureKind, &[&str]), chain: &[Words], others: &[Words], want: Option<&str>) {
        let models: Vec<Model> = chain.iter().chain(others).map(|words| model(*words)).collect();
        let candidate = |model: &Model| Candidate {
            model: model.id.clone(),
            backend: model.backend.clone(),
            location: model.location.clone(),
            family: String::new(),
        };
        let considered: Vec<Considered> = models
            .iter()
            .map(|model| Considered {
                model: model.id.clone(),
                backend: model.backend.clone(),
                location: model.location.clone(),
                score: Milli(0),
                points: Vec::new(),
                gate: None,
            })
            .collect();
        let mut chain: Vec<Candidate> = models.iter().take(chain.len()).map(candidate).collect();
        let failure = Failure::new(kind, "x", "");
        let down: Vec<BackendId> = down.iter().map(|id| BackendId::new(*id)).collect();
        let found = next(&mut chain, 0, (&failure, &down), &models, &considered);
        let found = found.map(|at| match chain[at].backend.as_str() {
            "desk" => format!("{} on desk", chain[at].model),
            _ => chain[at].model.to_string(),
        });
        assert_eq!(found.as_deref(), want, "{what}");
    }

    #[test]
    fn who_is_next_by_what_failed() {
        for kind in [NotFound, Busy, Stalled, Broken, Empty] {
            check("the next", kind, &[LARGE, SAME, SMALL], &[], Some("same"));
            check("nobody left", kind, &[LARGE], &[SMALL], None);
        }
        for kind in [Refused, NotSealed, Denied, NoCandidate, Cancelled, Storage] {
            check("the same again is the same again", kind, &[LARGE, SMALL, CLOUD], &[], None);
        }
        check("its server is down", Unreachable, &[LARGE, SMALL, CLOUD], &[], Some("cloud"));
        check("its server is down, and there is no other", Unreachable, &[LARGE, SMALL], &[TINY], None);
    }

    #[test]
    fn the_same_model_is_asked_on_the_next_server() {
        const TWIN: Words = ("large", "desk", 20, 8192);
        for kind in [NotFound, Busy, Stalled, Broken, Empty, Unreachable, OutOfMemory] {
            check("the twin", kind, &[LARGE, TWIN, SMALL], &[], Some("large on desk"));
        }
        check("the same again is the same again", TooLong, &[LARGE, TWIN, SMALL], &[], None);
        let other = ("large", "desk", 20, 16_384);
        check("its window is its own", TooLong, &[LARGE, other], &[], Some("large on desk"));
        check_with("nobody asks a server that is down", (Stalled, &["desk"]), &[LARGE, TWIN, SMALL], &[], Some("small"));
        check_with("not for a smaller one either", (OutOfMemory, &["ollama"]), &[TWIN], &[SMALL], None);
    }

    #[test]
    fn what_is_too_large_gives_way_to_something_smaller() {
        check("skips what is as large", OutOfMemory, &[LARGE, SAME, SMALL], &[], Some("small"));
        check("another memory", OutOfMemory, &[LARGE, SAME, CLOUD], &[], Some("cloud"));
        check("one that the chain has not got", OutOfMemory, &[LARGE, SAME], &[WIDE, SMALL, TINY], Some("small"));
        check("nothing smaller", OutOfMemory, &[TINY], &[SMALL, LARGE], None);
        check("none that leaves the machine by itself", OutOfMemory, &[LARGE], &[CLOUD], None);
    }

    #[test]
    fn what_is_too_long_goes_to_a_wider_window() {
        check("skips the same window", TooLong, &[LARGE, SMALL, WIDE], &[], Some("wide"));
        check("no wider one", TooLong, &[LARGE, SMALL, TINY], &[WIDE], None);
    }

    #[test]
    fn no_more_than_a_few_are_asked() {
        let chain: Vec<Words> = ["a", "b", "c", "d", "e", "f", "g"].map(|name| (name, "ollama", 20, 8192)).to_vec();
        let models: Vec<Model> = chain.iter().map(|words| model(*words)).collect();
        let mut chain: Vec<Candidate> = models
            .iter()
            .map(|m| Candidate {
                model: m.id.clone(),
                backend: m.backend.clone(),
                location: m.location.clone(),
                family: String::new(),
            })
            .collect();
        let (mut at, mut asked) = (0, 1);
        while let Some(then) = next(&mut chain, at, (&Failure::new(Broken, "x", ""), &[]), &models, &[]) {
            assert!(then > at);
            (at, asked) = (then, asked + 1);
        }
        assert_eq!(asked, MOST_ASKED);
    }
}
