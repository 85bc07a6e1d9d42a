//! The files of `config/` are the manual: they load, say something of every key, and are what the template says.

use crate::config::schema::{ID, KEYS, Key, ROW_TABLES, RowTable, all_keys};
use crate::config::*;
use crate::domain::{ModelId, Slot, TaskClass};
use std::time::Duration;
use toml::Table;

/// The text of a built-in file.
fn file(name: &str) -> &'static str {
    FILES.iter().find(|(known, _)| *known == name).unwrap().1
}

/// The files of the tables that hold no rows.
fn plain() -> String {
    [file("default.toml"), file("labels.toml")].concat()
}

/// The file that explains the keys of a table of rows.
fn manual(table: &RowTable) -> &'static str {
    file(match table.name {
        "secret_rules" => "secrets.toml",
        "providers" => "providers.toml",
        "backends" => "backends.toml",
        "playbooks" => "playbooks.toml",
        _ => "models.toml",
    })
}

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
        force_local: false,
        secret_scan_before_external: true,
        trusted_hosts: Vec::new(),
        consent_timeout: Duration::from_secs(600),
    };
    assert_eq!(config.privacy, privacy);
    let ollama = OllamaSettings {
        host: "http://127.0.0.1:11434".into(),
        num_ctx: 8192,
        num_predict: 4096,
        second_opinion: SecondOpinion::Embedding,
        keep_alive: Duration::from_secs(900),
    };
    assert_eq!(config.ollama, ollama);
    let gpu = GpuSettings {
        memory_mib: 0,
        reserve_mib: 512,
        pressure: 95,
        bypass: 4,
        patience: Duration::from_secs(20),
        ageing: Duration::from_secs(60),
        preload: true,
    };
    assert_eq!(config.gpu, gpu);
    let health = HealthSettings { failures: 3, worst_rate: 50, longest_rest: Duration::from_secs(30) };
    assert_eq!((config.health, config.routing.hedge), (health, false));
    let pools = PoolSettings { in_flight: 8, oldest: Duration::from_secs(600), idle: Duration::from_secs(60) };
    assert_eq!(config.pools, pools);
    let ui = Ui {
        mouse: true,
        hyperlinks: true,
        theme: "auto".into(),
        icons: "unicode".into(),
        animations: true,
        title: true,
        notify: "bell".into(),
        keyboard: "auto".into(),
        editing: "emacs".into(),
    };
    assert_eq!((config.ui, config.log.level.as_str(), config.log.message_text), (ui, "info", false));
    assert_eq!((config.terminal.plain, config.terminal.screen.as_str()), (false, "full"));
    assert_eq!((config.history.keep_days, config.history.undo_days), (0, 7));
}

#[test]
fn the_values_of_playbooks_that_were_promised() {
    let ace = AceSettings {
        playbooks: true,
        prompt_tokens: 800,
        budget_tokens: 10_000,
        trial: 20,
        layout: Layout::Scoped,
        observations: 3,
        staging_helpful: 5,
        staging_ratio: 3.0,
        prod_helpful: 8,
        prod_ratio: 5.0,
        lift_answers: 20,
        learn: true,
        learn_unrated: false,
        auto_accept: false,
        idle: Duration::from_secs(10),
        model: String::new(),
        prompts: "v2".to_owned(),
        retries: 2,
        retry_prompt: String::new(),
    };
    assert_eq!(Config::default().ace, ace);
}

#[test]
fn every_default_model_is_described() {
    let config = Config::default();
    for slot in Slot::ALL {
        let id: &ModelId = config.defaults.get(slot);
        let row = config.models.iter().find(|row| row.id == *id);
        assert!(row.is_some_and(|row| row.memory_bytes > 0 && row.strengths.iter().any(|s| s.word() == slot.key())), "{id}");
    }
}

/// The key of a line `key = …`.
fn key_of(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(" = ")?;
    name.chars().all(|c| c.is_ascii_lowercase() || c == '_').then_some(name)
}

#[test]
fn the_files_have_the_keys_of_the_schema_in_its_order() {
    assert_eq!(plain().lines().filter_map(key_of).collect::<Vec<_>>(), KEYS.map(|key| key.name));
    let mut rows = 0;
    for (name, text) in FILES {
        for row in format!("\n{text}").split("\n[[").skip(1) {
            let table = ROW_TABLES.iter().find(|table| row.starts_with(&format!("{}]]", table.name))).unwrap();
            let mut known = table.keys.iter().map(|key| key.name);
            let keys: Vec<&str> = row.lines().filter_map(key_of).collect();
            assert!(keys[0] == ID && keys.iter().all(|key| known.any(|name| name == *key)), "{name}: {row}");
            rows += 1;
        }
    }
    let config = Config::default();
    assert_eq!(rows, config.models.len() + config.providers.len() + config.secret_rules.len());
}

