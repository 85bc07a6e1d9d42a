//! Tests of what a model checker compiles, too, with its own locks, and so holds none itself.

mod semaphore;
