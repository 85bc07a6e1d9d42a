//! Ranks sections by a question.
//!
//! BM25 after S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations and
//! Trends in Information Retrieval 3(4), 2009, with k1 and b from the ranges found there; and, since headings say more than
//! bodies, with their weighted fields in the simple form: a word of a heading counts several times.
//!
//! What must stay true: pure, and the same question gives the same order.

use super::section::Section;
use super::words::{literal, words};
use std::collections::{BTreeMap, HashMap, HashSet};

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// How often a word of a field counts.
const HEADING: f64 = 3.0;
const ALSO: f64 = 2.0;
const BODY: f64 = 1.0;

/// The most different words of a question that are looked at; more is a text, not a question.
const QUESTION_WORDS: usize = 48;

/// What a word that no section has weighs when it is judged how much of a question a section answers. Between a common
/// word and a rare one: people ask with words of their own.
const UNKNOWN_WEIGHT: f64 = 3.0;

/// What a word counts in that judgement that a section has in its body alone: it says something of it, but is not what it
/// is about.
const IN_PASSING: f64 = 0.45;

/// What a word counts that was taken for a misspelling of another.
const MISSPELT: f64 = 0.8;

/// How a question compares with a heading or phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phrase {
    /// It is another.
    Other,
    /// It has the same words, but for those that every question has.
    Same,
    /// It is the same to the letter.
    Literal,
}

/// A section's place in the order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hit {
    /// Which section.
    pub(super) section: usize,
    /// Whether the question is its heading or one of its phrases; sections for which it is come before all others.
    pub(super) phrase: Phrase,
    /// Its BM25 score.
    pub(super) score: f64,
    /// How much of the question, by weight of its words, the section has: 0 to 1.
    pub(super) coverage: f64,
}

impl Hit {
    fn new(section: usize) -> Self {
        Self { section, phrase: Phrase::Other, score: 0.0, coverage: 0.0 }
    }
}

/// A section that has a word.
#[derive(Debug, Clone, Copy, Default)]
struct Posting {
    section: usize,
    /// How often, weighted by field.
    count: f64,
    /// True where it stands in the heading or among the words that people use, not in the body alone.
    topical: bool,
}

/// A word of a question, as the sections have it.
struct Asked<'a> {
    word: &'a str,
    /// 1, or less where it was taken for a misspelling of `word`.
    trust: f64,
    /// Empty where no section has it.
    postings: &'a [Posting],
}

/// The words of all sections.
pub(super) struct Index {
    /// For each word: the sections that have it.
    postings: HashMap<String, Vec<Posting>>,
    /// For each heading and each phrase of `also`, in both forms: the sections that have it.
    phrases: HashMap<(Phrase, String), Vec<usize>>,
    /// Weighted length of each section, divided by the average.
    lengths: Vec<f64>,
}

impl Index {
    /// Counts the words of `sections`.
    pub(super) fn new(sections: &[Section]) -> Self {
        let mut index = Self { postings: HashMap::new(), phrases: HashMap::new(), lengths: Vec::new() };
        for (number, section) in sections.iter().enumerate() {
            index.add(number, section);
        }
        let average = (index.lengths.iter().sum::<f64>() / index.lengths.len().max(1) as f64).max(1.0);
        index.lengths.iter_mut().for_each(|length| *length /= average);
        index
    }

    fn add(&mut self, number: usize, section: &Section) {
        let mut found: BTreeMap<String, Posting> = BTreeMap::new();
        let fields = [(section.heading, HEADING, true), (section.also, ALSO, true), (section.body.as_str(), BODY, false)];
        for (text, weight, topical) in fields {
            for word in words(text) {
                let posting = found.entry(word).or_insert(Posting { section: number, ..Posting::default() });
                posting.count += weight;
                posting.topical |= topical;
            }
        }
        self.lengths.push(found.values().map(|posting| posting.count).sum());
        for (word, posting) in found {
            self.postings.entry(word).or_default().push(posting);
        }
        for text in section.also.split(',').chain([section.heading]) {
            for form in [(Phrase::Same, words(text).join(" ")), (Phrase::Literal, literal(text))] {
                if !form.1.is_empty() {
                    self.phrases.entry(form).or_default().push(number);
                }
            }
        }
    }

    /// The sections that have a word of `question`, best first; of two that are equal, the earlier one.
    pub(super) fn rank(&self, question: &str) -> Vec<Hit> {
        let spelt: Vec<String> = words(question).into_iter().take(QUESTION_WORDS).collect();
        let asked: Vec<Asked<'_>> = spelt.iter().map(|word| self.find(word)).collect();

        let mut hits: BTreeMap<usize, Hit> = BTreeMap::new();
        let mut seen = HashSet::new();
        let mut total = 0.0;
        for asked in asked.iter().filter(|asked| seen.insert(asked.word)) {
            let idf = if asked.postings.is_empty() { UNKNOWN_WEIGHT } else { self.idf(asked.postings.len()) };
            total += idf;
            for posting in asked.postings {
                let norm = K1 * (1.0 - B + B * self.lengths[posting.section]);
                let hit = hits.entry(posting.section).or_insert_with(|| Hit::new(posting.section));
                hit.score += asked.trust * idf * posting.count * (K1 + 1.0) / (posting.count + norm);
                hit.coverage += asked.trust * idf * if posting.topical { 1.0 } else { IN_PASSING };
            }
        }
        hits.values_mut().for_each(|hit| hit.coverage /= total.max(f64::MIN_POSITIVE));

        let meant: Vec<&str> = asked.iter().map(|asked| asked.word).collect();
        for form in [(Phrase::Same, meant.join(" ")), (Phrase::Literal, literal(question))] {
            for &section in self.phrases.get(&form).into_iter().flatten() {
                let hit = hits.entry(section).or_insert_with(|| Hit::new(section));
                (hit.phrase, hit.coverage) = (form.0, 1.0);
            }
        }
        let mut hits: Vec<Hit> = hits.into_values().collect();
        hits.sort_by(|a, b| b.phrase.cmp(&a.phrase).then(b.score.total_cmp(&a.score)).then(a.section.cmp(&b.section)));
        hits
    }

