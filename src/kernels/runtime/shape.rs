//! What a stretch of memory holds, as far as a kernel has to know.

use super::arguments::Arguments;
use crate::error::{Error, ErrorCode, Result};

/// The type of the elements of a view, in the order in which JavaScript counts them (`lib/kernels/elements.js`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Element {
    /// Bytes of no declared type: an ArrayBuffer, a DataView, a Buffer. A kernel on numbers takes them as its numbers.
    Untyped,
    /// Uint8Array, Uint8ClampedArray.
    U8,
    /// Int8Array.
    I8,
    /// Uint16Array.
    U16,
    /// Int16Array.
    I16,
    /// Uint32Array.
    U32,
    /// Int32Array.
    I32,
    /// BigUint64Array.
    U64,
    /// BigInt64Array.
    I64,
    /// Float32Array.
    F32,
    /// Float64Array.
    F64,
    /// Float16Array.
    F16,
}

impl Element {
    /// All of them, at the places that JavaScript knows them by.
    pub const ALL: [Element; 12] = [
        Element::Untyped,
        Element::U8,
        Element::I8,
        Element::U16,
        Element::I16,
        Element::U32,
        Element::I32,
        Element::U64,
        Element::I64,
        Element::F32,
        Element::F64,
        Element::F16,
    ];

    /// Bytes of one.
    pub const fn size(self) -> usize {
        match self {
            Element::Untyped | Element::U8 | Element::I8 => 1,
            Element::U16 | Element::I16 | Element::F16 => 2,
            Element::U32 | Element::I32 | Element::F32 => 4,
            Element::U64 | Element::I64 | Element::F64 => 8,
        }
    }

    /// The view that JavaScript has for it.
    pub const fn view(self) -> &'static str {
        match self {
            Element::Untyped => "bytes",
            Element::U8 => "Uint8Array",
            Element::I8 => "Int8Array",
            Element::U16 => "Uint16Array",
            Element::I16 => "Int16Array",
            Element::U32 => "Uint32Array",
            Element::I32 => "Int32Array",
            Element::U64 => "BigUint64Array",
            Element::I64 => "BigInt64Array",
            Element::F32 => "Float32Array",
            Element::F64 => "Float64Array",
            Element::F16 => "Float16Array",
        }
    }
}

/// Pixels of an image of four bytes each: red, green, blue, alpha, row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pixels {
    /// Pixels of a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Pixels {
    /// Bytes of the image; None where no memory could hold it.
    pub fn bytes(self) -> Option<usize> {
        self.width.checked_mul(self.height)?.checked_mul(4).filter(|bytes| *bytes <= isize::MAX as usize)
    }
}

/// What memory holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Its bytes; where it is not `exact`, the most that there may be.
    pub length: usize,
    /// False for what a kernel is going to write and cannot tell the size of before: compressed data, for one.
    pub exact: bool,
    /// The type of its elements.
    pub element: Element,
    /// The size of the image that it is, where the step before in a pipeline has said so.
    pub pixels: Option<Pixels>,
}

impl Shape {
    /// So many bytes of no declared type.
    pub const fn bytes(length: usize) -> Self {
        Shape { length, exact: true, element: Element::Untyped, pixels: None }
    }

    /// So many elements; None where no memory could hold them.
    pub fn elements(element: Element, count: usize) -> Option<Self> {
        let length = count.checked_mul(element.size()).filter(|bytes| *bytes <= isize::MAX as usize)?;
        Some(Shape { length, exact: true, element, pixels: None })
    }

    /// At most so many bytes of no declared type.
    pub const fn at_most(length: usize) -> Self {
        Shape { length, exact: false, element: Element::Untyped, pixels: None }
    }

    /// How many elements of this type it holds; an error where it holds others, or a part of one.
    pub fn count(&self, kernel: &str, element: Element) -> Result<usize> {
        if self.element != element && self.element != Element::Untyped {
            let message = format!(
                "{kernel}: the input must be a {} (or an ArrayBuffer, DataView or Buffer of its bytes), got a {}",
                element.view(),
                self.element.view()
            );
            return Err(Error::new(ErrorCode::KernelInput, message));
        }
        if !self.length.is_multiple_of(element.size()) {
            let message = format!(
                "{kernel}: the input must be whole elements of {} bytes, got {} bytes",
                element.size(),
                self.length
            );
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        Ok(self.length / element.size())
    }

    /// The size of the image that it holds: of the parameters `width` and `height`, else of the step before in a
    /// pipeline. An error where there is neither, or where the bytes do not suit it.
    pub fn pixels(&self, kernel: &str, arguments: &Arguments) -> Result<Pixels> {
        let given = (arguments.integer("width"), arguments.integer("height"));
        let pixels = match (given, self.pixels) {
            ((Some(width), Some(height)), _) => Pixels { width: width as usize, height: height as usize },
            ((None, None), Some(pixels)) => pixels,
            _ => {
                let message = format!(
                    "{kernel}: width and height are needed; only in a pipeline, behind a step on an image, they may be \
                     left out"
                );
                return Err(Error::new(ErrorCode::KernelParameter, message));
            }
        };
        if !matches!(self.element, Element::Untyped | Element::U8) {
            let message = format!("{kernel}: the input must be bytes (RGBA), got a {}", self.element.view());
            return Err(Error::new(ErrorCode::KernelInput, message));
        }
        if pixels.bytes() != Some(self.length) {
            let Pixels { width, height } = pixels;
            let message = format!(
                "{kernel}: an RGBA image of {width} x {height} pixels has {} bytes, got {}",
                width as u128 * height as u128 * 4,
                self.length
            );
            return Err(Error::new(ErrorCode::KernelRange, message));
        }
        Ok(pixels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javascript_counts_the_elements_as_they_are_declared() {
        for (place, element) in Element::ALL.into_iter().enumerate() {
            assert_eq!(element as usize, place);
        }
    }

    #[test]
    fn counts_whole_elements_of_the_right_type() {
        let floats = Shape::elements(Element::F32, 3).unwrap();
        assert_eq!(floats.count("k", Element::F32).unwrap(), 3);
        assert_eq!(Shape::bytes(12).count("k", Element::F32).unwrap(), 3);
        assert_eq!(Shape::bytes(13).count("k", Element::F32).unwrap_err().code, ErrorCode::KernelRange);
        let error = floats.count("k", Element::U32).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelInput);
        assert!(error.message.contains("Uint32Array") && error.message.contains("Float32Array"), "{error}");
        assert_eq!(Shape::elements(Element::F64, usize::MAX / 4), None);
    }

    #[test]
    fn an_image_needs_a_size_and_bytes_that_suit_it() {
        let shape = Shape { pixels: Some(Pixels { width: 2, height: 3 }), ..Shape::bytes(24) };
        assert_eq!(shape.pixels("k", &Arguments::default()).unwrap(), Pixels { width: 2, height: 3 });
        let lost = Shape::bytes(24).pixels("k", &Arguments::default()).unwrap_err();
        assert_eq!(lost.code, ErrorCode::KernelParameter);
        let short = Shape { length: 23, ..shape }.pixels("k", &Arguments::default()).unwrap_err();
        assert_eq!(short.code, ErrorCode::KernelRange);
        let floats = Shape { element: Element::F32, ..shape }.pixels("k", &Arguments::default()).unwrap_err();
        assert_eq!(floats.code, ErrorCode::KernelInput);
        assert_eq!(Pixels { width: usize::MAX, height: 2 }.bytes(), None);
    }
}
