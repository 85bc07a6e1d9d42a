//! Playbooks in a database of their own for each family of models, beside the main one, so that what was learnt with a family can be
//! copied or deleted alone.
//!
//! What must stay true: a playbook that stands in the file of its family is read from there alone; one that stands in the main database
//! is moved there, deltas and all, before its first change; a crash in between leaves it in both, of which the file's counts.
//! The lock is held to look up a handle, and never over an `await`.

use super::playbooks::{self, Whole};
use super::{Store, StoreError};
use crate::domain::PlaybookKey;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// The ending of the files.
const ENDING: &str = "db";

/// The databases of families.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
    open: Mutex<BTreeMap<String, Store>>,
}

impl Shelf {
    /// In `folder`, which is made with the first file.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::default() }
    }

    /// That of `family`, made where it is not there.
    fn of(&self, family: &str) -> Store {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.entry(family.to_owned()).or_insert_with(|| Store::open(self.path(family))).clone()
    }

    /// That of `family`, where it is there.
    fn there(&self, family: &str) -> Option<Store> {
        self.path(family).exists().then(|| self.of(family))
    }

    fn path(&self, family: &str) -> PathBuf {
        self.folder.join(format!("{family}.{ENDING}"))
    }

    /// All that are there, by family.
    pub(super) fn all(&self) -> Vec<Store> {
        let files = std::fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let families = files.filter(|path| path.extension().is_some_and(|ending| ending == ENDING));
        let mut families: Vec<String> =
            families.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).filter(|family| is_family(family)).collect();
        families.sort_unstable();
        families.iter().map(|family| self.of(family)).collect()
    }

    /// Those that were opened; none is open then.
    pub(super) fn take(&self) -> Vec<Store> {
        std::mem::take(&mut *self.open.lock().unwrap_or_else(PoisonError::into_inner)).into_values().collect()
    }
}

/// Whether a file may be of ours by its name.
fn is_family(name: &str) -> bool {
    PlaybookKey::new("general", name, None).is_ok()
}

impl Store {
    /// Where `key` is read from.
    pub(super) async fn home(&self, key: &PlaybookKey) -> Result<Self, StoreError> {
        let Some(file) = self.shelf.as_ref().and_then(|shelf| shelf.there(&key.family)) else { return Ok(self.clone()) };
        Ok(if file.has(key).await? { file } else { self.clone() })
    }

    /// Where `key` is changed: moved there where it stood elsewhere.
    pub(super) async fn home_for_change(&self, key: &PlaybookKey) -> Result<Self, StoreError> {
        let Some(shelf) = &self.shelf else { return Ok(self.clone()) };
        let file = shelf.of(&key.family);
        file.run(|db| playbooks::count_from_above(&db.conn)).await?;
        if file.has(key).await? {
            return Ok(file);
        }
        let name = key.clone();
        let whole: Option<Whole> = self.run(move |db| playbooks::take_out(&mut db.conn, &name)).await?;
        if let Some(whole) = whole {
            file.run(move |db| playbooks::put_in(&mut db.conn, &whole)).await?;
            let name = key.clone();
            self.run(move |db| playbooks::remove(&db.conn, &name)).await?;
        }
        Ok(file)
    }

    async fn has(&self, key: &PlaybookKey) -> Result<bool, StoreError> {
        let key = key.clone();
        self.run(move |db| Ok(playbooks::find(&db.conn, &key)?.is_some())).await
    }
}
