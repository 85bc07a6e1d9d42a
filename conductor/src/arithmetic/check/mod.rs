//! The calculations of a text, checked: `17 * 23 = 391`.
//!
//! What must stay true: never a false accusation. What is called wrong is a plain equality of numbers, in plain
//! surroundings, that no other reading makes true; what is doubtful is reported where it agrees, since that is no accident,
//! and left out where it does not. Time is bounded: lines without a candidate are passed over, and so is what exceeds the
//! budgets below.

mod claim;
mod context;
mod lines;
mod sides;
mod words;

use super::token::lex;
use crate::domain::Calculation;
use claim::{Checked, Verdict};
use lines::Piece;
use std::collections::HashSet;

/// The most calculations that are reported.
const MOST: usize = 20;

/// The most that are looked at.
const MOST_TRIED: usize = 60;

/// The most text that is looked at closely, in bytes.
const BUDGET: usize = 128 * 1024;

/// A calculation that was found.
#[derive(Debug)]
struct Found {
    calculation: Calculation,
    /// For seeing that two are the same.
    canonical: String,
}

/// The calculations of `text`, at most 20, in their order, each with what it comes to and whether the text is right. Blocks
/// of code are left out, and so is all that is doubtful and does not agree.
pub fn check(text: &str) -> Vec<Calculation> {
    let mut found: Vec<Found> = Vec::new();
    let (mut budget, mut tries, mut rounded) = (BUDGET, MOST_TRIED, HashSet::new());
    for piece in lines::pieces(text) {
        if budget < piece.text.len() || tries == 0 || found.len() >= MOST {
            break;
        }
        budget -= piece.text.len();
        found.extend(of_piece(&piece, &mut tries, &mut rounded));
    }
    found.truncate(MOST);
    leave_out_doubtful(text, &mut found);
    found.into_iter().map(|found| found.calculation).collect()
}

fn of_piece(piece: &Piece<'_>, tries: &mut usize, rounded: &mut HashSet<String>) -> Vec<Found> {
    let lexed = lex(piece.text);
    let mut found = Vec::new();
    for link in sides::links(piece, &lexed) {
        if *tries == 0 {
            break;
        }
        *tries -= 1;
        let Some(mut checked) = claim::compare(&link, rounded) else { continue };
        rounded.extend(checked.rounded.take());
        let correct = match checked.verdict {
            Verdict::Agrees => true,
            Verdict::Differs if !link.doubtful && !checked.doubtful && !context::is_doubtful_line(piece) => false,
            Verdict::Differs | Verdict::Unclear => continue,
        };
        let Checked { expression, claimed, exact, .. } = checked;
        let calculation = Calculation { expression, claimed, exact, correct };
        found.push(Found { calculation, canonical: checked.canonical });
    }
    found
}

/// In a text about other kinds of arithmetic nothing is called wrong; nor is what the text itself has right elsewhere: it
/// corrects itself, or it offers several answers to choose from.
fn leave_out_doubtful(text: &str, found: &mut Vec<Found>) {
    if found.iter().all(|f| f.calculation.correct) {
        return;
    }
    let other_arithmetic = context::is_doubtful_text(text);
    let right: HashSet<String> = found.iter().filter(|f| f.calculation.correct).map(|f| f.canonical.clone()).collect();
    found.retain(|f| f.calculation.correct || !(other_arithmetic || right.contains(&f.canonical)));
}

#[cfg(test)]
mod tests;
