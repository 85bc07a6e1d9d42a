//! What the shape of a prompt tells, whatever its words: marks of code, of formulas, of data, of length.
//!
//! What must stay true: pure; one pass over the lines; each signal lies in 0..=1.

use super::text::{Kind, Text};

/// A mark that a prompt may bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Signal {
    Fence,
    InlineCode,
    CodeLine,
    Call,
    Identifier,
    Operator,
    FileName,
    Path,
    Flag,
    Markup,
    Trace,
    Query,
    Formula,
    Equation,
    MathSign,
    Percent,
    Money,
    Unit,
    NoNumber,
    FewNumbers,
    SomeNumbers,
    ManyNumbers,
    Clock,
    Address,
    Code,
    Argument,
    Options,
    Quoted,
    Colon,
    Question,
    QuestionInside,
    NameInside,
    NamesInside,
    NoCapital,
    OneSentence,
    FewSentences,
    ManySentences,
    Lines,
    List,
    Words3,
    Words6,
    Words10,
    Words16,
    Words30,
    Words60,
    Words120,
    WordsMore,
}

/// The names of the signals, in their order; they stand in the file of weights.
pub(super) const NAMES: [&str; 47] = [
    "code fence",
    "code in backticks",
    "line of code",
    "function call",
    "identifier",
    "operator",
    "file name",
    "path",
    "command-line flag",
    "markup tag",
    "stack trace",
    "database query",
    "LaTeX",
    "equation",
    "mathematical sign",
    "percentage",
    "amount of money",
    "number with a unit",
    "no number",
    "one or two numbers",
    "three or four numbers",
    "five numbers or more",
    "time of day",
    "e-mail or web address",
    "reference code",
    "argument",
    "lettered options",
    "quotation",
    "text after a colon",
    "ends with a question mark",
    "question mark before the end",
    "one proper name",
    "proper names",
    "no capital letter",
    "one sentence",
    "two to four sentences",
    "five sentences or more",
    "many lines",
    "list",
    "up to 3 words",
    "4 to 6 words",
    "7 to 10 words",
    "11 to 16 words",
    "17 to 30 words",
    "31 to 60 words",
    "61 to 120 words",
    "more than 120 words",
];

/// How strongly each signal is there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Signals(pub(super) [f32; NAMES.len()]);

impl Signals {
    fn set(&mut self, signal: Signal, value: f32) {
        let slot = &mut self.0[signal as usize];
        *slot = slot.max(value.clamp(0.0, 1.0));
    }

    fn mark(&mut self, signal: Signal, there: bool) {
        if there {
            self.set(signal, 1.0);
        }
    }

    /// The signals of `text`, whose tokens are `read`. A fence counts wherever in the `whole` it stands.
    pub(super) fn of(whole: &str, text: &str, read: &Text) -> Self {
        let mut signals = Self([0.0; NAMES.len()]);
        let mut code_lines = 0.0_f32;
        let (mut lines, mut items) = (0, 0);
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            lines += 1;
            items += usize::from(is_item(line));
            code_lines += f32::from(u8::from(is_code(line)));
            signals.line(line);
        }
        signals.set(Signal::CodeLine, code_lines / 3.0);
        signals.mark(Signal::Fence, whole.contains("```") || whole.contains("~~~"));
        signals.mark(Signal::Lines, lines >= 5);
        signals.set(Signal::List, (items as f32 - 1.0) / 3.0);
        signals.shape(text, read);
        signals
    }

    fn line(&mut self, line: &str) {
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

    /// What the tokens tell: how many of what.
    fn shape(&mut self, text: &str, read: &Text) {
        let mut count = Count::default();
        for (at, token) in read.tokens.iter().enumerate() {
            count.words += 1;
            count.sentences += usize::from(token.first);
            match token.kind {
                Kind::Number => count.number(read, at),
                Kind::Unspaced => count.words += (token.end - token.start) as usize / 6,
                Kind::Name => self.set(Signal::Identifier, 0.6),
                Kind::Word => {}
            }
            let name = token.capital && !token.first && token.end - token.start > 1 && !token.fenced;
            count.capitals += usize::from(token.capital);
            count.names += usize::from(name);
        }
        let end = text.trim_end().trim_end_matches(['"', '\'', ')', '*']);
        let asks = end.ends_with(['?', '？']);
        self.mark(Signal::Question, asks);
        self.mark(Signal::QuestionInside, end.trim_end_matches(['?', '？']).contains(['?', '？']));
        self.mark(Signal::Quoted, is_quoted(text));
        self.mark(Signal::Colon, text.find(": ").or_else(|| text.find(":\n")).is_some_and(|at| text.len() - at > 40));
        self.counted(&count);
    }

    fn counted(&mut self, count: &Count) {
        use Signal::*;
        let one_of = |value: usize, bounds: &[(usize, Signal)], more: Signal| {
            bounds.iter().find(|(most, _)| value <= *most).map_or(more, |(_, signal)| *signal)
        };
        self.mark(one_of(count.numbers, &[(0, NoNumber), (2, FewNumbers), (4, SomeNumbers)], ManyNumbers), true);
        self.mark(one_of(count.sentences, &[(1, OneSentence), (4, FewSentences)], ManySentences), true);
        let words = [(3, Words3), (6, Words6), (10, Words10), (16, Words16), (30, Words30), (60, Words60), (120, Words120)];
        self.mark(one_of(count.words, &words, WordsMore), true);
        self.mark(NameInside, count.names == 1);
        self.mark(NamesInside, count.names > 1);
        self.mark(NoCapital, count.capitals == 0);
        self.mark(Unit, count.units);
        self.mark(Clock, count.clock);
    }
}

#[derive(Default)]
struct Count {
    words: usize,
    sentences: usize,
    numbers: usize,
    names: usize,
    capitals: usize,
    units: bool,
    clock: bool,
}

impl Count {
    fn number(&mut self, read: &Text, at: usize) {
        const UNITS: [&str; 40] = [
            "km", "m", "cm", "mm", "kg", "g", "mg", "lb", "lbs", "l", "ml", "liters", "litres", "meters", "metres", "miles",
            "mph", "feet", "ft", "inches", "hours", "hour", "minutes", "min", "seconds", "s", "days", "weeks", "months", "years",
            "dollars", "euros", "cents", "percent", "degrees", "kw", "kwh", "volts", "gallons", "ounces",
        ];
        self.numbers += 1;
        let after = read.tokens.get(at + 1).map(|token| read.of(token)).unwrap_or_default();
        self.units |= UNITS.contains(&after);
        self.clock |= matches!(after, "am" | "pm" | "oclock" | "uhr");
    }
}

fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ") || {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && digits < 3 && line[digits..].starts_with([')', '.'])
    }
}

fn is_option(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches('(').as_bytes();
    matches!(line, [b'A'..=b'E' | b'a'..=b'e', b')' | b'.', b' ', ..]) || line.windows(4).any(|w| w == b" B) " || w == b"(B) ")
}

fn is_code(line: &str) -> bool {
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

fn is_quoted(text: &str) -> bool {
    let quotes = text.bytes().filter(|b| *b == b'"').count();
    quotes >= 2 || text.contains(['“', '”', '«', '„', '「'])
}
