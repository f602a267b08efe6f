//! Behaviour of a pool, call by call: the main thread's JavaScript and the workers are played by one thread. What
//! happens when they meet is shown by the loom models, and under load by `load`.

mod load;
mod main_thread;
mod reference;
mod worker;

use super::control::{Control, Word};
use super::policy::PolicyKind;
use super::pool::{Abandoned, Config, Counts, Next, Pool, Report, WorkerEndpoint};
use super::submission::SubmissionBuffer;
use crate::protocol::completion::{Kind, Note};
use crate::protocol::record::{ALIGN, Flags, HEADER, Header, TaskId, at};
use std::sync::Arc;

const PLAIN: Flags = Flags(0);
const STAGING: usize = 64 * 1024;
/// Room that the largest record of these tests needs.
const LARGEST: usize = 1024;

/// The main thread: `lib/pool/submission.js`.
struct Main {
    pool: Arc<Pool>,
    tail: usize,
    submitted: i32,
    submitted_abortable: i32,
    last: u32,
}

impl Main {
    fn new(concurrency: usize) -> Self {
        Self::with_bell(concurrency, || ())
    }

    fn with_policy(concurrency: usize, policy: PolicyKind) -> Self {
        Self::with(concurrency, policy, || ())
    }

    fn with_bell(concurrency: usize, bell: impl Fn() + Send + Sync + 'static) -> Self {
        Self::with(concurrency, PolicyKind::default(), bell)
    }

    fn with(concurrency: usize, policy: PolicyKind, bell: impl Fn() + Send + Sync + 'static) -> Self {
        let config = Config { concurrency, spinners: 0, timing: false, policy };
        let pool = Pool::new(config, Control::owned(), SubmissionBuffer::owned(STAGING), Box::new(bell));
        Self { pool: Arc::new(pool), tail: 0, submitted: 0, submitted_abortable: 0, last: 0 }
    }

    fn record(&mut self, flags: Flags) -> (TaskId, Vec<u8>) {
        self.last += 1;
        let id = TaskId { index: self.last, seq: 1 };
        let mut record = Header::record(id, flags, &self.last.to_le_bytes());
        record.truncate(HEADER + 4);
        (id, record)
    }

    fn submit(&mut self, flags: Flags) -> TaskId {
        self.submit_at(flags, 0.0)
    }

    fn submit_at(&mut self, flags: Flags, created: f64) -> TaskId {
        let (id, mut record) = self.record(flags);
        record[at::CREATED..at::CREATED + 8].copy_from_slice(&created.to_le_bytes());
        self.publish(&record);
        id
    }

    fn publish(&mut self, record: &[u8]) {
        let flags = Header::read(record).unwrap().flags;
        if self.tail + LARGEST > STAGING {
            self.pool.flush();
            self.tail = 0;
        }
        // SAFETY: only this thread publishes, and `tail` is the end of what it has published.
        unsafe { self.pool.submission().write(self.tail, record) };
        self.tail += record.len().next_multiple_of(ALIGN);
        let control = self.pool.control();
        if flags.has(Flags::ABORTABLE) {
            self.submitted_abortable += 1;
            control.store(Word::SubmittedAbortable, self.submitted_abortable);
        }
        self.submitted += 1;
        control.store(Word::Submitted, self.submitted);
        control.store(Word::StagedTail, self.tail as i32);
    }

    fn word(&self, word: Word) -> i32 {
        self.pool.control().load(word)
    }

    fn waiting(&self) -> i32 {
        self.submitted - self.word(Word::Taken)
    }

    fn room(&self) -> i32 {
        self.word(Word::Capacity) - self.submitted
    }

    /// A worker that has loaded its file and has not asked for a task.
    fn worker(&self) -> WorkerEndpoint {
        self.worker_that_sleeps(true)
    }

    fn worker_that_sleeps(&self, blocking: bool) -> WorkerEndpoint {
        let slot = self.pool.add_worker(true);
        let endpoint = self.pool.attach(slot, blocking).unwrap();
        self.pool.ready(&endpoint);
        endpoint
    }

    fn notes(&self) -> Vec<Note> {
        let mut into = vec![0; 64 * 1024];
        let mut notes = Vec::new();
        loop {
            let length = self.pool.drain(&mut into, false);
            let mut rest = &into[..length];
            while let Some((note, stride)) = Note::read(rest) {
                notes.push(note);
                rest = &rest[stride..];
            }
            if length == 0 {
                return notes;
            }
        }
    }

    fn results(&self) -> Vec<u32> {
        self.notes().iter().filter(|note| note.kind.is_completion()).map(|note| note.id.index).collect()
    }

    fn counts(&self) -> (usize, usize) {
        let Counts { queued, idle } = self.pool.counts();
        (queued, idle)
    }
}

/// A worker's native call.
fn next(pool: &Pool, endpoint: &mut WorkerEndpoint, done: Option<TaskId>) -> Next {
    call(pool, endpoint, done, false)
}

/// The same, with a report after which the worker's event loop is to turn.
fn report(pool: &Pool, endpoint: &mut WorkerEndpoint, done: TaskId) -> Next {
    call(pool, endpoint, Some(done), true)
}

fn call(pool: &Pool, endpoint: &mut WorkerEndpoint, done: Option<TaskId>, turn: bool) -> Next {
    let report = done.map(|id| Report { id, kind: Kind::Result, payload: b"result", turn });
    let mut into = [0; LARGEST];
    let next = pool.next(endpoint, report, &mut into, || 7, || 0.0);
    if let Next::Task { header, length, .. } = next {
        assert_eq!(into[..length], header.id.index.to_le_bytes(), "the payload is the task's own");
    }
    next
}

/// Takes a task; panics when there is none to take.
fn take(main: &Main, endpoint: &mut WorkerEndpoint) -> TaskId {
    match next(&main.pool, endpoint, None) {
        Next::Task { header, .. } => header.id,
        other => panic!("{other:?} instead of a task"),
    }
}

fn indices(ids: &[TaskId]) -> Vec<u32> {
    ids.iter().map(|id| id.index).collect()
}

/// The tasks that a worker had taken, and those that it had not.
fn named(abandoned: &Abandoned) -> (Vec<u32>, Vec<u32>) {
    let untaken = abandoned.untaken.iter().map(|record| Header::read(record).unwrap().id.index).collect();
    (indices(&abandoned.running), untaken)
}
