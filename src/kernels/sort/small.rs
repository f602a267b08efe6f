//! Sorts what fits into the cache of one thread.

use super::order::{Key, Order};

/// Bits of a digit, at most: its counters fit into the first cache beside the elements at work.
const WIDEST: u32 = 12;

/// Elements for each counter of a digit, at least: else going over the counters costs more than over the elements.
const SPARSE: usize = 8;

/// Fewer elements than this are sorted by comparing them.
const FEW: usize = 512;

/// Where the keys of a stretch are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the input, and still numbers.
    Numbers,
    /// In the input.
    Input,
    /// In the scratch memory.
    Scratch,
}

/// Sorts a stretch and leaves it in the input, as numbers. `scratch` is of the same length.
pub(super) fn sort<K: Key>(input: &mut [K], scratch: &mut [K], place: Place, order: Order<K>) {
    // First to the scratch memory, which nobody else can change: the input may be shared with other threads of
    // JavaScript, and the standard library's sort must see every number the same whenever it looks.
    match place {
        Place::Numbers => to_each(input, scratch, |number| order.to_key(number)),
        Place::Input => scratch.copy_from_slice(input),
        Place::Scratch => {}
    }
    let (mut from, mut to, mut in_input) = (scratch, input, false);
    if from.len() < FEW {
        from.sort_unstable();
    } else {
        let (least, greatest) = bounds(from);
        let bits = 64 - greatest.wrapping_sub(least).to_u64().leading_zeros();
        let digits = bits.div_ceil((from.len() / SPARSE).ilog2().min(WIDEST));
        // As many as make each digit about as wide as the others.
        let width = if digits == 0 { 0 } else { bits.div_ceil(digits) };
        let size = 1 << width;
        let digit = |key: K, at: u32| (key.wrapping_sub(least).to_u64() >> (at * width)) as usize % size;
        let mut counts = vec![0u32; size * digits as usize];
        for &key in from.iter() {
            for (at, counts) in (0..).zip(counts.chunks_exact_mut(size)) {
                counts[digit(key, at)] += 1;
            }
        }
        for (at, places) in (0..).zip(counts.chunks_exact_mut(size)) {
            if places.iter().any(|count| *count as usize == from.len()) {
                continue;
            }
            let mut sum = 0;
            for place in places.iter_mut() {
                (*place, sum) = (sum, sum + *place);
            }
            for &key in from.iter() {
                let place = &mut places[digit(key, at)];
                // Always there, but for shared memory that another thread has changed since it was counted.
                if let Some(slot) = to.get_mut(*place as usize) {
                    *slot = key;
                }
                *place += 1;
            }
            (from, to) = (to, from);
            in_input = !in_input;
        }
    }
    if in_input {
        from.iter_mut().for_each(|element| *element = order.to_number(*element));
    } else {
        to_each(from, to, |key| order.to_number(key));
    }
}

fn to_each<K: Key>(from: &[K], to: &mut [K], make: impl Fn(K) -> K) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = make(*from));
}

fn bounds<K: Key>(keys: &[K]) -> (K, K) {
    keys.iter().fold((K::MAX, K::from_u64(0)), |(least, greatest), key| (least.min(*key), greatest.max(*key)))
}
