//! What may leave, and what has to happen first.
