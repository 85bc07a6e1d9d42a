//! Tests of the whole: the built-in files, the layers, the messages.

mod embedded;
mod layers;
mod messages;
mod rows;

use super::walk::{Scope, walk};
use super::*;

/// What is said about `text` in a file `f`.
fn said(scope: Scope, text: &str) -> String {
    ConfigErrors(walk(&Page::new("f", text), scope).errors).to_string()
}
