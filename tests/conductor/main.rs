//! The core, from outside.

mod fake_ollama;
