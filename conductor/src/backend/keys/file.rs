//! The file of keys: a table of TOML, `openai = "…"`, that only its owner can read.
//!
//! What must stay true: it is written to the disk beside the old one and then takes its place, so that neither a crash nor a
//! full disk leaves half of it; a file or folder that others can read is not read but refused; what stands in it is in no
//! error.

use crate::domain::{BackendId, Failure, FailureKind};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes.
const CAP: u64 = 256 * 1024;

/// Where a file is, or may come to be. An empty path is a file that is never there.
#[derive(Debug, Clone, Default)]
pub(super) struct File(PathBuf);

/// What the file has of a provider.
#[derive(Debug, Clone)]
pub(super) enum Held {
    Key(SecretString),
    /// `{ keyring = true }`: the key is there, and this says so without the keyring being asked.
    InKeyring,
}

type Rows = BTreeMap<String, Held>;

impl File {
    pub(super) fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn get(&self, provider: &BackendId) -> Result<Option<Held>, Failure> {
        Ok(self.read(true)?.remove(provider.as_str()))
    }

    pub(super) fn names(&self) -> Result<Vec<BackendId>, Failure> {
        Ok(self.read(true)?.into_keys().map(BackendId::new).collect())
    }

    /// Keeps `held`, and makes the file and its folder readable for their owner alone.
    pub(super) fn put(&self, provider: &BackendId, held: Held) -> Result<(), Failure> {
        let mut rows = self.read(false)?;
        rows.insert(provider.as_str().to_owned(), held);
        self.write(&rows)
    }

    /// False where there was nothing to take out.
    pub(super) fn take(&self, provider: &BackendId) -> Result<bool, Failure> {
        let mut rows = self.read(false)?;
        let there = rows.remove(provider.as_str()).is_some();
        if there {
            self.write(&rows)?;
        }
        Ok(there)
    }

    fn read(&self, strictly: bool) -> Result<Rows, Failure> {
        let unread = |error: std::io::Error| self.failure(&format!("cannot be read: {error}"), "look at who owns it");
        let mut file = match fs::File::open(&self.0) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound || self.0.as_os_str().is_empty() => return Ok(Rows::new()),
            Err(error) => return Err(unread(error)),
        };
        let about = file.metadata().map_err(unread)?;
        if strictly {
            private::check(self, &about)?;
        }
        if about.len() > CAP {
            return Err(self.failure("is too long for a file of keys", "keep nothing but keys in it"));
        }
        // All the room at once: a buffer that grows leaves copies behind.
        let mut text = Zeroizing::new(String::with_capacity(usize::try_from(about.len()).unwrap_or_default() + 1));
        (&mut file).take(CAP).read_to_string(&mut text).map_err(unread)?;
        let hint = "each line is the name of a provider and its key in quotes; `segno keys set` writes it";
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            // The error's own words show the line, and what stands in it.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            self.failure(&format!("cannot be read: there is a mistake in line {line}"), hint)
        })?;
        let row = |(name, value)| match held(value) {
            Some(held) => Ok((name, held)),
            None => Err(self.failure(&format!("cannot be read: what stands there for {name} is no key"), hint)),
        };
        table.into_iter().map(row).collect()
    }

    fn write(&self, rows: &Rows) -> Result<(), Failure> {
        let unwritten =
            |error: std::io::Error| self.failure(&format!("cannot be written: {error}"), "look at the folder and the disk");
        let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
        let Some(folder) = folder else { return Err(self.failure("is no place for keys", "")) };
        private::make_folder(folder).map_err(unwritten)?;
        let mut text =
            Zeroizing::new(String::from("# Keys of providers. Written by `segno keys set`. Do not share this file.\n"));
        for (name, held) in rows {
            let name = toml::Value::from(name.as_str());
            let value = match held {
                Held::Key(key) => Zeroizing::new(toml::Value::from(key.expose_secret()).to_string()),
                Held::InKeyring => Zeroizing::new("{ keyring = true }".to_owned()),
            };
            text.push_str(&format!("{name} = "));
            text.push_str(&value);
            text.push('\n');
        }
        // Readable for its owner alone from the first byte on: that is how it makes files.
        let mut new = tempfile::Builder::new().prefix(".keys").tempfile_in(folder).map_err(unwritten)?;
        new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(unwritten)?;
        new.persist(&self.0).map_err(|error| unwritten(error.error))?;
        private::sync_folder(folder).map_err(unwritten)
    }

    fn failure(&self, what: &str, hint: &str) -> Failure {
        Failure::new(FailureKind::Storage, format!("{} {what}", self.0.display()), hint)
    }
}

/// What a value of the table says; `None` for what is no key.
fn held(value: toml::Value) -> Option<Held> {
    match value {
        toml::Value::String(key) => super::checked(&Zeroizing::new(key)).ok().map(Held::Key),
        toml::Value::Table(place) if place.get("keyring").is_some_and(|on| on.as_bool() == Some(true)) => Some(Held::InKeyring),
        _ => None,
    }
}

#[cfg(unix)]
mod private {
    use super::{Failure, File, Path};
    use std::fs::{self, DirBuilder, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    const OTHERS: u32 = 0o077;

    /// Others may neither read the file, nor put another in its place.
    pub(super) fn check(file: &File, about: &Metadata) -> Result<(), Failure> {
        if about.permissions().mode() & OTHERS != 0 {
            let hint = format!("`chmod 600 {}` makes it yours alone, and so does `segno keys set`", file.0.display());
            return Err(file.failure("can be read by others, so it is not used", &hint));
        }
        let Some(folder) = file.0.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
        let open = fs::metadata(folder).is_ok_and(|about| about.permissions().mode() & OTHERS != 0);
        if open {
            let hint = format!("`chmod 700 {}` makes it yours alone, and so does `segno keys set`", folder.display());
            return Err(file.failure("is in a folder that is open to others, so it is not used", &hint));
        }
        Ok(())
    }

    pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mode = fs::metadata(folder)?.permissions().mode();
        if mode & OTHERS != 0 { fs::set_permissions(folder, Permissions::from_mode(0o700)) } else { Ok(()) }
    }

    /// The new name is on the disk, too.
    pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
        fs::File::open(folder)?.sync_all()
    }
}

/// On other systems a file in the user's own folder is the user's alone.
#[cfg(not(unix))]
mod private {
    use super::{Failure, File, Path};
    use std::{fs, io};

    pub(super) fn check(_: &File, _: &fs::Metadata) -> Result<(), Failure> {
        Ok(())
    }

    pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
        Ok(())
    }
}
