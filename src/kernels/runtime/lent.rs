//! Bytes that somebody else owns, and has lent.

use super::shared::Claim;
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;

/// A stretch of memory that somebody else owns and has lent for as long as this value lives.
///
/// Dropping it gives the bytes back: a call drops it before it tells its observer that it has finished, and nothing
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
