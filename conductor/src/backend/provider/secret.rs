//! The key on its way out, and errors on their way back.

use super::{BackendError, Inner};
use crate::backend::anthropic;
use crate::config::WireFormat;
use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

/// So many characters of a key in a row are hidden wherever they stand: providers repeat the beginning and the end.
const PART: usize = 8;

/// The key of a request; none where the provider takes requests without.
#[derive(Debug, Clone)]
pub(super) struct Key(Option<SecretString>);

impl Key {
    /// The key that requests to this provider take.
    pub(super) async fn of(inner: &Inner) -> Result<Self, BackendError> {
        if !inner.settings.needs_key && inner.keys.source(&inner.settings).is_none() {
            return Ok(Self(None));
        }
        Ok(Self(Some(inner.keys.fetch(&inner.settings).await?)))
    }

    /// Whether there is one.
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Puts it into its header, with what else goes along with a request of this format.
    pub(super) fn sign(&self, inner: &Inner, request: RequestBuilder) -> Result<RequestBuilder, BackendError> {
        let request = match inner.settings.format {
            WireFormat::Openai => request,
            WireFormat::Anthropic => request.header("anthropic-version", anthropic::VERSION),
        };
        let Some(key) = &self.0 else { return Ok(request) };
        let (name, value) = match inner.settings.format {
            WireFormat::Openai => (AUTHORIZATION.as_str(), Zeroizing::new(format!("Bearer {}", key.expose_secret()))),
            WireFormat::Anthropic => ("x-api-key", Zeroizing::new(key.expose_secret().to_owned())),
        };
        let no_key = |_| BackendError::Refused(format!("the key of {} has characters in it that no key has", inner.who()));
        let mut value = HeaderValue::from_str(&value).map_err(no_key)?;
        value.set_sensitive(true);
        Ok(request.header(name, value))
    }

    /// The same error without the key in it, which a server may have repeated.
    pub(super) fn hide_in(&self, error: BackendError) -> BackendError {
        let Some(key) = &self.0 else { return error };
        let hide = |text: String| hidden(text, key.expose_secret());
        match error {
            BackendError::Unreachable(text) => BackendError::Unreachable(hide(text)),
            BackendError::NotFound(text) => BackendError::NotFound(hide(text)),
            BackendError::Busy { what, retry_after } => BackendError::Busy { what: hide(what), retry_after },
            BackendError::TooLong(text) => BackendError::TooLong(hide(text)),
            BackendError::Refused(text) => BackendError::Refused(hide(text)),
            BackendError::Stalled(text) => BackendError::Stalled(hide(text)),
            BackendError::OutOfMemory(text) => BackendError::OutOfMemory(hide(text)),
            BackendError::Broken(text) => BackendError::Broken(hide(text)),
        }
    }
}

/// `text` with `[key]` for each run that is a part of `key`. Keys are ASCII, so that no character is cut.
fn hidden(text: String, key: &str) -> String {
    let (bytes, key) = (text.as_bytes(), key.as_bytes());
    let part = PART.min(key.len());
    if part < PART / 2 {
        return text;
    }
    let mut covered = vec![false; bytes.len()];
    for (at, window) in bytes.windows(part).enumerate() {
        if key.windows(part).any(|piece| piece == window) {
            covered[at..at + part].fill(true);
        }
    }
    if !covered.contains(&true) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        if !covered[at] {
            shown.push(character);
        } else if at == 0 || !covered[at - 1] {
            shown.push_str("[key]");
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::hidden;

    #[test]
    fn parts_of_a_key_are_hidden() {
        let key = ["sk", "CANARY", "0123456789abcdef"].join("-");
        for (text, want) in [
            (format!("wrong key {key}!"), "wrong key [key]!"),
            (key.clone(), "[key]"),
            (format!("{}*****{}", &key[..9], &key[key.len() - 8..]), "[key]*****[key]"),
            (format!("狐{key}{key}狸"), "狐[key]狸"),
            ("sk-CANA and 4567".to_owned(), "sk-CANA and 4567"),
            (String::new(), ""),
        ] {
            assert_eq!(hidden(text.clone(), &key), want, "{text}");
        }
        assert_eq!(hidden("a dummy key".into(), "dummy"), "a [key] key");
        assert_eq!(hidden("an x".into(), "x"), "an x");
    }
}
