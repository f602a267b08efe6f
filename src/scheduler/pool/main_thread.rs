//! The main thread's calls. It alone adds, places, aborts and retires; each call is one step under the lock.

use super::super::control::Word;
use super::super::slot::{Abandoned, Drain, Phase, Slot};
use super::super::stats::Times;
use super::super::sync::lock;
use super::transitions::distance;
use super::{Pool, Reading, State};
use crate::protocol::answers::{AbortOutcome, Wakeup};
use crate::protocol::limits::limit::WORKERS_MAX;
use crate::protocol::record::{Flags, Header, TaskId};
use std::sync::Arc;

/// What is known of a pool at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Tasks that have not started, besides those that a worker with room is about to start.
    pub queued: usize,
    /// Ready workers without a task, besides those that are about to start a queued one.
    pub idle: usize,
}

impl Pool {
    /// Makes room in the submission buffer: moves what it holds to the queue and starts it anew.
    pub fn flush(&self) {
        let mut state = self.lock();
        self.unload(&mut state);
        // Only the main thread writes the tail, and it is inside this call; workers read it under the lock, or while
        // they spin, where a look at the queue follows.
        self.control.store(Word::StagedTail, 0);
        self.control.store(Word::StagedHead, 0);
    }

    /// Chooses an idle worker for the queued tasks, if one must be told.
    pub fn wake(&self) -> Option<(usize, Wakeup)> {
        let mut state = self.lock();
        let slot = self.least_busy_idle(&state, |slot| slot.phase() != Phase::Spinning)?;
        let wakeup = self.notify(&mut state, slot);
        Some((slot, wakeup))
    }

    /// Adds a worker that boots. `warm` workers count as ready from the start. Panics when it would be one more than
    /// [`WORKERS_MAX`]; no machine has as many threads.
    pub fn add_worker(&self, warm: bool) -> usize {
        let mut state = self.lock();
        let slot = match state.slots.iter().position(|slot| slot.phase() == Phase::Vacant) {
            Some(slot) => slot,
            None => {
                assert!(state.slots.len() < WORKERS_MAX, "a pool can have {WORKERS_MAX} workers");
                state.slots.push(Slot::default());
                state.interrupts.push(Arc::default());
                state.slots.len() - 1
            }
        };
        self.boot(&mut state, slot, warm);
        state.interrupts[slot] = Arc::default();
        self.free_changed(&state, slot, 0);
        slot
    }

    /// Gives a task whose value goes by port to a worker that could start it now: to an idle one or, while no worker
    /// has booted, to a booting one with room. `None`: submit it like any other, for instance because older tasks wait,
    /// which it must not overtake.
    ///
    /// A worker that is told by [`Wakeup::None`] or [`Wakeup::Notify`] takes it at once. Any other may be held up by
    /// code of the user's, or end before it takes anything: the main thread then keeps what it needs to give the task to
    /// another, see [`requeue`](Self::requeue) and [`Abandoned`]. A task with [`Flags::MOVED`] is given to no such one.
    pub fn place(&self, record: &[u8]) -> Option<(usize, Wakeup)> {
        let header = Header::read(record)?;
        let mut state = self.lock();
        if self.waiting() > 0 {
            return None;
        }
        let fits = |slot: &Slot| {
            if header.flags.has(Flags::ABORTABLE) { slot.is_unused() } else { slot.free(self.config.concurrency) > 0 }
        };
        let moved = header.flags.has(Flags::MOVED);
        let suits = |slot: &Slot| fits(slot) && (!moved || slot.phase().takes_at_once());
        let slot = self.least_busy_idle(&state, suits).or_else(|| {
            let mut live = state.slots.iter().filter(|slot| slot.phase().takes());
            if moved || !live.all(|slot| slot.phase() == Phase::Booting) {
                return None;
            }
            let suits = |slot: &Slot| slot.phase() == Phase::Booting && !slot.leaving && fits(slot);
            let booting = (0..state.slots.len()).filter(|&slot| suits(&state.slots[slot]));
            booting.min_by_key(|&slot| state.slots[slot].load())
        })?;
        Some((slot, self.put_into_inbox(&mut state, slot, record)))
    }

