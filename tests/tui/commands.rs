//! The commands without a screen, run as a person or a script runs them.

mod doctor;
mod history;
mod hosts;

use segno_tests::check::Profile;
use segno_tests::ollama::{Behaviour, FakeOllama, Gate, ModelSpec, PullScript, Script};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// `segno`, in a profile of its own, with `OLLAMA_HOST` set to `host`.
pub(crate) fn segno(profile: &Profile, host: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segno"));
    command.env_clear().envs(profile.env()).env("OLLAMA_HOST", host).current_dir(profile.home()).args(args).stdin(Stdio::null());
    command
}

pub(crate) fn finish(output: Output) -> Run {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

fn run(host: &str, args: &[&str]) -> Run {
    finish(segno(&Profile::new(), host, args).output().unwrap())
}

pub(crate) fn run_with_stdin(host: &str, args: &[&str], stdin: &[u8]) -> Run {
    let profile = Profile::new();
    let mut child =
        segno(&profile, host, args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A program that refuses may have closed its end.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    finish(child.wait_with_output().unwrap())
}

/// A host where nothing listens.
pub(crate) fn nobody() -> String {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("127.0.0.1:{}", taken.local_addr().unwrap().port())
}

fn llama(script: impl Into<Script>) -> FakeOllama {
    FakeOllama::builder().model_with("llama3.1:8b", script).start()
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[test]
fn ask_prints_the_answer_and_nothing_else_on_stdout() {
    let fake = llama(Script::tokens(["Hello", " from", " 狐狸 🦊"]));
    let run = run(&fake.host(), &["ask", "hi", "there"]);
    assert_eq!((run.code, run.out.as_str()), (0, "Hello from 狐狸 🦊\n"), "{}", run.err);
    assert!(run.err.contains("● local  llama3.1:8b · general"), "{}", run.err);
    let sent = &fake.requests_to("/api/chat")[0];
    assert_eq!(sent.at("/messages/0/content"), "hi there");
    assert_eq!(sent.at("/truncate"), false);
    assert_eq!(sent.at("/stream"), true);
    assert_eq!(sent.at("/options/num_ctx"), 8192);
}

#[test]
fn ask_adds_what_is_piped_in() {
    let fake = llama(Script::says("ok"));
    assert_eq!(run_with_stdin(&fake.host(), &["ask", "explain"], "line one\nline two".as_bytes()).code, 0);
    assert_eq!(run_with_stdin(&fake.host(), &["ask"], b"only this").code, 0);
    let sent = fake.requests_to("/api/chat");
    assert_eq!(sent[0].at("/messages/0/content"), "explain\n\nline one\nline two");
    assert_eq!(sent[1].at("/messages/0/content"), "only this");
}

#[test]
fn ask_without_a_model_is_answered_by_the_guide_and_says_so() {
    let empty = FakeOllama::builder().start();
    for host in [nobody(), empty.host()] {
        let plain = run(&host, &["ask", "how do I install ollama?"]);
        assert_eq!(plain.code, 4, "{}", plain.err);
        assert!(plain.out.to_lowercase().contains("ollama"), "{}", plain.out);
        assert!(plain.err.contains("the built-in guide answers"), "{}", plain.err);
        assert!(plain.err.contains("guide · built in · not a language model"), "{}", plain.err);
        let json = run(&host, &["ask", "--json", "how do I install ollama?"]);
        let events = lines(&json.out);
        assert_eq!((json.code, events.last().unwrap()["backend"].as_str()), (4, Some("guide")));
        assert!(json.err.contains("exit code 4"), "{}", json.err);
    }
}

#[test]
fn ask_json_is_one_event_a_line() {
    let fake = FakeOllama::builder().model_with("deepseek-coder:6.7b", Script::tokens(["fn", " main"])).start();
    let run = run(&fake.host(), &["ask", "--json", "write a function"]);
    let events = lines(&run.out);
    let names: Vec<_> = events.iter().map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!((run.code, names.first(), names.last()), (0, Some(&"planned"), Some(&"finished")));
    assert_eq!(events[0]["class"], "code");
    let text: String = events.iter().filter(|e| e["event"] == "delta").map(|e| e["text"].as_str().unwrap()).collect();
    let last = events.last().unwrap();
    assert_eq!((text.as_str(), last["text"].as_str()), ("fn main", Some("fn main")));
    for (key, want) in [
        ("status", "complete"),
        ("model", "deepseek-coder:6.7b"),
        ("backend", "ollama"),
        ("location", "local"),
        ("class", "code"),
    ] {
        assert_eq!(last[key], want, "{key}");
    }
}

#[test]
fn a_model_that_fails_is_replaced_openly() {
    let out_of_memory =
        Behaviour::Status(500, r#"{"error":"model requires more system memory (9.1 GiB) than is available"}"#.to_owned());
    let fake = FakeOllama::builder()
        .model_with("deepseek-coder:6.7b", out_of_memory)
        // What is as large would not fit, either.
        .model(ModelSpec::new("llama3.1:8b").size(1 << 30).script(Script::says("instead")))
        .start();
    let run = run(&fake.host(), &["ask", "write a function"]);
    assert_eq!((run.code, run.out.as_str()), (0, "instead\n"), "{}", run.err);
    assert!(
        run.err.contains("deepseek-coder:6.7b did not answer: out of memory: model requires more system memory"),
        "{}",
        run.err
    );
    assert!(run.err.contains("; asking llama3.1:8b"), "{}", run.err);
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    for (behaviour, code, error, hint) in [
        (Behaviour::Status(400, r#"{"error":"bad option"}"#.into()), 1, "bad option", "choose another model"),
        (Behaviour::TooLong, 1, "error:", "raise ollama.num_ctx"),
        (Behaviour::EmptyAnswer, 1, "llama3.1:8b answered nothing", "ask again"),
        (Behaviour::Html502, 1, "502", "segno doctor"),
        (Behaviour::NoDone, 3, "in the middle of an answer", "ask again"),
        (Behaviour::ResetMidStream, 3, "error:", "ask again"),
        (Behaviour::ErrorLineMidStream("CUDA error: out of memory".into()), 3, "out of memory", "smaller model"),
        (Behaviour::GarbageLine, 3, "error:", "ask again"),
    ] {
        let fake = llama(Script::tokens(["one ", "two ", "three ", "four "]).behaving(behaviour.clone()));
        let run = run(&fake.host(), &["ask", "hello"]);
        assert_eq!(run.code, code, "{behaviour:?}: {}", run.err);
        assert!(run.err.contains(error) && run.err.contains("hint: ") && run.err.contains(hint), "{behaviour:?}: {}", run.err);
        assert_eq!(code == 3, run.out.starts_with("one "), "{behaviour:?}: {}", run.out);
    }
}

#[test]
fn that_nothing_is_done_is_said_only_where_something_is_to_be_done() {
    let fake = llama(Script::says("well"));
    for (question, said) in [
        ("turn on the light in the kitchen", true),
        ("remind me to call mum tomorrow at 9", true),
        ("now something else", false),
        ("and now something else", false),
        ("tell me more", false),
        ("why is the sky blue?", false),
    ] {
        let run = run(&fake.host(), &["ask", question]);
        assert_eq!(run.code, 0, "{question}: {}", run.err);
        assert_eq!(run.err.contains("Segno runs no tools yet"), said, "{question}: {}", run.err);
    }
}

#[test]
fn however_it_is_cut_the_answer_is_the_same() {
    let text = "Grüße, 世界! 👩‍👩‍👧‍👦 and `code`\n\n* a list\n";
    for behaviour in
        [Behaviour::SplitUtf8, Behaviour::OneWrite, Behaviour::UnknownFields, Behaviour::EmptyLines, Behaviour::LengthStop]
    {
        let fake = llama(Script::says(text).behaving(behaviour.clone()));
        assert_eq!(run(&fake.host(), &["ask", "hello"]).out, text, "{behaviour:?}");
    }
}

#[test]
fn a_model_that_is_not_there_is_an_error_and_no_guess() {
    let fake = llama(Script::says("hello"));
    let run = run(&fake.host(), &["ask", "-m", "qwen3:8b", "hello"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    assert!(run.err.contains("error: qwen3:8b is not installed") && run.err.contains("segno pull qwen3:8b"), "{}", run.err);
    assert!(fake.requests_to("/api/chat").is_empty());
}

#[test]
fn nothing_goes_to_a_cloud_model_a_redirect_or_a_proxy() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let trap = format!("http://{}", elsewhere.local_addr().unwrap());
    let fake = FakeOllama::builder()
        .model_with("llama3.1:8b", Behaviour::Redirect(format!("{trap}/api/chat")))
        .remote("alias:latest", &trap)
        .remote("gpt-oss:120b-cloud", "https://ollama.com:443")
        .start();
    for model in ["llama3.1:8b", "alias", "gpt-oss:120b-cloud"] {
        let profile = Profile::new();
        let mut command = segno(&profile, &fake.host(), &["ask", "-m", model, "the secret plan"]);
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
            command.env(name, &trap);
        }
        let run = finish(command.output().unwrap());
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{model}: {}", run.err);
    }
    assert!(elsewhere.accept().is_err(), "something connected to where nothing may go");
    let asked = [fake.requests_to("/api/generate"), fake.requests_to("/api/chat")].concat();
    assert_eq!(asked.len(), 1, "only the local model was asked at all, to load it");
    assert!(
        fake.requests_to("/api/show").iter().all(|r| r.at("/model") == "llama3.1:8b"),
        "show of a cloud model leaves the machine"
    );
}

#[test]
fn a_server_elsewhere_is_not_contacted() {
    // 192.0.2.0/24 is reserved for documentation; a connection to it would hang until the time limit.
    let run = run("http://192.0.2.1:11434", &["models"]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("is not on this machine but network"), "{}", run.err);
}

#[test]
fn a_reader_that_hangs_up_is_no_error() {
    let gate = Gate::closed();
    let fake = llama(Script::says("a long answer that nobody reads to its end").step_by_step(&gate));
    let profile = Profile::new();
    let mut child = segno(&profile, &fake.host(), &["ask", "hi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    gate.release(1);
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0]).unwrap();
    drop(out);
    gate.open();
    let run = finish(child.wait_with_output().unwrap());
    assert_eq!((run.code, run.err.as_str()), (0, ""), "quiet");
}

#[test]
fn interrupting_keeps_what_came_and_closes_the_connection() {
    let gate = Gate::closed();
    let fake = llama(Script::tokens(["first ", "second"]).step_by_step(&gate));
    let profile = Profile::new();
    let mut child = segno(&profile, &fake.host(), &["ask", "hi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    gate.release(1);
    let mut first = [0; 6];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let run = finish(child.wait_with_output().unwrap());
    assert_eq!((run.code, &first), (130, b"first "), "{}", run.err);
    fake.wait_for(|requests| requests.iter().any(|r| r.is("/api/chat") && r.client_gone()));
}

#[test]
fn questions_that_are_none() {
    for (args, stdin, words) in [
        (vec!["ask"], &b""[..], "there is nothing to ask"),
        (vec!["ask", "  "], b" \n", "there is nothing to ask"),
        (vec!["ask", "what is this"], b"\xff\xfe\x00", "no text (not UTF-8)"),
    ] {
        let run = run_with_stdin(&nobody(), &args, stdin);
        assert_eq!(run.code, 2, "{args:?}: {}", run.err);
        assert!(run.err.starts_with("error: ") && run.err.contains(words), "{args:?}: {}", run.err);
    }
}

#[test]
fn models_are_listed_with_where_they_run() {
    let fake = FakeOllama::builder().model("llama3.1:8b").remote("gpt-oss:120b-cloud", "https://ollama.com:443").start();
    let table = run(&fake.host(), &["models"]);
    assert_eq!(table.code, 0, "{}", table.err);
    let row = |name: &str| {
        table.out.lines().find(|l| l.starts_with(name)).unwrap_or_else(|| panic!("{name}: {}", table.out)).to_owned()
    };
    assert!(row("llama3.1:8b").contains("● local"), "{}", table.out);
    assert!(row("gpt-oss:120b-cloud").contains("☁ external (ollama.com)"), "{}", table.out);
    let json: Value = serde_json::from_str(&run(&fake.host(), &["models", "--json"]).out).unwrap();
    assert_eq!(json["server"]["state"], "up");
    let down = run(&nobody(), &["models"]);
    assert_eq!(down.code, 1);
    assert!(down.err.contains("error: no model server answers on") && down.err.contains("hint: "), "{}", down.err);
}

#[test]
fn pulling() {
    let fake = FakeOllama::builder().pullable(PullScript::of("phi3:mini")).start();
    let done = run(&fake.host(), &["pull", "phi3:mini"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("phi3:mini is here"), "{}", done.err);
    assert_eq!(fake.models(), ["phi3:mini"]);
    for (host, name, words) in [
        (fake.host(), "nosuch:1b", "hint: check the name"),
        (fake.host(), "gpt-oss:120b-cloud", "hint: pull a model that runs on this machine"),
        (nobody(), "phi3:mini", "hint: start the server"),
    ] {
        let run = run(&host, &["pull", name]);
        assert_eq!(run.code, 1, "{name}");
        assert!(run.err.contains("error: ") && run.err.contains(words), "{name}: {}", run.err);
    }
    fake.set_pull(PullScript::of("mistral:7b").cut_short());
    let cut = run(&fake.host(), &["pull", "mistral:7b"]);
    assert_eq!(cut.code, 1);
    assert!(cut.err.contains("goes on from where it stopped"), "{}", cut.err);
}

#[test]
fn a_broken_configuration_stops_everything_but_says_where() {
    let profile = Profile::new();
    let file = profile.write_config("[defaults]\ncode = \"x:1b\"\n\n[routing]\ncode_keyword = []\n");
    for args in [vec!["ask", "hi"], vec!["models"], vec!["config", "check"], vec!["config", "show"], vec!["doctor"]] {
        let run = finish(segno(&profile, &nobody(), &args).output().unwrap());
        assert_eq!(run.code, 2, "{args:?}: {}", run.err);
        for words in [&format!("{}:5", file.display()), "code_keyword", "code_keywords", "segno config check", "--config FILE"] {
            assert!(run.err.contains(words), "{args:?} {words}: {}", run.err);
        }
    }
    let path = finish(segno(&profile, &nobody(), &["config", "path"]).output().unwrap());
    assert_eq!((path.code, path.out.trim()), (0, file.to_str().unwrap()));
    let other = profile.home().join("other.toml");
    std::fs::write(&other, "[defaults]\ncode = \"y:2b\"\n").unwrap();
    let args = ["config", "show", "--config", other.to_str().unwrap()];
    let show = finish(segno(&profile, &nobody(), &args).output().unwrap());
    assert_eq!(show.code, 0, "{}", show.err);
    let row = show.out.lines().find(|l| l.starts_with("defaults.code")).unwrap();
    assert!(row.contains("y:2b") && row.contains("other.toml:2"), "{row}");
}

#[test]
fn a_folder_may_choose_models_and_nothing_else() {
    let profile = Profile::new();
    std::fs::write(profile.home().join(".segno.toml"), "[defaults]\ngeneral = \"mistral:7b\"\n").unwrap();
    let fake = FakeOllama::builder()
        .model_with("llama3.1:8b", Script::says("llama"))
        .model_with("mistral:7b", Script::says("mistral"))
        .start();
    let chosen = finish(segno(&profile, &fake.host(), &["ask", "hi"]).output().unwrap());
    assert_eq!((chosen.code, chosen.out.as_str()), (0, "mistral\n"), "{}", chosen.err);
    std::fs::write(profile.home().join(".segno.toml"), "[privacy]\nallow_external = true\n").unwrap();
    let refused = finish(segno(&profile, &fake.host(), &["ask", "hi"]).output().unwrap());
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains(".segno.toml:"), "{}", refused.err);
}

#[test]
fn a_ledger_of_nothing() {
    let profile = Profile::new();
    let run = |args: &[&str]| finish(segno(&profile, &nobody(), args).output().unwrap());
    let file = profile.home().join("ledger.jsonl");
    let path = file.to_str().unwrap();
    for (args, code, out, err) in [
        (&["ledger", "list"][..], 0, "nothing has left this machine\n", ""),
        (&["ledger", "list", "--json", "--limit", "3"], 0, "[]\n", ""),
        (&["ledger", "show", "1"], 1, "", "error: the ledger has no row 1\nhint: `segno ledger list` lists them\n"),
        (&["ledger", "verify"], 0, "the ledger is empty: nothing has left this machine\n", ""),
        (&["ledger", "export"], 0, "", ""),
        (&["ledger", "export", "-"], 0, "", ""),
        (&["ledger", "export", path], 0, "", &format!("note: wrote 0 rows to {path}\n")),
        (
            &["ledger", "export", path],
            1,
            "",
            &format!("error: {path} is there already\nhint: `--force` writes over it; or name another file\n"),
        ),
        (&["ledger", "export", "--force", path], 0, "", &format!("note: wrote 0 rows to {path}\n")),
    ] {
        let run = run(args);
        assert_eq!((run.code, run.out.as_str(), run.err.as_str()), (code, out, err), "{args:?}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let missing = profile.home().join("no/such/folder");
    let refused = run(&["ledger", "export", missing.to_str().unwrap()]);
    assert!(refused.code != 0 && refused.err.contains("cannot be written"), "{}", refused.err);
}

#[test]
fn wrong_usage_is_exit_code_two() {
    for args in [
        vec!["nonsense"],
        vec!["ask", "--nonsense"],
        vec!["pull"],
        vec!["ledger"],
        vec!["ledger", "show"],
        vec!["ask", "--redact", "without --allow-external"],
    ] {
        assert_eq!(run(&nobody(), &args).code, 2, "{args:?}");
    }
    for args in [vec!["--help"], vec!["--version"], vec!["ask", "--help"]] {
        assert_eq!(run(&nobody(), &args).code, 0, "{args:?}");
    }
    let screenless = run(&nobody(), &[]);
    assert_eq!(screenless.code, 2);
    assert!(screenless.err.contains("segno ask"), "{}", screenless.err);
}

#[test]
fn the_log_holds_words_only_where_they_were_asked_for() {
    let profile = Profile::new();
    let fake = llama(Script::says("purple elephants"));
    assert!(segno(&profile, &fake.host(), &["ask", "green tigers"]).env("SEGNO_LOG", "trace").output().unwrap().status.success());
    let log = || -> String {
        let files = std::fs::read_dir(profile.state().join("segno")).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    };
    assert!(!log().is_empty());
    assert!(!log().contains("green tigers") && !log().contains("purple elephants"), "{}", log());
    let args = ["ask", "--set", "log.message_text=true", "green tigers"];
    assert!(segno(&profile, &fake.host(), &args).output().unwrap().status.success());
    assert!(log().contains("green tigers") && log().contains("purple elephants"), "{}", log());
}

#[test]
fn an_interrupt_is_heard_whenever_it_comes() {
    // Pieces pour in while the signal comes: whoever listens only between two of them would miss it.
    let words: Vec<String> = (0..20_000).map(|n| format!("{n} ")).collect();
    let gate = Gate::closed();
    let fake = llama(Script::tokens(words).step_by_step(&gate));
    for release in [1, 3, 50] {
        let profile = Profile::new();
        let mut child =
            segno(&profile, &fake.host(), &["ask", "count"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        gate.release(release);
        out.read_exact(&mut [0; 2]).unwrap();
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        gate.release(release);
        std::io::copy(&mut out, &mut std::io::sink()).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
    }
}

#[test]
fn an_answer_that_stopped_at_the_limit_is_said_to() {
    let fake = llama(Script::says("as far as it goes").behaving(Behaviour::LengthStop));
    let run = run(&fake.host(), &["ask", "hello"]);
    assert_eq!(run.code, 0);
    assert!(run.err.contains("warning: the answer stopped at the limit of length"), "{}", run.err);
}

#[test]
fn a_cloud_model_cannot_be_fixed() {
    let fake = FakeOllama::builder().model("llama3.1:8b").remote("gpt-oss:120b-cloud", "https://ollama.com:443").start();
    let run = run(&fake.host(), &["ask", "-m", "gpt-oss:120b-cloud", "hello"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err.contains("is external (ollama.com), and external models are switched off")
            && run.err.contains("privacy.allow_external"),
        "{}",
        run.err
    );
}
