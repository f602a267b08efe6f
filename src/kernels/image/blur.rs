//! Gaussian blur, in place.
//!
//! Rows are blurred from left to right first, into memory of our own, and from there up and down, back into the image.
//! The first of the two keeps ahead of the second by the reach of the blur, so the image itself is never read where it
//! has been written, and what lies between is a window of rows, not a second image.
//!
//! Both work on pixels in pairs, beside each other along and above each other across, as [`gauss`](super::gauss) wants
//! them.

use super::gauss::{BITS, Bell, LEVEL};
use super::wide::{self, Chunk, LANES, Lanes, Pairs, Work};
use super::{ALPHA, HEIGHT, WIDTH, is_straight};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::InPlace;
use crate::kernels::runtime::shape::{Pixels, Shape};
use rayon::prelude::*;

/// See [`Kernel::SUMMARY`].
pub struct Blur {
    pixels: Pixels,
    bell: Bell,
    straight: bool,
    window: Window,
    /// Rows that are finished.
    done: usize,
}

/// What a step does on one thread, in pixels times weights: some 0.3 ms with the widest instructions, 1 ms with others.
/// More would need a larger window, which is slower to read. Less in tests, for the sake of several steps.
const STRIDE: usize = if cfg!(test) { 1 << 14 } else { 3 << 20 };

/// Rows that a thread takes at a time, at most. A column of these and of what they are blurred with is little enough for
/// the nearest cache.
const GROUP: usize = 32;

impl Kernel for Blur {
    const NAME: &'static str = "image.blur";
    const SUMMARY: &'static str = "Gaussian blur";
    const UNIT: &'static str = "rows";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        Parameter::required("sigma", ParameterKind::Number { min: 0.3, max: 100.0 }, "Standard deviation, in pixels."),
        ALPHA,
    ];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let pixels = input.pixels(Self::NAME, arguments)?;
        let bell = Bell::new(arguments.number("sigma").unwrap_or(1.0));
        Ok(Blur { pixels, bell, straight: is_straight(arguments), window: Window::default(), done: 0 })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        Shape { pixels: Some(self.pixels), ..*input }
    }

    fn work(&self) -> u64 {
        self.pixels.height as u64
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        let Pixels { width, height } = self.pixels;
        let radius = self.bell.radius();
        let threads = if context.parallel() { rayon::current_num_threads() } else { 1 };
        if self.done == 0 {
            // The few that a pixel counts for whatever the radius: converting it, and writing the result.
            let rows = (STRIDE / (width * (radius + 6))).max(1) * threads;
            self.window = Window::new(self.pixels, rows.min(height).next_multiple_of(2), radius)?;
        }
        let end = height.min(self.done + self.window.stride);
        let parallel = threads > 1 && (end - self.done) * width >= 1 << 12;
        let (bell, straight) = (&self.bell, self.straight);

        let (image, _) = bytes.as_chunks();
        self.window.fill(end, parallel, |line, rows, into| {
            wide::run(Along { image, width, rows, bell, straight, line, into });
        });

        let (image, _) = bytes.as_chunks_mut();
        let window = &self.window;
        // As many groups for each thread, of one size, also where a wide bell makes the steps short.
        let count = end - self.done;
        let size = count.div_ceil(threads * count.div_ceil(threads * GROUP)).next_multiple_of(2);
        let write = |(group, pixels): (usize, &mut [[u8; 4]])| {
            let first = self.done + group * size;
            wide::run(Across { pixels, width, bell, straight, window, first });
        };
        let rows = &mut image[self.done * width..end * width];
        if parallel {
            rows.par_chunks_mut(size * width).enumerate().for_each(write);
        } else {
            rows.chunks_mut(size * width).enumerate().for_each(write);
        }
        self.done = end;
        if end < height {
            return Ok(Step::More { done: end as u64 });
        }
        self.window = Window::default();
        Ok(Step::Done(Value::None))
    }
}

/// Two pixels beside or above each other, channel by channel.
type Pair = [[i16; 2]; 4];

/// Bytes.
const CACHE_LINE: usize = 64;

/// Pixels of a chunk.
const SIDE: usize = LANES / 4;

