//! Expressions, and what they come to.

use super::*;

/// Every row's text is worked out, or refused, as its second column says.
fn all(rows: &[(&str, &str)]) {
    for (text, want) in rows {
        let got = evaluate(text).map_or_else(|refused| format!("{refused:?}"), |worked| worked.to_string());
        assert_eq!(got, *want, "{text}");
    }
}

#[test]
fn expressions() {
    all(&[
        ("17*23", "17 × 23 = 391"),
        ("17 x 23", "17 × 23 = 391"),
        ("17×23", "17 × 23 = 391"),
        ("1 - 2 - 3", "1 - 2 - 3 = -4"),
        ("2 + 3 * 4", "2 + 3 × 4 = 14"),
        ("(2 + 3) * 4", "(2 + 3) × 4 = 20"),
        ("-3 + 5", "-3 + 5 = 2"),
        ("2 - -3", "2 - -3 = 5"),
        ("2^10", "2^10 = 1024"),
        ("2**10", "2^10 = 1024"),
        ("2³", "2^3 = 8"),
        ("10^-3", "10^-3 = 0.001"),
        ("2^3^2", "2^3^2 = 512"),
        ("1/3", "1 / 3 ≈ 0.3333333333"),
        ("1/8", "1 / 8 = 0.125"),
        ("0.1 + 0.2", "0.1 + 0.2 = 0.3"),
        ("15% of 80", "15% of 80 = 12"),
        ("80 * 15%", "80 × 15% = 12"),
        ("15 percent of 80", "15% of 80 = 12"),
        ("3/4 of 100", "3 / 4 of 100 = 75"),
        ("10% + 5%", "10% + 5% = 0.15"),
        ("100 + 10%", "Ambiguous"),
        ("sqrt(2)", "sqrt(2) ≈ 1.4142135624"),
        ("sqrt(16) + 1", "sqrt(16) + 1 = 5"),
        ("√16", "sqrt(16) = 4"),
        ("cbrt(27)", "cbrt(27) = 3"),
        ("abs(-3)", "abs(-3) = 3"),
        ("8^(1/3)", "8^(1 / 3) = 2"),
        ("1,234.5 * 2", "1234.5 × 2 = 2469"),
        ("3,5 * 2", "3.5 × 2 = 7"),
        ("1.000,5 + 1", "1000.5 + 1 = 1001.5"),
        ("1,234 * 2", "1234 × 2 = 2468"),
        ("1'000'000 / 8", "1000000 / 8 = 125000"),
        ("$5 * 3", "5 × 3 = 15"),
        (r"\frac{1}{2} \times 3", "(1 / 2) × 3 = 1.5"),
        ("2^100", "2^100 = 1267650600228229401496703205376"),
    ]);
}

#[test]
fn refusals() {
    all(&[
        ("(1+2", "NotArithmetic"),
        ("1+2)", "NotArithmetic"),
        ("1.000,5 + 1,000.5", "NotArithmetic"),
        ("10^10^10", "TooLarge"),
        ("9^9^9^9", "TooLarge"),
        ("2^0.123456789", "TooLarge"),
        ("(1/3)^5000", "TooLarge"),
        ("1/0", "Undefined"),
        ("0^0", "Undefined"),
        ("sqrt(-2)", "Undefined"),
        ("2(3)", "NotArithmetic"),
        ("2 3", "NotArithmetic"),
        ("17 % 5", "NotArithmetic"),
        ("5 of 3", "NotArithmetic"),
        ("x + 1", "NotArithmetic"),
        ("pi * 2", "NotArithmetic"),
        ("1 km + 1 m", "NotArithmetic"),
        ("5!", "NotArithmetic"),
        ("17", "NotArithmetic"),
        ("-17", "NotArithmetic"),
        ("50%", "NotArithmetic"),
        ("", "NotArithmetic"),
        ("+", "NotArithmetic"),
        ("1 +", "NotArithmetic"),
        ("1 = 1", "NotArithmetic"),
        ("roll d6", "NotArithmetic"),
        ("@debug 1", "NotArithmetic"),
    ]);
}

#[test]
fn what_is_too_much_is_refused_at_once() {
    let begun = std::time::Instant::now();
    for text in [
        "(".repeat(300) + "1",
        "-".repeat(300) + "1",
        "1+".repeat(199) + "1",
        "9".repeat(300),
        "(9^999)^999".to_owned(),
        "2^(2^(2^(2^2)))*2^900".to_owned(),
        "1".repeat(500),
    ] {
        assert!(evaluate(&text).is_err(), "{text}");
    }
    assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
}
