//! Sums of weighted rows: what both directions of a Gaussian blur are made of.
//!
//! Numbers are 16 bits wide, with 6 of them behind the point: a byte is at most 255 × 64 = 16,320, so that two of them
//! still fit, as pixels at the same distance to either side are added before they are weighted. Weights have 15 bits
//! behind the point, and sums are exact; only the result is rounded, to 1/64 of a level.

use super::wide::{Chunk, LANES, Lanes};

/// What a level of a channel is in the numbers here.
pub(super) const LEVEL: i16 = 64;

/// Which pixels count how much: the middle one, then each pair that is one further away.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bell {
    weights: Vec<i16>,
}

/// The sum of all weights.
const ONE: f64 = 32_768.0;

impl Bell {
    /// The normal distribution out to three standard deviations, beyond which lie 0.3 % of it.
    pub(super) fn new(sigma: f64) -> Self {
        let radius = (3.0 * sigma).ceil() as usize;
        let height = |distance: usize| (-0.5 * (distance as f64 / sigma).powi(2)).exp();
        let sum = height(0) + 2.0 * (1..=radius).map(height).sum::<f64>();
        // From the far end on what rounding takes from one weight is given to the next: the sum stays right, also where
        // the weights are but a few units.
        let (mut exact, mut rounded) = (0.0, 0i32);
        let mut weights = vec![0; radius + 1];
        for distance in (1..=radius).rev() {
            exact += height(distance) / sum * ONE;
            let weight = exact.round() as i32 - rounded;
            rounded += weight;
            weights[distance] = weight as i16;
        }
        // No sigma that is allowed gives a single pixel all the weight.
        weights[0] = (ONE as i32 - 2 * rounded).min(i32::from(i16::MAX)) as i16;
        Bell { weights }
    }

    /// How far the furthest pixels are away.
    pub(super) fn radius(&self) -> usize {
        self.weights.len() - 1
    }

    /// Puts the weighted sum of what `at` says lies so far from the middle into a chunk. No number there is beyond
    /// [`LEVEL`] × 255, and none is below 0.
    #[inline(always)]
    pub(super) fn sum<'a, L: Lanes>(&self, lanes: L, at: impl Fn(isize) -> &'a Chunk, chunk: &mut Chunk) {
        const NONE: Chunk = [0; LANES];
        let mut sums = lanes.sums();
        let pair = |distance: usize| [at(-(distance as isize)), at(distance as isize)];
        let (middle, nearest) = ([at(0), &NONE], pair(1));
        lanes.add_products(&mut sums, [middle, nearest], [self.weights[0], self.weights[1]]);
        let (twos, last) = self.weights[2..].as_chunks();
        for (place, weights) in twos.iter().enumerate() {
            let distance = 2 + 2 * place;
            lanes.add_products(&mut sums, [pair(distance), pair(distance + 1)], *weights);
        }
        if let [weight] = last {
            lanes.add_products(&mut sums, [pair(self.radius()), [&NONE, &NONE]], [*weight, 0]);
        }
        lanes.round(&sums, chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::image::wide::Portable;

    #[test]
    fn the_weights_are_a_bell_that_adds_up() {
        for sigma in [0.3, 0.5, 1.0, 2.5, 5.0, 30.0, 100.0] {
            let bell = Bell::new(sigma);
            assert_eq!(bell.radius(), (3.0 * sigma).ceil() as usize);
            let sum: i32 = bell.weights[1..].iter().map(|weight| i32::from(*weight) * 2).sum();
            assert_eq!(sum + i32::from(bell.weights[0]), 32_768, "sigma {sigma}");
            let total: f64 = (-1000..=1000).map(|x| (-0.5 * (f64::from(x) / sigma).powi(2)).exp()).sum();
            for (distance, weight) in bell.weights.iter().enumerate() {
                let exact = (-0.5 * (distance as f64 / sigma).powi(2)).exp() / total * 32_768.0;
                assert!(
                    (f64::from(*weight) - exact).abs() < 1.5 + exact * 0.006,
                    "sigma {sigma}, {distance}: {weight}, {exact}"
                );
            }
        }
    }

    #[test]
    fn what_is_even_stays_so() {
        for sigma in [0.3, 1.0, 5.0, 33.3, 100.0] {
            let bell = Bell::new(sigma);
            for level in 0..=255 {
                let numbers = [level * LEVEL; LANES];
                let mut sums = [0; LANES];
                bell.sum(Portable, |_| &numbers, &mut sums);
                assert!(sums.iter().all(|sum| *sum == level * LEVEL), "sigma {sigma}, level {level}");
            }
        }
    }
}
