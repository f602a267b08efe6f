//! Radix sort of 32 and 64 bits, in steps.
//!
//! A stretch that is too large for a thread's cache is scattered by its highest bits over 256 parts, from the input to
//! scratch memory of the same size or back, and each part is a stretch of its own (most significant digit first). One
//! that is small enough is sorted by one thread (`small.rs`) and left in the input.
//!
//! The bits that count are those in which the least and the greatest key of a stretch differ: numbers of a narrow range,
//! and floats, whose highest bits are much alike, are spread over the 256 parts as well as evenly spread integers.
//!
//! Why not a library: each one sorts in one go, for as long as it takes. Here every phase is cut into pieces, and a step
//! takes as many of them as make a few milliseconds.

use super::order::{Key, Order};
use super::small::{self, Place};
use crate::bulk;
use crate::error::{Error, ErrorCode, Result};
use rayon::prelude::*;
use std::mem::take;

/// Parts that a stretch is scattered over.
const PARTS: usize = 256;

/// What one thread takes at a time of a large stretch: a tenth to a third of a millisecond.
const PIECE: usize = 128 << 10;

/// Pieces a thread takes a step.
const PIECES: usize = 8;

/// A stretch of so many elements or fewer is sorted by one thread: it lies in its cache.
const SMALL: usize = 256 << 10;

/// Small stretches taken a step: so many elements a thread.
const SHARE: usize = 512 << 10;

/// Elements that a scattering thread holds back for each part, to write them together.
const HELD: usize = 16;

/// Elements that are to be sorted among themselves.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    start: usize,
    end: usize,
    place: Place,
}

/// The phases of a large stretch, each of which goes over all of its pieces.
#[derive(Debug)]
enum Phase<K> {
    /// Looks for the least and the greatest key.
    Bounds { least: K, greatest: K },
    /// Counts for each piece how many of its keys belong to each part.
    Count { split: Split<K>, counts: Vec<[u32; PARTS]> },
    /// Brings the keys there. `next` is where the next key of each part goes, counted from the stretch's start.
    Scatter { split: Split<K>, counts: Vec<[u32; PARTS]>, next: Vec<usize> },
}

/// Says to which part a key belongs.
#[derive(Clone, Copy, Debug)]
struct Split<K> {
    least: K,
    shift: u32,
}

impl<K: Key> Split<K> {
    fn new(least: K, greatest: K) -> Self {
        let bits = 64 - greatest.wrapping_sub(least).to_u64().leading_zeros();
        Split { least, shift: bits.saturating_sub(PARTS.ilog2()) }
    }

    #[inline(always)]
    fn part(self, key: K) -> usize {
        // Bounded whatever the key: another thread may have changed shared memory since the bounds were found.
        (key.wrapping_sub(self.least).to_u64() >> self.shift) as usize % PARTS
    }
}

/// A large stretch that is being scattered.
#[derive(Debug)]
struct Large<K> {
    stretch: Stretch,
    phase: Phase<K>,
    /// Elements that the phase has gone over.
    done: usize,
}

/// A sort under way.
#[derive(Debug)]
pub(super) struct Radix<K> {
    order: Order<K>,
    length: usize,
    scratch: Box<[K]>,
    /// What is still to be sorted, the first stretch last.
    waiting: Vec<Stretch>,
    large: Option<Large<K>>,
    /// Elements that were brought to one of the first 256 parts.
    spread: usize,
    /// Elements that are where they belong.
    settled: usize,
}

impl<K: Key> Radix<K> {
    pub(super) fn new(order: Order<K>, length: usize) -> Self {
        let waiting = vec![Stretch { start: 0, end: length, place: Place::Numbers }];
        Radix { order, length, scratch: Box::default(), waiting, large: None, spread: 0, settled: 0 }
    }

    /// The next few milliseconds of the sort: how many elements are behind it, None when it is done.
    pub(super) fn step(&mut self, input: &mut [K], parallel: bool) -> Result<Option<usize>> {
        if self.scratch.len() < self.length {
            self.scratch = scratch(self.length)?;
        }
        let threads = if parallel { rayon::current_num_threads() } else { 1 };
        match self.large.take() {
            Some(large) => self.go_on(large, input, threads)?,
            None => self.begin(input, threads),
        }
        let over = self.large.is_none() && self.waiting.is_empty();
        Ok((!over).then_some((self.spread + self.settled) / 2))
    }

