//! The few commands of LaTeX that calculations are written with.

use super::{Kind, Lexer};
use crate::arithmetic::expression::{Function, Op};

/// Commands that change nothing: sizes, blanks, the way the text looks. The braces after them are parentheses for us.
const DRESS: [&str; 24] = [
    "left",
    "right",
    "big",
    "Big",
    "bigg",
    "Bigg",
    "bigl",
    "bigr",
    "Bigl",
    "Bigr",
    "quad",
    "qquad",
    "displaystyle",
    "textstyle",
    "text",
    "textbf",
    "textit",
    "mathbf",
    "mathrm",
    "mathit",
    "bf",
    "boxed",
    "fbox",
    "underline",
];

impl Lexer<'_> {
    /// A command: a backslash and letters, or a backslash and one sign.
    pub(super) fn command(&mut self) {
        let rest = &self.rest()[1..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters == 0 {
            return self.escaped(rest.chars().next());
        }
        let name = &rest[..letters];
        let kind = match name {
            "times" | "cdot" | "ast" => Kind::Op(Op::Mul),
            "div" => Kind::Op(Op::Div),
            "frac" | "dfrac" | "tfrac" | "cfrac" => Kind::Fraction,
            // With an index it is another root.
            "sqrt" if rest[letters..].starts_with('{') => Kind::Call(Function::Root),
            "approx" | "simeq" | "cong" => Kind::Approx,
            "implies" | "Rightarrow" | "rightarrow" | "to" | "therefore" | "because" => Kind::Mark('→'),
            "ne" | "neq" | "le" | "leq" | "ge" | "geq" | "lt" | "gt" | "equiv" | "sim" => Kind::Mark('≠'),
            "newline" => Kind::Mark(';'),
            name if DRESS.contains(&name) => {
                self.spaced = true;
                return self.skip(1 + letters);
            }
            _ => Kind::Word,
        };
        self.push(kind, 1 + letters);
    }

    /// A backslash before `sign`: a blank, a mark around LaTeX, or the sign itself.
    fn escaped(&mut self, sign: Option<char>) {
        match sign {
            Some('\\') => self.push(Kind::Mark(';'), 2),
            Some('%') if self.after_operand() => self.push(Kind::Percent, 2),
            Some('*') if self.after_operand() => self.push(Kind::Op(Op::Mul), 2),
            Some(' ' | ',' | ';' | ':' | '!' | '(' | ')' | '[' | ']') => {
                self.spaced = true;
                self.skip(2);
            }
            // The sign is read for itself.
            Some('$' | '-' | '+' | '=' | '_' | '&' | '.') => self.skip(1),
            _ => self.push(Kind::Mark('\\'), 1),
        }
    }
}
