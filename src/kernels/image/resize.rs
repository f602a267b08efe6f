//! Another size.
//!
//! The filters are those of `fast_image_resize`. It works on a whole image at once, up and down first, then along, and
//! where colours must be multiplied by alpha it makes a second image for that. Here the result is made in parts of some
//! rows each, by several threads and with a look at cancellation between them; and what lies between the two directions,
//! and the multiplied colours, are pieces that stay in the cache: on 12 megapixels the second image alone cost more than
//! everything else, in page faults.

use super::alpha::{premultiplied, unpremultiplied};
use super::wide::{self, Lanes, Work};
use super::{ALPHA, HEIGHT, WIDTH, is_straight, side};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::form::{Form, Pixels};
use crate::kernels::kernel::{Context, Kernel, Step, Value};
use crate::kernels::memory::{InputOutput, Produces};
use fast_image_resize::images::{TypedCroppedImage, TypedCroppedImageMut, TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{Filter, FilterType, ImageView, ImageViewMut, ResizeAlg, ResizeOptions, Resizer};
use rayon::prelude::*;
use std::f64::consts::PI;
use std::fmt::Display;
use std::ops::Range;
use std::sync::{LazyLock, Mutex};

/// See [`Kernel::SUMMARY`].
pub struct Resize {
    from: Pixels,
    to: Pixels,
    /// None takes the nearest pixel.
    filter: Option<FilterType>,
    straight: bool,
    /// Rows of the result that a thread makes at a time.
    rows: usize,
    done: usize,
    /// What the threads work with, kept from one part to the next.
    benches: Mutex<Vec<Bench>>,
}

/// The memory of a thread.
#[derive(Default)]
struct Bench {
    resizer: Resizer,
    /// Rows of the result, still as wide as the image.
    tall: Vec<U8x4>,
    /// A piece of the image, colours multiplied by alpha.
    weighted: Vec<U8x4>,
}

impl Kernel for Resize {
    const NAME: &'static str = "image.resize";
    const SUMMARY: &'static str = "another size, with a choice of filters";
    const UNIT: &'static str = "rows";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        side("toWidth", true, "pixels of a row of the result"),
        side("toHeight", true, "rows of the result"),
        Parameter {
            name: "filter",
            kind: ParameterKind::Choice(&["nearest", "bilinear", "hamming", "catmull-rom", "mitchell", "lanczos3"]),
            required: false,
            summary: "how pixels are mixed, from fast to sharp; lanczos3 by default",
        },
        ALPHA,
    ];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Form) -> Result<Self> {
        let from = input.pixels(Self::NAME, arguments)?;
        // Both are required, and at least 1.
        let side = |name| arguments.integer(name).unwrap_or(1) as usize;
        let to = Pixels { width: side("toWidth"), height: side("toHeight") };
        if to.bytes().is_none() {
            let message = format!("image.resize: no memory holds {} x {} pixels", to.width, to.height);
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        let filter = match arguments.text("filter") {
            Some("nearest") => None,
            Some("bilinear") => Some(FilterType::Bilinear),
            Some("hamming") => Some(FilterType::Hamming),
            Some("catmull-rom") => Some(FilterType::CatmullRom),
            Some("mitchell") => Some(FilterType::Mitchell),
            _ => Some(lanczos3()?),
        };
        let straight = is_straight(arguments);
        let rows = rows_of_a_part(from, to, filter);
        Ok(Resize { from, to, filter, straight, rows, done: 0, benches: Mutex::default() })
    }

    fn leaves(&self, input: &Form) -> Form {
        // Checked by `plan`: some memory holds them.
        let length = self.to.bytes().unwrap_or(usize::MAX);
        Form { length, exact: true, element: input.element, pixels: Some(self.to) }
    }

    fn work(&self) -> u64 {
        self.to.height as u64
    }

    fn step(&mut self, InputOutput { input, output }: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let (pixels, _) = input.as_chunks();
        let row = self.to.width;
        let (result, _) = output.exactly(self.leaves(&Form::bytes(input.len())).length)?.as_chunks_mut();
        let threads = if context.parallel() { rayon::current_num_threads() } else { 1 };
        let end = self.to.height.min(self.done + self.rows * threads);
        let part = &mut result[self.done * row..end * row];
        let (first, image) = (self.done, &*self);
        let make = |(place, rows): (usize, &mut [[u8; 4]])| {
            let first = first + place * image.rows;
            image.make(pixels, rows, first..first + rows.len() / row, context)
        };
        if threads > 1 && end - first > self.rows {
            part.par_chunks_mut(self.rows * row).enumerate().try_for_each(make)?;
        } else {
            part.chunks_mut(self.rows * row).enumerate().try_for_each(make)?;
        }
        // A part may have been given up half done, and then nobody wants the rest either.
        if context.is_cancelled() {
            return Ok(Step::More { done: self.done as u64 });
        }
        self.done = end;
        if end < self.to.height {
            return Ok(Step::More { done: end as u64 });
        }
        self.benches = Mutex::default();
        Ok(Step::Done(Value::None))
    }
}

