//! A worker's calls: it reports, takes, searches and goes to sleep.

use super::super::control::Word;
use super::super::poll_budget::PollBudget;
use super::super::slot::{Phase, Running};
use super::super::sync::{AtomicBool, MutexGuard, Ordering, spin_hint};
use super::transitions::Take;
use super::{Pool, State};
use crate::protocol::completion::{Kind, Note};
use crate::protocol::record::{Flags, Header, TaskId};
use std::sync::Arc;

/// A worker's own end of its slot.
pub struct WorkerEndpoint {
    slot: usize,
    /// Set when something other than a staged task concerns this worker while it spins.
    interrupt: Arc<AtomicBool>,
    budget: PollBudget,
    /// When it went to sleep, in milliseconds.
    asleep_since: Option<f64>,
    /// Whether this worker sleeps in `Atomics.wait` when it has nothing to do, or returns to its event loop.
    blocking: bool,
}

impl WorkerEndpoint {
    /// The slot's number.
    pub fn slot(&self) -> usize {
        self.slot
    }
}

/// What a worker says about a task that it has finished.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The task.
    pub id: TaskId,
    /// How it ended, and where its outcome is.
    pub kind: Kind,
    /// The encoded outcome, unless that is on the port.
    pub payload: &'a [u8],
    /// Whether the worker takes nothing in this call: its event loop is to turn first.
    pub turn: bool,
}

/// What a worker does next.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub enum Next {
    /// Run this task; `length` bytes of payload were copied out.
    Task {
        /// The record's header.
        header: Header,
        /// Bytes of payload.
        length: usize,
    },
    /// Sleep until the wake word is no longer `epoch`, then ask again.
    Park {
        /// The wake word's value from before the worker said that it waits.
        epoch: i32,
    },
    /// Return to the event loop; a message or a finished task leads back here.
    Wait,
    /// Let the event loop turn once, then ask again.
    Turn,
    /// Ask never again: the worker is to end.
    Stop,
}

impl Pool {
    /// A worker sits down in its slot. `None` when the slot was given up meanwhile.
    pub fn attach(&self, slot: usize, blocking: bool) -> Option<WorkerEndpoint> {
        let state = self.lock();
        state.slots.get(slot).filter(|slot| slot.phase() == Phase::Booting)?;
        let interrupt = state.interrupts[slot].clone();
        Some(WorkerEndpoint { slot, interrupt, budget: PollBudget::default(), asleep_since: None, blocking })
    }

    /// The worker has loaded its file.
    pub fn ready(&self, endpoint: &WorkerEndpoint) {
        {
            let mut state = self.lock();
            if state.slots[endpoint.slot].phase() != Phase::Booting {
                return;
            }
            self.finish_boot(&mut state, endpoint.slot);
        }
        self.tell(endpoint.slot, Kind::Ready, TaskId { index: 0, seq: 0 });
    }

    /// The worker begins to load the file of a handler, or has ended that.
    pub fn loading(&self, endpoint: &WorkerEndpoint, handler: Option<u32>) {
        let kind = if handler.is_some() { Kind::Loading } else { Kind::Loaded };
        self.tell(endpoint.slot, kind, TaskId { index: handler.unwrap_or(0), seq: 0 });
    }

