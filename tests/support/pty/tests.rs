//! The driver itself, with the shell as the program.

use super::{Key, Pty, terminal_is_restored};
use crate::check::Profile;
use std::path::Path;

fn shell(script: &str) -> (Pty, Profile) {
    let profile = Profile::new();
    (Pty::spawn(Path::new("/bin/sh"), &["-c", script], &profile.env_with(&[("GIVEN", "yes")]), 10, 40), profile)
}

#[test]
fn a_program_is_typed_to_seen_and_waited_for() {
    let (mut pty, profile) = shell("echo \"env:$GIVEN:$CARGO:$PWD\"; read line; echo \"got <$line>\"; exit 7");
    let screen = pty.wait_until("the folder", |screen| screen.contains("env:yes::"));
    assert!(screen.replace('\n', "").contains(profile.home().to_str().unwrap()), "{screen}");
    pty.type_text("grüße 世界");
    pty.key(Key::Enter);
    pty.wait_for("got <grüße 世界>");
    let status = pty.wait_exit();
    assert_eq!((status.exit_code(), status.signal()), (7, None));
    assert!(pty.raw_output().ends_with(b"\r\n"));
    pty.assert_restored();
}

#[test]
fn questions_to_the_terminal_are_answered() {
    // Raw, so that the answers come through without a line end; six bytes for the cursor, nine for the kind.
    let ask =
        r"stty raw -echo; printf '\033[3;5H\033[6n'; head -c 6 | od -An -c; printf '\033[c'; head -c 9 | od -An -c; stty sane";
    let (mut pty, _profile) = shell(ask);
    pty.wait_until("row 3, column 5", |screen| screen.contains("033   [   3   ;   5   R"));
    pty.wait_exit();
    assert!(pty.screen().contains("033   [   ?   6   2   ;   2   2   c"), "{}", pty.screen());
}

#[test]
fn the_size_is_told_and_told_again() {
    let (mut pty, _profile) = shell("trap 'stty size; exit' WINCH; stty size; while read line; do :; done");
    pty.wait_for("10 40");
    pty.resize(12, 50);
    pty.wait_for("12 50");
    pty.wait_exit();
    assert_eq!(pty.with_screen(vt100::Screen::size), (12, 50));
}

#[test]
fn a_program_is_killed() {
    let (mut pty, _profile) = shell("trap '' HUP TERM INT; echo up; read line");
    pty.wait_for("up");
    assert!(Path::new(&format!("/proc/{}", pty.pid())).exists() || !cfg!(target_os = "linux"));
    assert!(pty.kill().signal().is_some());
}

#[test]
fn a_paste_is_bracketed_where_that_was_asked_for() {
    let (mut pty, _profile) =
        shell(r"stty raw -echo; printf '\033[?2004hready'; head -c 15 | od -An -c; stty sane; printf '\033[?2004l'");
    pty.wait_for("ready");
    pty.paste("a\nb");
    pty.wait_exit();
    assert!(pty.screen().contains("033   [   2   0   0   ~   a  \\r   b"), "{}", pty.screen());
    assert!(terminal_is_restored(&pty.raw_output()));
}

#[test]
fn what_is_left_on_is_seen() {
    for (raw, restored) in [
        ("\x1b[?1049h\x1b[?25l\x1b[?1000;1002;1003;1015;1006h\x1b[?2004h\x1b[>1u", false),
        ("\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?2004l\x1b[?25h\x1b[?1049l", true),
        ("\x1b[?1049h", false),
        ("\x1b[?25l", false),
        ("\x1b[?1003h", false),
        ("\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1015h\x1b[?1006h\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1002l\x1b[?1000l", true),
        ("\x1b[?2004h", false),
        ("\x1b[?1004h", false),
        ("\x1b[?1004h\x1b[?1004l", true),
        ("\x1b[>1u", false),
        ("\x1b[>1u\x1b[<1u", true),
        ("\x1b[31mred", false),
        ("\x1b[31mred\x1b[0m", true),
        ("plain", true),
    ] {
        assert_eq!(terminal_is_restored(raw.as_bytes()), restored, "{:?}: {:?}", raw, super::left_switched_on(raw.as_bytes()));
    }
}

#[test]
#[should_panic(expected = "waited for never, but the program ended; the screen:\n| only this")]
fn a_wait_in_vain_shows_the_screen() {
    let (pty, _profile) = shell("echo only this");
    pty.wait_for("never");
}
