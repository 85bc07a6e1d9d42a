//! What was sealed goes once: sending it takes it away.

use conductor::backend::Backend;
use conductor::privacy::Sealed;

fn twice(backend: &dyn Backend, sealed: Sealed) {
    drop(backend.stream(sealed));
    drop(backend.stream(sealed));
}

fn main() {}