/// The rows that have been blurred along and are still needed, in pairs. The first pair begins as many rows above the
/// image as the blur reaches; there, and below the image, are the rows at its edges. Pair `p` is in slot `p` modulo the
/// number of slots.
#[derive(Debug, Default)]
struct Window {
    /// With what it takes to begin at a cache line.
    memory: Vec<[i16; 2]>,
    height: usize,
    radius: usize,
    /// Chunks from one pair of rows to the next.
    pitch: usize,
    slots: usize,
    /// Rows of a step, an even number.
    stride: usize,
    /// The pairs before it have been blurred along.
    filled: usize,
    /// Pairs of pixels of a row before it is blurred, with what lies over its ends.
    line: usize,
}

impl Window {
    fn new(pixels: Pixels, stride: usize, radius: usize) -> Result<Self> {
        let Pixels { width, height } = pixels;
        let twos = width.div_ceil(2 * SIDE);
        // An odd number of chunks, so that what lies above each other does not compete for the same few places of the
        // cache.
        let pitch = 2 * twos + 1;
        let mut window = Window { height, radius, pitch, stride, line: twos * SIDE + radius, ..Window::default() };
        let (first, last) = (window.first(), window.last());
        window.filled = first;
        window.slots = (stride / 2 + radius).min(last + 1 - first);
        // Zeros of the system's, so that each thread gets the pages that it writes first by itself.
        window.memory = bytemuck::allocation::try_zeroed_vec(pitch * window.slots * LANES + LANES).map_err(|()| {
            let rows = 2 * window.slots;
            let message = format!("image.blur: no memory for {rows} rows of {width} pixels between the two directions");
            Error::new(ErrorCode::KernelOutput, message)
        })?;
        Ok(window)
    }

    /// The last pair of which both rows are the first of the image.
    fn first(&self) -> usize {
        (self.radius - 1) / 2
    }

    /// The first pair of which both rows are the last of the image.
    fn last(&self) -> usize {
        (self.height - 1 + self.radius).div_ceil(2)
    }

    /// Has rows of the image blurred along until all are that those before `end` are blurred with. `blur` is given memory
    /// for two lines, the numbers of two rows, and where they go.
    fn fill(&mut self, end: usize, parallel: bool, blur: impl Fn(&mut [Pair], [usize; 2], &mut [Pairs]) + Sync) {
        let (filled, pitch, slots, line) = (self.filled, self.pitch, self.slots, self.line);
        let (height, radius) = (self.height, self.radius);
        let end = (end.div_ceil(2) + radius).min(self.last() + 1);
        let count = end.saturating_sub(filled);
        let clamped = |y: usize| y.saturating_sub(radius).min(height - 1);
        // In the order of the rows, not of the slots: so a thread's part is as large as another's, and is mostly what it
        // reads afterwards, while that is still in its own cache.
        let (later, sooner) = self.chunks_mut().split_at_mut(filled % slots * pitch);
        let fill = |line: &mut Vec<Pair>, (place, into): (usize, &mut [Pairs])| {
            let pair = filled + place;
            blur(line, [clamped(2 * pair), clamped(2 * pair + 1)], into);
        };
        let memory = || vec![Pair::default(); 2 * line];
        if parallel {
            let rows = sooner.par_chunks_mut(pitch).chain(later.par_chunks_mut(pitch)).take(count).enumerate();
            rows.with_min_len(2).for_each_init(memory, fill);
        } else {
            let rows = sooner.chunks_mut(pitch).chain(later.chunks_mut(pitch)).take(count).enumerate();
            let mut memory = memory();
            rows.for_each(|row| fill(&mut memory, row));
        }
        self.filled += count;
    }

    /// All slots.
    fn chunks_mut(&mut self) -> &mut [Pairs] {
        let start = self.memory.as_ptr().align_offset(CACHE_LINE);
        self.memory[start..].as_chunks_mut().0.split_at_mut(self.pitch * self.slots).0
    }

    /// The same to be read.
    fn chunks(&self) -> &[Pairs] {
        let start = self.memory.as_ptr().align_offset(CACHE_LINE);
        self.memory[start..].as_chunks().0.split_at(self.pitch * self.slots).0
    }

    /// Where a pair of rows begins.
    fn place_of(&self, pair: usize) -> usize {
        pair.clamp(self.first(), self.last()) % self.slots * self.pitch
    }
}

/// Blurs two rows along.
struct Along<'a> {
    image: &'a [[u8; 4]],
    width: usize,
    rows: [usize; 2],
    bell: &'a Bell,
    straight: bool,
    /// Memory for two lines.
    line: &'a mut [Pair],
    into: &'a mut [Pairs],
}

