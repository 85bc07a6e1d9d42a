//! What learning and training have in common: how a call of a role is written down, and what no line may hold.

use crate::ace::forbidden::forbidden;
use crate::ace::roles::{Call, CallVerdict};
use crate::privacy::scan::Scanner;
use crate::store::{RoleCall, now_ms};
use std::sync::Arc;

/// A call for the database. `source` says what it was for.
pub(in crate::session) fn role_call(source: String, call: Call) -> RoleCall {
    let verdict = match &call.verdict {
        CallVerdict::Read => "value".to_owned(),
        CallVerdict::Truncated => "truncated".to_owned(),
        CallVerdict::Invalid { why } => format!("invalid: {why}"),
        CallVerdict::Malformed { what } => format!("malformed: {what}"),
        CallVerdict::Failed { what, .. } => format!("failed: {what}"),
    };
    RoleCall {
        at_ms: now_ms(),
        role: call.role.word(),
        model: call.model,
        template: call.template.to_string(),
        source,
        prompt_tokens: call.prompt_tokens,
        answer_tokens: call.answer_tokens,
        total_ms: call.total_ms,
        verdict,
        raw: call.raw,
    }
}

/// What a text holds that must not be in a bullet. What cannot be searched for secrets is not let in.
pub(in crate::session) fn forbids(scanner: Arc<Scanner>) -> impl Fn(&str) -> Option<String> + Send + Sync {
    move |text| {
        let clean = scanner.text(text).is_ok_and(|found| found.is_empty());
        forbidden(text).or_else(|| (!clean).then(|| "a secret".to_owned()))
    }
}
