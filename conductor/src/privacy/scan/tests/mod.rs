//! The search on secrets that are made up here, and on texts without any.
//!
//! What must stay true: the formats are written from what issuers say of their keys, not from the rules; no file here holds
//! anything that looks like a secret, since each is put together when the test runs.

mod contexts;
mod engine;
mod formats;
mod layers;
mod measure;
mod negatives;
mod rules;

use super::{ScanError, Scanner};
use crate::config::{SecretRule, Secrets};
use std::sync::OnceLock;

/// The rows of the built-in file.
fn built_in() -> Vec<SecretRule> {
    #[derive(serde::Deserialize)]
    struct File {
        secret_rules: Vec<Row>,
    }
    #[derive(serde::Deserialize)]
    struct Row {
        id: String,
        what: String,
        pattern: String,
        keywords: Vec<String>,
        #[serde(default)]
        entropy: f64,
    }
    let rows = toml::from_str::<File>(include_str!("../../../../../config/secrets.toml")).unwrap().secret_rules;
    let rule = |Row { id, what, pattern, keywords, entropy }| SecretRule { id, what, pattern, keywords, entropy, enabled: true };
    rows.into_iter().map(rule).collect()
}

/// One with the built-in rules, shared by all tests: its regular expressions are compiled once.
fn scanner() -> &'static Scanner {
    static SCANNER: OnceLock<Scanner> = OnceLock::new();
    SCANNER.get_or_init(|| Scanner::new(&built_in(), &Secrets::default()).unwrap())
}

/// One with these rules alone; each row is an id, a pattern and keywords with `|` between.
fn with_rules(rows: &[(&str, &str, &str)]) -> Result<Scanner, ScanError> {
    let rule = |(id, pattern, keywords): &(&str, &str, &str)| SecretRule {
        id: (*id).to_owned(),
        what: "secret".to_owned(),
        pattern: (*pattern).to_owned(),
        keywords: keywords.split('|').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
        entropy: 0.0,
        enabled: true,
    };
    Scanner::new(&rows.iter().map(rule).collect::<Vec<_>>(), &Secrets::default())
}

/// Numbers that look random and are the same in each run (splitmix64, Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap()
    }

    fn draw(&mut self, alphabet: &str, length: usize) -> String {
        let alphabet: Vec<char> = alphabet.chars().collect();
        (0..length).map(|_| alphabet[self.below(alphabet.len())]).collect()
    }

    /// A text of a template: `{36:w}` is 36 characters of the alphabet `w`, `{20-40:w}` so many of it.
    fn fill(&mut self, template: &str) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (field, behind) = after.split_once('}').unwrap_or((after, ""));
            let Some((length, alphabet)) = field.split_once(':').filter(|(length, _)| !length.contains(['"', ' ', '\n'])) else {
                out.push_str(&rest[..=before.len()]);
                rest = after;
                continue;
            };
            let (least, most) = length.split_once('-').unwrap_or((length, length));
            let (least, most): (usize, usize) = (least.parse().unwrap(), most.parse().unwrap());
            let length = least + self.below(most - least + 1);
            out.push_str(before);
            out.push_str(&self.draw(alphabet_of(alphabet), length));
            rest = behind;
        }
        out + rest
    }
}

fn alphabet_of(name: &str) -> &'static str {
    match name {
        "w" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "l" => "abcdefghijklmnopqrstuvwxyz0123456789",
        "U" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "x" => "0123456789abcdef",
        "X" => "0123456789ABCDEF",
        "d" => "0123456789",
        "3" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "a" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "u" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        "b" => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "58" => "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        other => panic!("no alphabet {other}"),
    }
}
