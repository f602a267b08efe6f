//! The control words: a handful of 32-bit integers that JavaScript and Rust share.
//!
//! They live in a `SharedArrayBuffer`, so that the main thread publishes a task, and learns whether somebody must be
//! woken for it, without a native call. Everything else about the pool stands behind the scheduler's lock. The words are
//! listed in [`words`](crate::protocol::words).

use super::sync::{AtomicI32, Ordering};
pub use crate::protocol::words::Word;

/// The control words of one pool.
pub struct Control {
    words: Words,
}

enum Words {
    Owned(Box<[AtomicI32]>),
    #[cfg(not(loom))]
    Shared(std::ptr::NonNull<AtomicI32>),
}

// SAFETY: the words are atomics, and `from_raw` asks its caller to keep the memory valid for every thread that calls
// the pool; nothing here depends on which thread that is.
#[cfg(not(loom))]
unsafe impl Send for Control {}
// SAFETY: as above; a shared reference only hands out shared references to atomics.
#[cfg(not(loom))]
unsafe impl Sync for Control {}

impl Control {
    /// Words in memory of their own, for tests and models.
    pub fn owned() -> Self {
        let count = if cfg!(loom) { Word::COUNT / 16 * 5 } else { Word::COUNT };
        Self { words: Words::Owned((0..count).map(|_| AtomicI32::new(0)).collect()) }
    }

    /// Words in memory that JavaScript shares.
    ///
    /// # Safety
    /// `words` must point to [`Word::COUNT`] zeroed, 4-byte aligned words that stay valid whenever a thread is inside
    /// a call of the pool, and that others change by atomic operations only.
    #[cfg(not(loom))]
    pub unsafe fn from_raw(words: std::ptr::NonNull<i32>) -> Self {
        Self { words: Words::Shared(words.cast()) }
    }

    fn word(&self, word: Word) -> &AtomicI32 {
        match &self.words {
            #[cfg(not(loom))]
            Words::Owned(words) => &words[word as usize],
            // Models make their words anew for every execution: fewer of them, in the same order.
            #[cfg(loom)]
            Words::Owned(words) => &words[word as usize / 16 * 5 + word as usize % 16],
            // SAFETY: `from_raw` was promised `Word::COUNT` valid words, and every discriminant is below that (a test
            // holds it); AtomicI32 has the layout of i32.
            #[cfg(not(loom))]
            Words::Shared(words) => unsafe { words.add(word as usize).as_ref() },
        }
    }

    /// Reads a word. All operations on control words are sequentially consistent, as JavaScript's `Atomics` are: the
    /// park protocol depends on one order that both sides agree on (see the README of this folder).
    pub fn load(&self, word: Word) -> i32 {
        #[cfg(not(loom))]
        return self.word(word).load(Ordering::SeqCst);
        // Loom takes SeqCst for AcqRel, except in fences. A read-modify-write always meets the newest value, which is
        // what a load does where every operation is sequentially consistent.
        #[cfg(loom)]
        return self.word(word).fetch_add(0, Ordering::Acquire);
    }

    /// Writes a word.
    pub fn store(&self, word: Word, value: i32) {
        #[cfg(not(loom))]
        self.word(word).store(value, Ordering::SeqCst);
        // As in `load`.
        #[cfg(loom)]
        self.word(word).swap(value, Ordering::Release);
    }

    /// Adds to a word, modulo 2^32.
    pub fn add(&self, word: Word, value: i32) {
        self.word(word).fetch_add(value, Ordering::SeqCst);
    }

    /// Writes a word and returns what it held.
    pub fn swap(&self, word: Word, value: i32) -> i32 {
        self.word(word).swap(value, Ordering::SeqCst)
    }
}
