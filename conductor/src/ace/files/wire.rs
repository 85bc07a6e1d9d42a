//! The shapes of the files. Without `flatten` and `untagged`, behind which errors lose their line.

use crate::domain::{Bullet, BulletId, Counts, Playbook, PlaybookKey, Provenance, Stage, Text};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize as DeriveDeserialize, Serialize, Serializer};
use std::fmt;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A playbook.
#[derive(Debug, Serialize, DeriveDeserialize)]
pub(super) struct BookFile {
    #[serde(default)]
    pub(super) key: Option<PlaybookKey>,
    #[serde(default)]
    pub(super) off: bool,
    #[serde(serialize_with = "by_name", deserialize_with = "bullets")]
    pub(super) bullets: Vec<BulletFile>,
    /// Written for others; here they come of the bullets.
    #[serde(skip_deserializing, serialize_with = "pairs")]
    sections: Vec<(String, Vec<String>)>,
    #[serde(skip_deserializing)]
    next_id: u32,
}

/// A bullet.
#[derive(Debug, Serialize, DeriveDeserialize)]
pub(super) struct BulletFile {
    #[serde(default, deserialize_with = "name")]
    pub(super) id: Option<String>,
    #[serde(default)]
    section: String,
    content: String,
    #[serde(default)]
    helpful: u32,
    #[serde(default)]
    harmful: u32,
    #[serde(default)]
    neutral: u32,
    #[serde(default, with = "iso")]
    created_at: Option<i64>,
    #[serde(default, with = "iso")]
    updated_at: Option<i64>,
    #[serde(default)]
    stage: Option<Stage>,
    #[serde(default)]
    pinned: bool,
    #[serde(default)]
    provenance: Option<Provenance>,
}

impl BookFile {
    pub(super) fn of(book: &Playbook) -> Self {
        let sections = book.sections().into_iter();
        let names = |list: Vec<&Bullet>| list.into_iter().map(Bullet::name).collect();
        Self {
            key: Some(book.key.clone()),
            off: book.off,
            bullets: book.bullets.values().map(BulletFile::of).collect(),
            sections: sections.map(|(section, list)| (section.to_owned(), names(list))).collect(),
            next_id: book.next,
        }
    }
}

impl BulletFile {
    pub(super) fn of(bullet: &Bullet) -> Self {
        Self {
            id: Some(bullet.name()),
            section: bullet.text.section.clone(),
            content: bullet.text.content.clone(),
            helpful: bullet.counts.helpful,
            harmful: bullet.counts.harmful,
            neutral: bullet.counts.neutral,
            created_at: Some(bullet.created_ms),
            updated_at: Some(bullet.updated_ms),
            stage: Some(bullet.stage),
            pinned: bullet.pinned,
            provenance: Some(bullet.provenance.clone()),
        }
    }

    /// With the number `id`. A bullet without a stage is on trial, one without an origin is of the file, one without a time of now.
    pub(super) fn into_bullet(self, id: BulletId, now_ms: i64) -> Bullet {
        let created_ms = self.created_at.unwrap_or(now_ms);
        Bullet {
            id,
            text: Text { section: self.section, content: self.content },
            counts: Counts { helpful: self.helpful, harmful: self.harmful, neutral: self.neutral },
            stage: self.stage.unwrap_or(Stage::Shadow),
            pinned: self.pinned,
            provenance: self.provenance.unwrap_or(Provenance::Import { source: self.id.unwrap_or_default() }),
            created_ms,
            updated_ms: self.updated_at.unwrap_or(created_ms),
        }
    }
}

/// As an object, in this order: a map would be sorted by name.
fn by_name<S: Serializer>(bullets: &[BulletFile], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(bullets.len()))?;
    bullets.iter().try_for_each(|bullet| map.serialize_entry(bullet.id.as_deref().unwrap_or_default(), bullet))?;
    map.end()
}

fn pairs<S: Serializer>(sections: &[(String, Vec<String>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(sections.iter().map(|(name, list)| (name, list)))
}

/// By name or as a list.
fn bullets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<BulletFile>, D::Error> {
    struct Bullets;
    impl<'de> Visitor<'de> for Bullets {
        type Value = Vec<BulletFile>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bullets, by name or as a list")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some((name, mut bullet)) = map.next_entry::<String, BulletFile>()? {
                bullet.id.get_or_insert(name);
                all.push(bullet);
            }
            Ok(all)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(bullet) = seq.next_element()? {
                all.push(bullet);
            }
            Ok(all)
        }
    }
    deserializer.deserialize_any(Bullets)
}

/// Text, a number, or nothing.
fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct Name;
    impl Visitor<'_> for Name {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of a bullet")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(text.to_owned()))
        }

        fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }

        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Name)
}

/// Times in ISO 8601, to the millisecond.
mod iso {
    use super::*;

    /// The earliest and the latest that can be written: of the years 0 to 9999.
    const WRITABLE: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

    pub(super) fn serialize<S: Serializer>(ms: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        let at = ms.filter(|ms| WRITABLE.contains(ms)).map(|ms| i128::from(ms) * 1_000_000);
        let text = at.and_then(|at| OffsetDateTime::from_unix_timestamp_nanos(at).ok()).and_then(|at| at.format(&Rfc3339).ok());
        text.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        // Others write times without a zone, or with a blank before the clock; theirs are in UTC.
        let written = text.trim().replacen(' ', "T", 1);
        let parsed =
            OffsetDateTime::parse(&written, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{written}Z"), &Rfc3339));
        let at = parsed.map_err(|_| de::Error::custom(format!("{text:?} is no time in ISO 8601")))?;
        Ok(i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok())
    }
}
