//! Rows in words, hosts with their loads, and the order that comes of them.

use super::*;
use crate::domain::{Capabilities, Licence, Residency};

/// A row in words: `model@host`, with `*` where it is in memory, `!` where it rests, and the place after a space.
fn row(words: &str) -> (Model, bool) {
    let (name, place) = words.split_once(' ').unwrap_or((words, "here"));
    let (id, host) = name.trim_end_matches(['*', '!']).split_once('@').unwrap();
    let location = match place {
        "here" => Location::Local,
        "cloud" => Location::External("ollama.com".to_owned()),
        host => Location::Network(host.to_owned()),
    };
    let resident = Residency { size_bytes: 1, vram_bytes: 1, context: Some(8192), expires_ms: None };
    let model = Model {
        id: ModelId::new(id),
        backend: BackendId::new(host),
        location,
        family: String::new(),
        parameters: String::new(),
        quantization: String::new(),
        size_bytes: 1,
        trained_context: None,
        num_ctx: 8192,
        capabilities: Capabilities { completion: true, ..Capabilities::default() },
        resident: name.contains('*').then_some(resident),
        licence: Licence::default(),
        prices: None,
        obstacle: None,
        kv_bytes_per_token: None,
    };
    (model, name.contains('!'))
}

fn loads(hosts: &[(&str, u32)]) -> Vec<HostLoad> {
    hosts.iter().map(|(id, requests)| HostLoad { id: BackendId::new(*id), requests: *requests }).collect()
}

/// The groups as lines: `model: host host`.
fn balanced(rows: &[&str], hosts: &[(&str, u32)]) -> Vec<String> {
    let (rows, resting): (Vec<Model>, Vec<bool>) = rows.iter().map(|words| row(words)).unzip();
    let rests = |row: &Model| rows.iter().zip(&resting).any(|(of, rests)| *rests && of == row);
    let groups = balance(&rows, &loads(hosts), rests);
    let line = |group: &Vec<&Model>| {
        let hosts: Vec<&str> = group.iter().map(|row| row.backend.as_str()).collect();
        format!("{}: {}", group[0].id.short(), hosts.join(" "))
    };
    groups.iter().map(line).collect()
}

#[test]
fn the_host_of_each_model() {
    const IDLE: &[(&str, u32)] = &[("ollama", 0), ("desk", 0), ("loft", 0)];
    for (what, rows, hosts, want) in [
        ("the order of the configuration", &["m@loft", "m@desk", "m@ollama"][..], IDLE, &["m: ollama desk loft"][..]),
        ("less to do", &["m@ollama", "m@desk"], &[("ollama", 2), ("desk", 1)], &["m: desk ollama"]),
        ("in memory before less to do", &["m@ollama*", "m@desk"], &[("ollama", 9), ("desk", 0)], &["m: ollama desk"]),
        ("in memory on both", &["m@ollama*", "m@desk*"], &[("ollama", 1), ("desk", 0)], &["m: desk ollama"]),
        ("who rests is last", &["m@ollama*!", "m@desk"], &[("ollama", 0), ("desk", 9)], &["m: desk ollama"]),
        ("all rest", &["m@ollama!", "m@desk!"], &[("ollama", 1), ("desk", 0)], &["m: desk ollama"]),
        ("here, whatever there is to do", &["m@desk* desk.lan", "m@ollama"], &[("ollama", 99), ("desk", 0)], &["m: ollama desk"]),
        ("here, though it rests", &["m@desk* desk.lan", "m@ollama!"], &[("ollama", 99), ("desk", 0)], &["m: ollama desk"]),
        ("two of the network", &["m@desk a.lan", "m@loft b.lan"], &[("ollama", 0), ("desk", 3), ("loft", 1)], &["m: loft desk"]),
        ("the network before clouds", &["m@desk cloud", "m@loft b.lan"], IDLE, &["m: loft desk"]),
        ("each model by itself", &["m@ollama", "n@desk", "m@desk*"], IDLE, &["m: desk ollama", "n: desk"]),
        ("a provider stands alone", &["m@ollama", "m@openai cloud", "m@desk*"], IDLE, &["m: desk ollama", "m: openai"]),
        ("one host alone", &["m@ollama", "m@ollama", "n@ollama"], &[("ollama", 0)], &["m: ollama", "m: ollama", "n: ollama"]),
        ("nothing", &[], IDLE, &[]),
    ] {
        assert_eq!(balanced(rows, hosts), want, "{what}");
    }
}

#[test]
fn whoever_looks_up_a_name_finds_the_one_that_is_asked() {
    let rows: Vec<Model> = ["n@ollama", "m@ollama", "m@desk*"].map(|words| row(words).0).to_vec();
    let ordered = in_order(&rows, &loads(&[("ollama", 0), ("desk", 0)]), |_| false);
    let names: Vec<String> = ordered.iter().map(|row| format!("{}@{}", row.id, row.backend)).collect();
    assert_eq!(names, ["n@ollama", "m@desk", "m@ollama"]);
}

#[test]
fn the_reason_is_said() {
    let hosts = loads(&[("ollama", 2), ("desk", 0), ("loft", 2)]);
    for (first, other, want) in [
        ("m@ollama", "m@desk a.lan", "it is nearer"),
        ("m@desk a.lan", "m@ollama", "the nearer one cannot be asked"),
        ("m@desk", "m@ollama!", "ollama rests"),
        ("m@ollama*", "m@desk", "it is in memory there"),
        ("m@desk", "m@ollama", "there is less to do (0, and 2 on ollama)"),
        ("m@ollama", "m@loft", "it comes first in the settings"),
        ("m@loft", "m@desk", "desk cannot be asked"),
    ] {
        let [(a, _), (b, rests)] = [first, other].map(row);
        assert_eq!(why(&a, &b, &hosts, |row| rests && *row == b), want, "{first} {other}");
    }
}
