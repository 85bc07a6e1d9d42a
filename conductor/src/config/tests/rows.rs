//! The tables of rows, and the keys of what may leave the machine: who may set them, and what is said of wrong ones.

use super::said;
use crate::config::schema::{KEYS, PROJECT_TABLES, all_keys};
use crate::config::walk::Scope;
use crate::config::*;
use crate::domain::ModelId;

/// `text` as the user's file.
fn user(text: &str) -> Result<Loaded, ConfigErrors> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    load(&Layers { user: Some(path), ..Layers::default() })
}

/// The lines, and the words after `error: ` and `hint: `, of what is wrong with `text` as the user's file.
fn wrong(text: &str) -> Vec<(Option<usize>, String, String)> {
    let errors = user(text).err().map_or_else(Vec::new, |errors| errors.0);
    errors.into_iter().map(|error| (error.line(), error.what, error.hint)).collect()
}

#[test]
fn a_folder_may_set_none_of_it() {
    for key in all_keys().filter(|key| !PROJECT_TABLES.contains(&key.table)) {
        let head = if KEYS.iter().any(|plain| plain.table == key.table) { "[{}]" } else { "[[{}]]" }.replace("{}", key.table);
        for text in [
            format!("{head}\n{} = {}\n", key.name, key.example),
            format!("{}.{} = {}\n", key.table, key.name, key.example),
            format!("[defaults]\ncode = \"x\"\n\n{head}\n{} = {}\n", key.name, key.example),
        ] {
            let errors = ConfigErrors(walk(&Page::new("f", text.as_str()), Scope::Project).errors);
            assert!(errors.to_string().contains(&format!("may not set `{}`", key.table)), "{text}{errors}");
            let findings = walk(&Page::new("f", text.as_str()), Scope::Project);
            assert!(findings.rows.iter().all(Vec::is_empty), "{text}");
            assert!(findings.settings.iter().all(|(at, _)| PROJECT_TABLES.contains(&KEYS[*at].table)), "{text}");
        }
        // Not even by the way of a table that it may set.
        let nested = format!("[routing.{}]\n{} = {}\n", key.table, key.name, key.example);
        assert!(said(Scope::Project, &nested).contains("there is no key"), "{nested}");
    }
}

#[test]
fn a_row_changes_what_it_names_or_adds_one() {
    // Whichever rule comes first.
    let builtin = Config::default();
    let (first, what) = (&builtin.secret_rules[0].id, format!("\"{}\"", builtin.secret_rules[0].what));
    let text = "[[providers]]\nid = \"openai\"\nkey_env = \"MINE\"\n\n\
                [[providers]]\nid = \"box\"\nendpoint = \"http://box:8000/v1/\"\nplace = \"network\"\n\n\
                [[secret_rules]]\nid = \"FIRST\"\nenabled = false\n\n\
                [[secret_rules]]\nid = \"mine\"\nwhat = \"my token\"\npattern = ' x\\d '\n\n\
                [[models]]\nid = \"box/m\"\nbackend = \"box\"\n";
    let loaded = user(&text.replace("FIRST", first)).unwrap();
    let of_first = |key: &str| format!("secret_rules.\"{first}\".{key}");
    let (enabled, said) = (of_first("enabled"), of_first("what"));
    for (key, value, line) in [
        ("providers.\"openai\".key_env", "\"MINE\"", Some(3)),
        ("providers.\"openai\".endpoint", "\"https://api.openai.com/v1\"", None),
        ("providers.\"box\".endpoint", "\"http://box:8000/v1\"", Some(7)),
        ("providers.\"box\".needs_key", "true", None),
        (enabled.as_str(), "false", Some(12)),
        (said.as_str(), what.as_str(), None),
        ("secret_rules.\"mine\".pattern", "' x\\d '", Some(17)),
        ("models.\"box/m\".backend", "\"box\"", Some(21)),
    ] {
        let row = loaded.rows.iter().find(|row| row.key == key).unwrap_or_else(|| panic!("no row {key}"));
        let found = match row.source {
            Source::User(_, line) => Some(line),
            _ => None,
        };
        assert_eq!((row.value.as_str(), found), (value, line), "{key}");
    }
    let config = loaded.config;
    assert_eq!(config.providers.len(), builtin.providers.len() + 1);
    assert_eq!(config.providers[0].endpoint, builtin.providers[0].endpoint);
    let rule = |id: &str| config.secret_rules.iter().find(|rule| rule.id == id).unwrap();
    assert!(!rule(first).enabled && rule("mine").enabled && !rule(first).pattern.is_empty());
    assert_eq!((rule("mine").pattern.as_str(), rule("mine").entropy), (" x\\d ", 0.0));
    assert_eq!(config.models.last().unwrap().backend, "box");
}

