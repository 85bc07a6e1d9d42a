//! The memory that models live in. Today it only measures the machine; it will own admission: the free weight of the GPU,
//! which models are resident, and the queue of those who wait.
//!
//! What must stay true: no HTTP here. This module says what is to be loaded and unloaded; the session has it done.

pub mod probe;
