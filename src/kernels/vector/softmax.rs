//! Turns rows of scores into probabilities.

use super::rows::{DIMENSIONS, Rows};
use super::simd::for_avx2;
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};
use crate::kernels::runtime::kernel::{Context, Kernel, Step};
use crate::kernels::runtime::memory::InPlace;
use crate::kernels::runtime::shape::Shape;

/// See [`Kernel::SUMMARY`].
pub struct Softmax(Rows);

impl Kernel for Softmax {
    const NAME: &'static str = "vector.softmax";
    const SUMMARY: &'static str = "turns each row into probabilities: exponentials, divided by their sum";
    const UNIT: &'static str = "rows";
    const PARAMETERS: &'static [Parameter] = &[DIMENSIONS];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Softmax(Rows::plan(Self::NAME, arguments, input)?))
    }

    fn work(&self) -> u64 {
        self.0.count()
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        self.0.step(bytes, context, softmax)
    }
}

for_avx2!(fn softmax = softmax_plain(row: &mut [f32]));

/// The greatest is subtracted from all first: no exponential overflows then, and the quotients are the same.
#[inline(always)]
fn softmax_plain(row: &mut [f32]) {
    const LANES: usize = 16;
    let (groups, rest) = row.as_chunks::<LANES>();
    // Written as the vector instruction does it: NaN is not greater than anything. It comes back with the sum.
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let mut greatest = [f32::NEG_INFINITY; LANES];
    for group in groups {
        for (greatest, number) in greatest.iter_mut().zip(group) {
            *greatest = greater(*greatest, *number);
        }
    }
    let greatest = greatest.iter().chain(rest).fold(f32::NEG_INFINITY, |a, b| greater(a, *b));

    let (groups, rest) = row.as_chunks_mut::<LANES>();
    let mut sums = [0.0; LANES];
    for group in groups {
        for (sum, number) in sums.iter_mut().zip(group) {
            *number = exponential(*number - greatest);
            *sum += f64::from(*number);
        }
    }
    let mut sum: f64 = sums.iter().sum();
    for number in rest {
        *number = exponential(*number - greatest);
        sum += f64::from(*number);
    }
    let factor = (1.0 / sum) as f32;
    for number in row {
        *number *= factor;
    }
}

/// e to the power of a number that is not above 0, within 2 units of the last place; 0 where that is below the least
/// normal float. Without a branch: it is done for many at a time.
///
/// As 2^n · e^r with a whole n and |r| ≤ ln 2 / 2, and for e^r the polynomial of the Cephes library (S. L. Moshier).
#[inline(always)]
fn exponential(x: f32) -> f32 {
    /// Adding it rounds to a whole number, which the lowest bits of the sum then are.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, of which the first has so few bits that its product with n is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    /// The logarithm of the least normal float.
    const LEAST: f32 = -87.336_54;
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let mut polynomial = 1.987_569_1e-4;
    for factor in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1] {
        polynomial = polynomial * r + factor;
    }
    let power = f32::from_bits(rounded.to_bits().wrapping_add(127) << 23);
    let result = (polynomial * r * r + r + 1.0) * power;
    if x < LEAST { 0.0 } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::number;
    use crate::kernels::vector::testing::{changed, close, floats};

    fn reference(row: &[f32]) -> Vec<f32> {
        let greatest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let powers: Vec<f64> = row.iter().map(|number| (f64::from(*number) - f64::from(greatest)).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|power| (power / sum) as f32).collect()
    }

    #[test]
    fn rows_become_probabilities() {
        for (rows, dimensions) in [(0, 3), (1, 1), (7, 15), (7, 16), (5, 17), (3, 1000), (1, 1 << 20), (2049, 1023)] {
            let numbers: Vec<f32> = floats(rows * dimensions).iter().map(|number| number * 20.0).collect();
            let expected: Vec<f32> = numbers.chunks(dimensions).flat_map(reference).collect();
            let got = changed("vector.softmax", vec![number("dimensions", dimensions as f64)], &numbers);
            // The difference of two scores up to 40 apart is rounded to 32 bits: 2^-19 of the power, at most.
            assert!(close(&got, &expected, 4e-6), "{rows} rows of {dimensions}");
        }
    }

    #[test]
    fn the_exponential_is_within_two_units_of_the_last_place() {
        for step in 0..1_000_000 {
            let x = -87.3 * step as f32 / 1e6;
            let exact = f64::from(x).exp();
            assert!((f64::from(exponential(x)) / exact - 1.0).abs() < 2.0 * f64::from(f32::EPSILON), "{x}");
        }
        assert_eq!(exponential(0.0), 1.0);
        assert_eq!([-87.4, -1e30, f32::NEG_INFINITY].map(exponential), [0.0; 3]);
        assert!(exponential(f32::NAN).is_nan());
    }

    #[test]
    fn extreme_scores_do_not_overflow_and_undefined_rows_are_nan() {
        let softmax =
            |numbers: &[f32]| changed("vector.softmax", vec![number("dimensions", numbers.len() as f64)], numbers);
        assert_eq!(softmax(&[f32::MAX, 0.0, f32::MIN]), [1.0, 0.0, 0.0]);
        assert_eq!(softmax(&[f32::NEG_INFINITY, 3.0, 3.0]), [0.0, 0.5, 0.5]);
        for row in [[f32::NEG_INFINITY; 2], [f32::INFINITY, 1.0], [f32::NAN, 1.0]] {
            assert!(softmax(&row).iter().all(|number| number.is_nan()), "{row:?}");
        }
    }

    #[test]
    fn every_processor_gives_the_same_bits() {
        for length in 0..100 {
            let (mut wide, mut plain) = (floats(length), floats(length));
            softmax(&mut wide);
            softmax_plain(&mut plain);
            assert_eq!(wide, plain);
        }
    }
}
