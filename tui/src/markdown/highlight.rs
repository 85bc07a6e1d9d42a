//! Colours of code.
//!
//! What must stay true: what a line is depends on the lines of its block before it alone; each line is read once while it
//! stays as it is; what takes too long (a line without end, a block without end) has no colours.

use std::collections::VecDeque;
use std::sync::OnceLock;
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxReference, SyntaxSet};

/// Bytes of the longest line that is read.
const LONGEST_LINE: usize = 2_000;
/// Blocks that are remembered.
const BLOCKS: usize = 48;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Token {
    /// Nothing special.
    #[default]
    Plain,
    /// A keyword.
    Keyword,
    /// A string.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
    /// The name of a function.
    Function,
    /// The name of a type.
    Type,
    /// A constant.
    Constant,
    /// A variable.
    Variable,
    /// An operator.
    Operator,
    /// An attribute.
    Attribute,
    /// A tag of a page, a key of data.
    Tag,
    /// A heading.
    Heading,
    /// A line that was added.
    Inserted,
    /// A line that was taken out.
    Deleted,
}

/// The scopes that mean something here; the deepest that is listed tells. Names are those of Sublime Text's scope naming.
const SCOPES: &[(&str, Token)] = &[
    ("comment", Token::Comment),
    ("string", Token::Text),
    ("constant.character.escape", Token::Constant),
    ("constant.numeric", Token::Number),
    ("constant", Token::Constant),
    ("keyword.operator", Token::Operator),
    ("keyword", Token::Keyword),
    ("storage.type.function", Token::Keyword),
    ("storage", Token::Keyword),
    ("entity.name.function", Token::Function),
    ("support.function", Token::Function),
    ("variable.function", Token::Function),
    ("entity.name.tag", Token::Tag),
    ("entity.other.attribute-name", Token::Attribute),
    ("entity.name.section", Token::Heading),
    ("markup.heading", Token::Heading),
    ("entity.name", Token::Type),
    ("entity.other.inherited-class", Token::Type),
    ("support.type.property-name", Token::Tag),
    ("support.type", Token::Type),
    ("support.class", Token::Type),
    ("support.constant", Token::Constant),
    ("variable.annotation", Token::Attribute),
    ("meta.annotation", Token::Attribute),
    ("variable.parameter", Token::Variable),
    ("variable.language", Token::Keyword),
    ("markup.inserted", Token::Inserted),
    ("markup.deleted", Token::Deleted),
    ("meta.mapping.key", Token::Tag),
];

struct Syntaxes {
    set: SyntaxSet,
    scopes: Vec<(Scope, Token)>,
}

static SYNTAXES: OnceLock<Syntaxes> = OnceLock::new();

fn syntaxes() -> &'static Syntaxes {
    SYNTAXES.get_or_init(|| {
        let scopes = SCOPES.iter().filter_map(|(name, token)| Some((Scope::new(name).ok()?, *token))).collect();
        Syntaxes { set: two_face::syntax::extra_newlines(), scopes }
    })
}

/// The syntax of a language, by the word that stands after a fence.
fn syntax(language: &str) -> Option<&'static SyntaxReference> {
    let language = match language.to_ascii_lowercase().as_str() {
        "" | "text" | "txt" | "plain" | "plaintext" | "output" | "console" => return None,
        "shell" | "zsh" => "sh".to_owned(),
        "jsonc" | "json5" => "json".to_owned(),
        "golang" => "go".to_owned(),
        "c#" => "cs".to_owned(),
        "c++" => "cpp".to_owned(),
        other => other.trim_start_matches("language-").trim_start_matches('{').trim_end_matches('}').to_owned(),
    };
    syntaxes().set.find_syntax_by_token(&language)
}

/// Names a block of code: the block of the conversation, and where the code begins in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) block: u64,
    pub(crate) start: u64,
}

/// A line: where each piece ends, and what it is.
pub(crate) type Line = Box<[(u32, Token)]>;

/// Reads code, and remembers what it has read.
#[derive(Default)]
pub(crate) struct Highlighter {
    /// The one used last is the last.
    blocks: VecDeque<Lit>,
}

/// A block of code as far as it was read.
struct Lit {
    place: Place,
    language: String,
    text: String,
    state: State,
    lines: Vec<Line>,
}

/// Where the reading of a block stands.
#[derive(Clone)]
pub(crate) struct State {
    parse: ParseState,
    stack: ScopeStack,
}

impl State {
    /// Reads one line, with its line break.
    fn read(&mut self, line: &str) -> Line {
        let known = syntaxes();
        let shown = line.trim_end_matches('\n').len();
        let plain = || -> Line { Box::new([(to_u32(shown), Token::Plain)]) };
        if line.len() > LONGEST_LINE {
            return plain();
        }
        let Ok(changes) = self.parse.parse_line(line, &known.set) else { return plain() };
        let mut pieces: Vec<(u32, Token)> = Vec::new();
        let mut at = 0;
        for (end, change) in changes.into_iter().map(|(end, change)| (end, Some(change))).chain([(shown, None)]) {
            let end = end.min(shown);
            if end > at {
                let token = token(&self.stack, &known.scopes);
                match pieces.last_mut().filter(|last| last.1 == token) {
                    Some(last) => last.0 = to_u32(end),
                    None => pieces.push((to_u32(end), token)),
                }
                at = end;
            }
            if let Some(change) = change
                && self.stack.apply(&change).is_err()
            {
                return plain();
            }
        }
        pieces.into_boxed_slice()
    }
}

