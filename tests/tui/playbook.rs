//! `segno playbook` as a person or a script runs it, without any server of models.

use crate::commands::{Run, finish, segno};
use segno_tests::check::Profile;
use segno_tests::pty::Pty;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

/// Nothing listens there.
const NOBODY: &str = "127.0.0.1:1";

fn run(profile: &Profile, args: &[&str]) -> Run {
    finish(segno(profile, NOBODY, &[&["--offline", "playbook"], args].concat()).output().unwrap())
}

/// What it printed, where it went well.
fn well(profile: &Profile, args: &[&str]) -> String {
    let run = run(profile, args);
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?}: {}", run.out);
    run.out
}

fn as_json(profile: &Profile, args: &[&str]) -> Value {
    serde_json::from_str(&well(profile, &[args, &["--json"]].concat())).unwrap()
}

/// The words of the lines of `domain`.
fn contents(profile: &Profile, domain: &str) -> Vec<String> {
    let book = as_json(profile, &["show", domain]);
    book["bullets"].as_array().unwrap().iter().map(|bullet| bullet["content"].as_str().unwrap().to_owned()).collect()
}

fn fails(profile: &Profile, args: &[&str], code: i32, what: &str) {
    let run = run(profile, args);
    assert_eq!((run.code, run.out.as_str()), (code, ""), "{args:?}: {}", run.err);
    assert!(run.err.contains(what), "{args:?}: {}", run.err);
    assert!(run.err.starts_with("error: ") && (code == 2 || run.err.contains("\nhint: ")), "{args:?}: {}", run.err);
}

fn write(profile: &Profile, name: &str, text: &str) {
    std::fs::write(profile.home().join(name), text).unwrap();
}

/// A file of the user's own with a line in each of these stages.
fn of_stages(profile: &Profile, stages: &[&str]) {
    let lines = (1..).zip(stages).map(|(n, stage)| {
        format!("{}\n", json!({"section": "Errors", "content": format!("advice {n}"), "stage": stage, "helpful": n}))
    });
    write(profile, "stages.jsonl", &lines.collect::<String>());
    well(profile, &["import", "stages.jsonl", "--into", "math-qwen", "--whole"]);
}

#[test]
fn a_line_is_written_changed_taken_away_and_brought_back() {
    let profile = Profile::new();
    let none = run(&profile, &["list"]);
    assert_eq!((none.code, none.out.as_str()), (0, "there is no playbook yet\n"));
    assert!(none.err.starts_with("hint: `segno playbook add "), "{}", none.err);

    let added = well(&profile, &["add", "math-qwen", "--section", "Common Errors", "check", "the signs"]);
    assert_eq!(added, "math-qwen · change 1\n  new: [common-00001] check the signs (staging)\n");
    let edited = well(&profile, &["edit", "math-qwen", "common-00001", "check all signs"]);
    assert_eq!(edited, "math-qwen · change 2\n  [common-00001] now: check all signs (was: check the signs)\n");
    let moved = well(&profile, &["edit", "math-qwen", "1", "--section", "Signs"]);
    assert_eq!(moved, "math-qwen · change 3\n  [signs-00001] now under Signs\n");
    let shown = well(&profile, &["show", "math-qwen"]);
    assert_eq!(
        shown,
        "math-qwen · 1 line · about 12 tokens\n\nSigns\n  [signs-00001] check all signs\n    staging · +0 -0 · by you\n"
    );
    let removed = well(&profile, &["remove", "math-qwen", "[signs-00001]"]);
    assert_eq!(removed, "math-qwen · change 4\n  gone: [signs-00001] check all signs\n");
    assert!(contents(&profile, "math-qwen").is_empty());
    let undone = well(&profile, &["undo", "math-qwen"]);
    assert_eq!(undone, "math-qwen · change 5\n  new: [signs-00001] check all signs (staging)\n");
    fails(&profile, &["undo", "math-qwen", "2"], 1, "signs-00001 was changed since");
    well(&profile, &["undo", "math-qwen", "3"]);
    well(&profile, &["undo", "math-qwen", "2"]);
    assert_eq!(contents(&profile, "math-qwen"), ["check the signs"]);

    let history = well(&profile, &["history", "math-qwen"]);
    let heads: Vec<&str> = history.lines().filter(|line| !line.starts_with(' ')).collect();
    let causes = ["7 · just now · undo of 2", "6 · just now · undo of 3", "5 · just now · undo of 4", "4 · just now · you"];
    assert_eq!((heads.len(), &heads[..4]), (7, &causes[..]), "{history}");
    let deltas = as_json(&profile, &["history", "math-qwen"]);
    assert_eq!((&deltas[0]["seq"], &deltas[0]["cause"]), (&json!(7), &json!({"cause": "undo", "of": 2})));
    assert!(deltas[6]["at"].as_str().is_some_and(|at| at.len() == 20 && at.ends_with('Z')), "{deltas}");
    fails(&profile, &["undo", "math-qwen", "4"], 1, "change 4 cannot be taken back");
    fails(&profile, &["undo", "math-qwen", "99"], 1, "math-qwen has no change 99");
}

