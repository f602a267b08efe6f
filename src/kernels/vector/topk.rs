//! Finds the rows most like a query.

use super::best::Best;
use super::rows::{DIMENSIONS, RowShape, threads};
use super::simd::{for_avx2, prefetch};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::matrix::product::{Matrix, multiply};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{Reads, numbers};
use crate::kernels::runtime::shape::Shape;
use rayon::prelude::*;

/// The most that may be asked for.
const K_MOST: i64 = 1 << 16;

/// The most answers to all queries together.
const ANSWERS_MOST: usize = 1 << 24;

/// From so many queries on they are multiplied with the rows as a matrix. Each query costs less then, but bringing the
/// rows into the order that the multiplication wants costs as much as some thirty queries do one by one.
const QUERIES_MANY: usize = 48;

/// Multiplications of a thread's part of a step: some 2 to 5 ms. Of fewer queries the rows are read as fast as memory
/// gives them: then it is bounded by the numbers read.
const PRODUCTS: usize = 32 << 20;

/// Numbers read in a thread's part of a step: some 1 to 5 ms. Few steps, since at the end of each the threads wait for
/// the last one. Less in tests, for the sake of several steps.
const NUMBERS: usize = if cfg!(test) { 1 << 18 } else { 8 << 20 };

/// Pieces of a thread's part of a step: one that comes late does not hold up the step.
const PIECES: usize = 16;

/// How far ahead of a row memory is asked for what comes next, in numbers: two pages. The processor does so by itself
/// within a page only, and memory that JavaScript has comes in small ones.
const AHEAD: usize = 2048;

/// Sums that a product is gathered in: as many as make independent vectors enough, whatever their width.
const LANES: usize = 32;

/// Rows that are multiplied with many queries at a time, at most: their scores stay in the cache.
const BLOCK: usize = 256;

/// See [`Kernel::SUMMARY`].
pub struct TopK {
    shape: RowShape,
    /// A row each, of length 1 for cosines.
    queries: Vec<f32>,
    best: Vec<Best>,
    cosine: bool,
    done: usize,
}

impl Kernel for TopK {
    const NAME: &'static str = "vector.topk";
    const SUMMARY: &'static str = "finds the rows with the greatest product with a query, or the least angle to it";
    const UNIT: &'static str = "rows";
    const PARAMETERS: &'static [Parameter] = &[
        DIMENSIONS,
        Parameter::required(
            "query",
            ParameterKind::Floats { min: 1, max: 1 << 28 },
            "One query, or several one after the other. Copied.",
        ),
        Parameter::required(
            "k",
            ParameterKind::Integer { min: 1, max: K_MOST },
            "Rows to find for each query; all, where there are fewer. `k` × queries: 16,777,216 at most.",
        ),
        Parameter::optional(
            "metric",
            ParameterKind::Choice(&["cosine", "dot"]),
            "How alike two rows are: the cosine of the angle between them, or their scalar product.",
        )
        .by_default("'cosine'"),
    ];
    type Memory = Reads;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let shape = RowShape::of(Self::NAME, arguments, input)?;
        let range = |message| Err(Error::new(ErrorCode::KernelRange, message));
        let RowShape { rows, dimensions } = shape;
        if u32::try_from(rows).is_err() {
            let message = format!("vector.topk: at most {} rows can be told apart, got {rows}", u32::MAX);
            return range(message);
        }
        let queries = arguments.floats("query").map_or(&[][..], |query| query);
        if !queries.len().is_multiple_of(dimensions) {
            return range(format!(
                "vector.topk: query must be whole rows of {dimensions} numbers, got {}",
                queries.len()
            ));
        }
        let cosine = arguments.text("metric") != Some("dot");
        let mut queries = queries.to_vec();
        if cosine {
            queries.chunks_exact_mut(dimensions).for_each(super::normalize::normalize);
        }
        // At least 1: the parameter is declared so. With no rows none is offered.
        let most = arguments.integer("k").map_or(1, |k| k as usize).min(rows.max(1));
        let answers = most * (queries.len() / dimensions);
        if answers > ANSWERS_MOST {
            let message = format!("vector.topk: k × queries must be {ANSWERS_MOST} or less, got {answers}");
            return range(message);
        }
        let best = vec![Best::new(most); queries.len() / dimensions];
        Ok(TopK { shape, queries, best, cosine, done: 0 })
    }

    fn work(&self) -> u64 {
        self.shape.rows as u64
    }

    fn step(&mut self, bytes: &[u8], context: &Context<'_>) -> Result<Step> {
        let RowShape { rows, dimensions } = self.shape;
        let numbers = numbers::<f32>(bytes)?;
        let threads = threads(context);
        let share = (NUMBERS / dimensions).min(PRODUCTS / self.queries.len()).max(1);
        let end = rows.min(self.done + share * threads);
        let part = self.done..end;
        let piece = part.len().div_ceil(PIECES * threads).max(1);
        let find = |first: usize| self.find(numbers, first, end.min(first + piece));
        let found: Vec<_> = if threads > 1 {
            part.into_par_iter().step_by(piece).map(find).collect()
        } else {
            part.step_by(piece).map(find).collect()
        };
        for found in found {
            self.best.iter_mut().zip(found).for_each(|(best, found)| best.merge(found));
        }
        self.done = end;
        if end < rows {
            return Ok(Step::More { done: end as u64 });
        }
        let best = std::mem::take(&mut self.best).into_iter().flat_map(Best::sorted);
        let (indices, scores) = best.map(|(index, score)| (index, self.bounded(score))).unzip();
        Ok(Step::Done(Value::Fields(vec![("indices", Value::Uint32(indices)), ("scores", Value::Float32(scores))])))
    }
}