    /// The sections with `word`, or with the word it may be a misspelling of.
    fn find<'a>(&'a self, word: &'a str) -> Asked<'a> {
        let (meant, trust) = match self.postings.contains_key(word) {
            true => (word, 1.0),
            false => self.meant(word).map_or((word, 1.0), |meant| (meant, MISSPELT)),
        };
        Asked { word: meant, trust, postings: self.postings.get(meant).map_or(&[], Vec::as_slice) }
    }

    /// The known word nearest to `word`: one slip away, two in a long word, with the same first letter, since that one is
    /// seldom wrong, and one that a section is about. Of equally near ones the one that more sections have.
    fn meant(&self, word: &str) -> Option<&str> {
        let length = word.chars().count();
        let slips = match length {
            0..4 => return None,
            4..8 => 1,
            _ => 2,
        };
        let near = self.postings.iter().filter(|(known, postings)| {
            let known_length = known.chars().count();
            known_length >= 3
                && known_length.abs_diff(length) <= slips
                && known.chars().next() == word.chars().next()
                && postings.iter().any(|posting| posting.topical)
        });
        near.map(|(known, postings)| (strsim::damerau_levenshtein(known, word), std::cmp::Reverse(postings.len()), known))
            .filter(|(distance, ..)| *distance <= slips)
            .min()
            .map(|(_, _, known)| known.as_str())
    }

    /// How much a word says that `sections` of all sections have: the weight of Robertson and Sparck Jones without relevance
    /// information, with 1 added inside the logarithm, so that a word of more than half of them does not count against one.
    fn idf(&self, sections: usize) -> f64 {
        let (all, some) = (self.lengths.len() as f64, sections as f64);
        ((all - some + 0.5) / (some + 0.5)).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(bodies: &[(&'static str, &str)]) -> Index {
        let sections: Vec<Section> =
            bodies.iter().map(|(heading, body)| Section { heading, body: (*body).to_owned(), ..Section::default() }).collect();
        Index::new(&sections)
    }

    fn order(index: &Index, question: &str) -> Vec<usize> {
        index.rank(question).iter().map(|hit| hit.section).collect()
    }

    #[test]
    fn order_of_sections() {
        let index = index(&[
            ("Pears", "apples and plums, and more of apples, and plums, and cherries in the garden behind the house"),
            ("Apples", "a fruit"),
            ("Plums", "apples"),
        ]);
        for (question, want) in
            [("apples", vec![1, 2, 0]), ("cherries", vec![0]), ("pluns", vec![2, 0]), ("grapes", vec![]), ("", vec![])]
        {
            assert_eq!(order(&index, question), want, "{question:?}");
        }
    }

    #[test]
    fn score_is_the_formula() {
        // One word, once in one of two bodies of equal length: idf = ln(1 + 1.5 / 1.5), and the rest cancels out.
        let hits = index(&[("", "apple"), ("", "plum")]).rank("apple");
        assert_eq!(hits.len(), 1);
        assert!((hits[0].score - 2f64.ln()).abs() < 1e-12 && (hits[0].coverage - IN_PASSING).abs() < 1e-12, "{hits:?}");
    }

    #[test]
    fn what_is_asked_to_the_letter_comes_first() {
        let sections = [
            Section { heading: "Apples", also: "apple pie", ..Section::default() },
            Section { heading: "Pears", also: "an apple, the apple", ..Section::default() },
            Section { heading: "Plums", also: "some apples", ..Section::default() },
        ];
        let index = Index::new(&sections);
        for (question, want) in [
            ("apples", vec![(0, Phrase::Literal), (1, Phrase::Same), (2, Phrase::Same)]),
            ("The apple?", vec![(1, Phrase::Literal), (0, Phrase::Same), (2, Phrase::Same)]),
            ("aplpes", vec![(0, Phrase::Same), (1, Phrase::Same), (2, Phrase::Same)]),
            ("apple tree", vec![(0, Phrase::Other), (1, Phrase::Other), (2, Phrase::Other)]),
        ] {
            let mut got: Vec<_> = index.rank(question).iter().map(|hit| (hit.section, hit.phrase)).collect();
            got.sort_by_key(|(section, phrase)| (std::cmp::Reverse(*phrase), *section));
            assert_eq!(got, want, "{question:?}");
        }
    }

    #[test]
    fn coverage_falls_with_words_that_a_section_has_not() {
        let index = index(&[("Apples", "a fruit"), ("Plums", "another")]);
        let of = |question| index.rank(question).first().map_or(0.0, |hit| hit.coverage);
        assert!(of("apples") > of("apples aeroplane") && of("apples aeroplane") > of("apples aeroplane bicycle"));
    }
}
