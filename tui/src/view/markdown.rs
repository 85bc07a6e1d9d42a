//! Looks as styles of the theme.

use super::theme::Theme;
use crate::markdown::{Kind, Look, Marks, Token};
use ratatui::style::Style;

/// The style of a piece of an answer.
pub(super) fn style(theme: &Theme, look: Look) -> Style {
    let base = match look.kind {
        Kind::Text if look.marks.has(Marks::QUOTE) => theme.quote,
        Kind::Text => theme.text,
        Kind::Heading(_) => theme.heading,
        Kind::Code => theme.code,
        Kind::Block(token) => theme.code_text.patch(of_token(theme, token)),
        Kind::Label => theme.code_label,
        Kind::Marker => theme.marker,
        Kind::Line => theme.rule,
        Kind::Math => theme.math,
        Kind::Address => theme.dim,
        Kind::Footnote => theme.footnote,
    };
    let marks = [
        (Marks::STRONG, theme.strong_text),
        (Marks::EMPHASIS, theme.emphasis),
        (Marks::STRIKE, theme.strike),
        (Marks::LINK, theme.link),
    ];
    marks.iter().filter(|(mark, _)| look.marks.has(*mark)).fold(base, |style, (_, more)| style.patch(*more))
}

fn of_token(theme: &Theme, token: Token) -> Style {
    let syntax = &theme.syntax;
    match token {
        Token::Plain => theme.code_text,
        Token::Keyword => syntax.keyword,
        Token::Text => syntax.string,
        Token::Number => syntax.number,
        Token::Comment => syntax.comment,
        Token::Function => syntax.function,
        Token::Type => syntax.type_,
        Token::Constant => syntax.constant,
        Token::Variable => syntax.variable,
        Token::Operator => syntax.operator,
        Token::Attribute => syntax.attribute,
        Token::Tag => syntax.tag,
        Token::Heading => syntax.heading,
        Token::Inserted => syntax.inserted,
        Token::Deleted => syntax.deleted,
    }
}
