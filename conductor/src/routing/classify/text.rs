//! A prompt as words: folded to small letters without accents, with the places where sentences begin.
//!
//! What must stay true: pure; the cost depends on [`HEAD`] and [`TAIL`], not on the length of the prompt; nothing in a prompt
//! makes it panic.

use std::borrow::Cow;

/// Bytes that are read of the beginning of a prompt, where a request mostly stands.
const HEAD: usize = 4096;
/// Bytes that are read of its end, where it stands otherwise: below what was pasted.
const TAIL: usize = 2048;
/// Longer words are no words of a language.
const LONGEST: usize = 28;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters.
    Word,
    /// A number: it begins with a digit.
    Number,
    /// A run of a script that writes no spaces between words.
    Unspaced,
    /// Letters with digits or underscores among them, or with capitals inside: a name that a program might have.
    Name,
}

/// A token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it stands in [`Text::folded`].
    pub(super) start: u32,
    pub(super) end: u32,
    /// It began with a capital letter.
    pub(super) capital: bool,
    /// It is the first of a sentence.
    pub(super) first: bool,
    /// It stands in a fenced block.
    pub(super) fenced: bool,
}

/// A prompt as tokens.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) folded: String,
    pub(super) tokens: Vec<Token>,
}

impl Text {
    /// The token's letters.
    pub(super) fn of(&self, token: &Token) -> &str {
        self.folded.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// Reads `text`, which is [`sampled`].
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader {
            out: Self { folded: String::with_capacity(text.len() + 16), tokens: Vec::with_capacity(text.len() / 4) },
            open: None,
            first: true,
            fenced: false,
        };
        for line in text.split_inclusive('\n') {
            reader.line(line);
        }
        reader.out
    }
}

/// The parts of a prompt that are read: all of it, or its beginning and its end. Of several blanks between words one is left; those
/// before a line stay, for code stands in.
pub(super) fn sampled(text: &str) -> Cow<'_, str> {
    let text = ends(text.trim());
    let doubled = text.as_bytes().windows(2).any(|pair| is_blank(pair[1]) && (is_blank(pair[0]) || pair[1] == b'\t'));
    if !doubled {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let words = line.trim_start_matches([' ', '\t']);
        out.push_str(&line[..line.len() - words.len()]);
        let mut blank = false;
        for c in words.chars() {
            let blanks = matches!(c, ' ' | '\t');
            if !(blanks && blank) {
                out.push(if blanks { ' ' } else { c });
            }
            blank = blanks;
        }
    }
    out.into()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn ends(text: &str) -> Cow<'_, str> {
    if text.len() <= HEAD + TAIL {
        return text.into();
    }
    let head = &text[..text.floor_char_boundary(HEAD)];
    let cut = text.ceil_char_boundary(text.len() - TAIL);
    // A block that is closed in between is closed here, one that is opened there is open.
    let open = |part: &str| part.lines().filter(|line| is_fence(line.trim_start())).count() % 2 == 1;
    let fence = if open(head) == open(&text[..cut]) { "" } else { "```\n" };
    format!("{head}\n{fence}{}", &text[cut..]).into()
}

/// Whether a line opens or closes a block; one that does both within itself does neither.
fn is_fence(line: &str) -> bool {
    ["```", "~~~"].iter().any(|mark| line.strip_prefix(mark).is_some_and(|rest| !rest.contains(mark)))
}

/// Accents that stand as characters of their own behind their letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}')
}