const BOX: &str = "[[providers]]\nid = \"box\"\nendpoint = \"http://127.0.0.1/v1\"\n";
const DESK: &str = "[[backends]]\nid = \"desk\"\nhost = \"box\"\n";
const RULE: &str = "[[secret_rules]]\nid = \"mine\"\nwhat = \"w\"\npattern = \"p\"\n";

/// One mistake a file: the line it is on, a part of what is said, a part of the hint.
fn check_each(files: &[(String, usize, &str, &str)]) {
    for (text, line, what, hint) in files {
        let found = wrong(text);
        let [(at, said, help)] = found.as_slice() else { panic!("{text}\n{found:#?}") };
        assert_eq!(*at, Some(*line), "{text}\n{said}");
        assert!(said.contains(what) && help.contains(hint), "{text}\n{said}\n{help}");
    }
}

#[test]
fn rows_and_their_keys() {
    check_each(&[
        ("[providers]\nid = \"x\"\n".into(), 1, "`providers` is a list of rows, found a table", "[[providers]]"),
        ("[[provider]]\nid = \"x\"\n".into(), 1, "no table `provider`", "`providers`"),
        ("[[secret_rule]]\nid = \"x\"\n".into(), 1, "no table `secret_rule`", "`secret_rules`"),
        (format!("{BOX}endpiont = \"x\"\n"), 4, "no key `endpiont` in `providers`", "`endpoint`"),
        (format!("{BOX}api_key = \"x\"\n"), 4, "no key `api_key` in `providers`", "`segno keys set`"),
        (format!("{BOX}pattern = \"x\"\n"), 4, "no key `pattern`", "a key of `secret_rules`"),
        (format!("{BOX}{BOX}"), 5, "two rows for the provider `box`", "line 2"),
        (format!("{RULE}{RULE}"), 6, "two rows for the rule `mine`", "line 2"),
        ("[[secret_rules]]\nwhat = \"w\"\n".into(), 1, "a row of `secret_rules` has no `id`", "the name of the rule"),
        ("[[secret_rules]]\nid = \"Mine\"\n".into(), 2, "`Mine` cannot be a name", "small letters"),
        ("[[providers]]\nid = \"a/b\"\n".into(), 2, "`a/b` cannot be a name", "small letters"),
        ("[[providers]]\nid = \"ollama\"\n".into(), 2, "`ollama` is built in", "another name"),
        ("[[backends]]\nid = \"ollama\"\n".into(), 2, "`ollama` is built in", "another name"),
        ("[[backends]]\nid = \"guide\"\n".into(), 2, "`guide` is built in", "another name"),
        ("[[backends]]\nid = \"My Desk\"\n".into(), 2, "`My Desk` cannot be a name", "small letters"),
        (format!("{DESK}{DESK}"), 5, "two rows for the host `desk`", "line 2"),
        (format!("{DESK}memory = 1\n"), 4, "no key `memory` in `backends`", "`memory_mib`"),
        (format!("{DESK}memory_mib = -1\n"), 4, "memory_mib", ""),
        ("[[backends]]\nid = \"openai\"\nhost = \"box\"\n".into(), 2, "the host `openai` is called as a provider is", "another"),
        // What has to be there.
        ("[[backends]]\nid = \"desk\"\n".into(), 2, "the host `desk` has no `host`", "host = \"http://"),
        ("[[providers]]\nid = \"box\"\n".into(), 2, "the provider `box` has no `endpoint`", "endpoint = \"https://"),
        ("[[secret_rules]]\nid = \"mine\"\nwhat = \"w\"\n".into(), 2, "the rule `mine` has no `pattern`", "pattern = "),
        // Backends.
        ("[[models]]\nid = \"a\"\nbackend = \"olama\"\n".into(), 3, "there is no provider `olama`", "`ollama`"),
        ("[[models]]\nid = \"a\"\nbackend = \"opneai\"\n".into(), 3, "there is no provider `opneai`", "`openai`"),
        (
            "[[models]]\nid = \"a\"\nbackend = \"banana\"\n".into(),
            3,
            "no provider `banana`",
            "[[providers]] with id = \"banana\"",
        ),
    ]);
}

