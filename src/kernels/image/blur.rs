//! Gaussian blur, in place.
//!
//! Rows are blurred from left to right first, into memory of our own, and from there up and down, back into the image.
//! The first of the two keeps ahead of the second by the reach of the blur, so the image itself is never read where it
//! has been written, and what lies between is a window of rows, not a second image.

use super::gauss::{Bell, LEVEL};
use super::wide::{self, Chunk, LANES, Lanes, Work};
use super::{ALPHA, HEIGHT, WIDTH, is_straight};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::form::{Form, Pixels};
use crate::kernels::kernel::{Context, Kernel, Step, Value};
use crate::kernels::memory::InPlace;
use rayon::prelude::*;
use std::ops::Range;

/// See [`Kernel::SUMMARY`].
pub struct Blur {
    pixels: Pixels,
    bell: Bell,
    straight: bool,
    window: Window,
    /// Rows that are finished.
    done: usize,
}

/// What a step does on one thread, in pixels times weights: some 1 ms. More would need a larger window, which is slower
/// to read. Less in tests, for the sake of several steps.
const STRIDE: usize = if cfg!(test) { 1 << 14 } else { 3 << 20 };

/// Rows that a thread takes at a time, at most. Between them and those that they are blurred with lies little enough for a cache.
const GROUP: usize = 32;

impl Kernel for Blur {
    const NAME: &'static str = "image.blur";
    const SUMMARY: &'static str = "Gaussian blur";
    const UNIT: &'static str = "rows";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        Parameter {
            name: "sigma",
            kind: ParameterKind::Number { min: 0.3, max: 100.0 },
            required: true,
            summary: "standard deviation, in pixels",
        },
        ALPHA,
    ];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Form) -> Result<Self> {
        let pixels = input.pixels(Self::NAME, arguments)?;
        let bell = Bell::new(arguments.number("sigma").unwrap_or(1.0));
        Ok(Blur { pixels, bell, straight: is_straight(arguments), window: Window::default(), done: 0 })
    }

    fn leaves(&self, input: &Form) -> Form {
        Form { pixels: Some(self.pixels), ..*input }
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
            self.window = Window::new(width, height, rows.min(height), radius)?;
        }
        let end = height.min(self.done + self.window.stride);
        let parallel = threads > 1 && (end - self.done) * width >= 1 << 12;
        let (bell, straight) = (&self.bell, self.straight);

        let (image, _) = bytes.as_chunks();
        self.window.fill(height.min(end + radius), parallel, |row, y, line| {
            wide::run(Along { pixels: &image[y * width..][..width], bell, straight, line, row });
        });

        let (image, _) = bytes.as_chunks_mut();
        let window = &self.window;
        // As many groups for each thread, of one size, also where a wide bell makes the steps short.
        let count = end - self.done;
        let size = count.div_ceil(threads * count.div_ceil(threads * GROUP));
        let write = |(group, pixels): (usize, &mut [[u8; 4]])| {
            let first = self.done + group * size;
            wide::run(Across { pixels, width, bell, straight, window, first, height });
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

/// The rows that have been blurred along and are still needed: row `y` of the image in slot `y` modulo their number.
#[derive(Debug, Default)]
struct Window {
    numbers: Vec<i16>,
    /// Numbers from one row to the next.
    pitch: usize,
    slots: usize,
    /// Rows of a step.
    stride: usize,
    /// The rows before it have been blurred along.
    filled: usize,
    /// Numbers of a row before it is blurred, with what lies over its ends.
    line: usize,
}

impl Window {
    fn new(width: usize, height: usize, stride: usize, radius: usize) -> Result<Self> {
        let row = (width * 4).next_multiple_of(LANES);
        // An odd number of cache lines, so that what lies above each other does not compete for the same few places of
        // the cache.
        let pitch = if (row / 32).is_multiple_of(2) { row + 32 } else { row };
        let slots = height.min(stride + 2 * radius);
        // Zeros of the system's, so that each thread gets the pages that it writes first by itself.
        let numbers = bytemuck::allocation::try_zeroed_vec(pitch * slots).map_err(|()| {
            let message =
                format!("image.blur: no memory for {slots} rows of {width} pixels between the two directions");
            Error::new(ErrorCode::KernelOutput, message)
        })?;
        Ok(Window { numbers, pitch, slots, stride, filled: 0, line: row + 8 * radius })
    }

    /// Has rows of the image blurred along until all before `end` are. `blur` is given where the row goes, its number, and
    /// memory for a line.
    fn fill(&mut self, end: usize, parallel: bool, blur: impl Fn(&mut [i16], usize, &mut [i16]) + Sync) {
        let (filled, pitch, line) = (self.filled, self.pitch, self.line);
        let count = end - filled;
        // In the order of the rows, not of the slots: so a thread's part is as large as another's, and is mostly what it
        // reads afterwards, while that is still in its own cache.
        let (later, sooner) = self.numbers.split_at_mut(filled % self.slots * pitch);
        let fill = |line: &mut Vec<i16>, (place, row): (usize, &mut [i16])| blur(row, filled + place, line);
        if parallel {
            let rows = sooner.par_chunks_mut(pitch).chain(later.par_chunks_mut(pitch)).take(count).enumerate();
            rows.with_min_len(4).for_each_init(|| vec![0; line], fill);
        } else {
            let rows = sooner.chunks_mut(pitch).chain(later.chunks_mut(pitch)).take(count).enumerate();
            let mut memory = vec![0; line];
            rows.for_each(|row| fill(&mut memory, row));
        }
        self.filled = end;
    }

    /// Where a row begins.
    fn place_of(&self, y: usize) -> usize {
        y % self.slots * self.pitch
    }
}

/// Blurs one row along.
struct Along<'a> {
    pixels: &'a [[u8; 4]],
    bell: &'a Bell,
    straight: bool,
    line: &'a mut [i16],
    row: &'a mut [i16],
}

