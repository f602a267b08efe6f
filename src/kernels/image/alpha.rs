//! Colours multiplied by alpha, and back.

use super::adjust::round;
use super::point::Point;
use super::{HEIGHT, WIDTH};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};

/// See [`Point::SUMMARY`].
pub struct Premultiply;

impl Point for Premultiply {
    const NAME: &'static str = "image.premultiply";
    const SUMMARY: &'static str = "multiplies the colours by alpha";
    const PARAMETERS: &'static [Parameter] = &[WIDTH, HEIGHT];

    fn plan(_: &Arguments) -> Result<Self> {
        Ok(Premultiply)
    }

    #[inline(always)]
    fn change(&self, pixels: &mut [[u8; 4]]) {
        for pixel in pixels {
            *pixel = premultiplied(*pixel);
        }
    }
}

/// A pixel with its colours multiplied by alpha / 255 and rounded, two at a time in the halves of a word. Of `t = c × a
/// + 128`, `(t + t / 256) / 256` is `c × a / 255`, rounded, for all bytes.
#[inline(always)]
pub(super) fn premultiplied(pixel: [u8; 4]) -> [u8; 4] {
    let rgba = u32::from_le_bytes(pixel);
    let alpha = rgba >> 24;
    let red_blue = (rgba & 0x00ff_00ff) * alpha + 0x0080_0080;
    let red_blue = (red_blue + (red_blue >> 8 & 0x00ff_00ff)) >> 8 & 0x00ff_00ff;
    let green = (rgba >> 8 & 0xff) * alpha + 0x80;
    let green = (green + (green >> 8)) & 0xff00;
    (red_blue | green | rgba & 0xff00_0000).to_le_bytes()
}

/// See [`Point::SUMMARY`].
pub struct Unpremultiply;

impl Point for Unpremultiply {
    const NAME: &'static str = "image.unpremultiply";
    const SUMMARY: &'static str = "divides the colours by alpha";
    const PARAMETERS: &'static [Parameter] = &[WIDTH, HEIGHT];

    fn plan(_: &Arguments) -> Result<Self> {
        Ok(Unpremultiply)
    }

    #[inline(always)]
    fn change(&self, pixels: &mut [[u8; 4]]) {
        for pixel in pixels {
            *pixel = unpremultiplied(*pixel);
        }
    }
}

/// A pixel with its colours divided by alpha / 255, rounded and at most 255; 0 where alpha is 0. The quotient is as
/// exact as 32 bits allow, so a half is seen as a half.
#[inline(always)]
pub(super) fn unpremultiplied(pixel: [u8; 4]) -> [u8; 4] {
    let rgba = u32::from_le_bytes(pixel);
    let alpha = (rgba >> 24) as i32 as f32;
    let seen = if rgba >> 24 == 0 { 0 } else { 0x00ff_ffff };
    let channel = |shift: u32| round(((rgba >> shift & 0xff) * 255) as i32 as f32 / alpha);
    let rgb = channel(0) | channel(8) << 8 | channel(16) << 16;
    (rgb & seen | rgba & 0xff00_0000).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::image::testing::check_point;

    #[test]
    fn agree_with_the_references() {
        check_point::<Premultiply>(vec![], |[r, g, b, a]| [r * a / 255.0, g * a / 255.0, b * a / 255.0, a]);
        check_point::<Unpremultiply>(vec![], |[r, g, b, a]| {
            let divided = |value: f64| if a == 0.0 { 0.0 } else { (value * 255.0 / a).min(255.0) };
            [divided(r), divided(g), divided(b), a]
        });
    }

    #[test]
    fn every_colour_with_every_alpha_is_rounded_right() {
        for alpha in 0..=255u8 {
            for colour in 0..=255u8 {
                let product = f64::from(colour) * f64::from(alpha) / 255.0;
                let there = premultiplied([colour, 255 - colour, colour, alpha]);
                assert_eq!((there[0], there[2], there[3]), (product.round() as u8, product.round() as u8, alpha));
                let quotient = (f64::from(colour) * 255.0 / f64::from(alpha)).round_ties_even().min(255.0);
                let back = unpremultiplied([colour, 0, colour, alpha]);
                let expected = if alpha == 0 { 0 } else { quotient as u8 };
                assert_eq!(back, [expected, 0, expected, alpha], "{colour} of {alpha}");
            }
        }
    }
}
