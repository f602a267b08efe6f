//! What JavaScript and Node do around the scheduler, as far as the protocols need it.

use crate::protocol::answers::Wakeup;
use crate::protocol::completion::{Kind, Note};
use crate::protocol::record::{Flags, HEADER, Header, TaskId};
use crate::protocol::words::bell::{NAPS, RING, SILENT};
use crate::scheduler::control::{Control, Word};
use crate::scheduler::pool::{Abandoned, Config, Drain, Next, Pool, Report, WorkerEndpoint};
use crate::scheduler::submission::SubmissionBuffer;
use loom::sync::atomic::{AtomicI32, Ordering};
use loom::sync::{Condvar, Mutex};
use loom::thread::JoinHandle;
use std::sync::Arc;

/// A record of a task in these models: a header, four bytes and their padding.
pub(crate) const RECORD: usize = HEADER + 8;

/// The word that a worker sleeps on, with `Atomics.wait` and `Atomics.notify` as ECMAScript defines them: the
/// comparison and falling asleep are one step for whoever notifies.
pub(crate) struct WakeWord {
    word: AtomicI32,
    waiters: Mutex<()>,
    notified: Condvar,
}

impl WakeWord {
    fn new() -> Self {
        Self { word: AtomicI32::new(0), waiters: Mutex::new(()), notified: Condvar::new() }
    }

    /// `Atomics.load(wakeWord, 0)`.
    fn load(&self) -> i32 {
        self.word.load(Ordering::SeqCst)
    }

    /// `Atomics.wait(wakeWord, 0, epoch)`.
    fn wait(&self, epoch: i32) {
        let waiters = self.waiters.lock().unwrap();
        if self.word.load(Ordering::SeqCst) == epoch {
            drop(self.notified.wait(waiters).unwrap());
        }
    }

    /// `WorkerHandle.rouse`.
    fn rouse(&self) {
        self.word.fetch_add(1, Ordering::SeqCst);
        let _waiters = self.waiters.lock().unwrap();
        self.notified.notify_all();
    }
}

/// Something that is remembered until somebody waits for it: a message on a port, the call of a threadsafe function.
pub(crate) struct Signal {
    given: Mutex<bool>,
    changed: Condvar,
}

impl Signal {
    fn new() -> Self {
        Self { given: Mutex::new(false), changed: Condvar::new() }
    }

    fn give(&self) {
        *self.given.lock().unwrap() = true;
        self.changed.notify_all();
    }

    fn wait(&self) {
        let mut given = self.given.lock().unwrap();
        while !*given {
            given = self.changed.wait(given).unwrap();
        }
        *given = false;
    }
}

/// One pool and everything that its threads share.
pub(crate) struct Stage {
    pub(crate) pool: Pool,
    wake_words: Vec<WakeWord>,
    ports: Vec<Signal>,
    bell: Arc<Signal>,
    /// Every task that started: its index and the slot. Bookkeeping, invisible to loom.
    started: std::sync::Mutex<Vec<(u32, usize)>>,
}

/// How a pool of a model is made.
#[derive(Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) workers: usize,
    pub(crate) concurrency: usize,
    pub(crate) spinners: usize,
    /// Whether idle workers sleep in `Atomics.wait`; else they wait in their event loop.
    pub(crate) blocking: bool,
    /// Whether workers let their event loop turn after each task.
    pub(crate) turns: bool,
}

impl Default for Setting {
    fn default() -> Self {
        Self { workers: 1, concurrency: 1, spinners: 0, blocking: true, turns: false }
    }
}

