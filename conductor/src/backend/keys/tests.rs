//! Where keys come from, in which order, and that none gets out. The keys are made up of pieces, so that nobody who searches
//! for keys finds one here.

use super::*;
use crate::config::{ProviderPlace, WireFormat};
use std::fs;
use tempfile::TempDir;

fn canary(name: &str) -> String {
    ["sk", "CANARY", name].join("-")
}

fn provider(id: &str, key_env: &str, command: &[&str]) -> ProviderSettings {
    ProviderSettings {
        id: BackendId::new(id),
        format: WireFormat::Openai,
        endpoint: "https://api.example/v1".to_owned(),
        key_env: key_env.to_owned(),
        api_key_command: command.iter().map(|word| (*word).to_owned()).collect(),
        needs_key: true,
        place: ProviderPlace::External,
        requests_per_minute: 0,
        tokens_per_minute: 0,
        tokens_per_day: 0,
        dollars_per_day: 0.0,
    }
}

fn keys(folder: &TempDir, environment: &[(&str, &str)]) -> Keys {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Keys::new(folder.path().join("segno/keys.toml"), environment)
}

async fn fetched(keys: &Keys, provider: &ProviderSettings) -> Result<String, String> {
    keys.fetch(provider).await.map(|key| key.expose_secret().to_owned()).map_err(|error| error.to_string())
}

