//! What is one piece of advice, and what is two.

use super::*;
use crate::ace::adapt::Rng;
use crate::ace::testing::{book, bullet};
use crate::domain::{Bullet, Stage};

#[test]
fn paraphrases_of_one_line_are_one_and_other_advice_is_not() {
    let same = [
        ("Check the units before adding.", "Always check units before you add"),
        ("Verify the input before processing it", "Validate input before processing"),
        ("Convert all lengths to one unit before adding them", "Convert all the lengths to one unit before adding"),
        ("Read the question twice.", "Please read the questions twice!"),
        ("Round only the final result", "Round only the last answer."),
        ("Use 3 decimal places for rates", "use 3 decimal places for the rate"),
        ("先に単位を確認する", "先に単位を確認する。"),
        ("Do not round intermediate values", "Never round intermediate values"),
    ];
    let other = [
        ("Round up to the next cent", "Round down to the next cent"),
        ("Check units before adding", "Check units after adding"),
        ("Always round intermediate values", "Never round intermediate values"),
        ("Use 3 decimal places for rates", "Use 4 decimal places for rates"),
        ("Return early when x > 0", "Return early when x < 0"),
        ("Subtract costs from revenue", "Subtract revenue from costs"),
        ("Convert metres to kilometres", "Convert miles to kilometres"),
        ("Check the units", "Check the signs"),
        ("Take the minimum of both bounds", "Take the maximum of both bounds"),
        ("Sort rows by date ascending before joining", "Sort rows by date descending before joining"),
        ("Weight group averages by group size", "Count leap days between dates"),
        ("Parse dates in the file with the local format", "Parse dates in the form with the local format of the user"),
        ("", ""),
        ("the of", "a to"),
    ];
    for (rows, merged) in [(&same[..], true), (&other[..], false)] {
        for (a, b) in rows {
            let (one, two) = (likeness(a, b), likeness(b, a));
            assert_eq!(one, two, "{a:?} {b:?}");
            assert!((0.0..=1.0).contains(&one));
            assert_eq!(one >= THRESHOLD, merged, "{one}: {a:?} and {b:?}");
        }
    }
}

/// A vector of `dimensions` numbers, most of them small.
fn random(rng: &mut Rng, dimensions: usize) -> Vec<f32> {
    (0..dimensions).map(|_| (rng.unit() - 0.5) as f32).collect()
}

#[test]
fn the_matrix_finds_all_pairs_that_a_plain_loop_finds() {
    for (rows, dimensions) in [(0, 4), (1, 4), (7, 3), (40, 16), (150, 50), (230, 384)] {
        let mut rng = Rng::new(rows as u64, dimensions as u64);
        let mut vectors: Vec<Vec<f32>> = Vec::new();
        for row in 0..rows {
            let mut vector = random(&mut rng, dimensions);
            if row % 3 == 2 {
                // Near to an earlier one, more or less.
                let (other, noise) = (vectors[rng.below(row)].clone(), rng.unit() as f32);
                vector.iter_mut().zip(other).for_each(|(x, y)| *x = y * 5.0 + *x * noise * 2.0);
            }
            vectors.push(normalised(vector).unwrap());
        }
        let mut matrix = Matrix::default();
        assert!(vectors.iter().all(|vector| matrix.push(vector)));
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let (mut sure, mut never) = (Vec::new(), 0);
        let mut found = matrix.pairs(THRESHOLD);
        found.sort_unstable();
        for b in 0..rows {
            for a in 0..b {
                let cosine = product(&vectors[a], &vectors[b]);
                let is_found = found.binary_search(&(a, b)).is_ok();
                // Rounding may decide what is as near as this.
                if cosine > f64::from(THRESHOLD) + 1e-4 {
                    assert!(is_found, "{a} {b} {cosine}");
                    sure.push((a, b));
                } else if cosine < f64::from(THRESHOLD) - 1e-4 {
                    assert!(!is_found, "{a} {b} {cosine}");
                    never += 1;
                }
            }
        }
        assert!(rows < 40 || (!sure.is_empty() && never > 0), "the test says something");
        if let Some(last) = vectors.last() {
            let products = matrix.times(last).unwrap();
            assert!(products.iter().zip(&vectors).all(|(got, row)| (f64::from(*got) - product(row, last)).abs() < 1e-4));
            assert!(matrix.times(&vec![1.0; dimensions + 1]).is_none());
        }
    }
}

