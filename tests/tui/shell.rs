//! The real program beside a shell and an editor: stopped and brought back, its configuration edited, its words completed.

use crate::commands::{finish, nobody, segno};
use segno_tests::check::Profile;
use segno_tests::ollama::{FakeOllama, Script};
use segno_tests::pty::{Key, Pty};
use std::path::{Path, PathBuf};

const CTRL_Z: &[u8] = b"\x1a";

/// Runs lines in a shell that has job control, as that of a person.
fn shell(profile: &Profile, more: &[(&str, &str)], lines: &str) -> Pty {
    let segno = env!("CARGO_BIN_EXE_segno");
    let lines = lines.replace("SEGNO", segno);
    Pty::spawn(Path::new("/bin/sh"), &["-c", &lines], &profile.env_with(more), 24, 80)
}

#[test]
#[cfg(unix)]
fn stopped_it_gives_the_terminal_to_the_shell_and_comes_back_with_its_draft() {
    let fake = FakeOllama::builder().model("llama3.1:8b").start();
    let profile = Profile::new();
    let host = fake.host();
    let lines = "set -m; SEGNO; stty -a | grep -o -e '-*icanon'; echo at the shell; read line; fg; echo gone";
    let mut pty = shell(&profile, &[("OLLAMA_HOST", &host)], lines);
    pty.wait_for("llama3.1:8b");
    pty.type_text("a draft");
    pty.wait_for("a draft");
    pty.send(CTRL_Z.to_vec());
    let screen = pty.wait_for("at the shell");
    assert!(!screen.contains("a draft") && !screen.contains("-icanon"), "the screen and the line are the shell's: {screen}");
    pty.key(Key::Enter);
    pty.wait_until("the draft again", |screen| screen.contains("› a draft") && screen.contains("llama3.1:8b"));
    pty.type_text(" goes on");
    pty.wait_for("a draft goes on");
    pty.key(Key::CtrlC);
    pty.wait_for("cleared");
    pty.key(Key::CtrlC);
    pty.wait_for("gone");
    pty.wait_exit();
    pty.assert_restored();
}

#[test]
#[cfg(unix)]
fn stopped_by_a_signal_it_draws_anew_when_it_goes_on() {
    let fake = FakeOllama::builder().model("llama3.1:8b").start();
    let profile = Profile::new();
    let host = fake.host();
    let mut pty = shell(&profile, &[("OLLAMA_HOST", &host)], "set -m; SEGNO; echo at the shell; read line; fg; echo gone");
    pty.wait_for("llama3.1:8b");
    pty.type_text("a draft");
    pty.wait_for("a draft");
    let child = child_of(pty.pid());
    assert!(std::process::Command::new("kill").args(["-TSTP", &child.to_string()]).status().unwrap().success());
    pty.wait_for("at the shell");
    pty.send(b"\n".to_vec());
    pty.wait_until("the draft again", |screen| screen.contains("› a draft") && !screen.contains("at the shell"));
    pty.key(Key::CtrlC);
    pty.wait_for("cleared");
    pty.key(Key::CtrlC);
    pty.wait_for("gone");
    pty.wait_exit();
    pty.assert_restored();
}

/// The process that a process waits for.
#[cfg(unix)]
fn child_of(parent: u32) -> u32 {
    let of = std::process::Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap();
    let text = String::from_utf8(of.stdout).unwrap();
    let mut rows = text.lines().map(|line| line.split_whitespace().map(|n| n.parse::<u32>().unwrap()).collect::<Vec<_>>());
    rows.find(|row| row[1] == parent).expect("it has a child")[0]
}

/// A program that does this to the file it is given.
#[cfg(unix)]
fn editor(profile: &Profile, name: &str, lines: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = profile.home().join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// `segno config edit` with this editor.
#[cfg(unix)]
fn edit(profile: &Profile, lines: &str) -> Pty {
    let editor = editor(profile, "my editor", lines);
    let env = profile.env_with(&[("EDITOR", &format!("'{}' now", editor.display())), ("VISUAL", "")]);
    Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &["config", "edit"], &env, 24, 120)
}

