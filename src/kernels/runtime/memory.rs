//! Bytes lent by JavaScript and the three ways of working on them.

use super::output::Output;
use super::shared::Claim;
use crate::error::{Error, ErrorCode, Result};
use bytemuck::Pod;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;

/// A stretch of memory that somebody else owns and has lent for as long as this value lives.
///
/// Dropping it gives the bytes back: a task drops it before it tells its observer that it has finished, and nothing
/// copies it. So "no thread touches the bytes after the completion was announced" holds by construction.
#[derive(Debug)]
pub struct LentBytes {
    start: NonNull<u8>,
    length: usize,
    /// Of shared memory the claim of the call, which ends with the last of its loans.
    _claim: Option<Arc<Claim>>,
}

// SAFETY: the value is a pointer and a length whose meaning does not depend on a thread; `new` demands that the memory
// may be used from any thread.
unsafe impl Send for LentBytes {}

impl LentBytes {
    /// Lends `length` bytes from `start` on.
    ///
    /// # Safety
    ///
    /// Until the value is dropped the bytes must stay allocated at this address and be initialised, from whichever
    /// thread they are looked at, and nobody else may write to them or, where the kernel writes, read them.
    ///
    /// A SharedArrayBuffer's memory is the one exception that is made knowingly: another thread of JavaScript *can*
    /// write to it meanwhile, and its owner answers for that. What the kernels make of a torn read is a wrong answer,
    /// never an address: no kernel uses bytes of its input as an index without checking it. That no other *call* has it
    /// as well is what its claim is for.
    pub unsafe fn new(start: *mut u8, length: usize) -> Self {
        match NonNull::new(start) {
            Some(start) => LentBytes { start, length, _claim: None },
            // An empty ArrayBuffer may have no memory at all.
            None => LentBytes { start: NonNull::dangling(), length: 0, _claim: None },
        }
    }

    /// The same bytes as part of what a call has claimed.
    pub fn claimed(self, claim: Option<&Arc<Claim>>) -> Self {
        LentBytes { _claim: claim.cloned(), ..self }
    }

    /// Ends the loan.
    pub fn give_back(self) {}

    /// The number of bytes.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The bytes, for a step.
    pub(super) fn bytes(&mut self) -> Bytes<'_> {
        Bytes { start: self.start, length: self.length, lent: PhantomData }
    }

    /// The bytes of a buffer that is written to.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes().write()
    }
}

/// Bytes of which it is still open whether they are read or written. There is no reference before that is known: of the
/// same shared memory several calls may have one to read, and no other beside one to write.
#[derive(Debug)]
pub struct Bytes<'a> {
    start: NonNull<u8>,
    length: usize,
    lent: PhantomData<&'a mut [u8]>,
}

impl<'a> Bytes<'a> {
    /// The bytes, to read.
    pub fn read(self) -> &'a [u8] {
        // SAFETY: they come from a slice that is borrowed for `'a`, or from `LentBytes::new`, which was promised that
        // they are allocated, initialised and written by nobody else, and which `'a` borrows. One allocation of V8 is
        // far shorter than `isize::MAX`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// The bytes, to change.
    pub fn write(self) -> &'a mut [u8] {
        // SAFETY: as in `read`. The borrow for `'a` is exclusive, and where the kernel writes nobody else reads them
        // either, as was promised.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }

    /// The first so many of them.
    pub(super) fn first(self, length: usize) -> Self {
        assert!(length <= self.length, "{length} of {} bytes", self.length);
        Bytes { length, ..self }
    }
}

impl<'a> From<&'a mut [u8]> for Bytes<'a> {
    fn from(bytes: &'a mut [u8]) -> Self {
        Bytes { start: NonNull::from(&mut *bytes).cast(), length: bytes.len(), lent: PhantomData }
    }
}

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
    /// Lends a task's memory to one step.
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
