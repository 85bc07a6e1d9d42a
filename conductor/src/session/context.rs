//! The brief: what of the conversation a model is shown. History fitted to the model's window, the newest first to stay, behind the
//! summary of what was before it, where there is one.
//!
//! What must stay true: pure; the question is never cut; what is left out is counted.

pub(super) mod summary;
mod told;

use crate::backend::{ChatMessage, ChatRequest};
use crate::domain::{
    Candidate, Contents, ContextParts, ContextUse, Message, MessageId, ModelId, Prompt, Role, Summary, estimate_tokens,
};
use told::{Told, seen};

/// Tokens that a message costs besides its words: role and separators of a chat template.
const PER_MESSAGE: usize = 8;

/// Tokens that a picture costs, about: vision models cut one of 1,000 pixels a side into 256 to 1,500 pieces.
const PER_IMAGE: usize = 800;

/// What a model will be asked, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Brief {
    pub(super) request: ChatRequest,
    /// Messages of the history that did not fit, from the oldest on.
    pub(super) left_out: usize,
    /// Pictures of earlier messages that are not shown to a model that sees none.
    pub(super) unseen: usize,
    /// What kinds of data are in it.
    pub(super) contents: Contents,
    /// Tokens of it, estimated.
    pub(super) tokens: u32,
    /// How full the window is with it.
    pub(super) context: ContextUse,
}

/// What a model can hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// The context window, in tokens.
    pub(super) num_ctx: u32,
    /// The most tokens an answer may have.
    pub(super) num_predict: u32,
    /// How the estimate of tokens is corrected.
    pub(super) density: Density,
    /// Whether it sees pictures.
    pub(super) vision: bool,
}

impl Window {
    /// Tokens that are kept free for the answer: a quarter of the window, or `num_predict` if that is less.
    pub(super) fn reserve(&self) -> u32 {
        self.num_predict.min(self.num_ctx / 4)
    }
}

/// What was said before a question.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Earlier<'a> {
    /// The messages that no summary stands for.
    pub(super) messages: &'a [Message],
    /// What stands for those before them, and how many those are.
    pub(super) summary: Option<(&'a Summary, usize)>,
    /// Those before them, for where there is no room for the summary.
    before: &'a [Message],
}

impl<'a> Earlier<'a> {
    /// All of a history, with the summary that stands in it.
    pub(super) fn of(history: &'a [Message], summaries: &'a [Summary]) -> Self {
        let summary = Summary::in_force(summaries, history);
        let (before, messages) = history.split_at(summary.map_or(0, |(_, covers)| covers));
        Self { messages, summary, before }
    }

    /// Without the first `messages`, and so without those that a summary stands for.
    pub(super) fn without_first(self, messages: usize) -> Self {
        Self { messages: &self.messages[messages..], before: &[], ..self }
    }

    /// The summary, as a model is shown it.
    fn summed_up(&self, vision: bool, density: Density) -> Option<(Told, usize)> {
        let (summary, _) = self.summary?;
        let message = ChatMessage { role: Role::User, content: summary::shown(&summary.text), images: Vec::new() };
        let told = Told::plain(message);
        let cost = told.cost(vision, density);
        Some((told, cost))
    }
}

/// The server's count of tokens over our estimate, as this conversation showed it. Never below one: a server that had a
/// part of the prompt in its cache may count the rest alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Density(f64);

impl Default for Density {
    fn default() -> Self {
        Self(1.0)
    }
}

impl Density {
    /// Estimates above this come from something else than dense text (a template, an image), and would starve the history.
    const MOST: f64 = 4.0;

    pub(super) fn tokens(self, text: &str) -> usize {
        (estimate_tokens(text) as f64 * self.0).ceil() as usize
    }

    /// What a counted prompt teaches.
    pub(super) fn learn(self, earlier: Earlier<'_>, question: &str, advice: &str, counted: Option<u32>) -> Self {
        let plain = Self::default();
        let summary = earlier.summed_up(false, plain).map_or(0, |(_, cost)| cost);
        let estimated: usize = seen(earlier.messages, None).iter().map(|seen| seen.cost(false, plain)).sum();
        let estimated = estimated + summary + estimate_tokens(question) + PER_MESSAGE + estimate_tokens(advice);
        match counted {
            Some(counted) => Self((f64::from(counted) / estimated as f64).clamp(self.0, Self::MOST)),
            None => self,
        }
    }
}