    /// Gives a task to one worker and no other, whatever it runs. `None`: that worker takes nothing more. One that may
    /// not take it at once asks for the value of a task with [`Flags::MOVED`] when it does.
    pub fn assign(&self, slot: usize, record: &[u8]) -> Option<Wakeup> {
        let header = Header::read(record)?;
        let mut state = self.lock();
        let phase = state.slots.get(slot)?.phase();
        if !phase.takes() {
            return None;
        }
        if header.flags.has(Flags::MOVED) && !phase.takes_at_once() {
            let mut record = record.to_vec();
            Header::mark_unsent(&mut record);
            return Some(self.put_into_inbox(&mut state, slot, &record));
        }
        Some(self.put_into_inbox(&mut state, slot, record))
    }

    /// Takes a task back from a worker that has not taken it, and in the same step puts it before all that wait in the
    /// queue: whoever takes it asks for its value. False: the worker has taken it.
    #[must_use]
    pub fn requeue(&self, id: TaskId, slot: usize) -> bool {
        let mut state = self.lock();
        let record = self.withdraw_from(&mut state, id, slot);
        record.map(|record| self.put_back(&mut state, record)).is_some()
    }

    /// Puts a task before all that wait: one that a worker has not taken before it ended.
    pub fn restore(&self, record: &[u8]) {
        self.put_back(&mut self.lock(), record.to_vec());
    }

    fn withdraw_from(&self, state: &mut State, id: TaskId, slot: usize) -> Option<Vec<u8>> {
        let before = state.slots.get(slot)?.room(self.config.concurrency);
        let record = state.slots[slot].withdraw(id)?;
        self.free_changed(state, slot, before);
        Some(record)
    }

    /// Aborts a task that was submitted with [`Flags::ABORTABLE`]. `assigned` is the worker that it was given to.
    /// When it runs, its worker is retired in the same step, so that nothing else can start there. What that worker has
    /// besides stays with it until [`retire`](Self::retire) hands it over.
    pub fn abort(&self, id: TaskId, assigned: Option<usize>) -> AbortOutcome {
        let mut state = self.lock();
        if let Some(slot) = assigned {
            if self.withdraw_from(&mut state, id, slot).is_some() {
                return AbortOutcome::Queued;
            }
            if !state.queue.knows(id) {
                // It was never in the queue, and its worker has ended.
                return AbortOutcome::TooLate;
            }
        }
        // The queue counts its dead records: one that is still staged would come in uncounted.
        self.unload(&mut state);
        let live = self.waiting();
        let outcome = state.queue.abort(id, live);
        match outcome {
            AbortOutcome::Queued => {
                self.leave_queue(1, 1, 0);
                let _ = self.unblock(&mut state);
            }
            AbortOutcome::Running(slot) => {
                self.retire_slot(&mut state, slot);
                // It is settled by the abort, and nobody else's.
                if let Some(aborted) = state.slots[slot].finish(id) {
                    state.slots[slot].ended_with = Some(aborted.id);
                }
            }
            AbortOutcome::TooLate => {}
        }
        outcome
    }

    /// Retires a worker if it has nothing to do. While tasks wait it may be the one that is counted on to find them.
    #[must_use]
    pub fn retire_unused(&self, slot: usize) -> bool {
        let mut state = self.lock();
        let unused = self.waiting() == 0 && state.slots.get(slot).is_some_and(Slot::may_retire);
        if unused {
            self.retire_slot(&mut state, slot);
        }
        unused
    }

    /// Retires a worker if it still boots: it has started nothing, and others can start what it was given.
    #[must_use]
    pub fn retire_booting(&self, slot: usize) -> bool {
        let mut state = self.lock();
        let boots = state.slots.get(slot).is_some_and(|slot| slot.phase() == Phase::Booting);
        if boots {
            self.retire_slot(&mut state, slot);
        }
        boots
    }

