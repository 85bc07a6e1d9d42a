//! Text as words, for comparing: what differs in case, punctuation, articles, blanks and separators of thousands alone is the same.
//!
//! What must stay true: in time proportional to the text; signs that are no punctuation stay, so that `C++` is not `C#` and
//! `x < 3` not `x > 3`.

use super::clean::{BOX, UNBOX, clean};

/// English articles. Those of other languages are words of others, too.
const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// The words of `text`. An article is left out where a word follows: the one in `vitamin A` is none. A character of a script that is written without blanks is a word.
pub(super) fn words(text: &str) -> Vec<String> {
    words_of_clean(&clean(text))
}

/// The same, of a text that is clean already.
pub(super) fn words_of_clean(clean: &str) -> Vec<String> {
    let all = split(clean);
    let last = all.len().saturating_sub(1);
    let kept = |(at, word): (usize, String)| (at == last || !ARTICLES.contains(&word.as_str())).then_some(word);
    all.into_iter().enumerate().filter_map(kept).collect()
}

/// Whether `phrase` stands in `words`, whole words alone. An empty one stands nowhere.
pub(super) fn holds(words: &[String], phrase: &[String]) -> bool {
    !phrase.is_empty() && format!(" {} ", words.join(" ")).contains(&format!(" {} ", phrase.join(" ")))
}

/// A letter in the form in which it is compared. By way of the capital, since some small letters have the same one.
fn folded(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

/// Scripts without blanks between words: Thai, Lao, Khmer, Burmese, kana, Han.
pub(super) fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

fn split(clean: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = None;
    let mut chars = clean.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        match class(before, c, next) {
            Class::Part => word.extend(folded(c)),
            Class::Nothing => {}
            Class::Blank => flush(&mut words, &mut word),
            Class::Alone => {
                flush(&mut words, &mut word);
                word.extend(folded(c));
                flush(&mut words, &mut word);
            }
        }
        before = Some(c);
    }
    flush(&mut words, &mut word);
    words
}

fn flush(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(ungrouped(&std::mem::take(word)));
    }
}

/// `1234` for `1,234`: the separators of thousands go, where they stand between thousands.
fn ungrouped(word: &str) -> String {
    let (whole, rest) = word.split_once('.').map_or((word, ""), |(whole, rest)| (whole, rest));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let head = first.strip_prefix('-').unwrap_or(first);
    let grouped =
        whole.contains(',') && (1..=3).contains(&head.len()) && digits(head) && groups.all(|g| g.len() == 3 && digits(g));
    if grouped && digits(rest) { word.replace(',', "") } else { word.to_owned() }
}

/// What a character does to the word before it.
enum Class {
    Part,
    Nothing,
    Blank,
    Alone,
}

fn class(before: Option<char>, c: char, next: Option<char>) -> Class {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match c {
        c if is_unspaced(c) && c.is_alphanumeric() => Class::Alone,
        // A vowel sign or an accent that has no composed form belongs to the letter before it.
        c if c.is_alphanumeric() || is_mark(c) => Class::Part,
        '.' | ',' | '/' | ':' if digit(before) && digit(next) => Class::Part,
        '.' if digit(next) && !word(before) => Class::Part,
        '.' if letter(before) && letter(next) => Class::Nothing,
        // A sign of a number, not a dash.
        '-' if (digit(next) || next == Some('.')) && before.is_none_or(|c| c.is_whitespace() || "(=$€£[".contains(c)) => {
            Class::Part
        }
        '\'' => Class::Nothing,
        '_' if word(before) && word(next) => Class::Part,
        '+' | '#' | '^' if word(before) || before == Some(c) => Class::Part,
        '+' | '<' | '>' | '=' | '%' | '$' | '°' | '*' | '&' | '@' => Class::Alone,
        BOX | UNBOX => Class::Blank,
        c if c.is_ascii() || c.is_whitespace() || is_punctuation(c) => Class::Blank,
        _ => Class::Alone,
    }
}

/// Combining accents, and the vowel signs of Indic scripts, Hebrew and Arabic.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{dff}')
}

/// Punctuation beyond ASCII: Latin quotes and signs, general punctuation, Arabic, Devanagari, East Asian.
fn is_punctuation(c: char) -> bool {
    matches!(c, '¡' | '«' | '»' | '¿' | '·' | '¶' | '§' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '،' | '؛' | '؟' | '۔'
        | '।' | '॥' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}')
}

/// Words that say nothing of what a text is about.
const COMMON: &str = " about above after again all along also always am and any are as asked at be because been before being below \
    between both but by can come could did do does done down during each either else ever every few for from get give given go \
    gets got had has have he her here him his how however i if in into is it its just know less let like long made make many may me \
    more most much must my need new no not now number of off on once one only or other our out over own per please same say she \
    should since so some such take tell than that their them then there these they thing this those through to together too total under until up us \
    use very was way we were what when where which while who whom whose why will with within without would you your find \
    calculate compute answer question following correct true false yes result solution value ";

/// Whether a word, in its compared form, says nothing of what a text is about.
pub(super) fn is_common(word: &str) -> bool {
    !word.is_empty() && !word.contains(' ') && COMMON.contains(&format!(" {word} "))
}

/// Words beside the answer that only state it.
const STATING: &str = " is are was were be been has have had would will so thus therefore hence answer final result solution it its this that of \
    in to and for as at by called named known correct equals ist sind lautet antwort die der das est la le les el es = ";

/// Whether a word only states what stands beside it.
pub(super) fn is_stating(word: &str) -> bool {
    !word.is_empty() && !word.contains(' ') && STATING.contains(&format!(" {word} "))
}

/// Words that turn what stands beside them into its opposite, or leave it open.
const TURNING: &str = " not no nor or never neither isnt arent wasnt werent dont doesnt didnt cant cannot wont wouldnt shouldnt wrong incorrect \
    instead rather but unlike except without false unknown unsure maybe perhaps nicht kein keine oder sondern ne pas ou pero sino o non ";

/// Whether a word turns what stands beside it into its opposite, or leaves it open.
pub(super) fn is_turning(word: &str) -> bool {
    !word.is_empty() && !word.contains(' ') && TURNING.contains(&format!(" {word} "))
}
