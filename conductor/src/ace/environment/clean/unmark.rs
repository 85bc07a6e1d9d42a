//! Takes Markdown and LaTeX out of a text.
//!
//! What must stay true: one pass, and no look ahead or back that is not bounded.

use super::{BOX, UNBOX};

/// Commands of LaTeX that only dress what is in their braces.
const DRESSING: [&str; 12] = [
    "text",
    "textbf",
    "textit",
    "textrm",
    "mathrm",
    "mathbf",
    "mathit",
    "mathsf",
    "mathtt",
    "operatorname",
    "emph",
    "ensuremath",
];

/// Other commands of LaTeX, and what they are in plain text.
const COMMANDS: [(&str, &str); 23] = [
    ("times", "×"),
    ("cdot", "·"),
    ("div", "÷"),
    ("pm", "±"),
    ("approx", "≈"),
    ("le", "≤"),
    ("leq", "≤"),
    ("ge", "≥"),
    ("geq", "≥"),
    ("ne", "≠"),
    ("neq", "≠"),
    ("infty", "∞"),
    ("pi", "π"),
    ("sqrt", "sqrt"),
    ("circ", "°"),
    ("degree", "°"),
    ("quad", " "),
    ("qquad", " "),
    ("left", ""),
    ("right", ""),
    ("displaystyle", ""),
    ("rightarrow", "→"),
    ("implies", "⇒"),
];

/// What the brace that is open was opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Brace {
    /// It stays.
    Plain,
    /// It goes.
    Dress,
    /// It becomes a parenthesis.
    Paren,
    Boxed,
    /// The numerator of a fraction; true where it becomes a parenthesis.
    Over(bool),
}

/// Takes Markdown and LaTeX out.
pub(super) fn unmark(text: &str) -> String {
    let mut marks = Unmark { chars: text.chars().collect(), at: 0, out: String::with_capacity(text.len()), braces: Vec::new() };
    while let Some(c) = marks.peek(0) {
        marks.step(c);
    }
    while let Some(brace) = marks.braces.pop() {
        if brace == Brace::Boxed {
            marks.out.push(UNBOX);
        }
    }
    marks.out
}

struct Unmark {
    chars: Vec<char>,
    at: usize,
    out: String,
    braces: Vec<Brace>,
}

impl Unmark {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn step(&mut self, c: char) {
        match c {
            '\\' => self.command(),
            '$' => self.dollar(),
            '*' => self.stars(),
            '`' => self.at += 1,
            '{' if self.peek(1) == Some(',') && self.peek(2) == Some('}') => self.put(",", 3),
            '{' => self.open(Brace::Plain),
            '}' => self.close(),
            '^' if self.degree() => {}
            '^' | '_' if self.peek(1) == Some('{') => {
                self.put(if c == '^' { "^" } else { "_" }, 1);
                self.open(Brace::Dress);
            }
            _ => {
                self.out.push(c);
                self.at += 1;
            }
        }
    }

    fn put(&mut self, text: &str, taken: usize) {
        self.out.push_str(text);
        self.at += taken;
    }

    fn open(&mut self, brace: Brace) {
        match brace {
            Brace::Plain => self.out.push('{'),
            Brace::Paren | Brace::Over(true) => self.out.push('('),
            Brace::Boxed => self.out.push(BOX),
            Brace::Dress | Brace::Over(false) => {}
        }
        self.braces.push(brace);
        self.at += 1;
    }

    fn close(&mut self) {
        self.at += 1;
        match self.braces.pop() {
            Some(Brace::Plain) | None => self.out.push('}'),
            Some(Brace::Dress) => {}
            Some(Brace::Paren) => self.out.push(')'),
            Some(Brace::Boxed) => self.out.push(UNBOX),
            Some(Brace::Over(paren)) => {
                self.out.push_str(if paren { ")/" } else { "/" });
                if self.peek(0) == Some('{') {
                    self.open(if self.is_short_number() { Brace::Dress } else { Brace::Paren });
                }
            }
        }
    }

    /// `^\circ` and `^{\circ}`: a degree.
    fn degree(&mut self) -> bool {
        let braced = self.peek(1) == Some('{');
        let from = self.at + 1 + usize::from(braced);
        let found = "\\circ".chars().enumerate().all(|(ahead, c)| self.chars.get(from + ahead) == Some(&c));
        if found {
            let end = from + 5;
            self.at = if braced && self.chars.get(end) == Some(&'}') { end + 1 } else { end };
            self.out.push('°');
        }
        found
    }

