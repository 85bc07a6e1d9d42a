//! `segno image clean` and `segno ask --attach`, run as a person or a script runs them.

use segno_tests::check::Profile;
use segno_tests::ollama::{FakeOllama, Script};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A GIF of 2x1 pixels, black and white, with a comment.
fn gif() -> Vec<u8> {
    let head = [b"GIF89a".as_slice(), &[2, 0, 1, 0, 0x80, 0, 0], &[0, 0, 0, 255, 255, 255]].concat();
    let comment = [&[0x21, 0xfe, 8], b"SENTINEL".as_slice(), &[0]].concat();
    [head, comment, vec![0x2c, 0, 0, 0, 0, 2, 0, 1, 0, 0, 2, 2, 0x44, 0x0a, 0, 0x3b]].concat()
}

fn segno(profile: &Profile, folder: &Path, host: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segno"));
    command.env_clear().envs(profile.env()).env("OLLAMA_HOST", host).current_dir(folder).args(args).stdin(Stdio::null());
    command
}

fn clean(folder: &Path, args: &[&str]) -> Output {
    segno(&Profile::new(), folder, "127.0.0.1:1", &[&["image", "clean"], args].concat()).output().unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn is_clean_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG") && !bytes.windows(8).any(|part| part == b"SENTINEL")
}

#[test]
fn an_image_is_cleaned_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("in.gif"), gif()).unwrap();
    let run = clean(folder.path(), &["in.gif", "out.png"]);
    let written = std::fs::read(at("out.png")).unwrap();
    assert_eq!(err(&run), format!("out.png: PNG 2x1, {} bytes (was GIF, {} bytes)\n", written.len(), gif().len()));
    assert!(run.status.success() && run.stdout.is_empty() && is_clean_png(&written));
    assert_eq!(std::fs::read(at("in.gif")).unwrap(), gif());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(at("out.png")).unwrap().permissions().mode();
        assert_eq!(mode & 0o700, 0o600, "{mode:o}");
        assert_eq!(mode & 0o033, 0, "{mode:o}");
    }
    let again = clean(folder.path(), &["in.gif", "out.png"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(err(&again), "error: out.png is there already\nhint: choose another name, or say --force\n");
    std::fs::write(at("out.png"), "old").unwrap();
    assert!(clean(folder.path(), &["--force", "in.gif", "out.png"]).status.success());
    assert_eq!(std::fs::read(at("out.png")).unwrap(), written);
    // A picture onto itself.
    assert_eq!(clean(folder.path(), &["out.png", "./out.png"]).status.code(), Some(1));
    assert!(clean(folder.path(), &["out.png", "./out.png", "--force"]).status.success());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left behind");
}

#[test]
fn what_cannot_be_written_is_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in.gif"), gif()).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "hello").unwrap();
    std::fs::write(folder.path().join("half.gif"), &gif()[..30]).unwrap();
    for (args, what, hint) in [
        (["in.gif", "out.gif"], "error: out.gif would hold a PNG", "write it to out.png"),
        (["in.gif", "out"], "error: out would hold a PNG", "write it to out.png"),
        (["in.gif", "none/out.png"], "error: none/out.png cannot be written", "look at the folder"),
        (["none.gif", "out.png"], "error: there is no file none.gif", "look at the path"),
        ([".", "out.png"], "error: . is a folder", "name a file in it"),
        (["notes.txt", "out.png"], "error: this is no image that can be read", "convert it to PNG or JPEG first"),
        (["half.gif", "out.png"], "error: the GIF image ", "again"),
        (["-", "out.png"], "error: the image is empty", "choose another file"),
    ] {
        let run = clean(folder.path(), &args);
        assert_eq!(run.status.code(), Some(1), "{args:?}");
        assert!(err(&run).starts_with(what) && err(&run).contains(hint), "{args:?}: {}", err(&run));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "{args:?}");
    }
}

#[test]
fn an_image_is_cleaned_between_pipes() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Profile::new();
    let mut child = segno(&profile, folder.path(), "127.0.0.1:1", &["image", "clean", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&gif()).unwrap();
    let run = child.wait_with_output().unwrap();
    assert!(run.status.success() && is_clean_png(&run.stdout), "{}", err(&run));
    assert!(err(&run).starts_with("-: PNG 2x1, "), "{}", err(&run));
}

#[test]
fn files_go_with_a_question_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("private")).unwrap();
    std::fs::write(folder.path().join("private/notes.txt"), "remember the milk\n").unwrap();
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("ok")).start();
    let run = segno(&Profile::new(), folder.path(), &fake.host(), &["ask", "what is it?", "--attach", "private/notes.txt"])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", err(&run));
    let sent = &fake.requests_to("/api/chat")[0];
    assert_eq!(sent.at("/messages/0/content"), "what is it?\n\nFile `notes.txt`:\n\n```\nremember the milk\n```\n\n");
    assert!(!sent.at("/messages").to_string().contains("private"));

    std::fs::write(folder.path().join("x.bin"), b"\0").unwrap();
    for (file, what) in [("none.txt", "there is no file none.txt"), ("x.bin", "x.bin is no text and no image")] {
        let run = segno(&Profile::new(), folder.path(), &fake.host(), &["ask", "what is it?", "-a", file]).output().unwrap();
        assert_eq!(run.status.code(), Some(2), "{file}");
        assert!(err(&run).starts_with(&format!("error: {what}\nhint: ")), "{}", err(&run));
    }
    assert_eq!(fake.requests_to("/api/chat").len(), 1, "nothing was sent");
}
