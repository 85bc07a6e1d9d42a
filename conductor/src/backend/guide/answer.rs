//! From a question to an answer: which sections are for this machine, how many are shown, and what is said when none fits.
//!
//! What must stay true: pure; never an answer that a reader could take for a model's.

use super::calculator;
use super::rank::{Hit, Index};
use super::section::{self, Section};
use crate::domain::{Machine, Os};
use std::sync::LazyLock;

/// How much of a question a section must have to be its answer.
const ENOUGH: f64 = 0.5;

/// How much a section must have to be named where none is an answer.
const SOMETHING: f64 = 0.2;

/// How many are named then.
const NEAREST: usize = 3;

/// How near the second section must come to be shown, too.
const CLOSE: f64 = 0.85;

/// Parsed where they are first wanted, not at the start.
static SECTIONS: LazyLock<Vec<Section>> = LazyLock::new(section::embedded);

/// Made at the first question: which model to fetch first is told without it.
static INDEX: LazyLock<Index> = LazyLock::new(|| Index::new(&SECTIONS));

/// Words that greet or thank, and ask nothing.
const GREETINGS: &[&str] = &[
    "hi",
    "hello",
    "hey",
    "hallo",
    "hola",
    "bonjour",
    "salut",
    "moin",
    "servus",
    "ciao",
    "yo",
    "there",
    "good",
    "morning",
    "evening",
    "afternoon",
    "day",
    "guten",
    "tag",
    "morgen",
    "thanks",
    "thank",
    "you",
    "danke",
    "merci",
    "gracias",
    "ok",
    "okay",
    "test",
    "testing",
    "ping",
    "segno",
    "guide",
    "how",
    "are",
    "你好",
];

/// What the guide answers to `question` on `machine`.
pub(super) fn answer(machine: Machine, question: &str) -> String {
    if let Some(worked_out) = calculator::answer(question) {
        return worked_out;
    }
    if greets(question) {
        return greeting(machine);
    }
    let sections = choose(machine, question);
    let asked = asked_for(machine, question);
    if sections.is_empty() {
        return unknown(machine, &asked);
    }
    let mut text = String::new();
    for section in sections {
        push(&mut text, section.heading, &section.body);
        if section.adds_memory
            && let Some(row) = for_memory(asked.memory)
        {
            push(&mut text, &format!("{} ({})", row.heading, asked.whose), &row.body);
        }
    }
    text
}

/// The sections that answer `question`, best first: none, one, or two when they are close.
pub(super) fn choose(machine: Machine, question: &str) -> Vec<&'static Section> {
    let asked = asked_for(machine, question);
    let mut ranked = ranked(&asked);
    let Some((best, first)) = ranked.find(|(_, hit)| hit.coverage >= ENOUGH) else { return Vec::new() };
    let mut chosen = vec![best];
    if let Some((next, second)) = ranked.next() {
        // A section that brings its row for this machine along needs no second one, and a row needs no other; nor does
        // what was asked for by its name.
        let alone = best.adds_memory || best.memory.is_some() || next.adds_memory || next.memory.is_some();
        let close = second.phrase == first.phrase && second.score >= CLOSE * first.score;
        if !alone && close && second.coverage >= ENOUGH {
            chosen.push(next);
        }
    }
    chosen
}

/// The sections for those systems and that memory, best first.
fn ranked(asked: &Asked) -> impl Iterator<Item = (&'static Section, Hit)> {
    let (sections, index) = (&*SECTIONS, &*INDEX);
    let found = index.rank(&asked.question).into_iter();
    found.filter_map(|hit| sections.get(hit.section).filter(|section| asked.fits(section)).map(|section| (section, hit)))
}

/// The first model to pull on `machine`, as the guide names it.
pub(super) fn first_model(machine: Machine) -> Option<&'static str> {
    let (_, name) = for_memory(machine.memory_gib())?.body.split_once("`/pull ")?;
    name.split('`').next()
}

/// The systems and the memory that a question is about: those it names, or this machine's.
struct Asked {
    /// The question, with its sizes in the words of the pages.
    question: String,
    systems: Vec<Os>,
    memory: Option<u64>,
    whose: &'static str,
}

impl Asked {
    fn fits(&self, section: &Section) -> bool {
        let system = section.os.is_none_or(|os| self.systems.contains(&os));
        let memory = match (&section.memory, self.memory) {
            (None, _) => true,
            (Some(range), Some(gib)) => range.contains(&gib),
            (Some(_), None) => false,
        };
        system && memory
    }
}