    /// True where a brace follows that holds a numeral and nothing else.
    fn is_short_number(&self) -> bool {
        let mut inside = self.chars.iter().skip(self.at + 1).take(24);
        let length = inside.clone().take_while(|c| c.is_ascii_digit() || matches!(c, '.')).count();
        length > 0 && inside.nth(length) == Some(&'}')
    }

    fn command(&mut self) {
        let name: String = self.chars.iter().skip(self.at + 1).take(16).take_while(|c| c.is_ascii_alphabetic()).collect();
        let braced = self.peek(1 + name.len()) == Some('{');
        match name.as_str() {
            "" => self.escaped(),
            "boxed" | "fbox" if braced => {
                self.at += 1 + name.len();
                self.open(Brace::Boxed);
            }
            "frac" | "dfrac" | "tfrac" | "cfrac" => self.fraction(1 + name.len()),
            "sqrt" if braced => {
                self.put("sqrt", 1 + name.len());
                self.open(Brace::Paren);
            }
            dressing if braced && DRESSING.contains(&dressing) => {
                self.at += 1 + name.len();
                self.open(Brace::Dress);
            }
            known => match COMMANDS.iter().find(|(command, _)| *command == known) {
                Some((_, plain)) => self.put(plain, 1 + name.len()),
                None => self.put("\\", 1),
            },
        }
    }

    /// A backslash before a sign.
    fn escaped(&mut self) {
        match self.peek(1) {
            Some('(' | ')' | '[' | ']' | '!') => self.at += 2,
            Some(',' | ';' | ':' | ' ') => self.put(" ", 2),
            Some('\\') => self.put("\n", 2),
            Some(sign @ ('%' | '$' | '{' | '}' | '#' | '&' | '_' | '*' | '-' | '.')) => {
                self.out.push(sign);
                self.at += 2;
            }
            _ => self.put("\\", 1),
        }
    }

    fn fraction(&mut self, taken: usize) {
        if self.out.ends_with(|c: char| c.is_ascii_digit()) {
            self.out.push(' ');
        }
        self.at += taken;
        match (self.peek(0), self.peek(1)) {
            (Some('{'), _) => self.open(Brace::Over(!self.is_short_number())),
            (Some(over), Some(under)) if over.is_ascii_digit() && under.is_ascii_digit() => {
                self.out.extend([over, '/', under]);
                self.at += 2;
            }
            _ => self.out.push_str("\\frac"),
        }
    }

    /// A dollar is money where a digit follows, unless it closes or opens a formula: one opens it before what is no blank, and
    /// another closes it after what is none, where no digit follows.
    fn dollar(&mut self) {
        let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let before = self.at.checked_sub(1).and_then(|at| self.chars.get(at)).copied();
        let signed = self.peek(1) == Some('-') && digit(self.peek(2));
        let money = (digit(self.peek(1)) || signed) && !self.opens_formula();
        let prefix = before.is_some_and(|c| c.is_ascii_uppercase());
        if money || (prefix && digit(self.peek(1))) || (digit(before) && !self.closes_formula()) {
            self.out.push('$');
        }
        self.at += 1;
    }

    /// Looks for the closing dollar, not further than a formula in a line is long.
    fn opens_formula(&self) -> bool {
        let mut last = '$';
        let mut ahead = self.chars.iter().skip(self.at + 1).take(80).peekable();
        while let Some(&c) = ahead.next() {
            if c == '\n' {
                return false;
            }
            if c == '$' {
                let next_is_digit = ahead.peek().is_some_and(|c| c.is_ascii_digit());
                return !last.is_whitespace() && !next_is_digit;
            }
            last = c;
        }
        false
    }

    /// Looks back for the dollar that opened it, no further.
    fn closes_formula(&self) -> bool {
        let behind = self.chars[..self.at].iter().rev().take(80).take_while(|c| **c != '\n');
        behind.clone().any(|c| *c == '$')
    }

    /// Stars are kept where they multiply, `3*4` and `3 * 4`, and become `^` in `2**10`; all others are emphasis or bullets.
    fn stars(&mut self) {
        let run = self.chars.iter().skip(self.at).take_while(|c| **c == '*').count();
        let operand = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || matches!(c, '(' | ')'));
        let before = self.out.chars().next_back();
        let (next, later) = (self.peek(run), self.peek(run + 1));
        let tight = operand(before) && operand(next);
        let spaced = before == Some(' ') && next == Some(' ');
        let wide = spaced && operand(later) && operand(self.out.chars().nth_back(1));
        match run {
            1 if tight || wide => self.out.push('*'),
            2 if tight => self.out.push('^'),
            _ => {}
        }
        self.at += run;
    }
}
