//! Shared values: everything a front end may see. Plain data with constructors that check; no I/O, nothing asynchronous.
//!
//! What must stay true: this module names no other module of the crate.

mod consent;
mod context;
mod conversation;
mod cost;
mod decision;
mod digest;
mod failure;
mod finding;
mod health;
mod ids;
mod label;
mod ledger;
mod lesson;
mod licence;
mod limit;
mod location;
mod machine;
mod memory;
mod milli;
mod model;
mod plan;
mod playbook;
mod pool;
mod profile;
mod prompt;
mod task;
mod tokens;
mod training;
mod turn;

pub use consent::{ConsentRequest, Contents, Grant, GrantId, Occasion, Payload, PrivacyState, Purpose, Scope};
pub use context::{ContextParts, ContextReport, ContextUse, NEARLY_FULL, Summary, SummaryId};
pub use conversation::{
    Conversation, ConversationSummary, Doomed, ExportFormat, Hit, Message, Override, PastPrompt, Role, Status, Version, Versions,
};
pub use cost::{Cost, Prices};
pub use decision::{Classification, Complexity, Considered, Decision, Evidence, Gate, Point, Tier};
pub use digest::Digest;
pub use failure::{Failure, FailureKind};
pub use finding::Finding;
pub use health::{Condition, HealthMemory, HealthRow, Target, Try};
pub use ids::{BackendId, ConversationId, MessageId, ModelId, RequestId};
pub use label::{Calculation, Label, LabelKind};
pub use ledger::{Basis, LedgerEntry, LedgerEvent, LedgerOutcome, LedgerRow, LedgerSeq, LedgerVerdict};
pub use lesson::{Learning, Lesson, LessonCounts, Rating, Shown};
pub use licence::{Licence, LicenceClass};
pub use limit::{Amount, Limit, Quota, QuotaStanding, QuotaState, Spent, Subject};
pub use location::Location;
pub use machine::{Machine, Os};
pub use memory::{CapacitySource, HeldModel, MemoryPhase, MemoryState, Waits};
pub use milli::Milli;
pub use model::{Capabilities, FAMILIES, HostState, Model, Residency, ServerState, family_of};
pub use plan::{Candidate, Plan, SelectionReason};
pub use playbook::{
    Bullet, BulletId, BulletWhy, Cause, ChatOrigin, Counts, Delta, DeltaSeq, Domain, DomainConfig, KeyError, Playbook,
    PlaybookKey, Provenance, Reject, RejectReason, Stage, Step, Text, Transfer, UserChange, section_word,
};
pub use pool::PoolState;
pub use profile::{ClassRecord, CostTier, LatencyClass, Measured, Measurements, ModelCapability, ModelProfile};
pub use prompt::{Image, Origin, Prompt, Span};
pub use task::{Slot, TaskClass};
pub use tokens::estimate_tokens;
pub use training::{Figures, Gain, TrainKept, TrainPlan, TrainStep, Trained};
pub use turn::{Answer, Attempt, Signature, Timing, Usage};