#[test]
fn a_line_goes_from_stage_to_stage_and_a_playbook_is_switched() {
    let profile = Profile::new();
    of_stages(&profile, &["proposed", "proposed", "shadow", "prod"]);
    let shown = well(&profile, &["show", "math-qwen"]);
    assert!(shown.contains("waits for your yes: segno playbook accept math-qwen errors-00001\n"), "{shown}");
    assert!(shown.find("advice 2") < shown.find("advice 3"), "{shown}");
    assert!(shown.contains("    prod · +4 -0 · from a file\n"), "{shown}");
    for (what, id, step) in [
        ("accept", "1", "[errors-00001] from proposed to shadow"),
        ("refuse", "e2", "[errors-00002] from proposed to quarantine"),
        ("promote", "errors-3", "[errors-00003] from shadow to staging"),
        ("demote", "4", "[errors-00004] from prod to staging"),
        ("pin", "4", "[errors-00004] pinned"),
        ("unpin", "4", "[errors-00004] no longer pinned"),
    ] {
        let said = well(&profile, &[what, "math-qwen", id]);
        assert!(said.ends_with(&format!("\n  {step}\n")), "{what}: {said}");
    }
    fails(&profile, &["accept", "math-qwen", "1"], 1, "it waits for no answer: it is in shadow");
    assert!(well(&profile, &["off", "math-qwen"]).ends_with("\n  not used any more\n"));
    assert!(well(&profile, &["show", "math-qwen"]).contains("off: it is in no prompt"));
    fails(&profile, &["off", "math-qwen"], 1, "it is off already");
    assert!(well(&profile, &["on", "math-qwen"]).ends_with("\n  used again\n"));
    let changed = as_json(&profile, &["pin", "math-qwen", "3"]);
    assert_eq!(changed["change"]["steps"], json!([{"step": "pin", "id": 3, "pinned": true}]));
    assert_eq!(changed["name"], "math-qwen");
}

