//! Several servers of models: each command says which one is meant.

use super::*;

/// Runs with a second server, called `desk`.
fn with_desk(host: &str, desk: &str, args: &[&str]) -> Run {
    let profile = Profile::new();
    let file = profile.home().join("two.toml");
    std::fs::write(&file, format!("[[backends]]\nid = \"desk\"\nhost = \"{desk}\"\nmemory_mib = 8000\n")).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let args: Vec<&str> = ["--config", &file].into_iter().chain(args.iter().copied()).collect();
    finish(segno(&profile, host, &args).output().unwrap())
}

fn two() -> (FakeOllama, FakeOllama) {
    let desk = FakeOllama::builder().model("llama3.1:8b").model("qwen2-math:7b").version("0.12.1").start();
    (llama(Script::says("hello")), desk)
}

#[test]
fn models_and_answers_say_where_they_are() {
    let (fake, desk) = two();
    let list = with_desk(&fake.host(), &desk.host(), &["models"]);
    assert_eq!(list.code, 0, "{}", list.err);
    let rows: Vec<Vec<&str>> = list.out.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
    let want = [["NAME", "HOST"], ["llama3.1:8b", "ollama"], ["llama3.1:8b", "desk"], ["qwen2-math:7b", "desk"]];
    assert_eq!(rows, want, "{}", list.out);
    let answer = with_desk(&fake.host(), &desk.host(), &["ask", "-m", "qwen2-math:7b", "hi"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.err.contains("● local  qwen2-math:7b on desk · "), "{}", answer.err);
    let why = with_desk(&fake.host(), &desk.host(), &["route", "give me some tips for a picnic"]);
    assert!(why.out.contains("asks llama3.1:8b on ollama: ") && why.out.contains("llama3.1:8b on desk"), "{}", why.out);
    assert!(why.out.contains("llama3.1:8b is asked on ollama: it comes first in the settings"), "{}", why.out);
    // With one server nothing names it.
    let alone = [&["models"][..], &["ask", "hi"], &["route", "hi"]].map(|args| run(&fake.host(), args));
    assert!(
        alone.iter().all(|run| !run.out.contains("HOST") && !run.out.contains(" on ollama") && !run.err.contains(" on ollama"))
    );
}

#[test]
fn doctor_looks_at_each() {
    let (fake, desk) = two();
    let report = |run: &Run| -> Value { serde_json::from_str(&run.out).unwrap() };
    let of = |run: &Run, subject: &str| -> Vec<String> {
        let findings = report(run)["findings"].as_array().unwrap().clone();
        let of = findings.iter().filter(|finding| finding["subject"] == subject);
        of.map(|finding| format!("{} {}", finding["verdict"].as_str().unwrap(), finding["what"].as_str().unwrap())).collect()
    };
    let well = with_desk(&fake.host(), &desk.host(), &["doctor", "--json"]);
    let servers = of(&well, "server");
    assert_eq!(servers.len(), 2, "{servers:?}");
    assert!(
        servers[0].starts_with("ok ollama: Ollama 0.33.0 on http://") && servers[1].starts_with("ok desk: Ollama 0.12.1 on ")
    );
    assert_eq!(of(&well, "models"), ["ok llama3.1:8b (ollama, desk), qwen2-math:7b (desk)"]);
    assert!(of(&well, "model memory")[1].starts_with("ok desk: models take 0"), "{:?}", of(&well, "model memory"));
    let host = report(&well)["hosts"][0].clone();
    assert_eq!((host["id"].as_str(), host["state"]["state"].as_str()), (Some("desk"), Some("up")));
    assert_eq!(host["memory"]["capacity_mib"], 8000);
    // One that is down is told, and is no failure while another answers.
    let half = with_desk(&fake.host(), &nobody(), &["doctor", "--json"]);
    assert!(of(&half, "server")[1].starts_with("note desk: no model server answers on "), "{:?}", of(&half, "server"));
    assert_eq!(half.code, 0);
    let none = with_desk(&nobody(), &nobody(), &["doctor", "--json"]);
    assert!(of(&none, "server").iter().all(|line| line.starts_with("wrong ")) && none.code == 1);
    assert!(report(&run(&fake.host(), &["doctor", "--json"])).get("hosts").is_none());
}

#[test]
fn the_first_may_be_down() {
    let (_, desk) = two();
    let answer = with_desk(&nobody(), &desk.host(), &["ask", "hi"]);
    assert_eq!(answer.code, 0, "{}", answer.err);
    assert!(answer.err.contains("llama3.1:8b on desk"), "{}", answer.err);
    let list = with_desk(&nobody(), &desk.host(), &["models"]);
    assert!(list.code == 0 && list.err.contains("note: ollama: no model server answers on "), "{}{}", list.out, list.err);
}
