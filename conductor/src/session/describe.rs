//! Errors in words for a person: what happened, to what, and what to do next.

use crate::backend::BackendError;
use crate::config::{BackendSettings, ProviderSettings};
use crate::domain::{Attempt, BackendId, Candidate, ConsentRequest, Failure, FailureKind, ModelId};
use crate::gpu::memory::AdmitError;
use crate::privacy::Refusal;
use std::time::Duration;

/// The error of a server of models, as a failure of `candidate`, which was asked with a window of `num_ctx` tokens.
pub(super) fn backend(error: &BackendError, candidate: &Candidate, num_ctx: u32) -> Failure {
    let model = &candidate.model;
    let (kind, hint) = match error {
        BackendError::Unreachable(_) => {
            let hint = match candidate.backend == BackendId::ollama() {
                true => "set ollama.host to where it listens".to_owned(),
                false => format!("mend `host` of the row {} under [[backends]]", candidate.backend),
            };
            (FailureKind::Unreachable, format!("start the server (`ollama serve`, or the Ollama app), or {hint}"))
        }
        BackendError::NotFound(_) => {
            (FailureKind::NotFound, format!("`/pull {model}` gets it, `/models` lists what is installed"))
        }
        BackendError::Busy { retry_after, .. } => (FailureKind::Busy, format!("ask again in {}", wait(*retry_after))),
        BackendError::TooLong(_) => {
            let hint = format!(
                "shorten the question, begin anew with `/new`, or raise ollama.num_ctx ({model} was asked with {num_ctx})"
            );
            (FailureKind::TooLong, hint)
        }
        BackendError::Refused(_) => {
            (FailureKind::Refused, "choose another model of `/models`, or look at the server: `segno doctor`".to_owned())
        }
        BackendError::Stalled(_) => {
            (FailureKind::Stalled, "ask again, choose a smaller model, or raise the limits in [timeouts]".to_owned())
        }
        BackendError::OutOfMemory(_) => {
            (FailureKind::OutOfMemory, "choose a smaller model, or a smaller ollama.num_ctx".to_owned())
        }
        BackendError::Broken(_) => {
            (FailureKind::Broken, "ask again; `segno doctor` says what is wrong with the server".to_owned())
        }
    };
    Failure::new(kind, error.to_string(), hint).of(&candidate.backend, model)
}

/// The error of a provider: what helps there is another thing than at a server of the user's own.
pub(super) fn provider(error: &BackendError, candidate: &Candidate) -> Failure {
    let (by, model) = (&candidate.backend, &candidate.model);
    let (kind, hint) = match error {
        BackendError::Unreachable(_) => {
            (FailureKind::Unreachable, format!("check the network, and `endpoint` of {by} under [[providers]]"))
        }
        BackendError::NotFound(_) => (FailureKind::NotFound, format!("`segno models --provider {by}` lists what it has")),
        BackendError::Busy { retry_after, .. } => (FailureKind::Busy, format!("ask again in {}", wait(*retry_after))),
        BackendError::TooLong(_) => (FailureKind::TooLong, "shorten the question, or begin anew with `/new`".to_owned()),
        BackendError::Refused(text) if text.contains("key") => {
            (FailureKind::Refused, format!("`segno keys set {by}` keeps another key, `segno keys check {by}` tries it"))
        }
        BackendError::Refused(_) => (FailureKind::Refused, "choose another model of `/models`, or a local one".to_owned()),
        BackendError::Stalled(_) => (FailureKind::Stalled, "ask again, or raise the limits in [timeouts]".to_owned()),
        BackendError::OutOfMemory(_) => (FailureKind::OutOfMemory, "choose a smaller model of `/models`".to_owned()),
        BackendError::Broken(_) => (FailureKind::Broken, "ask again, or choose a local model: `/model auto`".to_owned()),
    };
    Failure::new(kind, error.to_string(), hint).of(by, model)
}

/// How long to wait before the next try.
fn wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(|| "a moment".to_owned(), |time| format!("{} s", time.as_secs().max(1)))
}

