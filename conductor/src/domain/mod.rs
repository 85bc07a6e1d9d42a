//! Shared values: everything a front end may see. Plain data with constructors that check; no I/O, nothing asynchronous.
//!
//! What must stay true: this module names no other module of the crate.

mod conversation;
mod failure;
mod ids;
mod location;
mod machine;
mod model;
mod plan;
mod prompt;
mod task;
mod tokens;
mod turn;

pub use conversation::{Conversation, ConversationSummary, Message, Role, Status};
pub use failure::{Failure, FailureKind};
pub use ids::{BackendId, ConversationId, MessageId, ModelId, RequestId};
pub use location::Location;
pub use machine::{Machine, Os};
pub use model::{Capabilities, Model, Residency, ServerState, family_of};
pub use plan::{Candidate, Plan, SelectionReason};
pub use prompt::{Origin, Prompt, Span};
pub use task::{Slot, TaskClass};
pub use tokens::estimate_tokens;
pub use turn::{Answer, Attempt, Signature, Timing, Usage};
