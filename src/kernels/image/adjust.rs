//! Brightness, contrast and saturation.

use super::point::Point;
use super::{HEIGHT, WIDTH};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};

/// See [`Point::SUMMARY`].
///
/// The three are linear in the colours, so they make one matrix, and nothing is cut off between them.
pub struct Adjust {
    /// What red, green and blue count for each of the three.
    matrix: [[f32; 3]; 3],
    /// What is added to all.
    offset: f32,
}

const fn factor(name: &'static str, summary: &'static str) -> Parameter {
    Parameter::optional(name, ParameterKind::Number { min: 0.0, max: 100.0 }, summary).by_default("1")
}

/// What colours count for brightness, as in `image.grayscale` and in the filters of CSS and SVG.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

impl Point for Adjust {
    const NAME: &'static str = "image.adjust";
    const SUMMARY: &'static str = "brightness, contrast and saturation, alpha as it is";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        factor("brightness", "Factor of the colours."),
        factor("contrast", "Factor of the distance between the colours and the middle, 127.5."),
        factor("saturation", "Factor of the distance between the colours and their luma (BT.709); 0 makes them gray."),
    ];

    fn plan(arguments: &Arguments) -> Result<Self> {
        let get = |name| arguments.number(name).unwrap_or(1.0) as f32;
        let (brightness, contrast, saturation) = (get("brightness"), get("contrast"), get("saturation"));
        let mut matrix = [LUMA.map(|luma| luma * (1.0 - saturation)); 3];
        for (channel, row) in matrix.iter_mut().enumerate() {
            row[channel] += saturation;
            *row = row.map(|weight| weight * brightness * contrast);
        }
        // The rows of the saturation add up to 1, so it leaves the offset of the contrast alone.
        Ok(Adjust { matrix, offset: 127.5 * (1.0 - contrast) })
    }

    #[inline(always)]
    fn change(&self, pixels: &mut [[u8; 4]]) {
        for pixel in pixels {
            let rgba = u32::from_le_bytes(*pixel);
            let channel = |shift: u32| (rgba >> shift & 0xff) as i32 as f32;
            let (red, green, blue) = (channel(0), channel(8), channel(16));
            let mix = |[r, g, b]: [f32; 3]| round(r * red + g * green + b * blue + self.offset);
            let [r, g, b] = self.matrix.map(mix);
            *pixel = (r | g << 8 | b << 16 | rgba & 0xff00_0000).to_le_bytes();
        }
    }
}

/// The nearest whole number from 0 to 255; the even one of two. Of a number plus 2²³ the lowest bits are the number,
/// rounded: a single addition, where a conversion that minds what is out of range takes many instructions.
#[inline(always)]
pub(super) fn round(value: f32) -> u32 {
    // Not max and min, which mind NaN: that is a choice of one instruction.
    let positive = if value > 0.0 { value } else { 0.0 };
    let value = if positive < 255.0 { positive } else { 255.0 };
    (value + 8_388_608.0).to_bits() & 0xff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::image::testing::check_point;
    use crate::kernels::testing::number;

    #[test]
    fn agrees_with_the_reference() {
        for (brightness, contrast, saturation) in
            [(1.0, 1.0, 1.0), (1.2, 1.0, 1.0), (1.0, 0.5, 1.0), (1.0, 1.0, 0.0), (0.7, 1.9, 1.4), (0.0, 0.0, 3.0)]
        {
            let given =
                vec![number("brightness", brightness), number("contrast", contrast), number("saturation", saturation)];
            check_point::<Adjust>(given, |[r, g, b, a]| {
                let rgb = [r, g, b].map(|value| (value * brightness - 127.5) * contrast + 127.5);
                let luma = 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
                let [r, g, b] = rgb.map(|value| (luma + saturation * (value - luma)).clamp(0.0, 255.0));
                [r, g, b, a]
            });
        }
    }

    #[test]
    fn nothing_given_changes_nothing() {
        check_point::<Adjust>(vec![], |pixel| pixel);
    }

    #[test]
    fn rounds_to_the_nearest() {
        for (value, rounded) in
            [(-1e9, 0), (-0.1, 0), (0.49, 0), (0.51, 1), (1.5, 2), (2.5, 2), (254.6, 255), (1e9, 255)]
        {
            assert_eq!(round(value), rounded, "{value}");
        }
        assert_eq!(round(f32::NAN), 0);
    }
}