#[test]
fn every_key_is_explained_with_its_default() {
    let text = plain();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| key_of(line).is_some()) {
        let comment: Vec<&str> = lines[..at].iter().rev().take_while(|l| l.starts_with("# ")).copied().collect();
        let comment: Vec<&str> = comment.into_iter().rev().map(|line| &line[2..]).collect();
        let comment = comment.join(" ");
        let value = line.split_once(" = ").unwrap().1;
        let default = if value == "[" { "Default: the list here.".into() } else { format!("Default: {value}.") };
        assert!(comment.ends_with(&default), "{line}: {comment}");
    }
}

#[test]
fn every_key_of_a_row_is_explained_with_its_default() {
    for table in &ROW_TABLES {
        let defaults: Table = table.defaults.parse().unwrap();
        let lines: Vec<&str> = manual(table).lines().collect();
        for key in table.keys {
            let head = format!("# {}: ", key.name);
            let at = lines.iter().position(|line| line.starts_with(&head)).unwrap_or_else(|| panic!("{}{head}", table.name));
            let more = lines[at + 1..].iter().take_while(|line| line.starts_with("#   "));
            let comment: Vec<&str> = std::iter::once(&lines[at]).chain(more).map(|line| line[1..].trim()).collect();
            let comment = comment.join(" ");
            match defaults.get(key.name) {
                Some(value) => assert!(comment.ends_with(&format!("Default: {value}.")), "{comment}"),
                None => assert!(comment.contains("No default"), "{comment}"),
            }
        }
        let known = |name: &String| table.keys.iter().any(|key| key.name == name);
        assert!(defaults.keys().all(known), "{}", table.name);
    }
}

#[test]
fn every_entry_of_a_list_stands_there_once() {
    let loaded = load(&Layers::default()).unwrap();
    let labels = &loaded.config.labels;
    let lists = [&labels.tax_words, &labels.medical_words, &labels.legal_words];
    for list in lists {
        let folded: Vec<String> = list.iter().map(|word| word.to_lowercase()).collect();
        for (at, word) in folded.iter().enumerate() {
            assert!(!folded[..at].contains(word) && word.chars().count() > 2, "{word}");
        }
        assert!(list.len() >= 25, "{list:?}");
    }
}

#[test]
fn the_providers_are_those_that_were_promised() {
    let config = Config::default();
    let provider = |p: &ProviderSettings| (p.id.to_string(), p.format, p.endpoint.clone(), p.key_env.clone());
    let row = |id: &str, format, endpoint: &str, key: &str| (id.to_owned(), format, endpoint.to_owned(), key.to_owned());
    use WireFormat::{Anthropic, Openai};
    assert_eq!(
        config.providers.iter().map(provider).collect::<Vec<_>>(),
        [
            row("openai", Openai, "https://api.openai.com/v1", "OPENAI_API_KEY"),
            row("openrouter", Openai, "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"),
            row("gemini", Openai, "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY"),
            row("anthropic", Anthropic, "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"),
        ]
    );
    for provider in &config.providers {
        assert!(provider.needs_key && provider.api_key_command.is_empty() && provider.place == ProviderPlace::External);
        let head = format!("{}/", provider.id);
        let models: Vec<_> = config.models.iter().filter(|m| m.backend == provider.id.as_str()).collect();
        assert!(!models.is_empty() && models.iter().all(|m| m.id.short().starts_with(&head)), "{}", provider.id);
        assert!(models.iter().all(|m| m.licence != crate::domain::LicenceClass::Unknown), "{}", provider.id);
    }
    assert!(config.models.iter().filter(|m| m.backend == "ollama").all(|m| !m.id.short().contains('/')));
}

/// The examples of servers of one's own stand in the comments with four spaces before them.
#[test]
fn the_examples_of_providers_work_as_they_stand() {
    let examples: String =
        file("providers.toml").lines().filter_map(|line| line.strip_prefix("#     ")).map(|line| format!("{line}\n")).collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, examples).unwrap();
    let config = load(&Layers { user: Some(path), ..Layers::default() }).unwrap().config;
    let added = &config.providers[Config::default().providers.len()..];
    let places: Vec<_> = added.iter().map(|p| (p.id.as_str(), p.place)).collect();
    use ProviderPlace::{External, Here, Network};
    assert_eq!(places, [("llama-server", Here), ("vllm", Network), ("ray", Network), ("litellm", External)]);
}

/// There is no row of one's own beforehand.
#[test]
fn the_examples_of_hosts_work_as_they_stand() {
    assert_eq!(Config::default().backends, []);
    let examples: String =
        file("backends.toml").lines().filter_map(|line| line.strip_prefix("#     ")).map(|line| format!("{line}\n")).collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, examples).unwrap();
    let config = load(&Layers { user: Some(path), ..Layers::default() }).unwrap().config;
    let rows: Vec<_> = config.backends.iter().map(|row| (row.id.as_str(), row.memory_mib)).collect();
    assert_eq!(rows, [("second-card", 24_000), ("desk", 0)]);
}

