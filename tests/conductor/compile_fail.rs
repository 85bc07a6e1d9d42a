//! What must not compile: every way around the one way out.
//!
//! The first run, and the first after a change of the core, compile it once more beside the other tests, which takes as long
//! as a `cargo check`; any other run takes a second. After a change of the compiler's words, write them anew with
//! `TRYBUILD=overwrite cargo test -p segno-tests --test conductor compile_fail`, and read what was written: each has to fail
//! for the reason in its first line, and for no other.

#[test]
fn nothing_goes_around_the_seal() {
    trybuild::TestCases::new().compile_fail("conductor/compile_fail/*.rs");
}
