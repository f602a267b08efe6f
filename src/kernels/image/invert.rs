//! The negative of an image.

use super::point::Point;
use super::{HEIGHT, WIDTH};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};

/// See [`Point::SUMMARY`].
pub struct Invert;

impl Point for Invert {
    const NAME: &'static str = "image.invert";
    const SUMMARY: &'static str = "the negative: 255 less each colour, alpha as it is";
    const PARAMETERS: &'static [Parameter] = &[WIDTH, HEIGHT];

    fn plan(_: &Arguments) -> Result<Self> {
        Ok(Invert)
    }

    #[inline(always)]
    fn change(&self, pixels: &mut [[u8; 4]]) {
        for pixel in pixels {
            *pixel = (u32::from_le_bytes(*pixel) ^ 0x00ff_ffff).to_le_bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::kernels::image::testing::check_point;

    #[test]
    fn agrees_with_the_reference() {
        check_point::<super::Invert>(vec![], |[r, g, b, a]| [255.0 - r, 255.0 - g, 255.0 - b, a]);
    }
}