#[test]
fn the_examples_of_playbooks_work_as_they_stand() {
    assert_eq!(Config::default().playbooks, []);
    let examples: String =
        file("playbooks.toml").lines().filter_map(|line| line.strip_prefix("#     ")).map(|line| format!("{line}\n")).collect();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, examples).unwrap();
    let loaded = load(&Layers { user: Some(path), ..Layers::default() }).unwrap();
    let rows: Vec<_> =
        loaded.config.playbooks.iter().map(|row| (row.id.as_str(), row.off, row.trial, row.prod_helpful)).collect();
    assert_eq!(rows, [("math-qwen", false, Some(50), Some(20)), ("creative-llama", true, None, None)]);
    let shown: Vec<_> = loaded.rows.iter().filter(|row| row.key.starts_with("playbooks.")).map(|row| row.key.as_str()).collect();
    let own = |id: &str, keys: &[&str]| keys.iter().map(|key| format!("playbooks.\"{id}\".{key}")).collect::<Vec<_>>();
    assert_eq!(
        shown,
        [own("math-qwen", &["id", "off", "trial", "prod_helpful"]), own("creative-llama", &["id", "off"])].concat()
    );
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
    let mut loaded = load(&layers).unwrap();
    // What the lines of keys say is told by the front end, whose own they are then.
    let keys: Vec<_> = std::mem::take(&mut loaded.config.keys).into_iter().map(|l| (l.place, l.keys, l.action)).collect();
    let own = key_lines("keymap.toml", KEYMAP).unwrap().into_iter().map(|l| (l.place, l.keys, l.action));
    assert_eq!(keys, own.collect::<Vec<_>>());
    assert_eq!(loaded.config, Config::default());
    // Rows may leave out what they have anyway, and the rules are not in the template.
    let table = |row: &&Row| ROW_TABLES.iter().any(|table| row.key.starts_with(table.name));
    let (of_tables, plain): (Vec<&Row>, Vec<&Row>) = loaded.rows.iter().partition(table);
    assert!(plain.iter().all(|row| matches!(row.source, Source::User(..))), "{plain:?}");
    for id in of_tables.iter().filter(|row| row.key.ends_with(".id") && !row.key.starts_with("secret_rules")) {
        assert!(matches!(id.source, Source::User(..)), "{id:?}");
    }
    assert!(template.contains("## enabled: whether the rule is used") && !template.contains("[[secret_rules]]\n"));
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
    "'openai'",
    "'guide'",
    "'here'",
    "'copyleft'",
    "'https://box/v1/'",
    "'https://me@box'",
    "'HOME'",
    "'re:'",
    "['re:x']",
    "['10.0.0.1', '[::1]']",
    "['http://x']",
    "100001",
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

/// A file that says `value` for one key; in a row, the keys that have to be there are, too.
fn saying(key: &'static Key, value: &str) -> String {
    let Some(table) = ROW_TABLES.iter().find(|table| table.name == key.table) else {
        return format!("[{}]\n{} = {value}\n", key.table, key.name);
    };
    let defaults: Table = table.defaults.parse().unwrap();
    let needed = table.keys.iter().filter(|other| other.name != key.name && !defaults.contains_key(other.name));
    let needed: String = needed.map(|other| format!("{} = {}\n", other.name, other.example)).collect();
    format!("[[{}]]\n{needed}{} = {value}\n", table.name, key.name)
}

/// Whatever passes the checks can be read into the types, and no value makes anything panic.
#[test]
fn what_is_checked_can_be_read() {
    let mut under = Sheet::new();
    for name in ["default.toml", "labels.toml"] {
        under.lay(walk::walk(&Page::new(name, file(name)), Scope::Embedded));
    }
    let mut accepted = 0;
    for key in all_keys() {
        for sample in SAMPLES {
            let text = saying(key, sample);
            let findings = walk::walk(&Page::new("f", text.clone()), Scope::User);
            if findings.errors.is_empty() {
                let mut sheet = under.clone();
                sheet.lay(findings);
                sheet.complete(&mut Vec::new());
                assert!(sheet.finish().is_ok(), "{text}");
                accepted += 1;
            } else {
                let said = ConfigErrors(findings.errors).to_string();
                assert!(said.contains("\nhint: ") && !said.contains('\u{202e}'), "{said}");
            }
        }
    }
    assert!(accepted > all_keys().count(), "{accepted}");
}

#[test]
fn examples_are_good_values() {
    for key in all_keys() {
        assert_eq!(super::said(Scope::User, &saying(key, key.example)), "");
    }
    let env = KEYS.iter().map(|key| (key.variable(), key.bare_example())).collect();
    assert_eq!(check(&Layers { env, ..Layers::default() }), []);
    let flags = KEYS.iter().map(|key| (key.dotted(), key.example.to_owned())).collect();
    assert_eq!(check(&Layers { flags, ..Layers::default() }), []);
}
