//! Wider vectors than the compiler may take for granted.

/// Declares a function that does what a plain one does, compiled for AVX2 as well and run so where the processor has it.
///
/// The plain one must be `#[inline(always)]`, and written so that the compiler makes vectors of its loop: with as many
/// accumulators as the widest vectors have lanes. Nothing else differs, fused multiplication and addition included, so
/// the answer is the same on every processor, to the bit.
macro_rules! for_avx2 {
    ($visibility:vis fn $name:ident = $plain:ident($($argument:ident: $type:ty),*) $(-> $returns:ty)?) => {
        $visibility fn $name($($argument: $type),*) $(-> $returns)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn wide($($argument: $type),*) $(-> $returns)? {
                    $plain($($argument),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: the processor has what the function is compiled for, and that is all it asks.
                    return unsafe { wide($($argument),*) };
                }
            }
            $plain($($argument),*)
        }
    };
}

pub(super) use for_avx2;

/// Asks memory for the cache line that lies at an address, if the processor knows how. The address may be any, and
/// nothing is read.
#[inline(always)]
pub(super) fn prefetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a hint, which changes nothing and does not fault, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
