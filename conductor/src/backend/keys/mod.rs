//! The user's keys for providers: where each comes from, in which order it is looked for, and the one place it is read.
//!
//! What must stay true: a key is in no error, no log, no `Debug` text and no argument of a program; what is read is a
//! [`SecretString`] at once. The order is: the environment, the keyring, `api_key_command`, the file. Nothing is read, and
//! no program run, before a key is asked for.

mod command;
mod file;
#[cfg(feature = "keyring")]
mod ring;

use super::BackendError;
use crate::config::ProviderSettings;
use crate::domain::{BackendId, Failure, FailureKind, Location};
use file::{File, Held};
use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long the answer of an `api_key_command` is used before the program is run again: it may ask for a touch or a
/// password each time.
const FRESH: Duration = Duration::from_secs(300);

/// Where a key comes from; the first that has one wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// This environment variable.
    Environment(String),
    /// The system's keyring.
    Keyring,
    /// `api_key_command`.
    Command,
    /// The file of keys.
    File,
}

/// For a person: the place, never the key.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment ({name})"),
            Self::Keyring => f.write_str("keyring"),
            Self::Command => f.write_str("api_key_command"),
            Self::File => f.write_str("file"),
        }
    }
}

/// The keys. Cheap to clone; reads nothing before it is asked.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    file: File,
    environment: Vec<(String, SecretString)>,
    /// What commands printed, and when.
    printed: Arc<Mutex<HashMap<BackendId, (SecretString, Instant)>>>,
}

impl Keys {
    /// Keys of `environment` (name and value), and those in `file`, which need not be there.
    pub fn new(file: PathBuf, environment: Vec<(String, String)>) -> Self {
        let environment = environment.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect();
        Self { file: File::at(file), environment, printed: Arc::default() }
    }

    /// Where the keys of `source` are, in the words of a sentence: `the keyring of your system`.
    pub fn whereabouts(&self, source: &KeySource) -> String {
        match source {
            KeySource::Environment(name) => format!("the environment variable {name}"),
            KeySource::Keyring => "the keyring of your system".to_owned(),
            KeySource::Command => "api_key_command".to_owned(),
            KeySource::File => format!("the file {}", self.file().display()),
        }
    }

    /// The file of keys.
    pub fn file(&self) -> &Path {
        self.file.path()
    }

    /// Where the key of a provider would come from; `None` where there is none. Runs no command, and asks no keyring. A file
    /// that cannot be read counts as one with a key, so that [`fetch`](Self::fetch) says what is wrong with it.
    pub fn source(&self, provider: &ProviderSettings) -> Option<KeySource> {
        if self.variable(provider).is_some() {
            return Some(KeySource::Environment(provider.key_env.clone()));
        }
        let held = self.file.get(&provider.id);
        match held {
            Ok(Some(Held::InKeyring)) if cfg!(feature = "keyring") => Some(KeySource::Keyring),
            _ if !provider.api_key_command.is_empty() => Some(KeySource::Command),
            Ok(Some(Held::Key(_))) | Err(_) => Some(KeySource::File),
            Ok(_) => None,
        }
    }