/// The copies that lie beside the file.
fn copies(profile: &Profile) -> Vec<String> {
    let folder = std::fs::read_dir(profile.config().join("segno")).unwrap().flatten();
    let copies = folder.filter(|entry| entry.file_name().to_string_lossy().starts_with("config-edit-"));
    copies.map(|copy| std::fs::read_to_string(copy.path()).unwrap()).collect()
}

#[test]
#[cfg(unix)]
fn an_edited_configuration_takes_the_place_of_the_file_with_its_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let profile = Profile::new();
    let path = profile.write_config("[ui]\nmouse = true\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    // As some editors do: another file takes the place of the one that they were given.
    let mut pty = edit(&profile, "printf '[ui]\\nmouse = false\\n' > \"$2.new\" && mv \"$2.new\" \"$2\"");
    pty.wait_for("is fine");
    assert!(pty.wait_exit().success());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "[ui]\nmouse = false\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(copies(&profile), Vec::<String>::new());
}

#[test]
#[cfg(unix)]
fn where_there_is_no_file_it_begins_with_one_that_explains_itself() {
    let profile = Profile::new();
    let mut pty = edit(&profile, "cp \"$2\" \"$HOME/seen\"; printf '[keys.any]\\n\"f9\" = \"help\"\\n' > \"$2\"");
    pty.wait_for("is fine");
    assert!(pty.wait_exit().success());
    let seen = std::fs::read_to_string(profile.home().join("seen")).unwrap();
    assert!(seen.contains("# mouse = true") && seen.contains("# \"ctrl-k\" = \"palette\""), "{seen}");
    assert!(profile.config().join("segno/config.toml").exists());
    // Untouched it makes none.
    let profile = Profile::new();
    let mut pty = edit(&profile, "true");
    pty.wait_for("nothing was changed");
    assert!(pty.wait_exit().success() && !profile.config().join("segno/config.toml").exists());
}

#[test]
#[cfg(unix)]
fn what_is_wrong_is_said_and_nothing_is_lost() {
    const OLD: &str = "[ui]\nmouse = true\n";
    const WRONG: &str = "[keys.any]\n\"f9\" = \"hlep\"\n";
    let write = format!("printf '{}' > \"$2\"", WRONG.replace('\n', "\\n"));
    let profile = Profile::new();
    let path = profile.write_config(OLD);
    let held = || std::fs::read_to_string(&path).unwrap();

    let mut pty = edit(&profile, &write);
    let screen = pty.wait_for("[e/k/g]");
    assert!(screen.contains("there is no action `hlep`") && screen.contains("did you mean `help`?"), "{screen}");
    pty.type_text("k\n");
    pty.wait_for("what you wrote is in");
    assert!(!pty.wait_exit().success());
    assert_eq!((held().as_str(), copies(&profile)), (OLD, vec![WRONG.to_owned()]));

    std::fs::read_dir(profile.config().join("segno")).unwrap().flatten().for_each(|entry| {
        if entry.file_name() != "config.toml" {
            std::fs::remove_file(entry.path()).unwrap();
        }
    });
    let mut pty = edit(&profile, &write);
    pty.wait_for("[e/k/g]");
    pty.type_text("g\n");
    assert!(!pty.wait_exit().success());
    assert_eq!((held().as_str(), copies(&profile)), (OLD, vec![]));

    // Again: the second time what was written is there, and is mended.
    let mend = format!("if grep -q hlep \"$2\"; then printf '[ui]\\nmouse = false\\n' > \"$2\"; else {write}; fi");
    let mut pty = edit(&profile, &mend);
    pty.wait_for("[e/k/g]");
    pty.type_text("what?\n");
    pty.wait_until("it is asked again", |screen| screen.matches("[e/k/g]").count() == 2);
    pty.type_text("e\n");
    pty.wait_for("is fine");
    assert!(pty.wait_exit().success());
    assert_eq!((held().as_str(), copies(&profile)), ("[ui]\nmouse = false\n", vec![]));

    // An editor that fails leaves the file as it is.
    let mut pty = edit(&profile, &format!("{write}; exit 3"));
    pty.wait_for("what you wrote is in");
    assert!(!pty.wait_exit().success());
    assert_eq!((held().as_str(), copies(&profile)), ("[ui]\nmouse = false\n", vec![WRONG.to_owned()]));
}

