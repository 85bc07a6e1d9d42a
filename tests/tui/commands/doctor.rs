//! `segno doctor`: what it finds, and what it says to do.

use super::*;

#[test]
fn doctor_says_what_to_do() {
    let fake = llama(Script::says("hello"));
    let well = run(&fake.host(), &["doctor"]);
    assert_eq!(well.code, 0, "{}{}", well.out, well.err);
    for words in [
        "Ollama 0.33.0 on http://127.0.0.1",
        "llama3.1:8b",
        "deepseek-coder:6.7b is not installed",
        "segno pull deepseek-coder:6.7b",
        "segno.db",
    ] {
        assert!(well.out.contains(words), "{words}: {}", well.out);
    }
    let line = well.out.lines().find(|line| line.contains("connections")).unwrap();
    assert!(line.starts_with("ok ") && line.contains("ollama: ") && line.contains(" 0 failed"), "{line}");
    let ill = run(&nobody(), &["doctor", "--json"]);
    let report: Value = serde_json::from_str(&ill.out).unwrap();
    let server = report["findings"].as_array().unwrap().iter().find(|f| f["subject"] == "server").unwrap();
    assert_eq!((ill.code, server["verdict"].as_str()), (1, Some("wrong")));
}

#[test]
fn doctor_tells_what_became_of_the_connections() {
    let fake = llama(Script::says("hello"));
    let pools = |run: &Run| {
        let report: Value = serde_json::from_str(&run.out).unwrap();
        report["pools"].as_array().unwrap().clone()
    };
    let pool = |run: &Run| pools(run).into_iter().find(|pool| pool["backend"] == "ollama").unwrap();
    let well = run(&fake.host(), &["doctor", "--json"]);
    let count = |pool: &Value, name: &str| pool[name].as_u64().unwrap_or_else(|| panic!("{name}: {pool}"));
    let found = pool(&well);
    assert!(count(&found, "requests") >= 3 && count(&found, "opened") > 0, "{found}");
    assert!(count(&found, "opened") + count(&found, "reused") + count(&found, "in_use") >= count(&found, "requests"), "{found}");
    assert_eq!(count(&found, "open"), count(&found, "in_use") + count(&found, "idle"), "{found}");
    for (name, want) in [("limit", 8), ("waited", 0), ("waiting", 0), ("failed", 0), ("recycled", 0)] {
        assert_eq!(count(&found, name), want, "{name}: {found}");
    }
    let of_providers: Vec<_> = pools(&well).into_iter().filter(|pool| pool["backend"] != "ollama").collect();
    assert!(!of_providers.is_empty() && of_providers.iter().all(|pool| count(pool, "requests") == 0), "{of_providers:?}");

    let found = pool(&run(&nobody(), &["doctor", "--json"]));
    assert!(count(&found, "failed") > 0 && count(&found, "opened") == 0, "{found}");
    let text = run(&nobody(), &["doctor"]).out;
    assert!(text.lines().any(|line| line.starts_with("note") && line.contains("ollama: 0 opened")), "{text}");
    assert!(!run(&fake.host(), &["models", "--json"]).out.contains("pools"), "that is another command's");
}

#[test]
fn doctor_says_what_became_of_a_damaged_database() {
    let profile = Profile::new();
    let folder = profile.data().join("segno");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("segno.db"), "this is no database at all, whatever its name says").unwrap();
    let run = finish(segno(&profile, &nobody(), &["doctor"]).output().unwrap());
    assert!(run.out.contains("a new one was begun") && run.out.contains("segno.db.corrupt-"), "{}", run.out);
}

#[test]
fn of_another_machine_doctor_advises_about_that_one() {
    let profile = Profile::new();
    profile.write_config("[privacy]\ntrusted_hosts = [\"192.0.2.7\"]\n[timeouts]\nconnect = \"100ms\"\n");
    let mut command = segno(&profile, "192.0.2.7:11434", &["doctor"]);
    let run = finish(command.output().unwrap());
    assert!(run.out.contains("see that 192.0.2.7 is on") && run.out.contains("OLLAMA_HOST=0.0.0.0"), "{}", run.out);
    assert!(!run.out.contains("ollama serve") && !run.out.contains("install.sh"), "{}", run.out);
}
