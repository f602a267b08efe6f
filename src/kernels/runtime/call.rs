//! One call on its way through the threads.
//!
//! A call is in one of three states, all behind one lock: *resting* (it waits for its turn, `run` is there), *moving*
//! (a thread is at one of its steps and holds the run) and *over* (`run` is gone for good). Whoever takes the run out
//! of a resting call owns it: the thread whose turn it is, or the one that cancels it. So a call finishes exactly once,
//! and a cancelled one that rests finishes at once, however many others wait before it.

use super::batch::{Batch, Done, Progress};
use super::handover::Priority;
use super::kernel::Context;
use super::lent::LentBytes;
use super::output::Output;
use super::panic::caught;
use super::plan::Plan;
use super::trace;
use crate::error::{Error, ErrorCode, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Who is told how a call gets on. Called on a kernel thread, or on the one that cancels.
pub trait Observer: Send {
    /// Between two steps: how much of the whole is done.
    fn progress(&mut self, done: u64, total: u64);

    /// Once, at the end. The lent bytes have been given back before: nothing native looks at them any more.
    fn finish(self: Box<Self>, finished: Finished);
}

/// How a call ended.
#[derive(Debug)]
pub struct Finished {
    /// What came out for each of its inputs.
    pub result: Result<Vec<Done>>,
    /// From the submission to the first step.
    pub wait: Duration,
    /// From the first step to the end.
    pub run: Duration,
}

/// Bytes of input from which a call is large.
const LARGE: usize = 1 << 20;

/// A submitted call.
#[derive(Debug, Default)]
pub struct Call {
    /// Changed under the lock of `run` only; read without it by a step that wants to know.
    cancelled: AtomicBool,
    run: Mutex<Option<Run>>,
    is_large: bool,
    priority: Priority,
}

/// What it takes to go on with a call.
struct Run {
    name: &'static str,
    batch: Batch,
    observer: Box<dyn Observer>,
    submitted: Instant,
    started: Option<Instant>,
}

impl std::fmt::Debug for Run {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Run").field("batch", &self.batch).finish_non_exhaustive()
    }
}

/// What became of a call at one of its turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum AfterStep {
    /// It rests and wants another turn.
    Again,
    /// It is over.
    Over,
}

impl Call {
    /// A planned call with the bytes it was planned for, in the same order. `out` is the output buffer of a call on one
    /// input.
    pub(super) fn new(
        plan: Plan,
        inputs: Vec<LentBytes>,
        out: Option<LentBytes>,
        priority: Priority,
        observer: Box<dyn Observer>,
    ) -> Self {
        Call {
            cancelled: AtomicBool::new(false),
            priority,
            is_large: inputs.iter().map(LentBytes::len).sum::<usize>() >= LARGE,
            run: Mutex::new(Some(Run::new(plan, inputs, out.map(Output::lent), observer))),
        }
    }

    /// Carries a planned call out on this very thread, without rayon. `output` is where a call on one input writes; without
    /// it, and for several inputs, that is memory of our own.
    pub fn run_here(plan: Plan, inputs: Vec<LentBytes>, output: Option<Output>) -> Finished {
        struct Nobody;
        impl Observer for Nobody {
            fn progress(&mut self, _: u64, _: u64) {}
            fn finish(self: Box<Self>, _: Finished) {}
        }
        let mut run = Run::new(plan, inputs, output, Box::new(Nobody));
        let context = Context { cancelled: &AtomicBool::new(false), parallel: false };
        loop {
            if let Some(result) = run.step(&context) {
                return run.end(result).0;
            }
        }
    }

    /// Ends the call as soon as may be: now if it rests, after its present step if it moves, not at all if it is over.
    pub fn cancel(&self) {
        let mut resting = self.lock();
        // Relaxed: steps that look without the lock need nothing but the flag.
        self.cancelled.store(true, Ordering::Relaxed);
        let run = resting.take();
        drop(resting);
        if let Some(run) = run {
            run.finish(Err(cancelled()));
        }
    }

