//! What words and marks say of a prompt: the weights of `config/routing.toml`, ready to be looked up.
//!
//! What must stay true: made once from a text and never changed; looking up allocates nothing.

mod file;

pub(super) use file::Conversation;

use super::features::{Kind, hash, key};
use super::signals;
use super::text::{folded, is_unspaced};
use crate::domain::TaskClass;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use file::{Learnt, Vocabulary, Weights};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

/// How many classes a prompt can be of.
pub const CLASSES: usize = 7;

/// The classes in the order of weights.
pub const ORDER: [TaskClass; CLASSES] = [
    TaskClass::ToolUse,
    TaskClass::CodeGeneration,
    TaskClass::Mathematical,
    TaskClass::Creative,
    TaskClass::DeepThinking,
    TaskClass::QuickResponse,
    TaskClass::General,
];

/// The place of a class in [`ORDER`].
pub(super) fn place(class: TaskClass) -> usize {
    ORDER.iter().position(|c| *c == class).unwrap_or(CLASSES - 1)
}

/// A feature that is known.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) weights: [f32; CLASSES],
    pub(super) level: f32,
}

/// Keys are hashes already.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {}
    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

type Map<T> = HashMap<u64, T, BuildHasherDefault<AsItIs>>;

/// The vocabulary and its weights.
pub struct Lexicon {
    entries: Vec<Entry>,
    index: Map<u32>,
    /// From a word, or two, to the word that stands for it.
    aliases: Map<u32>,
    canonical: Vec<(String, u64)>,
    unspaced: Option<(AhoCorasick, Vec<u32>)>,
    /// From a word, or two, to the groups that it is of.
    members: Map<Vec<u16>>,
    groups: Vec<String>,
    polite: Map<()>,
    pub(super) conversation: Conversation,
    examples: Vec<(TaskClass, String)>,
    /// The entry of each signal that has weights.
    signals: Vec<Option<u32>>,
    pub(super) bias: [f32; CLASSES],
    pub(super) levels: [f32; CLASSES],
    pub(super) temperature: f32,
    /// Levels above the middle lie so many times as far from it.
    pub(super) tail: f32,
}

static BUILT_IN: LazyLock<Lexicon> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the built-in files are part of the program, and a test loads them")]
    Lexicon::read(VOCABULARY, include_str!("../../../../config/routing.toml")).expect("the built-in weights")
});

/// `config/vocabulary.toml`
const VOCABULARY: &str = include_str!("../../../../config/vocabulary.toml");

