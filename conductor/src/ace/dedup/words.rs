//! How alike two lines of advice are by their words.
//!
//! What must stay true: alike is symmetric and from 0 to 1; lines with other numbers, signs or negations, or with opposites in place of
//! each other, are different advice; the order of words counts, since `a from b` is not `b from a`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Words that say nothing by themselves. Prepositions of place in time and of direction stay.
const EMPTY: &str = " a an the to of in on at is are be was were it its this that these those you your we our i and for with as so when \
    always make sure please should must need needs will can do does any all each every if then there where which who also just very \
    carefully properly correctly ";

/// Words of one meaning in advice, each with what it is counted as.
const SAME: [(&str, &str); 22] = [
    ("verify", "check"),
    ("validate", "check"),
    ("ensure", "check"),
    ("confirm", "check"),
    ("inspect", "check"),
    ("sum", "add"),
    ("plus", "add"),
    ("apply", "use"),
    ("utilize", "use"),
    ("employ", "use"),
    ("compute", "calculate"),
    ("transform", "convert"),
    ("prior", "before"),
    ("final", "last"),
    ("result", "answer"),
    ("response", "answer"),
    ("quantity", "value"),
    ("amount", "value"),
    ("omit", "skip"),
    ("ignore", "skip"),
    ("mistake", "error"),
    ("pick", "choose"),
];

/// Words of which one in place of the other turns advice into its opposite.
const OPPOSITE: [(&str, &str); 21] = [
    ("up", "down"),
    ("before", "after"),
    ("first", "last"),
    ("minimum", "maximum"),
    ("min", "max"),
    ("more", "less"),
    ("greater", "less"),
    ("early", "late"),
    ("above", "below"),
    ("high", "low"),
    ("higher", "lower"),
    ("large", "small"),
    ("largest", "smallest"),
    ("increase", "decrease"),
    ("add", "subtract"),
    ("multiply", "divide"),
    ("include", "exclude"),
    ("left", "right"),
    ("open", "close"),
    ("start", "end"),
    ("ascending", "descending"),
];

/// Words that deny.
const DENYING: &str = " not no never without dont avoid cannot cant nor neither don't can't doesnt isnt except unless instead ";

/// The lists above, to be looked up.
struct Tables {
    empty: HashSet<&'static str>,
    denying: HashSet<&'static str>,
    /// By stem.
    same: HashMap<&'static str, &'static str>,
    /// By stem: the pairs, and whether it is the first.
    opposites: HashMap<&'static str, Vec<(usize, bool)>>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut opposites: HashMap<&'static str, Vec<(usize, bool)>> = HashMap::new();
    for (pair, (one, other)) in OPPOSITE.iter().enumerate() {
        opposites.entry(stem(one)).or_default().push((pair, true));
        opposites.entry(stem(other)).or_default().push((pair, false));
    }
    Tables {
        empty: EMPTY.split_whitespace().collect(),
        denying: DENYING.split_whitespace().collect(),
        same: SAME.iter().map(|(word, same)| (stem(word), stem(same))).collect(),
        opposites,
    }
});

/// The numbers of words.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    numbers: HashMap<String, u32>,
    /// In how many lines each stands.
    lines: Vec<u32>,
}

/// A line of advice as words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// Those that say something, in their order.
    order: Vec<u32>,
    /// The same, sorted, each once.
    set: Vec<u32>,
    /// Numbers and signs, and how often it denies: what must be the same.
    marks: Vec<String>,
    /// The opposites that stand in it: the pair, and which of the two.
    opposites: Vec<(usize, bool)>,
}

impl Lexicon {
    /// The words of `text`, all known from now on.
    pub(super) fn words(&mut self, text: &str) -> Words {
        let mut next = self.numbers.len() as u32;
        let words = read(text, |word| {
            *self.numbers.entry(word.to_owned()).or_insert_with(|| {
                next += 1;
                next - 1
            })
        });
        self.lines.resize(self.numbers.len(), 0);
        words.set.iter().for_each(|word| self.lines[*word as usize] += 1);
        words
    }

    /// The words of `text`. Those that are in no line are like no other.
    pub(super) fn lookup(&self, text: &str) -> Words {
        let mut unknown = u32::MAX;
        let mut news: HashMap<String, u32> = HashMap::new();
        read(text, |word| {
            self.numbers.get(word).copied().unwrap_or_else(|| {
                *news.entry(word.to_owned()).or_insert_with(|| {
                    unknown -= 1;
                    unknown
                })
            })
        })
    }

    /// All pairs of lines, the first before the second, that are alike by at least `threshold`.
    ///
    /// Prefix filtering (Chaudhuri, Ganti, Kaushik 2006): of two sets of words that share enough, one of the rarest of each is shared.
    pub(super) fn pairs(&self, lines: &[&Words], threshold: f32) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut postings: HashMap<u32, Vec<usize>> = HashMap::new();
        // Dice's share as that of the union.
        let share = threshold / (2.0 - threshold);
        for (at, line) in lines.iter().enumerate() {
            let mut rare = line.set.clone();
            rare.sort_unstable_by_key(|word| (self.lines.get(*word as usize).copied().unwrap_or(0), *word));
            let needed = (share * rare.len() as f32 - 1e-4).ceil().max(1.0) as usize;
            rare.truncate((rare.len() + 1).saturating_sub(needed));
            let mut candidates: Vec<usize> = rare.iter().filter_map(|word| postings.get(word)).flatten().copied().collect();
            candidates.sort_unstable();
            candidates.dedup();
            found.extend(
                candidates.into_iter().filter(|other| lines[*other].likeness(line) >= threshold).map(|other| (other, at)),
            );
            rare.into_iter().for_each(|word| postings.entry(word).or_default().push(at));
        }
        found
    }
}

