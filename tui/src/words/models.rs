//! What a list of models says of each, in words and figures.

use super::{bytes, duration, width};
use crate::sanitise::clean_line;
use conductor::domain::{LicenceClass, MemoryPhase, Model, ModelProfile, Prices};
use conductor::protocol::ModelsSnapshot;

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
pub fn details(model: &Model, snapshot: &ModelsSnapshot) -> String {
    let mut parts: Vec<String> = Vec::new();
    let is_its = |profile: &&ModelProfile| profile.model == model.id && profile.backend == model.backend;
    let profile = snapshot.profiles.iter().find(is_its);
    parts.extend(super::trouble(snapshot, model).map(|row| super::health(row, snapshot.at_ms)));
    parts.extend(held(model, snapshot));
    if let Some(obstacle) = &model.obstacle {
        parts.push(clean_line(obstacle).into_owned());
    }
    if let Some(profile) = profile {
        let good = strengths(profile);
        parts.extend((!good.is_empty()).then(|| format!("good at {good}")));
        parts.extend(speed(profile).map(|speed| format!("{speed} seen")));
        parts.extend(profile.measured.first_token_ms.map(|ms| format!("first word after {}", duration(ms))));
    }
    let quotas = snapshot.quotas.iter().filter(|(backend, _)| *backend == model.backend).flat_map(|(_, states)| states);
    parts.extend(quotas.map(super::quota));
    parts.extend((!model.licence.name.is_empty()).then(|| clean_line(&model.licence.name).into_owned()));
    let can = capabilities(model);
    parts.extend((!can.is_empty()).then_some(can));
    let unknown = model.licence.name.is_empty() && model.licence.class == LicenceClass::Unknown;
    parts.extend(unknown.then(|| "licence not known".to_owned()));
    parts.join(" · ")
}

/// How a model is held in memory, how long it stays, and how many use it; where it is on its way, that.
fn held(model: &Model, snapshot: &ModelsSnapshot) -> Option<String> {
    let memory = snapshot.memory_of(&model.backend);
    let managed = memory.and_then(|memory| memory.models.iter().find(|held| held.model == model.id));
    let on_its_way = managed.and_then(|held| match held.phase {
        MemoryPhase::Waiting => Some("waits for memory"),
        MemoryPhase::Loading => Some("is being loaded"),
        MemoryPhase::Leaving => Some("leaves the memory"),
        MemoryPhase::Ready => None,
    });
    if let Some(words) = on_its_way {
        return Some(words.to_owned());
    }
    let resident = model.resident.as_ref()?;
    let mut text = super::in_memory(resident);
    if resident.vram_bytes > 0 && resident.vram_bytes < resident.size_bytes {
        text.push_str(&format!(" ({} on the GPU)", bytes(resident.vram_bytes)));
    }
    match managed.map_or(0, |held| held.users) {
        0 => {
            let left = resident.expires_ms.map(|at| at.saturating_sub(snapshot.at_ms)).filter(|ms| (1..FOR_EVER).contains(ms));
            text.extend(left.map(|ms| format!(", for {}", duration(ms.unsigned_abs()))));
        }
        1 => text.push_str(", in use"),
        users => text.push_str(&format!(", in use {users} times")),
    }
    Some(text)
}

/// A server that holds a model for ever names a time centuries away.
const FOR_EVER: i64 = 10 * 365 * 86_400_000;

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