#[test]
fn providers_are_where_they_say() {
    check_each(&[
        ("[[providers]]\nid = \"b\"\nendpoint = \"http://b/v1\"\n".into(), 3, "without encryption", "https://"),
        ("[[providers]]\nid = \"openai\"\nendpoint = \"http://b\"\n".into(), 3, "without encryption", "https://"),
        (
            "[[providers]]\nid = \"b\"\nplace = \"here\"\nendpoint = \"https://b\"\n".into(),
            3,
            "the provider `b` is not here",
            "\"network\"",
        ),
        ("[[providers]]\nid = \"openai\"\nplace = \"here\"\n".into(), 3, "the provider `openai` is not here", "\"network\""),
        (format!("{BOX}place = \"hare\"\n"), 4, "must be `external`, `network` or `here`", "`here`"),
        (format!("{BOX}format = \"opanai\"\n"), 4, "must be `openai` or `anthropic`", "`openai`"),
    ]);
}

#[test]
fn values_of_rows() {
    check_each(&[
        (format!("{BOX}api_key_command = \"pass show x\"\n"), 4, "a list of a program", "[\"pass\""),
        (format!("{BOX}api_key_command = [\"\", \"x\"]\n"), 4, "names no program", "write it as"),
        (format!("{BOX}needs_key = \"no\"\n"), 4, "true or false", "write it as"),
        (format!("{RULE}entropy = -1\n"), 5, "from 0 to 21", "entropy = 3.5"),
        (format!("{RULE}entropy = nan\n"), 5, "from 0 to 21", "entropy = 3.5"),
        (format!("{RULE}keywords = [\"\"]\n"), 5, "empty word", "take it out"),
        ("[[secret_rules]]\nid = \"mine\"\nwhat = \"w\"\npattern = \" \"\n".into(), 4, "is empty", "pattern = "),
        (
            format!("[[secret_rules]]\nid = \"mine\"\nwhat = \"w\"\npattern = \"{}\"\n", "x".repeat(2001)),
            4,
            "has 2001 characters",
            "2000",
        ),
        ("[[models]]\nid = \"a\"\nprice_input = -0.1\n".into(), 3, "from 0 to 100000", "price_input = 0.25"),
        ("[[models]]\nid = \"a\"\nprice_output = \"2\"\n".into(), 3, "a number", "price_output = 2.0"),
        ("[[models]]\nid = \"a\"\nlicence = \"copyleftt\"\n".into(), 3, "must be `permissive`", "`copyleft`"),
        ("[[models]]\nid = \"a\"\nname = \"a b\"\n".into(), 3, "cannot be the name of a model", "without spaces"),
    ]);
}

