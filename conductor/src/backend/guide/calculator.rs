//! Questions of arithmetic and units, which the guide answers by calculating: `what is 17*23`, `how many miles are 5 km`.
//!
//! What must stay true: a question that is not wholly a calculation is none; an answer says that a calculator made it.

use crate::arithmetic::{self, Refused, Worked};

/// The longest question that is looked at, in bytes.
const LONGEST: usize = 300;

/// What questions begin with, the longer ones first where one begins another.
const LEADS: [&str; 45] = [
    "what is",
    "what's",
    "whats",
    "what are",
    "what does",
    "how much is",
    "how much are",
    "how many is",
    "how many are",
    "can you",
    "could you",
    "please",
    "tell me",
    "calculate",
    "compute",
    "evaluate",
    "convert",
    "work out",
    "solve",
    "the result of",
    "the value of",
    "was ist",
    "was sind",
    "was ergibt",
    "wie viel ist",
    "wieviel ist",
    "wie viel sind",
    "wieviel sind",
    "wie viel",
    "rechne",
    "berechne",
    "bitte",
    "combien font",
    "combien fait",
    "combien est",
    "combien",
    "calcule",
    "calculer",
    "quel est",
    "cuánto es",
    "cuanto es",
    "cuánto son",
    "cuanto son",
    "calcula",
    "calcular",
];

/// Signs that people write as words.
const SIGNS: [(&str, &str); 27] = [
    ("multiplied by", "*"),
    ("multipliziert mit", "*"),
    ("multiplié par", "*"),
    ("multiplicado por", "*"),
    ("divided by", "/"),
    ("dividiert durch", "/"),
    ("geteilt durch", "/"),
    ("divisé par", "/"),
    ("dividido por", "/"),
    ("dividido entre", "/"),
    ("to the power of", "^"),
    ("pour cent de", "% of"),
    ("por ciento de", "% of"),
    ("plus", "+"),
    ("más", "+"),
    ("mas", "+"),
    ("minus", "-"),
    ("moins", "-"),
    ("menos", "-"),
    ("times", "*"),
    ("mal", "*"),
    ("fois", "*"),
    ("por", "*"),
    ("durch", "/"),
    ("over", "/"),
    ("hoch", "^"),
    ("squared", "^2"),
];

/// Words before what a root is taken of.
const ROOTS: [&str; 9] = [
    "the square root of",
    "square root of",
    "die wurzel aus",
    "wurzel aus",
    "wurzel von",
    "la racine carrée de",
    "racine carrée de",
    "la raíz cuadrada de",
    "raíz cuadrada de",
];

/// What asks for an amount of a unit, and what stands between that unit and what is converted.
const HOW_MANY: [&str; 7] = ["how many ", "how much ", "wie viele ", "wieviele ", "combien de ", "cuántos ", "cuántas "];
const ARE: [&str; 22] = [
    "are", "is", "in", "there", "does", "do", "make", "equal", "sind", "ist", "hat", "haben", "ergeben", "font", "fait", "dans",
    "son", "hay", "en", "tiene", "y", "a-t-il",
];

/// The answer to `question`, where it is a calculation.
pub(super) fn answer(question: &str) -> Option<String> {
    if question.len() > LONGEST {
        return None;
    }
    let question =
        question.trim().trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '?' | '.' | '=' | '!')).to_lowercase();
    let worked = match how_many(&question) {
        Some(conversion) => arithmetic::convert(&conversion),
        None => {
            let bare = without_lead(&question);
            match arithmetic::convert(&one(bare)) {
                Err(Refused::NotArithmetic) => arithmetic::evaluate(&signs(bare)),
                converted => converted,
            }
        }
    };
    match worked {
        Ok(worked) => Some(said(&worked)),
        Err(Refused::NotArithmetic) => None,
        Err(refused) => Some(format!("The built-in calculator cannot answer this: {refused}.")),
    }
}

fn said(worked: &Worked) -> String {
    let how = if worked.exact { "This is exact" } else { "This is rounded" };
    format!("**{worked}**\n\n{how}; Segno's built-in calculator worked it out, and no language model was asked.")
}

fn without_lead(question: &str) -> &str {
    let mut rest = question;
    while let Some(shorter) = LEADS.iter().find_map(|lead| rest.strip_prefix(lead)?.strip_prefix([' ', ':', ','])) {
        rest = shorter.trim_start();
    }
    rest
}

/// `how many miles are 5 km` as `5 km in miles`.
fn how_many(question: &str) -> Option<String> {
    let rest = HOW_MANY.iter().find_map(|how| question.strip_prefix(how))?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let first = words.iter().position(|word| ARE.contains(word)).filter(|at| *at > 0)?;
    let size = first + words[first..].iter().take_while(|word| ARE.contains(*word)).count();
    Some(format!("{} in {}", one(&words[size..].join(" ")), words[..first].join(" ")))
}

/// `a mile` as `1 mile`.
fn one(size: &str) -> String {
    const ONES: [&str; 9] = ["a", "an", "one", "ein", "eine", "einem", "un", "une", "una"];
    match size.split_once(' ') {
        Some((first, rest)) if ONES.contains(&first) => format!("1 {rest}"),
        _ => size.to_owned(),
    }
}

fn signs(text: &str) -> String {
    if let Some(of) = ROOTS.iter().find_map(|root| text.strip_prefix(root)) {
        return format!("sqrt({})", of.trim());
    }
    let mut padded = format!(" {} ", text.split_whitespace().collect::<Vec<_>>().join(" "));
    for (word, sign) in SIGNS {
        padded = padded.replace(&format!(" {word} "), &format!(" {sign} "));
    }
    padded.trim().to_owned()
}