fn lines(lines: &[&str]) -> Playbook {
    let bullets = (1..).zip(lines).map(|(id, line)| bullet(id, Stage::Prod, line));
    book(bullets.collect::<Vec<Bullet>>())
}

fn ids(pairs: Vec<(BulletId, BulletId)>) -> Vec<(u32, u32)> {
    pairs.into_iter().map(|(a, b)| (a.0, b.0)).collect()
}

#[test]
fn without_embeddings_words_decide_within_a_section_and_not_for_the_quarantined() {
    let mut book = lines(&[
        "Check the units before adding.",
        "Round late",
        "Always check units before you add",
        "Check units before adding anything",
        "Check units before adding",
    ]);
    for (id, change) in [(4, Stage::Quarantine), (5, Stage::Prod)] {
        book.bullets.get_mut(&BulletId(id)).unwrap().stage = change;
    }
    book.bullets.get_mut(&BulletId(5)).unwrap().text.section = "Elsewhere".to_owned();
    let vectors = Vectors::default();
    let near = Near::new(&book, &vectors, THRESHOLD);
    assert_eq!(ids(near.pairs()), [(1, 3)]);
    assert_eq!(near.nearest("ERRORS", "check units before adding"), Some(BulletId(1)));
    assert_eq!(near.nearest("Elsewhere", "Check the units before adding"), Some(BulletId(5)));
    assert_eq!(near.nearest("Nowhere", "Check units before adding"), None);
    assert_eq!(near.nearest("Errors", "Check units after adding"), None);
    // What did harm is not proposed anew.
    let near = Near::new(&lines(&["x", "y"]), &vectors, THRESHOLD);
    assert!(near.pairs().is_empty());
}

#[test]
fn trap_09_an_embedding_is_of_its_words_and_opposites_are_two_whatever_it_says() {
    let mut book = lines(&["Alpha", "Beta", "Round up", "Round down", "Plain words here", "Plain words are here"]);
    let mut vectors = Vectors::default();
    assert_eq!(vectors.missing(["Alpha", "Alpha", "Beta"]), ["Alpha", "Beta"]);
    for (text, vector) in [
        ("Alpha", vec![1.0, 0.0]),
        ("Beta", vec![0.0, 3.0]),
        ("Round up", vec![1.0, 1.0]),
        ("Round down", vec![1.0, 1.01]),
        ("Alpha in other words", vec![2.0, 0.1]),
    ] {
        assert!(vectors.insert(text.to_owned(), vector));
    }
    for bad in [vec![], vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![f32::INFINITY]] {
        assert!(!vectors.insert("bad".to_owned(), bad));
    }
    assert_eq!(ids(Near::new(&book, &vectors, THRESHOLD).pairs()), [(5, 6)], "those without are compared by words");
    // Bullet 2 is rewritten: what it was is nothing to it any more.
    book.bullets.get_mut(&BulletId(2)).unwrap().text.content = "Alpha in other words".to_owned();
    assert_eq!(ids(Near::new(&book, &vectors, THRESHOLD).pairs()), [(1, 2), (5, 6)]);
    assert_eq!(Near::new(&book, &vectors, THRESHOLD).nearest("Errors", "Beta"), None);
    vectors.keep(&book);
    assert!(vectors.get("Beta").is_none() && vectors.len() == 4);
    // Of another length: another model made it.
    assert!(vectors.insert("Round up".to_owned(), vec![1.0, 0.0, 0.0]));
    assert_eq!(ids(Near::new(&book, &vectors, THRESHOLD).pairs()), [(1, 2), (5, 6)]);
}
