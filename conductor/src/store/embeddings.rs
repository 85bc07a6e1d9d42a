//! Embeddings of the words of bullets, by the model that made them.
//!
//! What must stay true: other words, or another model, are another row; a row that is no vector is as good as none.

use super::error::Trouble;
use crate::domain::{Digest, ModelId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

/// See [`super::Store::embeddings`].
pub(super) fn get(conn: &Connection, model: &ModelId, texts: Vec<String>) -> Result<Vec<(String, Vec<f32>)>, Trouble> {
    let mut statement = conn.prepare_cached("SELECT value FROM embeddings WHERE model = ?1 AND words = ?2")?;
    let mut found = Vec::new();
    for text in texts {
        let value: Option<Vec<u8>> = statement.query_row(params![model.as_str(), words(&text)], |row| row.get(0)).optional()?;
        if let Some(value) = value {
            let numbers = value.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
            found.push((text, numbers.collect()));
        }
    }
    Ok(found)
}

/// See [`super::Store::keep_embeddings`].
pub(super) fn put(conn: &mut Connection, model: &ModelId, made: &[(String, Vec<f32>)]) -> Result<(), Trouble> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (text, vector) in made.iter().filter(|(_, vector)| !vector.is_empty()) {
        let value: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
        let sql = "INSERT OR REPLACE INTO embeddings (model, words, value) VALUES (?1, ?2, ?3)";
        tx.prepare_cached(sql)?.execute(params![model.as_str(), words(text), value])?;
    }
    tx.commit()?;
    Ok(())
}

fn words(text: &str) -> [u8; 32] {
    Digest::of(text.as_bytes()).bytes()
}
