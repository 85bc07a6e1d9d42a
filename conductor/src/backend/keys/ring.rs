//! The system's keyring: Secret Service, Keychain, Credential Manager.
//!
//! What must stay true: it is asked on a thread of its own, since it may wait for a person who unlocks it.

use crate::domain::BackendId;
use keyring::Entry;
use secrecy::{ExposeSecret, SecretString};

/// What the entries are called.
const SERVICE: &str = "segno";

/// The key of a provider.
pub(super) async fn get(provider: &BackendId) -> Result<SecretString, String> {
    let provider = provider.clone();
    let found = tokio::task::spawn_blocking(move || entry(&provider)?.get_password().map_err(words));
    found.await.map_err(|_| "it did not answer".to_owned())?.map(SecretString::from)
}

/// Keeps the key of a provider.
pub(super) fn set(provider: &BackendId, key: &SecretString) -> Result<(), String> {
    apart(|| entry(provider)?.set_password(key.expose_secret()).map_err(words))
}

/// Takes the key of a provider out, where there is one.
pub(super) fn remove(provider: &BackendId) -> Result<(), String> {
    apart(|| match entry(provider)?.delete_credential() {
        Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
        Err(error) => Err(words(error)),
    })
}

fn entry(provider: &BackendId) -> Result<Entry, String> {
    Entry::new(SERVICE, provider.as_str()).map_err(words)
}

/// The kinds that repeat what is stored are not shown as they are.
fn words(error: keyring::Error) -> String {
    match error {
        keyring::Error::BadEncoding(_) => "what it has is no text".to_owned(),
        other => crate::backend::words::words_of(&other.to_string()),
    }
}

/// On a thread that belongs to no runtime: the keyring's own may not be started inside of another.
fn apart<T: Send>(work: impl FnOnce() -> Result<T, String> + Send) -> Result<T, String> {
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|_| Err("it broke".to_owned()))
}
