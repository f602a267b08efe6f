//! Makes numbers narrower, in the beginning of their own memory.
//!
//! Through memory of the size of a step: threads that wrote to the beginning at once would overwrite what others have
//! still to read, and what was just written is copied from the cache.

use crate::error::Result;
use crate::kernels::runtime::memory::numbers;
use bytemuck::Pod;
use rayon::prelude::*;

/// How far a kernel is that makes each float a `T`.
#[derive(Debug)]
pub(super) struct Narrow<T> {
    /// Numbers that are converted.
    pub(super) done: usize,
    step: Vec<T>,
}

impl<T: Pod + Send> Narrow<T> {
    pub(super) fn new() -> Self {
        Narrow { done: 0, step: Vec::new() }
    }

    /// Converts the numbers up to `end`. `convert` is given some of them, `piece` at most, with the place of the first.
    pub(super) fn step(
        &mut self,
        bytes: &mut [u8],
        end: usize,
        piece: usize,
        parallel: bool,
        convert: impl Fn(usize, &[f32], &mut [T]) + Sync,
    ) -> Result<()> {
        let first = self.done;
        let from = &numbers::<f32>(bytes)?[first..end];
        self.step.resize(from.len(), T::zeroed());
        if parallel && from.len() > piece {
            let pieces = self.step.par_chunks_mut(piece).zip(from.par_chunks(piece)).enumerate();
            pieces.for_each(|(index, (to, from))| convert(first + index * piece, from, to));
        } else {
            convert(first, from, &mut self.step);
        }
        let size = size_of::<T>();
        bytes[first * size..end * size].copy_from_slice(bytemuck::cast_slice(&self.step));
        self.done = end;
        Ok(())
    }
}