    /// Reports a finished task, if there is one, and says what the worker does next. The payload of a task is copied
    /// into `into`. `epoch` reads the worker's wake word, `clock` the time in milliseconds.
    pub fn next(
        &self,
        endpoint: &mut WorkerEndpoint,
        report: Option<Report<'_>>,
        into: &mut [u8],
        epoch: impl Fn() -> i32,
        clock: impl Fn() -> f64,
    ) -> Next {
        if let Some(since) = endpoint.asleep_since.take() {
            endpoint.budget.on_wake(((clock() - since) * 1e6) as u64);
        }
        let mut state = self.lock();
        let done = match report {
            None => None,
            Some(report) => match self.finish(&mut state, endpoint.slot, report.id) {
                Some(task) => Some((report, task)),
                None => return Next::Stop,
            },
        };
        if let Some((report, task)) = done.as_ref().filter(|(report, _)| report.turn) {
            drop(state);
            let ended = self.is_clocked().then(&clock);
            self.complete(endpoint.slot, report, task, ended, true);
            return self.let_turn(endpoint);
        }
        let mut taken = self.take(&mut state, endpoint.slot, into, &clock);
        if let Some((report, task)) = done {
            drop(state);
            // With more to do here the main thread may hear of it a little later.
            let ended = match taken {
                // One ends where the next starts: that saves a reading.
                Take::Task { started, .. } => started,
                _ => self.is_clocked().then(&clock),
            };
            self.complete(endpoint.slot, &report, &task, ended, taken == Take::Nothing);
            if taken != Take::Nothing {
                return self.hand_out(endpoint, taken);
            }
            // The look at the queue is stale: tasks may have come meanwhile, or this worker was told to end.
            state = self.lock();
            taken = self.take(&mut state, endpoint.slot, into, &clock);
        }
        if taken == Take::Nothing {
            return self.go_idle(state, endpoint, into, epoch, clock);
        }
        drop(state);
        self.hand_out(endpoint, taken)
    }

    /// The worker has reported, and its event loop is to turn. Only now, with its note in the completion queue, may it be retired as
    /// one that has nothing to do.
    fn let_turn(&self, endpoint: &WorkerEndpoint) -> Next {
        let mut state = self.lock();
        if !state.slots[endpoint.slot].phase().takes() {
            drop(state);
            return self.stop(endpoint);
        }
        self.begin_turn(&mut state, endpoint.slot);
        Next::Turn
    }

    /// The worker asks for nothing more. With its last task reported, one that drains is retired, and says so.
    fn stop(&self, endpoint: &WorkerEndpoint) -> Next {
        let mut state = self.lock();
        let slot = &state.slots[endpoint.slot];
        let is_drained = slot.phase() == Phase::Draining && slot.is_unused();
        if is_drained {
            self.retire_slot(&mut state, endpoint.slot);
        }
        drop(state);
        if is_drained {
            self.tell(endpoint.slot, Kind::Drained, TaskId { index: 0, seq: 0 });
        }
        Next::Stop
    }