    /// Sorts the small stretches that come next, or begins with a large one.
    fn begin(&mut self, input: &mut [K], threads: usize) {
        let Radix { order, scratch, waiting, .. } = self;
        let mut taken = 0;
        let mut stretches = Vec::new();
        while taken < threads * SHARE
            && let Some(stretch) = waiting.pop_if(|stretch| stretch.end - stretch.start <= SMALL)
        {
            taken += stretch.end - stretch.start;
            stretches.push(stretch);
        }
        if stretches.is_empty() {
            self.large = waiting.pop().map(|stretch| Large {
                stretch,
                phase: Phase::Bounds { least: K::MAX, greatest: K::from_u64(0) },
                done: 0,
            });
            return;
        }
        let (mut input, mut scratch, mut at) = (input, &mut scratch[..], 0);
        let mut work: Vec<_> = stretches
            .into_iter()
            .map(|Stretch { start, end, place }| {
                input = take(&mut input).split_at_mut(start - at).1;
                scratch = take(&mut scratch).split_at_mut(start - at).1;
                let (mine, behind) = take(&mut input).split_at_mut(end - start);
                input = behind;
                let (my_scratch, behind) = take(&mut scratch).split_at_mut(end - start);
                scratch = behind;
                at = end;
                (mine, my_scratch, place)
            })
            .collect();
        let sort =
            |(numbers, scratch, place): &mut (&mut [K], &mut [K], Place)| small::sort(numbers, scratch, *place, *order);
        if threads > 1 {
            work.par_iter_mut().for_each(sort);
        } else {
            work.iter_mut().for_each(sort);
        }
        self.settled += taken;
    }

    /// Some pieces of the large stretch at work.
    fn go_on(&mut self, large: Large<K>, input: &mut [K], threads: usize) -> Result<()> {
        let Large { stretch: Stretch { start, end, place }, phase, done } = large;
        let order = self.order;
        let key = move |element: K| if place == Place::Numbers { order.to_key(element) } else { element };
        let (from, to) = match place {
            Place::Numbers | Place::Input => (&input[start..end], &mut self.scratch[start..end]),
            Place::Scratch => (&self.scratch[start..end], &mut input[start..end]),
        };
        let rest = &from[done..];
        let pieces = &rest[..rest.len().min(threads * PIECES * PIECE)];
        let done = done + pieces.len();
        let all = done == from.len();
        let pieces = pieces.chunks(PIECE);
        let phase = match phase {
            Phase::Bounds { least, greatest } => {
                let both = each(threads, pieces, |piece| bounds(piece, key));
                let both = both.into_iter().fold((least, greatest), |a, b| (a.0.min(b.0), a.1.max(b.1)));
                match both {
                    (least, greatest) if !all => Phase::Bounds { least, greatest },
                    (least, greatest) if least == greatest => {
                        // All the same: they only have to come back to the input as numbers, in any parts.
                        let part = |at| Stretch { start: at, end: end.min(at + SMALL), place };
                        self.waiting.extend((start..end).step_by(SMALL).rev().map(part));
                        return Ok(());
                    }
                    (least, greatest) => Phase::Count { split: Split::new(least, greatest), counts: Vec::new() },
                }
            }
            Phase::Count { split, mut counts } => {
                counts.extend(each(threads, pieces, |piece| count(piece, |element| split.part(key(element)))));
                if all {
                    let mut next = vec![0; PARTS];
                    let mut at = 0;
                    for (part, next) in next.iter_mut().enumerate() {
                        *next = at;
                        at += counts.iter().map(|counts| counts[part] as usize).sum::<usize>();
                    }
                    Phase::Scatter { split, counts, next }
                } else {
                    Phase::Count { split, counts }
                }
            }
            Phase::Scatter { split, counts, mut next } => {
                let first = (done - pieces.clone().map(<[K]>::len).sum::<usize>()) / PIECE;
                let mut lanes: Vec<_> = pieces.map(|piece| (piece, Vec::with_capacity(PARTS))).collect();
                let counts_here = &counts[first..first + lanes.len()];
                let (mut to, mut at) = (to, 0);
                for (part, next) in next.iter_mut().enumerate() {
                    to = take(&mut to).split_at_mut(*next - at).1;
                    at = *next;
                    for ((_, lanes), counts) in lanes.iter_mut().zip(counts_here) {
                        let (mine, behind) = take(&mut to).split_at_mut(counts[part] as usize);
                        lanes.push(mine);
                        to = behind;
                        at += counts[part] as usize;
                    }
                    *next = at;
                }
                let spread = |(piece, lanes): &mut (&[K], Vec<&mut [K]>)| {
                    scatter(piece, lanes, |element| {
                        let key = key(element);
                        (key, split.part(key))
                    })
                };
                if threads > 1 {
                    lanes.par_iter_mut().try_for_each(spread)?;
                } else {
                    lanes.iter_mut().try_for_each(spread)?;
                }
                if place == Place::Numbers {
                    self.spread = done;
                }
                if all {
                    let place = if place == Place::Scratch { Place::Input } else { Place::Scratch };
                    let mut end = end;
                    for part in (0..PARTS).rev() {
                        let begin = start + if part == 0 { 0 } else { next[part - 1] };
                        if begin < end {
                            self.waiting.push(Stretch { start: begin, end, place });
                        }
                        end = begin;
                    }
                    return Ok(());
                }
                Phase::Scatter { split, counts, next }
            }
        };
        let stretch = Stretch { start, end, place };
        self.large = Some(Large { stretch, phase, done: if all { 0 } else { done } });
        Ok(())
    }
}