#[test]
fn figures_are_of_one_playbook_or_of_all() {
    let profile = Profile::new();
    of_stages(&profile, &["proposed", "shadow", "staging", "archived"]);
    well(&profile, &["add", "code-llama-rust", "borrow first"]);
    let one = as_json(&profile, &["stats", "math-qwen"]);
    // Eight letters are two tokens, and there are eight beside them.
    assert_eq!((&one["bullets"], &one["in_use"], &one["tokens_about"]), (&json!(4), &json!(2), &json!(20)));
    assert_eq!(one["observed"], json!({"helpful": 10, "harmful": 0, "neutral": 0}));
    assert_eq!(one["stages"]["archived"], 1);
    for all in [as_json(&profile, &["stats"]), as_json(&profile, &["list"])] {
        let names: Vec<&str> = all.as_array().unwrap().iter().map(|book| book["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["code-llama-rust", "math-qwen"]);
    }
    assert_eq!(as_json(&profile, &["list"])[0]["key"], json!({"base": "code", "family": "llama", "sub": "rust"}));
    let text = well(&profile, &["stats"]);
    assert!(text.contains("math-qwen\n  proposed    1\n") && text.contains("of the lines in use"), "{text}");
    let list = well(&profile, &["list"]);
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split_whitespace().take(4).collect()).collect();
    assert_eq!(rows[2], ["math-qwen", "2", "1", "1"], "{list}");
    assert!(list.ends_with("  1 waits for your yes\n"), "{list}");
}

#[test]
fn why_a_line_stands_where_it_stands_is_told() {
    let profile = Profile::new();
    of_stages(&profile, &["proposed", "shadow", "staging"]);
    for (id, stands) in [
        ("1", "it waits for your yes"),
        ("errors-00002", "2 helpful and 0 harmful; with fewer than 3 observations nothing is decided"),
        ("3", "3 helpful and 0 harmful; prod asks for 8 helpful and 5 times as many as harmful"),
    ] {
        let told = well(&profile, &["why", "math-qwen", id]);
        assert!(told.contains(stands) && told.contains("\nwhere it came from\n  a file · just now\n"), "{id}: {told}");
        assert!(told.contains("\n  1 · just now · import of stages.jsonl\n    new: [errors-0000"), "{id}: {told}");
    }
    let told = as_json(&profile, &["why", "math-qwen", "3"]);
    assert_eq!(
        (&told["playbook"], &told["bullet"]["stage"], &told["chat"]),
        (&json!("math-qwen"), &json!("staging"), &Value::Null)
    );
    assert_eq!((&told["changes"][0]["seq"], told["changes"][0]["steps"].as_array().map(Vec::len)), (&json!(1), Some(1)));
    fails(&profile, &["why", "math-qwen", "9"], 1, "math-qwen has no line 9");
    fails(&profile, &["why", "math-qwen"], 2, "say which line");
}

#[test]
fn a_playbook_goes_into_a_file_and_from_there_into_another() {
    let profile = Profile::new();
    of_stages(&profile, &["prod", "staging"]);
    let whole = well(&profile, &["export", "math-qwen"]);
    let lines = well(&profile, &["export", "math-qwen", "--jsonl"]);
    assert_eq!(
        (serde_json::from_str::<Value>(&whole).unwrap()["key"]["family"].clone(), lines.lines().count()),
        (json!("qwen"), 2)
    );
    write(&profile, "book.json", &format!("\u{feff}{whole}"));
    write(&profile, "lines.jsonl", &lines);

    let said = well(&profile, &["import", "lines.jsonl", "--into", "math-llama"]);
    assert_eq!(said, "lines.jsonl into math-llama: 2 lines came, 0 already there, 0 refused · change 2\n");
    let llama = as_json(&profile, &["show", "math-llama"]);
    assert_eq!((&llama["bullets"][0]["stage"], &llama["bullets"][0]["helpful"]), (&json!("shadow"), &json!(0)));
    well(&profile, &["import", "book.json", "--base", "math", "--family", "phi", "--sub", "sums", "--whole"]);
    let phi = as_json(&profile, &["show", "--base", "math", "--family", "phi", "--sub", "sums"]);
    assert_eq!((&phi["name"], &phi["bullets"][1]["helpful"]), (&json!("math-phi-sums"), &json!(2)));

    // The same again, and into the one that the file names.
    let again = as_json(&profile, &["import", "book.json"]);
    let want = json!({"name": "math-qwen", "file": "book.json", "came": 0, "already": 2, "refused": []});
    want.as_object().unwrap().iter().for_each(|(key, value)| assert_eq!(&again[key], value, "{key}"));
    let history = well(&profile, &["history", "math-qwen"]);
    assert!(history.contains("· import of book.json\n  nothing new\n"), "{history}");
}

#[test]
fn what_is_piped_in_is_a_file_and_refused_lines_are_named() {
    let profile = Profile::new();
    let text = "{\"content\": \"one\"}\n\n{\"content\": \" \"}\n{\"content\": \"One.\"}\n";
    let mut child = segno(&profile, NOBODY, &["playbook", "import", "-", "--into", "math-qwen"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let run = finish(child.wait_with_output().unwrap());
    let want =
        "standard input into math-qwen: 1 line came, 1 already there, 1 refused · change 1\n  refused: line 3: it says nothing\n";
    assert_eq!((run.code, run.out.as_str()), (0, want), "{}", run.err);
    write(&profile, "book.json", "{\"bullets\": {\"a-1\": {\"content\": \"two\"}, \"a-2\": {\"content\": \"\"}}}");
    let came = as_json(&profile, &["import", "book.json", "--into", "math-qwen"]);
    assert_eq!(came["refused"], json!([{"line": null, "number": 2, "why": "it says nothing"}]));
    assert_eq!(contents(&profile, "math-qwen"), ["one", "two"]);
    let history = well(&profile, &["history", "math-qwen"]);
    assert!(history.contains("  refused: proposal 2: it says nothing\n"), "{history}");
}

#[test]
fn several_files_become_one_playbook() {
    let profile = Profile::new();
    write(&profile, "a.jsonl", "{\"content\": \"one\"}\n{\"content\": \"two\"}\n");
    write(
        &profile,
        "b.json",
        "{\"key\": {\"base\": \"code\", \"family\": \"qwen\"}, \"bullets\": [{\"content\": \"two\"}, {\"content\": \"three\"}]}",
    );
    let came = as_json(&profile, &["merge", "b.json", "a.jsonl"]);
    let figures: Vec<_> = came.as_array().unwrap().iter().map(|one| (one["came"].clone(), one["already"].clone())).collect();
    assert_eq!(figures, [(json!(2), json!(0)), (json!(1), json!(1))]);
    assert_eq!(contents(&profile, "code-qwen"), ["two", "three", "one"]);
    let said = well(&profile, &["merge", "a.jsonl", "b.json", "--into", "math-qwen"]);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert_eq!(contents(&profile, "math-qwen"), ["one", "two", "three"]);
    // A file that is not there: nothing is done.
    fails(&profile, &["merge", "a.jsonl", "missing.json", "--into", "general-phi"], 1, "missing.json cannot be read: ");
    fails(&profile, &["show", "general-phi"], 1, "there is no playbook general-phi");
    fails(&profile, &["merge", "a.jsonl"], 1, "a.jsonl does not say which playbook it is");
}

#[test]
fn what_goes_wrong_is_said_with_what_to_do() {
    let profile = Profile::new();
    for content in ["check the signs", "name the units", "draw it"] {
        well(&profile, &["add", "math-qwen", "--section", "Errors", content]);
    }
    write(&profile, "broken.jsonl", "{\"content\": \"x\"}\n\n{\"content\": 7}\n");
    write(&profile, "bytes.json", "");
    std::fs::write(profile.home().join("bytes.json"), b"{\"bullets\": [\xff]}").unwrap();
    for (args, what) in [
        (&["show", "math"][..], "names no known family of models"),
        (&["show", "math-qwen-llama"], "could be split in more than one way"),
        (&["show", "code-qwen"], "there is no playbook code-qwen"),
        (&["show", "--base", "Math", "--family", "qwen"], "\"Math\" is no name"),
        (&["remove", "code-qwen", "1"], "there is no playbook code-qwen"),
        (&["export", "code-qwen"], "there is no playbook code-qwen"),
        (&["remove", "math-qwen", "sums-00002"], "near it: errors-00002, errors-00001, errors-00003"),
        (&["remove", "math-qwen", "errors-00009"], "math-qwen has no line errors-00009\nhint: near it: errors-00003, "),
        (&["pin", "math-qwen", "errors"], "near it: errors-00001"),
        (&["add", "math-qwen", "Check the signs."], "line 00001 says the same\nhint: `segno playbook show math-qwen` lists"),
        (&["edit", "math-qwen", "2", "draw it"], "line 00003 says the same"),
        (&["edit", "math-qwen", "2", "name the units"], "it says so already"),
        (&["import", "broken.jsonl", "--into", "math-qwen"], "broken.jsonl is no playbook: line 3: invalid type"),
        (&["import", "bytes.json", "--into", "math-qwen"], "bytes.json holds bytes that are no text"),
        (&["import", ".", "--into", "math-qwen"], ". cannot be read: "),
    ] {
        fails(&profile, args, 1, what);
    }
    for (args, what) in [
        (&["show"][..], "say which playbook"),
        (&["show", "math-qwen", "1"], "\"1\" is a word too many"),
        (&["add", "math-qwen"], "say what the line says"),
        (&["edit", "math-qwen"], "say which line"),
        (&["edit", "math-qwen", "1"], "say what the line says from now on"),
        (&["remove", "math-qwen"], "say which line"),
        (&["undo", "math-qwen", "last"], "\"last\" is no number of a change"),
        (&["show", "--base", "math"], "--family"),
    ] {
        fails(&profile, args, 2, what);
    }
    assert_eq!(contents(&profile, "math-qwen").len(), 3, "nothing was changed");
}

#[test]
fn on_a_terminal_lines_are_wrapped_and_hold_no_control_characters() {
    let profile = Profile::new();
    let long = "check the signs of every term before and after you move it to the other side, and \u{1b}[31mred\u{1b}[0m";
    well(&profile, &["add", "math-qwen", long]);
    let env = profile.env_with(&[("OLLAMA_HOST", NOBODY)]);
    let mut pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &["playbook", "show", "math-qwen"], &env, 24, 60);
    let screen = pty.wait_for("by you");
    let rows: Vec<&str> = screen.lines().map(str::trim_end).collect();
    assert_eq!(rows[3], "  [general-00001] check the signs of every term before and", "{screen}");
    assert!(rows[4].starts_with("    after you move it"), "{screen}");
    assert!(pty.wait_exit().success());
}