/// Makes a pool whose workers are ready. They run once [`Worker::spawn`] is called.
pub(crate) fn set(setting: Setting) -> (MainThread, Vec<Worker>) {
    let Setting { workers, concurrency, spinners, blocking, turns } = setting;
    let bell = Arc::new(Signal::new());
    let rope = bell.clone();
    let config = Config { concurrency, spinners, timing: false, policy: super::policy() };
    let pool = Pool::new(config, Control::owned(), SubmissionBuffer::owned(8 * RECORD), Box::new(move || rope.give()));
    let stage = Arc::new(Stage {
        pool,
        wake_words: (0..workers).map(|_| WakeWord::new()).collect(),
        ports: (0..workers).map(|_| Signal::new()).collect(),
        bell,
        started: std::sync::Mutex::default(),
    });
    let worker = |_| {
        let slot = stage.pool.add_worker(true);
        let endpoint = stage.pool.attach(slot, blocking).unwrap();
        stage.pool.ready(&endpoint);
        Worker { stage: stage.clone(), endpoint, turns, reports: Vec::new() }
    };
    let workers = (0..workers).map(worker).collect();
    let main = MainThread { stage, tail: 0, submitted: 0, submitted_abortable: 0, last: 0 };
    while !main.drain().is_empty() {}
    // What was rung for has been read: a wait must not end because of it.
    *main.stage.bell.given.lock().unwrap() = false;
    (main, workers)
}

/// A Worker: `TaskLoop.runLane`.
pub(crate) struct Worker {
    stage: Arc<Stage>,
    endpoint: WorkerEndpoint,
    turns: bool,
    reports: Vec<TaskId>,
}

impl Worker {
    /// Its next task, which is reported in the call after this one; `None` when it is told to end.
    pub(crate) fn take(&mut self) -> Option<u32> {
        let Self { stage, endpoint, turns, reports } = self;
        let slot = endpoint.slot();
        let mut input = [0; RECORD];
        loop {
            let wake_word = &stage.wake_words[slot];
            let report = reports.pop().map(|id| Report { id, kind: Kind::Result, payload: &[], turn: *turns });
            match stage.pool.next(endpoint, report, &mut input, || wake_word.load(), || 0.0) {
                Next::Task { header, .. } => {
                    stage.started.lock().unwrap().push((header.id.index, slot));
                    reports.push(header.id);
                    return Some(header.id.index);
                }
                Next::Park { epoch } => wake_word.wait(epoch),
                Next::Wait => stage.ports[slot].wait(),
                Next::Turn => {}
                Next::Stop => return None,
            }
        }
    }

    /// Returns to its event loop without a task.
    pub(crate) fn go_idle(&mut self) {
        let wake_word = &self.stage.wake_words[self.endpoint.slot()];
        let next = self.stage.pool.next(&mut self.endpoint, None, &mut [0; RECORD], || wake_word.load(), || 0.0);
        assert!(matches!(next, Next::Wait));
    }

    /// Keeps what it runs, as `await` does, so that the next `take` is another lane's.
    pub(crate) fn keep_running(&mut self) -> Option<TaskId> {
        self.reports.pop()
    }

    /// Runs tasks until it is told to end.
    pub(crate) fn run(mut self) {
        while self.take().is_some() {}
    }

    /// Leads the main thread back to its loop's next event, with nothing said.
    pub(crate) fn poke_main(&self) {
        self.stage.bell.give();
    }

    pub(crate) fn spawn(self, life: impl FnOnce(Self) + Send + 'static) -> JoinHandle<()> {
        loom::thread::spawn(move || life(self))
    }
}

/// The main thread's JavaScript: `SubmissionBuffer`, and what `ThreadPool` does with it.
pub(crate) struct MainThread {
    pub(crate) stage: Arc<Stage>,
    tail: usize,
    submitted: i32,
    submitted_abortable: i32,
    last: u32,
}

impl MainThread {
    fn record(&mut self, flags: Flags) -> (TaskId, Vec<u8>) {
        let id = TaskId { index: self.last, seq: u64::from(self.last) + 1 };
        self.last += 1;
        (id, Header::record(id, flags, &[7; 4]))
    }

    /// `SubmissionBuffer.publish`.
    pub(crate) fn publish(&mut self, flags: Flags) -> TaskId {
        let (id, record) = self.record(flags);
        let control = self.stage.pool.control();
        // SAFETY: this is the one thread that publishes, and `tail` is the end of what it has published.
        unsafe { self.stage.pool.submission().write(self.tail, &record) };
        self.tail += record.len();
        if flags.has(Flags::ABORTABLE) {
            self.submitted_abortable += 1;
            control.store(Word::SubmittedAbortable, self.submitted_abortable);
        }
        self.submitted += 1;
        control.store(Word::Submitted, self.submitted);
        control.store(Word::StagedTail, self.tail as i32);
        id
    }