impl TopK {
    /// The best of some rows for each query.
    fn find(&self, numbers: &[f32], first: usize, end: usize) -> Vec<Best> {
        let dimensions = self.shape.dimensions;
        let mut best: Vec<_> = self.best.iter().map(Best::beyond).collect();
        if self.best.len() < QUERIES_MANY {
            let (query, others) = self.queries.split_at(dimensions);
            for index in first..end {
                let row = &numbers[index * dimensions..][..dimensions];
                let [product, square] = if self.cosine { dot_and_square(row, query) } else { [dot(row, query), 1.0] };
                let factor = self.factor(square);
                best[0].offer(product * factor, index as u32);
                for (best, query) in best[1..].iter_mut().zip(others.chunks_exact(dimensions)) {
                    best.offer(dot(row, query) * factor, index as u32);
                }
            }
            return best;
        }
        let queries = Matrix { numbers: &self.queries, rows: best.len(), columns: dimensions, stride: dimensions };
        let mut products = vec![0.0; BLOCK.min(end - first) * best.len()];
        for block in (first..end).step_by(BLOCK) {
            let rows = BLOCK.min(end - block);
            let numbers = &numbers[block * dimensions..][..rows * dimensions];
            let matrix = Matrix { numbers, rows, columns: dimensions, stride: dimensions };
            let stride = best.len();
            multiply(matrix, queries.transposed(), false, &mut products, stride);
            let rows = numbers.chunks_exact(dimensions).zip(products.chunks_exact(stride));
            for (index, (row, products)) in rows.enumerate() {
                let factor = self.factor(if self.cosine { dot(row, row) } else { 1.0 });
                for (best, product) in best.iter_mut().zip(products) {
                    best.offer(product * factor, (block + index) as u32);
                }
            }
        }
        best
    }

    /// A score as it is given out. Rounding takes a cosine of 1 a little beyond it, which is put right only here: before,
    /// it is part of the order.
    fn bounded(&self, score: f32) -> f32 {
        if self.cosine { score.clamp(-1.0, 1.0) } else { score }
    }

    /// What a product with a row is multiplied with, by the row's product with itself. A row of zeros has no direction
    /// and is like none: its cosine is 0.
    fn factor(&self, square: f32) -> f32 {
        if !self.cosine {
            1.0
        } else if square == 0.0 {
            0.0
        } else {
            1.0 / square.sqrt()
        }
    }
}

for_avx2!(fn dot = dot_plain(row: &[f32], query: &[f32]) -> f32);

