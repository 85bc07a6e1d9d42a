//! Prompts of the user's own: where they lie, what is said of wrong ones, and what to begin from.

use crate::commands::{Run, finish, nobody, segno};
use segno_tests::check::Profile;
use serde_json::Value;
use std::path::PathBuf;

fn run(profile: &Profile, args: &[&str]) -> Run {
    finish(segno(profile, &nobody(), args).output().unwrap())
}

fn write(profile: &Profile, name: &str, text: &str) -> PathBuf {
    let folder = profile.config().join("segno/prompts");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), text).unwrap();
    folder.join(name)
}

#[test]
fn the_prompts_are_listed_and_printed_to_begin_from() {
    let profile = Profile::new();
    let printed = run(&profile, &["config", "prompts", "reflector.v2"]);
    assert!(printed.code == 0 && printed.out.contains("{{question}}") && printed.out.contains("---user---"), "{printed:?}");
    let own = write(&profile, "reflector.mine.md", &printed.out);
    let listed = run(&profile, &["config", "prompts"]);
    let lines: Vec<&str> = listed.out.lines().collect();
    assert_eq!(lines.len(), 7, "{listed:?}");
    assert!(lines.contains(&"generator.v1    built in"), "{listed:?}");
    assert!(lines.contains(&&*format!("reflector.mine  {}", own.display())), "{listed:?}");
    assert_eq!(run(&profile, &["config", "prompts", "reflector.mine"]).out, printed.out);
    let json: Value = serde_json::from_str(&run(&profile, &["config", "prompts", "--json"]).out).unwrap();
    let rows = json.as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["name"], &rows[0]["file"]), (7, &Value::from("generator.v1"), &Value::Null));
    let variables =
        |row: &Value| row["variables"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    let of_curator: Vec<String> = variables(rows.iter().find(|row| row["name"] == "curator.v1").unwrap());
    assert_eq!(of_curator, ["reflection", "playbook", "stats", "context", "progress"]);
    let unknown = run(&profile, &["config", "prompts", "reflector.min"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""));
    assert!(unknown.err.contains("there is no prompt reflector.min") && unknown.err.contains("did you mean `reflector.mine`?"));
}

#[test]
fn one_that_is_wrong_stops_the_start_with_its_line() {
    let profile = Profile::new();
    let file = write(&profile, "reflector.v2.md", "Learn.\n---user---\n{{questoin}}\n");
    for args in [&["playbook", "list"][..], &["models"], &["ask", "hello"]] {
        let run = run(&profile, args);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{args:?}: {run:?}");
        let what =
            format!("error: {}, line 3: there is no variable {{{{questoin}}}}; did you mean {{{{question}}}}?\n", file.display());
        assert!(run.err.starts_with(&what) && run.err.contains("hint: {{question}}, {{outcome}}"), "{run:?}");
    }
    // What helps to mend it does not need it.
    assert_eq!(run(&profile, &["config", "prompts", "reflector.v2"]).code, 0);
    assert_eq!(run(&profile, &["config", "prompts"]).code, 1);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(run(&profile, &["playbook", "list"]).code, 0);
    let unknown = run(&profile, &["playbook", "list", "--set", "ace.prompts=v3"]);
    assert_eq!(unknown.code, 1, "{unknown:?}");
    assert!(unknown.err.contains("there is no version `v3` of the prompts") && unknown.err.contains("there are v1, v2"));
}