fn asked_for(machine: Machine, question: &str) -> Asked {
    let question = question.trim();
    let lower = question.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let mut systems: Vec<Os> = words.iter().filter_map(|word| system_named(word)).collect();
    if systems.is_empty() {
        systems = match machine.os {
            // Not one of those with words of their own: the reader sees best which comes nearest.
            Os::Other => vec![Os::Linux, Os::Macos, Os::Windows],
            os => vec![os],
        };
    }
    let named = memory_named(&words);
    let whose = if named.is_some() { "as you asked" } else { "this machine" };
    let question = match named {
        Some(_) => format!("{} gib memory model", without_sizes(&words)),
        // Of a command what it takes is no part of the question: `/pull llama3.1:8b` asks about `/pull`.
        None if question.starts_with('/') => question.split_whitespace().next().unwrap_or_default().to_owned(),
        None => question.to_owned(),
    };
    Asked { question, systems, memory: named.or(machine.memory_gib()), whose }
}

fn system_named(word: &str) -> Option<Os> {
    match word {
        "linux" | "ubuntu" | "debian" | "fedora" | "arch" | "suse" | "opensuse" | "mint" | "nixos" | "wsl" | "wsl2" => {
            Some(Os::Linux)
        }
        "mac" | "macos" | "osx" | "macbook" | "imac" | "apple" => Some(Os::Macos),
        "windows" | "win" | "win10" | "win11" | "powershell" => Some(Os::Windows),
        _ => None,
    }
}

/// `16 gb`, `16gb`, `16 GiB`, `16 gigs`.
fn memory_named(words: &[&str]) -> Option<u64> {
    words.iter().enumerate().find_map(|(at, word)| {
        let (digits, rest) = size(word);
        let follows = rest.is_empty() && words.get(at + 1).is_some_and(|next| is_unit(next));
        (is_unit(rest) || follows).then_some(digits.parse().ok()?)
    })
}

fn without_sizes(words: &[&str]) -> String {
    let kept = words
        .iter()
        .filter(|word| !is_unit(word) && (size(word).0.is_empty() || !(size(word).1.is_empty() || is_unit(size(word).1))));
    kept.copied().collect::<Vec<_>>().join(" ")
}

/// A word's digits and what follows them.
fn size(word: &str) -> (&str, &str) {
    word.split_at(word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len()))
}

fn is_unit(word: &str) -> bool {
    matches!(word, "gb" | "gib" | "gig" | "gigs" | "gigabyte" | "gigabytes" | "go")
}

fn for_memory(gib: Option<u64>) -> Option<&'static Section> {
    let gib = gib?;
    SECTIONS.iter().find(|section| section.memory.as_ref().is_some_and(|range| range.contains(&gib)))
}

fn greets(question: &str) -> bool {
    let lower = question.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).peekable();
    words.peek().is_none() || words.all(|word| GREETINGS.contains(&word))
}

fn greeting(machine: Machine) -> String {
    format!(
        "Hello. I am Segno's built-in guide, not a language model: I find answers about Segno in its user guide.\n\n{}",
        topics(machine)
    )
}

fn unknown(machine: Machine, asked: &Asked) -> String {
    let nearest: Vec<&str> =
        ranked(asked).filter(|(_, hit)| hit.coverage >= SOMETHING).take(NEAREST).map(|(section, _)| section.heading).collect();
    let nearest = if nearest.is_empty() { String::new() } else { format!(" The nearest I have: {}.", nearest.join("; ")) };
    format!(
        "I am Segno's built-in guide, not a language model. I can only look up answers about Segno, and found none for \
         this.{nearest}\n\n{}",
        topics(machine)
    )
}

/// What can be asked, and the one next step.
fn topics(machine: Machine) -> String {
    let mut pages: Vec<&str> = SECTIONS.iter().map(|section| section.page).collect();
    pages.dedup();
    let list: String = pages.iter().map(|page| format!("- {page}\n")).collect();
    let model = first_model(machine).unwrap_or("llama3.1:8b");
    format!(
        "Ask me about:\n\n{list}\nFor every other question a model is needed. Next step: with Ollama running, type `/pull {model}`; \
         without it, ask me \"how do I install Ollama\"."
    )
}

fn push(text: &mut String, heading: &str, body: &str) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str("**");
    text.push_str(heading);
    text.push_str("**\n\n");
    text.push_str(body);
}
