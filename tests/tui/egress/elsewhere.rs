//! Ways by which something could leave beside the question: proxies, redirects, cloud models that look local, other hosts.

use super::{ASKS, MODEL, Scene, answer, digest, leave, shown_digest};
use crate::commands::finish;
use crate::program::ask;
use segno_tests::ollama::{Behaviour as LocalBehaviour, FakeOllama, Script as LocalScript};
use segno_tests::provider::{Behaviour, FakeProvider};
use segno_tests::witness::Witness;

const QUESTION: &str = "the secret plan";

/// `segno ask`, with everything to be sent through `proxy`.
fn ask_through(scene: &Scene, proxy: &Witness, model: &str, more: &[&str]) -> crate::commands::Run {
    let args: Vec<_> = ["ask", "-m", model].iter().chain(more).copied().chain([QUESTION]).collect();
    let mut command = scene.command(&args);
    command.envs(proxy.proxy_env()).env_remove("NO_PROXY");
    finish(command.output().unwrap())
}

#[test]
fn neither_a_proxy_nor_a_redirect_gets_anything() {
    let (proxy, elsewhere) = (Witness::start(), Witness::start());
    let to = |path: &str| format!("{}{path}", elsewhere.url());
    for (builder, path) in
        [(FakeProvider::openai as fn() -> _, "/v1/chat/completions"), (FakeProvider::anthropic, "/v1/messages")]
    {
        let scene = Scene::with(builder().model("model-1").model_with("model-2", Behaviour::Redirect(to(path))));
        scene.ollama.set("llama3.1:8b", LocalBehaviour::Redirect(to("/api/chat")));
        let well = ask_through(&scene, &proxy, MODEL, &["--allow-external", "fake"]);
        assert_eq!((well.code, well.out.as_str()), (0, "Hello from model-1.\n"), "directly: {}", well.err);
        scene.fake.set("model-1", Behaviour::Redirect(to(path)));
        let provider = ask_through(&scene, &proxy, MODEL, &["--allow-external", "fake"]);
        assert_eq!((provider.code, provider.out.as_str()), (1, ""), "{}", provider.err);
        let local = ask_through(&scene, &proxy, "llama3.1:8b", &[]);
        assert_eq!((local.code, local.out.as_str()), (1, ""), "{}", local.err);
    }
    proxy.assert_untouched();
    elsewhere.assert_untouched();
}

/// A server with a stub under an innocent name, as `ollama cp` makes one, and one that says what it is.
fn with_cloud(cloud: &Witness) -> Scene {
    let mut scene = Scene::new();
    scene.ollama = FakeOllama::builder()
        .model_with("llama3.1:8b", LocalScript::says("a local answer"))
        .remote("helper:latest", &cloud.url())
        .remote("gpt-oss:120b-cloud", "https://ollama.com:443")
        .start();
    scene
}

#[test]
fn a_cloud_model_by_any_name_asks_first() {
    let (proxy, cloud) = (Witness::start(), Witness::start());
    for model in ["helper", "gpt-oss:120b-cloud", "never-seen:cloud"] {
        let scene = with_cloud(&cloud);
        let run = ask_through(&scene, &proxy, model, &[]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{model}: {}", run.err);
        assert!(scene.ollama.requests_to("/api/chat").is_empty(), "{model}");
        assert!(scene.ollama.requests_to("/api/show").iter().all(|r| r.at("/model") == "llama3.1:8b"), "{model}");
        scene.assert_nothing_left();
    }
    proxy.assert_untouched();
    cloud.assert_untouched();
}

#[test]
fn a_cloud_model_gets_what_was_shown_and_the_ledger_says_where_it_went() {
    let cloud = Witness::start();
    let scene = with_cloud(&cloud);
    let pty = scene.pty(&[]);
    pty.wait_for("llama3.1:8b");
    ask(&pty, "/model gpt-oss:120b-cloud");
    pty.wait_for("gpt-oss");
    ask(&pty, QUESTION);
    let screen = pty.wait_for(ASKS);
    assert!(screen.contains("ollama.com"), "{screen}");
    assert!(scene.ollama.requests_to("/api/chat").is_empty());
    answer(&pty, "y");
    let sent = scene.ollama.wait_for(|requests| requests.iter().any(|request| request.is("/api/chat")));
    let sent = sent.iter().find(|request| request.is("/api/chat")).unwrap();
    assert_eq!(digest(sent).short(), shown_digest(&screen));
    pty.wait_gone("…");
    leave(pty);
    let rows = scene.ledger();
    assert!(rows[0].to_string().contains("ollama.com"), "{}", rows[0]);
    scene.fake.assert_untouched();
}

#[test]
fn the_suite_reaches_this_machine_alone() {
    // 192.0.2.0/24 is reserved for documentation; names under .invalid are nobody's.
    for host in ["192.0.2.1", "provider.invalid"] {
        let scene = Scene::new();
        scene.profile.write_config(&format!(
            "[privacy]\nallow_external = true\n\n[[providers]]\nid = \"fake\"\nendpoint = \"https://{host}/v1\"\n\
             key_env = \"FAKE_KEY\"\n\n[[models]]\nid = \"{MODEL}\"\nbackend = \"fake\"\n"
        ));
        let run = scene.run(&["ask", "-m", MODEL, "--allow-external", "fake", QUESTION]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
        assert!(run.err.contains("SEGNO_LOOPBACK_ONLY"), "{}", run.err);
    }
}

#[test]
fn a_hostile_folder_grants_nothing() {
    let scene = Scene::new();
    for text in [
        "[privacy]\nallow_external = true\n".to_owned(),
        "[privacy]\nsecret_scan_before_external = false\n".to_owned(),
        "[privacy]\ntrusted_hosts = [\"127.0.0.1\"]\n".to_owned(),
        format!("[[providers]]\nid = \"fake\"\nendpoint = \"{}\"\nplace = \"here\"\n", scene.fake.endpoint()),
        "[[providers]]\nid = \"fake\"\napi_key_command = [\"touch\", \"ran\"]\n".to_owned(),
    ] {
        std::fs::write(scene.profile.home().join(".segno.toml"), &text).unwrap();
        let run = scene.run(&["ask", "-m", MODEL, QUESTION]);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{text}: {}", run.err);
        assert!(!scene.profile.home().join("ran").exists());
    }
    std::fs::write(scene.profile.home().join(".segno.toml"), format!("[defaults]\ngeneral = \"{MODEL}\"\n")).unwrap();
    let run = scene.run(&["ask", QUESTION]);
    assert_ne!(run.out, "Hello from model-1.\n", "a folder may choose a model, but not say yes: {}", run.err);
    std::fs::remove_file(scene.profile.home().join(".segno.toml")).unwrap();
    scene.assert_nothing_left();
}
