//! Several servers of models: the screens say which one is meant, and what came and went of each.

use crate::fixtures::*;
use conductor::domain::{BackendId, HostState, Location, Model, ModelId, Signature, Status, TaskClass};
use conductor::protocol::{Event, ModelsSnapshot};
use segno_tui::keymap::Code;
use segno_tui::words::{Names, news};

const HOSTS: [&str; 2] = ["ollama", "desk"];

/// Two servers, each with these models; `None` for one that is down.
fn two(first: Option<&[&str]>, desk: Option<&[&str]>) -> ModelsSnapshot {
    let state = |there: Option<&[&str]>| if there.is_some() { up() } else { down(true) };
    let some = models().into_iter().find(|model| model.location.is_local()).unwrap();
    let of = |host: &str, names: Option<&[&str]>| -> Vec<Model> {
        let model = |name: &&str| Model { id: ModelId::new(name), backend: BackendId::new(host), ..some.clone() };
        names.unwrap_or_default().iter().map(model).collect()
    };
    let mut all = of("ollama", first);
    all.extend(of("desk", desk));
    let host = HostState { id: BackendId::new("desk"), state: state(desk), memory: None };
    ModelsSnapshot { hosts: vec![host], ..snapshot(state(first), all) }
}

#[test]
fn the_picker_and_the_first_screen_name_them() {
    let mut s = Session::with_hosts(&HOSTS).with(Event::Models(two(Some(&["a:1"]), Some(&["a:1", "b:1"]))));
    let screen = s.screen(80, 24);
    assert!(
        screen.contains("ollama  Ollama ") && screen.contains("desk  Ollama ") && screen.contains("2 models: a:1, b:1"),
        "{screen}"
    );
    let screen = s.entered("/models").screen(100, 24);
    let line = |name: &str, host: &str| screen.lines().any(|line| line.contains(name) && line.contains(host));
    assert!(line("a:1", " ollama ") && line("a:1", " desk ") && line("b:1", " desk ") && !line("b:1", " ollama "), "{screen}");
    // One that is down is told, and the other answers.
    let mut s = Session::with_hosts(&HOSTS).with(Event::Models(two(None, Some(&["b:1"]))));
    let screen = s.screen(80, 24);
    assert!(screen.contains("ollama  no model server answers on ") && screen.contains("1 model: b:1"), "{screen}");
    assert!(screen.contains("auto") && !screen.contains("no Ollama"), "{screen}");
}

#[test]
fn an_answer_and_a_fallback_name_them() {
    let mut s = Session::with_hosts(&HOSTS).with(Event::Models(two(Some(&["a:1"]), Some(&["a:1"]))));
    let id = s.ask("hello");
    let on = |host: &str| conductor::domain::Candidate { backend: BackendId::new(host), ..candidate("a:1") };
    let why = failure(conductor::domain::FailureKind::Unreachable, "a:1 did not answer: connection refused", "");
    s.event(Event::Fallback { id, from: on("ollama"), to: on("desk"), why });
    assert!(s.shows("a:1 on ollama did not answer: connection refused; asking a:1 on desk"));
    let mut answer = answer("a:1", TaskClass::General, "there");
    answer.signature = Signature { backend: BackendId::new("desk"), location: Location::Local, ..answer.signature };
    s.event(finished(id, answer, Status::Complete));
    assert!(s.shows("local  a:1 on desk · general"), "{}", s.screen(80, 24));
    s.press(Code::Esc);
}

#[test]
fn what_comes_and_goes_is_told_of_all_of_them_together() {
    let all = Some(&["a:1", "b:1"][..]);
    let one = Some(&["a:1"][..]);
    for (what, before, after, want) in [
        ("new to both", two(one, one), two(all, all), vec!["new in Ollama: b:1"]),
        ("new to one, and there already", two(all, one), two(all, all), vec![]),
        ("gone from one, and there still", two(all, all), two(all, one), vec![]),
        ("gone from both", two(all, all), two(one, one), vec!["gone from Ollama: b:1"]),
        ("one is gone", two(all, all), two(all, None), vec!["Ollama at 127.0.0.1:11434 does not answer any more"]),
        ("one is there again", two(all, None), two(all, all), vec![]),
    ] {
        let told: Vec<String> = news(&before, &after, None, &Names::default()).into_iter().map(|notice| notice.what).collect();
        assert_eq!(told, want, "{what}");
    }
}
