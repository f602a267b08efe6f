//! What has become of abortable tasks.
//!
//! A fate is kept as long as somebody may ask for it, and no longer: from the take of a task until the main thread has
//! read how it ended, or until the thread that it was ended with is gone; and of a task that was aborted in the queue
//! until its dead record has left that. So there are never more fates than unsettled tasks and dead records.

use crate::protocol::record::TaskId;
use rustc_hash::FxHashMap;

/// Room for this many fates is kept.
const KEEP: usize = 1024;

/// What is known of an abortable task that was taken or aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// A worker has it. The number is the slot.
    Running(u32),
    /// Nothing will come of it: its record is dead, its worker may take nothing more.
    Aborted,
    /// It has ended by itself. The main thread may not have read of it.
    Done,
}

/// The fates of all abortable tasks that have one.
#[derive(Default)]
pub(crate) struct Fates {
    by_task: FxHashMap<TaskId, Fate>,
}

impl Fates {
    pub(crate) fn get(&self, id: TaskId) -> Option<Fate> {
        self.by_task.get(&id).copied()
    }

    pub(crate) fn set(&mut self, id: TaskId, fate: Fate) {
        self.by_task.insert(id, fate);
    }

    /// Nobody will ask any more.
    pub(crate) fn forget(&mut self, id: TaskId) {
        self.by_task.remove(&id);
        // A burst is over: its memory need not stay. Halving pays for itself, like growing.
        let capacity = self.by_task.capacity();
        if capacity > KEEP && self.by_task.len() < capacity / 8 {
            self.by_task.shrink_to(capacity / 2);
        }
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn len(&self) -> usize {
        self.by_task.len()
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn capacity(&self) -> usize {
        self.by_task.capacity()
    }
}
