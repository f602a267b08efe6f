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

use crate::kernels::runtime::arguments::{Parameter, ParameterKind};

/// The longest side of an image, in pixels.
pub const LONGEST_SIDE: i64 = 65_535;

/// A side of an image.
const SIDE_RANGE: ParameterKind = ParameterKind::Integer { min: 1, max: LONGEST_SIDE };

const WIDTH: Parameter = Parameter::optional(
    "width",
    SIDE_RANGE,
    "Pixels of a row. May be left out only after another image kernel of a pipeline.",
);
const HEIGHT: Parameter =
    Parameter::optional("height", SIDE_RANGE, "Rows. May be left out only after another image kernel of a pipeline.");

const ALPHA: Parameter = Parameter::optional("alpha", ParameterKind::Choice(&["straight", "premultiplied"]), "How colours relate to alpha. `'straight'`: they are independent of it, and are weighted by it where pixels are mixed. `'premultiplied'`: they are multiplied by it already, or every pixel is opaque.").by_default("'straight'");

/// Whether [`ALPHA`] says that colours are independent of alpha, and must be weighted by it where pixels are mixed.
fn is_straight(arguments: &super::Arguments) -> bool {
    arguments.text("alpha") != Some("premultiplied")
}
