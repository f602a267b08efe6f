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
    const ROOMY: bool = false;

    type Totals = [__m256i; 2 * LANES / WIDTH];

    #[inline(always)]
    fn totals(self, bits: u32) -> Self::Totals {
        // SAFETY: there is an `Avx2`, so this processor has it.
        [unsafe { _mm256_set1_epi32(1 << (bits - 1)) }; 2 * LANES / WIDTH]
    }

    #[inline(always)]
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]) {
        // SAFETY: there is an `Avx2`, so this processor has it.
        unsafe { add_pairs(totals, pairs, weights) }
    }

    #[inline(always)]
    fn chunk(self, totals: &Self::Totals, bits: u32) -> Chunk {
        // SAFETY: there is an `Avx2`, so this processor has it.
        unsafe { chunk(totals, bits) }
    }

    #[inline(always)]
    fn pairs(self, totals: [&Self::Totals; 2], bits: u32) -> Pairs {
        // SAFETY: there is an `Avx2`, so this processor has it.
        unsafe { pairs(totals, bits) }
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
fn chunk(totals: &[__m256i; 2 * LANES / WIDTH], bits: u32) -> Chunk {
    let bits = _mm_cvtsi32_si128(bits as i32);
    let mut chunk = [0; LANES];
    for (two, [low, high]) in totals.as_chunks().0.iter().enumerate() {
        // `pack` works within halves of the registers; the permutation puts the quarters into order.
        let both = _mm256_packs_epi32(_mm256_sra_epi32(*low, bits), _mm256_sra_epi32(*high, bits));
        let both = _mm256_permute4x64_epi64::<0b11_01_10_00>(both);
        let numbers = &mut chunk[two * WIDTH..][..WIDTH];
        // SAFETY: 16 numbers of 16 bits are the 32 bytes that are stored, to any address.
        unsafe { _mm256_storeu_si256(numbers.as_mut_ptr().cast(), both) };
    }
    chunk
}

#[inline]
#[target_feature(enable = "avx2")]
fn pairs([a, b]: [&[__m256i; 2 * LANES / WIDTH]; 2], bits: u32) -> Pairs {
    let (right, left) = (_mm_cvtsi32_si128(bits as i32), _mm_cvtsi32_si128(16 - bits as i32));
    let mut pairs = [[0; 2]; LANES];
    for (register, (a, b)) in a.iter().zip(b).enumerate() {
        let both = _mm256_blend_epi16::<0xaa>(_mm256_srl_epi32(*a, right), _mm256_sll_epi32(*b, left));
        let pairs = &mut pairs[register * WIDTH / 2..][..WIDTH / 2];
        // SAFETY: 8 pairs of 16 bits are the 32 bytes that are stored, to any address.
        unsafe { _mm256_storeu_si256(pairs.as_mut_ptr().cast(), both) };
    }
    pairs
}