#[inline(always)]
fn dot_plain(row: &[f32], query: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let ((row, row_rest), (query, query_rest)) = (row.as_chunks(), query.as_chunks());
    for (row, query) in row.iter().zip(query) {
        ask_ahead(row);
        add_products(&mut sums, row, query);
    }
    total(sums) + rest(row_rest, query_rest)
}

for_avx2!(fn dot_and_square = dot_and_square_plain(row: &[f32], query: &[f32]) -> [f32; 2]);

/// The product with the query, and that of the row with itself, for which it need not be read again.
#[inline(always)]
fn dot_and_square_plain(row: &[f32], query: &[f32]) -> [f32; 2] {
    let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let ((row, row_rest), (query, query_rest)) = (row.as_chunks(), query.as_chunks());
    for (row, query) in row.iter().zip(query) {
        ask_ahead(row);
        add_products(&mut sums, row, query);
        add_products(&mut squares, row, row);
    }
    [total(sums) + rest(row_rest, query_rest), total(squares) + rest(row_rest, row_rest)]
}

#[inline(always)]
fn add_products(sums: &mut [f32; LANES], a: &[f32; LANES], b: &[f32; LANES]) {
    for lane in 0..LANES {
        sums[lane] += a[lane] * b[lane];
    }
}

#[inline(always)]
fn rest(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Asks memory for the numbers that will be read soon after these: two cache lines.
#[inline(always)]
fn ask_ahead(row: &[f32; LANES]) {
    prefetch(row.as_ptr().wrapping_add(AHEAD));
    prefetch(row.as_ptr().wrapping_add(AHEAD + LANES / 2));
}

/// The sum of all, half on half: one by one they would have to wait for each other.
#[inline(always)]
fn total(mut sums: [f32; LANES]) -> f32 {
    for half in [16, 8, 4, 2, 1] {
        for lane in 0..half {
            sums[lane] += sums[lane + half];
        }
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{number, text};
    use crate::kernels::vector::testing::{called, close, floats};
    use crate::kernels::{Argument, Plan};
    use std::sync::Arc;

    fn given(query: &[f32], k: usize, dimensions: usize, metric: &str) -> Vec<(String, Argument)> {
        vec![
            ("query".to_owned(), Argument::Floats(Arc::new(query.to_vec()))),
            number("k", k as f64),
            number("dimensions", dimensions as f64),
            text("metric", metric),
        ]
    }

    fn topk(numbers: &[f32], query: &[f32], k: usize, dimensions: usize, metric: &str) -> (Vec<u32>, Vec<f32>) {
        let (_, done) = called("vector.topk", given(query, k, dimensions, metric), numbers);
        let Value::Fields(fields) = done.value else { panic!("fields") };
        let [("indices", Value::Uint32(indices)), ("scores", Value::Float32(scores))] = &fields[..] else {
            panic!("indices and scores")
        };
        (indices.clone(), scores.clone())
    }

    /// In doubles, and a full sort.
    fn scores(numbers: &[f32], query: &[f32], metric: &str) -> Vec<f64> {
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let length = |a: &[f32]| if metric == "dot" { 1.0 } else { dot(a, a).sqrt() };
        let score = |row: &[f32]| match length(row) * length(query) {
            0.0 => 0.0,
            lengths => dot(row, query) / lengths,
        };
        numbers.chunks(query.len()).map(score).collect()
    }

    /// Where two scores are closer than the error of 32 bits the order is open, so the scores are compared by rank and
    /// each index by its own score.
    fn check(rows: usize, dimensions: usize, queries: usize, k: usize, metric: &str) {
        let numbers = floats(rows * dimensions);
        let query: Vec<f32> =
            floats((queries + 1) * dimensions)[dimensions..].iter().map(|number| number * 3.0).collect();
        let (indices, got) = topk(&numbers, &query, k, dimensions, metric);
        let most = k.min(rows);
        assert_eq!((indices.len(), got.len()), (queries * most, queries * most));
        for (place, query) in query.chunks(dimensions).enumerate() {
            let all = scores(&numbers, query, metric);
            let mut sorted = all.clone();
            sorted.sort_by(|a, b| b.total_cmp(a));
            // Relative to the product of the lengths, which is about that many.
            let lengths = if metric == "dot" { dimensions as f64 } else { 1.0 };
            let tolerance = 2e-6 * (dimensions as f64 / 384.0).sqrt().max(1.0) * lengths;
            for (rank, expected) in sorted.iter().enumerate().take(most) {
                let at = place * most + rank;
                assert!((f64::from(got[at]) - expected).abs() <= tolerance, "{rows}×{dimensions} rank {rank}");
                assert!((f64::from(got[at]) - all[indices[at] as usize]).abs() <= tolerance);
            }
            let mut distinct = indices[place * most..(place + 1) * most].to_vec();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), most);
        }
    }

    #[test]
    fn the_best_rows_are_those_of_a_full_sort() {
        for metric in ["cosine", "dot"] {
            for dimensions in [1, 2, 31, 32, 33, 384] {
                for queries in [1, 3, 47, 48, 49] {
                    check(0, dimensions, queries, 3, metric);
                    check(1, dimensions, queries, 3, metric);
                    check(if queries > 3 { 300 } else { 700 }, dimensions, queries, 10, metric);
                }
            }
            check(12_000, 100, 1, 50, metric);
            check(1000, 100, 60, 50, metric);
            check(2, 1 << 20, 1, 1, metric);
        }
    }

    #[test]
    fn ties_go_to_the_lower_index_and_nan_comes_last() {
        let rows = [0.0, 1.0, f32::NAN, 1.0, -1.0, -0.0, 1.0, f32::NAN, f32::NEG_INFINITY];
        for copies in [1, 48] {
            let query = vec![2.0; copies];
            let (indices, scores) = topk(&rows, &query, 100, 1, "dot");
            assert_eq!(indices[..9], [1, 3, 6, 0, 5, 4, 8, 2, 7]);
            assert_eq!(scores[..7], [2.0, 2.0, 2.0, 0.0, 0.0, -2.0, f32::NEG_INFINITY]);
            assert!(scores[7].is_nan() && scores[8].is_nan());
            assert_eq!(indices, indices[..9].repeat(copies));
        }
        let same = vec![0.5; 3 * 50_000];
        let (indices, _) = topk(&same, &[1.0, 2.0, 3.0], 5, 3, "cosine");
        assert_eq!(indices, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn what_has_no_direction_is_like_nothing() {
        let (indices, scores) = topk(&[0.0, 0.0, 3.0, 4.0, -3.0, -4.0], &[6.0, 8.0], 3, 2, "cosine");
        assert_eq!(indices, [1, 0, 2]);
        assert!(close(&scores, &[1.0, 0.0, -1.0], 1e-6));
        assert_eq!(topk(&[1.0, 2.0], &[0.0], 2, 1, "cosine"), (vec![0, 1], vec![0.0, 0.0]));
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        for length in 0..100 {
            let (a, b) = (floats(length), floats(length + 1));
            let [product, square] = dot_and_square(&a, &b[1..]).map(f32::to_bits);
            assert_eq!(product, dot(&a, &b[1..]).to_bits());
            assert_eq!(product, dot_plain(&a, &b[1..]).to_bits());
            assert_eq!(square, dot_plain(&a, &a).to_bits());
        }
    }

    #[test]
    fn parameters_must_suit_each_other_and_the_input() {
        let plan = |query: usize, k, dimensions, length| {
            Plan::of("vector.topk", given(&vec![1.0; query], k, dimensions, "dot"), Shape::bytes(length))
                .unwrap_err()
                .code
        };
        assert_eq!(plan(5, 1, 3, 24), ErrorCode::KernelRange);
        assert_eq!(plan(3, 0, 3, 24), ErrorCode::KernelRange);
        assert_eq!(plan(3, 1, 3, 20), ErrorCode::KernelRange);
        assert_eq!(plan(3, 1, 3, 23), ErrorCode::KernelRange);
        assert_eq!(plan(1 << 10, 1 << 15, 1, 4 << 15), ErrorCode::KernelRange);
    }
}