impl Work for Along<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, lanes: L) {
        let Along { image, width, rows, bell, straight, line, into } = self;
        let radius = bell.radius();
        let (upper, lower) = line.split_at_mut(line.len() / 2);
        fill_line(upper, &image[rows[0] * width..][..width], radius, straight);
        fill_line(lower, &image[rows[1] * width..][..width], radius, straight);
        // The next two rows are on their way meanwhile.
        let next = image.get((rows[1] + 1) * width..).unwrap_or_default();
        for (place, two) in into.as_chunks_mut::<2>().0.iter_mut().enumerate() {
            for x in [2 * place * SIDE, (2 * place + 1) * SIDE] {
                next.get(x).iter().for_each(|pixel| lanes.prefetch(*pixel));
                next.get(width + x).iter().for_each(|pixel| lanes.prefetch(*pixel));
            }
            let mut sums = [[lanes.totals(BITS); 2]; 2];
            // A loop, as a closure may stay a call.
            for (sums, line) in sums.iter_mut().zip([&*upper, &*lower]) {
                let pairs = line[place * SIDE..][..SIDE + radius].windows(SIDE);
                *sums =
                    bell.sums(lanes, pairs.filter_map(|pairs| Some(bytemuck::cast_ref(pairs.first_chunk::<SIDE>()?))));
            }
            let [[upper_even, upper_odd], [lower_even, lower_odd]] = sums;
            let even: [Pair; SIDE] = bytemuck::cast(lanes.pairs([&upper_even, &lower_even], BITS));
            let odd: [Pair; SIDE] = bytemuck::cast(lanes.pairs([&upper_odd, &lower_odd], BITS));
            let pixels: &mut [[Pair; 2]; SIDE] = bytemuck::cast_mut(two);
            for (pixel, (even, odd)) in pixels.iter_mut().zip(even.iter().zip(&odd)) {
                *pixel = [*even, *odd];
            }
        }
    }
}

/// Puts the pixels of a row into a line, in pairs of which the first begins as many pixels before the row as the blur
/// reaches. What lies over the ends is as the last pixel there.
#[inline(always)]
fn fill_line(line: &mut [Pair], pixels: &[[u8; 4]], radius: usize, straight: bool) {
    let (before, rest) = line.split_at_mut(radius.div_ceil(2));
    let (twos, _) = pixels.get(radius % 2..).unwrap_or_default().as_chunks::<2>();
    let (middle, after) = rest.split_at_mut(twos.len());
    let edge = |pixel: &[u8; 4]| numbers(&[[*pixel; 2]; BLOCK], straight)[0];
    before.fill(edge(&pixels[0]));
    after.fill(edge(&pixels[pixels.len() - 1]));
    let (blocks, rest) = twos.as_chunks::<BLOCK>();
    let (middle, end) = middle.as_chunks_mut::<BLOCK>();
    for (pairs, block) in middle.iter_mut().zip(blocks) {
        *pairs = numbers(block, straight);
    }
    let mut block = [[[0; 4]; 2]; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    end.copy_from_slice(&numbers(&block, straight)[..rest.len()]);
}

/// Twos of pixels that are converted at a time.
const BLOCK: usize = 32;

/// Pixels as numbers and in pairs, with their colours multiplied by alpha if they are straight. Each loop here is one that
/// the compiler makes vector instructions of.
#[inline(always)]
fn numbers(pixels: &[[[u8; 4]; 2]; BLOCK], straight: bool) -> [Pair; BLOCK] {
    // 64 / 255 with 16 bits behind the point; of the largest product, 255 × 255, the result is 255 × 64.
    const SCALE: u16 = 16_448;
    let mut channels = [0; BLOCK];
    for (bytes, pixels) in channels.iter_mut().zip(pixels) {
        // The bytes of two pixels, channel by channel: the halves in the middle change places, then the bytes in the
        // middle of either half.
        let together = u64::from_le_bytes(bytemuck::cast(*pixels));
        let change = (together ^ together >> 16) & 0x0000_0000_ffff_0000;
        let halves = together ^ change ^ change << 16;
        let change = (halves ^ halves >> 8) & 0x0000_ff00_0000_ff00;
        *bytes = (halves ^ change ^ change << 8).to_le();
    }
    let mut factors = [u64::MAX; BLOCK];
    if straight {
        for (factors, channels) in factors.iter_mut().zip(&channels) {
            let alphas = u64::from_le(*channels) >> 48;
            *factors = (alphas | alphas << 16 | alphas << 32 | 0xffff << 48).to_le();
        }
    }
    let (channels, factors): ([u8; 8 * BLOCK], [u8; 8 * BLOCK]) = (bytemuck::cast(channels), bytemuck::cast(factors));
    let mut numbers = [0; 8 * BLOCK];
    for (number, (channel, factor)) in numbers.iter_mut().zip(channels.iter().zip(&factors)) {
        let product = u16::from(*channel) * u16::from(*factor);
        let low = product.wrapping_mul(SCALE);
        let high = ((u32::from(product) * u32::from(SCALE)) >> 16) as u16;
        *number = (high + (low >> 15)) as i16;
    }
    bytemuck::cast(numbers)
}

/// Blurs some rows of the window up and down, into the image.
struct Across<'a> {
    pixels: &'a mut [[u8; 4]],
    width: usize,
    bell: &'a Bell,
    straight: bool,
    window: &'a Window,
    /// The number of the first row, which is even.
    first: usize,
}