impl Work for Along<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, lanes: L) {
        let Along { pixels, bell, straight, line, row } = self;
        let radius = bell.radius();
        let (line_pixels, _) = line.as_chunks_mut::<4>();
        let (before, rest) = line_pixels.split_at_mut(radius);
        let (middle, after) = rest.split_at_mut(pixels.len());
        for (number, pixel) in middle.iter_mut().zip(pixels) {
            *number = if straight { weighted(*pixel) } else { pixel.map(|channel| i16::from(channel) * LEVEL) };
        }
        // What lies over the ends is as the last pixel there.
        before.fill(middle[0]);
        after.fill(middle[middle.len() - 1]);
        let (chunks, _) = row.as_chunks_mut::<LANES>();
        assert!(line.len() >= chunks.len() * LANES + 8 * radius);
        for (chunk, sums) in chunks.iter_mut().enumerate() {
            // SAFETY: `distance` is within the radius, so this lies at most twice the radius, in pixels of 4 numbers,
            // behind the place of the chunk in the row; that the line is so long was just seen.
            let at = |distance: isize| unsafe {
                chunk_at(line, ((radius as isize + distance) * 4) as usize + chunk * LANES)
            };
            bell.sum(lanes, at, sums);
        }
    }
}

/// The numbers from a place on. Looking each time whether there are so many takes a tenth of the time of a blur.
///
/// # Safety
///
/// `place + LANES` is not beyond the end.
#[inline(always)]
unsafe fn chunk_at(numbers: &[i16], place: usize) -> &Chunk {
    debug_assert!(place + LANES <= numbers.len());
    // SAFETY: as the caller promises; an array lies as its elements do.
    unsafe { &*numbers.as_ptr().add(place).cast() }
}

/// A pixel with its colours multiplied by alpha.
#[inline(always)]
fn weighted(pixel: [u8; 4]) -> [i16; 4] {
    // 64 / 255 with 16 bits behind the point; of the largest product, 255 × 255, the result is 255 × 64.
    const SCALE: u32 = 16_448;
    let [red, green, blue, alpha] = pixel;
    let times_alpha = |channel: u8| ((u32::from(channel) * u32::from(alpha) * SCALE + (1 << 15)) >> 16) as i16;
    [times_alpha(red), times_alpha(green), times_alpha(blue), i16::from(alpha) * LEVEL]
}

/// Blurs some rows of the window up and down, into the image.
struct Across<'a> {
    pixels: &'a mut [[u8; 4]],
    width: usize,
    bell: &'a Bell,
    straight: bool,
    window: &'a Window,
    first: usize,
    height: usize,
}

impl Across<'_> {
    /// Where the rows begin that the rows of the image from `first` on are blurred with, from the highest to the lowest.
    fn places(&self, rows: usize) -> Vec<usize> {
        let radius = self.bell.radius();
        let clamped = |y: usize| y.saturating_sub(radius).min(self.height - 1);
        let all: Range<usize> = self.first..self.first + rows + 2 * radius;
        all.map(|y| self.window.place_of(clamped(y))).collect()
    }
}