#[test]
fn values_of_what_may_leave() {
    check_each(&[
        ("[privacy]\ntrusted_hosts = [\"http://box\"]\n".into(), 2, "`http://box` is no host", "no scheme"),
        ("[privacy]\ntrusted_hosts = [\"box:11434\"]\n".into(), 2, "`box:11434` is no host", "no port"),
        ("[privacy]\ntrusted_hosts = [\"*\"]\n".into(), 2, "`*` is no host", "no `*`"),
        ("[privacy]\ntrusted_hosts = [\"\"]\n".into(), 2, "is no host", "alone"),
        ("[privacy]\ntrusted_hosts = \"box\"\n".into(), 2, "a list of hosts", "[\"gpu-box\""),
        ("[privacy]\ntrusted_host = [\"box\"]\n".into(), 2, "no key `trusted_host`", "`trusted_hosts`"),
        ("[privacy]\nconsent_timeout = \"0s\"\n".into(), 2, "more than nothing", "2m"),
        ("[secrets]\nallow = [\"re: \"]\n".into(), 2, "nothing after it", "regular expression"),
        ("[secrets]\nallow = [\" \"]\n".into(), 2, "is empty", "write it as"),
        (
            "[labels]\nmath = true\n".into(),
            2,
            "no key `math` in `labels`",
            "did you mean `maths`? `math` is a key of `defaults` and `fallbacks`",
        ),
        ("[labels]\nmedical_words = [\"\"]\n".into(), 2, "empty word", "take it out"),
    ]);
}

#[test]
fn endpoints() {
    let endpoint = |text: &str, more: &str| format!("[[providers]]\nid = \"b\"\nendpoint = \"{text}\"\n{more}");
    for (text, place) in [
        ("https://api.example.com/v1", "external"),
        ("HTTPS://api.example.com", "external"),
        ("http://localhost:4000/v1", "external"),
        ("http://127.0.0.1:4000", "external"),
        ("http://[::1]:4000/v1", "external"),
        ("http://localhost:8080/v1", "here"),
        ("http://127.9.9.9/v1", "here"),
        ("https://[::ffff:127.0.0.1]/v1", "here"),
        ("http://gpu-box:8000/v1", "network"),
        ("http://192.168.1.5:8000/v1", "network"),
    ] {
        assert_eq!(wrong(&endpoint(text, &format!("place = \"{place}\"\n"))), [], "{text} {place}");
    }
    for (text, place, what) in [
        ("http://localhost.example.com/v1", "external", "without encryption"),
        ("http://10.0.0.1/v1", "external", "without encryption"),
        ("http://0.0.0.0:4000/v1", "here", "is not here"),
        ("http://localhost.example.com/v1", "here", "is not here"),
        ("http://10.0.0.1/v1", "here", "is not here"),
        ("ftp://box/v1", "network", "neither http nor https"),
        ("box:8000", "network", "is no address"),
        ("//box", "network", "is no address"),
        ("https://", "network", "is no address"),
        ("https://a b/v1", "network", "is no address"),
        ("https://box\\\\@evil/v1", "network", "a name or a password"),
        ("https://box\\\\evil", "network", "is no address"),
        ("https://box/v1/chat/completions", "network", "which Segno adds itself"),
        ("https://box/v1/messages/", "network", "which Segno adds itself"),
    ] {
        let found = wrong(&endpoint(text, &format!("place = \"{place}\"\n")));
        assert!(found.len() == 1 && found[0].1.contains(what), "{text} {place}: {found:?}");
    }
}

/// People write a key where its name belongs, or into an address. It is shown nowhere.
#[test]
fn what_may_be_a_key_is_not_repeated() {
    let key = ["sk", "-", "0123456789abcdef"].concat();
    for line in [
        format!("key_env = \"{key}\""),
        format!("api_key = \"{key}\""),
        format!("api_key = {key}"),
        format!("api-key = \"{key}\""),
        format!("endpoint = \"https://me:{key}@box/v1\""),
        format!("endpoint = \"https://box/v1?key={key}\""),
        format!("endpoint = \"https://box/v1#{key}\""),
        format!("api_key_command = \"echo {key}\""),
        format!("api_key_command = [\"echo\", \"{key}\\u0007\"]"),
    ] {
        let errors = user(&format!("[[providers]]\nid = \"mine\"\n{line}\n")).unwrap_err();
        assert!(!errors.to_string().contains(&key), "{errors}");
        assert!(errors.to_string().contains("\nhint: "), "{errors}");
    }
}

