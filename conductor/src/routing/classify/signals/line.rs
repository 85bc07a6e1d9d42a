//! What the characters of a line tell, each by its neighbours.

use super::{Signal, Signals};

/// Extensions of files of code, settings and data.
const CODE: &[&str] = &[
    "py",
    "rs",
    "js",
    "ts",
    "tsx",
    "jsx",
    "go",
    "java",
    "kt",
    "c",
    "h",
    "cpp",
    "hpp",
    "cs",
    "rb",
    "php",
    "sh",
    "bash",
    "ps1",
    "sql",
    "html",
    "css",
    "scss",
    "json",
    "yaml",
    "yml",
    "toml",
    "xml",
    "lua",
    "swift",
    "ipynb",
    "vue",
    "tf",
    "log",
    "ini",
    "conf",
    "cfg",
    "lock",
    "md",
    "csv",
    "xlsx",
    "dockerfile",
    "gradle",
    "r",
    "jl",
    "hs",
    "ex",
    "proto",
    "service",
];

impl Signals {
    pub(super) fn line(&mut self, line: &str) {
        let bytes = line.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let (before, after) = (at.checked_sub(1).map_or(b' ', |i| bytes[i]), bytes.get(at + 1).copied().unwrap_or(b' '));
            self.byte(line, at, *byte, before, after);
        }
        self.mark(Signal::Trace, is_trace(line));
        self.mark(Signal::Query, is_query(line));
        self.mark(Signal::Options, is_option(line));
    }

    /// What one character says, by its neighbours.
    fn byte(&mut self, line: &str, at: usize, byte: u8, before: u8, after: u8) {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let rest = &line.as_bytes()[at..];
        match byte {
            b'(' if word(before) && after != b' ' => self.call(line, at),
            b'_' if before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric() => self.mark(Signal::Identifier, true),
            b'`' if before != b'`' && after != b'`' => self.mark(Signal::InlineCode, true),
            b'.' if before.is_ascii_alphanumeric() && after.is_ascii_alphabetic() => self.dot(line, at),
            b'=' | b'!' if after == b'=' => self.mark(Signal::Operator, true),
            b'=' if after == b'>' => self.mark(Signal::Operator, true),
            b'-' if after == b'>' => self.mark(Signal::Operator, true),
            b':' if after == b':' || after == b'=' => self.mark(Signal::Operator, true),
            b'&' | b'|' if after == byte => self.mark(Signal::Operator, true),
            b'+' if after == b'=' || after == b'+' => self.mark(Signal::Operator, true),
            b'{' | b'}' => self.set(Signal::Operator, 0.5),
            b';' if rest.len() == 1 => self.mark(Signal::Operator, true),
            b'-' if before == b' ' && after == b'-' && rest.get(2).is_some_and(u8::is_ascii_lowercase) => {
                self.mark(Signal::Flag, true);
            }
            b'/' if (after.is_ascii_alphabetic() && (before == b' ' || before == b'~')) => {
                self.mark(Signal::Path, rest[1..].iter().take_while(|b| **b != b' ').any(|b| *b == b'/'));
            }
            b'\\' if after.is_ascii_alphabetic() => self.backslash(rest),
            b'<' if after.is_ascii_alphabetic() || after == b'/' => self.mark(Signal::Markup, rest.contains(&b'>')),
            b'@' if word(before) && word(after) => self.mark(Signal::Address, true),
            b'$' if after.is_ascii_digit() => self.mark(Signal::Money, true),
            b'$' => self.mark(Signal::Formula, rest[1..].contains(&b'$') && after != b' '),
            b'%' if before.is_ascii_digit() || before == b' ' => self.mark(Signal::Percent, true),
            b'#' if after.is_ascii_digit() => self.mark(Signal::Code, true),
            b'^' if word(before) || before == b')' => self.mark(Signal::Equation, true),
            b'=' => self.equals(before, after, rest),
            b'+' | b'*' | b'/' if before.is_ascii_digit() && after.is_ascii_digit() => self.mark(Signal::Equation, true),
            b'+' | b'*' | b'-' if before == b' ' && after == b' ' => self.spaced(line, at),
            0xe2 | 0xcf | 0xce | 0xc2 | 0xc3 => self.sign(rest),
            _ => {}
        }
    }

    fn call(&mut self, line: &str, at: usize) {
        let name = line.as_bytes()[..at].iter().rev().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_');
        let (mut letters, mut length) = (0, 0);
        for byte in name {
            length += 1;
            letters += usize::from(byte.is_ascii_lowercase() || *byte == b'_');
        }
        // `f(x)` is mathematics as often as not.
        if length > 1 && letters > 1 {
            self.mark(Signal::Call, true);
        } else if length == 1 {
            self.set(Signal::Equation, 0.5);
        }
    }

    fn dot(&mut self, line: &str, at: usize) {
        let end = line[at + 1..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(line.len(), |n| at + 1 + n);
        let extension = &line[at + 1..end];
        if CODE.contains(&extension) {
            self.mark(Signal::FileName, true);
        } else if ["com", "org", "net", "io", "dev", "edu", "de", "co", "uk"].contains(&extension) {
            self.mark(Signal::Address, true);
        } else if extension.len() > 2 && extension.starts_with(|c: char| c.is_ascii_lowercase()) {
            self.set(Signal::Identifier, 0.5);
        }
    }

    fn backslash(&mut self, rest: &[u8]) {
        const LATEX: [&[u8]; 20] = [
            b"\\frac", b"\\sqrt", b"\\int", b"\\sum", b"\\begin", b"\\left", b"\\cdot", b"\\times", b"\\pi", b"\\le", b"\\ge",
            b"\\lim", b"\\infty", b"\\alpha", b"\\theta", b"\\math", b"\\text", b"\\log", b"\\in", b"\\binom",
        ];
        self.mark(Signal::Formula, LATEX.iter().any(|name| rest.starts_with(name)));
    }

    /// `x = 3` and `3x+2=11` are equations; `count = f()` may be, `key=value` is an argument.
    fn equals(&mut self, before: u8, after: u8, rest: &[u8]) {
        let value = rest[1..].iter().find(|b| **b != b' ').copied().unwrap_or(b' ');
        if before.is_ascii_digit() || value == b'?' || value.is_ascii_digit() && before != b' ' {
            self.mark(Signal::Equation, true);
        } else if value.is_ascii_digit() {
            self.set(Signal::Equation, 0.7);
        }
        if before.is_ascii_lowercase() && !matches!(after, b' ' | b'=') {
            self.mark(Signal::Argument, true);
        }
    }

    /// `3 + 4`, but not `this - that`.
    fn spaced(&mut self, line: &str, at: usize) {
        let bytes = line.as_bytes();
        let left = at.checked_sub(2).and_then(|i| bytes.get(i)).copied().unwrap_or(b' ');
        let right = bytes.get(at + 2).copied().unwrap_or(b' ');
        let lone = |b: Option<u8>| b.is_none_or(|b| !b.is_ascii_alphabetic());
        let variable = right.is_ascii_lowercase() && lone(bytes.get(at + 3).copied());
        if left.is_ascii_digit() && (right.is_ascii_digit() || variable) || left == b')' && right.is_ascii_digit() {
            self.mark(Signal::Equation, true);
        }
    }

    /// Signs beyond ASCII: `∫ √ ≤ π ² ×`.
    fn sign(&mut self, rest: &[u8]) {
        let length = if rest[0] == 0xe2 { 3 } else { 2 };
        let Some(c) = rest.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(|s| s.chars().next()) else {
            return;
        };
        match c {
            '€' | '£' | '¥' => self.mark(Signal::Money, true),
            '∫' | '√' | '≤' | '≥' | '≠' | '∑' | '∏' | '∞' | '∂' | '∈' | '∀' | '∃' | '≡' | 'π' | 'θ' | 'λ' | 'Δ' | 'σ' | 'μ'
            | 'α' | 'β' | '²' | '³' | '×' | '÷' | '·' | '±' | '⁴' | '→' => self.mark(Signal::MathSign, true),
            _ => {}
        }
    }
}

