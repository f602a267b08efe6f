//! Sorts numbers of 8 and 16 bits: counts each value, then writes each as often as it was there.

use super::order::{Key, Order};
use rayon::prelude::*;

/// What one thread takes at a time: a millisecond or less.
const PIECE: usize = 1 << 20;

/// Pieces a thread takes a step.
const PIECES: usize = 2;

/// A sort under way.
#[derive(Debug)]
pub(super) struct Counting<K> {
    order: Order<K>,
    /// Elements that the present phase has gone over.
    done: usize,
    /// While it counts: how many elements have this key. Afterwards: how many have it or a lesser one.
    counts: Vec<usize>,
    writes: bool,
}

impl<K: Key> Counting<K> {
    pub(super) fn new(order: Order<K>) -> Self {
        Counting { order, done: 0, counts: Vec::new(), writes: false }
    }

    /// The next few milliseconds of the sort: how many elements are behind it, None when it is done.
    pub(super) fn step(&mut self, elements: &mut [K], parallel: bool) -> Option<usize> {
        if self.counts.is_empty() {
            self.counts = vec![0; 1 << K::BITS];
        }
        let threads = if parallel { rayon::current_num_threads() } else { 1 };
        let length = elements.len();
        let end = length.min(self.done + threads * PIECES * PIECE);
        let part = &mut elements[self.done..end];
        let threads = if part.len() > PIECE { threads } else { 1 };
        if self.writes {
            self.write(part, threads)
        } else {
            self.count(part, threads)
        }
        self.done = end;
        if end < length {
            return Some(if self.writes { length / 2 + end / 2 } else { end / 2 });
        }
        if self.writes {
            return None;
        }
        let mut sum = 0;
        for count in &mut self.counts {
            sum += *count;
            *count = sum;
        }
        self.done = 0;
        self.writes = true;
        Some(length / 2)
    }

    fn count(&mut self, elements: &[K], threads: usize) {
        let order = self.order;
        let count = |piece: &[K]| {
            let mut counts = vec![0u32; 1 << K::BITS];
            for element in piece {
                counts[order.to_key(*element).to_u64() as usize] += 1;
            }
            counts
        };
        let mut add = |counts: Vec<u32>| {
            self.counts.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count as usize);
        };
        if threads > 1 {
            let counted: Vec<_> = elements.par_chunks(PIECE).map(count).collect();
            counted.into_iter().for_each(add);
        } else {
            elements.chunks(PIECE).for_each(|piece| add(count(piece)));
        }
    }

    fn write(&self, elements: &mut [K], threads: usize) {
        let write = |(index, piece): (usize, &mut [K])| {
            let mut at = self.done + index * PIECE;
            let end = at + piece.len();
            let mut rest = piece;
            let mut key = self.counts.partition_point(|count| *count <= at);
            while at < end {
                let until = self.counts[key].min(end);
                let (now, behind) = std::mem::take(&mut rest).split_at_mut(until - at);
                now.fill(self.order.to_number(K::from_u64(key as u64)));
                (rest, at, key) = (behind, until, key + 1);
            }
        };
        if threads > 1 {
            elements.par_chunks_mut(PIECE).enumerate().for_each(write);
        } else {
            elements.chunks_mut(PIECE).enumerate().for_each(write);
        }
    }
}
