//! Behaviour of a pool, call by call: the main thread's JavaScript and the workers are played by one thread. What
//! happens when they meet is shown by the loom models, and under load by the last test of this file.

use super::AbortOutcome;
use super::control::{Control, Word};
use super::outbox::{Kind, Note, read};
use super::pool::{Config, Counts, Next, Pool, Report, Seat, Wakeup};
use super::staging::Staging;
use super::task::{ALIGN, Flags, HEADER, Header, TaskId};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const PLAIN: Flags = Flags(0);
const STAGING: usize = 64 * 1024;
/// Room that the largest record of these tests needs.
const LARGEST: usize = 1024;

/// The main thread: `lib/pool/staging.js`.
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

    fn with_bell(concurrency: usize, bell: impl Fn() + Send + Sync + 'static) -> Self {
        let config = Config { concurrency, spinners: 0, timing: false };
        let pool = Pool::new(config, Control::owned(), Staging::owned(STAGING), Box::new(bell));
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
        let (id, record) = self.record(flags);
        if self.tail + LARGEST > STAGING {
            self.pool.flush();
            self.tail = 0;
        }
        // SAFETY: only this thread publishes, and `tail` is the end of what it has published.
        unsafe { self.pool.staging().write(self.tail, &record) };
        self.tail += record.len().next_multiple_of(ALIGN);
        let control = self.pool.control();
        if flags.has(Flags::ABORTABLE) {
            self.submitted_abortable += 1;
            control.store(Word::SubmittedAbortable, self.submitted_abortable);
        }
        self.submitted += 1;
        control.store(Word::Submitted, self.submitted);
        control.store(Word::StagedTail, self.tail as i32);
        id
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
    fn worker(&self) -> Seat {
        self.worker_that_sleeps(true)
    }

    fn worker_that_sleeps(&self, blocking: bool) -> Seat {
        let slot = self.pool.add_worker(true);
        let seat = self.pool.attach(slot, blocking).unwrap();
        self.pool.ready(&seat);
        seat
    }

    fn notes(&self) -> Vec<Note> {
        let mut into = vec![0; 64 * 1024];
        let mut notes = Vec::new();
        loop {
            let length = self.pool.drain(&mut into, false);
            let mut rest = &into[..length];
            while let Some((note, stride)) = read(rest) {
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
fn next(pool: &Pool, seat: &mut Seat, done: Option<TaskId>) -> Next {
    let report = done.map(|id| Report { id, kind: Kind::Result, payload: b"result" });
    let mut into = [0; LARGEST];
    let next = pool.next(seat, report, &mut into, || 7, || 0.0);
    if let Next::Task { header, length, .. } = next {
        assert_eq!(into[..length], header.id.index.to_le_bytes(), "the payload is the task's own");
    }
    next
}

/// Takes a task; panics when there is none to take.
fn take(main: &Main, seat: &mut Seat) -> TaskId {
    match next(&main.pool, seat, None) {
        Next::Task { header, .. } => header.id,
        other => panic!("{other:?} instead of a task"),
    }
}

fn indices(ids: &[TaskId]) -> Vec<u32> {
    ids.iter().map(|id| id.index).collect()
}

#[test]
fn tasks_start_in_the_order_of_their_submission_whoever_takes_them() {
    let mut main = Main::new(1);
    let mut workers = [main.worker(), main.worker(), main.worker()];
    let mut running = [None; 3];
    let mut order = Vec::new();
    for _ in 0..10 {
        for _ in 0..1_000 {
            main.submit(PLAIN);
        }
        for turn in 0..1_000 {
            let slot = turn * 7 % 3;
            let Next::Task { header, .. } = next(&main.pool, &mut workers[slot], running[slot]) else { panic!() };
            running[slot] = Some(header.id);
            order.push(header.id.index);
        }
    }
    assert_eq!(order, (1..=10_000).collect::<Vec<_>>());
    assert_eq!(main.waiting(), 0);
}

#[test]
fn a_worker_without_a_task_sleeps_as_it_was_told_to_and_is_woken_accordingly() {
    let main = Main::new(1);
    let mut blocking = main.worker();
    assert_eq!(main.pool.wake(), None, "it runs, and asks by itself");
    assert_eq!(next(&main.pool, &mut blocking, None), Next::Park { epoch: 7 });
    assert_eq!(main.word(Word::Sleeping), 1);
    assert_eq!(main.pool.wake(), Some((0, Wakeup::Notify)));
    assert_eq!((main.word(Word::Sleeping), main.pool.wake()), (0, None), "it is woken once");

    let mut looping = main.worker_that_sleeps(false);
    assert_eq!(next(&main.pool, &mut looping, None), Next::Wait);
    assert_eq!(main.pool.wake(), Some((1, Wakeup::Message)));
    assert_eq!(next(&main.pool, &mut looping, None), Next::Wait, "a wake-up in vain leads back to sleep");
    assert_eq!(main.word(Word::Sleeping), 1);
}

#[test]
fn the_lowest_idle_worker_is_woken_first() {
    let main = Main::new(1);
    let mut workers = [main.worker(), main.worker(), main.worker()];
    for slot in [1, 2, 0] {
        assert_eq!(next(&main.pool, &mut workers[slot], None), Next::Park { epoch: 7 });
    }
    let woken: Vec<_> = std::iter::from_fn(|| main.pool.wake()).map(|(slot, _)| slot).collect();
    assert_eq!(woken, [0, 1, 2]);
}

#[test]
fn an_abortable_task_shares_its_worker_with_no_other() {
    let mut main = Main::new(2);
    let mut worker = main.worker_that_sleeps(false);
    let alone = main.submit(Flags::ABORTABLE);
    main.submit(PLAIN);
    assert_eq!(take(&main, &mut worker), alone);
    assert_eq!(next(&main.pool, &mut worker, None), Next::Wait, "there is a task, but not for this worker");
    assert_eq!(main.room(), -1);
    let Next::Task { header, .. } = next(&main.pool, &mut worker, Some(alone)) else { panic!() };
    assert_eq!(header.id.index, 2);
}

#[test]
fn a_worker_that_the_oldest_task_does_not_suit_is_idle_again_once_that_is_taken() {
    let mut main = Main::new(2);
    let mut sharing = main.worker_that_sleeps(false);
    main.submit(PLAIN);
    take(&main, &mut sharing);
    main.submit(Flags::ABORTABLE);
    main.submit(PLAIN);
    assert_eq!(next(&main.pool, &mut sharing, None), Next::Wait);
    assert_eq!((main.word(Word::Sleeping), main.pool.wake()), (0, None), "to wake it would be in vain");
    main.notes();

    let mut other = main.worker();
    main.notes();
    assert_eq!(take(&main, &mut other).index, 2);
    let kinds: Vec<_> = main.notes().iter().map(|note| note.kind).collect();
    assert_eq!(kinds, [Kind::Wake], "the main thread is told that a wake-up is worth its while");
    assert_eq!(main.pool.wake(), Some((0, Wakeup::Message)));
    assert_eq!(take(&main, &mut sharing).index, 3);
}

#[test]
fn a_worker_that_the_oldest_task_does_not_suit_is_idle_again_once_that_is_aborted_or_removed() {
    let leaves: [fn(&Main, TaskId); 2] = [
        |main, id| assert_eq!(main.pool.abort(id, None), AbortOutcome::Queued),
        |main, id| assert_eq!(main.pool.take_queued(0), [id]),
    ];
    for leave in leaves {
        let mut main = Main::new(2);
        let mut sharing = main.worker_that_sleeps(false);
        main.submit(PLAIN);
        take(&main, &mut sharing);
        let id = main.submit(Flags::ABORTABLE);
        assert_eq!(next(&main.pool, &mut sharing, None), Next::Wait);
        leave(&main, id);
        main.submit(PLAIN);
        assert_eq!(main.pool.wake(), Some((0, Wakeup::Message)));
        assert_eq!(take(&main, &mut sharing).index, 3);
    }
}

#[test]
fn a_task_by_port_goes_to_an_idle_worker_but_never_past_an_older_task() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    let (_, record) = main.record(Flags::PORT);
    assert_eq!(main.pool.place(&record), None, "the worker runs");
    assert_eq!(next(&main.pool, &mut worker, None), Next::Park { epoch: 7 });
    main.submit(PLAIN);
    assert_eq!(main.pool.place(&record), None, "it is the older task's");
    assert_eq!(main.pool.take_queued(0).len(), 1);
    assert_eq!(main.pool.place(&record), Some((0, Wakeup::Notify)));
    assert_eq!(main.room(), 0);
    assert_eq!(main.pool.place(&record), None, "its place is taken");
    let Next::Task { header, assigned, .. } = next(&main.pool, &mut worker, None) else { panic!() };
    assert!(assigned);
    assert_eq!(header.flags, Flags::PORT);
}

#[test]
fn a_task_by_port_goes_to_a_booting_worker_only_while_none_has_booted() {
    let mut main = Main::new(1);
    let [first, second] = [main.pool.add_worker(true), main.pool.add_worker(true)];
    let place = |main: &mut Main| {
        let (_, record) = main.record(Flags::PORT);
        main.pool.place(&record)
    };
    assert_eq!(place(&mut main), Some((first, Wakeup::None)));
    assert_eq!(place(&mut main), Some((second, Wakeup::None)));
    assert_eq!(place(&mut main), None);

    let mut main = Main::new(1);
    main.pool.add_worker(true);
    main.worker();
    assert_eq!(place(&mut main), None, "the one that has booted will be free sooner");
}

#[test]
fn an_assigned_task_waits_for_its_worker_and_comes_before_the_queue() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    main.submit(PLAIN);
    let running = take(&main, &mut worker);
    main.submit(PLAIN);
    let (assigned, record) = main.record(PLAIN);
    assert_eq!(main.pool.assign(0, &record), Some(Wakeup::None));
    assert_eq!(next(&main.pool, &mut worker, None), Next::Wait, "it runs as many as it may");
    let Next::Task { header, assigned: was_assigned, .. } = next(&main.pool, &mut worker, Some(running)) else {
        panic!()
    };
    assert_eq!((header.id, was_assigned), (assigned, true));
    let lost = main.pool.retire(0);
    assert_eq!(lost, [assigned]);
    assert_eq!(main.pool.assign(0, &record), None, "a retired worker takes nothing more");
    assert_eq!(main.pool.assign(9, &record), None);
}

#[test]
fn a_retired_worker_is_told_to_stop_and_names_what_it_has() {
    let mut main = Main::new(3);
    let mut worker = main.worker_that_sleeps(false);
    for _ in 0..3 {
        main.submit(PLAIN);
    }
    let first = take(&main, &mut worker);
    take(&main, &mut worker);
    let (_, record) = main.record(PLAIN);
    assert_eq!(main.pool.assign(0, &record), Some(Wakeup::None));
    assert_eq!(indices(&main.pool.retire(0)), [1, 2, 4], "in the order in which it got them");
    assert!(main.pool.retire(0).is_empty(), "each is named once");
    assert_eq!(next(&main.pool, &mut worker, Some(first)), Next::Stop);
    assert_eq!(main.results(), [], "what it reports is dropped");
    assert_eq!((main.waiting(), main.room()), (1, -1), "what it had not taken waits for another");
}

#[test]
fn a_worker_is_unused_only_while_it_waits_and_nothing_waits_for_it() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    assert!(!main.pool.retire_unused(0), "it runs");
    assert_eq!(next(&main.pool, &mut worker, None), Next::Park { epoch: 7 });
    main.submit(PLAIN);
    assert!(!main.pool.retire_unused(0), "a task counts on it");
    let id = take(&main, &mut worker);
    assert_eq!(next(&main.pool, &mut worker, Some(id)), Next::Park { epoch: 7 });
    assert!(main.pool.retire_unused(0));
    assert!(!main.pool.retire_unused(0));
    assert!(!main.pool.retire_unused(9));
    assert_eq!((main.room(), main.word(Word::Sleeping)), (0, 0));
}

#[test]
fn a_slot_is_given_away_again_once_its_thread_is_gone() {
    let main = Main::new(1);
    let mut worker = main.worker();
    main.pool.vacate(0);
    assert_eq!(next(&main.pool, &mut worker, None), Next::Park { epoch: 7 }, "a live worker keeps its slot");
    main.pool.retire(0);
    assert_eq!(main.pool.add_worker(false), 1, "its thread may still run");
    main.pool.vacate(0);
    assert_eq!(main.pool.add_worker(false), 0);
    assert!(main.pool.attach(0, true).is_some());
    main.pool.retire(1);
    assert!(main.pool.attach(1, true).is_none(), "it was given up while it booted");
}

#[test]
fn counts_take_a_task_with_a_free_worker_for_started() {
    let mut main = Main::new(1);
    assert_eq!(main.counts(), (0, 0));
    main.pool.add_worker(true);
    main.pool.add_worker(false);
    assert_eq!(main.counts(), (0, 1), "one counts as ready from the start");
    main.submit(PLAIN);
    assert_eq!(main.counts(), (0, 0));
    main.submit(PLAIN);
    main.submit(PLAIN);
    assert_eq!(main.counts(), (1, 0), "booting workers will take the first two");
    let mut worker = main.worker();
    assert_eq!(main.counts(), (0, 0));
    take(&main, &mut worker);
    assert_eq!(main.counts(), (0, 0));
    main.submit(PLAIN);
    assert_eq!(main.counts(), (1, 0));
}

#[test]
fn counts_know_that_abortable_tasks_do_not_share() {
    let mut main = Main::new(4);
    main.worker();
    main.submit(Flags::ABORTABLE);
    main.submit(Flags::ABORTABLE);
    assert_eq!(main.counts(), (1, 0));
    main.pool.take_queued(0);
    for _ in 0..5 {
        main.submit(PLAIN);
    }
    assert_eq!(main.counts(), (1, 0));
}

#[test]
fn removing_what_waits_names_it_in_order_and_keeps_the_oldest() {
    let mut main = Main::new(1);
    for _ in 0..3 {
        main.submit(PLAIN);
    }
    main.pool.flush();
    main.tail = 0;
    let id = main.submit(Flags::ABORTABLE);
    main.submit(PLAIN);
    main.submit(PLAIN);
    assert_eq!(main.pool.abort(id, None), AbortOutcome::Queued);
    assert_eq!(indices(&main.pool.take_queued(3)), [5, 6], "staged or not, without the aborted one");
    assert_eq!(main.waiting(), 3);
    assert_eq!(indices(&main.pool.take_queued(0)), [1, 2, 3]);
    assert_eq!((main.waiting(), main.word(Word::Queued)), (0, 0));
}

#[test]
fn an_abort_meets_its_task_wherever_it_is() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    let queued = main.submit(Flags::ABORTABLE);
    assert_eq!(main.pool.abort(queued, None), AbortOutcome::Queued);
    assert_eq!(main.pool.abort(queued, None), AbortOutcome::TooLate);
    let ended = main.submit(Flags::ABORTABLE);
    assert_eq!(take(&main, &mut worker), ended);
    assert_eq!(next(&main.pool, &mut worker, Some(ended)), Next::Park { epoch: 7 });
    assert_eq!(main.pool.abort(ended, None), AbortOutcome::TooLate);
    assert_eq!(main.results(), [ended.index]);

    let (placed, record) = main.record(Flags::ABORTABLE | Flags::PORT);
    assert_eq!(main.pool.place(&record), Some((0, Wakeup::Notify)));
    assert_eq!(main.pool.abort(placed, Some(0)), AbortOutcome::Queued);
    assert_eq!(main.room(), 1);

    let running = main.submit(Flags::ABORTABLE);
    assert_eq!(take(&main, &mut worker), running);
    assert_eq!(main.pool.abort(running, None), AbortOutcome::Running(0));
    assert_eq!(next(&main.pool, &mut worker, Some(running)), Next::Stop);
    assert_eq!(main.results(), []);
    assert_eq!(main.room(), 0);
}

