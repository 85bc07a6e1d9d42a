//! The memory that models live in: who is admitted to it, who waits, and who leaves first.
//!
//! What must stay true: no HTTP here. This module says what is to be loaded and unloaded; the session has it done.

pub mod estimate;
pub mod memory;
pub mod probe;
pub mod semaphore;
mod sync;

#[cfg(test)]
mod tests;
