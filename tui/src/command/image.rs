//! `segno image clean`: an image without its metadata, as it would go to a model.
//!
//! What must stay true: a file is there whole or not at all; nothing is overwritten that the user did not say.

use super::{Exit, complain};
use crate::args::ImageCommand;
use crate::attach;
use crate::sanitise::clean_line;
use crate::setup::Start;
use crate::words;
use anyhow::Result;
use conductor::Inspector;
use conductor::domain::{Failure, FailureKind, Image};
use std::io::{IsTerminal, Write};
use std::path::Path;

/// Stands for stdin and for stdout.
const STREAM: &str = "-";

/// Runs it. What came of it is said on stderr.
///
/// # Errors
/// Where a rule of the configuration cannot be used.
pub fn run(what: &ImageCommand, start: &Start) -> Result<Exit> {
    let ImageCommand::Clean { input, output, force } = what;
    let inspector = Inspector::new(&start.config)?;
    Ok(match clean(&inspector, input, output, *force) {
        Ok(line) => {
            say(&line);
            Exit::Ok
        }
        Err(failure) => {
            complain("error", &failure.what, &failure.hint);
            Exit::Failed
        }
    })
}

/// Cleans `input` into `output`; says what was written.
fn clean(inspector: &Inspector, input: &Path, output: &Path, force: bool) -> Result<String, Failure> {
    let to_stream = output.as_os_str() == STREAM;
    if to_stream && std::io::stdout().is_terminal() {
        return Err(refused("an image is not written to a terminal", "name a file, or pipe it into a program"));
    }
    // Before the work, so that nobody waits for it in vain; and again with the write, which is what counts.
    if !to_stream && !force && output.symlink_metadata().is_ok() {
        return Err(there_already(output));
    }
    let bytes = source(input)?;
    let image = inspector.clean_image(&bytes)?;
    if to_stream {
        let written = std::io::stdout().lock().write_all(&image.bytes).and_then(|()| std::io::stdout().flush());
        written.map_err(|error| refused(format!("stdout cannot be written: {error}"), ""))?;
    } else {
        fits(output, &image)?;
        write(output, &image, force)?;
    }
    let was = inspector.image_format(&bytes).unwrap_or("image");
    Ok(report(&shown(output), &image, was, bytes.len()))
}

fn source(input: &Path) -> Result<Vec<u8>, Failure> {
    if input.as_os_str() != STREAM {
        return attach::read(input, &input.to_string_lossy());
    }
    if std::io::stdin().is_terminal() {
        return Err(refused("nothing is piped in", "name a file, or pipe an image in"));
    }
    attach::bounded(std::io::stdin().lock(), "stdin")
}

/// `cat.png: PNG 800x600, 12,345 bytes (was JPEG, 98,765 bytes)`
fn report(output: &str, image: &Image, was: &str, before: usize) -> String {
    let (width, height, bytes) = (image.width, image.height, words::grouped(image.bytes.len()));
    format!("{output}: {} {width}x{height}, {bytes} bytes (was {was}, {} bytes)", format(image), words::grouped(before))
}

fn format(image: &Image) -> &'static str {
    if image.media_type == "image/png" { "PNG" } else { "JPEG" }
}

/// Whether the name says what is in the file: a PNG that is called a photo opens nowhere.
fn fits(output: &Path, image: &Image) -> Result<(), Failure> {
    let right: &[&str] = if image.media_type == "image/png" { &["png"] } else { &["jpg", "jpeg"] };
    let extension = output.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    if right.contains(&extension.as_str()) {
        return Ok(());
    }
    let better = output.with_extension(right[0]);
    let what = format!("{} would hold a {}", shown(output), format(image));
    Err(refused(what, format!("write it to {}", shown(&better))))
}

/// Writes beside the target, and puts it in its place in one step.
fn write(output: &Path, image: &Image, force: bool) -> Result<(), Failure> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let unwritten = |error: std::io::Error| {
        refused(format!("{} cannot be written: {error}", shown(output)), "look at the folder: is it there, and is it yours?")
    };
    let mut file = new_file(folder).map_err(unwritten)?;
    file.write_all(&image.bytes).and_then(|()| file.as_file().sync_all()).map_err(unwritten)?;
    let kept = if force { file.persist(output) } else { file.persist_noclobber(output) };
    match kept {
        Ok(_) => Ok(()),
        Err(error) if !force && error.error.kind() == std::io::ErrorKind::AlreadyExists => Err(there_already(output)),
        Err(error) => Err(unwritten(error.error)),
    }
}

/// A file that others may read, as any other that a program makes: the mask of the process has the last word.
#[cfg(unix)]
fn new_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o644)).tempfile_in(folder)
}

#[cfg(not(unix))]
fn new_file(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(folder)
}

fn there_already(output: &Path) -> Failure {
    refused(format!("{} is there already", shown(output)), "choose another name, or say --force")
}

fn shown(path: &Path) -> String {
    clean_line(&path.to_string_lossy()).into_owned()
}

fn refused(what: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Refused, what, hint)
}

/// Where stderr is gone, there is nobody to tell.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
