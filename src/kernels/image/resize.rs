//! Another size.
//!
//! The result is made in strips of 16 rows, by several threads and with a look at cancellation between them. Of a strip,
//! pixels are mixed up and down first, then along, and both are the same work: *of neighbours in pairs, weighted sums,
//! for 64 numbers at a time*. Up and down these are 16 pixels of a row, and along they are a pixel of each of 16 rows,
//! for which the first direction leaves its results turned round. What lies between the directions is a strip that
//! stays in the cache, not a second image: on 12 megapixels its page faults alone would cost more than the rest.
//!
//! Numbers are 16 bits wide, with 6 of them behind the point; weights have 14 bits behind the point, and sums are exact.

use super::adjust::round;
use super::axis::{Axis, Filter};
use super::wide::{self, Chunk, LANES, Lanes, Pairs, Work};
use super::{ALPHA, HEIGHT, SIDE_RANGE, WIDTH, is_straight};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InputOutput, Produces};
use crate::kernels::runtime::shape::{Pixels, Shape};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Mutex;

/// See [`Kernel::SUMMARY`].
pub struct Resize {
    from: Pixels,
    to: Pixels,
    /// None takes the nearest pixel.
    filter: Option<Filter>,
    straight: bool,
    weights: Weights,
    done: usize,
    /// What the threads work with, kept from one strip to the next.
    benches: Mutex<Vec<Bench>>,
}

/// The weights of the filter, and how much a step does with them.
#[derive(Default)]
struct Weights {
    down: Axis,
    along: Axis,
    /// Strips that a thread makes in a step.
    strips: usize,
}

/// The memory of a thread.
#[derive(Default)]
struct Bench {
    /// A piece of the image, some columns wide: column after column of 16 pixels, in pairs of rows.
    piece: Vec<Pairs>,
    /// 16 rows of the result, still as wide as the image, in pairs of columns.
    tall: Vec<Pairs>,
}

/// Pixels that are worked on at a time: of a row up and down, of a column along. Rows of a strip.
const SIDE: usize = LANES / 4;

impl Kernel for Resize {
    const NAME: &'static str = "image.resize";
    const SUMMARY: &'static str = "another size, with a choice of filters";
    const UNIT: &'static str = "rows";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        Parameter::required("toWidth", SIDE_RANGE, "Pixels of a row of the result."),
        Parameter::required("toHeight", SIDE_RANGE, "Rows of the result."),
        Parameter::optional("filter", ParameterKind::Choice(&["nearest", "bilinear", "hamming", "catmull-rom", "mitchell", "lanczos3"]), "How pixels are mixed, from fast to sharp. `'nearest'` takes one pixel and mixes none; `'hamming'` is sharper than `'bilinear'` at the same price; `'mitchell'` is softer than `'catmull-rom'`; `'lanczos3'` is the sharpest.").by_default("'lanczos3'"),
        ALPHA,
    ];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
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
            Some("bilinear") => Some(Filter::Bilinear),
            Some("hamming") => Some(Filter::Hamming),
            Some("catmull-rom") => Some(Filter::CatmullRom),
            Some("mitchell") => Some(Filter::Mitchell),
            _ => Some(Filter::Lanczos3),
        };
        let straight = is_straight(arguments);
        Ok(Resize { from, to, filter, straight, weights: Weights::default(), done: 0, benches: Mutex::default() })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        // Checked by `plan`: some memory holds them.
        let length = self.to.bytes().unwrap_or(usize::MAX);
        Shape { length, exact: true, element: input.element, pixels: Some(self.to) }
    }

    fn work(&self) -> u64 {
        self.to.height as u64
    }

    fn step(&mut self, InputOutput { input, output }: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let (pixels, _) = input.as_chunks();
        let row = self.to.width;
        let (result, _) = output.exactly(self.output_shape(&Shape::bytes(input.len())).length)?.as_chunks_mut();
        if self.done == 0 {
            self.weights = Weights::new(self.from, self.to, self.filter);
        }
        let threads = if context.parallel() { rayon::current_num_threads() } else { 1 };
        let end = self.to.height.min(self.done + SIDE * self.weights.strips * threads);
        let part = &mut result[self.done * row..end * row];
        let (first, image) = (self.done, &*self);
        let make = |(place, strip): (usize, &mut [[u8; 4]])| {
            let first = first + place * SIDE;
            image.make(pixels, strip, first..first + strip.len() / row, context);
        };
        if threads > 1 && end - first > SIDE {
            part.par_chunks_mut(SIDE * row).enumerate().for_each(make);
        } else {
            part.chunks_mut(SIDE * row).enumerate().for_each(make);
        }
        // A strip may have been given up half done, and then nobody wants the rest either.
        if context.is_cancelled() {
            return Ok(Step::More { done: self.done as u64 });
        }
        self.done = end;
        if end < self.to.height {
            return Ok(Step::More { done: end as u64 });
        }
        self.benches = Mutex::default();
        self.weights = Weights::default();
        Ok(Step::Done(Value::None))
    }
}