impl Lexicon {
    /// The one that is built in; read at its first use, in some milliseconds.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The built-in vocabulary with other weights, in the form of `config/routing.toml`; with none at all, what learning begins with.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn with_weights(weights: &str) -> Result<Self, String> {
        Self::read(VOCABULARY, weights)
    }

    /// Reads a vocabulary and its weights.
    ///
    /// # Errors
    /// What is wrong with them.
    fn read(vocabulary: &str, weights: &str) -> Result<Self, String> {
        let vocabulary: Vocabulary = toml::from_str(vocabulary).map_err(|error| error.to_string())?;
        let learnt = Learnt::read(weights)?;
        let mut lexicon = Self {
            entries: Vec::new(),
            index: Map::default(),
            aliases: Map::default(),
            canonical: Vec::new(),
            unspaced: None,
            members: Map::default(),
            groups: vocabulary.groups.keys().cloned().collect(),
            polite: vocabulary.polite.iter().map(|word| (hash(&folded(word)), ())).collect(),
            conversation: vocabulary.conversation,
            examples: Vec::new(),
            signals: vec![None; signals::NAMES.len()],
            bias: learnt.base.classes(),
            levels: [0.0; CLASSES],
            temperature: learnt.calibration.temperature,
            tail: learnt.calibration.tail,
        };
        for (class, level) in &learnt.levels {
            let class = ORDER.iter().position(|c| c.word() == class).ok_or_else(|| format!("there is no class {class}"))?;
            lexicon.levels[class] = *level;
        }
        for (class, texts) in &vocabulary.examples {
            let class = TaskClass::parse(class).ok_or_else(|| format!("there is no class {class}"))?;
            let texts = texts.lines().filter(|text| !text.trim().is_empty());
            lexicon.examples.extend(texts.map(|text| (class, text.to_owned())));
        }
        lexicon.alias(&vocabulary.aliases)?;
        lexicon.group(&vocabulary.groups)?;
        lexicon.weigh(&learnt)?;
        Ok(lexicon)
    }

    fn weigh(&mut self, learnt: &Learnt) -> Result<(), String> {
        for (name, weights) in &learnt.signals {
            let at = signals::NAMES.iter().position(|n| n == name).ok_or_else(|| format!("there is no signal `{name}`"))?;
            let entry = self.add(Kind::Signal, name, weights);
            self.signals[at] = Some(entry);
        }
        for (kind, table) in [
            (Kind::Word, &learnt.words),
            (Kind::Pair, &learnt.pairs),
            (Kind::Verb, &learnt.verbs),
            (Kind::Begin, &learnt.begins),
            (Kind::Last, &learnt.last),
            (Kind::Group, &learnt.groups),
            (Kind::Opening, &learnt.openings),
            (Kind::Crossing, &learnt.crossings),
        ] {
            for (name, weights) in table {
                let entry = self.add(kind, name, weights);
                self.index.insert(self.key_of(kind, name)?, entry);
            }
        }
        Ok(())
    }

    fn key_of(&self, kind: Kind, name: &str) -> Result<u64, String> {
        let group = |name: &str| {
            let at = self.groups.iter().position(|group| group == name).ok_or_else(|| format!("there is no group `{name}`"))?;
            Ok::<_, String>(at as u64 + 1)
        };
        match kind {
            Kind::Group | Kind::Opening => Ok(key(kind, group(name)?, 0)),
            Kind::Crossing => {
                let (verb, of) = name.split_once(" + ").ok_or_else(|| format!("`{name}` is no word and group"))?;
                Ok(key(kind, hash(verb), group(of)?))
            }
            _ => pair(kind, name).ok_or_else(|| format!("`{name}` has more than two words")),
        }
    }

    fn add(&mut self, kind: Kind, name: &str, weights: &Weights) -> u32 {
        let entry = Entry { kind, name: name.to_owned(), weights: weights.classes(), level: weights.level };
        self.entries.push(entry);
        u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
    }

    fn group(&mut self, groups: &BTreeMap<String, String>) -> Result<(), String> {
        for (at, (name, words)) in (0_u16..).zip(groups) {
            for word in list(words) {
                let key =
                    pair(Kind::Group, &folded(word)).ok_or_else(|| format!("`{word}` of {name} has more than two words"))?;
                let members = self.members.entry(key).or_default();
                if !members.contains(&at) {
                    members.push(at);
                }
            }
        }
        Ok(())
    }

    fn alias(&mut self, aliases: &BTreeMap<String, String>) -> Result<(), String> {
        let (mut patterns, mut targets) = (Vec::new(), Vec::new());
        for (word, others) in aliases {
            let target = u32::try_from(self.canonical.len()).unwrap_or(u32::MAX);
            self.canonical.push((word.clone(), hash(word)));
            for other in list(others) {
                if other.contains(is_unspaced) {
                    patterns.push(other);
                    targets.push(target);
                    continue;
                }
                let alias =
                    pair(Kind::Word, &folded(other)).ok_or_else(|| format!("the alias `{other}` has more than two words"))?;
                self.aliases.insert(alias, target);
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            // Made anew at each start: the kind that is made the soonest.
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(&patterns);
        self.unspaced = Some((automaton.map_err(|error| error.to_string())?, targets));
        Ok(())
    }

    /// Prompts that stand for their class.
    pub fn examples(&self) -> impl Iterator<Item = (TaskClass, &str)> {
        self.examples.iter().map(|(class, text)| (*class, text.as_str()))
    }

    pub(super) fn find(&self, key: u64) -> Option<&Entry> {
        self.entries.get(*self.index.get(&key)? as usize)
    }

    pub(super) fn signal(&self, at: usize) -> Option<&Entry> {
        self.entries.get((*self.signals.get(at)?)? as usize)
    }

    /// The groups of a word, or with `next` of the two together.
    pub(super) fn groups_of(&self, word: u64, next: u64) -> &[u16] {
        self.members.get(&key(Kind::Group, word, next)).map_or(&[], Vec::as_slice)
    }

    pub(super) fn group_name(&self, group: usize) -> &str {
        self.groups.get(group).map_or("", String::as_str)
    }

    /// The word that stands for this one, or for this one and the next.
    pub(super) fn canonical(&self, word: u64, next: u64) -> Option<(&str, u64, bool)> {
        let two = (next != 0).then(|| self.aliases.get(&key(Kind::Word, word, next))).flatten().map(|at| (at, true));
        let (at, both) = two.or_else(|| self.aliases.get(&key(Kind::Word, word, 0)).map(|at| (at, false)))?;
        let (name, hash) = self.canonical.get(*at as usize)?;
        Some((name, *hash, both))
    }

    /// The words that a run of an unspaced script holds, in order.
    pub(super) fn within<'a>(&'a self, run: &'a str) -> impl Iterator<Item = (&'a str, u64)> + 'a {
        let (automaton, targets) = self.unspaced.as_ref().map_or((None, None), |(a, t)| (Some(a), Some(t)));
        let found = automaton.into_iter().flat_map(move |automaton| automaton.find_iter(run));
        found.filter_map(move |found| {
            let target = targets?.get(found.pattern().as_usize())?;
            let (name, hash) = self.canonical.get(*target as usize)?;
            Some((name.as_str(), *hash))
        })
    }

    pub(super) fn is_polite(&self, word: u64) -> bool {
        self.polite.contains_key(&word)
    }
}

/// The entries of a list with commas between.
fn list(entries: &str) -> impl Iterator<Item = &str> {
    entries.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

/// The key of one word or two; `None` for more.
fn pair(kind: Kind, words: &str) -> Option<u64> {
    let mut parts = words.split_whitespace().map(hash);
    let (first, second) = (parts.next()?, parts.next().unwrap_or(0));
    parts.next().is_none().then(|| key(kind, first, second))
}
