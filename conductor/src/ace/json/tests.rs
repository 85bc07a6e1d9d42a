//! What comes out of texts, as data. What is wanted is an object as JSON, `truncated`, or the name of why there is none.

mod answers;
mod grammar;
mod hostile;
mod places;
mod properties;

use super::*;

/// A verdict as the tables write it.
fn told(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Value(members) => Value::Object(members.clone()).to_string(),
        Verdict::Truncated => "truncated".to_owned(),
        Verdict::Invalid(why) => why.name().to_owned(),
    }
}

fn check_as(cut: bool, rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (text, want) in rows {
        let got = told(&recover(text, cut));
        let want =
            if want.starts_with('{') { serde_json::from_str::<Value>(want).unwrap().to_string() } else { (*want).to_owned() };
        if got != want {
            wrong.push(format!("{text:?}\n  gave   {got}\n  wanted {want}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// Texts whose model ended by itself.
fn check(rows: &[(&str, &str)]) {
    check_as(false, rows);
}