/// How far a filter reaches at the least, in pixels of the larger image.
fn reach(filter: FilterType) -> f64 {
    match filter {
        FilterType::Bilinear | FilterType::Hamming => 1.0,
        FilterType::CatmullRom | FilterType::Mitchell => 2.0,
        _ => 3.0,
    }
}

/// How many rows of the result are made at a time: 3 ms of work. The weights of the columns are worked out for each part
/// anew; where that is much, the parts are larger, up to 8 ms.
///
/// It depends on the sizes alone, and so does the result to the last bit, however many threads there are.
fn rows_of_a_part(from: Pixels, to: Pixels, filter: Option<FilterType>) -> usize {
    // Nanoseconds for a pixel and a weight, for reading and multiplying a pixel, for working out a weight (2 cores, EPYC).
    const MIX: f64 = 0.2;
    const READ: f64 = 0.5;
    const WEIGHT: f64 = 10.0;
    let taps = |from: usize, to: usize| match filter {
        Some(filter) => 2.0 * reach(filter) * (from as f64 / to as f64).max(1.0),
        None => 0.0,
    };
    let rows = from.height as f64 / to.height as f64;
    let across = from.width as f64 * (rows * READ + taps(from.height, to.height).min(from.height as f64) * MIX);
    let weights = to.width as f64 * taps(from.width, to.width).min(from.width as f64);
    let row = across + to.width as f64 * READ + weights * MIX;
    let part = (10.0 * weights * WEIGHT).clamp(3e6, 8e6);
    // Less in tests, for the sake of several parts.
    let part = if cfg!(test) { part / 64.0 } else { part };
    ((part / row) as usize).clamp(1, to.height)
}

impl Resize {
    /// Makes some rows of the result.
    fn make(&self, image: &[[u8; 4]], result: &mut [[u8; 4]], rows: Range<usize>, context: &Context<'_>) -> Result<()> {
        let Some(filter) = self.filter else {
            self.take_nearest(image, result, rows);
            return Ok(());
        };
        let mut bench = self.benches().pop().unwrap_or_default();
        let made = self.filter(&mut bench, filter, image, result, rows, context);
        self.benches().push(bench);
        made
    }

    fn benches(&self) -> std::sync::MutexGuard<'_, Vec<Bench>> {
        // Benches are pushed and popped, no more: also after a panic elsewhere the list is as good as before.
        self.benches.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The pixel in whose area the middle of each pixel of the result falls.
    fn take_nearest(&self, image: &[[u8; 4]], result: &mut [[u8; 4]], rows: Range<usize>) {
        let nearest = |place: usize, from: usize, to: usize| (2 * place + 1) * from / (2 * to);
        let columns: Vec<usize> = (0..self.to.width).map(|x| nearest(x, self.from.width, self.to.width)).collect();
        for (y, row) in rows.zip(result.chunks_exact_mut(self.to.width)) {
            let y = nearest(y, self.from.height, self.to.height);
            let source = &image[y * self.from.width..][..self.from.width];
            for (pixel, x) in row.iter_mut().zip(&columns) {
                *pixel = source[*x];
            }
        }
    }

    fn filter(
        &self,
        bench: &mut Bench,
        filter: FilterType,
        image: &[[u8; 4]],
        result: &mut [[u8; 4]],
        rows: Range<usize>,
        context: &Context<'_>,
    ) -> Result<()> {
        let Bench { resizer, tall, weighted } = bench;
        let (width, count) = (self.from.width, rows.len());
        // `resize` grows it where it must; what it holds is written over.
        if tall.len() < width * count {
            tall.resize(width * count, U8x4::new([0; 4]));
        }
        let between = &mut tall[..width * count];
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);

        let strip = if self.straight { STRIP } else { count };
        for (place, part) in between.chunks_mut(width * strip).enumerate() {
            let first = rows.start + place * strip;
            let rows = Strip::new(self, filter, first..first + part.len() / width);
            if context.is_cancelled() {
                return Ok(());
            }
            let mut part =
                TypedImage::from_pixels_slice(side_of(width), side_of(rows.count), part).map_err(unexpected)?;
            if self.straight {
                rows.shrink_weighted(resizer, options, weighted, (image, width), &mut part, context)?;
            } else {
                let image = as_image(image, self.from)?;
                let height = side_of(rows.source.len());
                let source = TypedCroppedImage::from_ref(&image, 0, side_of(rows.source.start), side_of(width), height);
                rows.shrink(resizer, options, &source.map_err(unexpected)?, &mut part)?;
            }
        }

        let between = TypedImageRef::new(side_of(width), side_of(count), between).map_err(unexpected)?;
        let bytes = result.as_flattened_mut();
        let mut image = TypedImage::from_buffer(side_of(self.to.width), side_of(count), bytes).map_err(unexpected)?;
        resizer.resize_typed(&between, &mut image, &options).map_err(unexpected)?;
        if self.straight {
            wide::run(Divide { pixels: result });
        }
        Ok(())
    }
}