/// The request to `model` for `question` after what was said `earlier`. A quarter of the window, or `num_predict` if that is less, is
/// kept free for the answer. The question itself is never cut: if it alone is too long, the server says so. The answer may be
/// as long as the window then still has room for: a server whose window is full may begin to forget its beginning.
///
/// `advice` is what of a playbook is shown, and how many bullets that are; empty for none.
pub(super) fn brief(
    candidate: &Candidate,
    window: Window,
    earlier: Earlier<'_>,
    question: &Prompt,
    (advice, bullets): (&str, u32),
) -> Brief {
    let Window { num_ctx, num_predict, vision, .. } = window;
    let question = Told::question(question);
    let mut fit = Fit::of(Some(candidate), window, earlier, (Some(&question), advice));
    let context = fit.context(&candidate.model, window);
    let unseen = if vision { 0 } else { fit.told.iter_mut().map(|t| std::mem::take(&mut t.message.images).len()).sum() };
    let (left, left_out) = (fit.left, fit.left_out);
    fit.told.push(question);
    let summary = earlier.summary.filter(|_| fit.covers > 0).map(|(summary, _)| summary.id);
    let contents = Contents { bullets, summary, ..contents(&fit.told, fit.covers) };
    let messages = fit.told.into_iter().map(|told| told.message).collect();
    let num_predict = num_predict.min(left.max(LEAST_ANSWER));
    let (model, system) = (candidate.model.clone(), advice.to_owned());
    let request = ChatRequest { model, system, messages, num_ctx, num_predict, format: None };
    Brief { request, left_out, unseen, contents, tokens: context.used, context }
}

/// How a conversation fits a window as it stands, with nothing asked: how full that is, what takes the tokens, and how many
/// messages are seen word by word.
pub(super) fn standing(candidate: &Candidate, window: Window, earlier: Earlier<'_>) -> (ContextUse, ContextParts, usize) {
    let fit = Fit::of(Some(candidate), window, earlier, (None, ""));
    let mut context = fit.context(&candidate.model, window);
    // What the server counted is better than what we think, where it was all of it.
    let counted = earlier.messages.last().filter(|_| context.left_out == 0).and_then(|last| counted(last, candidate, earlier));
    if let Some((prompt, answer)) = counted {
        let said = prompt as usize + window.density.tokens(&answer) + PER_MESSAGE;
        // A part of the prompt may have been in a cache, and not been counted.
        if said >= context.used as usize / 2 {
            (context.used, context.estimated) = (whole(said), false);
        }
    }
    (context, fit.parts, fit.told.len() - usize::from(fit.covers > 0))
}

/// The tokens of the prompt that brought `last`, and its words, where they tell how full the window of `candidate` is.
fn counted(last: &Message, candidate: &Candidate, earlier: Earlier<'_>) -> Option<(u32, String)> {
    let by = last.signature.as_ref()?;
    let theirs = by.model == candidate.model && by.backend == candidate.backend && !last.imported;
    // What was summed up since was counted word by word.
    let since = earlier.summary.is_some_and(|(summary, _)| summary.created_ms >= last.created_ms);
    (theirs && !since).then_some(last.usage.prompt_tokens?).map(|prompt| (prompt, last.content()))
}

/// Tokens of a question of usual size in this conversation: the median of the last ones; `None` before the first.
pub(super) fn usual_question(history: &[Message], density: Density) -> Option<u32> {
    let questions = history.iter().rev().filter(|message| message.role == Role::User).take(USUAL);
    let mut tokens: Vec<usize> = questions.map(|question| density.tokens(&question.prompt.text()) + PER_MESSAGE).collect();
    tokens.sort_unstable();
    tokens.get(tokens.len() / 2).copied().map(whole)
}

/// So many of the last questions tell how long one usually is.
const USUAL: usize = 7;

/// The newest question of `history` before the message `first_seen`, on one line and not longer than is read at a glance.
pub(super) fn up_to(history: &[Message], first_seen: Option<MessageId>) -> Option<String> {
    let end = first_seen.and_then(|id| history.iter().position(|message| message.id == id)).unwrap_or(history.len());
    let question = history[..end].iter().rev().find(|message| message.role == Role::User)?;
    Some(excerpt(&question.prompt.text()))
}

fn excerpt(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} …", line[..end].trim_end()),
        None => line,
    }
}