    /// Whether its steps are long enough to be worth some system calls each.
    pub(super) fn is_large(&self) -> bool {
        self.is_large
    }

    pub(super) fn priority(&self) -> Priority {
        self.priority
    }

    /// One step of the call, if it is still there.
    pub(super) fn run_step(&self) -> AfterStep {
        let Some(mut run) = self.lock().take() else {
            return AfterStep::Over;
        };
        let context = Context { cancelled: &self.cancelled, parallel: true };
        let began = trace::begin();
        let ended = run.step(&context);
        // Before the caller hears of the end.
        trace::end(began, run.name);
        if let Some(result) = ended {
            run.finish(result);
            return AfterStep::Over;
        }
        let mut resting = self.lock();
        // Under the lock: either the canceller was here before and we see its flag, or it comes later and finds the run.
        if self.cancelled.load(Ordering::Relaxed) {
            drop(resting);
            run.finish(Err(cancelled()));
            return AfterStep::Over;
        }
        *resting = Some(run);
        AfterStep::Again
    }

    fn lock(&self) -> MutexGuard<'_, Option<Run>> {
        // Nothing panics while it is held; were it so, the Option would still be one or the other.
        self.run.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Run {
    fn new(plan: Plan, inputs: Vec<LentBytes>, output: Option<Output>, observer: Box<dyn Observer>) -> Self {
        let mut items = plan.items;
        // Not a debug assertion: what is asked once a call keeps a kernel from reading memory it was not lent.
        assert_eq!(items.len(), inputs.len(), "an input for each that was planned");
        assert!(output.is_none() || items.len() == 1, "an output buffer is for one input");
        let mut output = output;
        for (item, input) in items.iter_mut().zip(inputs) {
            item.lend(input, output.take().unwrap_or_else(Output::own));
        }
        Run { name: plan.name, batch: Batch::new(items), observer, submitted: Instant::now(), started: None }
    }

    /// The next step; its end, if it was the last one.
    fn step(&mut self, context: &Context<'_>) -> Option<Result<()>> {
        self.started.get_or_insert_with(Instant::now);
        match caught(|| self.batch.step(context)) {
            Ok(Progress::Partly { done, total }) => {
                self.observer.progress(done, total);
                None
            }
            Ok(Progress::Complete) => Some(Ok(())),
            Err(error) => Some(Err(error)),
        }
    }

    fn finish(self, result: Result<()>) {
        let (finished, observer) = self.end(result);
        observer.finish(finished);
    }

    /// Gives the bytes back and says how it went.
    fn end(self, result: Result<()>) -> (Finished, Box<dyn Observer>) {
        let Run { batch, observer, submitted, started, .. } = self;
        // The end of all loans, before anybody is told of it.
        let ended = caught(|| Ok(batch.end()));
        let result = match (result, ended) {
            (Err(error), _) | (Ok(()), Err(error)) => Err(error),
            (Ok(()), Ok(Some(done))) => Ok(done),
            (Ok(()), Ok(None)) => unreachable!("a call is complete when all of its items are done"),
        };
        let now = Instant::now();
        let started = started.unwrap_or(now);
        (Finished { result, wait: started - submitted, run: now - started }, observer)
    }
}

fn cancelled() -> Error {
    Error::new(ErrorCode::KernelCancelled, "The task has been aborted")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::runtime::executor;
    use crate::kernels::runtime::shape::Shape;
    use crate::kernels::{Argument, Value};
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, Sender, channel};

    struct Tell {
        finished: Sender<Finished>,
        progress: Sender<(u64, u64)>,
    }

    impl Observer for Tell {
        fn progress(&mut self, done: u64, total: u64) {
            let _ = self.progress.send((done, total));
        }
        fn finish(self: Box<Self>, finished: Finished) {
            self.finished.send(finished).unwrap();
        }
    }

    struct Started {
        call: Arc<Call>,
        finished: Receiver<Finished>,
        progress: Receiver<(u64, u64)>,
    }

