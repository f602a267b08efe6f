//! Where kernel threads leave what has happened, for one environment to fetch.

use crate::kernels::{Finished, Observer};
use napi::sys;
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How often a running kernel reports its progress, at most.
const PROGRESS_EVERY: Duration = Duration::from_millis(50);

/// Something to tell the environment.
#[derive(Debug)]
pub(super) enum Event {
    Progress { id: u32, done: u64, total: u64 },
    Finished { id: u32, finished: Finished },
}

/// The threadsafe function, by its handle.
#[derive(Clone, Copy)]
pub(super) struct Doorbell(pub(super) sys::napi_threadsafe_function);

// SAFETY: Node-API lets any thread call a threadsafe function. That the handle is still valid then is argued at
// `State::tell`; it is referenced and unreferenced by the environment's own thread only, at `Local`.
unsafe impl Send for Doorbell {}

/// Where kernel threads and the environment meet.
#[derive(Default)]
pub(super) struct Shared {
    state: Mutex<State>,
    quiet: Condvar,
}

#[derive(Default)]
struct State {
    events: Vec<Event>,
    /// Calls that may still have bytes of the environment, or something to tell it.
    running: usize,
    /// The environment has been told to look here and has not looked yet.
    ringing: bool,
    /// The environment looks by itself: nobody needs to ring.
    watched: bool,
    /// None before the client is complete and once the environment ends.
    doorbell: Option<Doorbell>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The client is complete: events are told from now on.
    pub(super) fn connect(&self, doorbell: Doorbell) {
        self.lock().doorbell = Some(doorbell);
    }

    /// The environment has heard the doorbell and will look here: what comes later rings again.
    pub(super) fn answer(&self) {
        self.lock().ringing = false;
    }

    /// Takes everything that was left here.
    pub(super) fn take_events(&self) -> Vec<Event> {
        std::mem::take(&mut self.lock().events)
    }

    /// Whether the environment looks here by itself from now on. It has to look once more after it has stopped: for
    /// what came before, nobody has rung.
    pub(super) fn watch(&self, watched: bool) {
        self.lock().watched = watched;
    }

    /// The end of the environment, part one: nobody rings any more.
    pub(super) fn silence(&self) {
        self.lock().doorbell = None;
    }

    /// The end of the environment, part two: waits until no kernel has bytes of it.
    pub(super) fn wait_until_quiet(&self) {
        let mut state = self.lock();
        while state.running > 0 {
            state = self.quiet.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        // Undelivered outputs are freed here and not by a kernel thread some time later.
        state.events = Vec::new();
    }
}

impl State {
    fn tell(&mut self, event: Event) {
        // Without a doorbell the environment is at its end, and nobody is left to be told.
        let Some(bell) = self.doorbell else { return };
        self.events.push(event);
        if !self.ringing && !self.watched {
            self.ringing = true;
            // SAFETY: the handle is valid while `doorbell` holds it: the client is its one owner, releases it in the
            // cleanup hook only, and takes it out of here first, under the lock that this call holds. Should Node have
            // begun to close the function by itself, the call returns `napi_closing` and does nothing.
            unsafe {
                sys::napi_call_threadsafe_function(
                    bell.0,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                )
            };
        }
    }
}

/// Reports one call to its environment.
pub(super) struct Report {
    shared: Arc<Shared>,
    id: u32,
    /// When the next report of progress is due; None when nobody asked.
    due: Option<Instant>,
}

impl Report {
    /// Counts the call in: until its end the environment waits for it.
    pub(super) fn new(shared: &Arc<Shared>, id: u32, progress: bool) -> Self {
        shared.lock().running += 1;
        Report { shared: Arc::clone(shared), id, due: progress.then(|| Instant::now() + PROGRESS_EVERY) }
    }
}

impl Observer for Report {
    fn progress(&mut self, done: u64, total: u64) {
        if self.due.is_some_and(|due| due <= Instant::now()) {
            self.due = Some(Instant::now() + PROGRESS_EVERY);
            self.shared.lock().tell(Event::Progress { id: self.id, done, total });
        }
    }

    fn finish(self: Box<Self>, finished: Finished) {
        self.shared.lock().tell(Event::Finished { id: self.id, finished });
    }
}

impl Drop for Report {
    /// Counts the call out: the last that it does with its environment, however it ended.
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.running -= 1;
        if state.running == 0 {
            self.shared.quiet.notify_all();
        }
    }
}
