//! Rounds numbers of 32 bits to 16.

use super::narrow::Narrow;
use super::rows::RowShape;
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::InPlace;
use crate::kernels::runtime::shape::{Element, Shape};
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

/// See [`Kernel::SUMMARY`].
pub struct ToHalf {
    shape: RowShape,
    narrow: Narrow<u16>,
}

impl Kernel for ToHalf {
    const NAME: &'static str = "vector.toHalf";
    const SUMMARY: &'static str = "rounds numbers of 32 bits to 16 bits, IEEE 754 binary16";
    const UNIT: &'static str = "elements";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        Ok(ToHalf { shape: RowShape::of(Self::NAME, arguments, input)?, narrow: Narrow::new() })
    }

    /// Their bits, as whole numbers: not every Node has a Float16Array.
    fn output_shape(&self, _: &Shape) -> Shape {
        Shape { element: Element::U16, ..Shape::bytes(self.shape.rows * size_of::<u16>()) }
    }

    fn work(&self) -> u64 {
        self.shape.rows as u64
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        let end = self.shape.rows.min(self.narrow.done + self.shape.share(context));
        let convert =
            |_, from: &[f32], to: &mut [u16]| to.reinterpret_cast_mut::<half::f16>().convert_from_f32_slice(from);
        self.narrow.step(bytes, end, self.shape.piece(), context.parallel(), convert)?;
        Ok(if end < self.shape.rows { Step::More { done: end as u64 } } else { Step::Done(Value::None) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::vector::testing::{called, floats};

    /// Written from the format: rounds the exact value to a multiple of the unit of the last place, ties to even.
    fn reference(number: f32) -> u16 {
        let sign = if number.is_sign_negative() { 0x8000 } else { 0 };
        let magnitude = f64::from(number.abs());
        if number.is_nan() {
            return sign | 0x7e00;
        }
        if magnitude >= 65_520.0 {
            return sign | 0x7c00;
        }
        let exponent = (magnitude.log2().floor() as i32).max(-14);
        let units = (magnitude / 2f64.powi(exponent - 10)).round_ties_even() as u16;
        sign | if units < 1024 { units } else { (((exponent + 14) as u16) << 10) + units }
    }

    fn to_half(numbers: &[f32]) -> Vec<u16> {
        let (memory, done) = called("vector.toHalf", vec![], numbers);
        // Of an empty input nothing changes but the type.
        assert_eq!((done.written, done.element), (Some(2 * numbers.len()), Element::U16));
        bytemuck::cast_slice(&memory)[..numbers.len()].to_vec()
    }

    #[test]
    fn numbers_are_rounded_to_even() {
        let mut numbers = vec![0.0, -0.0, 1.0, 65_504.0, 65_519.0, 65_520.0, -1e30, f32::INFINITY, 2049.0, 2051.0];
        numbers.extend([6.1e-5, 5.96e-8, 2.98e-8, 2.99e-8, 1e-10, f32::NEG_INFINITY, 0.1, -1.0 / 3.0]);
        for exponent in -30..20 {
            numbers.extend(floats(50).iter().map(|number| number * 2f32.powi(exponent)));
        }
        let expected: Vec<u16> = numbers.iter().map(|number| reference(*number)).collect();
        assert_eq!(to_half(&numbers), expected);
        assert_eq!(to_half(&[f32::NAN])[0] & 0x7fff, 0x7e00);
    }

    #[test]
    fn every_length_is_converted() {
        for length in [0, 1, 3, 4, 5, 7, 8, 9, 1023, (128 << 10) + 1, (2 << 20) + 3] {
            let numbers = floats(length);
            let expected: Vec<u16> = numbers.iter().map(|number| half::f16::from_f32(*number).to_bits()).collect();
            assert!(to_half(&numbers) == expected, "{length}");
        }
    }
}
