//! The files of `config/` are the manual: they load, say something of every key, and are what the template says.

use crate::config::schema::{KEYS, Key, Kind, MODEL_DEFAULTS, MODEL_KEYS};
use crate::config::*;
use crate::domain::{ModelId, Slot, TaskClass};
use std::time::Duration;
use toml::Table;

const FILES: [(&str, &str); 2] = [("default.toml", DEFAULT_TOML), ("models.toml", MODELS_TOML)];

#[test]
fn the_values_that_were_promised() {
    let config = Config::default();
    let models: Vec<&str> = Slot::ALL.iter().map(|slot| config.defaults.get(*slot).as_str()).collect();
    assert_eq!(models, ["llama3.1:8b", "deepseek-coder:6.7b", "qwen2-math:7b", "phi3:mini", "llama3.1:8b", "mistral:7b"]);
    let chains: Vec<String> = Slot::ALL.iter().map(|slot| config.fallbacks.get(*slot).join(" ")).collect();
    assert_eq!(chains, ["", "deep general", "deep general", "general", "general", "general"]);
    let t = &config.timeouts;
    assert_eq!((t.quick_ms, t.standard_ms, t.deep_ms), (100, 2000, 30_000));
    assert_eq!([t.connect, t.first_token, t.first_token_resident, t.stall], [2, 120, 30, 60].map(Duration::from_secs));
    let privacy = Privacy {
        default_location: DefaultLocation::Local,
        allow_external: false,
        secret_scan_before_external: true,
        trusted_hosts: Vec::new(),
        consent_timeout: Duration::from_secs(600),
        clean_local_images: false,
    };
    assert_eq!(config.privacy, privacy);
    let ollama = OllamaSettings { host: "http://127.0.0.1:11434".into(), num_ctx: 8192, num_predict: 4096 };
    assert_eq!(config.ollama, ollama);
    assert_eq!((config.ui.mouse, config.log.level.as_str(), config.log.message_text), (true, "info", false));
}

#[test]
fn every_default_model_is_described() {
    let config = Config::default();
    for slot in Slot::ALL {
        let id: &ModelId = config.defaults.get(slot);
        let row = config.models.iter().find(|row| row.id == *id);
        assert!(row.is_some_and(|row| row.memory_bytes > 0 && row.strengths.iter().any(|s| s == slot.key())), "{id}");
    }
}

/// The key of a line `key = …`.
fn key_of(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(" = ")?;
    name.chars().all(|c| c.is_ascii_lowercase() || c == '_').then_some(name)
}

#[test]
fn the_files_have_the_keys_of_the_schema_in_its_order() {
    let names = |keys: &'static [Key]| keys.iter().map(|k| k.name).collect::<Vec<_>>();
    assert_eq!(DEFAULT_TOML.lines().filter_map(key_of).collect::<Vec<_>>(), names(&KEYS));
    for row in MODELS_TOML.split("[[models]]").skip(1) {
        assert_eq!(row.lines().filter_map(key_of).collect::<Vec<_>>(), names(&MODEL_KEYS), "{row}");
    }
}

#[test]
fn every_key_is_explained_with_its_default() {
    let lines: Vec<&str> = DEFAULT_TOML.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| key_of(line).is_some()) {
        let comment: Vec<&str> = lines[..at].iter().rev().take_while(|l| l.starts_with("# ")).copied().collect();
        let comment = comment.into_iter().rev().collect::<Vec<_>>().join(" ");
        let value = line.split_once(" = ").unwrap().1;
        let default = if value == "[" { "Default: the list here.".into() } else { format!("Default: {value}.") };
        assert!(comment.ends_with(&default), "{line}: {comment}");
    }
    let defaults: Table = MODEL_DEFAULTS.parse().unwrap();
    for key in &MODEL_KEYS {
        let head = format!("# {}: ", key.name);
        let line = MODELS_TOML.lines().find(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("{head}"));
        let default = defaults.get(key.name).map_or("No default".into(), |value| format!("Default: {value}."));
        assert!(line.contains(&default), "{line}");
    }
}