    /// The key of a provider.
    ///
    /// # Errors
    /// `Refused` where there is none, or it cannot be had.
    pub fn fetch(&self, provider: &ProviderSettings) -> BoxFuture<'static, Result<SecretString, BackendError>> {
        let (keys, provider) = (self.clone(), provider.clone());
        Box::pin(async move { keys.find(&provider).await })
    }

    /// Forgets what a command printed for a provider, since it was refused: the next question runs the command again.
    pub fn forget(&self, provider: &BackendId) {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).remove(provider);
    }

    /// Keeps a key: in the keyring where this build has one and it takes it, else in the file, which is made readable for
    /// its owner alone. Says where it is now.
    ///
    /// # Errors
    /// Where the key is none, or the file cannot be written.
    pub fn set(&self, provider: &BackendId, key: SecretString) -> Result<KeySource, Failure> {
        let key = checked(key.expose_secret()).map_err(|why| {
            Failure::new(FailureKind::Refused, format!("this is no key: {why}"), "copy the key alone, as the provider shows it")
        })?;
        #[cfg(feature = "keyring")]
        match ring::set(provider, &key) {
            Ok(()) => return self.file.put(provider, Held::InKeyring).map(|()| KeySource::Keyring),
            Err(why) => tracing::info!("the keyring does not take keys, so the file does: {why}"),
        }
        self.file.put(provider, Held::Key(key)).map(|()| KeySource::File)
    }

    /// Takes a key out of the keyring and the file. False where there was none.
    ///
    /// # Errors
    /// Where the file cannot be read or written, or the keyring keeps it.
    pub fn remove(&self, provider: &BackendId) -> Result<bool, Failure> {
        self.forget(provider);
        #[cfg(feature = "keyring")]
        if matches!(self.file.get(provider)?, Some(Held::InKeyring)) {
            let kept = |why| Failure::new(FailureKind::Storage, format!("the keyring keeps the key of {provider}: {why}"), "");
            ring::remove(provider).map_err(kept)?;
        }
        self.file.take(provider)
    }

    /// Whose keys `segno keys set` keeps, by name.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn stored(&self) -> Result<Vec<BackendId>, Failure> {
        self.file.names()
    }

    /// What to do where there is no key.
    pub fn hint(provider: &ProviderSettings) -> String {
        let set = format!("`segno keys set {}`", provider.id);
        if provider.key_env.is_empty() { set } else { format!("{set}, or set {}", provider.key_env) }
    }

    /// Where a provider's key is sent to, and its prompts.
    ///
    /// # Errors
    /// Where its endpoint cannot be used.
    pub fn recipient(provider: &ProviderSettings) -> Result<Location, Failure> {
        super::provider::location_of(provider).map_err(|error| {
            let hint = "set its endpoint under [[providers]] in your own config.toml";
            Failure::new(FailureKind::Refused, error.to_string(), hint)
        })
    }

    fn variable(&self, provider: &ProviderSettings) -> Option<&SecretString> {
        let named = self.environment.iter().find(|(name, _)| !name.is_empty() && *name == provider.key_env);
        named.map(|(_, value)| value).filter(|value| !value.expose_secret().trim().is_empty())
    }

    async fn find(&self, provider: &ProviderSettings) -> Result<SecretString, BackendError> {
        let id = &provider.id;
        let refused = |why: &str| BackendError::Refused(format!("the key of {id} cannot be had: {why}"));
        let bad = |from: &str, why: &str| refused(&format!("{from} has no key: {why}"));
        if let Some(value) = self.variable(provider) {
            return checked(value.expose_secret()).map_err(|why| bad(&provider.key_env, why));
        }
        let held = self.file.get(id);
        #[cfg(feature = "keyring")]
        if matches!(held, Ok(Some(Held::InKeyring))) {
            return ring::get(id).await.map_err(|why| refused(&format!("the keyring does not give it: {why}")));
        }
        if !provider.api_key_command.is_empty() {
            return self.printed(provider).await.map_err(|why| refused(&format!("api_key_command {why}")));
        }
        match held {
            Ok(Some(Held::Key(key))) => Ok(key),
            Ok(Some(Held::InKeyring)) => Err(refused("it is in the keyring, which this build of Segno does not read")),
            Ok(None) => Err(BackendError::Refused(format!("there is no key for {id}"))),
            Err(failure) => Err(refused(&format!("{failure} ({})", failure.hint))),
        }
    }

    /// What the command prints, or printed lately.
    async fn printed(&self, provider: &ProviderSettings) -> Result<SecretString, String> {
        let known = || self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((key, at)) = known().get(&provider.id)
            && at.elapsed() < FRESH
        {
            return Ok(key.clone());
        }
        let key = command::run(&provider.api_key_command).await?;
        known().insert(provider.id.clone(), (key.clone(), Instant::now()));
        Ok(key)
    }
}

/// A key without what stands around it. Keys are one word of printable ASCII: they go into a header.
fn checked(text: &str) -> Result<SecretString, &'static str> {
    let key = text.trim();
    if key.is_empty() {
        return Err("it is empty");
    }
    if key.contains(char::is_whitespace) {
        return Err("there are blanks in it");
    }
    if !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("there are characters in it that no key has");
    }
    Ok(SecretString::from(key))
}

#[cfg(test)]
mod tests;
