//! A worker's end of a pool.

use super::function::function;
use super::registry::{self, Shared};
use super::views::View;
use crate::error::{Error, ErrorCode};
use crate::protocol::completion::Kind;
use crate::protocol::limits::limit::PAYLOAD_MAX;
use crate::protocol::record::TaskId;
use crate::protocol::worker::{register, step};
use crate::scheduler::poll_budget::PollBudget;
use crate::scheduler::pool::{Next, Report, WorkerEndpoint};
use napi::bindgen_prelude::{Env, Int32Array, Uint8Array, Unknown};
use napi_derive::napi;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The memory of a worker: what it shares with the main thread, and what is its own.
#[napi(object, object_to_js = false)]
pub struct WorkerMemory {
    /// This thread's view of the control words.
    pub control: Int32Array,
    /// This thread's view of the submission buffer.
    pub submission: Uint8Array,
    /// The word that this worker sleeps on.
    pub wake: Int32Array,
    /// Where the payload of a task goes.
    pub input: Uint8Array,
    /// Where the result of a task is read.
    pub output: Uint8Array,
    /// Numbers in and out.
    pub registers: Int32Array,
}

/// A worker's end of a pool. Not for use by others than rockpool's own JavaScript.
#[napi]
pub struct NativeWorker {
    context: Rc<RefCell<WorkerContext>>,
}

/// A endpoint with the memory that its worker reads and writes.
struct WorkerContext {
    shared: Arc<Shared>,
    endpoint: WorkerEndpoint,
    _control: View<Int32Array>,
    _submission: View<Uint8Array>,
    wake: View<Int32Array>,
    input: View<Uint8Array>,
    output: View<Uint8Array>,
    registers: View<Int32Array>,
    /// How long to wait awake for a value.
    patience: PollBudget,
}

#[napi]
impl NativeWorker {
    /// Sits down in a slot. With `blocking`, a worker without a task sleeps in `Atomics.wait`, else it returns to its
    /// event loop.
    #[napi(constructor, catch_unwind)]
    pub fn new(pool: u32, slot: u32, blocking: bool, memory: WorkerMemory) -> napi::Result<Self, ErrorCode> {
        let shared = registry::find(pool)?;
        let endpoint = shared
            .pool
            .attach(slot as usize, blocking)
            .ok_or_else(|| Error::new(ErrorCode::SlotGone, format!("slot {slot} was given up")))?;
        let context = WorkerContext {
            shared,
            endpoint,
            _control: View::words(memory.control, 1)?,
            _submission: View::bytes(memory.submission, 1)?,
            wake: View::words(memory.wake, 1)?,
            input: View::bytes(memory.input, PAYLOAD_MAX)?,
            output: View::bytes(memory.output, PAYLOAD_MAX)?,
            registers: View::words(memory.registers, register::COUNT)?,
            patience: PollBudget::default(),
        };
        Ok(Self { context: Rc::new(RefCell::new(context)) })
    }

    /// The worker has loaded its file.
    #[napi(catch_unwind)]
    pub fn ready(&self) {
        let context = self.context.borrow();
        context.shared.pool.ready(&context.endpoint);
    }

    /// The worker begins to load the file of this handler; without one: it has ended that.
    #[napi(catch_unwind)]
    pub fn loading(&self, handler: Option<u32>) {
        let context = self.context.borrow();
        context.shared.pool.loading(&context.endpoint, handler);
    }

    /// The filename and the name of a handler.
    #[napi(catch_unwind)]
    pub fn handler(&self, number: u32) -> Option<Vec<String>> {
        self.context.borrow().shared.handler(number).map(|(filename, name)| vec![filename, name])
    }

    /// Makes the function that reports the task in the registers, unless its kind is 0, and says in the registers what
    /// to do next.
    #[napi(catch_unwind, ts_return_type = "() => void")]
    pub fn stepper<'env>(&self, env: &'env Env) -> napi::Result<Unknown<'env>> {
        let context = Rc::clone(&self.context);
        function(env, "step", move || context.borrow_mut().step())
    }

    /// Makes the function that waits awake, for 200 us at most, until the wake word is no longer the epoch in the
    /// registers.
    #[napi(catch_unwind, ts_return_type = "() => void")]
    pub fn spin_waiter<'env>(&self, env: &'env Env) -> napi::Result<Unknown<'env>> {
        let context = Rc::clone(&self.context);
        function(env, "spin_wait", move || context.borrow_mut().spin_wait())
    }
}

impl WorkerContext {
    fn spin_wait(&mut self) {
        let Self { shared, wake, registers, patience, .. } = self;
        let epoch = registers.get(register::EPOCH);
        shared.pool.spin_wait(patience, || wake.load() as u32 != epoch);
    }

    fn step(&mut self) {
        let Self { shared, endpoint, wake, input, output, registers, .. } = self;
        let length = (registers.get(register::LENGTH) as usize).min(PAYLOAD_MAX);
        let report = Kind::of_report(registers.get(register::KIND)).map(|kind| Report {
            id: TaskId::new(
                registers.get(register::INDEX),
                [register::SEQ_LOW, register::SEQ_HIGH].map(|at| registers.get(at)),
            ),
            kind,
            payload: &output.slice()[..length],
            turn: registers.get(register::TURN) != 0,
        });
        let next = shared.pool.next(endpoint, report, input.slice(), || wake.load(), || shared.clock.now());
        registers.set(register::KIND, 0);
        registers.set(register::TURN, 0);
        let step = match next {
            Next::Task { header, length } => {
                registers.set(register::INDEX, header.id.index);
                let [low, high] = header.id.seq_halves();
                registers.set(register::SEQ_LOW, low);
                registers.set(register::SEQ_HIGH, high);
                registers.set(register::LENGTH, length as u32);
                registers.set(register::HANDLER, header.handler);
                registers.set(register::FLAGS, u32::from(header.flags.0));
                step::TASK
            }
            Next::Park { epoch } => {
                registers.set(register::EPOCH, epoch as u32);
                step::PARK
            }
            Next::Wait => step::WAIT,
            Next::Stop => step::STOP,
            Next::Turn => step::TURN,
        };
        registers.set(register::STEP, step);
    }
}