    /// `SubmissionBuffer.waiting`.
    pub(crate) fn waiting(&self) -> i32 {
        self.submitted - self.stage.pool.control().load(Word::Taken)
    }

    /// `SubmissionBuffer.room`.
    pub(crate) fn room(&self) -> i32 {
        self.stage.pool.control().load(Word::Capacity) - self.submitted
    }

    /// `SubmissionBuffer.needsWake`.
    fn needs_wake(&self) -> bool {
        let control = self.stage.pool.control();
        if control.load(Word::Sleeping) == 0 {
            return false;
        }
        let waiting = self.waiting();
        waiting > control.load(Word::Spinning)
    }

    /// `SubmissionBuffer.reserve`, when there is no room.
    pub(crate) fn flush(&mut self) {
        self.stage.pool.flush();
        self.tail = 0;
    }

    /// `ThreadPool.run` of a value that the codec carries.
    pub(crate) fn run(&mut self, flags: Flags) -> TaskId {
        let id = self.publish(flags);
        self.wake_if_needed();
        id
    }

    /// `ThreadPool.wakeForWaiting`; with one new task, the last line of `ThreadPool.run` does the same.
    pub(crate) fn wake_if_needed(&self) {
        let mut waiting = self.waiting();
        while waiting > 0 && self.needs_wake() && self.wake() {
            waiting -= 1;
        }
    }

    /// `ThreadPool.wake`.
    pub(crate) fn wake(&self) -> bool {
        let chosen = self.stage.pool.wake();
        chosen.map(|(slot, wakeup)| self.tell(slot, wakeup)).is_some()
    }

    /// `ThreadPool.submitByPort` and the last line of `run`. Also says to which worker's inbox the task went.
    pub(crate) fn run_by_port(&mut self, flags: Flags) -> (TaskId, Option<usize>) {
        let (id, record) = self.record(flags);
        match self.stage.pool.place(&record) {
            Some((slot, wakeup)) => {
                // `WorkerHandle.send`, then `WorkerHandle.wake`.
                self.stage.wake_words[slot].rouse();
                self.tell(slot, wakeup);
                self.wake_if_needed();
                (id, Some(slot))
            }
            None => {
                self.last -= 1;
                (self.run(flags), None)
            }
        }
    }

    /// `Director.give`.
    pub(crate) fn give(&mut self, slot: usize, flags: Flags) -> TaskId {
        let (id, record) = self.record(flags);
        let wakeup = self.stage.pool.assign(slot, &record).unwrap();
        self.tell(slot, wakeup);
        id
    }

    /// `WorkerHandle.wake`.
    fn tell(&self, slot: usize, wakeup: Wakeup) {
        match wakeup {
            Wakeup::None | Wakeup::Later => {}
            Wakeup::Notify => self.stage.wake_words[slot].rouse(),
            Wakeup::Message => self.stage.ports[slot].give(),
        }
    }

    /// `Crew.remove`, then the end of the Worker: a thread that sleeps is ended by `terminate()`. What it has not taken
    /// waits again, for whom the caller wakes.
    pub(crate) fn remove(&self, slot: usize) -> Vec<TaskId> {
        let Abandoned { running, untaken } = self.stage.pool.retire(slot);
        self.stage.wake_words[slot].rouse();
        self.stage.ports[slot].give();
        untaken.iter().rev().for_each(|record| self.stage.pool.restore(record));
        running
    }

    /// Lets a worker end what it runs, waits for that, and ends the worker. Names the tasks whose results have come.
    pub(crate) fn drain_worker(&self, slot: usize) -> Vec<u32> {
        let Drain { untaken, is_retired } = self.stage.pool.drain_worker(slot);
        untaken.iter().rev().for_each(|record| self.stage.pool.restore(record));
        let mut notes = Vec::new();
        loop {
            while let more @ [_, ..] = &self.drain()[..] {
                notes.extend_from_slice(more);
            }
            if is_retired || notes.iter().any(|note| note.kind == Kind::Drained) {
                break;
            }
            self.stage.bell.wait();
        }
        assert_eq!(self.remove(slot), [], "it has ended all that it had");
        notes.iter().filter(|note| note.kind.is_completion()).map(|note| note.id.index).collect()
    }

