//! Kernels on images: RGBA, 8 bits a channel, row by row without padding.
//!
//! | module | what it holds |
//! |---|---|
//! | [`adjust`], [`alpha`], [`grayscale`], [`invert`], [`lut`], [`swizzle`] | kernels that change each pixel by itself, in place |
//! | [`blur`] | Gaussian blur, in place |
//! | [`resize`] | another size |
//! | [`tensor`] | numbers for a neural network |
//! | `point` | what the kernels of the first row share: steps, threads, progress |
//! | `axis` | which pixels make each pixel of another size, on which resize rests |
//! | `gauss` | sums of weighted rows, on which the blur rests |
//! | `wide` | one body of code, compiled for the vector instructions of the processor at hand |

pub mod adjust;
pub mod alpha;
mod axis;
pub mod blur;
mod gauss;
pub mod grayscale;
pub mod invert;
pub mod lut;
mod point;
pub mod resize;
pub mod swizzle;
pub mod tensor;
#[cfg(test)]
mod testing;
mod wide;

pub use adjust::Adjust;
pub use alpha::{Premultiply, Unpremultiply};
pub use blur::Blur;
pub use grayscale::Grayscale;
pub use invert::Invert;
pub use lut::Lut;
pub use point::Each;
pub use resize::Resize;
pub use swizzle::Swizzle;
pub use tensor::ToTensor;

use super::arguments::{Parameter, ParameterKind};

/// The longest side of an image, in pixels.
pub const LONGEST_SIDE: i64 = 65_535;

/// A side of an image.
const fn side(name: &'static str, required: bool, summary: &'static str) -> Parameter {
    Parameter { name, kind: ParameterKind::Integer { min: 1, max: LONGEST_SIDE }, required, summary }
}

const WIDTH: Parameter =
    side("width", false, "pixels of a row; only behind another image step of a pipeline it may be left out");
const HEIGHT: Parameter =
    side("height", false, "rows; only behind another image step of a pipeline it may be left out");

const ALPHA: Parameter = Parameter {
    name: "alpha",
    kind: ParameterKind::Choice(&["straight", "premultiplied"]),
    required: false,
    summary: "how the colours relate to alpha: straight (default): independent of it; premultiplied: multiplied by it, \
              or there is none",
};

/// Whether [`ALPHA`] says that colours are independent of alpha, and must be weighted by it where pixels are mixed.
fn is_straight(arguments: &super::Arguments) -> bool {
    arguments.text("alpha") != Some("premultiplied")
}
