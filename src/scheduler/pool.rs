//! The pool: which task starts where, and when.
//!
//! One lock guards the queue, the slots and the fates of abortable tasks, so every decision is made in one place and
//! at one time. It is held for a few dozen nanoseconds: a take copies a small record, nothing runs user code and
//! nothing waits inside it. The main thread submits without it, through the staging area and the control words.
//! The README of this folder has the states, the protocols and why no wake-up is lost.

use super::control::{Control, Word};
use super::outbox::{Kind, Note, Outbox};
use super::queue::{AbortOutcome, Queue};
use super::slot::{Phase, Running, Slot};
use super::spin::SpinBudget;
use super::staging::Staging;
use super::stats::Times;
use super::sync::{AtomicBool, Mutex, MutexGuard, Ordering, lock, spin_hint};
use super::task::{Flags, HEADER, Header, TaskId};
use std::sync::Arc;

/// What a pool is told when it is made.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Tasks that one worker runs at a time.
    pub concurrency: usize,
    /// Workers that may look for a task in a loop at the same time.
    pub spinners: usize,
    /// Whether waiting and running times are recorded.
    pub timing: bool,
}

/// A worker's own end of its slot.
pub struct Seat {
    slot: usize,
    /// Set when something other than a staged task concerns this worker while it spins.
    poke: Arc<AtomicBool>,
    budget: SpinBudget,
    /// When it went to sleep, in milliseconds.
    asleep_since: Option<f64>,
    /// Whether this worker sleeps in `Atomics.wait` when it has nothing to do, or returns to its event loop.
    blocking: bool,
}

impl Seat {
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
        /// The main thread gave the task to this worker: a value by port is on its way already.
        assigned: bool,
    },
    /// Sleep until the wake word is no longer `epoch`, then ask again.
    Park {
        /// The wake word's value from before the worker said that it waits.
        epoch: i32,
    },
    /// Return to the event loop; a message or a finished task leads back here.
    Wait,
    /// Ask never again: the worker is to end.
    Stop,
}

/// How an idle worker is told of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Wakeup {
    /// It will find it by itself.
    None,
    /// Change its wake word and notify.
    Notify,
    /// Post it a message.
    Message,
}

/// What is known of a pool at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Tasks that have not started, besides those that a worker with room is about to start.
    pub queued: usize,
    /// Ready workers without a task, besides those that are about to start a queued one.
    pub idle: usize,
}

/// The scheduler of one pool.
pub struct Pool {
    config: Config,
    control: Control,
    staging: Staging,
    state: Mutex<State>,
    outbox: Outbox,
    times: Mutex<[Times; 2]>,
    bell: Box<dyn Fn() + Send + Sync>,
}

struct State {
    queue: Queue,
    slots: Vec<Slot>,
    pokes: Vec<Arc<AtomicBool>>,
    /// Slots in an idle phase, lowest first. The lowest is woken first: so few tasks keep few workers busy, and those
    /// beyond `minThreads` come to rest and can end.
    idle: Vec<usize>,
    /// Slots in `Phase::Blocked`.
    blocked: usize,
}

impl Pool {
    /// Makes a pool without workers. `bell` is called from any thread when the main thread must look at the outbox.
    pub fn new(config: Config, control: Control, staging: Staging, bell: Box<dyn Fn() + Send + Sync>) -> Self {
        let state =
            State { queue: Queue::default(), slots: Vec::new(), pokes: Vec::new(), idle: Vec::new(), blocked: 0 };
        Self {
            config,
            control,
            staging,
            state: Mutex::new(state),
            outbox: Outbox::new(),
            times: Mutex::new(Default::default()),
            bell,
        }
    }

