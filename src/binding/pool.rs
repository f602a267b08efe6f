//! The main thread's end of a pool.

use super::clock::Clock;
use super::registry::{self, Shared};
use super::views::{PAYLOAD_MAX, View};
use super::worker;
use crate::error::{Error, ErrorCode};
use crate::scheduler::AbortOutcome;
use crate::scheduler::control::Word;
use crate::scheduler::outbox::{Kind, NAPS, OUT_HEADER, RING, SILENT};
use crate::scheduler::pool::{Config, Pool, WORKERS_MAX, Wakeup};
use crate::scheduler::stats::{PERCENTILES, Summary};
use crate::scheduler::task::{ALIGN, Flags, HEADER, TaskId};
use napi::bindgen_prelude::{Function, Int32Array, Uint8Array, Uint32Array};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi_derive::napi;
use std::sync::Arc;

/// What a pool is made with.
#[napi(object)]
pub struct PoolConfig {
    /// Tasks that one worker runs at a time.
    pub concurrency: u32,
    /// Workers that may search for a task in a loop at the same time.
    pub spinners: u32,
    /// Whether waiting and running times are recorded.
    pub timing: bool,
    /// How many milliseconds `monotonicNow()` is ahead of this thread's `performance.now()`.
    pub clock_ahead: f64,
}

/// A histogram in numbers; times in milliseconds.
#[napi(object)]
pub struct TimesSummary {
    /// Recorded tasks.
    pub count: f64,
    /// Mean, NaN when nothing was recorded.
    pub mean: f64,
    /// Standard deviation, NaN when nothing was recorded.
    pub stddev: f64,
    /// Least.
    pub min: f64,
    /// Greatest.
    pub max: f64,
    /// Values at the percentiles of `layout().percentiles`.
    pub percentiles: Vec<f64>,
}

impl From<Summary> for TimesSummary {
    fn from(summary: Summary) -> Self {
        let Summary { count, mean, stddev, min, max, percentiles } = summary;
        Self { count: count as f64, mean, stddev, min, max, percentiles: percentiles.to_vec() }
    }
}

/// A name and its number.
#[napi(object)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Its number.
    pub value: u32,
}

/// Every number that JavaScript and Rust must agree on.
#[napi(object)]
pub struct Layout {
    /// Indices of the control words.
    pub words: Vec<Named>,
    /// How many control words there are.
    pub word_count: u32,
    /// Kinds of outbox records.
    pub kinds: Vec<Named>,
    /// Task flags.
    pub flags: Vec<Named>,
    /// What a worker's step says.
    pub steps: Vec<Named>,
    /// Indices of a worker's registers; `COUNT` is how many there are.
    pub registers: Vec<Named>,
    /// Values of the word `BELL`.
    pub bells: Vec<Named>,
    /// Bytes of a task record's header.
    pub header: u32,
    /// Bytes of an outbox record's header.
    pub out_header: u32,
    /// Alignment of records in bytes.
    pub align: u32,
    /// Bytes that a payload may have.
    pub payload_max: u32,
    /// How many workers a pool can have.
    pub workers_max: u32,
    /// How many tasks a worker can be told to run at once.
    pub concurrency_max: u32,
    /// Percentiles of a summary.
    pub percentiles: Vec<f64>,
}

/// The layout of the memory that JavaScript shares with Rust.
#[napi(catch_unwind)]
pub fn layout() -> Layout {
    let named = |name: &str, value: usize| Named { name: name.to_owned(), value: value as u32 };
    Layout {
        words: Word::TABLE.iter().map(|(name, word)| named(name, *word as usize)).collect(),
        word_count: Word::COUNT as u32,
        kinds: Kind::TABLE.iter().map(|(name, kind)| named(name, *kind as usize)).collect(),
        flags: Flags::TABLE.map(|(name, flag)| named(name, usize::from(flag.0))).into(),
        steps: worker::STEPS.map(|(name, step)| named(name, step as usize)).into(),
        registers: worker::register::TABLE.map(|(name, register)| named(name, register)).into(),
        bells: [("RING", RING), ("SILENT", SILENT), ("NAPS", NAPS)]
            .map(|(name, bell)| named(name, bell as usize))
            .into(),
        header: HEADER as u32,
        out_header: OUT_HEADER as u32,
        align: ALIGN as u32,
        payload_max: PAYLOAD_MAX as u32,
        workers_max: WORKERS_MAX as u32,
        concurrency_max: u32::MAX,
        percentiles: PERCENTILES.to_vec(),
    }
}

/// What a retired worker had.
#[napi(object, object_from_js = false)]
pub struct Abandoned {
    /// What it has taken and will not finish: index, sequence number, index, …
    pub running: Uint32Array,
    /// The records that it has not taken, end to end, each padded to a multiple of 8.
    pub untaken: Uint8Array,
}