impl Work for Across<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, lanes: L) {
        let places = self.places(self.pixels.len() / self.width);
        let radius = self.bell.radius();
        let chunks = (self.width * 4).div_ceil(LANES);
        let numbers = &self.window.numbers;
        assert!(places.iter().all(|place| place + chunks * LANES <= numbers.len()));
        let mut sums = [0; LANES];
        // Column by column: what the rows of a group have in common stays in the nearest cache.
        for chunk in 0..chunks {
            // The next column is on its way from a farther cache meanwhile: 32 numbers are a line of one.
            for next in places.iter().map(|place| place + (chunk + 1) * LANES) {
                numbers.get(next).iter().for_each(|line| lanes.prefetch(*line));
                numbers.get(next + LANES / 2).iter().for_each(|line| lanes.prefetch(*line));
            }
            for (y, row) in self.pixels.chunks_exact_mut(self.width).enumerate() {
                let places = &places[y..][..2 * radius + 1];
                let at = |distance: isize| {
                    let place = places[radius.wrapping_add_signed(distance)];
                    // SAFETY: that each of the rows is so long was just seen.
                    unsafe { chunk_at(numbers, place + chunk * LANES) }
                };
                self.bell.sum(lanes, at, &mut sums);
                let bytes = if self.straight { divided(&sums) } else { plain(&sums) };
                let bytes: &[[u8; 4]; LANES / 4] = bytemuck::cast_ref(&bytes);
                let row = &mut row[chunk * (LANES / 4)..];
                // The length of most is known here. Two copies would become one, of a length that is not: a call.
                match row.first_chunk_mut::<{ LANES / 4 }>() {
                    Some(pixels) => *pixels = *bytes,
                    None => row.iter_mut().zip(bytes).for_each(|(pixel, bytes)| *pixel = *bytes),
                }
            }
        }
    }
}

/// The nearest levels.
#[inline(always)]
fn plain(sums: &Chunk) -> [u8; LANES] {
    let mut bytes = [0; LANES];
    for (byte, sum) in bytes.iter_mut().zip(sums) {
        *byte = ((sum + LEVEL / 2) / LEVEL).clamp(0, 255) as u8;
    }
    bytes
}