    /// The control words.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The staging area, for tests and models, which write records as JavaScript does.
    #[cfg(test)]
    pub(crate) fn staging(&self) -> &Staging {
        &self.staging
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    // ---- the main thread's side -------------------------------------------------------------------------------

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
        let unused =
            self.waiting() == 0 && state.slots.get(slot).is_some_and(|slot| slot.phase.is_idle() && slot.is_unused());
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
                times[0].record(note.wait);
                times[1].record(note.run);
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

    // ---- a worker's side --------------------------------------------------------------------------------------

    /// A worker sits down in its slot. `None` when the slot was given up meanwhile.
    pub fn attach(&self, slot: usize, blocking: bool) -> Option<Seat> {
        let state = self.lock();
        state.slots.get(slot).filter(|slot| slot.phase == Phase::Booting)?;
        let poke = state.pokes[slot].clone();
        Some(Seat { slot, poke, budget: SpinBudget::default(), asleep_since: None, blocking })
    }

    /// The worker has loaded its file.
    pub fn ready(&self, seat: &Seat) {
        {
            let mut state = self.lock();
            let slot = &mut state.slots[seat.slot];
            if slot.phase != Phase::Booting {
                return;
            }
            slot.phase = Phase::Active;
            slot.warm = true;
        }
        self.tell(seat.slot, Kind::Ready, TaskId { index: 0, seq: 0 });
    }

    /// The worker begins to load the file of a handler, or has ended that.
    pub fn loading(&self, seat: &Seat, handler: Option<u32>) {
        let kind = if handler.is_some() { Kind::Loading } else { Kind::Loaded };
        self.tell(seat.slot, kind, TaskId { index: handler.unwrap_or(0), seq: 0 });
    }

    /// Reports a finished task, if there is one, and says what the worker does next. The payload of a task is copied
    /// into `into`. `epoch` reads the worker's wake word, `clock` the time in milliseconds.
    pub fn next(
        &self,
        seat: &mut Seat,
        report: Option<Report<'_>>,
        into: &mut [u8],
        epoch: impl Fn() -> i32,
        clock: impl Fn() -> f64,
    ) -> Next {
        let now = if self.config.timing || seat.asleep_since.is_some() { clock() } else { 0.0 };
        if let Some(since) = seat.asleep_since.take() {
            seat.budget.on_wake(((now - since) * 1e6) as u64);
        }
        let mut state = self.lock();
        let done = match report {
            None => None,
            Some(report) => match self.finish(&mut state, seat.slot, report.id) {
                Some(task) => Some((report, task)),
                None => return Next::Stop,
            },
        };
        let mut taken = self.take(&mut state, seat.slot, into, now);
        if let Some((report, task)) = done {
            drop(state);
            self.complete(seat.slot, &report, &task, now);
            if taken != Take::Nothing {
                return self.hand_out(seat, taken);
            }
            // The look at the queue is stale: tasks may have come meanwhile, or this worker was told to end.
            state = self.lock();
            taken = self.take(&mut state, seat.slot, into, now);
        }
        if taken == Take::Nothing {
            return self.settle_down(state, seat, into, epoch, clock);
        }
        drop(state);
        self.hand_out(seat, taken)
    }

    /// There was nothing to take: search for a while, then sleep or wait. `state` is locked, and stays so from each
    /// look at the queue to the change of phase that follows from it.
    fn settle_down<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        seat: &mut Seat,
        into: &mut [u8],
        epoch: impl Fn() -> i32,
        clock: impl Fn() -> f64,
    ) -> Next {
        let slot = seat.slot;
        loop {
            // Read before the worker says that it waits: a wake-up that follows changes it, and the sleep ends at once.
            let epoch = epoch();
            let phase = self.resting_phase(&mut state, seat);
            self.rest(&mut state, slot, phase);
            if phase == Phase::Active || phase == Phase::Blocked {
                return Next::Wait;
            }
            if phase == Phase::Spinning {
                // What it may have been told earlier is in the slot by now, and is looked at below.
                seat.poke.store(false, Ordering::SeqCst);
            }
            // The second half of the park protocol: a task published before the main thread could see this worker as
            // idle is seen here.
            let mut found = self.has_tasks(&state);
            if !found && phase == Phase::Spinning {
                drop(state);
                found = self.spin(seat);
                state = self.lock();
                if !found && state.slots[slot].phase == Phase::Spinning {
                    let phase = if seat.blocking { Phase::Parked } else { Phase::Looping };
                    self.rest(&mut state, slot, phase);
                    found = self.has_tasks(&state);
                }
            }
            let still_idle = state.slots[slot].phase.is_idle();
            if !found && still_idle {
                if state.slots[slot].phase == Phase::Looping {
                    return Next::Wait;
                }
                seat.asleep_since = Some(clock());
                return Next::Park { epoch };
            }
            let now = if self.config.timing { clock() } else { 0.0 };
            let taken = self.take(&mut state, slot, into, now);
            if taken != Take::Nothing {
                drop(state);
                return self.hand_out(seat, taken);
            }
        }
    }

