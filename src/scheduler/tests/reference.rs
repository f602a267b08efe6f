//! The pool against a naive model of it, over random sequences of calls.

use super::super::control::Word;
use super::super::policy::PolicyKind;
use super::super::pool::{Drain, Next, WorkerEndpoint};
use super::{Main, PLAIN, call, named, next, report};
use crate::protocol::answers::AbortOutcome;
use crate::protocol::record::{Flags, TaskId};
use std::collections::VecDeque;

/// After any sequence of calls the pool agrees with a naive model of it: in what it hands out, in what it names and in
/// the words that it shares.
#[test]
fn any_sequence_of_calls_agrees_with_a_naive_model() {
    for policy in PolicyKind::ALL {
        for seed in 1..=200 {
            let concurrency = 1 + seed as usize % 3;
            Comparison::new(policy, seed, concurrency).run(400);
        }
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
    endpoint: Option<WorkerEndpoint>,
    live: bool,
    /// It takes nothing more.
    draining: bool,
    running: Vec<(TaskId, Flags)>,
    inbox: VecDeque<(TaskId, Flags)>,
}

struct Comparison {
    policy: PolicyKind,
    main: Main,
    random: Random,
    concurrency: usize,
    /// In the order in which they are to start.
    queue: VecDeque<(TaskId, Flags)>,
    workers: Vec<Mirror>,
    reported: Vec<u32>,
    seen: Vec<u32>,
}

impl Comparison {
    fn new(policy: PolicyKind, seed: u64, concurrency: usize) -> Self {
        let main = Main::with_policy(concurrency, policy);
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        Self {
            policy,
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
                    self.enqueue((id, flags));
                }
                5 => {
                    self.main.pool.flush();
                    self.main.tail = 0;
                }
                6 if self.workers.iter().filter(|worker| worker.live).count() < 4 => self.hire(),
                7 if self.random.below(4) == 0 => self.dismiss(),
                7 if self.random.below(4) == 0 => self.drain(),
                7 => self.go_on_draining(),
                8 => self.abort(),
                9 if self.random.below(8) == 0 => self.truncate(),
                10 => self.assign(),
                11 if self.random.below(2) == 0 => {
                    let _ = self.main.pool.wake();
                }
                11 => self.requeue(),
                _ => self.ask(),
            }
            self.check();
        }
    }

    /// Where a task that was submitted waits.
    fn enqueue(&mut self, task: (TaskId, Flags)) {
        match self.policy {
            PolicyKind::Fifo => self.queue.push_back(task),
        }
    }

    fn hire(&mut self) {
        let endpoint = self.main.worker_that_sleeps(self.random.below(2) == 0);
        let slot = endpoint.slot();
        if slot == self.workers.len() {
            self.workers.push(Mirror {
                endpoint: None,
                live: false,
                draining: false,
                running: Vec::new(),
                inbox: VecDeque::new(),
            });
        }
        assert!(!self.workers[slot].live, "a slot has one worker");
        self.workers[slot] = Mirror {
            endpoint: Some(endpoint),
            live: true,
            draining: false,
            running: Vec::new(),
            inbox: VecDeque::new(),
        };
    }

    fn pick(&mut self) -> Option<usize> {
        self.pick_of(|worker| worker.live && !worker.draining)
    }

    fn pick_of(&mut self, suits: impl Fn(&Mirror) -> bool) -> Option<usize> {
        let some: Vec<_> = (0..self.workers.len()).filter(|&slot| suits(&self.workers[slot])).collect();
        if some.is_empty() { None } else { Some(some[self.random.below(some.len())]) }
    }

    fn dismiss(&mut self) {
        let Some(slot) = self.pick() else { return };
        let abandoned = self.main.pool.retire(slot);
        let worker = &self.workers[slot];
        let (running, untaken) = named(&abandoned);
        let all = |tasks: &mut dyn Iterator<Item = &(TaskId, Flags)>| tasks.map(|(id, _)| id.index).collect();
        let (mut expected, inbox): (Vec<_>, Vec<_>) = (all(&mut worker.running.iter()), all(&mut worker.inbox.iter()));
        let mut running = running;
        running.sort();
        expected.sort();
        assert_eq!((running, &untaken), (expected, &inbox));
        self.restore(slot, &abandoned.untaken);
        self.end(slot);
    }

    /// What a worker has not taken goes before all that waits.
    fn restore(&mut self, slot: usize, untaken: &[Vec<u8>]) {
        for (record, task) in untaken.iter().zip(std::mem::take(&mut self.workers[slot].inbox)).rev() {
            self.main.pool.restore(record);
            self.queue.push_front(task);
        }
    }

    fn drain(&mut self) {
        let Some(slot) = self.pick() else { return };
        let Drain { untaken, is_retired } = self.main.pool.drain_worker(slot);
        self.restore(slot, &untaken);
        if is_retired {
            assert_eq!(self.workers[slot].running, []);
            self.end(slot);
        } else {
            self.workers[slot].draining = true;
        }
    }

    /// A call of a worker that takes nothing more.
    fn go_on_draining(&mut self) {
        let Some(slot) = self.pick_of(|worker| worker.draining) else { return };
        let done = self.workers[slot].running.pop().map(|(id, _)| id);
        self.reported.extend(done.map(|id| id.index));
        let turn = done.is_some() && self.random.below(2) == 0;
        let endpoint = self.workers[slot].endpoint.as_mut().unwrap();
        assert_eq!(call(&self.main.pool, endpoint, done, turn), Next::Stop);
        if self.workers[slot].running.is_empty() {
            self.end(slot);
        }
    }

    /// A worker that does not come is passed over.
    fn requeue(&mut self) {
        let Some(slot) = self.pick() else { return };
        let Some(task) = self.workers[slot].inbox.pop_back() else { return };
        assert!(self.main.pool.requeue(task.0, slot));
        self.queue.push_front(task);
    }

    fn end(&mut self, slot: usize) {
        let worker = &mut self.workers[slot];
        let mut endpoint = worker.endpoint.take().unwrap();
        assert_eq!(next(&self.main.pool, &mut endpoint, None), Next::Stop);
        self.main.pool.vacate(slot);
        *worker = Mirror { endpoint: None, live: false, draining: false, running: Vec::new(), inbox: VecDeque::new() };
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
                let abandoned = self.main.pool.retire(slot);
                assert_eq!(abandoned.running, []);
                self.restore(slot, &abandoned.untaken);
                self.end(slot);
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
        if let Some(id) = done.filter(|_| self.random.below(4) == 0) {
            let endpoint = self.workers[slot].endpoint.as_mut().unwrap();
            assert_eq!(report(&self.main.pool, endpoint, id), Next::Turn);
            return;
        }
        let worker = &mut self.workers[slot];
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
        match next(&self.main.pool, worker.endpoint.as_mut().unwrap(), done) {
            Next::Task { header, .. } => {
                assert_eq!(Some((header.id, header.flags)), expected);
                worker.running.push((header.id, header.flags));
            }
            Next::Park { .. } => assert!(expected.is_none() && worker.running.is_empty()),
            Next::Wait => assert!(expected.is_none()),
            Next::Turn => panic!("it asked for a task"),
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
            .filter(|worker| worker.live && !worker.draining)
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
