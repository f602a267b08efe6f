//! A slot: the scheduler's side of one Worker.

use super::task::{Flags, Header, TaskId};
use std::collections::VecDeque;

/// What the Worker of a slot does, as far as the scheduler can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No Worker. The slot may be given to the next one.
    Vacant,
    /// The Worker's isolate starts, or loads its file. It takes nothing yet.
    Booting,
    /// It runs JavaScript, or is inside a call of the scheduler. It asks for tasks by itself.
    Active,
    /// It has reported, and lets its event loop turn once before it asks, which it does by itself.
    Turning,
    /// It looks for a task in a bounded native loop. It needs no wake-up.
    Spinning,
    /// It sleeps in `Atomics.wait`, or is about to, on a value that a wake-up changes.
    Parked,
    /// It waits in its event loop and has room for a task. A wake-up is a message.
    Looping,
    /// It has room, but the oldest task is abortable and needs a worker of its own. Whoever takes that task wakes it.
    Blocked,
    /// It was idle and has been chosen for a wake-up that is on its way. Nobody chooses it again.
    Notified,
    /// It is to end. It takes nothing more, and what it reports is dropped.
    Retired,
}

impl Phase {
    /// Waits for a task and has not been told of one.
    pub fn is_idle(self) -> bool {
        matches!(self, Phase::Spinning | Phase::Parked | Phase::Looping)
    }

    /// Searches: counts in the control word `Spinning`.
    pub(crate) fn is_spinning(self) -> bool {
        self == Phase::Spinning
    }

    /// Waits and finds nothing by itself: counts in the control word `Sleeping`.
    pub(crate) fn sleeps(self) -> bool {
        matches!(self, Phase::Parked | Phase::Looping)
    }

    /// Has a Worker that may still run tasks.
    pub fn is_live(self) -> bool {
        !matches!(self, Phase::Vacant | Phase::Retired)
    }
}

/// A task that a worker has taken and not finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running {
    pub(crate) id: TaskId,
    pub(crate) flags: Flags,
    pub(crate) created: f64,
    /// Milliseconds of the main thread's clock; `None` where nobody looked at it.
    pub(crate) started: Option<f64>,
}

/// One worker's place in the scheduler.
pub(crate) struct Slot {
    pub(crate) phase: Phase,
    /// Tasks that the worker has taken and not reported.
    pub(crate) running: Vec<Running>,
    /// Records that the main thread gave to this worker and no other.
    pub(crate) inbox: VecDeque<Vec<u8>>,
    /// Counts as ready from the start, as the first workers of a pool do.
    pub(crate) warm: bool,
}

impl Slot {
    pub(crate) fn vacant() -> Self {
        Self { phase: Phase::Vacant, running: Vec::new(), inbox: VecDeque::new(), warm: false }
    }

    /// How many more tasks the worker could start, if it runs up to `concurrency` at once.
    pub(crate) fn free(&self, concurrency: usize) -> usize {
        if !self.phase.is_live() || self.has_exclusive() {
            return 0;
        }
        concurrency.saturating_sub(self.running.len() + self.inbox.len())
    }

    /// Whether the task of `flags` may start beside what runs: an abortable task shares its worker with no other.
    pub(crate) fn admits(&self, flags: Flags, concurrency: usize) -> bool {
        if flags.has(Flags::ABORTABLE) {
            self.running.is_empty()
        } else {
            self.running.len() < concurrency && !self.running.iter().any(|task| task.flags.has(Flags::ABORTABLE))
        }
    }

    /// Tasks that the worker has, or that are on the way to it.
    pub(crate) fn load(&self) -> usize {
        self.running.len() + self.inbox.len()
    }

    /// Whether the worker has neither a task nor one on the way.
    pub(crate) fn is_unused(&self) -> bool {
        self.running.is_empty() && self.inbox.is_empty()
    }

    /// Whether the worker waits, be it for a task or for its event loop, and nothing is on its way to it.
    pub(crate) fn may_retire(&self) -> bool {
        (self.phase.is_idle() || self.phase == Phase::Turning) && self.is_unused()
    }

    /// Removes a task from the running ones.
    pub(crate) fn finish(&mut self, id: TaskId) -> Option<Running> {
        let position = self.running.iter().position(|task| task.id == id)?;
        Some(self.running.swap_remove(position))
    }

    /// Every task that this worker has and will not finish, in the order in which it got them.
    pub(crate) fn abandon(&mut self) -> Vec<TaskId> {
        let running = self.running.drain(..).map(|task| task.id);
        let inbox = self.inbox.drain(..).filter_map(|record| Some(Header::read(&record)?.id));
        running.chain(inbox).collect()
    }

    /// Whether one of its tasks shares the worker with no other.
    pub(crate) fn has_exclusive(&self) -> bool {
        let abortable = |flags: Flags| flags.has(Flags::ABORTABLE);
        self.running.iter().any(|task| abortable(task.flags))
            || self.inbox.iter().any(|record| Header::read(record).is_some_and(|header| abortable(header.flags)))
    }
}
