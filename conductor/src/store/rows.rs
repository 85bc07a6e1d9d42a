//! Between rows and domain values: the only place that knows how a value is written in a column.

use crate::domain::{
    BackendId, ConversationId, ConversationSummary, Cost, Decision, Domain, Failure, LedgerRow, LedgerSeq, Message, MessageId,
    ModelId, Override, Prompt, Rating, Signature, Status, Timing, Usage, Versions,
};
use rusqlite::Row;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A value written as JSON.
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        serde_json::to_string(&self.0).map(ToSqlOutput::from).map_err(unwritable)
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

/// A variant without fields, written as its bare name.
pub(super) struct Word<T>(pub(super) T);

impl<T: Serialize> ToSql for Word<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_value(&self.0).map_err(unwritable)? {
            Value::String(word) => Ok(ToSqlOutput::from(word)),
            other => Err(rusqlite::Error::ToSqlConversionFailure(format!("{other} is no bare word").into())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = Value::String(value.as_str()?.to_owned());
        serde_json::from_value(word).map(Self).map_err(|error| FromSqlError::Other(Box::new(error)))
    }
}

fn unwritable(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

/// SQLite's integers are signed; 292 million years of milliseconds are as good as any more.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// The columns `status` and `failure`.
pub(super) fn status_columns(status: &Status) -> (&'static str, Option<Json<&Failure>>) {
    match status {
        Status::Streaming => ("streaming", None),
        Status::Complete => ("complete", None),
        Status::Cancelled => ("cancelled", None),
        Status::Partial(failure) => ("partial", Some(Json(failure))),
        Status::Failed(failure) => ("failed", Some(Json(failure))),
        Status::Interrupted => ("interrupted", None),
    }
}

fn status(row: &Row<'_>) -> rusqlite::Result<Status> {
    let failure: Option<Json<Failure>> = row.get("failure")?;
    let word: String = row.get("status")?;
    match (word.as_str(), failure) {
        ("streaming", None) => Ok(Status::Streaming),
        ("complete", None) => Ok(Status::Complete),
        ("cancelled", None) => Ok(Status::Cancelled),
        ("interrupted", None) => Ok(Status::Interrupted),
        ("partial", Some(Json(failure))) => Ok(Status::Partial(failure)),
        ("failed", Some(Json(failure))) => Ok(Status::Failed(failure)),
        _ => {
            let (index, why) = (row.as_ref().column_index("status")?, format!("unknown status {word}").into());
            Err(rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, why))
        }
    }
}

/// The columns of a row of `messages` that [`message`] reads, and what the user said of it.
pub(super) const MESSAGE: &str = "id, role, spans, text, thinking, model, family, backend, location, class, reason, \
    prompt_tokens, answer_tokens, first_token_ms, total_ms, load_ms, eval_us, status, failure, cut_by_length, attempts, \
    cost, labels, decision, created_ms, imported, (SELECT rating FROM feedback f WHERE f.message_id = messages.id) AS rating";

/// A message as its row says; the pieces of one that is still coming are elsewhere.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let Json(mut prompt): Json<Prompt> = row.get("spans")?;
    // Room is made for four, and most have one.
    prompt.spans.shrink_to_fit();
    let Word(role) = row.get("role")?;
    let Json(attempts) = row.get("attempts")?;
    let Json(labels) = row.get("labels")?;
    let rating: Option<Json<Rating>> = row.get("rating")?;
    Ok(Message {
        id: MessageId(row.get("id")?),
        role,
        prompt,
        text: row.get("text")?,
        thinking: row.get("thinking")?,
        signature: signature(row)?,
        status: status(row)?,
        usage: Usage { prompt_tokens: row.get("prompt_tokens")?, answer_tokens: row.get("answer_tokens")? },
        timing: Timing {
            first_token_ms: unsigned(row, "first_token_ms")?,
            total_ms: unsigned(row, "total_ms")?.unwrap_or_default(),
            load_ms: unsigned(row, "load_ms")?,
            eval_us: unsigned(row, "eval_us")?,
        },
        cut_by_length: row.get("cut_by_length")?,
        attempts,
        cost: unsigned(row, "cost")?.map(Cost),
        labels,
        decision: decision(row),
        rating: rating.map(|Json(rating)| rating),
        created_ms: row.get("created_ms")?,
        versions: Versions::default(),
        imported: row.get("imported")?,
    })
}

