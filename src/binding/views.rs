//! Memory that JavaScript lends to the scheduler: typed arrays that stay where they are and are kept referenced.
//!
//! A [`View`] holds a napi reference to its typed array, so the memory lives as long as the view or the environment,
//! whichever ends first; no native thread of ours touches it, only calls that come from that environment. The control
//! words and the submission buffer are `SharedArrayBuffer`s which the main thread and every worker reference on their own:
//! a call that is under way on one of these threads keeps them alive by itself.

use crate::bulk;
use crate::error::{Error, ErrorCode, Result};
use crate::scheduler::control::{Control, Word};
use crate::scheduler::submission::SubmissionBuffer;
use napi::bindgen_prelude::{Int32Array, Uint8Array};
use napi_derive::napi;
use std::ptr::NonNull;

/// Bytes or words lent by JavaScript, used by one environment's thread only.
pub struct View<A> {
    /// Keeps the memory referenced.
    _array: A,
    start: NonNull<u8>,
    bytes: usize,
}

impl View<Uint8Array> {
    /// Takes a byte array of at least `least` bytes.
    pub fn bytes(mut array: Uint8Array, least: usize) -> Result<Self> {
        // SAFETY: only the address and the length are taken here; how the bytes are used is argued at each use.
        let slice = unsafe { array.as_mut() };
        let (start, bytes) = (slice.as_mut_ptr(), slice.len());
        if bytes < least {
            return Err(too_small(bytes, least));
        }
        let start = NonNull::new(start).ok_or_else(|| too_small(0, least))?;
        Ok(Self { _array: array, start, bytes })
    }

    /// The bytes, for a call on the environment's own thread.
    pub fn slice(&mut self) -> &mut [u8] {
        // SAFETY: the array is private to rockpool's JavaScript, which runs on this thread and therefore not during
        // this call; it is neither resizable nor ever transferred, so address and length still hold.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.bytes) }
    }
}

impl View<Int32Array> {
    /// Takes an array of at least `least` 32-bit words.
    pub fn words(mut array: Int32Array, least: usize) -> Result<Self> {
        // SAFETY: only the address and the length are taken here; how the words are used is argued at each use.
        let slice = unsafe { array.as_mut() };
        let (start, words) = (slice.as_mut_ptr(), slice.len());
        if words < least {
            return Err(too_small(words * 4, least * 4));
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| too_small(0, least * 4))?;
        Ok(Self { _array: array, start, bytes: words * 4 })
    }

    /// Word `index` of an array that only this thread uses.
    pub fn get(&self, index: usize) -> u32 {
        assert!(index * 4 < self.bytes);
        // SAFETY: inside the array by the assertion, aligned since it is an Int32Array, private to this thread.
        unsafe { self.start.cast::<u32>().add(index).read() }
    }

    /// Writes word `index` of an array that only this thread uses.
    pub fn set(&mut self, index: usize, value: u32) {
        assert!(index * 4 < self.bytes);
        // SAFETY: as in `get`.
        unsafe { self.start.cast::<u32>().add(index).write(value) }
    }

    /// Reads word 0 of an array that other threads change by atomic operations.
    pub fn load(&self) -> i32 {
        // SAFETY: `words` saw at least one word; AtomicI32 has the layout of i32, and nobody writes it non-atomically.
        unsafe { self.start.cast::<std::sync::atomic::AtomicI32>().as_ref() }.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// The control words that this array shares.
    pub fn control(&self) -> Control {
        assert!(self.bytes >= Word::COUNT * 4);
        // SAFETY: large enough by the assertion, zeroed and aligned since JavaScript made it as an Int32Array of a new
        // SharedArrayBuffer; valid during every call as this file's introduction argues.
        unsafe { Control::from_raw(self.start.cast()) }
    }
}

impl View<Uint8Array> {
    /// The submission buffer that this array shares.
    pub fn submission(&self) -> SubmissionBuffer {
        // SAFETY: `bytes` bytes from `start`, valid during every call as this file's introduction argues.
        unsafe { SubmissionBuffer::from_raw(self.start, self.bytes) }
    }
}

/// Copies all of `from` to the start of `to`.
#[napi(catch_unwind)]
pub fn copy_bytes(mut to: Uint8Array, from: Uint8Array) -> napi::Result<(), ErrorCode> {
    let (given, needed) = (to.len(), from.len());
    // SAFETY: `to` is new memory that only the calling JavaScript knows, and that waits for this call to return; it is
    // not `from`, whose owner waits as well.
    let target = unsafe { to.as_mut() }.get_mut(..needed).ok_or_else(|| too_small(given, needed))?;
    bulk::copy(target, &from);
    Ok(())
}

fn too_small(bytes: usize, least: usize) -> Error {
    Error::new(ErrorCode::BadView, format!("a view of {bytes} bytes was given where {least} are needed"))
}

impl From<Error> for napi::Error<ErrorCode> {
    fn from(error: Error) -> Self {
        napi::Error::new(error.code, error.message)
    }
}
