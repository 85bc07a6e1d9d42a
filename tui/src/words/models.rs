//! What a list of models says of each, in words and figures.

use super::{bytes, duration, width};
use crate::sanitise::clean_line;
use conductor::domain::{Model, ModelProfile, Prices};

/// What a model can do, in words; empty where it only writes text.
pub fn capabilities(model: &Model) -> String {
    let can = &model.capabilities;
    let words = [(can.tools, "tools"), (can.thinking, "thinking"), (can.vision, "vision"), (can.embedding, "embeds")];
    words.iter().filter(|(can, _)| *can).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

/// What a model is good at, in words.
pub fn strengths(profile: &ModelProfile) -> String {
    profile.strengths.iter().map(|class| class.word()).collect::<Vec<_>>().join(" ")
}

/// What there is to say of one model, the most useful first.
pub fn details(model: &Model, profile: Option<&ModelProfile>) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(obstacle) = &model.obstacle {
        parts.push(clean_line(obstacle).into_owned());
    }
    if let Some(profile) = profile {
        let good = strengths(profile);
        parts.extend((!good.is_empty()).then(|| format!("good at {good}")));
        parts.extend(speed(profile).map(|speed| format!("{speed} seen")));
        parts.extend(profile.measured.first_token_ms.map(|ms| format!("first word after {}", duration(ms))));
    }
    parts.extend(model.resident.map(|_| "in memory".to_owned()));
    parts.extend((!model.licence.name.is_empty()).then(|| clean_line(&model.licence.name).into_owned()));
    let can = capabilities(model);
    parts.extend((!can.is_empty()).then_some(can));
    parts.join(" · ")
}

/// How fast a model was seen to write here, where it was.
pub fn speed(profile: &ModelProfile) -> Option<String> {
    profile.measured.tokens_per_second.map(|speed| format!("{:.0} tok/s", speed.get()))
}

/// What a model takes on the disk; empty for one that is not on a disk here.
pub fn disk(model: &Model) -> String {
    if model.size_bytes > 0 { bytes(model.size_bytes) } else { String::new() }
}

/// Prices in US dollars for a million tokens, sent and answered: `$0.25/$2`.
pub fn prices(prices: &Prices) -> String {
    let dollars = |pico: u64| format!("${}", pico as f64 / 1e6);
    format!("{}/{}", dollars(prices.input), dollars(prices.output))
}

/// A table as lines: each column as wide as its widest cell.
pub fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |text| width(text));
    let widths: Vec<usize> = (0..count).map(|column| rows.iter().map(|row| cell(row, column)).max().unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, wide)| format!("{cell}{}", " ".repeat(wide - width(cell))));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_for_a_million_tokens() {
        for (input, output, want) in [(0.25, 2.0, "$0.25/$2"), (0.0375, 0.0, "$0.0375/$0"), (15.0, 75.0, "$15/$75")] {
            assert_eq!(prices(&Prices::per_million(input, output)), want);
        }
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["NAME", "WHERE", ""], ["狐", "● local", "x"], ["llama3.1:8b", "", ""]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        assert_eq!(columns(&rows), ["NAME         WHERE", "狐           ● local  x", "llama3.1:8b"]);
    }
}
