//! An image as the numbers that a neural network takes.

use super::point;
use super::wide::{self, Lanes, Work};
use super::{HEIGHT, WIDTH};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InputOutput, Produces, numbers_mut};
use crate::kernels::runtime::shape::{Element, Pixels, Shape};
use rayon::prelude::*;

/// See [`Kernel::SUMMARY`].
pub struct ToTensor {
    pixels: Pixels,
    layout: Layout,
    channels: [Channel; 3],
    done: usize,
}

#[derive(Clone, Copy, Debug)]
enum Layout {
    /// All of one channel, then all of the next: `[3, height, width]`.
    Planes,
    /// Pixel after pixel: `[height, width, 3]`.
    Interleaved,
}

/// How a number comes from a pixel: a byte of it by `divisor`, plus `offset`. A division, since a product with the inverse
/// would not give what `byte / 255` does to the last bit.
#[derive(Clone, Copy, Debug)]
struct Channel {
    shift: u32,
    divisor: f32,
    offset: f32,
}

impl Channel {
    #[inline(always)]
    fn of(self, pixel: [u8; 4]) -> f32 {
        (u32::from_le_bytes(pixel) >> self.shift & 0xff) as i32 as f32 / self.divisor + self.offset
    }
}

/// Pixels of a step: a quarter of what other kernels have. They leave 12 bytes each, which may be fresh memory: that takes
/// some 1 ms for a MiB on a virtual machine.
fn stride(context: &Context<'_>) -> usize {
    point::stride(context) / 4
}

/// Pixels that a thread takes at a time.
const PIECE: usize = point::PIECE / 2;

const THREE: ParameterKind = ParameterKind::Floats { min: 3, max: 3 };

impl Kernel for ToTensor {
    const NAME: &'static str = "image.toTensor";
    const SUMMARY: &'static str = "red, green and blue as normalised 32-bit floats, planar or interleaved";
    const UNIT: &'static str = "pixels";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        Parameter::optional(
            "mean",
            THREE,
            "Of red, green and blue, on a scale from 0 to 1: subtracted from each value / 255.",
        )
        .by_default("[0, 0, 0]"),
        Parameter::optional("std", THREE, "Of red, green and blue, above 0: the difference is divided by it.")
            .by_default("[1, 1, 1]"),
        Parameter::optional(
            "layout",
            ParameterKind::Choice(&["chw", "hwc"]),
            "`'chw'`: a plane for each channel. `'hwc'`: pixel after pixel.",
        )
        .by_default("'chw'"),
        Parameter::optional(
            "order",
            ParameterKind::Choice(&["rgb", "bgr"]),
            "Order of the channels in the result. `mean` and `std` are always in the order red, green, blue.",
        )
        .by_default("'rgb'"),
    ];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let pixels = input.pixels(Self::NAME, arguments)?;
        let three = |name, default: f32| -> [f32; 3] {
            arguments.floats(name).and_then(|given| given.as_slice().try_into().ok()).unwrap_or([default; 3])
        };
        let (mean, std) = (three("mean", 0.0), three("std", 1.0));
        if let Some(wrong) = mean.iter().find(|mean| !mean.is_finite()) {
            let message = format!("image.toTensor: mean must be finite numbers, got {wrong}");
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        if let Some(wrong) = std.iter().find(|std| !(std.is_finite() && **std > 0.0)) {
            let message = format!("image.toTensor: std must be finite numbers above 0, got {wrong}");
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        let channel = |place: usize| {
            let (mean, std) = (f64::from(mean[place]), f64::from(std[place]));
            let (divisor, offset) = ((255.0 * std) as f32, (-mean / std) as f32);
            Channel { shift: place as u32 * 8, divisor, offset }
        };
        let channels = match arguments.text("order") {
            Some("bgr") => [2, 1, 0].map(channel),
            _ => [0, 1, 2].map(channel),
        };
        let layout = match arguments.text("layout") {
            Some("hwc") => Layout::Interleaved,
            _ => Layout::Planes,
        };
        Ok(ToTensor { pixels, layout, channels, done: 0 })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        // The result has three bytes for each one of the input's: no memory holds an input for which that is too many.
        let length = input.length.saturating_mul(3);
        Shape { length, exact: true, element: Element::F32, pixels: None }
    }

    fn work(&self) -> u64 {
        self.pixels.width as u64 * self.pixels.height as u64
    }

    fn step(&mut self, InputOutput { input, output }: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let (pixels, _) = input.as_chunks::<4>();
        let count = pixels.len();
        let numbers: &mut [f32] = numbers_mut(output.exactly(input.len().saturating_mul(3))?)?;
        let (start, end) = (self.done, count.min(self.done + stride(context)));
        let pixels = &pixels[start..end];
        let parallel = context.parallel() && pixels.len() > PIECE;
        let channels = self.channels;
        match self.layout {
            Layout::Planes => {
                let (first, others) = numbers.split_at_mut(count);
                let (second, third) = others.split_at_mut(count);
                let planes = [first, second, third].map(|plane| &mut plane[start..end]);
                if parallel {
                    let [first, second, third] = planes.map(|plane| plane.par_chunks_mut(PIECE));
                    let pieces = first.zip(second).zip(third).zip(pixels.par_chunks(PIECE));
                    pieces.for_each(|(((first, second), third), pixels)| {
                        wide::run(Planes { planes: [first, second, third], channels, pixels });
                    });
                } else {
                    wide::run(Planes { planes, channels, pixels });
                }
            }
            Layout::Interleaved => {
                let numbers = &mut numbers[3 * start..3 * end];
                if parallel {
                    let pieces = numbers.par_chunks_mut(3 * PIECE).zip(pixels.par_chunks(PIECE));
                    pieces.for_each(|(numbers, pixels)| wide::run(Interleave { numbers, channels, pixels }));
                } else {
                    wide::run(Interleave { numbers, channels, pixels });
                }
            }
        }
        self.done = end;
        Ok(if end < count { Step::More { done: end as u64 } } else { Step::Done(Value::None) })
    }
}

