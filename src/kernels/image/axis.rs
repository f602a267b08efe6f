//! Which pixels of an image make each pixel of the result, along one of its sides.

use super::wide::{Chunk, Lanes, Pairs};
use std::f64::consts::PI;
use std::ops::Range;
use std::sync::LazyLock;

/// How pixels are mixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Filter {
    Bilinear,
    Hamming,
    CatmullRom,
    Mitchell,
    Lanczos3,
}

impl Filter {
    /// How far it reaches, in pixels of the result where that is smaller than the image, else in pixels of the image.
    fn reach(self) -> f64 {
        match self {
            Filter::Bilinear | Filter::Hamming => 1.0,
            Filter::CatmullRom | Filter::Mitchell => 2.0,
            Filter::Lanczos3 => 3.0,
        }
    }

    fn weight(self, x: f64) -> f64 {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        match self {
            Filter::Bilinear => 1.0 - x,
            Filter::Hamming => sinc(x) * (0.54 + 0.46 * (PI * x).cos()),
            Filter::CatmullRom => cubic(0.0, 0.5, x),
            Filter::Mitchell => cubic(1.0 / 3.0, 1.0 / 3.0, x),
            Filter::Lanczos3 => sinc(x) * sinc(x / 3.0),
        }
    }
}

/// Of the family of D. Mitchell and A. Netravali, "Reconstruction Filters in Computer Graphics", 1988.
fn cubic(b: f64, c: f64, x: f64) -> f64 {
    let sixth = if x < 1.0 {
        ((12.0 - 9.0 * b - 6.0 * c) * x + (-18.0 + 12.0 * b + 6.0 * c)) * x * x + (6.0 - 2.0 * b)
    } else {
        (((-b - 6.0 * c) * x + (6.0 * b + 30.0 * c)) * x + (-12.0 * b - 48.0 * c)) * x + (8.0 * b + 24.0 * c)
    };
    sixth / 6.0
}

/// A filter as a table: two sines for each weight would take as long as a third of the rest.
struct Table(Vec<f64>);

impl Table {
    const STEPS: f64 = 1024.0;

    fn new(filter: Filter) -> Self {
        let entries = (filter.reach() * Self::STEPS) as usize;
        let weights = (0..entries).map(|entry| filter.weight(entry as f64 / Self::STEPS));
        // All of them end at 0. One more for the last step to end on.
        Table(weights.chain([0.0, 0.0]).collect())
    }

    fn of(filter: Filter) -> &'static Self {
        static TABLES: [LazyLock<Table>; 5] = [
            LazyLock::new(|| Table::new(Filter::Bilinear)),
            LazyLock::new(|| Table::new(Filter::Hamming)),
            LazyLock::new(|| Table::new(Filter::CatmullRom)),
            LazyLock::new(|| Table::new(Filter::Mitchell)),
            LazyLock::new(|| Table::new(Filter::Lanczos3)),
        ];
        &TABLES[filter as usize]
    }

    fn weight(&self, x: f64) -> f64 {
        let place = x.abs() * Self::STEPS;
        match self.0.get(place as usize..) {
            Some([low, high, ..]) => low + (high - low) * place.fract(),
            _ => 0.0,
        }
    }
}

/// The weights along one side: for each pixel of the result as many pairs of pixels of the image, of which the first is
/// an even one.
#[derive(Debug, Default)]
pub(super) struct Axis {
    /// The first pair for each pixel of the result.
    firsts: Vec<usize>,
    /// Pairs for each of them.
    taps: usize,
    weights: Vec<[i16; 2]>,
}

/// The sum of the weights of a pixel. Beside an edge, where some pixels are missing, a single one can be above 1.
const ONE: f64 = (1 << BITS) as f64;

/// Bits of a weight behind the point.
const BITS: u32 = 14;

