//! The steps under the lock, which the calls of both sides are made of. They keep the slots, the queue and the control
//! words in step.

use super::super::control::{Control, Word};
use super::super::slot::{Phase, Running};
use super::{Pool, State};
use crate::protocol::answers::Wakeup;
use crate::protocol::record::{Flags, Header, TaskId};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Take {
    Task { header: Header, length: usize, unblocked: bool, started: Option<f64> },
    Nothing,
    Stop,
}

impl Pool {
    /// Moves the staged records to the queue.
    pub(super) fn unload(&self, state: &mut State) {
        let tail = self.control.load(Word::StagedTail);
        let head = self.control.load(Word::StagedHead);
        if tail != head {
            // SAFETY: the main thread published everything below `tail` by a sequentially consistent store, which the
            // load above has seen, and writes there again only after `flush`, which needs the lock that we hold.
            state.queue.append(unsafe { self.submission.published(head as usize, tail as usize) });
            self.control.store(Word::StagedHead, tail);
            self.control.store(Word::Queued, 1);
        }
    }

    /// Whether a task may be waiting that nobody is known to look for.
    pub(super) fn has_tasks(&self, state: &State) -> bool {
        !state.queue.is_empty() || self.control.load(Word::StagedTail) != self.control.load(Word::StagedHead)
    }

    /// Takes the next task for `slot`: from its inbox, else the oldest of the pool. The clock is read once a task is
    /// there: one that has come after the reading would have started before it came.
    pub(super) fn take(&self, state: &mut State, slot: usize, into: &mut [u8], clock: impl Fn() -> f64) -> Take {
        if !state.slots[slot].phase().takes() {
            return Take::Stop;
        }
        self.activate(state, slot);
        let concurrency = self.config.concurrency;
        if let Some(record) = state.slots[slot].inbox.front() {
            let Some(header) = Header::read(record) else { return Take::Nothing };
            if !state.slots[slot].admits(header.flags, concurrency) {
                return Take::Nothing;
            }
            let length = copy(&header, record, into);
            state.slots[slot].inbox.pop_front();
            state.queue.start(&header, slot);
            let started = self.is_clocked().then(clock);
            state.slots[slot].running.push(running(&header, started));
            return Take::Task { header, length, unblocked: false, started };
        }
        if state.queue.is_empty() {
            self.unload(state);
        }
        let State { queue, slots, .. } = state;
        let Some(header) = queue.front(slot) else {
            self.control.store(Word::Queued, 0);
            return Take::Nothing;
        };
        if !slots[slot].admits(header.flags, concurrency) {
            return Take::Nothing;
        }
        let length = copy(&header, queue.record(&header), into);
        queue.take(&header, slot);
        let emptied = queue.is_empty();
        let before = slots[slot].room(concurrency);
        let started = self.is_clocked().then(clock);
        slots[slot].running.push(running(&header, started));
        let abortable = header.flags.has(Flags::ABORTABLE);
        let after = state.slots[slot].room(concurrency);
        self.leave_queue(1, i32::from(abortable), (after as i32).wrapping_sub(before as i32));
        if emptied {
            self.control.store(Word::Queued, 0);
        }
        let unblocked = abortable && self.unblock(state);
        Take::Task { header, length, unblocked, started }
    }

    /// Removes a task from its worker; `None` when the worker was told to end meanwhile.
    pub(super) fn finish(&self, state: &mut State, slot: usize, id: TaskId) -> Option<Running> {
        if !state.slots[slot].phase().is_live() {
            return None;
        }
        let before = state.slots[slot].room(self.config.concurrency);
        let task = state.slots[slot].finish(id)?;
        if task.flags.has(Flags::ABORTABLE) && !state.queue.end(id) {
            return None;
        }
        self.free_changed(state, slot, before);
        Some(task)
    }

    #[must_use]
    pub(super) fn put_into_inbox(&self, state: &mut State, slot: usize, record: &[u8]) -> Wakeup {
        let before = state.slots[slot].room(self.config.concurrency);
        state.slots[slot].inbox.push_back(record.to_vec());
        self.free_changed(state, slot, before);
        if state.slots[slot].phase().is_idle() { self.notify(state, slot) } else { Wakeup::Later }
    }

    /// Chooses an idle worker: it is idle no more.
    #[must_use]
    pub(super) fn notify(&self, state: &mut State, slot: usize) -> Wakeup {
        let wakeup = match state.slots[slot].phase() {
            Phase::Parked => Wakeup::Notify,
            Phase::InEventLoop => Wakeup::Message,
            _ => Wakeup::None,
        };
        self.choose(state, slot);
        wakeup
    }

    /// Puts a task before all that wait: it was given to a worker that has not taken it.
    pub(super) fn put_back(&self, state: &mut State, record: Vec<u8>) {
        let Some(header) = Header::read(&record) else { return };
        state.queue.restore(&Header::unsent(record));
        self.control.store(Word::Queued, 1);
        self.leave_queue(-1, -i32::from(header.flags.has(Flags::ABORTABLE)), 0);
        // Another task is the oldest now.
        let _ = self.unblock(state);
    }

    /// Publishes how the room of one worker has changed.
    pub(super) fn free_changed(&self, state: &State, slot: usize, before: usize) {
        let after = state.slots[slot].room(self.config.concurrency);
        if after != before {
            self.control.add(Word::Capacity, (after as i32).wrapping_sub(before as i32));
        }
    }

    /// Publishes that `tasks` tasks have left the queue, `abortable` of them abortable, and that the workers' room has
    /// changed by `free` in the same step: in one word, so that the main thread never sees the one without the other.
    /// Negative numbers are of tasks that come back: that is a step of the main thread's.
    pub(super) fn leave_queue(&self, tasks: i32, abortable: i32, free: i32) {
        if abortable != 0 {
            self.control.add(Word::TakenAbortable, abortable);
        }
        self.control.add(Word::Taken, tasks);
        let capacity = free.wrapping_add(tasks);
        if capacity != 0 {
            self.control.add(Word::Capacity, capacity);
        }
    }

    pub(super) fn waiting(&self) -> usize {
        distance(&self.control, Word::Submitted, Word::Taken)
    }
}

fn running(header: &Header, started: Option<f64>) -> Running {
    Running { id: header.id, flags: header.flags, created: header.created, started }
}

/// Copies a record's payload. The codec refuses values larger than a worker's buffer, so nothing is cut off.
fn copy(header: &Header, record: &[u8], into: &mut [u8]) -> usize {
    let payload = header.payload(record);
    into[..payload.len()].copy_from_slice(payload);
    payload.len()
}

/// How far counter `ahead` is before counter `behind`, modulo 2^32; zero while a change of both is under way.
pub(super) fn distance(control: &Control, ahead: Word, behind: Word) -> usize {
    let behind = control.load(behind);
    control.load(ahead).wrapping_sub(behind).max(0) as usize
}
