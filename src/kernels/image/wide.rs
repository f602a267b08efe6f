//! One body of code, compiled for any processor of the target, for those with AVX2, and for those with AVX-512 and its
//! fused products of 16-bit numbers (VNNI). Which of these it is, is looked for when the program runs.

/// Some work whose loops the compiler turns into vector instructions.
pub(super) trait Work {
    /// Does it. An implementation is marked `#[inline(always)]`: only what ends up inside [`run`] is compiled for the
    /// wider instructions.
    fn work<L: Lanes>(self, lanes: L);
}

/// How many numbers [`Lanes`] work on at a time: as many as have their sums in the registers of a processor.
pub(super) const LANES: usize = 64;

/// Numbers of one place of several rows.
pub(super) type Chunk = [i16; LANES];

/// The same of two neighbouring rows.
pub(super) type Pairs = [[i16; 2]; LANES];

/// What the compiler does not find the right instructions for by itself: exact sums of products.
pub(super) trait Lanes: Copy {
    /// Whether the registers hold the totals for two chunks.
    const ROOMY: bool;

    /// A sum for each pair of numbers, in their order.
    type Totals: Copy;

    /// Totals of nothing with so many bits behind the point, plus a half, for the sake of rounding.
    fn totals(self, bits: u32) -> Self::Totals;

    /// Adds `pair[0] × weights[0] + pair[1] × weights[1]` of each pair. The totals must fit into 32 bits.
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]);

    /// The totals without the bits behind the point, rounded to the nearest; the nearest there is, where that does not
    /// fit into 16 bits.
    fn chunk(self, totals: &Self::Totals, bits: u32) -> Chunk;

    /// Two totals each beside each other, likewise rounded. They must fit into 16 bits, and not be negative.
    fn pairs(self, totals: [&Self::Totals; 2], bits: u32) -> Pairs;

    /// Has the cache line fetched in which something begins that will be read soon, if the processor knows how.
    fn prefetch<T>(self, what: &T);
}

/// Does the work with the widest instructions there are.
pub(super) fn run(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(avx512) = avx512::Avx512::detect() {
            return avx512::run(work, avx512);
        }
        if let Some(avx2) = avx2::Avx2::detect() {
            return avx2::run(work, avx2);
        }
        work.work(sse2::Sse2);
    }
    #[cfg(not(target_arch = "x86_64"))]
    work.work(Portable);
}

/// Any processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

impl Lanes for Portable {
    const ROOMY: bool = false;

    type Totals = [i32; LANES];

    #[inline(always)]
    fn totals(self, bits: u32) -> Self::Totals {
        [1 << (bits - 1); LANES]
    }

    #[inline(always)]
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]) {
        for (total, [a, b]) in totals.iter_mut().zip(pairs) {
            *total += i32::from(*a) * i32::from(weights[0]) + i32::from(*b) * i32::from(weights[1]);
        }
    }

    #[inline(always)]
    fn chunk(self, totals: &Self::Totals, bits: u32) -> Chunk {
        totals.map(|total| (total >> bits).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
    }

    #[inline(always)]
    fn pairs(self, totals: [&Self::Totals; 2], bits: u32) -> Pairs {
        std::array::from_fn(|place| totals.map(|totals| (totals[place] >> bits) as i16))
    }

    #[inline(always)]
    fn prefetch<T>(self, _: &T) {}
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod sse2;

#[cfg(test)]
mod tests {
    use super::*;

    struct Check;

    impl Work for Check {
        #[inline(always)]
        fn work<L: Lanes>(self, lanes: L) {
            Check::pairs(lanes);
            let number = |place: usize| ((place as i32 * 7_919) % 65_535 - 32_767) as i16;
            let pairs: Pairs = std::array::from_fn(|place| [number(2 * place), number(2 * place + 1)]);
            let weights = [[0, 0], [16_384, 0], [21_000, -4_616], [-16_384, 16_384], [1, -1]];
            for (weights, bits) in weights.into_iter().flat_map(|weights| [(weights, 14), (weights, 15)]) {
                let mut totals = lanes.totals(bits);
                let mut exact = [0.0; LANES];
                // The second time some are beyond what 16 bits hold.
                for _ in 0..2 {
                    lanes.add_pairs(&mut totals, &pairs, weights);
                    for (exact, [a, b]) in exact.iter_mut().zip(pairs) {
                        *exact += f64::from(a) * f64::from(weights[0]) + f64::from(b) * f64::from(weights[1]);
                    }
                    for (number, exact) in lanes.chunk(&totals, bits).into_iter().zip(exact) {
                        let rounded = (exact / f64::from(1 << bits) + 0.5).floor().clamp(-32_768.0, 32_767.0);
                        assert_eq!(f64::from(number), rounded, "{weights:?}, {bits} bits");
                    }
                }
            }
        }
    }

    impl Check {
        #[inline(always)]
        fn pairs<L: Lanes>(lanes: L) {
            let number = |place: usize| ((place as i32 * 7_919) % 16_321) as i16;
            let totals = |weight: i16| {
                let pairs: Pairs = std::array::from_fn(|place| [number(2 * place), number(2 * place + 1)]);
                let mut totals = lanes.totals(15);
                lanes.add_pairs(&mut totals, &pairs, [weight, weight / 2]);
                totals
            };
            let (a, b) = (totals(20_000), totals(3));
            let (left, right) = (lanes.chunk(&a, 15), lanes.chunk(&b, 15));
            let expected: Pairs = std::array::from_fn(|place| [left[place], right[place]]);
            assert_eq!(lanes.pairs([&a, &b], 15), expected);
        }
    }

    #[test]
    fn wide_products_are_those_of_the_reference() {
        run(Check);
        Check.work(Portable);
        #[cfg(target_arch = "x86_64")]
        Check.work(sse2::Sse2);
        // A processor with AVX-512 has AVX2 too.
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = avx2::Avx2::detect() {
            avx2::run(Check, avx2);
        }
    }
}
