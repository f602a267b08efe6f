//! Answers of native calls that fit one number.

table! {
    /// How a worker is told of a task. With `NONE` and `NOTIFY` nothing can come between the worker and the task.
    enum Wakeup: i32 as "wakeups" {
        /// It searches, and will find it by itself.
        None = 0,
        /// Change its wake word and notify.
        Notify = 1,
        /// Post it a message. It comes when its event loop lets it.
        Message = 2,
        /// It is busy, or boots, and will ask in its own time.
        Later = 3,
    }
}

table! {
    /// How a slot and a wake-up share a number, where there is no slot, and how an abort found its task where that runs
    /// in no slot.
    mod answer: i32 as "answers" {
        /// No worker.
        NOBODY = -1,
        /// Bits of the wake-up; those above are the slot.
        WAKEUP_BITS = 2,
        /// An abort: the task had not started and never will.
        ABORT_QUEUED = -1,
        /// An abort: the task has ended, and its result is on the way.
        ABORT_TOO_LATE = -2,
    }
}

/// How an abort found its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum AbortOutcome {
    /// It had not started and never will.
    Queued,
    /// It runs on this slot, which can take nothing more; the worker is to be terminated.
    Running(usize),
    /// It has ended: its result is on the way.
    TooLate,
}

impl AbortOutcome {
    /// The slot where the task runs, or one of the numbers in [`answer`].
    pub fn to_number(self) -> i32 {
        match self {
            AbortOutcome::Queued => answer::ABORT_QUEUED,
            AbortOutcome::TooLate => answer::ABORT_TOO_LATE,
            AbortOutcome::Running(slot) => slot as i32,
        }
    }
}

/// A worker that was chosen, and how to tell it, as one number.
pub fn chosen(worker: Option<(usize, Wakeup)>) -> i32 {
    worker.map_or(answer::NOBODY, |(slot, wakeup)| (slot as i32) << answer::WAKEUP_BITS | wakeup as i32)
}