    /// In which phase a worker that found nothing waits.
    fn resting_phase(&self, state: &mut State, seat: &mut Seat) -> Phase {
        let concurrency = self.config.concurrency;
        let slot = &state.slots[seat.slot];
        if slot.running.len() >= concurrency || !slot.inbox.is_empty() {
            return Phase::Active;
        }
        if slot.running.iter().any(|task| task.flags.has(Flags::ABORTABLE)) {
            return Phase::Active;
        }
        let alone = slot.running.is_empty();
        if !alone && state.queue.front().is_some() {
            return Phase::Blocked;
        }
        let spinning = self.control.load(Word::Spinning) as usize;
        match (alone, seat.blocking) {
            (true, _) if seat.budget.nanos() > 0 && spinning < self.config.spinners => Phase::Spinning,
            (true, true) => Phase::Parked,
            _ => Phase::Looping,
        }
    }

    /// Looks for a task without the lock, for as long as the budget says.
    fn spin(&self, seat: &mut Seat) -> bool {
        let found = search(seat.budget.nanos(), || {
            self.control.load(Word::StagedTail) != self.control.load(Word::StagedHead)
                || self.control.load(Word::Queued) != 0
                || seat.poke.swap(false, Ordering::SeqCst)
        });
        if found {
            seat.budget.on_hit()
        } else {
            seat.budget.on_miss()
        }
        found
    }

    /// Waits awake for what the main thread is about to send, for as long as `budget` says or until `look` sees it.
    pub fn linger(&self, budget: &mut SpinBudget, look: impl Fn() -> bool) {
        match budget.nanos() {
            // Whoever asked is about to sleep, and not for long.
            0 => budget.on_wake(0),
            nanos if search(nanos, look) => budget.on_hit(),
            _ => budget.on_miss(),
        }
    }

    fn hand_out(&self, seat: &Seat, taken: Take) -> Next {
        match taken {
            Take::Stop | Take::Nothing => Next::Stop,
            Take::Task { header, length, assigned, unblocked } => {
                if unblocked {
                    self.tell(seat.slot, Kind::Wake, header.id);
                }
                if header.flags.has(Flags::PORT) && !assigned {
                    self.tell(seat.slot, Kind::NeedValue, header.id);
                }
                Next::Task { header, length, assigned }
            }
        }
    }

    fn complete(&self, slot: usize, report: &Report<'_>, task: &Running, now: f64) {
        let note = Note {
            id: report.id,
            kind: report.kind,
            slot: slot as u16,
            wait: task.started - task.created,
            run: now - task.started,
        };
        self.push(note, report.payload);
    }

    fn tell(&self, slot: usize, kind: Kind, id: TaskId) {
        self.push(Note { id, kind, slot: slot as u16, wait: 0.0, run: 0.0 }, &[]);
    }

