//! The brightness of each pixel in place of its colour.

use super::point::Point;
use super::{HEIGHT, WIDTH};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};

/// See [`Point::SUMMARY`].
pub struct Grayscale {
    /// What red, green and blue count, in parts of [`ONE`].
    weights: [u32; 3],
}

/// The sum of the weights; that, times 255, is far from what 32 bits hold.
const ONE: u32 = 1 << 16;

impl Point for Grayscale {
    const NAME: &'static str = "image.grayscale";
    const SUMMARY: &'static str = "the luma of each pixel as its red, green and blue, alpha as it is";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        Parameter::optional("luma", ParameterKind::Choice(&["bt709", "bt601"]), "Weights of red, green and blue. `'bt709'`: 0.2126, 0.7152, 0.0722 (HDTV, sRGB). `'bt601'`: 0.299, 0.587, 0.114 (older video, JPEG).").by_default("'bt709'"),
    ];

    fn plan(arguments: &Arguments) -> Result<Self> {
        // Rounded so that they add up to one: white stays white.
        Ok(Grayscale {
            weights: match arguments.text("luma") {
                Some("bt601") => [19_595, 38_470, 7_471],
                _ => [13_933, 46_871, 4_732],
            },
        })
    }

    #[inline(always)]
    fn change(&self, pixels: &mut [[u8; 4]]) {
        let [red, green, blue] = self.weights;
        for pixel in pixels {
            let rgba = u32::from_le_bytes(*pixel);
            let sum = (rgba & 0xff) * red + (rgba >> 8 & 0xff) * green + (rgba >> 16 & 0xff) * blue;
            let luma = (sum + ONE / 2) / ONE;
            *pixel = (luma | luma << 8 | luma << 16 | rgba & 0xff00_0000).to_le_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::image::testing::check_point;
    use crate::kernels::testing::text;

    #[test]
    fn agrees_with_the_reference() {
        for (name, weights) in [("bt709", [0.2126, 0.7152, 0.0722]), ("bt601", [0.299, 0.587, 0.114])] {
            check_point::<Grayscale>(vec![text("luma", name)], |[r, g, b, a]| {
                let luma = weights[0] * r + weights[1] * g + weights[2] * b;
                [luma, luma, luma, a]
            });
        }
    }

    #[test]
    fn the_weights_add_up() {
        for luma in ["bt709", "bt601"] {
            let arguments = Arguments::check("k", Grayscale::PARAMETERS, vec![text("luma", luma)]).unwrap();
            assert_eq!(Grayscale::plan(&arguments).unwrap().weights.iter().sum::<u32>(), ONE);
        }
    }
}
