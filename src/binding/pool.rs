//! The main thread's end of a pool.

use super::clock::Clock;
use super::registry::{self, Shared};
use super::views::View;
use crate::error::{Error, ErrorCode};
use crate::protocol::answers::chosen;
use crate::protocol::completion;
use crate::protocol::limits::limit::PAYLOAD_MAX;
use crate::protocol::record::{ALIGN, HEADER, TaskId};
use crate::scheduler::control::Word;
use crate::scheduler::policy::PolicyKind;
use crate::scheduler::pool::{Config, Pool};
use crate::scheduler::stats::Summary;
use napi::bindgen_prelude::{Function, Int32Array, Uint8Array};
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
    /// Values at the percentiles of the protocol.
    pub percentiles: Vec<f64>,
}

impl From<Summary> for TimesSummary {
    fn from(summary: Summary) -> Self {
        let Summary { count, mean, stddev, min, max, percentiles } = summary;
        Self { count: count as f64, mean, stddev, min, max, percentiles: percentiles.to_vec() }
    }
}

/// What a retired worker had.
#[napi(object, object_from_js = false)]
pub struct Abandoned {
    /// What it has taken and will not finish: index, sequence number, index, …
    pub running: Vec<f64>,
    /// The records that it has not taken, end to end, each padded to a multiple of 8.
    pub untaken: Uint8Array,
}

/// The main thread's end of a pool. Not for use by others than rockpool's own JavaScript.
///
/// A slot and how to wake its worker come back as one number, see [`answers`](crate::protocol::answers). Sequence numbers
/// are numbers of JavaScript, exact up to 2^53.
#[napi]
pub struct NativePool {
    shared: Arc<Shared>,
    id: u32,
    _control: View<Int32Array>,
    _submission: View<Uint8Array>,
    inbound: View<Uint8Array>,
    scratch: View<Uint8Array>,
}

#[napi]
impl NativePool {
    /// Makes a pool. `control` and `submission` are views of SharedArrayBuffers; results are drained into `inbound`;
    /// records for one worker are read from `scratch`. `bell` is called on this thread when there is something to
    /// drain; it does not keep the event loop alive.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        config: PoolConfig,
        control: Int32Array,
        submission: Uint8Array,
        inbound: Uint8Array,
        scratch: Uint8Array,
        bell: Function<(), ()>,
    ) -> napi::Result<Self, ErrorCode> {
        let control = View::words(control, Word::COUNT)?;
        let submission = View::bytes(submission, PAYLOAD_MAX + HEADER)?;
        let inbound = View::bytes(inbound, PAYLOAD_MAX + completion::at::HEADER + ALIGN)?;
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
            policy: PolicyKind::Fifo,
        };
        let pool = Pool::new(core, control.control(), submission.submission(), Box::new(ring));
        let shared = Arc::new(Shared::new(pool, Clock::new(config.clock_ahead)));
        let id = registry::enter(&shared)?;
        Ok(Self { shared, id, _control: control, _submission: submission, inbound, scratch })
    }

    /// The number by which workers find this pool.
    #[napi(getter, catch_unwind)]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Empties the submission buffer into the queue; the next record goes to its start.
    #[napi(catch_unwind)]
    pub fn flush(&self) {
        self.shared.pool.flush();
    }

    /// Chooses an idle worker for the queued tasks.
    #[napi(catch_unwind)]
    pub fn wake(&self) -> i32 {
        chosen(self.shared.pool.wake())
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
        chosen(scratch.slice().get(..length as usize).and_then(|record| shared.pool.place(record)))
    }

    /// Gives the record in the first `length` bytes of `scratch` to one worker and no other.
    #[napi(catch_unwind)]
    pub fn assign(&mut self, slot: u32, length: u32) -> i32 {
        let Self { shared, scratch, .. } = self;
        let record = scratch.slice().get(..length as usize);
        let wakeup = record.and_then(|record| shared.pool.assign(slot as usize, record));
        chosen(wakeup.map(|wakeup| (slot as usize, wakeup)))
    }

    /// Takes a task back from a worker that has not taken it, and queues it before all others: whoever takes it asks for
    /// its value. False: the worker has taken it.
    #[napi(catch_unwind)]
    pub fn requeue(&self, index: u32, seq: f64, slot: u32) -> bool {
        self.shared.pool.requeue(task(index, seq), slot as usize)
    }

    /// Queues a record before all others: a worker has not taken it before it ended.
    #[napi(catch_unwind)]
    pub fn restore(&self, record: Uint8Array) {
        self.shared.pool.restore(&record);
    }

    /// Aborts a task: the slot whose worker runs it and must be terminated, or one of the protocol's answers. `assigned` is the slot that the task was given to, or -1.
    #[napi(catch_unwind)]
    pub fn abort(&self, index: u32, seq: f64, assigned: i32) -> i32 {
        self.shared.pool.abort(task(index, seq), usize::try_from(assigned).ok()).to_number()
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
    pub fn take_queued(&self, keep: u32) -> Vec<f64> {
        flatten(&self.shared.pool.take_queued(keep as usize))
    }

    /// Gives a handler the number by which task records name it.
    #[napi(catch_unwind)]
    pub fn define_handler(&self, filename: String, name: String) -> napi::Result<u32, ErrorCode> {
        Ok(self.shared.define_handler(filename, name)?)
    }

    /// Copies completion queue records to `inbound` and returns how many bytes; 0 when there are none. With `stay` the bell
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
            .flat_map(|(id, started)| [f64::from(id.index), id.seq as f64, started.unwrap_or(f64::NAN)])
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

fn task(index: u32, seq: f64) -> TaskId {
    TaskId { index, seq: seq as u64 }
}

fn flatten(ids: &[TaskId]) -> Vec<f64> {
    ids.iter().flat_map(|id| [f64::from(id.index), id.seq as f64]).collect()
}