#[test]
#[cfg(unix)]
fn where_nobody_answers_it_is_said_where_the_copy_is() {
    for key in [Key::CtrlC, Key::CtrlD] {
        for old in [None, Some("[ui]\nmouse = true\n")] {
            let profile = Profile::new();
            if let Some(old) = old {
                profile.write_config(old);
            }
            let mut pty = edit(&profile, "printf 'mouse = 1' > \"$2\"");
            pty.wait_for("[e/k/g]");
            pty.key(key);
            let screen = pty.wait_for("what you wrote is in");
            assert_eq!(screen.contains("config.toml was not made;"), old.is_none(), "{screen}");
            assert_eq!(screen.contains("config.toml is as it was;"), old.is_some(), "{screen}");
            assert!(!pty.wait_exit().success());
            assert_eq!(copies(&profile), ["mouse = 1"]);
        }
    }
}

#[test]
fn without_a_terminal_nothing_is_edited() {
    let run = finish(segno(&Profile::new(), &nobody(), &["config", "edit"]).output().unwrap());
    assert!(run.code != 0 && run.out.is_empty() && run.err.contains("needs a terminal"), "{run:?}");
}

#[test]
fn completions_of_every_shell_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = finish(segno(&Profile::new(), &nobody(), &["completions", shell]).output().unwrap());
        assert!(run.code == 0 && run.err.is_empty(), "{run:?}");
        for word in ["doctor", "playbook", "offline", "completions"] {
            assert!(run.out.contains(word), "{shell}: {word}");
        }
    }
    let run = finish(segno(&Profile::new(), &nobody(), &["completions", "cmd"]).output().unwrap());
    assert_eq!(run.code, 2);
}

#[test]
fn themes_are_listed_printed_and_checked() {
    let profile = Profile::new();
    let run = |args: &[&str]| finish(segno(&profile, &nobody(), args).output().unwrap());
    profile.write_config("[ui]\ntheme = \"mine\"\n");
    let missing = run(&["config", "check"]);
    assert!(missing.code == 2 && missing.err.contains("there is no theme `mine`"), "{missing:?}");
    let printed = run(&["config", "themes", "dark"]);
    assert!(printed.code == 0 && printed.out.contains("error = "), "{printed:?}");
    std::fs::create_dir_all(profile.config().join("segno/themes")).unwrap();
    let path = profile.config().join("segno/themes/mine.toml");
    std::fs::write(&path, &printed.out).unwrap();
    assert_eq!(run(&["config", "check"]).code, 0);
    let listed = run(&["config", "themes"]).out;
    assert!(listed.contains("high-contrast") && listed.contains(&*path.to_string_lossy()), "{listed}");
    std::fs::write(&path, "base = \"dark\"\n\nerorr = \"red\"\n").unwrap();
    let wrong = run(&["config", "check"]);
    assert!(wrong.code == 2 && wrong.err.contains("mine.toml:3:1") && wrong.err.contains("did you mean `error`?"), "{wrong:?}");
    let doctor = run(&["doctor"]);
    assert!(doctor.out.contains("there is no role `erorr`, line 3 of /"), "{doctor:?}");
    for (set, line) in [("mien", "config.toml:2:9"), ("drak", "config.toml:2:9")] {
        profile.write_config(&format!("[ui]\ntheme = \"{set}\"\n"));
        let wrong = run(&["config", "check"]);
        let near = if set == "mien" { "did you mean `mine`?" } else { "did you mean `dark`?" };
        assert!(wrong.err.contains(line) && wrong.err.contains(near) && !wrong.err.contains("themes/"), "{wrong:?}");
    }
    let set = run(&["--set", "ui.theme=mien", "config", "check"]);
    assert!(set.err.contains("command line, ui.theme") && !set.err.contains("config.toml"), "{set:?}");
    let none = run(&["config", "themes", "drak"]);
    assert!(none.code != 0 && none.err.contains("did you mean `dark`?"), "{none:?}");
}