#[test]
fn tasks_that_are_aborted_before_they_leave_the_staging_area_are_counted_rightly() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    let ids: Vec<_> = (0..1_500).map(|_| main.submit(Flags::ABORTABLE)).collect();
    for id in &ids {
        assert_eq!(main.pool.abort(*id, None), AbortOutcome::Queued);
    }
    assert_eq!(main.waiting(), 0);
    assert_eq!(next(&main.pool, &mut worker, None), Next::Park { epoch: 7 });
    main.submit(PLAIN);
    assert_eq!(take(&main, &mut worker).index, 1_501);
}

/// After any sequence of calls the pool agrees with a naive model of it: in what it hands out, in what it names and in
/// the words that it shares.
#[test]
fn any_sequence_of_calls_agrees_with_a_naive_model() {
    for seed in 1..=200 {
        let concurrency = 1 + seed as usize % 3;
        Comparison::new(seed, concurrency).run(400);
    }
}

/// xorshift64: the same sequence everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

/// A worker as the naive model has it.
struct Mirror {
    seat: Option<Seat>,
    live: bool,
    running: Vec<(TaskId, Flags)>,
    inbox: VecDeque<(TaskId, Flags)>,
}

struct Comparison {
    main: Main,
    random: Random,
    concurrency: usize,
    queue: VecDeque<(TaskId, Flags)>,
    workers: Vec<Mirror>,
    reported: Vec<u32>,
    seen: Vec<u32>,
}

