//! Sums of weighted pixels: what both directions of a Gaussian blur are made of.
//!
//! Pixels come in pairs, of which each is read once for two sums: for the one around an even pixel, and for that around
//! the odd one behind it. Of these the second begins a pixel later, so either has a weight of nothing at one end.
//!
//! Numbers are 16 bits wide, with 6 of them behind the point. Weights have 15 bits behind the point, and sums are exact;
//! only the result is rounded, to 1/64 of a level.

use super::wide::{Lanes, Pairs};

/// What a level of a channel is in the numbers here.
pub(super) const LEVEL: i16 = 64;

/// Which pixels count how much.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Bell {
    radius: usize,
    /// Of each pair of pixels, from the first to the last: the weights for the even sum and for the odd one.
    weights: Vec<[[i16; 2]; 2]>,
}

/// Bits of a weight behind the point, and of the sums beyond those of the numbers.
pub(super) const BITS: u32 = 15;

impl Bell {
    /// The normal distribution out to three standard deviations, beyond which lie 0.3 % of it.
    pub(super) fn new(sigma: f64) -> Self {
        let half = half(sigma);
        let radius = half.len() - 1;
        // One pixel more than there are, so an even number.
        let weight = |place: usize| half.get(place.abs_diff(radius)).copied().unwrap_or(0);
        let before = |place: usize| place.checked_sub(1).map_or(0, weight);
        let pair = |first| [[weight(first), weight(first + 1)], [before(first), before(first + 1)]];
        Bell { radius, weights: (0..=radius).map(|place| pair(2 * place)).collect() }
    }

    /// How far the furthest pixels are away.
    pub(super) fn radius(&self) -> usize {
        self.radius
    }

    /// The sums around an even pixel and the one behind it, given the [`radius`](Bell::radius) + 1 pairs of pixels that
    /// begin with the one that is the radius before the even one.
    #[inline(always)]
    pub(super) fn sums<'a, L: Lanes>(
        &self,
        lanes: L,
        pairs: impl Iterator<Item = &'a Pairs> + Clone,
    ) -> [L::Totals; 2] {
        let [mut even, mut odd] = [lanes.totals(BITS); 2];
        if L::ROOMY {
            for (pairs, weights) in pairs.zip(&self.weights) {
                lanes.add_pairs(&mut even, pairs, weights[0]);
                lanes.add_pairs(&mut odd, pairs, weights[1]);
            }
        } else {
            for (pairs, weights) in pairs.clone().zip(&self.weights) {
                lanes.add_pairs(&mut even, pairs, weights[0]);
            }
            for (pairs, weights) in pairs.zip(&self.weights) {
                lanes.add_pairs(&mut odd, pairs, weights[1]);
            }
        }
        [even, odd]
    }
}

/// The weight of the middle pixel, then of each that is one further away.
fn half(sigma: f64) -> Vec<i16> {
    let radius = (3.0 * sigma).ceil() as usize;
    let height = |distance: usize| (-0.5 * (distance as f64 / sigma).powi(2)).exp();
    let one = 1 << BITS;
    let scale = f64::from(one) / (height(0) + 2.0 * (1..=radius).map(height).sum::<f64>());
    // From the far end on what rounding takes from one weight is given to the next: the sum stays right, also where the
    // weights are but a few units.
    let (mut exact, mut rounded) = (0.0, 0i32);
    let mut weights = vec![0; radius + 1];
    for distance in (1..=radius).rev() {
        exact += height(distance) * scale;
        let weight = exact.round() as i32 - rounded;
        rounded += weight;
        weights[distance] = weight as i16;
    }
    // No sigma that is allowed gives a single pixel all the weight.
    weights[0] = (one - 2 * rounded).min(i32::from(i16::MAX)) as i16;
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::image::wide::{self, Chunk, LANES, Portable, Work};

    #[test]
    fn the_weights_are_a_bell_that_adds_up() {
        for sigma in [0.3, 0.5, 1.0, 2.5, 5.0, 30.0, 100.0] {
            let weights = half(sigma);
            assert_eq!(weights.len() - 1, (3.0 * sigma).ceil() as usize);
            let sum: i32 = weights[1..].iter().map(|weight| i32::from(*weight) * 2).sum();
            assert_eq!(sum + i32::from(weights[0]), 32_768, "sigma {sigma}");
            let total: f64 = (-1000..=1000).map(|x| (-0.5 * (f64::from(x) / sigma).powi(2)).exp()).sum();
            for (distance, weight) in weights.iter().enumerate() {
                let exact = (-0.5 * (distance as f64 / sigma).powi(2)).exp() / total * 32_768.0;
                assert!(
                    (f64::from(*weight) - exact).abs() < 1.5 + exact * 0.006,
                    "sigma {sigma}, {distance}: {weight}, {exact}"
                );
            }
        }
    }

    /// Sums of pixels that the level of each is known of, rounded.
    struct Sums<'a>(&'a Bell, &'a dyn Fn(usize) -> i16, &'a mut [Chunk; 2]);

    impl Work for Sums<'_> {
        #[inline(always)]
        fn work<L: Lanes>(self, lanes: L) {
            let Sums(bell, level, sums) = self;
            let pairs: Vec<Pairs> = (0..=bell.radius())
                .map(|pair| [[level(2 * pair), level(2 * pair + 1)].map(|level| level * LEVEL); LANES])
                .collect();
            *sums = bell.sums(lanes, pairs.iter()).map(|sums| lanes.chunk(&sums, BITS));
        }
    }

    fn sums(bell: &Bell, level: impl Fn(usize) -> i16) -> [i16; 2] {
        let (mut wide, mut portable) = ([[0; LANES]; 2], [[0; LANES]; 2]);
        wide::run(Sums(bell, &level, &mut wide));
        Sums(bell, &level, &mut portable).work(Portable);
        assert_eq!(wide, portable);
        wide.map(|[first, rest @ ..]| {
            assert!(rest.iter().all(|sum| *sum == first));
            first
        })
    }

    #[test]
    fn what_is_even_stays_so() {
        for sigma in [0.3, 1.0, 5.0, 33.3, 100.0] {
            let bell = Bell::new(sigma);
            for level in 0..=255 {
                assert_eq!(sums(&bell, |_| level), [level * LEVEL; 2], "sigma {sigma}, level {level}");
            }
        }
    }

    #[test]
    fn each_pixel_counts_by_its_distance() {
        for sigma in [0.3, 0.5, 1.0, 5.0, 33.3] {
            let (bell, half) = (Bell::new(sigma), half(sigma));
            for lit in 0..2 * bell.radius() + 2 {
                let expected = [0, 1].map(|middle| {
                    let weight = half.get(lit.abs_diff(middle + bell.radius())).copied().unwrap_or(0);
                    ((i32::from(weight) * 255 * i32::from(LEVEL) + (1 << 14)) >> 15) as i16
                });
                let found = sums(&bell, |pixel| if pixel == lit { 255 } else { 0 });
                assert_eq!(found, expected, "sigma {sigma}, pixel {lit}");
            }
        }
    }
}
