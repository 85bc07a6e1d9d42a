//! Numbers.

use super::*;

const NUMERIC: &str = r#", "grader": "numeric""#;

#[test]
fn a_number_is_compared_by_its_value() {
    table(
        &Numeric,
        NUMERIC,
        &[
            ("14", "14", '+'),
            ("14", "14.0", '+'),
            ("14", "014", '+'),
            ("14", "1.4e1", '+'),
            ("14", "1.4 × 10^1", '+'),
            ("14", r"$1.4 \times 10^{1}$", '+'),
            ("14000", "1.4*10**4", '+'),
            ("14", "4", '-'),
            ("4", "14", '-'),
            ("14", "140", '-'),
            ("14", "1.4", '-'),
            ("14", "-14", '-'),
            ("-3", "3", '-'),
            ("3", "-3", '-'),
            ("-3", "−3", '+'),
            ("-3", "minus 3", '+'),
            ("-3", "x = - 3", '+'),
            ("3", "- 3", '+'),
            ("1/2", "0.5", '+'),
            ("0.5", "1/2", '+'),
            ("0.5", r"\frac{1}{2}", '+'),
            ("0.5", "½", '+'),
            ("1.5", "1½", '+'),
            ("1.5", "1 1/2", '+'),
            ("1.75", r"1\frac34", '+'),
            ("100", "10²", '+'),
            ("1/3", "0.333", '+'),
            ("1/3", "0.3", '-'),
            ("1/3", "0.334", '-'),
            ("3.1416", "3.14159265", '+'),
            ("3.14159", "3.14", '-'),
            ("2.5", "2.54", '-'),
            ("0", "-0", '+'),
            ("0", "0.0000001", '-'),
            ("12345678901234567890", "12345678901234567891", '-'),
            ("12345678901234567890", "12,345,678,901,234,567,890", '+'),
            ("1024", "2^10", '+'),
            ("4", "sqrt(16)", '+'),
            ("1500000", "1.5 million", '+'),
            ("5000", "5k", '+'),
            ("14", "fourteen", '+'),
            ("21", "Twenty-one apples", '+'),
            ("14", "thirteen", '-'),
            ("200", "two hundred", '?'),
            ("1", "the one that was left over yesterday", '?'),
            ("14", "no idea", '-'),
        ],
    );
}

#[test]
fn separators_are_read_in_the_style_that_fits() {
    table(
        &Numeric,
        NUMERIC,
        &[
            ("1234.5", "1,234.5", '+'),
            ("1234.5", "1.234,5", '+'),
            ("1234.5", "1 234,5", '+'),
            ("1234.5", "1\u{a0}234,5", '+'),
            ("1234.5", "1\u{202f}234.5", '+'),
            ("1234.5", "1'234.5", '+'),
            ("1234567", "1,234,567", '+'),
            ("1234567", "12,34,567", '+'),
            ("1234", r"1{,}234", '+'),
            ("1234", "1_234", '+'),
            ("1,5", "1.5", '+'),
            ("1.5", "1,5", '+'),
            ("1234", "1,234", '+'),
            ("1.234", "1.234", '+'),
            ("1234", "1.234", '?'),
            ("1.234", "1,234", '?'),
            ("1234", "0,5 + 1.233,5 = 1.234", '+'),
            ("5", "1,2,5", '-'),
        ],
    );
}