fn token(stack: &ScopeStack, scopes: &[(Scope, Token)]) -> Token {
    let told = |scope: &Scope| scopes.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, token)| *token);
    stack.scopes.iter().rev().find_map(told).unwrap_or_default()
}

impl Highlighter {
    /// The lines of `text`, code in `language`, that stands at `place`; a last line without its break is read for now. What was
    /// read of it before is not read again. `before` is the code that it goes on from. Nothing where the language is not known.
    pub(crate) fn lines(&mut self, place: Place, language: &str, text: &str, before: Option<State>) -> Vec<Line> {
        let Some(syntax) = syntax(language) else { return Vec::new() };
        let found = self.blocks.iter().position(|lit| lit.place == place);
        let lit =
            found.and_then(|at| self.blocks.remove(at)).filter(|lit| lit.language == language && text.starts_with(&lit.text));
        let mut lit = lit.unwrap_or_else(|| {
            let state = before.unwrap_or_else(|| State { parse: ParseState::new(syntax), stack: ScopeStack::new() });
            Lit { place, language: language.to_owned(), text: String::new(), state, lines: Vec::new() }
        });
        let mut rest = &text[lit.text.len()..];
        while let Some(end) = rest.find('\n') {
            lit.lines.push(lit.state.read(&rest[..=end]));
            lit.text.push_str(&rest[..=end]);
            rest = &rest[end + 1..];
        }
        let mut lines = lit.lines.clone();
        if !rest.is_empty() {
            lines.push(lit.state.clone().read(&format!("{rest}\n")));
        }
        if self.blocks.len() >= BLOCKS {
            self.blocks.pop_front();
        }
        self.blocks.push_back(lit);
        lines
    }

    /// Where the reading of the code at `place` stands.
    pub(crate) fn state(&self, place: Place) -> Option<State> {
        self.blocks.iter().find(|lit| lit.place == place).map(|lit| lit.state.clone())
    }

    /// What is remembered of a block of the conversation is over.
    pub(crate) fn forget(&mut self, block: u64) {
        self.blocks.retain(|lit| lit.place.block != block);
    }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place { block: 1, start: 0 };

    fn told(language: &str, text: &str) -> Vec<(String, Token)> {
        let lines = Highlighter::default().lines(HERE, language, text, None);
        let mut all = Vec::new();
        for (line, source) in lines.iter().zip(text.split('\n')) {
            let mut at = 0;
            for (end, token) in line {
                all.push((source[at..*end as usize].to_owned(), *token));
                at = *end as usize;
            }
        }
        all
    }

    #[test]
    fn words_of_a_language_are_told_apart() {
        for (language, text, word, token) in [
            ("rust", "fn main() {}", "fn", Token::Keyword),
            ("rs", "let x = \"a\"; // b", "\"a\"", Token::Text),
            ("rust", "let x = 12;", "12", Token::Number),
            ("python", "def go(a):\n    return 1", "def", Token::Keyword),
            ("Python", "# why\n", "# why", Token::Comment),
            ("js", "const a = `b`;", "const", Token::Keyword),
            ("ts", "let a: number = 1;", "let", Token::Keyword),
            ("toml", "[a]\nb = 1", "1", Token::Number),
            ("diff", "+ a\n- b\n", "+ a", Token::Inserted),
            ("bash", "echo hi # there", "# there", Token::Comment),
            ("yaml", "a: 1", "a", Token::Tag),
            ("html", "<p class=\"a\">", "p", Token::Tag),
        ] {
            assert!(told(language, text).contains(&(word.to_owned(), token)), "{language}: {:?}", told(language, text));
        }
        assert_eq!(told("no such language", "fn"), []);
        assert_eq!(told("", "fn"), []);
    }

    #[test]
    fn code_that_comes_in_pieces_is_what_it_is_as_a_whole() {
        let text = "/* one\ntwo */ fn main() {\n    let s = \"x\ny\";\n}\nfn";
        let whole = Highlighter::default().lines(HERE, "rust", text, None);
        let mut growing = Highlighter::default();
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            growing.lines(HERE, "rust", &text[..end], None);
        }
        assert_eq!(growing.lines(HERE, "rust", text, None), whole);
        // Another text in its place is read anew.
        assert_ne!(growing.lines(HERE, "rust", "let a = 1;", None), whole);
    }

    #[test]
    fn a_line_without_end_has_no_colours() {
        let text = "let a = 1; ".repeat(1000);
        let lines = Highlighter::default().lines(HERE, "rust", &text, None);
        assert_eq!(lines, [vec![(to_u32(text.len()), Token::Plain)].into_boxed_slice()]);
    }
}
