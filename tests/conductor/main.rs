//! Tests of the core, of the fakes it is tested with, and of the shape of the whole.

mod fake_ollama;
mod layers;
mod session;
