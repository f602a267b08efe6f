//! The main thread's calls. It alone adds, places, aborts and retires; each call is one step under the lock.

use super::super::control::Word;
use super::super::queue::AbortOutcome;
use super::super::slot::{Phase, Slot};
use super::super::stats::Times;
use super::super::sync::lock;
use super::super::task::{Flags, Header, TaskId};
use super::transitions::distance;
use super::{Pool, State, Wakeup};
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
    /// Makes room in the staging area: moves what it holds to the queue and starts it anew.
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
        let slot = self.least_busy_idle(&state, |slot| slot.phase != Phase::Spinning)?;
        let wakeup = self.notify(&mut state, slot);
        Some((slot, wakeup))
    }

    /// Adds a worker that boots. `warm` workers count as ready from the start.
    pub fn add_worker(&self, warm: bool) -> usize {
        let mut state = self.lock();
        let slot = match state.slots.iter().position(|slot| slot.phase == Phase::Vacant) {
            Some(slot) => slot,
            None => {
                state.slots.push(Slot::vacant());
                state.pokes.push(Arc::default());
                state.slots.len() - 1
            }
        };
        state.slots[slot] = Slot { phase: Phase::Booting, warm, ..Slot::vacant() };
        state.pokes[slot] = Arc::default();
        self.free_changed(&state, slot, 0);
        slot
    }

    /// Gives a task whose value goes by port to a worker that could start it now: to an idle one or, while no worker
    /// has booted, to a booting one with room. `None`: submit it like any other, for instance because older tasks wait,
    /// which it must not overtake.
    pub fn place(&self, record: &[u8]) -> Option<(usize, Wakeup)> {
        let header = Header::read(record)?;
        let mut state = self.lock();
        if self.waiting() > 0 {
            return None;
        }
        let fits = |slot: &Slot| {
            if header.flags.has(Flags::ABORTABLE) { slot.is_unused() } else { slot.free(self.config.concurrency) > 0 }
        };
        let slot = self.least_busy_idle(&state, fits).or_else(|| {
            let mut live = state.slots.iter().filter(|slot| slot.phase.is_live());
            if !live.all(|slot| slot.phase == Phase::Booting) {
                return None;
            }
            let room = |&slot: &usize| state.slots[slot].phase == Phase::Booting && fits(&state.slots[slot]);
            (0..state.slots.len()).filter(room).min_by_key(|&slot| state.slots[slot].load())
        })?;
        Some((slot, self.put_into_inbox(&mut state, slot, record)))
    }

    /// Gives a task to one worker and no other, whatever it runs. `None`: that worker takes nothing more.
    pub fn assign(&self, slot: usize, record: &[u8]) -> Option<Wakeup> {
        let mut state = self.lock();
        if !state.slots.get(slot)?.phase.is_live() {
            return None;
        }
        Some(self.put_into_inbox(&mut state, slot, record))
    }

    /// Aborts a task that was submitted with [`Flags::ABORTABLE`]. `assigned` is the worker that it was given to.
    /// When it runs, its worker is retired in the same step, so that nothing else can start there.
    pub fn abort(&self, id: TaskId, assigned: Option<usize>) -> AbortOutcome {
        let mut state = self.lock();
        if let Some(slot) = assigned.filter(|&slot| slot < state.slots.len()) {
            let before = state.slots[slot].free(self.config.concurrency);
            let inbox = &mut state.slots[slot].inbox;
            if let Some(at) = inbox.iter().position(|record| Header::read(record).is_some_and(|header| header.id == id))
            {
                inbox.remove(at);
                state.queue.bury(id);
                self.free_changed(&state, slot, before);
                return AbortOutcome::Queued;
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
                // It runs this task alone, which is settled by the abort.
                let _ = self.retire_slot(&mut state, slot);
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
            let _ = self.retire_slot(&mut state, slot);
        }
        unused
    }

    /// Retires a worker whatever it does, and names the tasks that it has and will not finish.
    pub fn retire(&self, slot: usize) -> Vec<TaskId> {
        let mut state = self.lock();
        if slot >= state.slots.len() { Vec::new() } else { self.retire_slot(&mut state, slot) }
    }

    /// The thread of a retired worker is gone: its slot may be given to another.
    pub fn vacate(&self, slot: usize) {
        let mut state = self.lock();
        if let Some(slot) = state.slots.get_mut(slot).filter(|slot| slot.phase == Phase::Retired) {
            *slot = Slot::vacant();
        }
    }

    /// Removes the tasks that have not been taken, except the `keep` oldest, and names them, oldest first.
    pub fn take_queued(&self, keep: usize) -> Vec<TaskId> {
        let mut state = self.lock();
        self.unload(&mut state);
        let removed = state.queue.truncate(keep);
        let abortable = removed.iter().filter(|header| header.flags.has(Flags::ABORTABLE)).count();
        self.leave_queue(removed.len(), abortable, 0);
        if state.queue.is_empty() {
            self.control.store(Word::Queued, 0);
        }
        // Who was blocked by the oldest task is so no longer if that went.
        let _ = self.unblock(&mut state);
        removed.iter().map(|header| header.id).collect()
    }

    /// Reads what the workers have to say; see [`Outbox::drain`]. Times of ended tasks go into the histograms.
    pub fn drain(&self, into: &mut [u8], stay: bool) -> usize {
        let mut times = lock(&self.times);
        self.outbox.drain(&self.control, into, stay, |note| {
            if self.config.timing && note.kind.is_completion() {
                for (times, time) in times.iter_mut().zip([note.wait, note.run]) {
                    time.into_iter().for_each(|time| times.record(time));
                }
            }
        })
    }

    /// Runs `read` with the histograms of waiting and running times.
    pub fn times<R>(&self, read: impl FnOnce(&mut Times, &mut Times) -> R) -> R {
        let [wait, run] = &mut *lock(&self.times);
        read(wait, run)
    }

    /// Counts tasks and workers as a caller sees them who expects a task with a free worker to have started.
    pub fn counts(&self) -> Counts {
        let state = self.lock();
        let (waiting, abortable) = self.waiting_kinds();
        let ready = |slot: &&Slot| slot.is_unused() && (slot.warm || slot.phase != Phase::Booting);
        let ready = state.slots.iter().filter(|slot| slot.phase.is_live()).filter(ready).count();
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
        let live = || state.slots.iter().filter(|slot| slot.phase.is_live());
        let unused = live().filter(|slot| slot.is_unused()).count();
        let shared: usize = live().filter(|slot| !slot.is_unused()).map(|slot| slot.free(concurrency)).sum();
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
        let mut candidates = state.idle.iter().copied().filter(|&slot| suits(&state.slots[slot]));
        let searches = |slot: usize| state.slots[slot].phase == Phase::Spinning;
        if self.config.concurrency > 1 {
            candidates.min_by_key(|&slot| (state.slots[slot].load(), !searches(slot)))
        } else if self.control.load(Word::Spinning) > 0 {
            candidates.min_by_key(|&slot| !searches(slot))
        } else {
            candidates.next()
        }
    }
}