    /// There was nothing to take: search for a while, then sleep or wait. `state` is locked, and stays so from each
    /// look at the queue to the change of phase that follows from it.
    fn go_idle<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        endpoint: &mut WorkerEndpoint,
        into: &mut [u8],
        epoch: impl Fn() -> i32,
        clock: impl Fn() -> f64,
    ) -> Next {
        let slot = endpoint.slot;
        loop {
            // Read before the worker says that it waits: a wake-up that follows changes it, and the sleep ends at once.
            let epoch = epoch();
            let phase = self.resting_phase(&mut state, endpoint);
            self.go_idle_as(&mut state, slot, phase);
            if phase == Phase::Active || phase == Phase::Blocked {
                return Next::Wait;
            }
            if phase == Phase::Spinning {
                // What it may have been told earlier is in the slot by now, and is looked at below.
                endpoint.interrupt.store(false, Ordering::SeqCst);
            }
            // The second half of the park protocol: a task published before the main thread could see this worker as
            // idle is seen here.
            let mut found = self.has_tasks(&state);
            if !found && phase == Phase::Spinning {
                drop(state);
                found = self.spin(endpoint);
                state = self.lock();
                if !found && state.slots[slot].phase() == Phase::Spinning {
                    let phase = if endpoint.blocking { Phase::Parked } else { Phase::InEventLoop };
                    self.go_idle_as(&mut state, slot, phase);
                    found = self.has_tasks(&state);
                }
            }
            let still_idle = state.slots[slot].phase().is_idle();
            if !found && still_idle {
                if state.slots[slot].phase() == Phase::InEventLoop {
                    return Next::Wait;
                }
                endpoint.asleep_since = Some(clock());
                return Next::Park { epoch };
            }
            let taken = self.take(&mut state, slot, into, &clock);
            if taken != Take::Nothing {
                drop(state);
                return self.hand_out(endpoint, taken);
            }
        }
    }

    /// In which phase a worker that found nothing waits.
    fn resting_phase(&self, state: &mut State, endpoint: &mut WorkerEndpoint) -> Phase {
        let concurrency = self.config.concurrency;
        let slot = &state.slots[endpoint.slot];
        if slot.running.len() >= concurrency || !slot.inbox.is_empty() {
            return Phase::Active;
        }
        if slot.running.iter().any(|task| task.flags.has(Flags::ABORTABLE)) {
            return Phase::Active;
        }
        let alone = slot.running.is_empty();
        if !alone && state.queue.front(endpoint.slot).is_some() {
            return Phase::Blocked;
        }
        let spinning = self.control.load(Word::Spinning) as usize;
        match (alone, endpoint.blocking) {
            (true, _) if endpoint.budget.nanos() > 0 && spinning < self.config.spinners => Phase::Spinning,
            (true, true) => Phase::Parked,
            _ => Phase::InEventLoop,
        }
    }

    /// Looks for a task without the lock, for as long as the budget says.
    fn spin(&self, endpoint: &mut WorkerEndpoint) -> bool {
        let found = search(endpoint.budget.nanos(), || {
            self.control.load(Word::StagedTail) != self.control.load(Word::StagedHead)
                || self.control.load(Word::Queued) != 0
                || endpoint.interrupt.swap(false, Ordering::SeqCst)
        });
        if found {
            endpoint.budget.on_hit()
        } else {
            endpoint.budget.on_miss()
        }
        found
    }

    /// Waits awake for what the main thread is about to send, for as long as `budget` says or until `look` sees it.
    pub fn spin_wait(&self, budget: &mut PollBudget, look: impl Fn() -> bool) {
        match budget.nanos() {
            // Whoever asked is about to sleep, and not for long.
            0 => budget.on_wake(0),
            nanos if search(nanos, look) => budget.on_hit(),
            _ => budget.on_miss(),
        }
    }

    fn hand_out(&self, endpoint: &WorkerEndpoint, taken: Take) -> Next {
        match taken {
            Take::Stop | Take::Nothing => self.stop(endpoint),
            Take::Task { header, length, unblocked, .. } => {
                if unblocked {
                    self.tell(endpoint.slot, Kind::Wake, header.id);
                }
                if header.flags.has(Flags::PORT) && !header.flags.has(Flags::SENT) {
                    self.tell(endpoint.slot, Kind::NeedValue, header.id);
                }
                Next::Task { header, length }
            }
        }
    }

    fn complete(&self, slot: usize, report: &Report<'_>, task: &Running, ended: Option<f64>, urgent: bool) {
        let note = Note {
            id: report.id,
            kind: report.kind,
            abortable: task.flags.has(Flags::ABORTABLE),
            slot: slot as u16,
            wait: task.started.map(|started| started - task.created),
            run: task.started.zip(ended).map(|(started, ended)| ended - started),
        };
        self.push(note, report.payload, urgent);
    }

    fn tell(&self, slot: usize, kind: Kind, id: TaskId) {
        self.push(Note { id, kind, abortable: false, slot: slot as u16, wait: None, run: None }, &[], true);
    }

    fn push(&self, note: Note, payload: &[u8], urgent: bool) {
        if self.completions.push(&self.control, note, payload, urgent) {
            (self.bell)();
        }
    }
}

/// Repeats `look` until it is true or `nanos` have passed.
///
/// It offers its processor to others again and again: where workers and main thread outnumber the processors, the one
/// that this search waits for may be waiting for the processor that the search is on. Where nobody else is ready to run
/// the offer costs a fraction of a microsecond.
#[cfg(not(loom))]
fn search(nanos: u64, look: impl Fn() -> bool) -> bool {
    let start = std::time::Instant::now();
    loop {
        for _ in 0..128 {
            if look() {
                return true;
            }
            spin_hint();
        }
        std::thread::yield_now();
        if start.elapsed().as_nanos() as u64 >= nanos {
            return false;
        }
    }
}

/// Under loom time does not pass: one look stands for all, and the model explores when it happens.
#[cfg(loom)]
fn search(_nanos: u64, look: impl Fn() -> bool) -> bool {
    spin_hint();
    look()
}