impl Words {
    /// From 0 to 1: the share of words that both have (Dice), less where both have words that the other lacks, 0 where the order differs
    /// much.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        let all = self.set.len() + other.set.len();
        if self.set.is_empty() || other.set.is_empty() {
            return 0.0;
        }
        let shared = shared(&self.set, &other.set);
        let dice = 2.0 * shared as f32 / all as f32;
        // A word in place of another is other advice; a word more is the same with more words.
        let replaced = (self.set.len() - shared).min(other.set.len() - shared);
        let score = (dice - 0.15 * replaced as f32).max(0.0);
        // Cheap first: the order is looked at where it could matter.
        if score < 0.5 || self.in_order(other) { score } else { 0.0 }
    }

    /// Whether three of four words of the shorter stand in one order in both.
    fn in_order(&self, other: &Self) -> bool {
        let common = longest_common(&self.order, &other.order);
        common * 4 >= self.order.len().min(other.order.len()) * 3
    }
}

/// Whether two lines cannot say the same, however alike they are.
pub(super) fn differ(a: &Words, b: &Words) -> bool {
    let turned = |(pair, first): &(usize, bool)| {
        b.opposites.contains(&(*pair, !first))
            && !b.opposites.contains(&(*pair, *first))
            && !a.opposites.contains(&(*pair, !first))
    };
    a.marks != b.marks || a.opposites.iter().any(turned)
}

/// How alike two lines of advice are by their words, from 0 to 1; 0 where they say the opposite.
pub fn likeness(a: &str, b: &str) -> f32 {
    let mut lexicon = Lexicon::default();
    let (a, b) = (lexicon.words(a), lexicon.words(b));
    if differ(&a, &b) { 0.0 } else { a.likeness(&b) }
}

fn shared(a: &[u32], b: &[u32]) -> usize {
    let (mut at, mut count) = (0, 0);
    for word in a {
        while b.get(at).is_some_and(|other| other < word) {
            at += 1;
        }
        count += usize::from(b.get(at) == Some(word));
    }
    count
}

/// The length of the longest common subsequence. Lines have at most a hundred words or so.
fn longest_common(a: &[u32], b: &[u32]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut corner = 0;
        for (at, y) in b.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if x == y { corner + 1 } else { above.max(row[at]) };
            corner = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

fn read(text: &str, mut number: impl FnMut(&str) -> u32) -> Words {
    let mut words = Words::default();
    let text = text.to_lowercase();
    let mut denied = 0;
    let part = |c: char| c.is_alphanumeric() || matches!(c, '\'' | '_');
    for token in tokens(&text, part) {
        if token.chars().any(|c| c.is_ascii_digit()) || !token.chars().any(char::is_alphanumeric) {
            words.marks.push(token.to_owned());
            continue;
        }
        if TABLES.denying.contains(token) {
            denied += 1;
            continue;
        }
        let stem = stem(token);
        let stem = TABLES.same.get(stem).copied().unwrap_or(stem);
        words.opposites.extend(TABLES.opposites.get(stem).into_iter().flatten());
        if !TABLES.empty.contains(token) {
            words.order.push(number(stem));
        }
    }
    words.marks.sort_unstable();
    words.marks.push(format!("denied {}", denied % 2));
    words.set = words.order.clone();
    words.set.sort_unstable();
    words.set.dedup();
    words
}

/// Words, numbers with their point, and the signs that mean something. Of scripts without blanks each character.
fn tokens(text: &str, part: impl Fn(char) -> bool) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if part(first) {
            let point = |(at, c): (usize, char)| {
                let digits = rest[..at].ends_with(|c: char| c.is_ascii_digit());
                let after = rest[at + c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
                !(part(c) || matches!(c, '.' | ',') && digits && after) || alone(c)
            };
            let end = rest.char_indices().skip(1).find(|at| point(*at)).map_or(rest.len(), |(at, _)| at);
            if alone(first) { first.len_utf8() } else { end }
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(end);
        if part(first) || matches!(first, '<' | '>' | '=' | '+' | '*' | '/' | '%' | '$' | '€' | '≤' | '≥') {
            found.push(token);
        }
        rest = after;
    }
    found
}

/// Of a script that writes no blanks between words.
fn alone(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

/// A word without its commonest endings.
fn stem(word: &str) -> &str {
    for ending in ["ations", "ation", "ings", "ing", "ies", "es", "ed", "s", "e", "y"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= 3
            && !(ending == "s" && stem.ends_with('s'))
        {
            return stem;
        }
    }
    word
}