/// The same of colours that are divided by alpha.
#[inline(always)]
fn divided(sums: &Chunk) -> [u8; LANES] {
    let (pixels, _) = sums.as_chunks::<4>();
    if pixels.iter().all(|pixel| pixel[3] >= 255 * LEVEL - LEVEL / 2) {
        // All are opaque.
        return plain(sums);
    }
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
mod tests {
    use super::*;
    use crate::kernels::Plan;
    use crate::kernels::image::testing::{Given, call, noise, picture, sized};
    use crate::kernels::testing::{Where, number, text};

    /// By definition, with 64-bit numbers: colours weighted by alpha unless told otherwise.
    fn reference(bytes: &[u8], width: usize, height: usize, sigma: f64, straight: bool) -> Vec<[f64; 4]> {
        let radius = (4.0 * sigma).ceil() as isize;
        let bell: Vec<f64> = (-radius..=radius).map(|x| (-0.5 * (x as f64 / sigma).powi(2)).exp()).collect();
        let sum: f64 = bell.iter().sum();
        let mut image: Vec<[f64; 4]> = bytes.as_chunks::<4>().0.iter().map(|pixel| pixel.map(f64::from)).collect();
        if straight {
            for [r, g, b, a] in &mut image {
                (*r, *g, *b) = (*r * *a / 255.0, *g * *a / 255.0, *b * *a / 255.0);
            }
        }
        let along = |image: &[[f64; 4]], step: (isize, isize)| -> Vec<[f64; 4]> {
            let mut blurred = Vec::with_capacity(image.len());
            for y in 0..height as isize {
                for x in 0..width as isize {
                    let mut sums = [0.0; 4];
                    for (distance, weight) in (-radius..=radius).zip(&bell) {
                        let x = (x + step.0 * distance).clamp(0, width as isize - 1) as usize;
                        let y = (y + step.1 * distance).clamp(0, height as isize - 1) as usize;
                        for (sum, channel) in sums.iter_mut().zip(image[y * width + x]) {
                            *sum += weight * channel;
                        }
                    }
                    blurred.push(sums.map(|channel| channel / sum));
                }
            }
            blurred
        };
        let mut image = along(&along(&image, (1, 0)), (0, 1));
        if straight {
            for [r, g, b, a] in &mut image {
                if *a > 0.0 {
                    (*r, *g, *b) = (*r * 255.0 / *a, *g * 255.0 / *a, *b * 255.0 / *a);
                }
            }
        }
        image
    }

    /// One level off for opaque pixels; for others the colours are as uncertain as alpha makes them.
    fn check(bytes: &[u8], expected: &[[f64; 4]], straight: bool, what: &str) {
        for (place, (pixel, exact)) in bytes.as_chunks::<4>().0.iter().zip(expected).enumerate() {
            assert!((f64::from(pixel[3]) - exact[3]).abs() < 1.0, "{what}: alpha {} at {place}: {exact:?}", pixel[3]);
            let tolerance = if straight { 255.0 / exact[3].max(0.5) } else { 1.0 };
            if pixel[3] == 0 && straight {
                assert_eq!(*pixel, [0; 4], "{what}: what cannot be seen is empty");
                continue;
            }
            for channel in 0..3 {
                let off = (f64::from(pixel[channel]) - exact[channel]).abs();
                assert!(off < tolerance, "{what}: {pixel:?} at {place}, {exact:?} expected");
            }
        }
    }

    fn blur(given: Given, size: (usize, usize), image: &[u8], place: Where) -> Vec<u8> {
        let mut bytes = image.to_vec();
        call("image.blur", size, given, &mut bytes, place).unwrap();
        bytes
    }

    #[test]
    fn agrees_with_the_reference() {
        let sizes = [(1, 1), (2, 1), (1, 9), (15, 3), (16, 16), (17, 5), (33, 40), (64, 70), (131, 67)];
        for (width, height) in sizes {
            let image = picture(width, height);
            for sigma in [0.3, 0.8, 1.5, 5.0, 12.0] {
                for (alpha, straight) in [("straight", true), ("premultiplied", false)] {
                    let given = vec![number("sigma", sigma), text("alpha", alpha)];
                    let here = blur(given.clone(), (width, height), &image, Where::Here);
                    let there = blur(given, (width, height), &image, Where::Threads);
                    let what = format!("{width} x {height}, sigma {sigma}, {alpha}");
                    assert!(here == there, "{what}: the same on the threads");
                    check(&here, &reference(&image, width, height, sigma, straight), straight, &what);
                }
            }
        }
    }

    #[test]
    fn opaque_images_are_within_a_level_over_several_steps() {
        // Wide and rough enough for several steps, with a window that goes round.
        let (width, height, sigma) = (301, 150, 14.0);
        let mut image = noise(width * height * 4);
        image.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel[3] = 255);
        let here = blur(vec![number("sigma", sigma)], (width, height), &image, Where::Here);
        let there = blur(vec![number("sigma", sigma)], (width, height), &image, Where::Threads);
        assert!(here == there);
        check(&here, &reference(&image, width, height, sigma, true), true, "large");
        let plain = vec![number("sigma", sigma), text("alpha", "premultiplied")];
        assert!(blur(plain, (width, height), &image, Where::Threads) == here, "without alpha both are the same");
    }

    #[test]
    fn transparent_pixels_lend_no_colour() {
        // Red that is seen beside green that is not.
        let image: Vec<u8> = (0..40).flat_map(|x| if x < 20 { [255, 0, 0, 255] } else { [0, 255, 0, 0] }).collect();
        let blurred = blur(vec![number("sigma", 2.0)], (40, 1), &image, Where::Here);
        assert!(blurred.as_chunks::<4>().0.iter().all(|[r, g, _, a]| *a == 0 || (*r == 255 && *g == 0)));
        assert!(blurred[19 * 4 + 3] > 100 && blurred[20 * 4 + 3] < 150, "alpha is blurred");
    }

    #[test]
    fn refuses_what_it_cannot_do() {
        for (sigma, code) in
            [(0.0, ErrorCode::KernelRange), (0.29, ErrorCode::KernelRange), (101.0, ErrorCode::KernelRange)]
        {
            let given = sized(1, 1, vec![number("sigma", sigma)]);
            assert_eq!(Plan::of("image.blur", given, Form::bytes(4)).unwrap_err().code, code);
        }
        let missing = Plan::of("image.blur", sized(1, 1, vec![]), Form::bytes(4)).unwrap_err();
        assert_eq!(missing.code, ErrorCode::KernelParameter);
        let nothing = Plan::of("image.blur", sized(0, 1, vec![number("sigma", 1.0)]), Form::bytes(0)).unwrap_err();
        assert_eq!(nothing.code, ErrorCode::KernelRange);
        let short = Plan::of("image.blur", sized(2, 2, vec![number("sigma", 1.0)]), Form::bytes(15)).unwrap_err();
        assert_eq!(short.code, ErrorCode::KernelRange);
    }
}
