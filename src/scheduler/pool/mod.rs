//! The pool: which task starts where, and when.
//!
//! One lock guards the queue, the slots and the fates of abortable tasks, so every decision is made in one place and
//! at one time. It is held for a few dozen nanoseconds: a take copies a small record, nothing runs user code and
//! nothing waits inside it. The main thread submits without it, through the submission buffer and the control words.
//! `../README.md` has the states, the protocols and why no wake-up is lost.
//!
//! | module        | what it holds |
//! |---------------|---------------|
//! | `main_thread` | the main thread's calls: wake, place, abort, retire, count |
//! | `worker`      | a worker's calls: report, take, search, go to sleep |
//! | `transitions` | what both are made of: the steps under the lock |
//! | `phases`      | how the phase of a slot changes |

mod main_thread;
mod phases;
mod transitions;
mod worker;

pub use super::slot::{Abandoned, Drain};
pub use main_thread::Counts;
pub use worker::{Next, Report, WorkerEndpoint};

use super::completion::CompletionQueue;
use super::control::Control;
use super::policy::PolicyKind;
use super::queue::Queue;
use super::slot::Slot;
use super::stats::Times;
use super::submission::SubmissionBuffer;
use super::sync::{AtomicBool, Mutex, MutexGuard, lock};
use crate::protocol::record::TaskId;
use std::sync::Arc;

/// What a pool is told when it is made.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Tasks that one worker runs at a time.
    pub concurrency: usize,
    /// Workers that may look for a task in a loop at the same time.
    pub spinners: usize,
    /// Whether waiting and running times are kept in histograms.
    pub timing: bool,
    /// The order in which tasks start.
    pub policy: PolicyKind,
}

/// The scheduler of one pool.
pub struct Pool {
    config: Config,
    control: Control,
    submission: SubmissionBuffer,
    state: Mutex<State>,
    completions: CompletionQueue,
    reading: Mutex<Reading>,
    /// Whether workers look at the clock: for the histograms, or for somebody who watches. No part of any protocol, so
    /// loom need not model it.
    clocked: std::sync::atomic::AtomicBool,
    bell: Box<dyn Fn() + Send + Sync>,
}

/// What the main thread keeps of the notes that it reads.
#[derive(Default)]
struct Reading {
    /// Of waiting and of running.
    times: [Times; 2],
    /// The abortable tasks that the last portion of notes has ended.
    ended: Vec<TaskId>,
}

struct State {
    queue: Queue,
    slots: Vec<Slot>,
    interrupts: Vec<Arc<AtomicBool>>,
    /// Slots in an idle phase, lowest first. The lowest is woken first: so few tasks keep few workers busy, and those
    /// beyond `minThreads` come to rest and can end.
    idle: Vec<usize>,
    /// Slots in `Phase::Blocked`.
    blocked: usize,
}

impl Pool {
    /// Makes a pool without workers. `bell` is called from any thread when the main thread must look at the completions.
    pub fn new(
        config: Config,
        control: Control,
        submission: SubmissionBuffer,
        bell: Box<dyn Fn() + Send + Sync>,
    ) -> Self {
        let state = State {
            queue: Queue::new(config.policy),
            slots: Vec::new(),
            interrupts: Vec::new(),
            idle: Vec::new(),
            blocked: 0,
        };
        Self {
            config,
            control,
            submission,
            state: Mutex::new(state),
            completions: CompletionQueue::new(),
            reading: Mutex::default(),
            clocked: std::sync::atomic::AtomicBool::new(config.timing),
            bell,
        }
    }

    /// The control words.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// The submission buffer, for tests and models, which write records as JavaScript does.
    #[cfg(test)]
    pub(crate) fn submission(&self) -> &SubmissionBuffer {
        &self.submission
    }

    /// How many fates are kept.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn fates(&self) -> usize {
        self.lock().queue.fates()
    }

    fn is_clocked(&self) -> bool {
        // Relaxed: tasks on either side of the change may have times or not.
        self.clocked.load(std::sync::atomic::Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
