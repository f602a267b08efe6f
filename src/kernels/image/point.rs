//! What the kernels share that change each pixel by itself.

use super::wide::{self, Lanes, Work};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::InPlace;
use crate::kernels::runtime::shape::{Pixels, Shape};
use rayon::prelude::*;

/// A change of each pixel by itself.
pub trait Point: Sized + Send + Sync + 'static {
    /// See [`Kernel::NAME`].
    const NAME: &'static str;
    /// See [`Kernel::SUMMARY`].
    const SUMMARY: &'static str;
    /// See [`Kernel::PARAMETERS`]; `width` and `height` are among them.
    const PARAMETERS: &'static [Parameter];

    /// Checks the parameters, other than the size of the image.
    fn plan(arguments: &Arguments) -> Result<Self>;

    /// Changes pixels: red, green, blue, alpha. Marked `#[inline(always)]` for the sake of [`wide::run`].
    fn change(&self, pixels: &mut [[u8; 4]]);
}

/// Pixels of a step on one thread: 4 MiB, some milliseconds where memory is slow. Fewer in tests, for the sake of several
/// steps.
pub(super) const STRIDE: usize = if cfg!(test) { 1 << 14 } else { 1 << 20 };

/// Pixels that a thread takes at a time: so few that sharing a step evenly costs nothing, so many that taking costs
/// nothing.
pub(super) const PIECE: usize = STRIDE / 16;

/// A call of a kernel that changes each pixel by itself.
pub struct Each<P> {
    point: P,
    pixels: Pixels,
    done: usize,
}

impl<P: Point> Kernel for Each<P> {
    const NAME: &'static str = P::NAME;
    const SUMMARY: &'static str = P::SUMMARY;
    const UNIT: &'static str = "pixels";
    const PARAMETERS: &'static [Parameter] = P::PARAMETERS;
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let pixels = input.pixels(P::NAME, arguments)?;
        Ok(Each { point: P::plan(arguments)?, pixels, done: 0 })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        Shape { pixels: Some(self.pixels), ..*input }
    }

    fn work(&self) -> u64 {
        self.pixels.width as u64 * self.pixels.height as u64
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        let (pixels, _) = bytes.as_chunks_mut();
        let rest = &mut pixels[self.done..];
        let length = rest.len().min(stride(context));
        let part = &mut rest[..length];
        let point = &self.point;
        if context.parallel() && length > PIECE {
            part.par_chunks_mut(PIECE).for_each(|pixels| wide::run(Change { point, pixels }));
        } else {
            wide::run(Change { point, pixels: part });
        }
        self.done += length;
        Ok(if self.done < pixels.len() { Step::More { done: self.done as u64 } } else { Step::Done(Value::None) })
    }
}

/// Pixels of a step.
pub(super) fn stride(context: &Context<'_>) -> usize {
    if context.parallel() { STRIDE * rayon::current_num_threads().min(4) } else { STRIDE }
}

struct Change<'a, P> {
    point: &'a P,
    pixels: &'a mut [[u8; 4]],
}

impl<P: Point> Work for Change<'_, P> {
    #[inline(always)]
    fn work<L: Lanes>(self, _: L) {
        self.point.change(self.pixels);
    }
}