#[test]
fn the_final_number_counts() {
    table(
        &Numeric,
        NUMERIC,
        &[
            ("14", "Final answer: 14", '+'),
            ("14", "**Final Answer:** 14", '+'),
            ("14", "The answer is 14.", '+'),
            ("14", "The final answer is: $\\boxed{14}$", '+'),
            ("14", "\\boxed{14} since 3 + 11 is 14, not 12", '+'),
            ("14", "\\boxed{x = 14}", '+'),
            ("14", "#### 14", '+'),
            ("14", "3 + 11 = 14\n#### 14", '+'),
            ("14", "<answer>14</answer> I checked it 3 times.", '+'),
            ("14", "Antwort: 14", '+'),
            ("14", "12 and 2 more make 14", '+'),
            ("14", "5 + 9 = 14", '+'),
            ("14", "Final answer: 5 + 9 = 14", '+'),
            ("14", "I thought it was 14. It is 15.", '-'),
            ("15", "I thought it was 14. It is 15.", '+'),
            ("14", "Final answer: 14. I checked 3 times.", '+'),
            ("14", "The answer is 13. Wait, the answer is 14.", '+'),
            ("13", "The answer is 13. Wait, the answer is 14.", '-'),
            ("14", "14 is not right, it is 15", '-'),
            ("14", "14 or 15", '-'),
            ("15", "14 or 15", '-'),
            ("15", "The answer is 15 or 16.", '-'),
            ("15", "between 14 and 15", '?'),
            ("14", "14 for each of the 3 children", '?'),
            ("14", "14 km (8.7 miles)", '+'),
            ("14", "14 (rounded to 2 digits)", '+'),
            ("14", "Answer:\n\n14", '+'),
            ("14", "1. Add 3.\n2. The sum is 14", '+'),
            ("14", "It is 14:\n1. add\n2. check", '+'),
            ("2", "It is 14:\n1. add\n2. check", '-'),
            ("14", "14. That is it", '+'),
            ("14", "<think>maybe 12</think>14", '+'),
            ("12", "<think>12", '-'),
            ("14", "The answer is clear: see below.\nIt comes to 14", '+'),
            ("14", "14 ± 2", '+'),
            ("14.5", "The answer is $14.50.", '+'),
            ("14", "So the total is 3 + 11 = 14 apples.", '+'),
            ("14", "14 = 3 + 11", '?'),
            ("12", "The answer is 3 times 4, so 12.", '?'),
            ("14", "≈ 14", '+'),
            ("14", "The answer is about 14.", '+'),
            ("14", "The answer is not known, but 12 plus 2 make 14", '+'),
            ("14", "x=14", '+'),
            ("14", "| total | 14 |", '+'),
            ("14", "{\"answer\": 14}", '+'),
        ],
    );
}

#[test]
fn digits_in_words_dates_and_ranges_are_no_answers() {
    table(
        &Numeric,
        NUMERIC,
        &[
            ("4", "GPT-4", '-'),
            ("2", "H2O", '-'),
            ("4", "A4", '-'),
            ("30", "12:30", '-'),
            ("2024", "2024-05-12", '-'),
            ("12", "2024-05-12", '-'),
            ("12", "10-12", '-'),
            ("3", "1.2.3", '-'),
            ("14", "The model gpt-4 says 14", '+'),
            ("3", "the 3rd", '+'),
        ],
    );
}

#[test]
fn units_are_converted_and_must_fit() {
    table(
        &Numeric,
        NUMERIC,
        &[
            ("14", "14 apples", '+'),
            ("14 apples", "14", '+'),
            ("14 apples", "14 apples", '+'),
            ("14 apples", "14 red apples", '+'),
            ("1 apple", "1 apples", '+'),
            ("14 apples", "14 oranges", '?'),
            ("14 apples", "15 oranges", '-'),
            ("14 km", "14000 m", '+'),
            ("14 km", "14,000 metres", '+'),
            ("14 km", "14", '+'),
            ("14 km", "14 kilometers", '+'),
            ("14 km", "15 kilometers", '-'),
            ("14 km", r"14\,\text{km}", '+'),
            ("14 km", "8.70 miles", '+'),
            ("14 km", "8.7 miles", '-'),
            ("14 km", "8.8 miles", '-'),
            ("14 m", "14 kg", '-'),
            ("14 km", "14 in total", '+'),
            ("90 minutes", "1.5 hours", '+'),
            ("1.5 h", "90 min", '+'),
            ("2.5 hours", "2 hours and 30 minutes", '+'),
            ("2.5 hours", "It takes 2 hours, 30 min.", '+'),
            ("2 hours 30 minutes", "150 minutes", '+'),
            ("2 hours 30 minutes", "2 h 30 min", '+'),
            ("2 hours 30 minutes", "2 h 31 min", '-'),
            ("71 inches", "5 ft 11 in", '+'),
            ("1 h 1 min 1 s", "3661 seconds", '+'),
            ("30 minutes", "2 hours and 30 minutes", '-'),
            ("5 km", "3 km and 5 km", '?'),
            ("0.001 m", "1 mm", '+'),
            ("1 mm", "0.000001 km", '+'),
            ("32 °F", "0 °C", '+'),
            ("100 °C", "212 °F", '+'),
            ("100 °C", r"$212^\circ$F", '+'),
            ("100 °C", "100 °F", '-'),
            ("5 m^2", "5 square meters", '+'),
            ("5 m²", "50000 cm²", '+'),
            ("36 km/h", "10 m/s", '+'),
            ("36 km/h", "10 meters per second", '+'),
            ("1 GiB", "1024 MiB", '+'),
        ],
    );
}