#[test]
fn keys_in_a_file_are_checked_as_all_else_and_a_folder_cannot_set_them() {
    let profile = Profile::new();
    let run = |args: &[&str]| finish(segno(&profile, &nobody(), args).output().unwrap());
    profile.write_config("[keys.compose]\n\"ctrl-c\" = \"send\"\n\"f9\" = \"sned\"\n[ui]\nmuose = true\n");
    for command in [&["config", "check"][..], &["doctor"], &["config", "show"]] {
        let wrong = run(command);
        assert_eq!(wrong.code, 2, "{wrong:?}");
        for part in
            ["Ctrl+C cannot be bound", "config.toml:2:1", "did you mean `send`?", "config.toml:3:8", "did you mean `mouse`?"]
        {
            assert!(wrong.err.contains(part), "{part}: {wrong:?}");
        }
    }
    profile.write_config("[keys.compose]\n\"f9\" = \"send\"\n");
    assert!(run(&["config", "show"]).out.contains("keys.compose.\"f9\""));
    std::fs::write(profile.home().join(".segno.toml"), "[keys.compose]\n\"f9\" = \"send\"\n").unwrap();
    let folder = run(&["config", "check"]);
    assert!(folder.code == 2 && folder.err.contains("a folder's file may not set `keys`"), "{folder:?}");
}

#[test]
fn a_terminal_that_is_not_in_front_is_told_and_gets_all_back_in_the_end() {
    let fake = FakeOllama::builder().model_with("llama3.1:8b", Script::says("Hello.")).start();
    let profile = Profile::new();
    let host = fake.host();
    let env = profile.env_with(&[("OLLAMA_HOST", &host), ("TERM", "xterm-kitty")]);
    let pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &[], &env, 24, 80);
    pty.wait_for("llama3.1:8b");
    pty.send(b"\x1b[O".to_vec());
    pty.type_text("hello\r");
    pty.wait_for_raw(b"\x1b]0;Segno: answering\x07");
    pty.wait_for_raw(b"\x1b]0;Segno: answered\x07");
    pty.send(b"\x1b[I".to_vec());
    pty.wait_for_raw(b"\x1b]0;Segno\x07");
    // As kitty tells Shift with Enter.
    pty.type_text("one");
    pty.send(b"\x1b[13;2u".to_vec());
    pty.type_text("two");
    pty.wait_until("two lines", |screen| {
        let has = |text: &str| screen.lines().any(|line| line.trim() == text);
        has("› one") && has("two")
    });
    pty.key(Key::CtrlC);
    pty.wait_for("cleared");
    crate::program::quit(pty);
}

#[test]
fn keys_and_title_are_taken_and_given_back() {
    let profile = Profile::new();
    let host = nobody();
    for (term, config, taken) in [
        ("xterm-kitty", "", true),
        ("xterm-256color", "", false),
        ("xterm-kitty", "[ui]\nkeyboard = \"plain\"\ntitle = false\nnotify = \"off\"\n", false),
    ] {
        profile.write_config(config);
        let env = profile.env_with(&[("OLLAMA_HOST", &host), ("TERM", term)]);
        let mut pty = Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), &[], &env, 24, 80);
        pty.wait_for("ask something");
        pty.signal("TERM");
        pty.wait_exit();
        pty.assert_restored();
        let raw = String::from_utf8_lossy(&pty.raw_output()).into_owned();
        let count = |text: &str| raw.matches(text).count();
        assert_eq!((count("\x1b[>1u"), count("\x1b[<1u")), (usize::from(taken), usize::from(taken)), "{term} {config}");
        let title = usize::from(config.is_empty());
        assert_eq!((count("\x1b[22;0t"), count("\x1b[23;0t"), count("\x1b[?1004h")), (title, title, title), "{term} {config}");
    }
}
