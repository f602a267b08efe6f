//! Goes over the rows of an input and changes each in place.

use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Step, Value};
use crate::kernels::runtime::memory::numbers_mut;
use crate::kernels::runtime::shape::{Element, Shape};
use rayon::prelude::*;

/// The most that a row may have: one is worked off in one go.
pub(super) const DIMENSIONS_MOST: i64 = 1 << 20;

/// What one thread takes at a time, in numbers: some 0.1 ms.
const PIECE: usize = 128 << 10;

/// What one thread takes a step, in numbers: some 1 to 4 ms.
const SHARE: usize = 1 << 20;

/// The parameter that says how long a row is.
pub(super) const DIMENSIONS: Parameter =
    Parameter::required("dimensions", ParameterKind::Integer { min: 1, max: DIMENSIONS_MOST }, "Numbers of a row.");

/// So many rows of so many numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowShape {
    pub(super) rows: usize,
    pub(super) dimensions: usize,
}

impl RowShape {
    /// The shape of an input of 32-bit floats, by the parameter `dimensions`.
    pub(super) fn of(kernel: &str, arguments: &Arguments, input: &Shape) -> Result<Self> {
        let count = input.count(kernel, Element::F32)?;
        // At least 1: the parameter is declared so.
        let dimensions = arguments.integer("dimensions").map_or(1, |dimensions| dimensions as usize);
        if !count.is_multiple_of(dimensions) {
            let message = format!("{kernel}: {count} numbers are not whole rows of {dimensions}");
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        Ok(RowShape { rows: count / dimensions, dimensions })
    }

    /// Rows that make a piece for one thread.
    pub(super) fn piece(self) -> usize {
        (PIECE / self.dimensions).max(1)
    }

    /// Rows that make a step.
    pub(super) fn share(self, context: &Context<'_>) -> usize {
        (threads(context) * SHARE / self.dimensions).max(1)
    }
}

/// Threads that a step may use.
pub(super) fn threads(context: &Context<'_>) -> usize {
    if context.parallel() { rayon::current_num_threads() } else { 1 }
}

/// The rows of one call.
#[derive(Debug)]
pub(super) struct Rows {
    shape: RowShape,
    done: usize,
}

impl Rows {
    pub(super) fn plan(kernel: &str, arguments: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Rows { shape: RowShape::of(kernel, arguments, input)?, done: 0 })
    }

    pub(super) fn count(&self) -> u64 {
        self.shape.rows as u64
    }

    /// Changes the next rows.
    pub(super) fn step(&mut self, bytes: &mut [u8], context: &Context<'_>, change: fn(&mut [f32])) -> Result<Step> {
        let RowShape { rows, dimensions } = self.shape;
        let end = rows.min(self.done + self.shape.share(context));
        let numbers = &mut numbers_mut::<f32>(bytes)?[self.done * dimensions..end * dimensions];
        let piece = self.shape.piece() * dimensions;
        let change_all = |rows: &mut [f32]| rows.chunks_exact_mut(dimensions).for_each(change);
        if context.parallel() && numbers.len() > piece {
            numbers.par_chunks_mut(piece).for_each(change_all);
        } else {
            change_all(numbers);
        }
        self.done = end;
        Ok(if end < rows { Step::More { done: end as u64 } } else { Step::Done(Value::None) })
    }
}
