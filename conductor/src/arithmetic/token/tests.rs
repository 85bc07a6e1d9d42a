//! What texts are read as.

use super::*;

/// The tokens as one line: numerals and operators as they are, `w` for a word, `'` around a mark.
fn read(text: &str) -> String {
    let show = |token: &Token| match &token.kind {
        Kind::Number(plain) => plain.clone(),
        Kind::Op(op) => op.sign().trim().to_owned(),
        Kind::Open => "(".to_owned(),
        Kind::Close => ")".to_owned(),
        Kind::Percent => "%".to_owned(),
        Kind::Call(_) => "call".to_owned(),
        Kind::Fraction => "frac".to_owned(),
        Kind::Equals => "=".to_owned(),
        Kind::Approx => "≈".to_owned(),
        Kind::Word => "w".to_owned(),
        Kind::Mark(mark) => format!("'{mark}'"),
    };
    lex(text).tokens.iter().map(show).collect::<Vec<_>>().join(" ")
}

#[test]
fn texts() {
    for (text, want) in [
        ("17 * 23 = 391.", "17 × 23 = 391 '.'"),
        ("17×23=391", "17 × 23 = 391"),
        ("**17 * 23** = **391**", "17 × 23 = 391"),
        ("*2 + 3 = 5*", "2 + 3 = 5"),
        ("**5** 6", "5 6"),
        ("2**10 = 1024", "2 ^ 10 = 1024"),
        ("2 ** 10", "2 ^ 10"),
        ("x * 2", "w × 2"),
        ("x*2", "w × 2"),
        ("`17` + `2`", "17 + 2"),
        ("3 x 4", "3 × 4"),
        ("3x4", "3 × 4"),
        ("3 x + 4", "3 w + 4"),
        ("0x10", "0 w"),
        ("2x", "2 w"),
        ("a_1 + 2", "w + 2"),
        ("3² + 10⁻³", "3 ^ 2 + 10 ^ - 3"),
        ("15% of 80", "15 % of 80"),
        ("15 % of $80", "15 % of 80"),
        ("root of 9", "w w 9"),
        ("17 % 5", "17 % 5"),
        ("a == 5 != 6 <= 7 => 8 += 1", "w '≠' 5 '≠' 6 '≠' 7 '→' 8 '≠' 1"),
        ("17 \\times 23 &= 391 \\\\", "17 × 23 = 391 ';'"),
        (r"\(\frac{1}{2} \cdot \sqrt{4}\) \approx 1", "frac ( 1 ) ( 2 ) × call ( 4 ) ≈ 1"),
        (r"1{,}000 + 1\,000 \$5 20\%", "1,000 + 1 000 5 20 %"),
        (r"\boxed{391} \sum \log_2", "( 391 ) w w 2"),
        (r"\sqrt[3]{8}", "w '[' 3 ']' ( 8 )"),
        ("1 000 + 1'000 + 1\u{202F}000", "1 000 + 1'000 + 1 000"),
        ("12 34", "12 34"),
        ("2024 100", "2024 100"),
        ("1.5e3 2e 3e5x", "1.5e3 2 w 3 w"),
        ("5! - π", "5 '!' - w"),
        ("don't 1.2.3", "w 1.2.3"),
        (".5 + 2.", ".5 + 2 '.'"),
        ("½ 30°", "'½' 30 '°'"),
    ] {
        assert_eq!(read(text), want, "{text:?}");
    }
    assert!(lex("5 – 3").tokens[1].odd && lex("1 000").tokens[0].odd && !lex("5 - 3").tokens[1].odd);
    assert!(lex("$5 + €3").currencies_mixed && !lex("$5 + $3").currencies_mixed);
}
