//! The control words: a handful of 32-bit integers that JavaScript and Rust share.
//!
//! They live in a `SharedArrayBuffer`, so that the main thread publishes a task, and learns whether somebody must be
//! woken for it, without a native call. Everything else about the pool stands behind the scheduler's lock. Words that
//! are written by different sides, or at a different pace, lie on cache lines of their own.

use super::sync::{AtomicI32, Ordering};

/// The index of a control word. The order is part of the interface with JavaScript, which reads it from
/// [`Word::TABLE`] at load time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Word {
    /// Bytes of the staging area that hold published records. Written by the main thread.
    StagedTail = 0,
    /// Tasks that were ever staged, modulo 2^32. Written by the main thread.
    Submitted = 1,
    /// Of these, the abortable ones, which need a worker of their own. Written by the main thread.
    SubmittedAbortable = 2,
    /// Bytes of the staging area that were moved to the queue. Written under the lock.
    StagedHead = 16,
    /// Staged tasks that have left the queue, by a worker's take or by an abort. Written under the lock.
    Taken = 17,
    /// Of these, the abortable ones. Written under the lock.
    TakenAbortable = 18,
    /// `Taken`, plus the tasks that the live workers, booting ones included, could start besides what they run; modulo
    /// 2^32. So `Capacity - Submitted` is the room for more tasks, as one load. Written under the lock.
    Capacity = 19,
    /// 1 while the queue behind the staging area holds a record. Written under the lock.
    Queued = 20,
    /// Workers that wait for a task, do not look for one and have not been notified. Written under the lock.
    Sleeping = 32,
    /// Workers that look for a task in a loop. Written under the lock.
    Spinning = 33,
    /// Whether whoever adds a note to the outbox rings: one of the constants in `outbox.rs`.
    Bell = 48,
    /// 1 while the outbox may hold notes that the main thread has not read.
    Notes = 49,
}

impl Word {
    /// Every word with its name in JavaScript.
    pub const TABLE: [(&'static str, Word); 12] = [
        ("STAGED_TAIL", Word::StagedTail),
        ("SUBMITTED", Word::Submitted),
        ("SUBMITTED_ABORTABLE", Word::SubmittedAbortable),
        ("STAGED_HEAD", Word::StagedHead),
        ("TAKEN", Word::Taken),
        ("TAKEN_ABORTABLE", Word::TakenAbortable),
        ("CAPACITY", Word::Capacity),
        ("QUEUED", Word::Queued),
        ("SLEEPING", Word::Sleeping),
        ("SPINNING", Word::Spinning),
        ("BELL", Word::Bell),
        ("NOTES", Word::Notes),
    ];

    /// How many words the shared memory must hold.
    pub const COUNT: usize = 64;
}

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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_word_lies_inside_the_shared_memory_and_none_twice() {
        let mut seen = std::collections::HashSet::new();
        for (name, word) in Word::TABLE {
            assert!((word as usize) < Word::COUNT, "{name}");
            assert!(seen.insert(word as usize), "{name}");
        }
    }

    #[test]
    fn words_that_the_main_thread_writes_share_no_cache_line_with_words_that_workers_write() {
        let line = |word: Word| word as usize * 4 / 64;
        for main in [Word::StagedTail, Word::Submitted, Word::SubmittedAbortable] {
            for worker in [Word::StagedHead, Word::Taken, Word::Capacity, Word::Queued, Word::Sleeping, Word::Spinning]
            {
                assert_ne!(line(main), line(worker));
            }
        }
        assert_ne!(
            line(Word::Taken),
            line(Word::Sleeping),
            "what changes with every take is apart from what every run() reads"
        );
    }
}