    /// Lets a worker end what it runs: it takes nothing more. What it was given and has not taken is handed over. A worker
    /// that only waits is retired at once; any other says that it is by [`Drained`](crate::protocol::completion::Kind::Drained), after its last report.
    ///
    /// It may be the one that was counted on for what waits: the caller wakes for that afterwards.
    pub fn drain_worker(&self, slot: usize) -> Drain {
        let mut state = self.lock();
        if !state.slots.get(slot).is_some_and(|slot| slot.phase().takes()) {
            return Drain::default();
        }
        let before = state.slots[slot].room(self.config.concurrency);
        let untaken = state.slots[slot].hand_over();
        self.free_changed(&state, slot, before);
        let is_retired = state.slots[slot].may_retire() || state.slots[slot].phase() == Phase::Booting;
        if is_retired {
            self.retire_slot(&mut state, slot);
        } else {
            self.begin_to_drain(&mut state, slot);
        }
        Drain { untaken, is_retired }
    }

    /// Retires a worker whatever it does, unless it is retired already, and hands over what it has.
    pub fn retire(&self, slot: usize) -> Abandoned {
        let mut state = self.lock();
        if slot >= state.slots.len() {
            return Abandoned::default();
        }
        self.retire_slot(&mut state, slot);
        state.slots[slot].abandon()
    }

    /// Somebody else has told the thread of this worker to end: it is given nothing more, though it may still look idle.
    pub fn leave(&self, slot: usize) {
        let mut state = self.lock();
        if slot < state.slots.len() {
            let before = state.slots[slot].room(self.config.concurrency);
            state.slots[slot].leaving = true;
            self.free_changed(&state, slot, before);
        }
    }

    /// The thread of a retired worker is gone: its slot may be given to another.
    pub fn vacate(&self, slot: usize) {
        let mut state = self.lock();
        let State { queue, slots, .. } = &mut *state;
        if let Some(retired) = slots.get(slot).filter(|slot| slot.phase() == Phase::Retired) {
            debug_assert!(retired.is_unused(), "its tasks were handed over");
            if let Some(id) = retired.ended_with {
                queue.forget(id);
            }
            self.vacate_slot(&mut state, slot);
        }
    }

    /// Removes the tasks that have not been taken, except the `keep` oldest, and names them, oldest first.
    pub fn take_queued(&self, keep: usize) -> Vec<TaskId> {
        let mut state = self.lock();
        self.unload(&mut state);
        let removed = state.queue.truncate(keep);
        let abortable = removed.iter().filter(|header| header.flags.has(Flags::ABORTABLE)).count();
        self.leave_queue(removed.len() as i32, abortable as i32, 0);
        if state.queue.is_empty() {
            self.control.store(Word::Queued, 0);
        }
        // Who was blocked by the oldest task is so no longer if that went.
        let _ = self.unblock(&mut state);
        removed.iter().map(|header| header.id).collect()
    }

    /// Reads what the workers have to say; see [`CompletionQueue::drain`]. Times of ended tasks go into the histograms.
    ///
    /// Whoever calls this has read what the last call gave: nobody will abort one of those tasks any more. Not before
    /// that, since code of the user's runs between two notes.
    pub fn drain(&self, into: &mut [u8], stay: bool) -> usize {
        let mut reading = lock(&self.reading);
        let Reading { times, ended } = &mut *reading;
        if !ended.is_empty() {
            let mut state = self.lock();
            ended.drain(..).for_each(|id| state.queue.forget(id));
        }
        self.completions.drain(&self.control, into, stay, |note| {
            if note.abortable {
                ended.push(note.id);
            }
            if self.config.timing && note.kind.is_completion() {
                for (times, time) in times.iter_mut().zip([note.wait, note.run]) {
                    time.into_iter().for_each(|time| times.record(time));
                }
            }
        })
    }

