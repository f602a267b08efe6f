//! A slot: the scheduler's side of one Worker.

use crate::protocol::limits::limit::WORKERS_MAX;
use crate::protocol::record::{Flags, Header, TaskId};
use std::collections::VecDeque;

/// What the Worker of a slot does, as far as the scheduler can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// No Worker. The slot may be given to the next one.
    #[default]
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
    InEventLoop,
    /// It has room, but the oldest task is abortable and needs a worker of its own. Whoever takes that task wakes it.
    Blocked,
    /// It was idle and has been chosen for a wake-up that is on its way. Nobody chooses it again.
    Notified,
    /// It finishes what it runs, and takes nothing more.
    Draining,
    /// It is to end. It takes nothing more, and what it reports is dropped.
    Retired,
}

impl Phase {
    /// Waits for a task and has not been told of one.
    pub fn is_idle(self) -> bool {
        matches!(self, Phase::Spinning | Phase::Parked | Phase::InEventLoop)
    }

    /// Searches: counts in the control word `Spinning`.
    pub(crate) fn is_spinning(self) -> bool {
        self == Phase::Spinning
    }

    /// Waits and finds nothing by itself: counts in the control word `Sleeping`.
    pub(crate) fn sleeps(self) -> bool {
        matches!(self, Phase::Parked | Phase::InEventLoop)
    }

    /// Takes a task at once that it is told of: no code of the user's comes before.
    pub(crate) fn takes_at_once(self) -> bool {
        matches!(self, Phase::Spinning | Phase::Parked)
    }

    /// Has a Worker whose reports count.
    pub fn is_live(self) -> bool {
        !matches!(self, Phase::Vacant | Phase::Retired)
    }

    /// Has a Worker that may still take tasks.
    pub fn takes(self) -> bool {
        self.is_live() && self != Phase::Draining
    }

    /// Whether a slot may go from this phase to `next`.
    fn leads_to(self, next: Phase) -> bool {
        match next {
            Phase::Vacant => self == Phase::Retired,
            Phase::Booting => self == Phase::Vacant,
            Phase::Active => self.takes(),
            // It may report while others of its lanes wait.
            Phase::Turning | Phase::Draining => self.takes() && self != Phase::Booting,
            Phase::Spinning | Phase::Blocked => self == Phase::Active,
            Phase::Parked => matches!(self, Phase::Active | Phase::Spinning),
            Phase::InEventLoop => matches!(self, Phase::Active | Phase::Spinning | Phase::Blocked),
            Phase::Notified => self.is_idle(),
            Phase::Retired => self.is_live(),
        }
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

/// With more room than this a worker counts as one that has this much, so that the sum fits a word.
const ROOM_MAX: usize = (1 << 30) / WORKERS_MAX;

/// One worker's place in the scheduler.
#[derive(Default)]
pub(crate) struct Slot {
    phase: Phase,
    /// Tasks that the worker has taken and not reported.
    pub(crate) running: Vec<Running>,
    /// Records that the main thread gave to this worker and no other.
    pub(crate) inbox: VecDeque<Vec<u8>>,
    /// Counts as ready from the start, as the first workers of a pool do.
    pub(crate) warm: bool,
    /// Its thread was told to end, by somebody else: it is given nothing more.
    pub(crate) leaving: bool,
    /// The abortable task that a retired worker was ended with. What became of it may be asked until the thread is gone.
    pub(crate) ended_with: Option<TaskId>,
}

/// What a retired worker had. Every task in here is settled, or started elsewhere, by whoever retires.
#[derive(Debug, Default, PartialEq)]
#[must_use = "these tasks have no worker any more"]
pub struct Abandoned {
    /// What it has taken and will not finish, in the order in which it was taken.
    pub running: Vec<TaskId>,
    /// The records that it has not taken, oldest first: others can start these.
    pub untaken: Vec<Vec<u8>>,
}

/// What became of a worker that is to take nothing more.
#[derive(Debug, Default, PartialEq)]
#[must_use = "these tasks have no worker any more"]
pub struct Drain {
    /// The records that it has not taken, oldest first: others can start these.
    pub untaken: Vec<Vec<u8>>,
    /// Whether it is retired: it had nothing to finish.
    pub is_retired: bool,
}

impl Slot {
    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    /// Changes the phase and returns the one before. Only `pool/phases.rs` calls this, which keeps the list of idle slots
    /// and the control words in step.
    pub(super) fn change_phase(&mut self, next: Phase) -> Phase {
        let old = std::mem::replace(&mut self.phase, next);
        assert!(old == next || old.leads_to(next), "a slot does not go from {old:?} to {next:?}");
        old
    }

    /// What the worker adds to the room of the pool: no more than would make the sum overflow.
    pub(crate) fn room(&self, concurrency: usize) -> usize {
        self.free(concurrency).min(ROOM_MAX)
    }

    /// How many more tasks the worker could start, if it runs up to `concurrency` at once.
    pub(crate) fn free(&self, concurrency: usize) -> usize {
        if !self.is_open() || self.has_exclusive() {
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

    /// Whether the worker may be counted on for more tasks.
    pub(crate) fn is_open(&self) -> bool {
        self.phase.takes() && !self.leaving
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

    /// Every task that this worker has and will not finish.
    pub(crate) fn abandon(&mut self) -> Abandoned {
        for task in &self.running {
            if task.flags.has(Flags::ABORTABLE) {
                self.ended_with = Some(task.id);
            }
        }
        Abandoned { running: self.running.drain(..).map(|task| task.id).collect(), untaken: self.hand_over() }
    }

    /// The records that the worker has not taken.
    pub(crate) fn hand_over(&mut self) -> Vec<Vec<u8>> {
        self.inbox.drain(..).map(Header::unsent).collect()
    }

    /// Takes a record out of the inbox, if the worker has not done so.
    pub(crate) fn withdraw(&mut self, id: TaskId) -> Option<Vec<u8>> {
        let is_it = |record: &Vec<u8>| Header::read(record).is_some_and(|header| header.id == id);
        let at = self.inbox.iter().position(is_it)?;
        self.inbox.remove(at)
    }

    /// Whether one of its tasks shares the worker with no other.
    pub(crate) fn has_exclusive(&self) -> bool {
        let abortable = |flags: Flags| flags.has(Flags::ABORTABLE);
        self.running.iter().any(|task| abortable(task.flags))
            || self.inbox.iter().any(|record| Header::read(record).is_some_and(|header| abortable(header.flags)))
    }
}
