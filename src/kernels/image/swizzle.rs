//! Channels in another order.

use super::point::Point;
use super::{HEIGHT, WIDTH};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};

/// See [`Point::SUMMARY`].
pub struct Swizzle {
    /// For each channel of the result how far its source lies from the low end of a pixel, in bits.
    shifts: [u32; 4],
    /// What of that is taken: all bits, or none for a constant.
    mask: u32,
    /// The constants.
    set: u32,
}

impl Point for Swizzle {
    const NAME: &'static str = "image.swizzle";
    const SUMMARY: &'static str = "channels in another order";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        Parameter::required(
            "order",
            ParameterKind::Text,
            "Four letters, one for each channel of the result: `r`, `g`, `b` or `a` for a channel of the image, `0` for 0, `1` for 255. `'bgra'` swaps red and blue, `'rgb1'` makes opaque, `'aaa1'` shows alpha.",
        ),
    ];

    fn plan(arguments: &Arguments) -> Result<Self> {
        let order = arguments.text("order").unwrap_or_default();
        let wrong = || {
            let message = format!("image.swizzle: order must be four letters, each of r, g, b, a, 0, 1; got {order:?}");
            Error::new(ErrorCode::KernelRange, message)
        };
        let letters: [u8; 4] = order.as_bytes().try_into().map_err(|_| wrong())?;
        let (mut shifts, mut mask, mut set) = ([0; 4], [0; 4], [0; 4]);
        for (place, letter) in letters.into_iter().enumerate() {
            (shifts[place], mask[place], set[place]) = match letter {
                b'r' => (0, 255, 0),
                b'g' => (8, 255, 0),
                b'b' => (16, 255, 0),
                b'a' => (24, 255, 0),
                b'0' => (0, 0, 0),
                b'1' => (0, 0, 255),
                _ => return Err(wrong()),
            };
        }
        Ok(Swizzle { shifts, mask: u32::from_le_bytes(mask), set: u32::from_le_bytes(set) })
    }

    #[inline(always)]
    fn change(&self, pixels: &mut [[u8; 4]]) {
        let [first, second, third, fourth] = self.shifts;
        for pixel in pixels {
            let rgba = u32::from_le_bytes(*pixel);
            let moved = rgba >> first & 0xff
                | (rgba >> second & 0xff) << 8
                | (rgba >> third & 0xff) << 16
                | (rgba >> fourth & 0xff) << 24;
            *pixel = (moved & self.mask | self.set).to_le_bytes();
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
        for order in ["bgra", "rgba", "abgr", "gggg", "rgb1", "000a", "1b0r"] {
            check_point::<Swizzle>(vec![text("order", order)], |[r, g, b, a]| {
                let mut result = [0.0; 4];
                for (place, letter) in order.chars().enumerate() {
                    result[place] = match letter {
                        'r' => r,
                        'g' => g,
                        'b' => b,
                        'a' => a,
                        '1' => 255.0,
                        _ => 0.0,
                    };
                }
                result
            });
        }
    }

    #[test]
    fn refuses_what_is_no_order() {
        for order in ["", "rgb", "rgbaa", "rgbx", "RGBA", "rgé"] {
            let arguments = Arguments::check("k", Swizzle::PARAMETERS, vec![text("order", order)]).unwrap();
            let error = Swizzle::plan(&arguments).err().unwrap();
            assert_eq!(error.code, ErrorCode::KernelRange);
            assert!(error.message.contains(order), "{error}");
        }
    }
}