#[test]
fn all_mistakes_of_rows_come_together() {
    let text =
        "[ui]\nmouse = 1\n[[models]]\nid = \"a\"\nbackend = \"x-y-z\"\n[[providers]]\nid = \"b\"\n[[secret_rules]]\nid = \"c\"\n";
    let lines: Vec<_> = wrong(text).into_iter().map(|(line, ..)| line).collect();
    assert_eq!(lines, [Some(2), Some(5), Some(7), Some(9), Some(9)]);
    // What is wrong already is not complained of a second time.
    for text in [
        "[[providers]]\nid = \"b\"\nendpoint = 1\n[[models]]\nid = \"a\"\nbackend = \"b\"\n",
        "[[providers]]\nid = \"B\"\nendpoint = \"https://x\"\n[[models]]\nid = \"a\"\nbackend = \"b\"\n",
        "[[models]]\nid = \"a\"\nbackend = \"b\"\n[providers]\nid = \"b\"\n",
    ] {
        assert_eq!(wrong(text).len(), 1, "{text}");
    }
}

#[test]
fn lists_in_the_environment() {
    let env = |pairs: &[(&str, &str)]| {
        let env = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        load(&Layers { env, ..Layers::default() })
    };
    let config = env(&[
        ("SEGNO_PRIVACY_TRUSTED_HOSTS", "Box, 10.0.0.7,[::1],0:0:0:0:0:0:0:2"),
        ("SEGNO_SECRETS_ALLOW", "[\"a,b\", 're:^x{1,2}$']"),
        ("SEGNO_LABELS_HIGH_STAKES", "false"),
        ("SEGNO_PRIVACY_CONSENT_TIMEOUT", "30s"),
    ]);
    let config = config.unwrap().config;
    assert_eq!(config.privacy.trusted_hosts, ["box", "10.0.0.7", "::1", "::2"]);
    assert_eq!(config.secrets.allow, ["a,b", "re:^x{1,2}$"]);
    assert!(!config.labels.high_stakes && config.labels.maths);
    assert_eq!(config.privacy.consent_timeout.as_secs(), 30);
    for name in ["SEGNO_PROVIDERS_ENDPOINT", "SEGNO_SECRET_RULES_ENABLED", "SEGNO_MODELS_BACKEND"] {
        assert!(env(&[(name, "x")]).is_err(), "{name}");
    }
    let flags = vec![("providers.openai.endpoint".to_owned(), "x".to_owned())];
    let errors = check(&Layers { flags, ..Layers::default() });
    assert!(errors[0].hint.contains("[[providers]]"), "{errors:?}");
}

/// A key may stand in a variable that begins like Segno's own.
#[test]
fn models_have_display_names() {
    const M: &str = "[[models]]\nid = \"m:1\"\ndisplay_name = ";
    let other = |id: &str, name: &str| format!("\n[[models]]\nid = \"{id}\"\ndisplay_name = \"{name}\"\n");
    let config = user(&format!("{M}\" Mein Modell 雨 \"\n{}", other("phi3:mini", ""))).unwrap().config;
    let (m, phi) = (ModelId::new("m:1"), ModelId::new("phi3:mini"));
    assert_eq!((config.name_of(&m), config.name_of(&phi), config.display_name(&phi)), ("Mein Modell 雨", "phi3:mini", None));
    for typed in ["mein modell 雨", "MEIN MODELL 雨"] {
        assert_eq!(config.model_called(&ModelId::new(typed)), Some(&m), "{typed}");
    }
    assert_eq!(config.model_called(&ModelId::new("")), None);
    // An id of one's own is no other's.
    assert!(user(&format!("{M}\"m:1\"\n")).is_ok());
    let wide = "雨".repeat(21);
    check_each(&[
        (format!("{M}7\n"), 3, "wants a name for the model in quotes", "Coder"),
        (format!("{M}\"  \"\n"), 3, "nothing but spaces", "Coder"),
        (format!("{M}\"a\\nb\"\n"), 3, "cannot be shown", "one line"),
        (format!("{M}\"a\\u001b[2J\"\n"), 3, "cannot be shown", "control characters"),
        (format!("{M}\"{}\"\n", "x".repeat(41)), 3, "takes 41 columns", "40 is the most"),
        (format!("{M}\"{wide}\"\n"), 3, "takes 42 columns", "40 is the most"),
        (format!("{M}\"Auto\"\n"), 3, "`Auto` is a word of Segno's own", "another name"),
        (format!("{M}\"PHI3:mini\"\n"), 3, "`m:1` is called as the model `phi3:mini` is", "another name"),
        (format!("{M}\"Coder\"\n{}", other("n", "coder")), 7, "`m:1` and `n` have one display name", "another name"),
        (format!("{M}\"n:latest\"\n{}", other("n", "x")), 3, "`m:1` is called as the model `n` is", "another name"),
    ]);
}