#[test]
fn the_template_changes_nothing_until_it_is_uncommented_and_then_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    let layers = Layers { user: Some(path.clone()), ..Layers::default() };
    let template = user_template();

    std::fs::write(&path, &template).unwrap();
    let loaded = load(&layers).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.rows.iter().all(|row| row.source == Source::Embedded));

    let uncommented: String = template.lines().map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or(line))).collect();
    std::fs::write(&path, &uncommented).unwrap();
    let loaded = load(&layers).unwrap();
    assert_eq!(loaded.config, Config::default());
    assert!(loaded.rows.iter().all(|row| matches!(row.source, Source::User(..))), "{:?}", loaded.rows);
}

#[test]
fn each_file_loads_alone() {
    for (name, text) in FILES {
        let errors = walk::walk(&Page::new(name, text), Scope::User).errors;
        assert_eq!(errors, [], "{name}");
    }
}

#[test]
fn slots_and_classes_are_those_of_the_domain() {
    assert_eq!(Slot::ALL.map(Slot::key), schema::SLOTS);
    use TaskClass::{CodeGeneration, Creative, DeepThinking, General, Mathematical, QuickResponse, ToolUse};
    let classes = [QuickResponse, DeepThinking, CodeGeneration, Mathematical, Creative, ToolUse, General];
    assert_eq!(classes.map(TaskClass::word), schema::CLASSES);
}

/// Values of every kind, right and wrong.
const SAMPLES: &[&str] = &[
    "0",
    "1",
    "-1",
    "511",
    "512",
    "0x200",
    "1_000",
    "4294967296",
    "9223372036854775808",
    "1.5",
    "-0.0",
    "inf",
    "nan",
    "1e400",
    "true",
    "false",
    "1979-05-27",
    "''",
    "' '",
    "'x'",
    "'a b'",
    "'2s'",
    "'0s'",
    "'25h'",
    "'local'",
    "'info'",
    "'http://'",
    "':80'",
    "'ftp://x'",
    "'free'",
    "'ollama'",
    "[]",
    "['x']",
    "['code']",
    "['']",
    "[1]",
    "[['x']]",
    "[{}]",
    "{}",
    "{x = 1}",
    "\"\\u202e\"",
    "[\"\\u0007\"]",
];

/// Whatever passes the checks can be read into the types, and no value makes anything panic.
#[test]
fn what_is_checked_can_be_read() {
    let mut accepted = 0;
    for key in KEYS.iter().chain(&MODEL_KEYS) {
        for sample in SAMPLES {
            let text = match key.table {
                schema::MODELS if key.name == schema::ID => format!("[[models]]\nid = {sample}\n"),
                schema::MODELS => format!("[[models]]\nid = \"x\"\n{} = {sample}\n", key.name),
                table => format!("[{table}]\n{} = {sample}\n", key.name),
            };
            let mut sheet = Sheet::new();
            for (name, text) in FILES {
                sheet.lay(walk::walk(&Page::new(name, text), Scope::Embedded));
            }
            let findings = walk::walk(&Page::new("f", text.clone()), Scope::User);
            if findings.errors.is_empty() {
                sheet.lay(findings);
                assert!(sheet.finish().is_ok(), "{text}");
                accepted += 1;
            } else {
                let said = ConfigErrors(findings.errors).to_string();
                assert!(said.contains("\nhint: ") && !said.contains('\u{202e}'), "{said}");
            }
        }
    }
    assert!(accepted > KEYS.len(), "{accepted}");
}

#[test]
fn examples_are_good_values() {
    for key in &KEYS {
        let text = format!("[{}]\n{} = {}\n", key.table, key.name, key.example);
        assert_eq!(super::said(Scope::User, &text), "");
        let env = vec![(key.variable(), key.bare_example())];
        assert_eq!(check(&Layers { env, ..Layers::default() }), []);
        let flags = vec![(key.dotted(), key.example.to_owned())];
        assert_eq!(check(&Layers { flags, ..Layers::default() }), []);
    }
    for key in MODEL_KEYS.iter().filter(|key| !matches!(key.kind, Kind::Model)) {
        let text = format!("[[models]]\nid = \"x\"\n{} = {}\n", key.name, key.example);
        assert_eq!(super::said(Scope::User, &text), "");
    }
}
