//! A key and a secret that nobody can know are used in a whole run; then they are looked for in every place where they must
//! not be.

use super::{ASKS, MODEL, Scene, answer, enter, leave, secret};
use crate::commands::finish;
use crate::program::ask;
use segno_tests::provider::{Behaviour, FakeProvider, Script};
use segno_tests::pty::{Key, Pty};
use std::path::{Path, PathBuf};

/// Every file under a folder, with what it holds.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut found, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    found
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The files that hold a text, by their names.
fn holders(scene: &Scene, text: &str) -> Vec<String> {
    let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    let mut names: Vec<_> =
        files(scene.profile.home()).into_iter().filter(|(_, bytes)| holds(bytes, text)).map(|(path, _)| name(path)).collect();
    names.sort();
    names
}

/// All that the log says.
fn log(scene: &Scene) -> String {
    let files = files(&scene.profile.state()).into_iter().filter(|(path, _)| path.to_string_lossy().contains("log"));
    files.map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

#[test]
fn neither_key_nor_secret_is_where_it_must_not_be() {
    let script = Script::says("an answer").then_says("another");
    let scene = Scene::with(
        FakeProvider::openai()
            .model_with("model-1", script)
            .model_with("model-2", Behaviour::EchoKey(403))
            .model_with("model-3", Behaviour::ErrorEvent("a torn answer".to_owned())),
    );
    let more: String = (2..=3).map(|n| format!("[[models]]\nid = \"fake/model-{n}\"\nbackend = \"fake\"\n")).collect();
    scene.configure(&format!("\n[log]\nlevel = \"debug\"\n\n{more}"));
    let secret = secret();
    let question = format!("why is {secret} refused?");

    let pty = scene.chat(&[]);
    ask(&pty, &question);
    let screen = pty.wait_for(ASKS);
    assert!(!screen.contains(&secret), "{screen}");
    answer(&pty, "y");
    pty.wait_for("an answer");
    let raw = pty.raw_output();
    leave(pty);
    assert!(!holds(&raw, &scene.key), "the key is on no screen");

    let mut said = Vec::new();
    for (model, redact, code) in
        [("fake/model-1", true, 0), ("fake/model-1", false, 1), ("fake/model-2", true, 1), ("fake/model-3", true, 3)]
    {
        let mut args = vec!["ask", "--json", "-m", model, "--allow-external", "fake"];
        args.extend(redact.then_some("--redact"));
        args.push(&question);
        let mut command = scene.command(&args);
        let run = finish(command.env("SEGNO_LOG", "trace").output().unwrap());
        assert_eq!(run.code, code, "{model} {redact}: {}", run.err);
        said.extend([run.out, run.err]);
    }
    for args in [
        &["ledger", "list"][..],
        &["ledger", "show", "1"],
        &["ledger", "export"],
        &["config", "show"],
        &["doctor"],
        &["keys", "list"],
    ] {
        let run = scene.run(args);
        said.extend([run.out, run.err]);
    }
    // That the test looks in the right places.
    assert_eq!(scene.fake.chats()[0].header("authorization"), Some(format!("Bearer {}", scene.key).as_str()));
    assert!(log(&scene).contains("leaves this machine"), "the log says what leaves: {}", log(&scene));
    assert!(scene.ledger().len() >= 6);
    for text in &said {
        assert!(!text.contains(&scene.key) && !text.contains(&secret), "{text}");
    }
    assert_eq!(holders(&scene, &scene.key), Vec::<String>::new());
    let holders = holders(&scene, &secret);
    assert!(!holders.is_empty() && holders.iter().all(|name| name.starts_with("segno.db")), "{holders:?}");
    for request in scene.fake.requests() {
        assert!(!holds(&request.body, &secret) && !holds(&request.body, &scene.key), "{request}");
        assert!(!request.path.contains(&scene.key));
    }
    assert!(scene.ledger().iter().all(|row| !row.to_string().contains(&secret) && !row.to_string().contains(&scene.key)));
}

/// Begins to store a key: it is asked for.
fn asks_for_key(scene: &Scene) -> Pty {
    let env = scene.profile.env_with(&[("OLLAMA_HOST", &scene.ollama.host()), ("SEGNO_LOG", "trace")]);
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &["keys", "set", "fake"], &env, 24, 80);
    // The echo is off before that is said.
    pty.wait_for("it is not shown");
    pty
}

/// Stores a key as a person does.
fn store_key(scene: &Scene, key: &str) -> Pty {
    let mut pty = asks_for_key(scene);
    enter(&pty, key);
    assert_eq!(pty.wait_exit().exit_code(), 0, "{}", pty.screen());
    assert!(pty.screen().contains("the key of fake is kept in the "), "{}", pty.screen());
    pty
}

#[test]
fn who_breaks_off_stores_no_key() {
    let scene = Scene::new();
    let mut pty = asks_for_key(&scene);
    pty.type_text(&scene.key);
    pty.key(Key::CtrlC);
    assert_eq!(pty.wait_exit().exit_code(), 1);
    assert!(pty.screen().contains("no key was given for fake: nothing is changed"), "{}", pty.screen());
    assert!(!holds(&pty.raw_output(), &scene.key) && holders(&scene, &scene.key).is_empty());
}

#[cfg(unix)]
#[test]
fn a_key_that_was_stored_is_in_one_file_that_others_cannot_read() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    let pty = store_key(&scene, &scene.key);
    assert!(!holds(&pty.raw_output(), &scene.key), "it is typed without an echo");
    assert_eq!(holders(&scene, &scene.key), ["keys.toml"]);
    let (path, _) = files(scene.profile.home()).into_iter().find(|(path, _)| path.ends_with("keys.toml")).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    // It is the key that is used.
    let mut command = scene.command(&["ask", "-m", MODEL, "--allow-external", "fake", "hello"]);
    let run = finish(command.env_remove("FAKE_KEY").output().unwrap());
    assert_eq!(run.code, 0, "{}", run.err);
    for args in [&["keys", "list"][..], &["config", "show"], &["doctor"]] {
        let run = scene.run(args);
        assert!(!run.out.contains(&scene.key) && !run.err.contains(&scene.key), "{args:?}");
    }
    assert_eq!(holders(&scene, &scene.key), ["keys.toml"]);
    assert_eq!(scene.run(&["keys", "remove", "fake"]).code, 0);
    assert_eq!(holders(&scene, &scene.key), Vec::<String>::new());
}
