//! Tests of the core, and of the shape of the whole.

mod layers;
mod session;