/// The main thread's end of a pool. Not for use by others than rockpool's own JavaScript.
///
/// A slot and how to wake its worker come back as one number, `slot * 4 + how`: 0 it searches and finds the task by
/// itself, 1 change and notify its wake word, 2 post it a message, 3 it is busy or boots and will ask by itself; -1
/// stands for "no worker". With 0 and 1 nothing can come between the worker and the task.
#[napi]
pub struct NativePool {
    shared: Arc<Shared>,
    id: u32,
    _control: View<Int32Array>,
    _staging: View<Uint8Array>,
    inbound: View<Uint8Array>,
    scratch: View<Uint8Array>,
}

#[napi]
impl NativePool {
    /// Makes a pool. `control` and `staging` are views of SharedArrayBuffers; results are drained into `inbound`;
    /// records for one worker are read from `scratch`. `bell` is called on this thread when there is something to
    /// drain; it does not keep the event loop alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        config: PoolConfig,
        control: Int32Array,
        staging: Uint8Array,
        inbound: Uint8Array,
        scratch: Uint8Array,
        bell: Function<(), ()>,
    ) -> napi::Result<Self, ErrorCode> {
        let control = View::words(control, Word::COUNT)?;
        let staging = View::bytes(staging, PAYLOAD_MAX + HEADER)?;
        let inbound = View::bytes(inbound, PAYLOAD_MAX + OUT_HEADER + ALIGN)?;
        let scratch = View::bytes(scratch, PAYLOAD_MAX + HEADER)?;
        let bell = bell.build_threadsafe_function::<()>().weak::<true>().callee_handled::<false>().build();
        let bell = bell.map_err(|error| Error::new(ErrorCode::BadView, error.reason.clone()))?;
        let ring = move || {
            // A status other than ok means that this environment ends: nobody is left to be told.
            let _ = bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
        };
        let core = Config {
            concurrency: config.concurrency.max(1) as usize,
            spinners: config.spinners as usize,
            timing: config.timing,
        };
        let pool = Pool::new(core, control.control(), staging.staging(), Box::new(ring));
        let shared = Arc::new(Shared::new(pool, Clock::new(config.clock_ahead)));
        let id = registry::enter(&shared)?;
        Ok(Self { shared, id, _control: control, _staging: staging, inbound, scratch })
    }

    /// The number by which workers find this pool.
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Empties the staging area into the queue; the next record goes to its start.
    #[napi(catch_unwind)]
    pub fn flush(&self) {
        self.shared.pool.flush();
    }

    /// Chooses an idle worker for the queued tasks.
    #[napi(catch_unwind)]
    pub fn wake(&self) -> i32 {
        self.shared.pool.wake().map_or(-1, pack)
    }

    /// Adds a worker that boots, and returns its slot.
    #[napi(catch_unwind)]
    pub fn add_worker(&self, warm: bool) -> u32 {
        self.shared.pool.add_worker(warm) as u32
    }

    /// Gives the record in the first `length` bytes of `scratch` to a worker that could start it now, if there is one.
    #[napi(catch_unwind)]
    pub fn place(&mut self, length: u32) -> i32 {
        let Self { shared, scratch, .. } = self;
        scratch.slice().get(..length as usize).and_then(|record| shared.pool.place(record)).map_or(-1, pack)
    }

    /// Gives the record in the first `length` bytes of `scratch` to one worker and no other.
    #[napi(catch_unwind)]
    pub fn assign(&mut self, slot: u32, length: u32) -> i32 {
        let Self { shared, scratch, .. } = self;
        let record = scratch.slice().get(..length as usize);
        let wakeup = record.and_then(|record| shared.pool.assign(slot as usize, record));
        wakeup.map_or(-1, |wakeup| pack((slot as usize, wakeup)))
    }

    /// Takes a task back from a worker that has not taken it, and queues it before all others: whoever takes it asks for
    /// its value. False: the worker has taken it.
    #[napi(catch_unwind)]
    pub fn requeue(&self, index: u32, seq: u32, slot: u32) -> bool {
        self.shared.pool.requeue(TaskId { index, seq }, slot as usize)
    }

    /// Queues a record before all others: a worker has not taken it before it ended.
    #[napi(catch_unwind)]
    pub fn restore(&self, record: Uint8Array) {
        self.shared.pool.restore(&record);
    }

    /// Aborts a task. -1: it will not start; -2: it has ended; else the slot whose worker runs it and must be
    /// terminated. `assigned` is the slot that the task was given to, or -1.
    #[napi(catch_unwind)]
    pub fn abort(&self, index: u32, seq: u32, assigned: i32) -> i32 {
        match self.shared.pool.abort(TaskId { index, seq }, usize::try_from(assigned).ok()) {
            AbortOutcome::Queued => -1,
            AbortOutcome::TooLate => -2,
            AbortOutcome::Running(slot) => slot as i32,
        }
    }

    /// Retires a worker if it has nothing to do.
    #[napi(catch_unwind)]
    pub fn retire_unused(&self, slot: u32) -> bool {
        self.shared.pool.retire_unused(slot as usize)
    }

    /// Retires a worker if it still boots; what it was given is handed over by `retire`.
    #[napi(catch_unwind)]
    pub fn retire_booting(&self, slot: u32) -> bool {
        self.shared.pool.retire_booting(slot as usize)
    }

    /// Retires a worker, unless it is retired already, and hands over what it has.
    #[napi(catch_unwind)]
    pub fn retire(&self, slot: u32) -> Abandoned {
        let abandoned = self.shared.pool.retire(slot as usize);
        Abandoned { running: flatten(&abandoned.running), untaken: abandoned.untaken.concat().into() }
    }

    /// The thread of a worker was told to end, and not by its pool: it is given nothing more.
    #[napi(catch_unwind)]
    pub fn leave(&self, slot: u32) {
        self.shared.pool.leave(slot as usize);
    }

    /// The thread of a retired worker has ended.
    #[napi(catch_unwind)]
    pub fn vacate(&self, slot: u32) {
        self.shared.pool.vacate(slot as usize);
    }

    /// Removes the tasks that no worker has taken, except the `keep` oldest, and names them, oldest first.
    #[napi(catch_unwind)]
    pub fn take_queued(&self, keep: u32) -> Uint32Array {
        flatten(&self.shared.pool.take_queued(keep as usize))
    }

    /// Gives a handler the number by which task records name it.
    #[napi(catch_unwind)]
    pub fn define_handler(&self, filename: String, name: String) -> napi::Result<u32, ErrorCode> {
        Ok(self.shared.define_handler(filename, name)?)
    }

    /// Copies outbox records to `inbound` and returns how many bytes; 0 when there are none. With `stay` the bell
    /// stays silent after that: the caller must come back by itself.
    #[napi(catch_unwind)]
    pub fn drain(&mut self, stay: bool) -> u32 {
        let Self { shared, inbound, .. } = self;
        shared.pool.drain(inbound.slice(), stay) as u32
    }

    /// Tasks that have not started, besides those for which a worker is free.
    #[napi(getter, catch_unwind)]
    pub fn queued(&self) -> u32 {
        self.shared.pool.counts().queued as u32
    }

    /// Whether one more task would find no worker to start it.
    #[napi(catch_unwind)]
    pub fn would_wait(&self, abortable: bool) -> bool {
        self.shared.pool.would_wait(abortable)
    }

    /// Whether workers look at the clock from now on although no histogram needs it.
    #[napi(catch_unwind)]
    pub fn watch_times(&self, watched: bool) {
        self.shared.pool.watch_times(watched);
    }

    /// The tasks that a worker runs: index, sequence number, and milliseconds of the clock at its start (NaN where
    /// nobody looked), index, …
    #[napi(catch_unwind)]
    pub fn running(&self, slot: u32) -> Vec<f64> {
        let running = self.shared.pool.running(slot as usize);
        running
            .iter()
            .flat_map(|(id, started)| [f64::from(id.index), f64::from(id.seq), started.unwrap_or(f64::NAN)])
            .collect()
    }

    /// How many tasks a worker has; Infinity when it shares itself with no other, since its task has a signal.
    #[napi(catch_unwind)]
    pub fn usage(&self, slot: u32) -> f64 {
        match self.shared.pool.usage(slot as usize) {
            (_, true) => f64::INFINITY,
            (tasks, false) => tasks as f64,
        }
    }

    /// Ready workers that have nothing to do.
    #[napi(getter, catch_unwind)]
    pub fn idle(&self) -> u32 {
        self.shared.pool.counts().idle as u32
    }

    /// Waiting times.
    #[napi(getter, catch_unwind)]
    pub fn wait_times(&self) -> TimesSummary {
        self.shared.pool.times(|wait, _| wait.summary()).into()
    }

    /// Running times.
    #[napi(getter, catch_unwind)]
    pub fn run_times(&self) -> TimesSummary {
        self.shared.pool.times(|_, run| run.summary()).into()
    }

    /// Forgets the waiting times.
    #[napi(catch_unwind)]
    pub fn reset_wait_times(&self) {
        self.shared.pool.times(|wait, _| wait.reset());
    }

    /// Forgets the running times.
    #[napi(catch_unwind)]
    pub fn reset_run_times(&self) {
        self.shared.pool.times(|_, run| run.reset());
    }

    /// Records the times of a task that did not go through a worker, in milliseconds.
    #[napi(catch_unwind)]
    pub fn record_times(&self, waited: f64, ran: f64) {
        self.shared.pool.times(|wait, run| {
            wait.record(waited);
            run.record(ran);
        });
    }
}

impl Drop for NativePool {
    fn drop(&mut self) {
        registry::leave(self.id);
    }
}

fn pack((slot, wakeup): (usize, Wakeup)) -> i32 {
    let how = match wakeup {
        Wakeup::None => 0,
        Wakeup::Notify => 1,
        Wakeup::Message => 2,
        Wakeup::Later => 3,
    };
    slot as i32 * 4 + how
}

fn flatten(ids: &[TaskId]) -> Uint32Array {
    ids.iter().flat_map(|id| [id.index, id.seq]).collect::<Vec<u32>>().into()
}
