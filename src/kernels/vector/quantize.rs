//! Rounds numbers of 32 bits to 8, with a scale.

use super::narrow::Narrow;
use super::rows::{DIMENSIONS, RowShape};
use super::simd::for_avx2;
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InPlace, numbers};
use crate::kernels::runtime::shape::{Element, Shape};
use rayon::prelude::*;

/// See [`Kernel::SUMMARY`].
pub struct Quantize {
    /// Its rows have a scale each; where all have one, each number is a row of its own.
    shape: RowShape,
    count: usize,
    scales: Scales,
    narrow: Narrow<i8>,
}

/// Where the scales come from.
enum Scales {
    /// One for all, which has to be found: the greatest magnitude of the first so many numbers.
    Search { done: usize, magnitude: f32 },
    /// One for all.
    One(f32),
    /// One for each row that is converted, found with it.
    Rows(Vec<f32>),
}

impl Kernel for Quantize {
    const NAME: &'static str = "vector.quantize";
    const SUMMARY: &'static str = "rounds numbers of 32 bits to 8 bits with a scale: number ≈ output × scale";
    const UNIT: &'static str = "elements";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional(
            DIMENSIONS.name,
            DIMENSIONS.kind,
            "Numbers of a row, which then has a scale of its own. Without it: one scale for all.",
        ),
        Parameter::optional(
            "scale",
            ParameterKind::Number { min: f32::MIN_POSITIVE as f64, max: f32::MAX as f64 },
            "The scale for all. Without it: their greatest finite magnitude / 127. Not together with `dimensions`.",
        ),
    ];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let shape = RowShape::of(Self::NAME, arguments, input)?;
        let scales = match (arguments.integer("dimensions"), arguments.number("scale")) {
            (None, None) => Scales::Search { done: 0, magnitude: 0.0 },
            (None, Some(scale)) => Scales::One(scale as f32),
            (Some(_), None) => Scales::Rows(Vec::new()),
            (Some(_), Some(_)) => {
                let message = "vector.quantize: scale is for all rows, dimensions asks for one each: give one of them";
                return Err(Error::new(ErrorCode::KernelParameter, message));
            }
        };
        Ok(Quantize { shape, count: shape.rows * shape.dimensions, scales, narrow: Narrow::new() })
    }

    fn output_shape(&self, _: &Shape) -> Shape {
        Shape { element: Element::I8, ..Shape::bytes(self.count) }
    }

    fn work(&self) -> u64 {
        self.count as u64
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        let dimensions = self.shape.dimensions;
        let (share, piece) = (self.shape.share(context) * dimensions, self.shape.piece() * dimensions);
        if let Scales::Search { done, magnitude } = &mut self.scales {
            let end = self.count.min(*done + share);
            let numbers = &numbers::<f32>(bytes)?[*done..end];
            let found = if context.parallel() && numbers.len() > piece {
                numbers.par_chunks(piece).map(greatest).reduce(|| 0.0, f32::max)
            } else {
                greatest(numbers)
            };
            *done = end;
            *magnitude = magnitude.max(found);
            if end == self.count {
                self.scales = Scales::One(scale_for(*magnitude));
            }
            // The search is the lesser half of the work, and counts as none.
            return Ok(Step::More { done: 0 });
        }
        let end = self.count.min(self.narrow.done + share);
        if let Scales::Rows(scales) = &mut self.scales {
            let numbers = &numbers::<f32>(bytes)?[self.narrow.done..end];
            let scale = |row| scale_for(greatest(row));
            if context.parallel() && numbers.len() > piece {
                let rows = numbers.par_chunks_exact(dimensions).with_min_len(piece / dimensions);
                scales.par_extend(rows.map(scale));
            } else {
                scales.extend(numbers.chunks_exact(dimensions).map(scale));
            }
        }
        let scales = &self.scales;
        self.narrow.step(bytes, end, piece, context.parallel(), |first, from, to| match scales {
            Scales::Rows(scales) => {
                let rows = from.chunks_exact(dimensions).zip(to.chunks_exact_mut(dimensions));
                rows.zip(&scales[first / dimensions..]).for_each(|((from, to), scale)| quantize(from, to, *scale));
            }
            Scales::One(scale) => quantize(from, to, *scale),
            Scales::Search { .. } => unreachable!("the search is over"),
        })?;
        if end < self.count {
            return Ok(Step::More { done: end as u64 });
        }
        Ok(Step::Done(Value::Float32(match &mut self.scales {
            Scales::Rows(scales) => std::mem::take(scales),
            Scales::One(scale) => vec![*scale],
            Scales::Search { .. } => unreachable!("the search is over"),
        })))
    }
}

/// The scale by which so great a number becomes 127. Zeros have any: 1. The least float is the scale of what is so small
/// that the quotient would be 0.
fn scale_for(magnitude: f32) -> f32 {
    if magnitude == 0.0 { 1.0 } else { (magnitude / 127.0).max(f32::from_bits(1)) }
}

for_avx2!(fn greatest = greatest_plain(numbers: &[f32]) -> f32);