/// A model that did not come into memory.
pub(super) fn admission(error: &AdmitError, candidate: &Candidate, num_ctx: u32) -> Failure {
    let model = &candidate.model;
    let (kind, hint) = match error {
        AdmitError::Failed(error) => return backend(error, candidate, num_ctx),
        AdmitError::TooLarge(_) => {
            (FailureKind::OutOfMemory, "choose a smaller model, a smaller ollama.num_ctx, or set gpu.memory_mib")
        }
        AdmitError::Crowded(_) => {
            (FailureKind::Busy, "wait until the others are done, `/models` shows who is in memory, or choose one that is")
        }
        AdmitError::NotThere => (FailureKind::NoCandidate, "`/load` has it loaded"),
        AdmitError::Late(_) => (FailureKind::Stalled, "choose a smaller model, or raise timeouts.first_token"),
    };
    let what = match error {
        AdmitError::Crowded(_) | AdmitError::NotThere => format!("{model} was not asked: {error}"),
        AdmitError::Late(limit) => format!("{model} was not loaded in {} s", limit.as_secs_f64()),
        _ => format!("{model} was not loaded: {error}"),
    };
    Failure::new(kind, what, hint).of(&candidate.backend, model)
}

/// The last failure where others had been asked before: who was asked, and why nobody answered.
pub(super) fn nobody_answered(last: Failure, before: &[Attempt]) -> Failure {
    let told = matches!(last.kind, FailureKind::Cancelled | FailureKind::Denied | FailureKind::NotSealed);
    if before.is_empty() || told {
        return last;
    }
    // Not all failures say whose they are: a limit is said of a whole provider. Each model is named once, its server only where the
    // same model was asked on several.
    let asked = || before.iter().map(|attempt| Some(&attempt.model)).chain([last.model.as_ref()]);
    let named = |model: &ModelId, what: &str, backend: Option<&BackendId>| {
        let again = asked().filter(|asked| *asked == Some(model)).count() > 1;
        let on = backend.filter(|_| again).map(|backend| format!(" on {backend}")).unwrap_or_default();
        let reason = what.split_once(model.short()).map_or(what, |(_, reason)| reason.trim_start_matches([':', ' ']));
        let status = reason.strip_prefix("(status ").and_then(|rest| rest.split_once("): "));
        format!("{}{on}: {}", model.short(), status.map_or(reason, |(_, words)| words))
    };
    let of_attempt = |attempt: &Attempt| named(&attempt.model, &attempt.failure.what, attempt.failure.backend.as_ref());
    let mut whys: Vec<String> = before.iter().map(of_attempt).collect();
    let of_last = |model| named(model, &last.what, last.backend.as_ref());
    whys.push(last.model.as_ref().map_or_else(|| last.what.clone(), of_last));
    Failure { what: format!("none of the {} models that were asked answered: {}", whys.len(), whys.join("; ")), ..last }
}

/// A model that did not write one token when it was tried.
pub(super) fn late_probe(candidate: &Candidate, limit: Duration) -> Failure {
    let what = format!("{} did not answer in {} s when it was tried", candidate.model, limit.as_secs());
    Failure::new(FailureKind::Stalled, what, "").of(&candidate.backend, &candidate.model)
}

/// A length of time for a person: `12 s`, `3 min`.
pub(super) fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{} s", seconds.max(1)),
        seconds => format!("{} min", seconds / 60),
    }
}

/// An answer without a word in it.
pub(super) fn empty(candidate: &Candidate) -> Failure {
    let what = format!("{} answered nothing", candidate.model);
    Failure::new(FailureKind::Empty, what, "ask again, or choose another model of `/models`")
        .of(&candidate.backend, &candidate.model)
}

/// What was not sealed. Nothing was sent.
pub(super) fn refusal(refusal: &Refusal) -> Failure {
    let hint = match refusal {
        Refusal::Offline { .. } => {
            "local models go on; `/offline off` lets Segno ask you again, unless it was started with --offline"
        }
        Refusal::NotAllowed { .. } => {
            "set privacy.allow_external = true in your own config.toml (each use still asks you first), or choose a local model"
        }
        Refusal::Never { .. } => "`/consent` takes that back; or choose a model of `/models` that is marked local",
        Refusal::NotShown => "ask again, and look at what is shown then",
        Refusal::Unscanned(_) => "choose a local model, or mend the rule: `segno config check`",
    };
    Failure::new(FailureKind::NotSealed, refusal.to_string(), hint)
}

