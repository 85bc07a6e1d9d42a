//! LaTeX as a person reads it on a terminal: `\frac{a}{b}` as `a/b`, `x^2` as `x²`, `\alpha` as `α`.
//!
//! What must stay true: what is not known stays as it is written; nothing is computed, and nothing is lost.

use super::flat::Flat;
use super::rendered::{Page, Rendered};
use super::symbols::{subscript, superscript, symbol};
use super::{Kind, Look};
use std::borrow::Cow;

/// Groups within groups that are looked into.
const DEEPEST: usize = 16;

/// Lays out mathematics that stands in lines of its own.
pub(super) fn render(source: &str, width: usize) -> Rendered {
    let trimmed = source.trim();
    let inside = ["\\[", "$$"].iter().find_map(|open| trimmed.strip_prefix(open)).unwrap_or(trimmed);
    let inside = ["\\]", "$$"].iter().find_map(|close| inside.strip_suffix(close)).unwrap_or(inside);
    let mut flat = Flat::default();
    flat.push(&readable(inside.trim()), Look::of(Kind::Math), 0);
    let mut page = Page::new(width);
    if !flat.is_blank() {
        page.indent(None, if width > 8 { "  " } else { "" }, Look::default());
        flat.write(&mut page);
        page.dedent();
    }
    page.finish()
}

