//! Every channel through a table.

use super::point::Point;
use super::{HEIGHT, WIDTH};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};

/// See [`Point::SUMMARY`].
pub struct Lut {
    /// For red, green, blue and alpha.
    tables: Box<[[u8; 256]; 4]>,
}

impl Point for Lut {
    const NAME: &'static str = "image.lut";
    const SUMMARY: &'static str = "each channel through a table of 256 bytes";
    const PARAMETERS: &'static [Parameter] = &[
        WIDTH,
        HEIGHT,
        Parameter::required(
            "table",
            ParameterKind::Bytes { min: 256, max: 1024 },
            "256 bytes: one table for red, green and blue; alpha stays. 1,024 bytes: tables for red, green, blue and alpha, one after the other.",
        ),
    ];

    fn plan(arguments: &Arguments) -> Result<Self> {
        let given = arguments.bytes("table").unwrap_or_default();
        let mut tables = Box::new([std::array::from_fn(|value| value as u8); 4]);
        match given.as_chunks() {
            ([one], []) => tables[..3].fill(*one),
            (all @ [_, _, _, _], []) => tables.copy_from_slice(all),
            _ => {
                let message = format!("image.lut: table must have 256 or 1024 bytes, got {}", given.len());
                return Err(Error::new(ErrorCode::KernelRange, message));
            }
        }
        Ok(Lut { tables })
    }

    #[inline(always)]
    fn change(&self, pixels: &mut [[u8; 4]]) {
        let [red, green, blue, alpha] = &*self.tables;
        for pixel in pixels {
            let [r, g, b, a] = *pixel;
            *pixel = [red[r as usize], green[g as usize], blue[b as usize], alpha[a as usize]];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Argument;
    use crate::kernels::image::testing::{check_point, noise};

    fn table(bytes: &[u8]) -> Vec<(String, Argument)> {
        vec![("table".to_owned(), Argument::Bytes(bytes.to_vec()))]
    }

    #[test]
    fn one_table_is_for_colours() {
        let bytes = noise(256);
        let through = |value: f64| f64::from(bytes[value as usize]);
        check_point::<Lut>(table(&bytes), |[r, g, b, a]| [through(r), through(g), through(b), a]);
    }

    #[test]
    fn four_tables_are_for_all_channels() {
        let bytes = noise(1024);
        let through = |which: usize, value: f64| f64::from(bytes[which * 256 + value as usize]);
        check_point::<Lut>(table(&bytes), |[r, g, b, a]| [through(0, r), through(1, g), through(2, b), through(3, a)]);
    }

    #[test]
    fn refuses_other_sizes() {
        for size in [257, 512, 768, 1023] {
            let arguments = Arguments::check("k", Lut::PARAMETERS, table(&vec![0; size])).unwrap();
            assert_eq!(Lut::plan(&arguments).err().unwrap().code, ErrorCode::KernelRange);
        }
    }
}
