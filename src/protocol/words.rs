//! The words that Rust and JavaScript share. What they promise stands in the README of the scheduler.

table! {
    /// Indices of the control words. Those that are written by different sides, or at a different pace, lie on cache
    /// lines of their own.
    enum Word: usize as "words" {
        /// Bytes of the submission buffer that hold published records. Written by the main thread.
        StagedTail = 0,
        /// Tasks that were ever published, modulo 2^32. Written by the main thread.
        Submitted = 1,
        /// Of these, the abortable ones, which need a worker of their own. Written by the main thread.
        SubmittedAbortable = 2,
        /// Bytes of the submission buffer that were moved to the queue. Written under the lock.
        StagedHead = 16,
        /// Published tasks that have left the queue, by a worker's take or by an abort. Written under the lock.
        Taken = 17,
        /// Of these, the abortable ones. Written under the lock.
        TakenAbortable = 18,
        /// `TAKEN`, plus the tasks that the live workers, booting ones included, could start besides what they run;
        /// modulo 2^32. So `CAPACITY - SUBMITTED` is the room for more tasks, as one load. Written under the lock.
        Capacity = 19,
        /// 1 while the queue behind the submission buffer holds a record. Written under the lock.
        Queued = 20,
        /// Workers that wait for a task, do not look for one and have not been notified. Written under the lock.
        Sleeping = 32,
        /// Workers that look for a task in a loop. Written under the lock.
        Spinning = 33,
        /// Whether a new note is rung for: one of `bells`.
        Bell = 48,
        /// 1 while there may be notes that the main thread has not read.
        Notes = 49,
    }
}

impl Word {
    /// How many words the shared memory must hold.
    pub const COUNT: usize = super::limits::limit::WORDS;
}

table! {
    /// Values of the word `BELL`.
    mod bell: i32 as "bells" {
        /// Every new note is rung for.
        RING = 0,
        /// The main thread will look by itself, or a ring is on its way.
        SILENT = 1,
        /// The main thread sleeps for a millisecond or two and will look then. Only urgent notes are rung for.
        NAPS = 2,
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_word_lies_inside_the_shared_memory_and_none_twice() {
        let mut seen = std::collections::HashSet::new();
        for entry in Word::TABLE.entries {
            assert!((entry.value as usize) < Word::COUNT, "{}", entry.name);
            assert!(seen.insert(entry.value as usize), "{}", entry.name);
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