    /// A worker that was given a task does not come: the task waits again, for whoever comes first.
    pub(crate) fn pass_over(&self, id: TaskId, slot: usize) -> bool {
        let passed = self.stage.pool.requeue(id, slot);
        self.wake_if_needed();
        passed
    }

    /// Lets a worker that is to end go, and starts another one in its slot.
    pub(crate) fn replace(&self, slot: usize, blocking: bool) -> Worker {
        self.stage.pool.vacate(slot);
        assert_eq!(self.stage.pool.add_worker(true), slot);
        let endpoint = self.stage.pool.attach(slot, blocking).unwrap();
        self.stage.pool.ready(&endpoint);
        Worker { stage: self.stage.clone(), endpoint, turns: false, reports: Vec::new() }
    }

    /// One portion of `ThreadPool.drain`: what the workers have to say.
    pub(crate) fn drain(&self) -> Vec<Note> {
        self.drain_and(false)
    }

    fn drain_and(&self, stay: bool) -> Vec<Note> {
        let mut into = [0; 256];
        let length = self.stage.pool.drain(&mut into, stay);
        let mut notes = Vec::new();
        let mut rest = &into[..length];
        while let Some((note, stride)) = Note::read(rest) {
            notes.push(note);
            rest = &rest[stride..];
        }
        notes
    }

    /// Returns to the event loop until `count` tasks have been settled, and names them in the order of their results.
    /// Whatever the bell rings for is read to its end, as `ThreadPool.drain` does.
    pub(crate) fn settle(&self, count: usize) -> Vec<u32> {
        let settled = self.read_all();
        self.settle_rung_for(settled, count)
    }

    /// As `settle`, but reads nothing before the bell has rung.
    pub(crate) fn settle_rung_for(&self, mut settled: Vec<u32>, count: usize) -> Vec<u32> {
        while settled.len() < count {
            self.stage.bell.wait();
            settled.extend(self.read_all());
        }
        settled
    }

    /// Returns to the event loop until `done`.
    pub(crate) fn wait_until(&self, done: impl Fn(&Self) -> bool) {
        self.read_all();
        while !done(self) {
            self.stage.bell.wait();
            self.read_all();
        }
    }

    /// `ThreadPool.drain`.
    fn read_all(&self) -> Vec<u32> {
        let results = self.results();
        self.wake_if_needed();
        results
    }

    /// `Poller.begin`: from now on nobody rings.
    pub(crate) fn begin_to_look(&self) {
        self.stage.pool.control().store(Word::Bell, SILENT);
    }

    /// One turn of `Poller.look`.
    pub(crate) fn look(&self) -> Vec<u32> {
        if self.stage.pool.control().load(Word::Notes) != 0 { self.results_and(true) } else { Vec::new() }
    }

    /// `Poller.stop`.
    pub(crate) fn stop_to_look(&self) -> Vec<u32> {
        let control = self.stage.pool.control();
        control.store(Word::Bell, RING);
        if control.load(Word::Notes) != 0 { self.results() } else { Vec::new() }
    }

    /// `Poller.nap`, of which the timer never fires.
    pub(crate) fn nap(&self) -> Vec<u32> {
        let control = self.stage.pool.control();
        control.store(Word::Bell, NAPS);
        if control.load(Word::Notes) != 0 { self.results() } else { Vec::new() }
    }

    /// All results that have been reported by now.
    pub(crate) fn results(&self) -> Vec<u32> {
        self.results_and(false)
    }

    fn results_and(&self, stay: bool) -> Vec<u32> {
        let mut results = Vec::new();
        loop {
            let notes = self.drain_and(stay);
            if notes.is_empty() {
                return results;
            }
            results.extend(notes.iter().filter(|note| note.kind.is_completion()).map(|note| note.id.index));
        }
    }

    /// The tasks that have started by now, in order.
    pub(crate) fn started(&self) -> Vec<u32> {
        self.stage.started.lock().unwrap().iter().map(|(index, _)| *index).collect()
    }
}

/// The only use of a word's value in a model's final assertions.
pub(crate) fn word(main: &MainThread, word: Word) -> i32 {
    main.stage.pool.control().load(word)
}