struct Reader {
    out: Text,
    open: Option<Token>,
    /// The next token begins a sentence.
    first: bool,
    fenced: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        let mark = line.trim_start();
        if is_fence(mark) {
            self.fenced = !self.fenced;
            return;
        }
        if line.trim().is_empty() {
            self.first = true;
        }
        let mut before = ' ';
        for c in line.chars() {
            self.take(c, before);
            before = c;
        }
        self.close();
        self.first = true;
    }

    fn take(&mut self, c: char, before: char) {
        if c.is_ascii() {
            self.ascii(c, before);
        } else if c == '’' && before.is_alphabetic() || is_mark(c) {
            // Within a word.
        } else if is_unspaced(c) {
            self.push(c, Kind::Unspaced);
        } else if c.is_alphabetic() {
            let capital = c.is_uppercase();
            self.letter(capital, before);
            for small in c.to_lowercase() {
                fold(small, &mut self.out.folded);
            }
            self.grow();
        } else {
            self.close();
            if matches!(c, '。' | '？' | '！' | '…') {
                self.first = true;
            }
        }
    }

    fn ascii(&mut self, c: char, before: char) {
        match c {
            'a'..='z' | 'A'..='Z' => {
                self.letter(c.is_ascii_uppercase(), before);
                self.out.folded.push(c.to_ascii_lowercase());
                self.grow();
            }
            '0'..='9' | '_' => {
                match &mut self.open {
                    Some(open) if open.kind == Kind::Word => open.kind = Kind::Name,
                    Some(open) if open.kind == Kind::Unspaced => self.close(),
                    _ => {}
                }
                if self.open.is_none() {
                    self.begin(if c == '_' { Kind::Name } else { Kind::Number }, false);
                }
                self.out.folded.push(c);
                self.grow();
            }
            // Within a word: `don't` is one. Its mark is left out, as many leave it out.
            '\'' if before.is_alphabetic() && self.open.is_some() => {}
            '.' | '?' | '!' => {
                self.close();
                self.first = true;
            }
            _ => self.close(),
        }
    }

    fn letter(&mut self, capital: bool, before: char) {
        match &mut self.open {
            Some(open) if open.kind == Kind::Unspaced => self.close(),
            // `5pm`, `3kg` are a number and a word.
            Some(open) if open.kind == Kind::Number => self.close(),
            Some(open) if open.kind == Kind::Word && capital && before.is_lowercase() => open.kind = Kind::Name,
            _ => {}
        }
        if self.open.is_none() {
            self.begin(Kind::Word, capital);
        }
    }

    fn push(&mut self, c: char, kind: Kind) {
        if self.open.is_some_and(|open| open.kind != kind) {
            self.close();
        }
        if self.open.is_none() {
            self.begin(kind, false);
        }
        self.out.folded.push(c);
        self.grow();
    }

    fn begin(&mut self, kind: Kind, capital: bool) {
        let start = u32::try_from(self.out.folded.len()).unwrap_or(u32::MAX);
        let first = std::mem::take(&mut self.first);
        self.open = Some(Token { kind, start, end: start, capital, first, fenced: self.fenced });
    }

    fn grow(&mut self) {
        if let Some(open) = &mut self.open {
            open.end = u32::try_from(self.out.folded.len()).unwrap_or(u32::MAX);
        }
    }

    fn close(&mut self) {
        if let Some(mut token) = self.open.take() {
            if token.kind == Kind::Word && (token.end - token.start) as usize > LONGEST {
                token.kind = Kind::Name;
            }
            self.out.tokens.push(token);
        }
    }
}

/// Han, Hiragana, Katakana and Thai.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0E7F}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}')
}

/// Latin letters without their accents, since many people leave them out; all others as they are.
pub(super) fn fold(c: char, into: &mut String) {
    let plain = match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => "a",
        'ç' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => "o",
        'ù' | 'ú' | 'û' | 'ü' => "u",
        'ý' | 'ÿ' => "y",
        'ß' => "ss",
        'œ' => "oe",
        'æ' => "ae",
        _ => return into.push(c),
    };
    into.push_str(plain);
}

/// `word` as it stands in [`Text::folded`].
pub(super) fn folded(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars().filter(|c| *c != '\'' && *c != '’').flat_map(char::to_lowercase) {
        fold(c, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let text = Text::read(text);
        text.tokens.iter().map(|t| format!("{}{}", if t.first { "^" } else { "" }, text.of(t))).collect()
    }

    #[test]
    fn tokens() {
        for (text, want) in [
            ("", vec![]),
            ("Hello, World", vec!["^hello", "world"]),
            ("Don't! Écris-moi", vec!["^dont", "^ecris", "moi"]),
            ("at 5pm on x2", vec!["^at", "5", "pm", "on", "x2"]),
            ("my_var isOk", vec!["^my_var", "isok"]),
            ("写一个函数 in rust", vec!["^写一个函数", "in", "rust"]),
            ("a\n\nb", vec!["^a", "^b"]),
            ("Straße", vec!["^strasse"]),
            ("re\u{301}sume\u{301} u\u{308}ber", vec!["^resume", "uber"]),
            ("\0\u{1b}[2J", vec!["^2", "j"]),
        ] {
            let want: Vec<String> = want.into_iter().map(str::to_owned).collect();
            let got = words(text);
            assert_eq!(got, want, "{text:?}");
        }
    }

    #[test]
    fn what_is_read_of_a_long_prompt() {
        let long = "é".repeat(100_000);
        let read = sampled(&long);
        assert!(read.len() <= HEAD + TAIL + 1 && read.len() > HEAD + TAIL - 8);
        assert_eq!(sampled("short"), "short");
        // A block that is closed in the part that is left out leaves the request below it outside.
        let code = format!("```\n{}\n```\n{}\nplease sort it", "x = 1\n".repeat(900), "prose ".repeat(600));
        let read = sampled(&code);
        let text = Text::read(&read);
        assert!(text.tokens.iter().rev().take(3).all(|token| !token.fenced), "{:?}", text.tokens.last());
    }

    #[test]
    fn kinds() {
        let text = Text::read("camelCase snake_x plain 12 漢字\n```\ninside\n```\nout");
        let kinds: Vec<Kind> = text.tokens.iter().map(|t| t.kind).collect();
        use Kind::{Name, Number, Unspaced, Word};
        assert_eq!(kinds, [Name, Name, Word, Number, Unspaced, Word, Word]);
        let fenced: Vec<bool> = text.tokens.iter().map(|t| t.fenced).collect();
        assert_eq!(fenced, [false, false, false, false, false, true, false]);
    }
}
