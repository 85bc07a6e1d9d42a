//! A backend sends nothing that is not sealed.

use conductor::backend::Backend;

fn sneak(backend: &dyn Backend, bytes: bytes::Bytes) {
    drop(backend.stream(bytes));
}

fn main() {}