    /// Runs `read` with the histograms of waiting and running times.
    pub fn times<R>(&self, read: impl FnOnce(&mut Times, &mut Times) -> R) -> R {
        let [wait, run] = &mut lock(&self.reading).times;
        read(wait, run)
    }

    /// Counts tasks and workers as a caller sees them who expects a task with a free worker to have started.
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        let (waiting, abortable) = self.waiting_kinds();
        let ready = |slot: &&Slot| slot.is_unused() && (slot.warm || slot.phase() != Phase::Booting);
        let ready = state.slots.iter().filter(|slot| slot.is_open()).filter(ready).count();
        Counts { queued: self.backlog(&state, waiting, abortable), idle: ready.saturating_sub(waiting) }
    }

    /// Whether one more task would find no worker to start it.
    pub fn would_wait(&self, abortable: bool) -> bool {
        let state = self.lock();
        let (waiting, alone) = self.waiting_kinds();
        let now = self.backlog(&state, waiting, alone);
        self.backlog(&state, waiting + 1, alone + usize::from(abortable)) > now
    }

    /// What a worker has, tasks on the way to it included, and whether it has one with a signal.
    pub fn usage(&self, slot: usize) -> (usize, bool) {
        let state = self.lock();
        state.slots.get(slot).map_or((0, false), |slot| (slot.load(), slot.has_exclusive()))
    }

    /// Whether workers look at the clock from now on even where no histogram needs it: then the notes of tasks that
    /// begin after that have their times.
    pub fn watch_times(&self, watched: bool) {
        self.clocked.store(self.config.timing || watched, std::sync::atomic::Ordering::Relaxed);
    }

    /// The tasks that a worker runs, and when each has started, in milliseconds; `None` where nobody looked at the
    /// clock.
    pub fn running(&self, slot: usize) -> Vec<(TaskId, Option<f64>)> {
        let state = self.lock();
        let running = state.slots.get(slot).map_or(&[][..], |slot| &slot.running[..]);
        running.iter().map(|task| (task.id, task.started)).collect()
    }

    /// How many of the waiting tasks, some of them abortable, the live workers could not start.
    fn backlog(&self, state: &State, waiting: usize, abortable: usize) -> usize {
        let concurrency = self.config.concurrency;
        let open = || state.slots.iter().filter(|slot| slot.is_open());
        let unused = open().filter(|slot| slot.is_unused()).count();
        let shared =
            open().filter(|slot| !slot.is_unused()).map(|slot| slot.free(concurrency)).fold(0, usize::saturating_add);
        // An abortable task needs a worker of its own, the others share what is left.
        let alone = abortable.min(unused);
        let room = (unused - alone).saturating_mul(concurrency).saturating_add(shared);
        waiting - alone - (waiting - abortable).min(room)
    }

    /// How many tasks wait, and how many of them are abortable.
    fn waiting_kinds(&self) -> (usize, usize) {
        let waiting = self.waiting();
        (waiting, distance(&self.control, Word::SubmittedAbortable, Word::TakenAbortable).min(waiting))
    }

    /// The idle worker with the fewest tasks, so that tasks spread; of several one that still searches, else the lowest.
    /// Where workers do not share themselves out, an idle one has no task, and the first will do.
    fn least_busy_idle(&self, state: &State, suits: impl Fn(&Slot) -> bool) -> Option<usize> {
        let suits = |slot: &Slot| !slot.leaving && suits(slot);
        let mut candidates = state.idle.iter().copied().filter(|&slot| suits(&state.slots[slot]));
        let searches = |slot: usize| state.slots[slot].phase() == Phase::Spinning;
        if self.config.concurrency > 1 {
            candidates.min_by_key(|&slot| (state.slots[slot].load(), !searches(slot)))
        } else if self.control.load(Word::Spinning) > 0 {
            candidates.min_by_key(|&slot| !searches(slot))
        } else {
            candidates.next()
        }
    }
}
