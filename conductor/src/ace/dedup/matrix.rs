//! Embeddings of length 1 as one matrix, and the pairs of rows whose product is large.
//!
//! What must stay true: all rows have the same length; leaving a pair out early is exact: what is left of a product is never more
//! than the product of what is left of the lengths (Cauchy-Schwarz).

use std::ops::Range;

/// So many numbers are multiplied at once, which compilers make vector instructions of.
const LANES: usize = 16;

/// So many rows are compared with one at once, so that each number is loaded once for them.
const ROWS: usize = 4;

/// So many rows stay in the cache while all others pass by.
const BLOCK: usize = 96;

/// What 1 is in a head. Its square times the length of a row, at most 1, fits 32 bits.
const ONE: f32 = 16_384.0;

/// What rounding can add to a product of two rows of length 1.
const ROUNDING: f32 = 1e-4;

/// `vector` with length 1; `None` where it has none, or is empty.
pub(super) fn normalised(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
    if !length.is_finite() || length <= 0.0 {
        return None;
    }
    vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
    Some(vector)
}

/// See the module. Each row is there as it is, and its first third once more in whole numbers, of which vector instructions take twice as
/// many at once: that decides most pairs.
#[derive(Debug, Default)]
pub(super) struct Matrix {
    /// The length of the vectors; 0 before the first.
    dimensions: usize,
    /// Of a row, padded with zeros: a multiple of [`LANES`].
    width: usize,
    rows: Vec<f32>,
    /// Of a head: a multiple of [`LANES`].
    head: usize,
    heads: Vec<i16>,
    /// The length of what is not in the head, of each row.
    rests: Vec<f32>,
}

impl Matrix {
    /// Adds a row of length 1. False for one with another number of dimensions than the first.
    pub(super) fn push(&mut self, vector: &[f32]) -> bool {
        if self.dimensions == 0 {
            self.dimensions = vector.len();
            self.width = vector.len().next_multiple_of(LANES);
            self.head = vector.len().div_ceil(3).next_multiple_of(LANES);
        }
        if vector.len() != self.dimensions || vector.is_empty() {
            return false;
        }
        self.rows.extend_from_slice(vector);
        self.rows.resize(self.rows.len() + self.width - vector.len(), 0.0);
        let (head, rest) = vector.split_at(self.head.min(vector.len()));
        self.heads.extend(head.iter().map(|x| (x * ONE).round() as i16));
        self.heads.resize(self.heads.len() + self.head - head.len(), 0);
        self.rests.push(rest.iter().map(|x| x * x).sum::<f32>().sqrt());
        true
    }

    fn row(&self, at: usize) -> &[f32] {
        &self.rows[at * self.width..(at + 1) * self.width]
    }

    /// The product of each row with `vector`; `None` for one with another number of dimensions.
    pub(super) fn times(&self, vector: &[f32]) -> Option<Vec<f32>> {
        if vector.len() != self.dimensions || self.rests.is_empty() {
            return None;
        }
        let mut one = vector.to_vec();
        one.resize(self.width, 0.0);
        Some(self.rows.chunks_exact(self.width).map(|row| dot(row, &one)).collect())
    }

    /// All pairs of rows, the first before the second, whose product is at least `threshold`.
    pub(super) fn pairs(&self, threshold: f32) -> Vec<(usize, usize)> {
        let (rows, mut found) = (self.rests.len(), Vec::new());
        for block in (0..rows).step_by(BLOCK) {
            let end = (block + BLOCK).min(rows);
            for first in (0..end).step_by(ROWS) {
                for other in block.max(first + 1)..end {
                    self.compare(first..(first + ROWS).min(other), other, threshold, &mut found);
                }
            }
        }
        found
    }

    /// Compares up to [`ROWS`] rows with a later one.
    fn compare(&self, rows: Range<usize>, other: usize, threshold: f32, found: &mut Vec<(usize, usize)>) {
        let (head, rest) = (self.head, self.rests[other]);
        // What whole numbers can take: half a unit for each number of both, of which the other row has at most the root of their count.
        let slack = (head as f32).sqrt() / ONE + ROUNDING;
        let heads = &self.heads[rows.start * head..rows.end * head];
        let products = dots(heads, &self.heads[other * head..(other + 1) * head]);
        for (row, product) in rows.zip(products) {
            let most = product as f32 / (ONE * ONE) + self.rests[row] * rest + slack;
            if most >= threshold && dot(self.row(row), self.row(other)) >= threshold {
                found.push((row, other));
            }
        }
    }
}

/// The product of two slices of one length, a multiple of [`LANES`].
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// The products of up to [`ROWS`] heads, one after the other in `heads`, with `other`.
fn dots(heads: &[i16], other: &[i16]) -> [i32; ROWS] {
    let mut sums = [0; ROWS];
    let width = other.len();
    if heads.len() < ROWS * width {
        sums.iter_mut().zip(heads.chunks_exact(width)).for_each(|(sum, head)| *sum = product(head, other));
        return sums;
    }
    let (a, rest) = heads.split_at(width);
    let (b, rest) = rest.split_at(width);
    let (c, d) = rest.split_at(width);
    for ((((x, a), b), c), d) in other.iter().zip(a).zip(b).zip(c).zip(d) {
        let x = i32::from(*x);
        sums[0] += x * i32::from(*a);
        sums[1] += x * i32::from(*b);
        sums[2] += x * i32::from(*c);
        sums[3] += x * i32::from(*d);
    }
    sums
}

fn product(a: &[i16], b: &[i16]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}
