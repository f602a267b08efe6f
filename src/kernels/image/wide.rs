//! One body of code, compiled for any processor of the target, for those with AVX2, and for those with AVX-512. Which of
//! these it is, is looked for when the program runs.

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
    /// A sum for each number of a chunk, in whatever order suits.
    type Sums: Copy;

    /// Sums of nothing, plus a half, for the sake of rounding.
    fn sums(self) -> Self::Sums;

    /// Adds `(a + b) × weight` of two pairs of chunks. `a + b` must fit into 16 bits, and the sums into 32.
    fn add_products(self, sums: &mut Self::Sums, pairs: [[&Chunk; 2]; 2], weights: [i16; 2]);

    /// Puts the sums / 2¹⁵, rounded to the nearest, into a chunk. They must fit into 16 bits.
    fn round(self, sums: &Self::Sums, chunk: &mut Chunk);

    /// A sum for each pair of numbers, in their order.
    type Totals: Copy;

    /// Totals of nothing, plus a half, for the sake of rounding.
    fn totals(self) -> Self::Totals;

    /// Adds `pair[0] × weights[0] + pair[1] × weights[1]` of each pair. The totals must fit into 32 bits.
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]);

    /// The totals / 2¹⁴, rounded to the nearest; the nearest there is, where that does not fit into 16 bits.
    fn chunk(self, totals: &Self::Totals) -> Chunk;

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
    }
    work.work(Portable);
}

/// Any processor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portable;

impl Lanes for Portable {
    type Sums = [i32; LANES];

    #[inline(always)]
    fn sums(self) -> Self::Sums {
        [1 << 14; LANES]
    }

    #[inline(always)]
    fn add_products(self, sums: &mut Self::Sums, pairs: [[&Chunk; 2]; 2], weights: [i16; 2]) {
        for ([a, b], weight) in pairs.into_iter().zip(weights) {
            for place in 0..LANES {
                sums[place] += i32::from(a[place] + b[place]) * i32::from(weight);
            }
        }
    }

    #[inline(always)]
    fn round(self, sums: &Self::Sums, chunk: &mut Chunk) {
        for (number, sum) in chunk.iter_mut().zip(sums) {
            *number = (sum >> 15) as i16;
        }
    }

    type Totals = [i32; LANES];

    #[inline(always)]
    fn totals(self) -> Self::Totals {
        [1 << 13; LANES]
    }

    #[inline(always)]
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]) {
        for (total, [a, b]) in totals.iter_mut().zip(pairs) {
            *total += i32::from(*a) * i32::from(weights[0]) + i32::from(*b) * i32::from(weights[1]);
        }
    }

    #[inline(always)]
    fn chunk(self, totals: &Self::Totals) -> Chunk {
        totals.map(|total| (total >> 14).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
    }

    #[inline(always)]
    fn prefetch<T>(self, _: &T) {}
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;

#[cfg(test)]
mod tests {
    use super::*;

    struct Check;

    impl Work for Check {
        #[inline(always)]
        fn work<L: Lanes>(self, lanes: L) {
            Check::pairs(lanes);
            let chunk = |slope: i32| -> Chunk { std::array::from_fn(|place| ((place as i32 * slope) % 16_321) as i16) };
            let (a, b, c, d) = (chunk(259), chunk(15_999), chunk(77), chunk(1));
            for weights in [[0, 0], [1, 2], [32_767, 0], [16_384, 16_383], [77, 9000]] {
                let mut wide = lanes.sums();
                lanes.add_products(&mut wide, [[&a, &b], [&c, &d]], weights);
                let (mut wide_chunk, mut portable_chunk) = ([0; LANES], [0; LANES]);
                lanes.round(&wide, &mut wide_chunk);
                let mut portable = Portable.sums();
                Portable.add_products(&mut portable, [[&a, &b], [&c, &d]], weights);
                Portable.round(&portable, &mut portable_chunk);
                assert_eq!(wide_chunk, portable_chunk);
                for place in 0..LANES {
                    let product = |a: i16, b: i16, weight| f64::from(a + b) * f64::from(weight) / 32_768.0;
                    let exact = product(a[place], b[place], weights[0]) + product(c[place], d[place], weights[1]);
                    assert_eq!(f64::from(wide_chunk[place]), (exact + 0.5).floor());
                }
            }
        }
    }

    impl Check {
        #[inline(always)]
        fn pairs<L: Lanes>(lanes: L) {
            let number = |place: usize| ((place as i32 * 7_919) % 65_535 - 32_767) as i16;
            let pairs: Pairs = std::array::from_fn(|place| [number(2 * place), number(2 * place + 1)]);
            for weights in [[0, 0], [16_384, 0], [21_000, -4_616], [-16_384, 16_384], [1, -1]] {
                let mut totals = lanes.totals();
                let mut exact = [0.0; LANES];
                // The second time some are beyond what 16 bits hold.
                for _ in 0..2 {
                    lanes.add_pairs(&mut totals, &pairs, weights);
                    for (exact, [a, b]) in exact.iter_mut().zip(pairs) {
                        *exact += f64::from(a) * f64::from(weights[0]) + f64::from(b) * f64::from(weights[1]);
                    }
                    for (number, exact) in lanes.chunk(&totals).into_iter().zip(exact) {
                        let rounded = (exact / 16_384.0 + 0.5).floor().clamp(-32_768.0, 32_767.0);
                        assert_eq!(f64::from(number), rounded, "{weights:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn wide_products_are_those_of_the_reference() {
        run(Check);
        Check.work(Portable);
        // A processor with AVX-512 has AVX2 too.
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = avx2::Avx2::detect() {
            avx2::run(Check, avx2);
        }
    }
}
