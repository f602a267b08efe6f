//! The three ways of working on lent bytes.

use super::lent::Bytes;
use super::output::Output;
use crate::error::{Error, ErrorCode, Result};
use bytemuck::Pod;

/// How a kernel works on the bytes it is lent; the later ones ask for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryUse {
    /// It only reads them; its result is a value.
    Value,
    /// It transforms them where they lie.
    InPlace,
    /// It reads them and writes an output of another size.
    Output,
}

impl MemoryUse {
    /// The word for it in `kernels.list()`.
    pub const fn as_str(self) -> &'static str {
        match self {
            MemoryUse::Value => "value",
            MemoryUse::InPlace => "in place",
            MemoryUse::Output => "output",
        }
    }
}

/// Ties a [`MemoryUse`] to what a step is given, so that a kernel cannot declare one and do another.
pub trait MemoryKind {
    /// Which of the three.
    const USE: MemoryUse;
    /// What a step is given.
    type Lent<'a>;
    /// Lends a call's memory to one step.
    fn lend<'a>(input: Bytes<'a>, output: &'a mut Output) -> Self::Lent<'a>;
}

/// The kernel reads: a step is given `&[u8]`.
#[derive(Debug)]
pub enum Reads {}

impl MemoryKind for Reads {
    const USE: MemoryUse = MemoryUse::Value;
    type Lent<'a> = &'a [u8];
    fn lend<'a>(input: Bytes<'a>, _: &'a mut Output) -> &'a [u8] {
        input.read()
    }
}

/// The kernel transforms in place: a step is given `&mut [u8]`.
#[derive(Debug)]
pub enum InPlace {}

impl MemoryKind for InPlace {
    const USE: MemoryUse = MemoryUse::InPlace;
    type Lent<'a> = &'a mut [u8];
    fn lend<'a>(input: Bytes<'a>, _: &'a mut Output) -> &'a mut [u8] {
        input.write()
    }
}

/// The kernel produces: a step is given an [`InputOutput`].
#[derive(Debug)]
pub enum Produces {}

/// What a producing kernel works on.
#[derive(Debug)]
pub struct InputOutput<'a> {
    /// The caller's bytes.
    pub input: &'a [u8],
    /// Where the result goes, the same at every step.
    pub output: &'a mut Output,
}

impl MemoryKind for Produces {
    const USE: MemoryUse = MemoryUse::Output;
    type Lent<'a> = InputOutput<'a>;
    fn lend<'a>(input: Bytes<'a>, output: &'a mut Output) -> InputOutput<'a> {
        InputOutput { input: input.read(), output }
    }
}

/// Bytes as the numbers that they are; an error where they do not lie as such numbers must (a view of memory of an
/// addon, for one, may begin anywhere) or end in the middle of one.
pub fn numbers<T: Pod>(bytes: &[u8]) -> Result<&[T]> {
    if bytes.is_empty() {
        // Of no bytes the address does not matter, and may be anything.
        return Ok(&[]);
    }
    bytemuck::try_cast_slice(bytes).map_err(|_| misaligned::<T>(bytes))
}

/// The same for writing.
pub fn numbers_mut<T: Pod>(bytes: &mut [u8]) -> Result<&mut [T]> {
    // Asked for first: what is returned from a match borrows for the whole function.
    if numbers::<T>(bytes)?.is_empty() {
        return Ok(&mut []);
    }
    Ok(bytemuck::cast_slice_mut(bytes))
}

fn misaligned<T>(bytes: &[u8]) -> Error {
    let size = size_of::<T>();
    let message = format!(
        "{} bytes at an address that is {} beyond a multiple of {size} are no numbers of {size} bytes",
        bytes.len(),
        bytes.as_ptr().addr() % size
    );
    Error::new(ErrorCode::KernelInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::runtime::lent::LentBytes;

    #[test]
    fn numbers_lie_where_numbers_may() {
        let mut words = [1u32, 2, 3];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut words);
        assert_eq!(numbers::<u32>(bytes).unwrap(), [1, 2, 3]);
        numbers_mut::<u32>(bytes).unwrap()[1] = 7;
        for wrong in [&bytes[1..5], &bytes[..6], &bytes[2..10]] {
            assert_eq!(numbers::<u32>(wrong).unwrap_err().code, ErrorCode::KernelInput);
        }
        assert!(numbers::<f64>(&[]).unwrap().is_empty());
        assert_eq!(words, [1, 7, 3]);
    }

    #[test]
    fn memory_that_is_nowhere_is_empty() {
        // SAFETY: a null pointer stands for no bytes at all.
        let mut lent = unsafe { LentBytes::new(std::ptr::null_mut(), 0) };
        assert!(lent.is_empty());
        assert_eq!(Reads::lend(lent.bytes(), &mut Output::own()), &[] as &[u8]);
    }
}
