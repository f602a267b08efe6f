//! Bytes lent by JavaScript and the three ways of working on them.

use crate::error::{Error, ErrorCode, Result};
use std::alloc::Layout;
use std::ptr::NonNull;

/// A stretch of memory that somebody else owns and has lent for as long as this value lives.
///
/// Dropping it gives the bytes back: a task drops it before it tells its observer that it has finished, and nothing
/// copies it. So "no thread touches the bytes after the completion was announced" holds by construction.
#[derive(Debug)]
pub struct LentBytes {
    start: NonNull<u8>,
    length: usize,
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
    /// never an address: no kernel uses bytes of its input as an index without checking it.
    pub unsafe fn new(start: *mut u8, length: usize) -> Self {
        match NonNull::new(start) {
            Some(start) => LentBytes { start, length },
            // An empty ArrayBuffer may have no memory at all.
            None => LentBytes { start: NonNull::dangling(), length: 0 },
        }
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

    fn bytes(&self) -> &[u8] {
        // SAFETY: `new` was promised that these bytes are allocated, initialised and written by nobody else while
        // `self` lives, and the slice borrows `self`. One allocation of V8 is far shorter than `isize::MAX`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; `new` was also promised that nobody else reads what a kernel writes, and the slice
        // borrows `self` mutably, so it is the only one.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

/// How a kernel works on the bytes it is lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    fn lend<'a>(input: &'a mut LentBytes, output: &'a mut [u8]) -> Self::Lent<'a>;
}

/// The kernel reads: a step is given `&[u8]`.
#[derive(Debug)]
pub enum Reads {}

impl MemoryKind for Reads {
    const USE: MemoryUse = MemoryUse::Value;
    type Lent<'a> = &'a [u8];
    fn lend<'a>(input: &'a mut LentBytes, _: &'a mut [u8]) -> &'a [u8] {
        input.bytes()
    }
}

/// The kernel transforms in place: a step is given `&mut [u8]`.
#[derive(Debug)]
pub enum InPlace {}

impl MemoryKind for InPlace {
    const USE: MemoryUse = MemoryUse::InPlace;
    type Lent<'a> = &'a mut [u8];
    fn lend<'a>(input: &'a mut LentBytes, _: &'a mut [u8]) -> &'a mut [u8] {
        input.bytes_mut()
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
    /// [`output_length`](super::Kernel::output_length) bytes, zeros at first, the same ones at every step.
    pub output: &'a mut [u8],
}

impl MemoryKind for Produces {
    const USE: MemoryUse = MemoryUse::Output;
    type Lent<'a> = InputOutput<'a>;
    fn lend<'a>(input: &'a mut LentBytes, output: &'a mut [u8]) -> InputOutput<'a> {
        InputOutput { input: input.bytes(), output }
    }
}

/// `length` bytes of zeros that cost nothing before they are written to; an error where there is not that much memory
/// (a plain `vec![0; length]` would end the process).
pub(super) fn zeros(length: usize) -> Result<Vec<u8>> {
    let no_memory = || {
        let message = format!("no memory for an output of {length} bytes");
        Error::new(ErrorCode::KernelRange, message)
    };
    let layout = Layout::array::<u8>(length).map_err(|_| no_memory())?;
    if length == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the layout is not of size zero.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    if start.is_null() {
        return Err(no_memory());
    }
    // SAFETY: `start` was just allocated by the global allocator with the layout of `length` bytes of alignment 1,
    // which is what a Vec<u8> of this capacity frees it with, and all of them are initialised (to zero).
    Ok(unsafe { Vec::from_raw_parts(start, length, length) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_no_memory_holds_is_an_error() {
        assert_eq!(zeros(usize::MAX).unwrap_err().code, ErrorCode::KernelRange);
        assert_eq!(zeros(isize::MAX as usize).unwrap_err().code, ErrorCode::KernelRange);
        assert_eq!(zeros(3).unwrap(), [0, 0, 0]);
        assert!(zeros(0).unwrap().is_empty());
    }

    #[test]
    fn memory_that_is_nowhere_is_empty() {
        // SAFETY: a null pointer stands for no bytes at all.
        let mut lent = unsafe { LentBytes::new(std::ptr::null_mut(), 0) };
        assert!(lent.is_empty());
        assert_eq!(Reads::lend(&mut lent, &mut []), &[] as &[u8]);
    }
}
