//! Which models a provider has, by its own word; and whether it takes the key.

use super::secret::Key;
use super::{BackendError, From, Inner};
use crate::backend::http::{self, Lane, Reach};
use crate::backend::words::words;
use crate::config::WireFormat;
use crate::domain::Purpose;
use crate::privacy::Pass;
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// How long a provider may take to answer, all in all.
const PATIENCE: Duration = Duration::from_secs(15);

/// The longest list, in bytes; the longest known has 400 models in half a million.
const LIST_CAP: usize = 8 * 1024 * 1024;

/// OpenRouter gives its list to anybody: whether it takes the key is told elsewhere.
const LISTS_WITHOUT_A_KEY: &str = "openrouter.ai";

impl Inner {
    /// What is asked for a list or to try a key; `None` for everything else.
    pub(super) fn list_url(&self, purpose: Purpose) -> Option<Url> {
        match purpose {
            Purpose::KeyCheck if self.host.eq_ignore_ascii_case(LISTS_WITHOUT_A_KEY) => Some(self.url("key")),
            Purpose::ModelList | Purpose::KeyCheck => {
                let mut url = self.url("models");
                if self.settings.format == WireFormat::Anthropic {
                    // All of them on one page.
                    url.set_query(Some("limit=1000"));
                }
                Some(url)
            }
            Purpose::Chat | Purpose::Pull | Purpose::Embed => None,
        }
    }

    pub(super) async fn list(&self, pass: &Pass) -> Result<Vec<String>, BackendError> {
        let url = self.list_url(pass.purpose()).filter(|_| *pass.location() == self.location);
        let Some(url) = url else {
            let (purpose, to) = (pass.purpose().words(), pass.location());
            return Err(BackendError::Refused(format!(
                "the leave is for a {purpose} at {to}, which is not what {} is",
                self.who()
            )));
        };
        let late = |_| BackendError::Stalled(format!("{} did not answer in {} s", self.who(), PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, self.ask(url, &Reach::of_pass(pass))).await.map_err(late)?
    }

    async fn ask(&self, url: Url, reach: &Reach) -> Result<Vec<String>, BackendError> {
        let from = From { who: self.who(), what: "list of models".to_owned() };
        let is_list = url.path().ends_with("/models");
        let client = self.client(reach).await?;
        let key = Key::of(self).await?;
        let read = async {
            let mut response = self.send(&client, Lane::List, client.get(url), &key, &from).await?;
            http::body(&mut response, LIST_CAP).await.map_err(|error| http::failure(&from.who, &error))
        };
        let (body, cut) = read.await.map_err(|error| key.hide_in(error))?;
        if !is_list {
            return Ok(Vec::new());
        }
        match names(&body).filter(|_| !cut) {
            Some(names) => Ok(names),
            None => {
                let why = format!("{} answered what is no list of models: {}", from.who, words(&body));
                Err(key.hide_in(BackendError::Broken(why)))
            }
        }
    }
}

/// The names in a list: rows of `data` (nearly all), of `models`, or of nothing.
fn names(body: &[u8]) -> Option<Vec<String>> {
    let list: Value = serde_json::from_slice(body).ok()?;
    let rows = [&list["data"], &list["models"], &list].into_iter().find_map(Value::as_array)?;
    let name = |row: &Value| ["id", "name"].iter().find_map(|field| row[*field].as_str()).map(str::to_owned);
    let mut names: Vec<_> = rows.iter().filter_map(name).collect();
    names.sort();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn lists() {
        for (body, want) in [
            (r#"{"object":"list","data":[{"id":"b","x":1},{"id":"a"},{"y":1}]}"#, Some(vec!["a", "b"])),
            (r#"{"data":[],"has_more":false}"#, Some(vec![])),
            (r#"{"models":[{"name":"a"}]}"#, Some(vec!["a"])),
            (r#"[{"id":"a"}]"#, Some(vec!["a"])),
            (r#"{"error":"no"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(names(body.as_bytes()), want.map(|w| w.into_iter().map(str::to_owned).collect()), "{body}");
        }
    }
}
