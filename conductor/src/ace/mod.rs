//! Agentic Context Engineering: playbooks that learn from what became of answers. A generator answers with the playbook before it,
//! a reflector says what helped and what did harm, a curator proposes changes; here are the rules by which they are taken.
//! After "Agentic Context Engineering: Evolving Contexts for Self-Improving Language Models" (arXiv 2510.04618).
//!
//! What must stay true: no SQL, no HTTP, no clock: time and chance are passed in; one place applies deltas (`apply`); nothing that a
//! model wrote becomes a step without having been checked there.

pub mod adapt;
pub mod apply;
pub mod clean;
mod credit;
pub mod dedup;
pub mod environment;
pub mod evidence;
pub mod feedback;
pub mod files;
pub mod forbidden;
pub mod json;
pub mod keys;
pub mod promote;
pub mod prompt;
pub mod proposal;
pub mod replay;
pub mod roles;
pub mod select;
pub mod stats;
pub mod transfer;

#[cfg(test)]
mod testing;
