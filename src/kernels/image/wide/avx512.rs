//! Sums of products in registers of 512 bits.

use super::{Chunk, LANES, Lanes, Pairs, Work};
use std::arch::x86_64::*;
use std::ptr;

/// A processor with AVX-512 for 16-bit numbers (BW), its instructions on shorter registers (VL), and products of 16-bit
/// numbers that are added up in one go (VNNI). The few with AVX-512 that have not all of these are taken for ones with
/// AVX2. That there is a value says that this is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx512(());

impl Avx512 {
    pub(super) fn detect() -> Option<Self> {
        let has_all = is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vnni");
        has_all.then_some(Avx512(()))
    }
}

pub(super) fn run(work: impl Work, avx512: Avx512) {
    #[target_feature(enable = "avx512bw,avx512vl,avx512vnni")]
    fn with_avx512(work: impl Work, avx512: Avx512) {
        work.work(avx512);
    }

    // SAFETY: there is an `Avx512`, so this processor has it.
    unsafe { with_avx512(work, avx512) }
}

/// Numbers of 16 bits in a register.
const WIDTH: usize = 32;

impl Lanes for Avx512 {
    const ROOMY: bool = true;

    type Totals = [__m512i; 2 * LANES / WIDTH];

    #[inline(always)]
    fn totals(self, bits: u32) -> Self::Totals {
        // SAFETY: there is an `Avx512`, so this processor has it.
        [unsafe { _mm512_set1_epi32(1 << (bits - 1)) }; 2 * LANES / WIDTH]
    }

    #[inline(always)]
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]) {
        // SAFETY: there is an `Avx512`, so this processor has it.
        unsafe { add_pairs(totals, pairs, weights) }
    }

    #[inline(always)]
    fn chunk(self, totals: &Self::Totals, bits: u32) -> Chunk {
        // SAFETY: there is an `Avx512`, so this processor has it.
        unsafe { chunk(totals, bits) }
    }

    #[inline(always)]
    fn pairs(self, totals: [&Self::Totals; 2], bits: u32) -> Pairs {
        // SAFETY: there is an `Avx512`, so this processor has it.
        unsafe { pairs(totals, bits) }
    }

    #[inline(always)]
    fn prefetch<T>(self, what: &T) {
        // SAFETY: every x86-64 has the instruction, which only asks for the line of a valid reference.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(ptr::from_ref(what).cast()) }
    }
}

// Plain loops below: a closure handed to a function that is not compiled for AVX-512 may stay a call.

#[inline]
#[target_feature(enable = "avx512bw,avx512vl,avx512vnni")]
fn add_pairs(totals: &mut [__m512i; 2 * LANES / WIDTH], pairs: &Pairs, weights: [i16; 2]) {
    let weights = _mm512_set1_epi32(i32::from(weights[0]) & 0xffff | i32::from(weights[1]) << 16);
    for (register, total) in totals.iter_mut().enumerate() {
        let pairs = &pairs[register * WIDTH / 2..][..WIDTH / 2];
        // SAFETY: 16 pairs of 16 bits are the 64 bytes that are loaded, from any address.
        let pairs = unsafe { _mm512_loadu_si512(pairs.as_ptr().cast()) };
        *total = _mm512_dpwssd_epi32(*total, pairs, weights);
    }
}

#[inline]
#[target_feature(enable = "avx512bw,avx512vl,avx512vnni")]
fn chunk(totals: &[__m512i; 2 * LANES / WIDTH], bits: u32) -> Chunk {
    let bits = _mm_cvtsi32_si128(bits as i32);
    let in_order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    let mut chunk = [0; LANES];
    for (two, [low, high]) in totals.as_chunks().0.iter().enumerate() {
        // `pack` works within quarters of the registers; the permutation puts the eighths into order.
        let both = _mm512_packs_epi32(_mm512_sra_epi32(*low, bits), _mm512_sra_epi32(*high, bits));
        let both = _mm512_permutexvar_epi64(in_order, both);
        let numbers = &mut chunk[two * WIDTH..][..WIDTH];
        // SAFETY: 32 numbers of 16 bits are the 64 bytes that are stored, to any address.
        unsafe { _mm512_storeu_si512(numbers.as_mut_ptr().cast(), both) };
    }
    chunk
}

#[inline]
#[target_feature(enable = "avx512bw,avx512vl,avx512vnni")]
fn pairs([a, b]: [&[__m512i; 2 * LANES / WIDTH]; 2], bits: u32) -> Pairs {
    let (right, left) = (_mm_cvtsi32_si128(bits as i32), _mm_cvtsi32_si128(16 - bits as i32));
    let mut pairs = [[0; 2]; LANES];
    for (register, (a, b)) in a.iter().zip(b).enumerate() {
        let (a, b) = (_mm512_srl_epi32(*a, right), _mm512_sll_epi32(*b, left));
        let both = _mm512_mask_blend_epi16(0xaaaa_aaaa, a, b);
        let pairs = &mut pairs[register * WIDTH / 2..][..WIDTH / 2];
        // SAFETY: 16 pairs of 16 bits are the 64 bytes that are stored, to any address.
        unsafe { _mm512_storeu_si512(pairs.as_mut_ptr().cast(), both) };
    }
    pairs
}