#[test]
fn money_and_percent_are_units_too() {
    table(
        &Numeric,
        NUMERIC,
        &[
            ("$5", "5 dollars", '+'),
            ("$5", "USD 5.00", '+'),
            ("$5", "€5", '-'),
            ("$0.75", "75 cents", '+'),
            ("-$5", "$5", '-'),
            ("£5", "5 pounds", '+'),
            ("$1,234.50", "1234.5", '+'),
            ("$3.2 billion", "$3,200,000,000", '+'),
            ("14", "$14$", '+'),
            ("14", "It costs $14", '+'),
            ("14%", "14 %", '+'),
            ("14%", "14 percent", '+'),
            ("14%", "0.14", '+'),
            ("14%", "14", '+'),
            ("14", "14%", '+'),
            ("0.5", "50%", '+'),
            ("0.5", "0.5%", '-'),
            ("50%", "0.5%", '-'),
            ("5%", "5 km", '-'),
        ],
    );
}

#[test]
fn a_tolerance_is_absolute_or_relative() {
    let rows = |tolerance: &str| format!(r#", "tolerance": {tolerance}"#);
    table(&Numeric, &rows("0.5"), &[("14", "14.5", '+'), ("14", "13.5", '+'), ("14", "14.6", '-'), ("14 km", "14400 m", '+')]);
    table(
        &Numeric,
        &rows(r#""1%""#),
        &[("100", "101", '+'), ("100", "99", '+'), ("100", "102", '-'), ("0", "0.01", '-'), ("0", "0", '+')],
    );
    table(
        &Numeric,
        &rows(r#"{"absolute": 0.1, "relative": 0.01}"#),
        &[("1", "1.1", '+'), ("1000", "1009", '+'), ("1000", "1011", '-')],
    );
    table(&Numeric, &rows("0"), &[("14", "14.0", '+'), ("14", "14.0001", '-')]);
}

#[test]
fn any_of_several_numbers_is_accepted() {
    let sample = asking("A root of x^2 = 4?", "[2, -2]", "");
    for (answer, want) in
        [("2", '+'), ("-2", '+'), ("4", '-'), ("x = -2", '+'), ("2 or -2", '+'), ("2 and -2", '+'), ("2 or 3", '-')]
    {
        assert_eq!(sign(Auto::default().grade(&sample, answer).outcome), want, "{answer}");
    }
}

#[test]
fn a_question_for_percent_takes_a_small_number_with_and_without_its_sign() {
    let sample = asking("By what percentage did it rise?", "0.5", "");
    assert_eq!(Numeric.grade(&sample, "0.5%").outcome, Outcome::Correct);
}

#[test]
fn feedback_says_what_was_expected_and_what_came() {
    let verdict = Numeric.grade(&asking("How far?", "\"14 km\"", ""), "It is 15 km away");
    assert_eq!(verdict.feedback, "Expected \"14 km\", and the answer's number was \"15 km\".");
}