/// `\( … \)` and `\[ … \]` become `$$ … $$`, which Markdown's reader knows, byte for byte as long; but not in code.
pub(super) fn dollars(text: &str) -> Cow<'_, str> {
    if !text.contains("\\(") && !text.contains("\\[") {
        return text.into();
    }
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    // Up to here no mark closes: not looked for again.
    let mut open_until = [0; 2];
    while at < bytes.len() {
        match bytes[at] {
            b'`' => {
                let run = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
                at += run + code_span(&bytes[at + run..], run).unwrap_or(0);
            }
            b'\\' if matches!(bytes.get(at + 1), Some(b'(' | b'[')) => {
                let (close, which) = if bytes[at + 1] == b'(' { ("\\)", 0) } else { ("\\]", 1) };
                if at < open_until[which] {
                    at += 2;
                    continue;
                }
                let rest = &text[at + 2..];
                let until = rest.find("\n\n").unwrap_or(rest.len());
                let closed = rest[..until].find(close);
                if closed.is_none() {
                    open_until[which] = at + 2 + until;
                }
                match closed.filter(|end| !rest[..*end].contains(['$', '`'])) {
                    Some(end) => {
                        out[at..at + 2].copy_from_slice(b"$$");
                        out[at + 2 + end..at + 4 + end].copy_from_slice(b"$$");
                        at += end + 4;
                    }
                    None => at += 2,
                }
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    String::from_utf8(out).map_or(text.into(), Cow::Owned)
}

/// Bytes to the end of a code span that was opened by `run` backticks.
fn code_span(bytes: &[u8], run: usize) -> Option<usize> {
    let mut at = 0;
    while at < bytes.len() {
        let marks = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
        if marks == run {
            return Some(at + marks);
        }
        at += marks.max(1);
    }
    None
}

/// A formula as text; a line for each of its rows.
pub(super) fn readable(formula: &str) -> String {
    let mut reader = Reader { rest: formula.trim(), depth: 0 };
    let text = reader.group(None);
    let lines: Vec<String> = text.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    /// Reads up to `close`, which is taken, or to the end.
    fn group(&mut self, close: Option<char>) -> String {
        self.depth += 1;
        let mut out = String::new();
        while let Some(c) = self.rest.chars().next() {
            if Some(c) == close {
                self.skip(c);
                break;
            }
            self.piece(c, &mut out);
        }
        self.depth -= 1;
        out
    }

    fn skip(&mut self, c: char) {
        self.rest = &self.rest[c.len_utf8()..];
    }

    fn piece(&mut self, c: char, out: &mut String) {
        match c {
            '\\' => self.command(out),
            '{' if self.depth < DEEPEST => {
                self.skip(c);
                out.push_str(&self.group(Some('}')));
            }
            '^' | '_' => {
                self.skip(c);
                let inside = self.argument();
                let small = if c == '^' { superscript(&inside) } else { subscript(&inside) };
                match small {
                    Some(small) => out.push_str(&small),
                    None if inside.chars().count() == 1 => out.extend([c].into_iter().chain(inside.chars())),
                    None => out.push_str(&format!("{c}({inside})")),
                }
            }
            '&' => {
                self.skip(c);
                out.push(' ');
            }
            '\n' | '~' => {
                self.skip(c);
                out.push(' ');
            }
            _ => {
                self.skip(c);
                out.push(c);
            }
        }
    }

    /// What a command or a sign applies to: a group, a command, or one character.
    fn argument(&mut self) -> String {
        self.rest = self.rest.trim_start_matches(' ');
        let mut out = String::new();
        match self.rest.chars().next() {
            Some('{') if self.depth < DEEPEST => {
                self.skip('{');
                return self.group(Some('}')).trim().to_owned();
            }
            Some('\\') if self.depth < DEEPEST => {
                self.depth += 1;
                self.command(&mut out);
                self.depth -= 1;
            }
            Some(c) => {
                self.skip(c);
                out.push(c);
            }
            None => {}
        }
        out.trim().to_owned()
    }

    /// What stands in square brackets here, if that is so.
    fn option(&mut self) -> Option<String> {
        self.rest.starts_with('[').then(|| {
            self.skip('[');
            self.group(Some(']'))
        })
    }

    fn command(&mut self, out: &mut String) {
        self.skip('\\');
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters == 0 {
            let Some(c) = self.rest.chars().next() else { return out.push('\\') };
            self.skip(c);
            match c {
                '\\' => {
                    // Its space between rows, `\\[2pt]`, says nothing.
                    self.option();
                    out.push('\n');
                }
                ',' | ';' | ':' | ' ' => out.push(' '),
                '!' => {}
                '|' => out.push('‖'),
                // Marks of Markdown's own are for nobody here.
                _ => out.push(c),
            }
            return;
        }
        let (name, rest) = self.rest.split_at(letters);
        self.rest = rest;
        self.named(name, out);
    }

    fn named(&mut self, name: &str, out: &mut String) {
        match name {
            "frac" | "dfrac" | "tfrac" | "cfrac" => {
                let (above, below) = (self.argument(), self.argument());
                out.push_str(&format!("{}/{}", grouped(&above), grouped(&below)));
            }
            "binom" | "tbinom" | "dbinom" => {
                let (n, k) = (self.argument(), self.argument());
                out.push_str(&format!("C({n}, {k})"));
            }
            "sqrt" => {
                let root = match self.option().as_deref() {
                    None => "√".to_owned(),
                    Some("3") => "∛".to_owned(),
                    Some("4") => "∜".to_owned(),
                    Some(n) => superscript(n).map_or_else(|| format!("root {n} of "), |n| format!("{n}√")),
                };
                let inside = self.argument();
                out.push_str(&format!("{root}{}", grouped(&inside)));
            }
            "text" | "textbf" | "textit" | "textrm" | "texttt" | "mathrm" | "mathbf" | "mathit" | "mathsf" | "mathtt"
            | "operatorname" | "boldsymbol" | "bm" | "mbox" | "emph" | "mathcal" | "mathfrak" | "mathscr" => {
                let inside = self.argument();
                out.push_str(&inside);
            }
            "mathbb" => {
                let inside = self.argument();
                out.push_str(symbol(&format!("bb {inside}")).unwrap_or(&inside));
            }
            "boxed" => {
                let inside = self.argument();
                out.push_str(&format!("[ {inside} ]"));
            }
            "hat" | "bar" | "vec" | "tilde" | "dot" | "ddot" | "overline" | "widehat" | "widetilde" => self.accent(name, out),
            "left" | "right" | "big" | "Big" | "bigg" | "Bigg" | "bigl" | "bigr" | "Bigl" | "Bigr" | "middle" => {
                // A fence that is not drawn.
                self.rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
            }
            "begin" | "end" => self.environment(name, out),
            "displaystyle" | "textstyle" | "limits" | "nolimits" | "quad" | "qquad" | "hspace" | "label" | "tag" | "nonumber"
            | "notag" => {
                if matches!(name, "hspace" | "label") {
                    self.argument();
                }
                out.push(' ');
            }
            _ => match symbol(name) {
                Some(known) => {
                    out.push_str(known);
                    // A name of letters ends where the next begins.
                    if known.ends_with(|c: char| c.is_ascii_alphabetic())
                        && self.rest.starts_with(|c: char| c.is_alphanumeric() || c == ' ')
                    {
                        out.push(' ');
                    }
                }
                None => out.push_str(&format!("\\{name}")),
            },
        }
    }

    /// A mark above a letter: a combining one where that is one letter.
    fn accent(&mut self, name: &str, out: &mut String) {
        let inside = self.argument();
        let mark = match name {
            "hat" | "widehat" => '\u{302}',
            "bar" | "overline" => '\u{304}',
            "vec" => '\u{20d7}',
            "tilde" | "widetilde" => '\u{303}',
            "dot" => '\u{307}',
            _ => '\u{308}',
        };
        if inside.chars().count() == 1 {
            out.push_str(&inside);
            out.push(mark);
        } else {
            out.push_str(&format!("{name}({inside})"));
        }
    }

    /// Rows between `\begin{…}` and `\end{…}`: they are told apart by their own breaks.
    fn environment(&mut self, which: &str, out: &mut String) {
        let name = self.argument();
        let columns = matches!(name.as_str(), "array" | "tabular");
        if which == "begin" && columns {
            self.argument();
        }
        let fences = match name.trim_end_matches('*') {
            "pmatrix" => ("( ", " )"),
            "bmatrix" => ("[ ", " ]"),
            "vmatrix" => ("| ", " |"),
            "cases" => ("{ ", ""),
            _ => ("", ""),
        };
        out.push_str(if which == "begin" { fences.0 } else { fences.1 });
    }
}

/// In brackets, where it is more than one name or number.
fn grouped(text: &str) -> String {
    let simple = text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '²' | '³')) || text.chars().count() == 1;
    if simple { text.to_owned() } else { format!("({text})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_readable() {
        for (formula, expected) in [
            (r"x^2 + y^{2} = z^2", "x² + y² = z²"),
            (r"\frac{a}{b}", "a/b"),
            (r"\frac{-b \pm \sqrt{b^2 - 4ac}}{2a}", "(-b ± √(b² - 4ac))/2a"),
            (r"\alpha_1 \le \beta^{n+1}", "α₁ ≤ βⁿ⁺¹"),
            (r"\sum_{i=1}^{n} i", "∑ᵢ₌₁ⁿ i"),
            (r"\int_0^\infty e^{-x}\,dx", "∫₀^∞ e⁻ˣ dx"),
            (r"\left( x \right)", "( x )"),
            (r"\text{if } x \in \mathbb{R}", "if x ∈ ℝ"),
            (r"a &= b \\ &= c", "a = b\n= c"),
            (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b\nc = d"),
            (r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}", "( 1 0\n0 1 )"),
            (r"\unknown{x}", r"\unknownx"),
            (r"\hat{x}", "x\u{302}"),
            (r"\sin x + \log_2 n", "sin x + log₂ n"),
            (r"50\%", "50%"),
            (r"\", r"\"),
            (r"{{{", ""),
            (r"^", "^()"),
        ] {
            assert_eq!(readable(formula), expected, "{formula}");
        }
        assert!(readable(&"{".repeat(100_000)).len() < 100_001);
        assert!(readable(&"\\frac".repeat(10_000)).len() > 1);
    }

    #[test]
    fn brackets_of_latex_become_dollars_of_the_same_length() {
        for (text, expected) in [
            (r"a \(x\) b", "a $$x$$ b"),
            (r"\[ x \]", "$$ x $$"),
            (r"`\(x\)`", r"`\(x\)`"),
            (r"``a ` \(x\)``", r"``a ` \(x\)``"),
            (r"\(x", r"\(x"),
            (r"\\(x\\)", r"\\(x\\)"),
            ("\\(a\n\nb\\)", "\\(a\n\nb\\)"),
        ] {
            assert_eq!(dollars(text), expected);
        }
    }
}