/// What only explains must not keep a conversation from being read.
pub(super) fn decision(row: &Row<'_>) -> Option<Box<Decision>> {
    let read = row.get::<_, Option<Json<Box<Decision>>>>("decision");
    read.inspect_err(|error| tracing::warn!(%error, "how a model was chosen cannot be read")).ok()?.map(|Json(decision)| decision)
}

fn unsigned(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<u64>> {
    let value: Option<i64> = row.get(column)?;
    Ok(value.map(|value| u64::try_from(value).unwrap_or_default()))
}

/// Who made a message, by the columns of its row.
pub(super) fn signature(row: &Row<'_>) -> rusqlite::Result<Option<Signature>> {
    let Some(model) = row.get::<_, Option<String>>("model")? else { return Ok(None) };
    let (Json(location), Word(class), Json(reason)) = (row.get("location")?, row.get("class")?, row.get("reason")?);
    let (family, backend) = (row.get("family")?, BackendId::new(row.get::<_, String>("backend")?));
    Ok(Some(Signature { model: ModelId::new(&model), family, backend, location, class, reason }))
}

/// The columns of a conversation `c` that [`summary`] reads.
pub(super) const SUMMARY: &str = "c.id, c.title, c.model_override, c.model_locked, c.domain, c.created_ms, c.updated_ms, \
    c.deleted_ms, (WITH RECURSIVE path (at) AS (SELECT c.leaf WHERE c.leaf IS NOT NULL UNION ALL \
    SELECT m.parent FROM path JOIN messages m ON m.id = path.at WHERE m.parent IS NOT NULL) SELECT count(*) FROM path) AS messages, \
    (SELECT m.model FROM messages m WHERE m.id = c.leaf) AS answered_by";

/// A conversation without its messages.
pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<ConversationSummary> {
    Ok(ConversationSummary {
        id: ConversationId(row.get("id")?),
        title: row.get("title")?,
        messages: row.get("messages")?,
        model_override: model_override(row)?,
        answered_by: row.get::<_, Option<String>>("answered_by")?.map(|name| ModelId::new(&name)),
        domain: domain(row)?,
        created_ms: row.get("created_ms")?,
        updated_ms: row.get("updated_ms")?,
        deleted_ms: row.get("deleted_ms")?,
    })
}

fn model_override(row: &Row<'_>) -> rusqlite::Result<Option<Override>> {
    let (name, locked): (Option<String>, bool) = (row.get("model_override")?, row.get("model_locked")?);
    Ok(name.map(|name| Override { model: ModelId::new(&name), locked }))
}

/// What a conversation is about. One that a later Segno wrote in another form is none.
pub(super) fn domain(row: &Row<'_>) -> rusqlite::Result<Option<Domain>> {
    let text: Option<String> = row.get("domain")?;
    Ok(text.and_then(|text| Domain::parse(&text).ok()))
}

/// The columns of a row of the ledger that [`ledger`] reads.
pub(super) const LEDGER: &str = "seq, time_ms, event, previous, hash";

/// A row of the ledger as it is written; whether it is right is not looked at.
pub(super) fn ledger(row: &Row<'_>) -> rusqlite::Result<LedgerRow> {
    let (seq, Json(event)) = (LedgerSeq(row.get("seq")?), row.get("event")?);
    let (Word(previous), Word(hash)) = (row.get("previous")?, row.get("hash")?);
    Ok(LedgerRow { seq, time_ms: row.get("time_ms")?, event, previous, hash })
}