/// The greatest finite magnitude.
#[inline(always)]
fn greatest_plain(numbers: &[f32]) -> f32 {
    const LANES: usize = 32;
    // Neither NaN nor an infinity passes the second comparison.
    let greater = |a: f32, b: f32| if b > a && b <= f32::MAX { b } else { a };
    let mut lanes = [0.0; LANES];
    let (groups, rest) = numbers.as_chunks::<LANES>();
    for group in groups {
        for (lane, number) in lanes.iter_mut().zip(group) {
            *lane = greater(*lane, number.abs());
        }
    }
    lanes.iter().chain(rest).fold(0.0, |a, b| greater(a, b.abs()))
}

for_avx2!(fn quantize = quantize_plain(from: &[f32], to: &mut [i8], scale: f32));

/// Ties to even; what is beyond ±127 becomes that, NaN becomes 0.
#[inline(always)]
fn quantize_plain(from: &[f32], to: &mut [i8], scale: f32) {
    /// Adding it rounds to a whole number, which the lowest bits of the sum then are.
    const ROUND: f32 = 12_582_912.0;
    for (to, from) in to.iter_mut().zip(from) {
        let quotient = from / scale;
        let low = if quotient > -127.0 { quotient } else { -127.0 };
        let bounded = if low < 127.0 { low } else { 127.0 };
        let known = if quotient.is_nan() { 0.0 } else { bounded };
        *to = (known + ROUND).to_bits() as i8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::number;
    use crate::kernels::vector::testing::{called, floats};
    use crate::kernels::{Argument, Plan};

    fn reference(numbers: &[f32], scale: f32) -> Vec<i8> {
        // `as` takes NaN to 0.
        numbers.iter().map(|number| (number / scale).round_ties_even().clamp(-127.0, 127.0) as i8).collect()
    }

    fn quantized(given: Vec<(String, Argument)>, numbers: &[f32]) -> (Vec<i8>, Vec<f32>) {
        let (memory, done) = called("vector.quantize", given, numbers);
        assert_eq!((done.written, done.element), (Some(numbers.len()), Element::I8));
        let Value::Float32(scales) = done.value else { panic!("scales") };
        (bytemuck::cast_slice(&memory)[..numbers.len()].to_vec(), scales)
    }

    #[test]
    fn all_numbers_have_one_scale() {
        for length in [0, 1, 7, 8, 9, 31, 32, 33, (128 << 10) + 1, (2 << 20) + 3] {
            let numbers = floats(length);
            let magnitude = numbers.iter().fold(0.0, |a: f32, b| a.max(b.abs()));
            let scale = if length == 0 { 1.0 } else { magnitude / 127.0 };
            assert!(quantized(vec![], &numbers) == (reference(&numbers, scale), vec![scale]), "{length}");
            let given = quantized(vec![number("scale", 0.005)], &numbers);
            assert!(given == (reference(&numbers, 0.005), vec![0.005]), "{length}");
        }
    }

    #[test]
    fn each_row_has_its_scale() {
        for (rows, dimensions) in [(0, 4), (1, 1), (3, 31), (100, 384), (3, 1 << 20), (5000, 513)] {
            let mut numbers = floats(rows * dimensions);
            numbers.chunks_mut(dimensions).enumerate().for_each(|(row, numbers)| {
                numbers.iter_mut().for_each(|number| *number *= row as f32);
            });
            let (mut expected, mut expected_scales) = (Vec::new(), Vec::new());
            for row in numbers.chunks(dimensions) {
                let magnitude = row.iter().fold(0.0, |a: f32, b| a.max(b.abs()));
                let scale = if magnitude == 0.0 { 1.0 } else { magnitude / 127.0 };
                expected.extend(reference(row, scale));
                expected_scales.push(scale);
            }
            let got = quantized(vec![number("dimensions", dimensions as f64)], &numbers);
            assert!(got == (expected, expected_scales), "{rows} rows of {dimensions}");
        }
    }

    #[test]
    fn extreme_numbers() {
        let numbers = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 127.0, -126.5, 0.5, 1.5, -0.5];
        assert_eq!(quantized(vec![], &numbers), (vec![0, 127, -127, 127, -126, 0, 2, 0], vec![1.0]));
        let tiny = [f32::from_bits(1), -f32::from_bits(100), 0.0];
        assert_eq!(quantized(vec![], &tiny), (vec![1, -100, 0], vec![f32::from_bits(1)]));
    }

    #[test]
    fn every_processor_gives_the_same_bytes() {
        for length in 0..100 {
            let numbers = floats(length);
            let (mut wide, mut plain) = (vec![0; length], vec![0; length]);
            quantize(&numbers, &mut wide, 0.003);
            quantize_plain(&numbers, &mut plain, 0.003);
            assert_eq!(wide, plain);
            assert_eq!(greatest(&numbers), greatest_plain(&numbers));
        }
    }

    #[test]
    fn a_scale_for_all_and_one_a_row_do_not_go_together() {
        let given = vec![number("dimensions", 2.0), number("scale", 1.0)];
        assert_eq!(Plan::of("vector.quantize", given, Shape::bytes(8)).unwrap_err().code, ErrorCode::KernelParameter);
        let error = Plan::of("vector.quantize", vec![number("scale", 0.0)], Shape::bytes(8)).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelRange);
    }
}