fn is_option(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches('(').as_bytes();
    matches!(line, [b'A'..=b'E' | b'a'..=b'e', b')' | b'.', b' ', ..]) || line.windows(4).any(|w| w == b" B) " || w == b"(B) ")
}

pub(super) fn is_code(line: &str) -> bool {
    const BEGINS: [&str; 30] = [
        "def ",
        "class ",
        "import ",
        "from ",
        "return ",
        "fn ",
        "let ",
        "const ",
        "var ",
        "function ",
        "public ",
        "private ",
        "#include",
        "using ",
        "package ",
        "for (",
        "if (",
        "while (",
        "} else",
        "elif ",
        "print(",
        "assert ",
        "async ",
        "impl ",
        "pub ",
        "select ",
        "SELECT ",
        "$ ",
        "sudo ",
        "@",
    ];
    let trimmed = line.trim_start();
    let ends = trimmed.ends_with([';', '{', '}']) || trimmed.ends_with("):") || trimmed.ends_with("=> {");
    let begins = BEGINS.iter().any(|begin| trimmed.starts_with(begin));
    ends || begins && trimmed.contains(['(', ':', '=', '{', ';', '<', '*', '-', '/'])
}

fn is_trace(line: &str) -> bool {
    let line = line.trim_start();
    ["Traceback", "Exception in thread", "panicked at", "Segmentation fault", "Caused by:", "error[E"]
        .iter()
        .any(|t| line.contains(t))
        || line.contains("Error: ")
        || line.contains("Exception: ")
        || line.starts_with("at ") && line.ends_with(')')
        || line.starts_with("File \"")
        || line.starts_with("npm ERR!")
}

fn is_query(line: &str) -> bool {
    let has = |word: &str| line.contains(word);
    has("SELECT ") && has("FROM")
        || has("INSERT INTO")
        || has("CREATE TABLE")
        || has("GROUP BY")
        || has("INNER JOIN")
        || has("LEFT JOIN")
}