struct Planes<'a> {
    planes: [&'a mut [f32]; 3],
    channels: [Channel; 3],
    pixels: &'a [[u8; 4]],
}

impl Work for Planes<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, _: L) {
        for (plane, channel) in self.planes.into_iter().zip(self.channels) {
            for (number, pixel) in plane.iter_mut().zip(self.pixels) {
                *number = channel.of(*pixel);
            }
        }
    }
}

struct Interleave<'a> {
    numbers: &'a mut [f32],
    channels: [Channel; 3],
    pixels: &'a [[u8; 4]],
}

impl Work for Interleave<'_> {
    #[inline(always)]
    fn work<L: Lanes>(self, _: L) {
        let (numbers, _) = self.numbers.as_chunks_mut();
        for (three, pixel) in numbers.iter_mut().zip(self.pixels) {
            *three = self.channels.map(|channel| channel.of(*pixel));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::image::testing::{Given, noise, sized};
    use crate::kernels::testing::{Where, run, text};
    use crate::kernels::{Argument, Plan};
    use std::sync::Arc;

    fn floats(name: &str, values: [f32; 3]) -> (String, Argument) {
        (name.to_owned(), Argument::Floats(Arc::new(values.to_vec())))
    }

    fn tensor(given: Given, bytes: &mut [u8], out: Option<&mut [u8]>, place: Where) -> Result<Vec<f32>> {
        let shape = Shape::bytes(bytes.len());
        let done = run(vec![(ToTensor::NAME.to_owned(), given)], shape, bytes, out, place)?;
        assert_eq!(done.element, Element::F32);
        assert_eq!(done.written, Some(bytes.len() * 3));
        let bytes = done.output.unwrap_or_default();
        Ok(bytes.as_chunks().0.iter().map(|four| f32::from_ne_bytes(*four)).collect())
    }

    #[test]
    fn agrees_with_the_reference() {
        let (mean, std) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
        for (width, height) in [(1, 1), (3, 1), (7, 5), (33, 9), (321, 205)] {
            let mut bytes = noise(width * height * 4);
            let count = width * height;
            for (layout, order) in [("chw", "rgb"), ("hwc", "rgb"), ("chw", "bgr"), ("hwc", "bgr")] {
                let others =
                    vec![text("layout", layout), text("order", order), floats("mean", mean), floats("std", std)];
                let given = sized(width, height, others);
                let here = tensor(given.clone(), &mut bytes, None, Where::Here).unwrap();
                let there = tensor(given, &mut bytes, None, Where::Threads).unwrap();
                assert!(here == there);
                for place in 0..count {
                    for channel in 0..3 {
                        let source = if order == "bgr" { 2 - channel } else { channel };
                        let value = f64::from(bytes[place * 4 + source]) / 255.0;
                        let exact = (value - f64::from(mean[source])) / f64::from(std[source]);
                        let got = here[if layout == "hwc" { place * 3 + channel } else { channel * count + place }];
                        assert!((f64::from(got) - exact).abs() < 1e-6, "{got}, {exact} expected");
                    }
                }
            }
        }
    }

    #[test]
    fn is_from_0_to_1_by_default() {
        let given = sized(2, 1, vec![]);
        let numbers = tensor(given, &mut [0, 51, 255, 9, 255, 0, 102, 9], None, Where::Here).unwrap();
        assert_eq!(numbers, [0.0, 1.0, 0.2, 0.0, 1.0, 0.4]);
    }

    #[test]
    fn writes_to_a_lent_buffer_where_floats_may_lie() {
        let mut bytes = noise(5 * 3 * 4);
        let given = sized(5, 3, vec![]);
        let expected = tensor(given.clone(), &mut bytes, None, Where::Here).unwrap();
        let mut out = vec![0f32; 5 * 3 * 3 + 1];
        let out: &mut [u8] = bytemuck::cast_slice_mut(&mut out);
        tensor(given.clone(), &mut bytes, Some(&mut out[4..]), Where::Threads).unwrap();
        assert_eq!(out[4..], *bytemuck::cast_slice::<f32, u8>(&expected));
        let error = tensor(given, &mut bytes, Some(&mut out[1..183]), Where::Here).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelInput, "{error}");
    }

    #[test]
    fn refuses_what_cannot_be_divided_by() {
        for (name, three) in [("std", [1.0, 0.0, 1.0]), ("std", [1.0, 1.0, -1.0]), ("mean", [f32::NAN, 0.0, 0.0])] {
            let given = sized(1, 1, vec![floats(name, three)]);
            let error = Plan::of(ToTensor::NAME, given, Shape::bytes(4)).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelRange);
        }
    }
}