impl Weights {
    fn new(from: Pixels, to: Pixels, filter: Option<Filter>) -> Self {
        // What a thread does in a step, in sums of 16 pixels: some 1 ms. Between two steps the event loop gets its turn
        // where kernels have all processors: after steps of 5 ms it came 3 ms late, at the 99th percentile, now 1 ms. It
        // costs 2 % of the time. Less in tests, for the sake of several steps.
        const STRIDE: usize = if cfg!(test) { 1 << 12 } else { 5 << 16 };
        // What reading 16 pixels costs.
        const READ: usize = 5;
        let Some(filter) = filter else {
            // Of a strip all pixels, which may be fresh memory.
            return Weights { strips: (STRIDE / (SIDE * to.width)).max(1), ..Weights::default() };
        };
        let (down, along) = (Axis::new(from.height, to.height, filter), Axis::new(from.width, to.width, filter));
        let pairs = down.pairs(0..to.height.min(SIDE)).len();
        let strip = (SIDE * down.taps() + pairs * READ) * from.width.div_ceil(SIDE) + to.width * (along.taps() + READ);
        Weights { down, along, strips: (STRIDE / strip).max(1) }
    }
}

impl Resize {
    /// Makes some rows of the result.
    fn make(&self, image: &[[u8; 4]], result: &mut [[u8; 4]], rows: Range<usize>, context: &Context<'_>) {
        if self.filter.is_none() {
            return self.take_nearest(image, result, rows);
        }
        let mut bench = self.benches().pop().unwrap_or_default();
        wide::run(Strip { image: self, pixels: image, rows, bench: &mut bench, result, context });
        self.benches().push(bench);
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
}

/// Bytes of a piece of the image: what fits into the second cache beside other things. Less in tests, for the sake of
/// several pieces.
const PIECE: usize = if cfg!(test) { 24 << 10 } else { 256 << 10 };

/// Up to 16 rows of the result.
struct Strip<'a> {
    image: &'a Resize,
    pixels: &'a [[u8; 4]],
    rows: Range<usize>,
    bench: &'a mut Bench,
    result: &'a mut [[u8; 4]],
    context: &'a Context<'a>,
}

