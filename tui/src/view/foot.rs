//! Hints of keys in one row: what may be pressed, and what it does.
//!
//! What must stay true: pure; an entry stands there whole or not at all, the most important first; where one is left out and there are
//! more keys to see, the last says which key shows them.

use crate::words;

/// Between two entries.
const BETWEEN: &str = " · ";

/// A key and what it does, in the words that are wanted, and in those for where there is little room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hint {
    long: String,
    short: String,
}

impl Hint {
    /// One that is not said in fewer words.
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { long: text.clone(), short: text }
    }

    /// One that can be said in fewer words.
    pub(super) fn or(long: impl Into<String>, short: impl Into<String>) -> Self {
        Self { long: long.into(), short: short.into() }
    }
}

/// Those of fixed words.
pub(super) fn hints<const N: usize>(texts: [&str; N]) -> Vec<Hint> {
    texts.into_iter().map(Hint::new).collect()
}

/// As many of `entries` as fit into so many columns. `more` stands last where one is left out, in the longest of its forms that costs no
/// entry; it is empty where there is nothing more to see.
pub(super) fn fit(entries: &[Hint], more: &[String], columns: usize) -> String {
    let long: Vec<&str> = entries.iter().map(|hint| hint.long.as_str()).collect();
    if width(&long) <= columns {
        return long.join(BETWEEN);
    }
    let short: Vec<&str> = entries.iter().map(|hint| hint.short.as_str()).collect();
    if width(&short) <= columns {
        return short.join(BETWEEN);
    }
    let with = |last: Option<&str>| -> Vec<String> {
        let room = columns.saturating_sub(last.map_or(0, |last| words::width(last) + words::width(BETWEEN)));
        let fits = short[..count(&short, room)].iter().copied();
        fits.chain(last).map(str::to_owned).collect()
    };
    let fits = more.iter().filter(|form| words::width(form) <= columns).map(|form| with(Some(form)));
    // Of forms that leave the same entries the longest: it comes first.
    let best = fits.reduce(|best, row| if row.len() > best.len() { row } else { best });
    best.unwrap_or_else(|| with(None)).join(BETWEEN)
}

/// The same in two rows of so many columns: what has no place in the first stands in the second.
pub(super) fn fit_in_two(entries: &[Hint], more: &[String], columns: [usize; 2]) -> [String; 2] {
    let short: Vec<&str> = entries.iter().map(|hint| hint.short.as_str()).collect();
    let (first, rest) = entries.split_at(count(&short, columns[0]));
    [fit(first, &[], columns[0]), fit(rest, more, columns[1])]
}

/// How many of the first entries fit.
fn count(entries: &[&str], columns: usize) -> usize {
    (0..=entries.len()).rev().find(|count| width(&entries[..*count]) <= columns).unwrap_or(0)
}

/// Columns of a row of entries.
fn width(entries: &[&str]) -> usize {
    words::width(&entries.join(BETWEEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_whole_the_most_important_first() {
        let entries = [Hint::new("Enter opens"), Hint::or("Esc closes the list", "Esc closes"), Hint::new("r renames")];
        let help = ["F1 all keys".to_owned(), "F1".to_owned()];
        for (columns, more, want) in [
            (99, &help[..], "Enter opens · Esc closes the list · r renames"),
            (45, &help, "Enter opens · Esc closes the list · r renames"),
            (44, &help, "Enter opens · Esc closes · r renames"),
            (36, &help, "Enter opens · Esc closes · r renames"),
            (35, &help, "Enter opens · Esc closes · F1"),
            (35, &[], "Enter opens · Esc closes"),
            (28, &help, "Enter opens · F1 all keys"),
            (24, &help, "Enter opens · F1"),
            (15, &help, "F1 all keys"),
            (10, &help, "F1"),
            (10, &[], ""),
            (1, &help, ""),
        ] {
            let got = fit(&entries, more, columns);
            assert_eq!(got, want, "{columns}");
            assert!(words::width(&got) <= columns, "{columns}");
        }
        assert_eq!(fit(&[], &help, 40), "");
    }

    #[test]
    fn a_second_row_goes_on_where_the_first_ends() {
        let entries = hints(["Esc back", "c copies", "e changes", "f forks"]);
        let more = ["F1".to_owned()];
        for (columns, want) in [
            ([99, 99], ["Esc back · c copies · e changes · f forks", ""]),
            ([20, 20], ["Esc back · c copies", "e changes · f forks"]),
            ([20, 15], ["Esc back · c copies", "e changes · F1"]),
            ([3, 13], ["", "Esc back · F1"]),
        ] {
            let got = fit_in_two(&entries, &more, columns);
            assert_eq!(got, want, "{columns:?}");
        }
    }
}