#[test]
fn the_variable_of_a_key_is_no_setting() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, "[[providers]]\nid = \"openai\"\nkey_env = \"SEGNO_OPENAI_KEY\"\n").unwrap();
    let env = vec![("SEGNO_OPENAI_KEY".to_owned(), "x".to_owned())];
    let mut layers = Layers { user: Some(path), env, ..Layers::default() };
    assert_eq!(check(&layers), []);
    layers.user = None;
    assert_eq!(check(&layers).len(), 1);
}

#[test]
fn hosts_stand_beside_the_first_and_models_may_name_them() {
    let text = format!(
        "{DESK}memory_mib = 24000\n[[backends]]\nid = \"loft\"\nhost = \":11500\"\n[[models]]\nid = \"a\"\nbackend = \"desk\"\n"
    );
    let config = user(&text).unwrap().config;
    let hosts: Vec<_> = config.backends.iter().map(|row| (row.id.as_str(), row.host.as_str(), row.memory_mib)).collect();
    assert_eq!(hosts, [("desk", "box", 24_000), ("loft", ":11500", 0)]);
    assert_eq!(config.hosts().iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["ollama", "desk", "loft"]);
    for (id, is_host) in [("ollama", true), ("desk", true), ("loft", true), ("openai", false), ("guide", false), ("attic", false)]
    {
        assert_eq!(config.is_host(id), is_host, "{id}");
    }
    assert!(Config::default().hosts().is_empty());
}

#[test]
fn a_project_adds_no_host() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".segno.toml");
    std::fs::write(&path, DESK).unwrap();
    let errors = load(&Layers { project: Some(path), ..Layers::default() }).unwrap_err();
    assert!(errors.to_string().contains("backends"), "{errors}");
}

#[test]
fn a_row_of_a_playbook_says_only_what_differs() {
    let loaded = user("[[playbooks]]\nid = \"math-gpt-oss-rust\"\nstaging_ratio = 2\n[[playbooks]]\nid = \"a-b\"\n").unwrap();
    let rows: Vec<_> = loaded.config.playbooks.iter().map(|row| (row.id.as_str(), row.off, row.staging_ratio)).collect();
    assert_eq!(rows, [("math-gpt-oss-rust", false, Some(2.0)), ("a-b", false, None)]);
    for (text, line, what) in [
        ("id = \"math\"", 2, "`playbooks.id`: `math` cannot be the name of a playbook"),
        ("id = \"Math-qwen\"", 2, "`playbooks.id`: `Math-qwen` cannot be the name of a playbook"),
        ("id = \"math-\"", 2, "`playbooks.id`: `math-` cannot be the name of a playbook"),
        ("trial = 5", 1, "a row of `playbooks` has no `id`"),
        ("id = \"math-qwen\"\ntrial = 101", 3, "`playbooks.trial` must be at most 100"),
        ("id = \"math-qwen\"\nobservations = 0", 3, "`playbooks.observations` must be at least 1"),
        ("id = \"math-qwen\"\nprod_ratio = -1", 3, "`playbooks.prod_ratio` must be from 0 to 1000"),
        ("id = \"math-qwen\"\nlearn = true", 3, "there is no key `learn` in `playbooks`"),
        ("id = \"math-qwen\"\n[[playbooks]]\nid = \"math-qwen\"", 4, "there are two rows for the playbook `math-qwen`"),
    ] {
        let found = wrong(&format!("[[playbooks]]\n{text}\n"));
        assert!(found.len() == 1 && found[0].0 == Some(line) && found[0].1.starts_with(what), "{text}: {found:?}");
    }
}