impl Comparison {
    fn new(seed: u64, concurrency: usize) -> Self {
        let main = Main::new(concurrency);
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self {
            main,
            random,
            concurrency,
            queue: VecDeque::new(),
            workers: Vec::new(),
            reported: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn run(mut self, calls: usize) {
        for _ in 0..calls {
            match self.random.below(16) {
                0..=4 => {
                    let flags = if self.random.below(3) == 0 { Flags::ABORTABLE } else { PLAIN };
                    let id = self.main.submit(flags);
                    self.queue.push_back((id, flags));
                }
                5 => {
                    self.main.pool.flush();
                    self.main.tail = 0;
                }
                6 if self.workers.iter().filter(|worker| worker.live).count() < 4 => self.hire(),
                7 if self.random.below(4) == 0 => self.dismiss(),
                8 => self.abort(),
                9 if self.random.below(8) == 0 => self.truncate(),
                10 => self.assign(),
                11 => {
                    let _ = self.main.pool.wake();
                }
                _ => self.ask(),
            }
            self.check();
        }
    }

    fn hire(&mut self) {
        let seat = self.main.worker_that_sleeps(self.random.below(2) == 0);
        let slot = seat.slot();
        if slot == self.workers.len() {
            self.workers.push(Mirror { seat: None, live: false, running: Vec::new(), inbox: VecDeque::new() });
        }
        assert!(!self.workers[slot].live, "a slot has one worker");
        self.workers[slot] = Mirror { seat: Some(seat), live: true, running: Vec::new(), inbox: VecDeque::new() };
    }

    fn pick(&mut self) -> Option<usize> {
        let live: Vec<_> = (0..self.workers.len()).filter(|&slot| self.workers[slot].live).collect();
        if live.is_empty() { None } else { Some(live[self.random.below(live.len())]) }
    }

    fn dismiss(&mut self) {
        let Some(slot) = self.pick() else { return };
        let lost: BTreeSet<_> = indices(&self.main.pool.retire(slot)).into_iter().collect();
        let worker = &self.workers[slot];
        assert_eq!(lost, worker.running.iter().chain(&worker.inbox).map(|(id, _)| id.index).collect());
        self.bury(slot);
    }

    fn bury(&mut self, slot: usize) {
        let worker = &mut self.workers[slot];
        let mut seat = worker.seat.take().unwrap();
        assert_eq!(next(&self.main.pool, &mut seat, None), Next::Stop);
        self.main.pool.vacate(slot);
        *worker = Mirror { seat: None, live: false, running: Vec::new(), inbox: VecDeque::new() };
    }

    fn abort(&mut self) {
        let queued = self.queue.iter().map(|task| (*task, None));
        let running = self.workers.iter().enumerate().flat_map(|(slot, worker)| {
            let tasks = worker.running.iter().chain(&worker.inbox);
            tasks.map(move |task| (*task, Some(slot)))
        });
        let abortable: Vec<_> = queued.chain(running).filter(|((_, flags), _)| *flags == Flags::ABORTABLE).collect();
        if abortable.is_empty() {
            return;
        }
        let ((id, _), place) = abortable[self.random.below(abortable.len())];
        let outcome = self.main.pool.abort(id, place);
        match place {
            Some(slot) if self.workers[slot].running.iter().any(|(other, _)| *other == id) => {
                assert_eq!(outcome, AbortOutcome::Running(slot));
                self.bury(slot);
            }
            Some(slot) => {
                assert_eq!(outcome, AbortOutcome::Queued);
                self.workers[slot].inbox.retain(|(other, _)| *other != id);
            }
            None => {
                assert_eq!(outcome, AbortOutcome::Queued);
                self.queue.retain(|(other, _)| *other != id);
            }
        }
    }

    fn truncate(&mut self) {
        let keep = self.random.below(self.queue.len() + 1);
        let removed: Vec<_> = self.queue.split_off(keep).iter().map(|(id, _)| *id).collect();
        assert_eq!(self.main.pool.take_queued(keep), removed);
    }

    /// To a worker that runs nothing: there an abortable task is alone, as the balancers see to it.
    fn assign(&mut self) {
        let Some(slot) = self.pick() else { return };
        let worker = &mut self.workers[slot];
        if !worker.running.is_empty() || !worker.inbox.is_empty() {
            return;
        }
        let flags = if self.random.below(2) == 0 { Flags::ABORTABLE } else { PLAIN };
        let (id, record) = self.main.record(flags);
        assert!(self.main.pool.assign(slot, &record).is_some());
        self.workers[slot].inbox.push_back((id, flags));
    }

    /// A worker's call, with a report or without.
    fn ask(&mut self) {
        let Some(slot) = self.pick() else { return };
        let worker = &mut self.workers[slot];
        let mut done = None;
        if !worker.running.is_empty() && self.random.below(2) == 0 {
            let at = self.random.below(worker.running.len());
            done = Some(worker.running.remove(at).0);
        }
        self.reported.extend(done.map(|id| id.index));
        let admits = |running: &[(TaskId, Flags)], flags: Flags| {
            let alone = |flags: &Flags| *flags == Flags::ABORTABLE;
            running.is_empty()
                || (running.len() < self.concurrency
                    && !alone(&flags)
                    && !running.iter().any(|(_, other)| alone(other)))
        };
        let from = if worker.inbox.is_empty() { &mut self.queue } else { &mut worker.inbox };
        let expected = from.front().copied().filter(|(_, flags)| admits(&worker.running, *flags));
        if expected.is_some() {
            from.pop_front();
        }
        match next(&self.main.pool, worker.seat.as_mut().unwrap(), done) {
            Next::Task { header, .. } => {
                assert_eq!(Some((header.id, header.flags)), expected);
                worker.running.push((header.id, header.flags));
            }
            Next::Park { .. } => assert!(expected.is_none() && worker.running.is_empty()),
            Next::Wait => assert!(expected.is_none()),
            Next::Stop => panic!("a live worker was stopped"),
        }
    }

    fn check(&mut self) {
        let Self { main, concurrency, queue, workers, .. } = self;
        assert_eq!(main.waiting(), queue.len() as i32);
        let abortable = queue.iter().filter(|(_, flags)| *flags == Flags::ABORTABLE).count();
        assert_eq!(main.submitted_abortable - main.word(Word::TakenAbortable), abortable as i32);
        let free: usize = workers
            .iter()
            .filter(|worker| worker.live)
            .map(|worker| {
                let mut tasks = worker.running.iter().chain(&worker.inbox);
                let alone = tasks.any(|(_, flags)| *flags == Flags::ABORTABLE);
                let used = worker.running.len() + worker.inbox.len();
                if alone { 0 } else { concurrency.saturating_sub(used) }
            })
            .sum();
        assert_eq!(main.room(), free as i32 - queue.len() as i32);
        assert_eq!(main.word(Word::Spinning), 0);
        let live = workers.iter().filter(|worker| worker.live).count() as i32;
        assert!((0..=live).contains(&main.word(Word::Sleeping)));
        let results = main.results();
        self.seen.extend(results);
        assert_eq!(self.seen, self.reported, "every report comes out, once and in order");
    }
}

/// The same under load: real threads, which sleep and are woken as in Node.
#[test]
fn thousands_of_tasks_on_real_threads_end_once_each() {
    const TASKS: usize = 20_000;
    const WORKERS: usize = 3;
    let rung = Arc::new(AtomicBool::new(false));
    let main_thread = std::thread::current();
    let rope = rung.clone();
    let mut main = Main::with_bell(1, move || {
        rope.store(true, Ordering::SeqCst);
        main_thread.unpark();
    });
    let epochs: Arc<[AtomicUsize; WORKERS]> = Arc::default();
    let threads: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (mut seat, pool, epochs) = (main.worker(), main.pool.clone(), epochs.clone());
            std::thread::spawn(move || {
                let slot = seat.slot();
                let epoch = || epochs[slot].load(Ordering::SeqCst) as i32;
                let (mut into, mut done, mut order) = ([0; LARGEST], None, Vec::new());
                loop {
                    let report = done.take().map(|id| Report { id, kind: Kind::Result, payload: &[] });
                    match pool.next(&mut seat, report, &mut into, epoch, || 0.0) {
                        Next::Task { header, .. } => {
                            order.push(header.id.index);
                            done = Some(header.id);
                        }
                        Next::Park { epoch: before } => {
                            while epoch() == before {
                                std::thread::park();
                            }
                        }
                        Next::Wait => unreachable!("it sleeps, and runs one task at a time"),
                        Next::Stop => return order,
                    }
                }
            })
        })
        .collect();
    let rouse = |slot: usize| {
        epochs[slot].fetch_add(1, Ordering::SeqCst);
        threads[slot].thread().unpark();
    };
    let wake = |main: &Main| {
        if main.word(Word::Sleeping) > 0
            && main.waiting() > 0
            && let Some((slot, wakeup)) = main.pool.wake()
        {
            assert_eq!(wakeup, Wakeup::Notify);
            rouse(slot);
        }
    };
    let mut results = Vec::new();
    for round in 0..TASKS {
        main.submit(PLAIN);
        wake(&main);
        if round % 64 == 0 {
            results.extend(main.results());
            wake(&main);
        }
    }
    while results.len() < TASKS {
        if !rung.swap(false, Ordering::SeqCst) {
            std::thread::park();
        }
        results.extend(main.results());
        wake(&main);
    }
    for slot in 0..WORKERS {
        assert!(main.pool.retire(slot).is_empty());
        rouse(slot);
    }
    results.sort();
    assert_eq!(results, (1..=TASKS as u32).collect::<Vec<_>>());
    let orders: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(orders.iter().all(|order| order.is_sorted()), "each worker gets its tasks in the order of submission");
    assert_eq!(orders.iter().map(Vec::len).sum::<usize>(), TASKS);
}
