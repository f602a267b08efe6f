//! Sums of products in registers of 128 bits, which every x86-64 has.

use super::{Chunk, LANES, Lanes, Pairs, Portable};
use std::arch::x86_64::{__m128i, _mm_madd_epi16};

/// An x86-64 of which nothing more is known. All but the products is left to the compiler; of these it would make products
/// of 32 bits, which this processor has to piece together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sse2;

impl Lanes for Sse2 {
    const ROOMY: bool = Portable::ROOMY;

    type Totals = <Portable as Lanes>::Totals;

    #[inline(always)]
    fn totals(self, bits: u32) -> Self::Totals {
        Portable.totals(bits)
    }

    #[inline(always)]
    fn add_pairs(self, totals: &mut Self::Totals, pairs: &Pairs, weights: [i16; 2]) {
        const WIDTH: usize = 4;
        let weights: __m128i = bytemuck::cast([weights; WIDTH]);
        let pairs: &[[[i16; 2]; WIDTH]; LANES / WIDTH] = bytemuck::cast_ref(pairs);
        for (totals, pairs) in totals.as_chunks_mut::<WIDTH>().0.iter_mut().zip(pairs) {
            let pairs: __m128i = bytemuck::cast(*pairs);
            // SAFETY: every x86-64 has the instruction.
            let products: [i32; WIDTH] = bytemuck::cast(unsafe { _mm_madd_epi16(pairs, weights) });
            for (total, product) in totals.iter_mut().zip(products) {
                *total += product;
            }
        }
    }

    #[inline(always)]
    fn chunk(self, totals: &Self::Totals, bits: u32) -> Chunk {
        Portable.chunk(totals, bits)
    }

    #[inline(always)]
    fn pairs(self, totals: [&Self::Totals; 2], bits: u32) -> Pairs {
        Portable.pairs(totals, bits)
    }

    #[inline(always)]
    fn prefetch<T>(self, what: &T) {
        Portable.prefetch(what);
    }
}