impl Axis {
    pub(super) fn new(from: usize, to: usize, filter: Filter) -> Self {
        let table = Table::of(filter);
        let scale = from as f64 / to as f64;
        let stretch = scale.max(1.0);
        let reach = if from == to { 0.0 } else { filter.reach() * stretch };
        let middle = |place: usize| (place as f64 + 0.5) * scale - 0.5;
        let reached = |place: usize| {
            let (low, high) = ((middle(place) - reach).ceil(), (middle(place) + reach).floor());
            low.max(0.0) as usize..(high as usize).min(from - 1) + 1
        };
        let taps = (0..to).map(reached).map(|pixels| (pixels.end - 1) / 2 - pixels.start / 2 + 1).max().unwrap_or(1);
        let last = from.div_ceil(2) - taps;
        let firsts: Vec<usize> = (0..to).map(|place| (reached(place).start / 2).min(last)).collect();
        let mut weights = vec![[0; 2]; to * taps];
        let mut exact = Vec::new();
        for (place, (weights, first)) in weights.chunks_exact_mut(taps).zip(&firsts).enumerate() {
            let pixels = reached(place);
            let middle = middle(place);
            exact.clear();
            exact.extend(pixels.clone().map(|pixel| table.weight((pixel as f64 - middle) / stretch)));
            let one = ONE / exact.iter().sum::<f64>();
            // What rounding takes from one weight is given to the next: the sum stays right, also where the weights are
            // but a few units.
            let (mut sum, mut rounded) = (0.0, 0);
            for (weight, exact) in weights.as_flattened_mut()[pixels.start - 2 * first..].iter_mut().zip(&exact) {
                sum += exact * one;
                *weight = (sum.round() as i32 - rounded) as i16;
                rounded += i32::from(*weight);
            }
        }
        Axis { firsts, taps, weights }
    }

    /// The pairs that are mixed for some pixels of the result.
    pub(super) fn pairs(&self, places: Range<usize>) -> Range<usize> {
        self.firsts[places.start]..self.firsts[places.end - 1] + self.taps
    }

    /// How many pairs are mixed for a pixel.
    pub(super) fn taps(&self) -> usize {
        self.taps
    }

    /// The pixel of the result, of those on one line after the other that begin with the pair `first`.
    #[inline(always)]
    pub(super) fn mix<L: Lanes>(&self, lanes: L, place: usize, pairs: &[Pairs], first: usize) -> Chunk {
        let pairs = &pairs[self.firsts[place] - first..][..self.taps];
        let mut totals = lanes.totals(BITS);
        for (pairs, weights) in pairs.iter().zip(&self.weights[place * self.taps..][..self.taps]) {
            lanes.add_pairs(&mut totals, pairs, *weights);
        }
        lanes.chunk(&totals, BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_the_filter_and_add_up() {
        for filter in [Filter::Bilinear, Filter::Hamming, Filter::CatmullRom, Filter::Mitchell, Filter::Lanczos3] {
            for (from, to) in [(1, 1), (1, 9), (2, 3), (3, 2), (9, 1), (40, 40), (41, 13), (64, 200), (5000, 3)] {
                let axis = Axis::new(from, to, filter);
                let scale = from as f64 / to as f64;
                for place in 0..to {
                    let weights = axis.weights[place * axis.taps..][..axis.taps].as_flattened();
                    assert_eq!(weights.iter().map(|weight| f64::from(*weight)).sum::<f64>(), ONE);
                    let middle = (place as f64 + 0.5) * scale - 0.5;
                    let exact = |pixel: usize| match (pixel as f64 - middle).abs() / scale.max(1.0) {
                        x if from == to => f64::from(u8::from(x == 0.0)),
                        x if x < filter.reach() => filter.weight(x),
                        _ => 0.0,
                    };
                    let sum: f64 = (0..from).map(exact).sum();
                    for (offset, weight) in weights.iter().enumerate() {
                        let pixel = 2 * axis.firsts[place] + offset;
                        let exact = if pixel < from { exact(pixel) / sum * ONE } else { 0.0 };
                        let off = f64::from(*weight) - exact;
                        assert!(off.abs() < 1.1, "{filter:?}, {from} to {to}: {off} off for {pixel} in {place}");
                    }
                }
            }
        }
    }
}