/// Goes over the pieces, on the threads if there are several.
fn each<'a, K: Key, T: Send>(
    threads: usize,
    pieces: std::slice::Chunks<'a, K>,
    work: impl Fn(&'a [K]) -> T + Sync + Send,
) -> Vec<T> {
    if threads > 1 {
        pieces.collect::<Vec<_>>().into_par_iter().map(work).collect()
    } else {
        pieces.map(work).collect()
    }
}

/// The least and the greatest key.
fn bounds<K: Key>(elements: &[K], key: impl Fn(K) -> K) -> (K, K) {
    let both = (K::MAX, K::from_u64(0));
    elements.iter().fold(both, |(least, greatest), element| {
        let key = key(*element);
        (least.min(key), greatest.max(key))
    })
}

fn count<K: Key>(elements: &[K], part: impl Fn(K) -> usize) -> [u32; PARTS] {
    let mut counts = [0; PARTS];
    for element in elements {
        counts[part(*element)] += 1;
    }
    counts
}

/// Brings each element to its part. An error where they are not those that were counted.
fn scatter<K: Key>(elements: &[K], parts: &mut [&mut [K]], place: impl Fn(K) -> (K, usize)) -> Result<()> {
    let mut held = [[K::from_u64(0); HELD]; PARTS];
    let mut counts = [0u8; PARTS];
    for element in elements {
        let (key, part) = place(*element);
        let count = counts[part] as usize;
        held[part][count % HELD] = key;
        if count + 1 < HELD {
            counts[part] += 1;
        } else {
            counts[part] = 0;
            // As an array: the compiler then moves it in a few vectors, without calling memcpy.
            let Some((now, later)) = take(&mut parts[part]).split_first_chunk_mut() else { return Err(changed()) };
            *now = held[part];
            parts[part] = later;
        }
    }
    for (part, (held, count)) in parts.iter_mut().zip(held.iter().zip(counts)) {
        let held = &held[..count as usize];
        part.get_mut(..held.len()).ok_or_else(changed)?.copy_from_slice(held);
    }
    Ok(())
}

fn changed() -> Error {
    Error::new(ErrorCode::KernelInput, "sort: the memory was changed while it was sorted")
}

fn scratch<K: Key>(length: usize) -> Result<Box<[K]>> {
    let mut scratch = bytemuck::allocation::try_zeroed_slice_box(length).map_err(|()| {
        let message =
            format!("sort: no memory for the {} bytes that sorting needs", length.saturating_mul(size_of::<K>()));
        Error::new(ErrorCode::KernelOutput, message)
    })?;
    bulk::advise_huge_pages(bytemuck::cast_slice_mut(&mut scratch));
    Ok(scratch)
}
