//! What a front end may have looked at without a session: texts for secrets, images and files before they are attached, prompts.
//!
//! What must stay true: no I/O; the same rules as for what is sent.

use super::prompts::{self, PromptRow};
use crate::ace::roles::{TemplateId, built_in};
use crate::config::Config;
use crate::domain::{Failure, FailureKind, Finding, Image, Span};
use crate::privacy::scan::{ScanError, Scanner};
use crate::privacy::{attach, scan, strip};
use std::path::PathBuf;
use std::sync::Arc;

/// Looks at texts, files and images. Cheap to clone; what it does takes milliseconds to seconds, so not for the thread that
/// draws.
#[derive(Debug, Clone)]
pub struct Inspector {
    scanner: Arc<Scanner>,
}

impl Inspector {
    /// The most bytes of a file that are looked at: an image's; of a text fewer are taken.
    pub const MOST_BYTES: usize = strip::MAX_BYTES;

    /// With the rules of the configuration.
    ///
    /// # Errors
    /// Where a rule of the user's cannot be used.
    pub fn new(config: &Config) -> Result<Self, Failure> {
        let scanner = Scanner::new(&config.secret_rules, &config.secrets).map_err(|error| unscanned(&error))?;
        Ok(Self { scanner: Arc::new(scanner) })
    }

    /// The prompts of the roles that learn: those that come with Segno, and the user's own, which are files with their texts.
    ///
    /// # Errors
    /// Where one cannot be filled: with its file and line.
    pub fn prompts(files: &[(PathBuf, String)]) -> Result<Vec<PromptRow>, Failure> {
        prompts::rows(files)
    }

    /// The text of a prompt that comes with Segno, such as `reflector.v2`.
    pub fn built_in_prompt(name: &str) -> Option<&'static str> {
        TemplateId::parse(name).ok().and_then(|id| built_in(&id))
    }

    /// The secrets in a text; offsets are bytes of it.
    ///
    /// # Errors
    /// Where it cannot be searched.
    pub fn scan(&self, text: &str) -> Result<Vec<Finding>, Failure> {
        self.scanner.text(text).map_err(|error| unscanned(&error))
    }

    /// A text with its secrets masked.
    pub fn mask(&self, text: &str, findings: &[Finding]) -> String {
        scan::masked(text, findings)
    }

    /// An image with nothing left of its file but the pixels.
    ///
    /// # Errors
    /// Where it is no image, or one that is not taken: with what to do.
    pub fn clean_image(&self, bytes: &[u8]) -> Result<Image, Failure> {
        strip::clean(bytes).map_err(|error| refused(error.to_string(), error.hint()))
    }

    /// What image a file is, by its first bytes: `PNG`, `JPEG`, `WebP` or `GIF`; `None` for all that is not read.
    pub fn image_format(&self, bytes: &[u8]) -> Option<&'static str> {
        strip::Format::of(bytes).ok().map(strip::Format::name)
    }

    /// A file or image, ready to be attached to a prompt: an image is cleaned, a text is checked for size and kind.
    ///
    /// # Errors
    /// Where it is neither, or too large: with what to do.
    pub fn attachment(&self, name: &str, bytes: &[u8]) -> Result<Span, Failure> {
        attach::attachment(name, bytes).map_err(|error| refused(error.to_string(), error.hint()))
    }

    pub(super) fn scanner(&self) -> Arc<Scanner> {
        self.scanner.clone()
    }
}

fn unscanned(error: &ScanError) -> Failure {
    refused(error.to_string(), "mend the rule under [[secret_rules]] in your own config.toml, or take it out")
}

fn refused(what: String, hint: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Refused, what, hint)
}
