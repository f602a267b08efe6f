//! Scales rows to the length 1.

use super::rows::{DIMENSIONS, Rows};
use super::simd::for_avx2;
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};
use crate::kernels::runtime::kernel::{Context, Kernel, Step};
use crate::kernels::runtime::memory::InPlace;
use crate::kernels::runtime::shape::Shape;

/// See [`Kernel::SUMMARY`].
pub struct Normalize(Rows);

impl Kernel for Normalize {
    const NAME: &'static str = "vector.normalize";
    const SUMMARY: &'static str = "scales each row to the Euclidean length 1";
    const UNIT: &'static str = "rows";
    const PARAMETERS: &'static [Parameter] = &[DIMENSIONS];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Normalize(Rows::plan(Self::NAME, arguments, input)?))
    }

    fn work(&self) -> u64 {
        self.0.count()
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        self.0.step(bytes, context, normalize)
    }
}

for_avx2!(pub(super) fn normalize = normalize_plain(row: &mut [f32]));

/// In doubles: the square of a float never overflows or vanishes there. A row of zeros has no direction and stays.
#[inline(always)]
fn normalize_plain(row: &mut [f32]) {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let (groups, rest) = row.as_chunks::<LANES>();
    for group in groups {
        for (sum, number) in sums.iter_mut().zip(group) {
            *sum += f64::from(*number) * f64::from(*number);
        }
    }
    let rest: f64 = rest.iter().map(|number| f64::from(*number) * f64::from(*number)).sum();
    let sum = sums.iter().sum::<f64>() + rest;
    if sum == 0.0 {
        return;
    }
    let factor = 1.0 / sum.sqrt();
    for number in row {
        *number = (f64::from(*number) * factor) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::kernels::Plan;
    use crate::kernels::testing::number;
    use crate::kernels::vector::testing::{changed, close, floats};

    fn reference(row: &[f32]) -> Vec<f32> {
        let length = row.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
        row.iter().map(|number| if length == 0.0 { *number } else { (f64::from(*number) / length) as f32 }).collect()
    }

    #[test]
    fn rows_get_the_length_one() {
        for (rows, dimensions) in [(0, 3), (1, 1), (7, 15), (7, 16), (5, 17), (3, 384), (1, 1 << 20), (2049, 1023)] {
            let numbers = floats(rows * dimensions);
            let expected: Vec<f32> = numbers.chunks(dimensions).flat_map(reference).collect();
            let got = changed("vector.normalize", vec![number("dimensions", dimensions as f64)], &numbers);
            assert!(close(&got, &expected, 2e-7), "{rows} rows of {dimensions}");
        }
    }

    #[test]
    fn rows_without_a_length_or_with_an_extreme_one() {
        let numbers = [0.0, -0.0, f32::MAX, f32::MAX, 1e-45, 0.0, f32::INFINITY, 1.0, f32::NAN, 1.0];
        let got = changed("vector.normalize", vec![number("dimensions", 2.0)], &numbers);
        let half = std::f32::consts::FRAC_1_SQRT_2;
        assert_eq!(
            got[..6].iter().map(|number| number.to_bits()).collect::<Vec<_>>(),
            [0.0f32, -0.0, half, half, 1.0, 0.0].map(f32::to_bits)
        );
        assert!(got[6].is_nan() && got[7] == 0.0 && got[8].is_nan() && got[9].is_nan());
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        for length in 0..100 {
            let (mut wide, mut plain) = (floats(length), floats(length));
            normalize(&mut wide);
            normalize_plain(&mut plain);
            assert_eq!(wide, plain);
        }
    }

    #[test]
    fn rows_must_be_whole() {
        let plan = |dimensions: f64, length| {
            Plan::of("vector.normalize", vec![number("dimensions", dimensions)], Shape::bytes(length)).unwrap_err().code
        };
        assert_eq!(plan(3.0, 16), ErrorCode::KernelRange);
        assert_eq!(plan(3.0, 13), ErrorCode::KernelRange);
        assert_eq!(plan(0.0, 12), ErrorCode::KernelRange);
        let missing = Plan::of("vector.normalize", vec![], Shape::bytes(12)).unwrap_err();
        assert_eq!(missing.code, ErrorCode::KernelParameter);
    }
}
