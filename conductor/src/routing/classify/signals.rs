//! What the shape of a prompt tells, whatever its words: marks of code, of formulas, of data, of length.
//!
//! What must stay true: pure; one pass over the lines; each signal lies in 0..=1.

mod line;

use super::text::{Kind, Text};
use line::is_code;

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

fn is_quoted(text: &str) -> bool {
    let quotes = text.bytes().filter(|b| *b == b'"').count();
    quotes >= 2 || text.contains(['“', '”', '«', '„', '「'])
}
