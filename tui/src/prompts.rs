//! Prompts of the user's own: the files of the folder `prompts` beside the configuration.
//!
//! What must stay true: a folder that is not there is an empty one; a file that is called like a prompt and cannot be read is an
//! error, and is not passed over.

use conductor::domain::{Failure, FailureKind};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// No prompt is longer, in bytes.
const LARGEST: u64 = 256 << 10;

/// The files of `folder` that end in `.md`, by name, with their texts. Hidden ones are none.
///
/// # Errors
/// Where one of them, or the folder, cannot be read.
pub(crate) fn read(folder: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error.kind().to_string())),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error.kind().to_string()))?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    files.sort();
    files.into_iter().map(|path| text(&path).map(|text| (path, text))).collect()
}

fn text(path: &Path) -> Result<String, Failure> {
    let failed = |error: io::Error| unreadable(path, &error.kind().to_string());
    // A pipe would keep the reader waiting.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(unreadable(path, "it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable(path, "it is larger than 256 KiB"));
    }
    String::from_utf8(bytes).map_err(|_| unreadable(path, "it is not UTF-8 text"))
}

fn unreadable(path: &Path, why: &str) -> Failure {
    let hint = "mend it, or move it out of the folder; `segno config prompts` lists the prompts";
    Failure::new(FailureKind::Broken, format!("{} cannot be read: {why}", path.display()), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_prompts_by_name_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let prompts = folder.path().join("prompts");
        assert_eq!(read(&prompts), Ok(Vec::new()), "it need not be there");
        std::fs::create_dir(&prompts).unwrap();
        for (name, text) in
            [("b.v1.md", "two"), ("a.v1.md", "one"), (".a.v1.md", "hidden"), ("a.v1.md~", "kept"), ("a.txt", "no")]
        {
            std::fs::write(prompts.join(name), text).unwrap();
        }
        let found = [("a.v1.md", "one"), ("b.v1.md", "two")].map(|(name, text)| (prompts.join(name), text.to_owned()));
        assert_eq!(read(&prompts), Ok(found.to_vec()));
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.v1.md");
        for (bytes, why) in
            [(vec![0xff, 0xfe], "it is not UTF-8 text"), (vec![b'x'; (256 << 10) + 1], "it is larger than 256 KiB")]
        {
            std::fs::write(&file, bytes).unwrap();
            let failure = read(folder.path()).unwrap_err();
            assert_eq!(failure.what, format!("{} cannot be read: {why}", file.display()));
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(read(folder.path()).unwrap_err().what.ends_with("it is no ordinary file"));
        assert!(read(&folder.path().join("a.v1.md").join("b")).is_ok_and(|none| none.is_empty()));
    }
}
