//! Which layer wins, and that the rows name it.

use crate::config::*;
use crate::domain::{CostTier, LicenceClass, ModelId, TaskClass};
use std::path::{Path, PathBuf};

/// A folder with a user's and a project's file.
struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new(user: &str, project: &str) -> Self {
        let folder = Self { dir: tempfile::tempdir().unwrap() };
        std::fs::write(folder.user(), user).unwrap();
        std::fs::write(folder.project(), project).unwrap();
        folder
    }

    fn user(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    fn project(&self) -> PathBuf {
        self.dir.path().join(".segno.toml")
    }

    fn layers(&self, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Layers {
        Layers {
            user: Some(self.user()),
            user_required: true,
            project: Some(self.project()),
            env: owned(env),
            flags: owned(flags),
        }
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn row<'a>(loaded: &'a Loaded, key: &str) -> (&'a str, String) {
    let row = loaded.rows.iter().find(|row| row.key == key).unwrap_or_else(|| panic!("no row {key}"));
    (&row.value, row.source.to_string())
}

#[test]
fn each_layer_beats_the_one_before() {
    let folder = Folder::new(
        "# mine\n[defaults]\ngeneral = \"u\"\ncode = \"u\"\nmath = \"u\"\nquick = \"u\"\n",
        "[defaults]\ncode = \"p\"\nmath = \"p\"\nquick = \"p\"\n",
    );
    let env = [("SEGNO_DEFAULTS_MATH", "e"), ("SEGNO_DEFAULTS_QUICK", "e")];
    let loaded = load(&folder.layers(&env, &[("defaults.quick", "f")])).unwrap();
    let (user, project) = (folder.user().display().to_string(), folder.project().display().to_string());
    for (key, value, source) in [
        ("defaults.deep", "\"llama3.1:8b\"", "built in".to_owned()),
        ("defaults.general", "\"u\"", format!("{user}:3")),
        ("defaults.code", "\"p\"", format!("{project}:2")),
        ("defaults.math", "\"e\"", "SEGNO_DEFAULTS_MATH".to_owned()),
        ("defaults.quick", "\"f\"", "command line".to_owned()),
    ] {
        assert_eq!(row(&loaded, key), (value, source), "{key}");
    }
    let d = &loaded.config.defaults;
    let names = [&d.deep, &d.general, &d.code, &d.math, &d.quick].map(ModelId::short);
    assert_eq!(names, ["llama3.1:8b", "u", "p", "e", "f"]);
    assert_eq!(loaded.rows[0].source, Source::User(folder.user(), 3));
    assert_eq!(loaded.rows[1].source, Source::Project(folder.project(), 2));
}

#[test]
fn values_without_quotes() {
    let layers = |env: &[(&str, &str)], flags: &[(&str, &str)]| {
        load(&Layers { env: owned(env), flags: owned(flags), ..Layers::default() }).unwrap()
    };
    let loaded = layers(
        &[
            ("SEGNO_TIMEOUTS_FIRST_TOKEN", "5m"),
            ("SEGNO_PRIVACY_ALLOW_EXTERNAL", "true"),
            ("SEGNO_OLLAMA_NUM_CTX", " 4096 "),
            ("SEGNO_ROUTING_CODE_KEYWORDS", "rust, unit test ,"),
            ("SEGNO_FALLBACKS_CODE", "[]"),
            ("SEGNO_LOG_LEVEL", "\"debug\""),
            ("SEGNO_UI_MOUSE", ""),
            ("SEGNO_CONFIG", "/x"),
            ("SEGNO_MODEL", "y"),
            ("HOME", "/root"),
        ],
        &[("fallbacks.math", "general,x:1b"), ("defaults.code", "'a'"), ("defaults.code", "b"), ("routing.math_keywords", "")],
    );
    for (key, value, source) in [
        ("timeouts.first_token", "\"5m\"", "SEGNO_TIMEOUTS_FIRST_TOKEN"),
        ("privacy.allow_external", "true", "SEGNO_PRIVACY_ALLOW_EXTERNAL"),
        ("ollama.num_ctx", "4096", "SEGNO_OLLAMA_NUM_CTX"),
        ("routing.code_keywords", "[\"rust\", \"unit test\"]", "SEGNO_ROUTING_CODE_KEYWORDS"),
        ("fallbacks.code", "[]", "SEGNO_FALLBACKS_CODE"),
        ("log.level", "\"debug\"", "SEGNO_LOG_LEVEL"),
        ("ui.mouse", "true", "built in"),
        ("fallbacks.math", "[\"general\", \"x:1b\"]", "command line"),
        ("defaults.code", "\"b\"", "command line"),
        ("routing.math_keywords", "[]", "command line"),
    ] {
        assert_eq!(row(&loaded, key), (value, source.to_owned()), "{key}");
    }
}

#[test]
fn ollama_host_is_taken_unless_segno_has_its_own() {
    for (env, value, source) in [
        (&[("OLLAMA_HOST", "0.0.0.0")][..], "\"0.0.0.0\"", "OLLAMA_HOST"),
        (&[("OLLAMA_HOST", " ")], "\"http://127.0.0.1:11434\"", "built in"),
        (&[("SEGNO_OLLAMA_HOST", ":1"), ("OLLAMA_HOST", "b")], "\":1\"", "SEGNO_OLLAMA_HOST"),
        (&[("OLLAMA_HOST", "b"), ("SEGNO_OLLAMA_HOST", ":1")], "\":1\"", "SEGNO_OLLAMA_HOST"),
        (&[("SEGNO_OLLAMA_HOST", ""), ("OLLAMA_HOST", "b")], "\"b\"", "OLLAMA_HOST"),
    ] {
        let loaded = load(&Layers { env: owned(env), ..Layers::default() }).unwrap();
        assert_eq!(row(&loaded, "ollama.host"), (value, source.to_owned()), "{env:?}");
    }
}

#[test]
fn a_row_of_models_changes_what_it_names_or_adds_a_model() {
    let folder = Folder::new(
        "[[models]]\nid = \"phi3:mini\"\navg_tokens_per_sec = 7\n\n[[models]]\nid = \"mine\"\nstrengths = [\"code\"]\n",
        "",
    );
    let loaded = load(&folder.layers(&[], &[])).unwrap();
    let user = folder.user().display().to_string();
    assert_eq!(row(&loaded, "models.\"phi3:mini\".avg_tokens_per_sec"), ("7.0", format!("{user}:3")));
    assert_eq!(row(&loaded, "models.\"phi3:mini\".avg_ttft_ms"), ("150", "built in".to_owned()));
    assert_eq!(row(&loaded, "models.\"mine\".strengths"), ("[\"code\"]", format!("{user}:7")));
    assert_eq!(row(&loaded, "models.\"mine\".backend"), ("\"ollama\"", "built in".to_owned()));
    let known = Config::default().models.len();
    assert_eq!(loaded.config.models.len(), known + 1);
    let mine = ModelSettings {
        id: ModelId::new("mine:latest"),
        backend: "ollama".into(),
        strengths: vec![TaskClass::CodeGeneration],
        weaknesses: vec![],
        avg_ttft_ms: 1000,
        avg_tokens_per_sec: 20.0,
        max_context: 131_072,
        memory_bytes: 0,
        supports_streaming: true,
        supports_tools: false,
        cost_tier: CostTier::Free,
        supports_vision: false,
        name: String::new(),
        display_name: String::new(),
        licence: LicenceClass::Unknown,
        price_input: 0.0,
        price_output: 0.0,
        fallbacks: Vec::new(),
        requests_per_minute: 0,
        tokens_per_minute: 0,
    };
    assert_eq!(loaded.config.models[known], mine);
}

#[test]
fn a_missing_file_is_no_error_unless_it_was_named() {
    let missing = Path::new("/nowhere/at/all/config.toml").to_owned();
    let mut layers = Layers { user: Some(missing.clone()), project: Some(missing), ..Layers::default() };
    assert_eq!(load(&layers).unwrap().config, Config::default());
    layers.user_required = true;
    assert_eq!(
        load(&layers).unwrap_err().to_string(),
        "error: the configuration is not there\n  --> /nowhere/at/all/config.toml\n\
         hint: see that the path is right, or leave it out"
    );
}

#[test]
fn errors_of_all_layers_come_together() {
    let folder = Folder::new("[ui]\nmouse = 1\n[log]\nlevel = \"loud\"\n", "[ui]\nmouse = true\n");
    let errors = check(&folder.layers(&[("SEGNO_UI_MUOSE", "true")], &[("ui.mouse", "perhaps")]));
    let places: Vec<_> = errors.iter().map(|error| (&error.place, error.line())).collect();
    assert_eq!(places.len(), 5, "{errors:?}");
    assert_eq!([places[0].1, places[1].1, places[2].1], [Some(2), Some(4), Some(1)]);
    assert_eq!(*places[3].0, Place::Env("SEGNO_UI_MUOSE".into()));
    assert_eq!(*places[4].0, Place::Flag("ui.mouse".into()));
}

#[test]
fn files_that_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let latin = dir.path().join("latin.toml");
    std::fs::write(&latin, b"[ui]\nmouse = true # \xe4\n").unwrap();
    let large = dir.path().join("large.toml");
    std::fs::write(&large, vec![b'#'; (1 << 20) + 1]).unwrap();
    for (path, what, line) in [
        (dir.path(), "the configuration is not an ordinary file", None),
        (&latin, "the configuration is not UTF-8 text", Some(2)),
        (&large, "the configuration is larger than 1 MiB", None),
    ] {
        for layers in [
            Layers { user: Some(path.to_owned()), ..Layers::default() },
            Layers { project: Some(path.to_owned()), ..Layers::default() },
        ] {
            let errors = check(&layers);
            assert_eq!(errors.len(), 1);
            assert_eq!((errors[0].what.as_str(), errors[0].line()), (what, line), "{}", path.display());
        }
    }
}

/// A device never ends, and a pipe never begins: neither may hold up the start in a stranger's folder.
#[cfg(unix)]
#[test]
fn a_project_file_is_an_ordinary_file() {
    let dir = tempfile::tempdir().unwrap();
    let link = dir.path().join(".segno.toml");
    std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
    let errors = check(&Layers { project: Some(link), ..Layers::default() });
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].what, "the configuration is not an ordinary file");
    let nothing = Layers { user: Some("/dev/null".into()), user_required: true, ..Layers::default() };
    assert_eq!(check(&nothing), []);
}