    fn push(&self, note: Note, payload: &[u8]) {
        if self.outbox.push(&self.control, note, payload) {
            (self.bell)();
        }
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

    // ---- transitions, under the lock --------------------------------------------------------------------------

    /// Moves the staged records to the queue.
    fn unload(&self, state: &mut State) {
        let tail = self.control.load(Word::StagedTail);
        let head = self.control.load(Word::StagedHead);
        if tail != head {
            // SAFETY: the main thread published everything below `tail` by a sequentially consistent store, which the
            // load above has seen, and writes there again only after `flush`, which needs the lock that we hold.
            state.queue.append(unsafe { self.staging.published(head as usize, tail as usize) });
            self.control.store(Word::StagedHead, tail);
            self.control.store(Word::Queued, 1);
        }
    }

    /// Whether a task may be waiting that nobody is known to look for.
    fn has_tasks(&self, state: &State) -> bool {
        !state.queue.is_empty() || self.control.load(Word::StagedTail) != self.control.load(Word::StagedHead)
    }

    /// Takes the next task for `slot`: from its inbox, else the oldest of the pool.
    fn take(&self, state: &mut State, slot: usize, into: &mut [u8], now: f64) -> Take {
        if !state.slots[slot].phase.is_live() {
            return Take::Stop;
        }
        self.rest(state, slot, Phase::Active);
        let concurrency = self.config.concurrency;
        if let Some(record) = state.slots[slot].inbox.front() {
            let Some(header) = Header::read(record) else { return Take::Nothing };
            if !state.slots[slot].admits(header.flags, concurrency) {
                return Take::Nothing;
            }
            let length = copy(record, into);
            state.slots[slot].inbox.pop_front();
            state.queue.start(&header, slot);
            state.slots[slot].running.push(running(&header, now));
            return Take::Task { header, length, assigned: true, unblocked: false };
        }
        if state.queue.is_empty() {
            self.unload(state);
        }
        let State { queue, slots, .. } = state;
        let Some((header, record)) = queue.front() else {
            self.control.store(Word::Queued, 0);
            return Take::Nothing;
        };
        if !slots[slot].admits(header.flags, concurrency) {
            return Take::Nothing;
        }
        let length = copy(record, into);
        queue.take_front(&header, slot);
        let emptied = queue.is_empty();
        let before = slots[slot].free(concurrency);
        slots[slot].running.push(running(&header, now));
        let abortable = header.flags.has(Flags::ABORTABLE);
        let after = state.slots[slot].free(concurrency);
        self.leave_queue(1, usize::from(abortable), (after as i32).wrapping_sub(before as i32));
        if emptied {
            self.control.store(Word::Queued, 0);
        }
        let unblocked = abortable && self.unblock(state);
        Take::Task { header, length, assigned: false, unblocked }
    }

    /// Removes a task from its worker; `None` when the worker was told to end meanwhile.
    fn finish(&self, state: &mut State, slot: usize, id: TaskId) -> Option<Running> {
        if !state.slots[slot].phase.is_live() {
            return None;
        }
        let before = state.slots[slot].free(self.config.concurrency);
        let task = state.slots[slot].finish(id)?;
        if task.flags.has(Flags::ABORTABLE) && !state.queue.end(id) {
            return None;
        }
        self.free_changed(state, slot, before);
        Some(task)
    }

    fn put_into_inbox(&self, state: &mut State, slot: usize, record: &[u8]) -> Wakeup {
        let before = state.slots[slot].free(self.config.concurrency);
        state.slots[slot].inbox.push_back(record.to_vec());
        self.free_changed(state, slot, before);
        if state.slots[slot].phase.is_idle() { self.notify(state, slot) } else { Wakeup::None }
    }

    /// Chooses an idle worker: it is idle no more.
    fn notify(&self, state: &mut State, slot: usize) -> Wakeup {
        let wakeup = match state.slots[slot].phase {
            Phase::Parked => Wakeup::Notify,
            Phase::Looping => Wakeup::Message,
            _ => Wakeup::None,
        };
        self.rest(state, slot, Phase::Notified);
        state.pokes[slot].store(true, Ordering::SeqCst);
        wakeup
    }

    fn retire_slot(&self, state: &mut State, slot: usize) -> Vec<TaskId> {
        if !state.slots[slot].phase.is_live() {
            return Vec::new();
        }
        let before = state.slots[slot].free(self.config.concurrency);
        self.rest(state, slot, Phase::Retired);
        state.pokes[slot].store(true, Ordering::SeqCst);
        let lost = state.slots[slot].abandon();
        self.free_changed(state, slot, before);
        lost
    }

    /// Moves `slot` to `phase` and keeps the counters and the idle list in step: the only place where a phase that
    /// others can see changes.
    fn rest(&self, state: &mut State, slot: usize, phase: Phase) {
        let old = std::mem::replace(&mut state.slots[slot].phase, phase);
        if old == phase {
            return;
        }
        state.blocked = state.blocked + usize::from(phase == Phase::Blocked) - usize::from(old == Phase::Blocked);
        if old.is_idle() && !phase.is_idle() {
            state.idle.retain(|&other| other != slot);
        }
        if !old.is_idle() && phase.is_idle() {
            let place = state.idle.partition_point(|&other| other < slot);
            state.idle.insert(place, slot);
        }
        for (word, counts) in
            [(Word::Spinning, Phase::is_spinning as fn(Phase) -> bool), (Word::Sleeping, Phase::sleeps)]
        {
            match (counts(old), counts(phase)) {
                (true, false) => self.control.add(word, -1),
                (false, true) => self.control.add(word, 1),
                _ => {}
            }
        }
    }

    /// The oldest task has changed: workers that could not start it may start the next. Whether there are any.
    fn unblock(&self, state: &mut State) -> bool {
        if state.blocked == 0 {
            return false;
        }
        for slot in 0..state.slots.len() {
            if state.slots[slot].phase == Phase::Blocked {
                self.rest(state, slot, Phase::Looping);
            }
        }
        true
    }

    /// Publishes how the room of one worker has changed.
    fn free_changed(&self, state: &State, slot: usize, before: usize) {
        let after = state.slots[slot].free(self.config.concurrency);
        if after != before {
            self.control.add(Word::Capacity, (after as i32).wrapping_sub(before as i32));
        }
    }

    /// Publishes that `tasks` tasks have left the queue, `abortable` of them abortable, and that the workers' room has
    /// changed by `free` in the same step: in one word, so that the main thread never sees the one without the other.
    fn leave_queue(&self, tasks: usize, abortable: usize, free: i32) {
        if abortable > 0 {
            self.control.add(Word::TakenAbortable, abortable as i32);
        }
        self.control.add(Word::Taken, tasks as i32);
        let capacity = free.wrapping_add(tasks as i32);
        if capacity != 0 {
            self.control.add(Word::Capacity, capacity);
        }
    }

    fn waiting(&self) -> usize {
        distance(&self.control, Word::Submitted, Word::Taken)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Take {
    Task { header: Header, length: usize, assigned: bool, unblocked: bool },
    Nothing,
    Stop,
}

fn running(header: &Header, now: f64) -> Running {
    Running { id: header.id, flags: header.flags, created: header.created, started: now }
}

/// Copies a record's payload. The codec refuses values larger than a worker's buffer, so nothing is cut off.
fn copy(record: &[u8], into: &mut [u8]) -> usize {
    let payload = &record[HEADER..];
    into[..payload.len()].copy_from_slice(payload);
    payload.len()
}

/// How far counter `ahead` is before counter `behind`, modulo 2^32; zero while a change of both is under way.
fn distance(control: &Control, ahead: Word, behind: Word) -> usize {
    let behind = control.load(behind);
    control.load(ahead).wrapping_sub(behind).max(0) as usize
}

/// Repeats `look` until it is true or `nanos` have passed.
#[cfg(not(loom))]
fn search(nanos: u64, look: impl Fn() -> bool) -> bool {
    let start = std::time::Instant::now();
    loop {
        for _ in 0..32 {
            if look() {
                return true;
            }
            spin_hint();
        }
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