/// What the user did not agree to. Nothing was sent.
pub(super) fn denied(request: &ConsentRequest, why: Denial) -> Failure {
    let (to, place) = (&request.provider, &request.location);
    let (what, hint) = match why {
        Denial::No => (format!("you said no: nothing was sent to {to}, {place}"), "`/models` shows which models are local"),
        Denial::Never => (format!("nothing goes to {to} any more, and nothing was sent"), "`/consent` takes that back"),
        Denial::TooLate => (format!("no answer in time: nothing was sent to {to}, {place}"), "ask again when you have a moment"),
    };
    Failure::new(FailureKind::Denied, what, hint).of(&request.provider, &request.model)
}

/// Why a question for consent ended without a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denial {
    No,
    Never,
    TooLate,
}

/// What could not be written into the ledger, and so was not sent.
pub(super) fn unnoted(storage: &Failure) -> Failure {
    let what = format!("the ledger could not be written, so nothing was sent: {}", storage.what);
    Failure::new(FailureKind::Storage, what, storage.hint.clone())
}

/// What was cut because nothing may leave any more.
pub(super) fn went_offline(candidate: &Candidate) -> Failure {
    let what = format!("Segno went offline, and what came from {} was cut", candidate.location);
    Failure::new(FailureKind::NotSealed, what, "`/offline off` lets Segno ask you again").of(&candidate.backend, &candidate.model)
}

/// The user stopped it before anything came.
pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "stopped before anything came", "")
}

/// A message that is not among those that are shown.
pub(super) fn not_shown() -> Failure {
    let what = "that message is not shown in the open conversation";
    Failure::new(FailureKind::NotFound, what, "open the conversation again: it is read anew")
}

/// A task of Segno's own that panicked.
pub(super) fn crashed() -> Failure {
    let what = "Segno made a mistake and could not go on with this";
    Failure::new(FailureKind::Broken, what, "try again; the log has the details")
}

/// Something is for models on this machine alone, and `model` is not.
pub(super) fn not_here(model: &ModelId) -> Failure {
    let what = format!("{model} does not run on this machine, and is not shown this");
    Failure::new(FailureKind::Refused, what, "`/models` lists what runs here")
}

/// A summary of the conversation is being written, or taken back.
pub(super) fn summing_up() -> Failure {
    Failure::new(FailureKind::Busy, "the conversation is being summed up", "wait for it, or stop it (Esc)")
}

/// A question while another is being answered.
pub(super) fn one_at_a_time() -> Failure {
    Failure::new(FailureKind::Busy, "an answer is still coming", "wait for it, or stop it (Esc)")
}

/// Answers are coming in so many conversations that there is no room for one more.
pub(super) fn too_many_answers(most: usize) -> Failure {
    let what = format!("{most} answers are coming already");
    Failure::new(FailureKind::Busy, what, "wait for one of them, or open its conversation (`/resume`) and stop it (Esc)")
}

/// Another conversation is being opened.
pub(super) fn opening() -> Failure {
    Failure::new(FailureKind::Busy, "a conversation is being opened", "wait for it")
}

/// A question without words.
pub(super) fn blank() -> Failure {
    Failure::new(FailureKind::Refused, "there is nothing to ask: the question is empty", "write something first")
}

/// The actor is gone.
pub(super) fn ended() -> Failure {
    Failure::new(FailureKind::Broken, "the conductor has ended", "start Segno again")
}

/// The host of a server of models is no address: `ollama.host`, or that of a row.
pub(super) fn address(error: &BackendError, row: Option<&BackendSettings>) -> Failure {
    let how = "write it as OLLAMA_HOST is written, such as \"127.0.0.1:11434\"; `segno config show` says where it was set";
    let hint = match row {
        Some(row) => format!("mend `host` of the row {} under [[backends]]: {how}", row.id),
        None => how.to_owned(),
    };
    Failure::new(FailureKind::Refused, error.to_string(), hint)
}

/// A provider's endpoint is no address that it may have.
pub(super) fn endpoint(error: &BackendError, row: &ProviderSettings) -> Failure {
    let hint = format!("mend `endpoint` of the row {} under [[providers]] in your own config.toml", row.id);
    Failure::new(FailureKind::Refused, error.to_string(), hint)
}