impl Work for Across<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, lanes: L) {
        let Across { pixels, width, bell, straight, window, first } = self;
        let radius = bell.radius();
        let pairs = (pixels.len() / width).div_ceil(2);
        let places: Vec<usize> = (first / 2..first / 2 + pairs + radius).map(|pair| window.place_of(pair)).collect();
        let chunks = window.chunks();
        // Column by column: what the rows of a group have in common stays in the nearest cache.
        for column in 0..width.div_ceil(SIDE) {
            // The next column is on its way from a farther cache meanwhile.
            for next in places.iter().filter_map(|place| chunks.get(place + column + 1)) {
                for line in next.chunks_exact(CACHE_LINE / size_of::<[i16; 2]>()) {
                    lanes.prefetch(&line[0]);
                }
            }
            for (places, rows) in places.windows(radius + 1).zip(pixels.chunks_mut(2 * width)) {
                let [even, odd] = bell.sums(lanes, places.iter().map(|place| &chunks[place + column]));
                let (upper, lower) = rows.split_at_mut(width);
                write(&lanes.chunk(&even, BITS), straight, &mut upper[column * SIDE..]);
                if !lower.is_empty() {
                    write(&lanes.chunk(&odd, BITS), straight, &mut lower[column * SIDE..]);
                }
            }
        }
    }
}

/// Writes the pixels of a chunk to where the rest of a row is.
#[inline(always)]
fn write(sums: &Chunk, straight: bool, row: &mut [[u8; 4]]) {
    let bytes = if straight { divided(sums) } else { plain(sums) };
    let bytes: &[[u8; 4]; SIDE] = bytemuck::cast_ref(&bytes);
    // The length of most is known here. Two copies would become one, of a length that is not: a call.
    match row.first_chunk_mut::<SIDE>() {
        Some(pixels) => *pixels = *bytes,
        None => row.iter_mut().zip(bytes).for_each(|(pixel, bytes)| *pixel = *bytes),
    }
}

/// The nearest levels.
#[inline(always)]
fn plain(sums: &Chunk) -> [u8; LANES] {
    let mut bytes = [0; LANES];
    for (byte, sum) in bytes.iter_mut().zip(sums) {
        *byte = (((sum + LEVEL / 2) as u16) >> LEVEL.ilog2()).min(255) as u8;
    }
    bytes
}

/// The same of colours that are divided by alpha.
#[inline(always)]
fn divided(sums: &Chunk) -> [u8; LANES] {
    let levels = plain(sums);
    let all: [u32; LANES / 4] = bytemuck::cast(levels);
    if all.iter().fold(true, |opaque, pixel| opaque & (u32::from_le(*pixel) >= 255 << 24)) {
        // All are opaque.
        return levels;
    }
    let (pixels, _) = sums.as_chunks::<4>();
    let mut scales = [0.0; LANES];
    for (scales, [_, _, _, alpha]) in scales.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
        // What is rounded to no alpha at all has no colour.
        let seen = *alpha > LEVEL / 2;
        let scale = if seen { 255.0 / f32::from(*alpha) } else { 0.0 };
        *scales = [scale, scale, scale, if seen { 1.0 / f32::from(LEVEL) } else { 0.0 }];
    }
    let mut bytes = [0; LANES];
    for (byte, (sum, scale)) in bytes.iter_mut().zip(sums.iter().zip(scales)) {
        *byte = super::adjust::round(f32::from(*sum) * scale) as u8;
    }
    bytes
}

#[cfg(test)]
mod tests;
