//! How many tokens bullets are in a prompt, without writing them out.
//!
//! What must stay true: the figure of a line is the estimate of the line as it is written; the sum of all lines and headings is never
//! less than the estimate of the block.

use super::{EXPLANATION, FENCE, Form};
use crate::domain::{Bullet, estimate_tokens, section_word};
use std::collections::HashMap;

/// Measures lines; the sections are measured once.
#[derive(Debug)]
pub struct Measure<'a> {
    form: Form,
    sections: HashMap<&'a str, Section>,
}

/// What does not change from bullet to bullet of a section.
#[derive(Debug, Clone, Copy)]
struct Section {
    /// ASCII characters in the name before the number.
    ascii: usize,
    /// Others.
    other: usize,
    /// Tokens of its heading.
    heading: usize,
}

impl<'a> Measure<'a> {
    /// Of lines in `form`.
    pub fn new(form: Form) -> Self {
        Self { form, sections: HashMap::new() }
    }

    /// About how many tokens the line of `bullet` is, its end included.
    pub fn line(&mut self, bullet: &'a Bullet) -> usize {
        let section = self.section(&bullet.text.section);
        let counts = bullet.counts;
        // The characters of the form itself, as in `- [errors-00001] … (helpful=5, harmful=0, neutral=1)`.
        let form = match self.form {
            Form::Long => {
                38 + digits(bullet.id.0).max(5) + digits(counts.helpful) + digits(counts.harmful) + digits(counts.neutral)
            }
            Form::Short | Form::Wider => {
                8 + self.form.mark().len() + digits(bullet.id.0) + digits(counts.helpful) + digits(counts.harmful)
            }
        };
        let (ascii, other) = split(&bullet.text.content);
        (form + section.ascii + ascii).div_ceil(4) + section.other + other
    }

    /// About how many tokens the heading of `section` is.
    pub fn heading(&mut self, section: &'a str) -> usize {
        self.section(section).heading
    }

    fn section(&mut self, section: &'a str) -> Section {
        let form = self.form;
        *self.sections.entry(section).or_insert_with(|| {
            let word = section_word(section);
            let shown = match form {
                Form::Long => &word[..],
                Form::Short | Form::Wider => &word[..word.chars().next().map_or(0, char::len_utf8)],
            };
            let (ascii, other) = split(shown);
            Section { ascii, other, heading: estimate_tokens(section) + 1 }
        })
    }
}

/// How many characters of `text` are ASCII, and how many others.
fn split(text: &str) -> (usize, usize) {
    if text.is_ascii() {
        return (text.len(), 0);
    }
    let ascii = text.bytes().filter(u8::is_ascii).count();
    (ascii, text.chars().count() - ascii)
}

fn digits(number: u32) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// About how many tokens the explanation and the fences are.
pub fn frame_tokens() -> usize {
    estimate_tokens(EXPLANATION) + 2 * FENCE
}