/// What of a conversation fits.
struct Fit {
    /// The summary and the messages that are seen.
    told: Vec<Told>,
    left_out: usize,
    /// Messages that the summary stands for, where it is shown.
    covers: usize,
    first_seen: Option<MessageId>,
    /// Tokens that the answer may have.
    left: u32,
    parts: ContextParts,
}

impl Fit {
    fn of(to: Option<&Candidate>, window: Window, earlier: Earlier<'_>, (question, advice): (Option<&Told>, &str)) -> Self {
        let Window { num_ctx, density, vision, .. } = window;
        let cost = |told: &Told| told.cost(vision, density);
        let reserve = window.reserve() as usize;
        let of_advice = if advice.is_empty() { 0 } else { density.tokens(advice) + PER_MESSAGE };
        let free = (num_ctx as usize).saturating_sub(question.map_or(0, cost) + of_advice);
        let mut room = free.saturating_sub(reserve);
        // It says most in the fewest tokens. One that is longer than the room is of no use: what it stands for may yet fit in part.
        let of_all = earlier.summary.map_or(0, |(_, covers)| covers);
        let (mut could, summary, covers, lost) = match earlier.summed_up(vision, density) {
            Some((summary, cost)) if cost <= room => {
                room -= cost;
                (Vec::new(), Some(summary), of_all, 0)
            }
            _ => (seen(earlier.before, to), None, 0, of_all - earlier.before.len()),
        };
        could.extend(seen(earlier.messages, to));
        let mut from = could.len();
        // What is as long as it likes is not copied to be measured.
        while let Some(cost) = from.checked_sub(1).map(|i| could[i].cost(vision, density)) {
            if cost > room {
                break;
            }
            room -= cost;
            from -= 1;
        }
        // An answer without its question would only confuse.
        if from > 0
            && let Some(answer) = could.get(from).filter(|seen| seen.role() == Role::Assistant)
        {
            room += answer.cost(vision, density);
            from += 1;
        }
        let told: Vec<Told> = could[from..].iter().map(told::Seen::told).collect();
        let left = whole(room.saturating_add(reserve.min(free)));
        let left_out = from + lost;
        let first_seen = told.first().filter(|_| left_out > 0).and_then(|first| first.id);
        let mut parts = ContextParts { advice: whole(of_advice), ..ContextParts::default() };
        parts.summary = whole(summary.as_ref().map_or(0, cost));
        for (seen, is_question) in told.iter().map(|told| (told, false)).chain(question.map(|question| (question, true))) {
            let (images, files) = (seen.of_images(vision), density.of(seen.of_files));
            let words = whole(cost(seen).saturating_sub(images + files));
            (parts.images, parts.files) = (parts.images + whole(images), parts.files + whole(files));
            *(if is_question { &mut parts.question } else { &mut parts.earlier }) += words;
        }
        let told = summary.into_iter().chain(told).collect();
        Self { told, left_out, covers, first_seen, left, parts }
    }

    fn context(&self, model: &ModelId, window: Window) -> ContextUse {
        let ContextParts { advice, summary, earlier, question, files, images } = self.parts;
        ContextUse {
            model: model.clone(),
            used: [advice, summary, earlier, question, files, images].into_iter().fold(0, u32::saturating_add),
            window: window.num_ctx,
            reserve: window.reserve(),
            left_out: whole(self.left_out),
            first_seen: self.first_seen,
            estimated: true,
        }
    }
}

fn whole(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// What kinds of data are in these messages, the question last, and where `covers` is not 0 a summary first.
fn contents(told: &[Told], covers: usize) -> Contents {
    let mut unknown: Vec<MessageId> = told.iter().filter_map(|t| t.unknown).collect();
    unknown.sort_unstable();
    Contents {
        prompt: true,
        earlier: whole(told.len() - 1 - usize::from(covers > 0)),
        summarised: whole(covers),
        bullets: 0,
        files: whole(told.iter().map(|t| t.files).sum()),
        images: whole(told.iter().map(|t| t.message.images.len()).sum()),
        unknown,
        summary: None,
    }
}

/// Tokens that an answer is allowed even where the estimate says that there is no room: it may be wrong.
const LEAST_ANSWER: u32 = 64;

impl Density {
    fn of(self, estimated: usize) -> usize {
        (estimated as f64 * self.0).floor() as usize
    }
}

#[cfg(test)]
mod tests;
