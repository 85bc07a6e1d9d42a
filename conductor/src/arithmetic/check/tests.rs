//! Texts, and what is found in them.

use super::*;
use crate::arithmetic::evaluate;
use proptest::prelude::*;

/// What is found, a calculation a line: `17 * 23 = 391 ok`, `17 * 23 = 392 wrong 391`.
fn found(text: &str) -> String {
    let show = |c: Calculation| {
        let verdict = if c.correct { "ok".to_owned() } else { format!("wrong {}", c.exact) };
        format!("{} = {} {verdict}", c.expression, c.claimed)
    };
    check(text).into_iter().map(show).collect::<Vec<_>>().join("; ")
}

fn all(rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(text, want)| found(text) != *want)
        .map(|(text, want)| format!("{text:?}\n  want {want:?}\n  got  {:?}", found(text)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn plain_calculations() {
    all(&[
        ("17 * 23 = 391", "17 * 23 = 391 ok"),
        ("17 * 23 = 392", "17 * 23 = 392 wrong 391"),
        ("17*23=391", "17*23 = 391 ok"),
        ("So 17 × 23 = 391.", "17 × 23 = 391 ok"),
        ("The product is 17 × 23 = 381, as you see.", "17 × 23 = 381 wrong 391"),
        ("10 ÷ 4 = 2.5", "10 ÷ 4 = 2.5 ok"),
        ("5 - 8 = -3", "5 - 8 = -3 ok"),
        ("5 − 8 = −3", "5 − 8 = −3 ok"),
        ("-2 + 5 = 3", "-2 + 5 = 3 ok"),
        ("-2 + 5 = 4", "-2 + 5 = 4 wrong 3"),
        ("5 + (-3) = 2", "5 + (-3) = 2 ok"),
        ("5 + (-3) = 3", "5 + (-3) = 3 wrong 2"),
        ("(2 + 3) * 4 = 20", "(2 + 3) * 4 = 20 ok"),
        ("2 + 3 * 4 = 20", "2 + 3 * 4 = 20 wrong 14"),
        ("2^10 = 1024", "2^10 = 1024 ok"),
        ("2^10 = 1000", "2^10 = 1000 wrong 1024"),
        ("3² + 4² = 25", "3² + 4² = 25 ok"),
        ("sqrt(16) + 1 = 5", "sqrt(16) + 1 = 5 ok"),
        ("√16 = 4", "√16 = 4 ok"),
        ("3 x 4 = 12", "3 x 4 = 12 ok"),
        ("3 x 4 = 13", "3 x 4 = 13 wrong 12"),
        ("1 - 2 = -1 and 2 - 1 = 1", "1 - 2 = -1 ok; 2 - 1 = 1 ok"),
        ("3 + 4 = 5 = 6", "3 + 4 = 5 wrong 7"),
        ("first 2 + 2 = 4, then 4 * 3 = 13", "2 + 2 = 4 ok; 4 * 3 = 13 wrong 12"),
        ("Step 2: 3 + 4 = 8", "3 + 4 = 8 wrong 7"),
        ("1. 3 + 4 = 8", "3 + 4 = 8 wrong 7"),
        ("(so 2 + 3 = 6)", "2 + 3 = 6 wrong 5"),
        ("the sum (2 + 3 = 6) is", "2 + 3 = 6 wrong 5"),
        ("$5 * 3 = $15", "5 * 3 = 15 ok"),
        ("Total = 17 * 23 = 392", "17 * 23 = 392 wrong 391"),
        ("= 17 * 23 = 392", "17 * 23 = 392 wrong 391"),
        ("| 6 * 7 = 43 |", "6 * 7 = 43 wrong 42"),
        ("## 6 * 7 = 42!", "6 * 7 = 42 ok"),
        ("→ 6 * 7 = 44", "6 * 7 = 44 wrong 42"),
    ]);
}

#[test]
fn to_the_digits_that_were_claimed() {
    all(&[
        ("17 * 23 = 391.0", "17 * 23 = 391.0 ok"),
        ("17 * 23 = 391.5", "17 * 23 = 391.5 wrong 391"),
        ("1/3 = 0.33", "1/3 = 0.33 ok"),
        ("1/3 = 0.34", "1/3 = 0.34 wrong ≈ 0.3333"),
        ("2/3 = 0.67", "2/3 = 0.67 ok"),
        ("2/3 = 0.66", "2/3 = 0.66 ok"),
        ("2/3 = 0.68", "2/3 = 0.68 wrong ≈ 0.6667"),
        ("7 / 2 = 3", "7 / 2 = 3 ok"),
        ("7 / 2 = 4", "7 / 2 = 4 ok"),
        ("7 / 2 = 5", "7 / 2 = 5 wrong 3.5"),
        ("1/8 = 0.125", "1/8 = 0.125 ok"),
        ("0.1 + 0.2 = 0.3", "0.1 + 0.2 = 0.3 ok"),
        ("0.1 + 0.2 = 0.30000000000000004", "0.1 + 0.2 = 0.30000000000000004 wrong 0.3"),
        ("sqrt(2) = 1.414", "sqrt(2) = 1.414 ok"),
        ("sqrt(2) = 1.424", "sqrt(2) = 1.424 wrong ≈ 1.41421"),
        ("22 / 7 ≈ 3.14", "22 / 7 = 3.14 ok"),
        ("17 * 23 ≈ 400", "17 * 23 = 400 ok"),
        ("17 * 23 ≈ 395", "17 * 23 = 395 ok"),
        ("17 * 23 ≈ 500", "17 * 23 = 500 wrong 391"),
        ("2^70 = 1.18 × 10^21", "2^70 = 1.18 × 10^21 ok"),
        ("2^70 = 1.28 × 10^21", "2^70 = 1.28 × 10^21 wrong 1180591620717411303424"),
        ("123456 * 1000 = 1.23e8", "123456 * 1000 = 1.23e8 ok"),
        ("1/2 + 1/3 = 5/6", "1/2 + 1/3 = 5/6 ok"),
        ("1/2 + 1/3 = 2/5", "1/2 + 1/3 = 2/5 wrong ≈ 0.8333"),
        ("19.99 * 3 = 59.98", "19.99 * 3 = 59.98 wrong 59.97"),
        ("33.33 × 2 = 66.67", "33.33 × 2 = 66.67 wrong 66.66"),
        ("100 / 3 = 33.33, and 33.33 × 2 = 67.67", "100 / 3 = 33.33 ok; 33.33 × 2 = 67.67 wrong 66.66"),
        ("99999999999999999999 + 1 = 100000000000000000000", "99999999999999999999 + 1 = 100000000000000000000 ok"),
    ]);
}

#[test]
fn percentages_chains_and_separators() {
    all(&[
        ("15% of 80 = 12", "15% of 80 = 12 ok"),
        ("15% of 80 = 13", "15% of 80 = 13 wrong 12"),
        ("15 % von 80 = 12", "15 % von 80 = 12 ok"),
        ("15 percent of 80 = 12", "15 percent of 80 = 12 ok"),
        ("80 * 15% = 12", "80 * 15% = 12 ok"),
        ("12 / 80 = 15%", "12 / 80 = 15% ok"),
        ("12 / 80 = 16%", "12 / 80 = 16% wrong 15%"),
        ("12 / 80 * 100 = 15%", ""),
        ("20% + 5% = 25%", "20% + 5% = 25% ok"),
        ("20% + 5% = 25", ""),
        ("100 + 10% = 110", ""),
        ("100 + 10% = 100.1", ""),
        ("2+3 = 5 = 10/2", "2+3 = 5 ok; 10/2 = 5 ok"),
        ("2+3 = 5 = 12/2", "2+3 = 5 ok; 12/2 = 5 wrong 6"),
        (
            "17 * 23 = 17 * 20 + 17 * 3 = 340 + 51 = 391",
            "17 * 23 = 17 * 20 + 17 * 3 ok; 17 * 20 + 17 * 3 = 340 + 51 ok; 340 + 51 = 391 ok",
        ),
        // Said carelessly, line by line, as people do.
        ("2 + 3 = 5 + 1 = 6", "5 + 1 = 6 ok"),
        ("6 * 2 = 12 / 3 = 4", "12 / 3 = 4 ok"),
        ("1,234 * 2 = 2,468", "1,234 * 2 = 2,468 ok"),
        ("1,234 * 2 = 2,469", "1,234 * 2 = 2,469 wrong 2468"),
        ("1.234 * 2 = 2.468", "1.234 * 2 = 2.468 ok"),
        ("1.000 * 3 = 3000", "1.000 * 3 = 3000 ok"),
        ("1,234.50 + 0.50 = 1,235", "1,234.50 + 0.50 = 1,235 ok"),
        ("1.234,50 + 0,50 = 1.235", "1.234,50 + 0,50 = 1.235 ok"),
        ("3,5 × 2 = 7", "3,5 × 2 = 7 ok"),
        ("3,5 × 2 = 8", ""),
        ("3,5 × 1,5 = 5,25", "3,5 × 1,5 = 5,25 ok"),
        ("3,5 × 1,5 = 5,35", "3,5 × 1,5 = 5,35 wrong 5.25"),
        ("1'000 * 2 = 2'000", "1'000 * 2 = 2'000 ok"),
        ("1\u{202F}000 * 2 = 2\u{202F}001", "1\u{202F}000 * 2 = 2\u{202F}001 wrong 2000"),
        ("1 000 * 2 = 2 000", "1 000 * 2 = 2 000 ok"),
        ("Item 2 300 + 5 = 305", ""),
        ("12,34,567 + 1 = 12,34,568", "12,34,567 + 1 = 12,34,568 ok"),
    ]);
}

#[test]
fn dressed_up() {
    all(&[
        ("**17 * 23 = 391**", "17 * 23 = 391 ok"),
        ("17 × 23 = **392**", "17 × 23 = 392 wrong 391"),
        ("`17 * 23` = `391`", "17 * 23 = 391 ok"),
        ("*2 + 3 = 6*", "2 + 3 = 6 wrong 5"),
        ("- 2 + 3 = 5", "2 + 3 = 5 ok"),
        ("- 2 + 3 = 6", "2 + 3 = 6 wrong 5"),
        ("- 2 + 3 = 1", ""),
        (r"\(17 \times 23 = 391\)", "17 × 23 = 391 ok"),
        (r"$17 \times 23 = 392$", "17 × 23 = 392 wrong 391"),
        (r"\[ \frac{1}{2} + \frac{1}{3} = \frac{5}{6} \]", "(1 / 2) + (1 / 3) = 5 / 6 ok"),
        (r"17 \cdot 23 &= 391 \\", "17 × 23 = 391 ok"),
        (r"&= 17 \cdot 23 = \boxed{392}", "17 × 23 = 392 wrong 391"),
        (r"15\% \text{ of } 80 = 12", ""),
        (r"\sqrt{16} = 4", "sqrt(16) = 4 ok"),
        (r"2^{10} = 1025", "2^10 = 1025 wrong 1024"),
        (r"1{,}000 \times 3 = 3{,}000", "1000 × 3 = 3000 ok"),
        (r"10 \div 4 \approx 2.5", "10 / 4 = 2.5 ok"),
        ("2**10 = 1024", "2^10 = 1024 ok"),
        ("$$6 \\times 7 = 42$$", "6 × 7 = 42 ok"),
    ]);
}

/// Texts in which nothing is to be called wrong.
const TRAPS: [&str; 101] = [
    "x = 5",
    "x + 2 * 3 = 10",
    "2x + 3 = 13",
    "2 x + 3 = 13",
    "3 + 2x = 8",
    "n - 2 * 3 = 9",
    "f(2 + 3) = 25",
    "f (3) + 2 = 10",
    "sin(30) + 2 = 2.5",
    "sin 30 + 2 = 3",
    "log_2 8 + 1 = 4",
    r"\log_{2} 8 + 1 = 4",
    r"\log 100 + 1 = 3",
    r"\sum_{i=1}^{3} 2 = 6",
    r"\binom{5}{2} = 10",
    r"\int_0^1 2 = 2",
    "C(5, 2) = 10",
    "square root of 9 + 7 = 4",
    "half of 10 + 2 = 6",
    "twice 2 + 3 = 10",
    "minus 2 + 3 = 1",
    "die Wurzel von 9 + 7 = 4",
    "la moitié de 10 + 2 = 6",
    "2024-11-20 = 5",
    "11/20/2024 = 7",
    "pages 10-12 = 3",
    "10-12 = 3",
    "call 555-1234 = 7",
    "Score 3-1 = 4",
    "rated 4/5 = 80",
    "1.2.3 + 1 = 2",
    "v1.2 + 1 = 3",
    "192.168.0.1/24 = 5",
    "12:30 + 1 = 13:30",
    "1 1/2 + 2 = 3.6",
    "5'3 + 2 = 9",
    "0x10 + 1 = 18",
    "#5 + 3 = 9",
    "5! - 2 = 119",
    "|3| - 2 = 2",
    "5 km - 2 = 4",
    "30° + 60° = 91°",
    "1 - 2 = section",
    "a * 2 + 3 = 9",
    "2(3 + 4) = 15",
    "6/2(1+2) = 1",
    "-2^2 = 4",
    "2^3^2 = 64",
    "√16 + 9 = 5",
    "17 % 5 = 3",
    "20: 2 + 3 = 13",
    "3 * 4 = 0.12 m",
    "30 * 2 = 1 hour",
    "1024 * 1024 = 1 MiB",
    "3 * 4 = 1 dozen",
    "7 + 8 = 3 (mod 12)",
    "7 + 8 = 3 mod 12",
    "10 + 5 = 3 o'clock",
    "2 + 3 = 5x",
    "2 + 3 = 6th",
    "1 + 1 = 10, since this is binary",
    "In Boolean algebra\n\n1 + 1 = 1",
    "the string \"1\" + \"1\" = \"11\"",
    "2 + 2 == 5",
    "2 + 2 != 5",
    "2 + 2 >= 5",
    "2 + 2 ≠ 5",
    "2 + 2 => 5",
    "It is wrong that 2 + 2 = 5",
    "2 + 2 = 5 is wrong",
    "Suppose 2 + 2 = 5",
    "If 2 + 2 = 5, then",
    "People often write, by mistake:\n2 + 2 = 5",
    "❌ 2 + 2 = 5",
    "~~2 + 2 = 5~~",
    "roughly 17 * 23 = 400",
    "17 * 23 = 400 (approximately)",
    "17*23 = 381. Wait, 17*23 = 391.",
    "$100 + €100 = $208",
    "```\n2 + 2 = 5\n```",
    "```python\nx = 2 + 2 = 5\n```",
    "5 – 3 = 3",
    "01/02 = 3",
    "http://x.test/?a=1+2=4",
    "<td colspan=2+2=5>",
    "10<sup>2</sup> + 5 = 106",
    "1/0 = 5",
    "10^10^10 = 5",
    "5 ± 3 * 2 = 12, -1",
    "half 3 + 4 = 9 of 2",
    "½ + 1 = 2",
    "= 5",
    "===",
    "2 + = 5",
    "12 = 3 * 5",
    // With more digits than are shown.
    "1000(1 + 0.05)^10 = 1000 × 1.629 = 1628.89",
    "The factor is 1.647, so 1000 × 1.647 = 1647.01",
    "100 / 3 = 33.33, and 33.33 × 2 = 66.67",
    "7.9 × 10^9 / 1.4 × 10^9 = 5.64",
    "https://x.test/a?b=1+1=3",
    "Q4 = 3 * 5",
];

#[test]
fn traps() {
    for text in TRAPS {
        let wrong: Vec<_> = check(text).into_iter().filter(|c| !c.correct).collect();
        assert!(wrong.is_empty(), "{text:?}: {wrong:?}");
    }
}

#[test]
fn doubtful_ones_are_told_where_they_agree() {
    all(&[
        ("3 * 4 = 12 apples", "3 * 4 = 12 ok"),
        ("the sum of 2 + 3 = 5", "2 + 3 = 5 ok"),
        ("5 – 3 = 2", "5 – 3 = 2 ok"),
        ("If 2 + 2 = 4, then", "2 + 2 = 4 ok"),
        ("17*23 = 381. Wait, 17*23 = 391.", "17*23 = 391 ok"),
        ("所以 17 × 23 = 391。", "17 × 23 = 391 ok"),
        ("计算17*23=391", "17*23 = 391 ok"),
    ]);
}

#[test]
fn at_most_twenty_and_in_bounded_time() {
    let many = "2 + 3 = 5\n".repeat(100);
    assert_eq!(check(&many).len(), 20);
    let texts = [
        "2 + 3 = 6\n".repeat(100_000),
        "1=".repeat(500_000),
        "1+1=".repeat(250_000),
        "(".repeat(1_000_000),
        "9^9=9 ".repeat(150_000),
        "word and more words, 12 of them; a = b. ".repeat(25_000),
        format!("2 + 3 = {}", "5".repeat(1_000_000)),
        "🎉 1 + 1 = 3 ".repeat(60_000),
    ];
    for text in texts {
        let begun = std::time::Instant::now();
        let found = check(&text);
        // Far more than it takes, and far less than anything that grows faster than the text.
        assert!(found.len() <= 20 && begun.elapsed().as_secs() < 4, "{:?}: {:.30}", begun.elapsed(), text);
    }
}

/// An expression of whole numbers, and what it is.
fn expression() -> impl Strategy<Value = (String, i128)> {
    let number = (0_i128..1000).prop_map(|n| (n.to_string(), n, 3));
    let deep = number.prop_recursive(4, 12, 2, |inner| {
        (inner.clone(), prop::sample::select(vec!['+', '-', '*']), inner).prop_map(|((a, x, pa), op, (b, y, pb))| {
            let (value, rank) = match op {
                '+' => (x + y, 1),
                '-' => (x - y, 1),
                _ => (x * y, 2),
            };
            let left = if pa < rank { format!("({a})") } else { a };
            let right = if pb <= rank { format!("({b})") } else { b };
            (format!("{left} {op} {right}"), value, rank)
        })
    });
    deep.prop_filter_map("an operator", |(text, value, rank)| (rank < 3).then_some((text, value)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn whole_numbers_are_exact((text, value) in expression(), off in 1_i128..50) {
        prop_assert_eq!(evaluate(&text).map(|worked| (worked.result, worked.exact)), Ok((value.to_string(), true)));
        let right = check(&format!("We get {text} = {value}."));
        prop_assert!(matches!(&right[..], [c] if c.correct), "{:?}", right);
        let wrong = check(&format!("We get {text} = {}.", value + off));
        prop_assert!(matches!(&wrong[..], [c] if !c.correct && c.exact == value.to_string()), "{:?}", wrong);
    }

    #[test]
    fn no_text_is_too_much(text in "[0-9+*/^%()=≈., x$\\\\{}-]{0,60}") {
        let _ = check(&text);
        let _ = evaluate(&text);
    }

    #[test]
    fn nor_any_other(text in any::<String>()) {
        let _ = check(&text);
        let _ = crate::arithmetic::convert(&text);
    }
}