impl Work for Strip<'_> {
    #[inline(always)]
    fn work<L: Lanes>(mut self, lanes: L) {
        let Weights { down, along, .. } = &self.image.weights;
        let (width, to_width) = (self.image.from.width, self.image.to.width);
        let source = down.pairs(self.rows.clone());
        let columns = width.div_ceil(SIDE);
        let at_once = (PIECE / size_of::<Pairs>() / source.len()).clamp(1, columns);
        let Bench { piece, tall } = std::mem::take(self.bench);
        let (mut piece, mut tall) = (piece, tall);
        // They are grown where they must; what they hold is written over.
        grow(&mut piece, at_once * source.len());
        grow(&mut tall, columns * SIDE / 2);

        let mut made = 0;
        for first in (0..columns).step_by(at_once) {
            if self.context.is_cancelled() {
                break;
            }
            let part = first..columns.min(first + at_once);
            self.read(lanes, part.clone(), source.clone(), &mut piece);
            for (column, pairs) in part.clone().zip(piece.chunks_exact(source.len())) {
                for (row, place) in self.rows.clone().enumerate() {
                    let chunk = down.mix(lanes, place, pairs, source.start);
                    turn(&chunk, row, &mut tall[column * SIDE / 2..][..SIDE / 2]);
                }
            }
            // As many columns of the result as can be made of what is there: it is still in the nearest caches.
            let there = part.end * SIDE / 2;
            while made < to_width {
                let end = to_width.min(made + SIDE);
                if along.pairs(made..end).end > there {
                    break;
                }
                self.write(lanes, made..end, &tall);
                made = end;
            }
        }
        *self.bench = Bench { piece, tall };
    }
}

fn grow(memory: &mut Vec<Pairs>, length: usize) {
    if memory.len() < length {
        memory.resize(length, [[0; 2]; LANES]);
    }
}

impl Strip<'_> {
    /// Reads columns of 16 pixels, in these pairs of rows.
    #[inline(always)]
    fn read<L: Lanes>(&self, lanes: L, columns: Range<usize>, pairs: Range<usize>, piece: &mut [Pairs]) {
        // Pairs of rows ahead.
        const AHEAD: usize = 3;
        let Pixels { width, height } = self.image.from;
        for (place, pair) in pairs.clone().enumerate() {
            // Below the last row there is none; what is there has no weight.
            let row = |y: usize| &self.pixels[y.min(height - 1) * width..][..width];
            let rows = [row(2 * pair), row(2 * pair + 1)];
            // The processor foresees lines that follow each other, not the beginning of each row.
            let ahead = [row(2 * (pair + AHEAD)), row(2 * (pair + AHEAD) + 1)];
            for (column, to) in columns.clone().zip(piece[place..].iter_mut().step_by(pairs.len())) {
                let left = column * SIDE;
                ahead.iter().for_each(|row| lanes.prefetch(&row[left]));
                *to = match rows.map(|row| row[left..].first_chunk()) {
                    [Some(upper), Some(lower)] => numbers([upper, lower], self.image.straight),
                    _ => {
                        let mut ends = [[[0; 4]; SIDE]; 2];
                        for (end, row) in ends.iter_mut().zip(rows) {
                            end[..width - left].copy_from_slice(&row[left..]);
                        }
                        numbers([&ends[0], &ends[1]], self.image.straight)
                    }
                };
            }
        }
    }

    /// Makes up to 16 pixels of each row of the result.
    #[inline(always)]
    fn write<L: Lanes>(&mut self, lanes: L, columns: Range<usize>, tall: &[Pairs]) {
        let mut block = [[0; SIDE]; SIDE];
        for (x, pixels) in columns.clone().zip(&mut block) {
            let chunk = self.image.weights.along.mix(lanes, x, tall, 0);
            *pixels = pixels_of(&chunk, self.image.straight);
        }
        for (y, row) in self.result.chunks_exact_mut(self.image.to.width).enumerate() {
            for (pixel, pixels) in row[columns.clone()].iter_mut().zip(&block) {
                *pixel = pixels[y].to_le_bytes();
            }
        }
    }
}

/// What a level of a channel is in the numbers here.
const LEVEL: u32 = 64;