#[cfg(all(unix, not(feature = "keyring")))]
#[tokio::test]
async fn the_first_source_wins() {
    let folder = TempDir::new().unwrap();
    let (env, printed, kept) = (canary("env"), canary("printed"), canary("kept"));
    let script = format!("echo {printed}");
    let full = [("OPENAI_API_KEY", env.as_str()), ("OTHER", "x")];
    let command = ["/bin/sh", "-c", &script];
    let in_env = KeySource::Environment("OPENAI_API_KEY".to_owned());
    for (stored, environment, command, source, want) in [
        (true, &full[..], &command[..], Some(in_env.clone()), Ok(&env)),
        (true, &full, &[], Some(in_env), Ok(&env)),
        (true, &[("OPENAI_API_KEY", " ")], &command, Some(KeySource::Command), Ok(&printed)),
        (true, &[], &command, Some(KeySource::Command), Ok(&printed)),
        (true, &[], &[], Some(KeySource::File), Ok(&kept)),
        (false, &[], &[], None, Err("there is no key for openai")),
        (false, &[], &["/bin/false"], Some(KeySource::Command), Err("api_key_command failed (exit status: 1)")),
        (false, &[("OPENAI_API_KEY", "two words")], &[], Some(KeySource::Environment("OPENAI_API_KEY".into())), Err("blanks")),
    ] {
        let keys = keys(&folder, environment);
        if stored {
            assert_eq!(keys.set(&BackendId::new("openai"), SecretString::from(kept.clone())), Ok(KeySource::File));
        } else {
            keys.remove(&BackendId::new("openai")).unwrap();
        }
        let provider = provider("openai", "OPENAI_API_KEY", command);
        assert_eq!(keys.source(&provider), source);
        match (fetched(&keys, &provider).await, want) {
            (Ok(found), Ok(want)) => assert_eq!(&found, want),
            (Err(found), Err(want)) => assert!(found.contains(want) && found.contains("openai"), "{found}"),
            (found, want) => panic!("{found:?}, not {want:?}"),
        }
        let told = format!("{keys:?} {:?} {:?}", keys.source(&provider), keys.stored());
        assert!(!told.contains("CANARY"), "{told}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_not_run_for_each_question() {
    let folder = TempDir::new().unwrap();
    let count = folder.path().join("count");
    let script = format!("echo x >> {}; echo {}", count.display(), canary("printed"));
    let (keys, provider) = (keys(&folder, &[]), provider("openai", "", &["/bin/sh", "-c", &script]));
    assert_eq!(keys.source(&provider), Some(KeySource::Command));
    assert!(!count.exists(), "to say where a key comes from ran the command");
    for (run, forget) in [(1, false), (1, true), (2, false)] {
        assert_eq!(fetched(&keys.clone(), &provider).await, Ok(canary("printed")));
        assert_eq!(fs::read_to_string(&count).unwrap().lines().count(), run);
        if forget {
            keys.forget(&provider.id);
        }
    }
}

#[cfg(not(feature = "keyring"))]
#[test]
fn keys_are_kept_and_taken_out() {
    let folder = TempDir::new().unwrap();
    let keys = keys(&folder, &[]);
    let (a, b) = (BackendId::new("openai"), BackendId::new("my.server"));
    assert_eq!((keys.stored(), keys.remove(&a)), (Ok(vec![]), Ok(false)));
    assert!(!keys.file().exists(), "made for nothing");
    for (name, key) in [(&a, "first"), (&b, "second"), (&a, "third\"\\")] {
        keys.set(name, SecretString::from(format!(" {}\n", canary(key)))).unwrap();
    }
    assert_eq!(keys.stored(), Ok(vec![b.clone(), a.clone()]));
    let text = fs::read_to_string(keys.file()).unwrap();
    assert!(text.contains(&canary("second")) && !text.contains(&canary("first")), "{text}");
    assert!(matches!(keys.file.get(&a), Ok(Some(Held::Key(key))) if key.expose_secret() == canary("third\"\\")));
    assert_eq!((keys.remove(&a), keys.remove(&a), keys.stored()), (Ok(true), Ok(false), Ok(vec![b])));
    for none in ["", " \n", "two words", "schlüssel"] {
        let refused = keys.set(&a, SecretString::from(none)).unwrap_err();
        assert!(refused.what.starts_with("this is no key"), "{refused:?}");
    }
    let left: Vec<_> = fs::read_dir(keys.file().parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["keys.toml"]);
}

/// The file says what `text` does; reading it fails, with `want` in the words.
async fn check_unread(text: &str, want: &str) {
    let folder = TempDir::new().unwrap();
    let keys = keys(&folder, &[]);
    write(&keys, text);
    let provider = provider("openai", "", &[]);
    assert_eq!(keys.source(&provider), Some(KeySource::File), "{text}: nobody would say what is wrong");
    let told = [keys.stored().unwrap_err().what, fetched(&keys, &provider).await.unwrap_err()];
    assert!(told.iter().all(|why| why.contains(want) && !why.contains("CANARY")), "{text}: {told:?}");
}

fn write(keys: &Keys, text: &str) {
    let folder = keys.file().parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    fs::write(keys.file(), text).unwrap();
    #[cfg(unix)]
    for (path, mode) in [(folder, 0o700), (keys.file(), 0o600)] {
        set_mode(path, mode);
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_file_that_is_no_table_of_keys_is_not_shown() {
    check_unread("openai = \"a\"\nb = CANARY\n", "mistake in line 2").await;
    check_unread("openai = \"CANARY one\"\n", "what stands there for openai is no key").await;
    check_unread("openai = 7 # CANARY\n", "what stands there for openai is no key").await;
    check_unread("openai = { keyring = false }\n", "is no key").await;
    check_unread(&format!("# {}\n", "CANARY".repeat(50_000)), "too long").await;
}

#[cfg(not(feature = "keyring"))]
#[tokio::test]
async fn a_key_that_is_in_a_keyring_is_not_said_to_be_missing() {
    let folder = TempDir::new().unwrap();
    let keys = keys(&folder, &[]);
    write(&keys, "openai = { keyring = true }\n");
    let provider = provider("openai", "", &[]);
    assert_eq!(keys.source(&provider), None);
    assert!(fetched(&keys, &provider).await.unwrap_err().contains("in the keyring"));
}

#[cfg(all(unix, not(feature = "keyring")))]
#[tokio::test]
async fn what_others_can_read_is_refused_until_it_is_tightened() {
    let (openai, key) = (BackendId::new("openai"), canary("kept"));
    for (folder_mode, file_mode, hint) in
        [(0o700, 0o640, "chmod 600"), (0o700, 0o604, "chmod 600"), (0o750, 0o600, "chmod 700"), (0o701, 0o600, "chmod 700")]
    {
        let folder = TempDir::new().unwrap();
        let keys = keys(&folder, &[]);
        keys.set(&openai, SecretString::from(key.clone())).unwrap();
        let parent = keys.file().parent().unwrap();
        assert_eq!((mode(parent), mode(keys.file())), (0o700, 0o600));
        assert_eq!(fetched(&keys, &provider("openai", "", &[])).await, Ok(key.clone()));
        set_mode(keys.file(), file_mode);
        set_mode(parent, folder_mode);
        let refused = fetched(&keys, &provider("openai", "", &[])).await.unwrap_err();
        assert!(refused.contains(hint) && !refused.contains("CANARY"), "{refused}");
        assert!(keys.stored().is_err_and(|failure| failure.hint.contains(hint)));
        keys.set(&BackendId::new("other"), SecretString::from(canary("other"))).unwrap();
        assert_eq!((mode(parent), mode(keys.file())), (0o700, 0o600));
        assert_eq!(fetched(&keys, &provider("openai", "", &[])).await, Ok(key.clone()));
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_takes_nothing_is_said() {
    let keys = Keys::new(PathBuf::from("/dev/null/keys.toml"), Vec::new());
    let failure = keys.set(&BackendId::new("openai"), SecretString::from(canary("kept"))).unwrap_err();
    assert!(failure.kind == FailureKind::Storage && !failure.what.contains("CANARY"), "{failure:?}");
    let nowhere = Keys::default();
    assert_eq!(nowhere.stored(), Ok(vec![]));
    assert!(nowhere.set(&BackendId::new("openai"), SecretString::from(canary("kept"))).is_err());
}