    fn plan(name: &str, arguments: &[(&str, f64)], length: usize) -> Plan {
        let given = arguments.iter().map(|(name, number)| (name.to_string(), Argument::Number(*number))).collect();
        Plan::of(name, given, Shape::bytes(length)).unwrap()
    }

    /// Starts a call. The bytes are leaked, so that they outlive it whatever happens.
    fn call(name: &str, arguments: &[(&str, f64)], bytes: &'static mut [u8]) -> Started {
        let plan = plan(name, arguments, bytes.len());
        // SAFETY: the bytes live for ever, and the exclusive borrow of them is given up here.
        let lent = unsafe { LentBytes::new(bytes.as_mut_ptr(), bytes.len()) };
        let (finished, on_finish) = channel();
        let (progress, on_progress) = channel();
        Started {
            call: executor::submit(plan, vec![lent], None, Priority::Default, Box::new(Tell { finished, progress }))
                .unwrap(),
            finished: on_finish,
            progress: on_progress,
        }
    }

    fn leak(bytes: Vec<u8>) -> &'static mut [u8] {
        Box::leak(bytes.into_boxed_slice())
    }

    #[test]
    fn a_panic_is_an_error_and_the_threads_live_on() {
        for _ in 0..100 {
            let started = call("probe.panic", &[], leak(vec![1]));
            let error = started.finished.recv().unwrap().result.unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelPanic);
            assert!(error.message.contains("on purpose"), "{error}");
        }
        let started = call("probe.nothing", &[], leak(vec![]));
        assert!(started.finished.recv().unwrap().result.is_ok());
    }

    #[test]
    fn a_moving_task_is_cancelled_after_its_step() {
        let started = call("probe.spin", &[("milliseconds", 60_000.0)], leak(vec![]));
        started.progress.recv().unwrap();
        started.call.cancel();
        let error = started.finished.recv().unwrap().result.unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelCancelled);
        started.call.cancel();
        assert!(started.finished.recv().is_err(), "it finished once");
    }

    #[test]
    fn a_resting_task_is_cancelled_at_once_on_the_cancelling_thread() {
        let busy: Vec<_> = (0..64).map(|_| call("probe.spin", &[("milliseconds", 60_000.0)], leak(vec![]))).collect();
        for started in &busy {
            started.call.cancel();
        }
        for started in &busy {
            let error = started.finished.recv().unwrap().result.unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelCancelled);
        }
    }

    #[test]
    fn in_place_and_producing_kernels_write_where_they_should() {
        let bytes = leak(vec![0x0f; 1000]);
        let start = bytes.as_ptr();
        let inverted = call("probe.invert", &[], bytes);
        assert!(inverted.finished.recv().unwrap().result.is_ok());
        // SAFETY: the call is over and has given the bytes back; they live for ever.
        let bytes = unsafe { std::slice::from_raw_parts(start, 1000) };
        assert!(bytes.iter().all(|byte| *byte == 0xf0));

        let started = call("probe.double", &[], leak(vec![1, 2, 3]));
        let mut done = started.finished.recv().unwrap().result.unwrap();
        assert_eq!(done.remove(0).output.unwrap(), [1, 1, 2, 2, 3, 3]);
    }

    #[test]
    fn a_call_on_this_thread_needs_no_pool() {
        let bytes = leak(b"abc".to_vec());
        // SAFETY: as in `call`.
        let lent = unsafe { LentBytes::new(bytes.as_mut_ptr(), bytes.len()) };
        let finished = Call::run_here(plan("blake3", &[("length", 4.0)], 3), vec![lent], None);
        let value = finished.result.unwrap().remove(0).value;
        assert_eq!(value, Value::Bytes(vec![0x64, 0x37, 0xb3, 0xac]));
    }

    #[test]
    fn many_tasks_finish_once_each() {
        let calls: Vec<_> = (0..2_000).map(|index| call("blake3", &[], leak(vec![index as u8; index]))).collect();
        for started in calls {
            assert!(started.finished.recv().unwrap().result.is_ok());
            assert!(started.finished.recv().is_err());
        }
    }
}
