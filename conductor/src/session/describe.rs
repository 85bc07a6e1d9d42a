//! Errors in words for a person: what happened, to what, and what to do next.

use crate::backend::BackendError;
use crate::domain::{Candidate, Failure, FailureKind};
use crate::privacy::Refusal;

/// A backend's error, as a failure of `candidate`, which was asked with a window of `num_ctx` tokens.
pub(super) fn backend(error: &BackendError, candidate: &Candidate, num_ctx: u32) -> Failure {
    let model = &candidate.model;
    let (kind, hint) = match error {
        BackendError::Unreachable(_) => {
            let hint = "start the server (`ollama serve`, or the Ollama app), or set ollama.host to where it listens";
            (FailureKind::Unreachable, hint.to_owned())
        }
        BackendError::NotFound(_) => {
            (FailureKind::NotFound, format!("`/pull {model}` gets it, `/models` lists what is installed"))
        }
        BackendError::Busy { retry_after, .. } => {
            let wait = retry_after.map_or_else(|| "a moment".to_owned(), |time| format!("{} s", time.as_secs().max(1)));
            (FailureKind::Busy, format!("ask again in {wait}"))
        }
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
        BackendError::Broken(text) if is_out_of_memory(text) => {
            (FailureKind::Broken, "choose a smaller model, or a smaller ollama.num_ctx".to_owned())
        }
        BackendError::Broken(_) => {
            (FailureKind::Broken, "ask again; `segno doctor` says what is wrong with the server".to_owned())
        }
    };
    Failure::new(kind, error.to_string(), hint).of(&candidate.backend, model)
}

/// Ollama has no status for it: out of memory is words inside a 500, or inside a line of the stream.
fn is_out_of_memory(text: &str) -> bool {
    let text = text.to_lowercase();
    ["out of memory", "more system memory", "cudamalloc", "insufficient memory"].iter().any(|words| text.contains(words))
}

/// An answer without a word in it.
pub(super) fn empty(candidate: &Candidate) -> Failure {
    let what = format!("{} answered nothing", candidate.model);
    Failure::new(FailureKind::Empty, what, "ask again, or choose another model of `/models`")
        .of(&candidate.backend, &candidate.model)
}

/// What was not sealed.
pub(super) fn refusal(refusal: &Refusal, candidate: &Candidate) -> Failure {
    let hint = "choose a model of `/models` that is marked local; nothing was sent";
    Failure::new(FailureKind::NotSealed, refusal.to_string(), hint).of(&candidate.backend, &candidate.model)
}

/// The user stopped it before anything came.
pub(super) fn cancelled() -> Failure {
    Failure::new(FailureKind::Cancelled, "stopped before anything came", "")
}

/// A question while another is being answered.
pub(super) fn one_at_a_time() -> Failure {
    Failure::new(FailureKind::Busy, "an answer is still coming", "wait for it, or stop it (Esc)")
}

/// A question without words.
pub(super) fn blank() -> Failure {
    Failure::new(FailureKind::Refused, "there is nothing to ask: the question is empty", "write something first")
}

/// The actor is gone.
pub(super) fn ended() -> Failure {
    Failure::new(FailureKind::Broken, "the conductor has ended", "start Segno again")
}

/// `ollama.host` is no address.
pub(super) fn address(error: &BackendError) -> Failure {
    let hint = "write it as OLLAMA_HOST is written, such as \"127.0.0.1:11434\"; `segno config show` says where it was set";
    Failure::new(FailureKind::Refused, error.to_string(), hint)
}
