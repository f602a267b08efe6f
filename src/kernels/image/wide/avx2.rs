//! Sums of products in registers of 256 bits.

use super::{Chunk, LANES, Lanes, Pairs, Work};
use std::arch::x86_64::*;
use std::ptr;

/// A processor with AVX2. That there is a value says that this is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
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
    fn round(self, sums: &Self::Sums, chunk: &mut Chunk) {
        // SAFETY: there is an `Avx2`, so this processor has it.
        unsafe { round(sums, chunk) }
    }

    type Totals = [__m256i; 2 * LANES / WIDTH];

    #[inline(always)]
    fn totals(self) -> Self::Totals {
        // SAFETY: there is an `Avx2`, so this processor has it.
        [unsafe { _mm256_set1_epi32(1 << 13) }; 2 * LANES / WIDTH]
    }

    #[inline(always)]
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]) {
        // SAFETY: there is an `Avx2`, so this processor has it.
        unsafe { add_pairs(totals, pairs, weights) }
    }

    #[inline(always)]
    fn chunk(self, totals: &Self::Totals) -> Chunk {
        // SAFETY: there is an `Avx2`, so this processor has it.
        unsafe { chunk(totals) }
    }

    #[inline(always)]
    fn prefetch<T>(self, what: &T) {
        // SAFETY: every x86-64 has the instruction, which only asks for the line of a valid reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ptr::from_ref(what).cast()) }
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
fn round(sums: &[[__m256i; 2]; LANES / WIDTH], chunk: &mut Chunk) {
    for (register, [low, high]) in sums.iter().enumerate() {
        let both = _mm256_packs_epi32(_mm256_srai_epi32::<15>(*low), _mm256_srai_epi32::<15>(*high));
        let numbers = &mut chunk[register * WIDTH..][..WIDTH];
        // SAFETY: 16 numbers of 16 bits are the 32 bytes that are stored, to any address.
        unsafe { _mm256_storeu_si256(numbers.as_mut_ptr().cast(), both) };
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_pairs(totals: &mut [__m256i; 2 * LANES / WIDTH], pairs: &Pairs, weights: [i16; 2]) {
    let weights = _mm256_set1_epi32(i32::from(weights[0]) & 0xffff | i32::from(weights[1]) << 16);
    for (register, total) in totals.iter_mut().enumerate() {
        let pairs = &pairs[register * WIDTH / 2..][..WIDTH / 2];
        // SAFETY: 8 pairs of 16 bits are the 32 bytes that are loaded, from any address.
        let pairs = unsafe { _mm256_loadu_si256(pairs.as_ptr().cast()) };
        *total = _mm256_add_epi32(*total, _mm256_madd_epi16(pairs, weights));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn chunk(totals: &[__m256i; 2 * LANES / WIDTH]) -> Chunk {
    let mut chunk = [0; LANES];
    for (two, [low, high]) in totals.as_chunks().0.iter().enumerate() {
        // `pack` works within halves of the registers; the permutation puts the quarters into order.
        let both = _mm256_packs_epi32(_mm256_srai_epi32::<14>(*low), _mm256_srai_epi32::<14>(*high));
        let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(both);
        let numbers = &mut chunk[two * WIDTH..][..WIDTH];
        // SAFETY: 16 numbers of 16 bits are the 32 bytes that are stored, to any address.
        unsafe { _mm256_storeu_si256(numbers.as_mut_ptr().cast(), both) };
    }
    chunk
}
