//! One body of code, compiled twice: for any processor of the target, and for those with AVX2, which is looked for when
//! the program runs.

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

/// What the compiler does not find the right instructions for by itself: exact sums of products.
pub(super) trait Lanes: Copy {
    /// A sum for each number of a chunk, in whatever order suits.
    type Sums: Copy;

    /// Sums of nothing, plus a half, for the sake of rounding.
    fn sums(self) -> Self::Sums;

    /// Adds `(a + b) × weight` of two pairs of chunks. `a + b` must fit into 16 bits, and the sums into 32.
    fn add_products(self, sums: &mut Self::Sums, pairs: [[&Chunk; 2]; 2], weights: [i16; 2]);

    /// The sums / 2¹⁵, rounded to the nearest. They must fit into 16 bits.
    fn rounded(self, sums: &Self::Sums) -> Chunk;
}

/// Does the work with the widest instructions there are.
pub(super) fn run(work: impl Work) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = x86::Avx2::detect() {
        return x86::run(work, avx2);
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
    fn rounded(self, sums: &Self::Sums) -> Chunk {
        sums.map(|sum| (sum >> 15) as i16)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Chunk, LANES, Lanes, Work};
    use std::arch::x86_64::*;

    /// A processor with AVX2. That there is a value says that this is one.
    #[derive(Clone, Copy, Debug)]
    pub(in super::super) struct Avx2(());

    impl Avx2 {
        pub(in super::super) fn detect() -> Option<Self> {
            is_x86_feature_detected!("avx2").then_some(Avx2(()))
        }
    }

    pub(super) fn run(work: impl Work, avx2: Avx2) {
        #[target_feature(enable = "avx2")]
        fn with_avx2(work: impl Work, avx2: Avx2) {
            work.work(avx2);
        }

        // SAFETY: there is an `Avx2`, so this processor has it.
        unsafe { with_avx2(work, avx2) }
    }

    /// Numbers of 16 bits in a register.
    const WIDTH: usize = 16;

    impl Lanes for Avx2 {
        /// For each register of a chunk the sums of its lower and of its upper halves, as `unpack` takes them apart and
        /// `pack` puts them together again.
        type Sums = [[__m256i; 2]; LANES / WIDTH];

        #[inline(always)]
        fn sums(self) -> Self::Sums {
            // SAFETY: there is an `Avx2`, so this processor has it.
            let half = unsafe { _mm256_set1_epi32(1 << 14) };
            [[half; 2]; LANES / WIDTH]
        }

        #[inline(always)]
        fn add_products(self, sums: &mut Self::Sums, pairs: [[&Chunk; 2]; 2], weights: [i16; 2]) {
            // SAFETY: there is an `Avx2`, so this processor has it.
            unsafe { add_products(sums, pairs, weights) }
        }

        #[inline(always)]
        fn rounded(self, sums: &Self::Sums) -> Chunk {
            // SAFETY: there is an `Avx2`, so this processor has it.
            unsafe { rounded(sums) }
        }
    }

    // Plain loops below: a closure handed to a function that is not compiled for AVX2 may stay a call.

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(chunk: &Chunk, register: usize) -> __m256i {
        let numbers = &chunk[register * WIDTH..][..WIDTH];
        // SAFETY: 16 numbers of 16 bits are the 32 bytes that are loaded, from any address.
        unsafe { _mm256_loadu_si256(numbers.as_ptr().cast()) }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn add_products(sums: &mut [[__m256i; 2]; LANES / WIDTH], [near, far]: [[&Chunk; 2]; 2], weights: [i16; 2]) {
        let weights = _mm256_set1_epi32(i32::from(weights[0]) & 0xffff | i32::from(weights[1]) << 16);
        for (register, [low_sum, high_sum]) in sums.iter_mut().enumerate() {
            let near = _mm256_add_epi16(load(near[0], register), load(near[1], register));
            let far = _mm256_add_epi16(load(far[0], register), load(far[1], register));
            let low = _mm256_madd_epi16(_mm256_unpacklo_epi16(near, far), weights);
            let high = _mm256_madd_epi16(_mm256_unpackhi_epi16(near, far), weights);
            *low_sum = _mm256_add_epi32(*low_sum, low);
            *high_sum = _mm256_add_epi32(*high_sum, high);
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn rounded(sums: &[[__m256i; 2]; LANES / WIDTH]) -> Chunk {
        let mut chunk = [0; LANES];
        for (register, [low, high]) in sums.iter().enumerate() {
            let both = _mm256_packs_epi32(_mm256_srai_epi32::<15>(*low), _mm256_srai_epi32::<15>(*high));
            let numbers = &mut chunk[register * WIDTH..][..WIDTH];
            // SAFETY: 16 numbers of 16 bits are the 32 bytes that are stored, to any address.
            unsafe { _mm256_storeu_si256(numbers.as_mut_ptr().cast(), both) };
        }
        chunk
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Check;

    impl Work for Check {
        #[inline(always)]
        fn work<L: Lanes>(self, lanes: L) {
            let chunk = |slope: i32| -> Chunk { std::array::from_fn(|place| ((place as i32 * slope) % 16_321) as i16) };
            let (a, b, c, d) = (chunk(259), chunk(15_999), chunk(77), chunk(1));
            for weights in [[0, 0], [1, 2], [32_767, 0], [16_384, 16_383], [77, 9000]] {
                let mut wide = lanes.sums();
                lanes.add_products(&mut wide, [[&a, &b], [&c, &d]], weights);
                let wide = lanes.rounded(&wide);
                let mut portable = Portable.sums();
                Portable.add_products(&mut portable, [[&a, &b], [&c, &d]], weights);
                assert_eq!(wide, Portable.rounded(&portable));
                for place in 0..LANES {
                    let product = |a: i16, b: i16, weight| f64::from(a + b) * f64::from(weight) / 32_768.0;
                    let exact = product(a[place], b[place], weights[0]) + product(c[place], d[place], weights[1]);
                    assert_eq!(f64::from(wide[place]), (exact + 0.5).floor());
                }
            }
        }
    }

    #[test]
    fn wide_products_are_those_of_the_reference() {
        run(Check);
    }
}