/// 16 reds, 16 greens, 16 blues, 16 alphas, each of two rows; with the colours multiplied by alpha if they are not yet.
#[inline(always)]
fn numbers(rows: [&[[u8; 4]; SIDE]; 2], straight: bool) -> Pairs {
    // Words of two bytes of a pixel with 16 bits each, then words of one byte of two rows.
    let [upper, lower] = rows.map(|row| row.map(u32::from_le_bytes));
    let (mut red, mut green, mut blue, mut alpha) = ([0; SIDE], [0; SIDE], [0; SIDE], [0; SIDE]);
    for x in 0..SIDE {
        let [even, even_below] = [upper[x], lower[x]].map(|word| word & 0x00ff_00ff);
        let [odd, odd_below] = [upper[x], lower[x]].map(|word| word >> 8 & 0x00ff_00ff);
        red[x] = even & 0xffff | even_below << 16;
        green[x] = odd & 0xffff | odd_below << 16;
        blue[x] = even >> 16 | even_below & 0xffff_0000;
        alpha[x] = odd >> 16 | odd_below & 0xffff_0000;
    }
    let [red, green, blue, alpha] = [red, green, blue, alpha].map(halves);
    let planes = if straight {
        [times(&red, &alpha), times(&green, &alpha), times(&blue, &alpha), levels(&alpha)]
    } else {
        [levels(&red), levels(&green), levels(&blue), levels(&alpha)]
    };
    bytemuck::cast(planes)
}

/// The lower and the upper half of each word.
#[inline(always)]
fn halves(words: [u32; SIDE]) -> [u16; 2 * SIDE] {
    bytemuck::cast(words.map(|word| if cfg!(target_endian = "big") { word.rotate_left(16) } else { word }))
}

#[inline(always)]
fn levels(channel: &[u16; 2 * SIDE]) -> [i16; 2 * SIDE] {
    channel.map(|byte| (byte * LEVEL as u16) as i16)
}

#[inline(always)]
fn times(colour: &[u16; 2 * SIDE], alpha: &[u16; 2 * SIDE]) -> [i16; 2 * SIDE] {
    // 64 / 255 with 16 bits behind the point, and so little more that a product that is whole stays so.
    const SCALE: u32 = 16_449;
    let mut products = [0; 2 * SIDE];
    for (product, (colour, alpha)) in products.iter_mut().zip(colour.iter().zip(alpha)) {
        *product = ((u32::from(colour * alpha) * SCALE) >> 16) as i16;
    }
    products
}

/// Puts 16 pixels of a row, as pairs, into 8 columns of pairs.
#[inline(always)]
fn turn(chunk: &Chunk, row: usize, columns: &mut [Pairs]) {
    // What lies beyond black and white is cut off between the directions as at the end.
    let chunk = chunk.map(|number| number.clamp(0, 255 * LEVEL as i16));
    for (channel, pairs) in chunk.as_chunks::<2>().0.chunks_exact(SIDE / 2).enumerate() {
        for (column, pair) in columns.iter_mut().zip(pairs) {
            column[channel * SIDE + row] = *pair;
        }
    }
}

/// 16 reds, 16 greens, 16 blues and 16 alphas as pixels; with the colours divided by alpha if they are to be.
#[inline(always)]
fn pixels_of(chunk: &Chunk, straight: bool) -> [u32; SIDE] {
    let (planes, _) = chunk.as_chunks::<SIDE>();
    let mut pixels = [0; SIDE];
    for (x, pixel) in pixels.iter_mut().enumerate() {
        let [red, green, blue, alpha] = [0, 1, 2, 3].map(|channel: usize| f32::from(planes[channel][x]) / LEVEL as f32);
        // What is rounded to no alpha at all has no colour.
        let seen = alpha > 0.5;
        let scale = match straight {
            true if seen => 255.0 / alpha.min(255.0),
            true => 0.0,
            false => 1.0,
        };
        let [red, green, blue] = [red, green, blue].map(|colour| round(colour * scale));
        *pixel = red | green << 8 | blue << 16 | round(alpha) << 24;
    }
    pixels
}

#[cfg(test)]
mod tests;