/// Rows of the result that are made of one piece of multiplied colours: the more, the fewer rows are multiplied twice.
const STRIP: usize = 32;

/// Pixels of such a piece: what fits into the second cache beside other things.
const PIECE: usize = if cfg!(test) { 4 << 10 } else { 96 << 10 };

/// Some rows of the result, and the rows of the image that they are made of.
struct Strip {
    count: usize,
    source: Range<usize>,
    /// Where the first row of the result begins, counted from the first of the source, and how many rows of the image all
    /// of them stand for.
    top: f64,
    height: f64,
}

impl Strip {
    fn new(image: &Resize, filter: FilterType, rows: Range<usize>) -> Self {
        let all = image.from.height;
        let scale = all as f64 / image.to.height as f64;
        // One more on either side than the filter looks at.
        let reach = reach(filter) * scale.max(1.0) + 1.0;
        let first = ((rows.start as f64 + 0.5) * scale - reach).floor().max(0.0) as usize;
        let last = ((rows.end as f64 - 0.5) * scale + reach).ceil() as usize;
        let source = first..last.min(all);
        let top = rows.start as f64 * scale - first as f64;
        // The product can be a hair more than there is.
        let height = (rows.len() as f64 * scale).min(source.len() as f64 - top);
        Strip { count: rows.len(), source, top, height }
    }

    /// Resizes up and down.
    fn shrink(
        &self,
        resizer: &mut Resizer,
        options: ResizeOptions,
        source: &impl ImageView<Pixel = U8x4>,
        result: &mut impl ImageViewMut<Pixel = U8x4>,
    ) -> Result<()> {
        let options = options.crop(0.0, self.top, f64::from(source.width()), self.height);
        resizer.resize_typed(source, result, &options).map_err(unexpected)
    }

    /// The same with colours multiplied by alpha, piece by piece.
    fn shrink_weighted(
        &self,
        resizer: &mut Resizer,
        options: ResizeOptions,
        memory: &mut Vec<U8x4>,
        (image, width): (&[[u8; 4]], usize),
        result: &mut TypedImage<'_, U8x4>,
        context: &Context<'_>,
    ) -> Result<()> {
        let rows = self.source.len();
        let columns = (PIECE / rows).clamp(16, width.max(16));
        for left in (0..width).step_by(columns) {
            if context.is_cancelled() {
                return Ok(());
            }
            let columns = columns.min(width - left);
            memory.clear();
            for y in self.source.clone() {
                wide::run(Multiply { pixels: &image[y * width + left..][..columns], to: memory });
            }
            let piece = TypedImageRef::new(side_of(columns), side_of(rows), memory).map_err(unexpected)?;
            let place = TypedCroppedImageMut::from_ref(result, side_of(left), 0, side_of(columns), side_of(self.count));
            self.shrink(resizer, options, &piece, &mut place.map_err(unexpected)?)?;
        }
        Ok(())
    }
}

struct Multiply<'a> {
    pixels: &'a [[u8; 4]],
    to: &'a mut Vec<U8x4>,
}

impl Work for Multiply<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, _: L) {
        self.to.extend(self.pixels.iter().map(|pixel| U8x4::new(premultiplied(*pixel))));
    }
}

struct Divide<'a> {
    pixels: &'a mut [[u8; 4]],
}

impl Work for Divide<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, _: L) {
        for pixel in self.pixels {
            *pixel = unpremultiplied(*pixel);
        }
    }
}

/// A side of an image, or a part of one: at most [`super::LONGEST_SIDE`].
fn side_of(pixels: usize) -> u32 {
    pixels as u32
}

fn as_image(pixels: &[[u8; 4]], size: Pixels) -> Result<TypedImageRef<'_, U8x4>> {
    TypedImageRef::from_buffer(side_of(size.width), side_of(size.height), pixels.as_flattened()).map_err(unexpected)
}

/// Sizes are worked out above so that the crate has nothing to complain of.
fn unexpected(error: impl Display) -> Error {
    Error::new(ErrorCode::KernelInput, format!("image.resize: {error}"))
}

/// Lanczos with three lobes, by a table: two sines for each weight of each part took as long as a third of the rest.
fn lanczos3() -> Result<FilterType> {
    const LOBES: f64 = 3.0;
    const STEPS: f64 = 1024.0;
    static TABLE: LazyLock<Vec<f64>> = LazyLock::new(|| {
        let sinc = |x: f64| if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
        // One more for the last step to end on.
        let entries = (LOBES * STEPS) as usize + 1;
        (0..=entries).map(|entry| entry as f64 / STEPS).map(|x| sinc(x) * sinc(x / LOBES)).collect()
    });
    fn weight(x: f64) -> f64 {
        let place = x.abs() * STEPS;
        match TABLE.get(place as usize..) {
            Some([low, high, ..]) if place < LOBES * STEPS => low + (high - low) * place.fract(),
            _ => 0.0,
        }
    }
    Filter::new("lanczos3", weight, LOBES).map(FilterType::Custom).map_err(unexpected)
}

#[cfg(test)]
mod tests;
