//! The submission buffer: where the main thread writes tasks without a native call.
//!
//! A stretch of shared memory that is filled from the start. The main thread writes a record behind the published
//! ones and then publishes it by moving [`Word::StagedTail`](super::control::Word). A worker that finds the queue
//! empty, or the main thread when the area is full, moves the published records to the queue, under the lock.

use std::cell::UnsafeCell;

/// Memory that the main thread writes and the scheduler reads.
pub struct SubmissionBuffer {
    memory: Memory,
    /// One for each place where a record may start: loom checks that writes and reads are ordered.
    #[cfg(loom)]
    tracks: Box<[loom::cell::UnsafeCell<()>]>,
}

enum Memory {
    Owned(Box<[UnsafeCell<u8>]>),
    #[cfg(not(loom))]
    Shared(std::ptr::NonNull<u8>, usize),
}

// SAFETY: bytes are read through `published` only, whose caller vouches that nobody writes them meanwhile.
unsafe impl Send for SubmissionBuffer {}
// SAFETY: as above.
unsafe impl Sync for SubmissionBuffer {}

impl SubmissionBuffer {
    /// Memory of its own, for tests and models.
    pub fn owned(size: usize) -> Self {
        Self {
            memory: Memory::Owned((0..size).map(|_| UnsafeCell::new(0)).collect()),
            #[cfg(loom)]
            tracks: (0..size / crate::protocol::record::HEADER).map(|_| loom::cell::UnsafeCell::new(())).collect(),
        }
    }

    /// Memory that JavaScript shares.
    ///
    /// # Safety
    /// `size` bytes from `start` must stay valid whenever a thread is inside a call of the pool.
    #[cfg(not(loom))]
    pub unsafe fn from_raw(start: std::ptr::NonNull<u8>, size: usize) -> Self {
        Self { memory: Memory::Shared(start, size) }
    }

    fn parts(&self) -> (*mut u8, usize) {
        match &self.memory {
            Memory::Owned(bytes) => (UnsafeCell::raw_get(bytes.as_ptr()), bytes.len()),
            #[cfg(not(loom))]
            Memory::Shared(start, size) => (start.as_ptr(), *size),
        }
    }

    /// The bytes from `head` to `tail`. Bounds beyond the area are cut to it.
    ///
    /// # Safety
    /// The caller has seen the publication of everything below `tail`, and nobody writes there while the slice lives.
    pub(crate) unsafe fn published(&self, head: usize, tail: usize) -> &[u8] {
        let (start, size) = self.parts();
        let tail = tail.min(size);
        let head = head.min(tail);
        #[cfg(loom)]
        for track in self.tracks_of(head, tail) {
            track.with(|_| ());
        }
        // SAFETY: inside the area by the two lines above; not written meanwhile by this function's contract.
        unsafe { std::slice::from_raw_parts(start.add(head), tail - head) }
    }

    /// Writes a record at `at`, as JavaScript does; for tests and models.
    ///
    /// # Safety
    /// Only the one thread that publishes may call this, for bytes that are not published.
    #[cfg(test)]
    pub(crate) unsafe fn write(&self, at: usize, record: &[u8]) {
        let (start, size) = self.parts();
        assert!(at + record.len() <= size);
        #[cfg(loom)]
        for track in self.tracks_of(at, at + record.len()) {
            track.with_mut(|_| ());
        }
        // SAFETY: inside the area by the assertion; nobody reads unpublished bytes.
        unsafe { std::ptr::copy_nonoverlapping(record.as_ptr(), start.add(at), record.len()) };
    }

    #[cfg(loom)]
    fn tracks_of(&self, start: usize, end: usize) -> &[loom::cell::UnsafeCell<()>] {
        // No record is smaller than its header, so records that are apart have no track in common.
        &self.tracks[start.div_ceil(crate::protocol::record::HEADER)..end.div_ceil(crate::protocol::record::HEADER)]
    }
}
