//! Which call a kernel thread takes next, and whether a thread must be woken for one that was added.
//!
//! Calls wait in three queues, one for each priority. Every waiting call has a *right* to a thread: a ticket that rayon
//! carries, or the promise of a thread that is looking for work already. The call is pushed before its right exists and
//! a right takes one call, so
//!
//! **there are never fewer calls in the queues than rights.**
//!
//! Hence [`HandOver::take`], which the holder of a right calls, finds a call. It looks through the queues one after the
//! other, while others push and take. Whenever somebody finds a queue empty, all calls lie in the other ones, and they
//! are at least as many as the rights; so behind that queue there is one for each who has gone past it. Each who takes
//! one there is one less of those, and new calls only add.
//!
//! **No call waits for ever.** Calls that are passed over for [`PATIENCE`] are overdue: the next right takes one of
//! those, before all others. It may so take the call that was there for somebody who has gone past the queues before,
//! and leave a more urgent one, which has come since, in its place. Who finds nothing for that reason looks again; each
//! such look is one overdue call taken by another thread, and there is one of those in [`PATIENCE`] at most.
//!
//! The queues are crossbeam-deque's injectors, first in, first out. loom cannot run those: its models run this file on a
//! queue behind a lock, which has the same contract.

use crate::scheduler::sync::{AtomicI32, AtomicU64, AtomicUsize, Ordering, spin_hint};
#[cfg(not(loom))]
use crossbeam_deque::{Injector as Queue, Steal};
#[cfg(loom)]
use stand_in::{Queue, Steal};

/// How urgent a call is. Between two steps of other calls a thread takes the most urgent call that waits; among equals
/// they take turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits for the answer.
    Interactive,
    /// No more and no less urgent than others.
    #[default]
    Default,
    /// Whenever nothing else is to be done; where there always is something, one step in [`PATIENCE`].
    Background,
}

impl Priority {
    /// All of them with their names in JavaScript, the most urgent first.
    pub const TABLE: [(&'static str, Priority); 3] =
        [("interactive", Priority::Interactive), ("default", Priority::Default), ("background", Priority::Background)];

    /// The priority at this place of the table.
    pub fn at(place: usize) -> Option<Priority> {
        Self::TABLE.get(place).map(|(_, priority)| *priority)
    }
}

/// Milliseconds for which calls of a priority are passed over before one of them gets a step. A step is a few
/// milliseconds, so some hundredths of one thread are left to them, and the urgent call that comes just then waits for
/// one step more.
pub(super) const PATIENCE: u64 = 100;

/// Calls of this priority are not passed over.
const NOT_PASSED: u64 = 0;

/// No thread looks for a call.
const NOBODY: i32 = 0;
/// A thread looks for a call. One does at most: with more of them looking would cost more than waking.
const SOMEBODY: i32 = 1;
/// A thread looks, and has the right to a call that was pushed meanwhile.
const PROMISED: i32 = 2;

/// The queues of calls, and who has a right to them.
#[derive(Debug)]
pub(super) struct HandOver<T> {
    queues: [Queue<T>; Priority::TABLE.len()],
    /// Since when the calls of each priority are passed over, in milliseconds; [`NOT_PASSED`] where they are not.
    passed_since: [AtomicU64; Priority::TABLE.len()],
    search: AtomicI32,
    /// Rights that came up where they could not be used.
    parked: AtomicUsize,
}

impl<T> HandOver<T> {
    pub(super) fn new() -> Self {
        Self {
            queues: std::array::from_fn(|_| Queue::new()),
            passed_since: std::array::from_fn(|_| AtomicU64::new(NOT_PASSED)),
            search: AtomicI32::new(NOBODY),
            parked: AtomicUsize::new(0),
        }
    }

    /// Adds a call behind those of its priority. `true`: a ticket must be issued for it; else a thread that is looking
    /// has the right to it.
    #[must_use]
    pub(super) fn push(&self, call: T, priority: Priority) -> bool {
        self.queues[priority as usize].push(call);
        // Release pairs with the acquire of `end_search`: who has the promise finds the call.
        self.search.compare_exchange(SOMEBODY, PROMISED, Ordering::AcqRel, Ordering::Relaxed).is_err()
    }

    /// Takes the most urgent call, or one that is overdue. Only for the holder of a right, which this uses up. `now` is
    /// asked for milliseconds where calls of several priorities wait.
    pub(super) fn take(&self, now: impl Fn() -> u64) -> T {
        // One look finds a call unless another thread takes an overdue one meanwhile, and if a queue that says it is empty
        // was so at some moment of the look. crossbeam-deque does not promise that in words; a call must not depend on it.
        loop {
            if let Some(call) = self.take_overdue(&now).or_else(|| self.take_at_least(Priority::Background)) {
                return call;
            }
            spin_hint();
        }
    }

    /// Takes the most urgent call, but nothing less urgent than `least`: if it finds nothing, the right is still there.
    pub(super) fn take_at_least(&self, least: Priority) -> Option<T> {
        (0..=least as usize).find_map(|place| self.take_from(place))
    }

    /// Takes a call that others were preferred to for too long.
    fn take_overdue(&self, now: impl Fn() -> u64) -> Option<T> {
        let mut waiting = (0..self.queues.len()).filter(|place| !self.queues[*place].is_empty());
        // The turn of the most urgent one comes anyway.
        waiting.next()?;
        waiting.find_map(|place| if self.is_overdue(place, now()) { self.take_from(place) } else { None })
    }

    /// Whether calls of this priority were passed over for too long, which only one of those who ask is told. Else they
    /// are passed over now.
    fn is_overdue(&self, place: usize, now: u64) -> bool {
        // Relaxed: the numbers stand for themselves. What two threads make of them at a time is a call that is overdue a
        // little sooner or later.
        let passed_since = &self.passed_since[place];
        let since = passed_since.load(Ordering::Relaxed);
        let change = |to| passed_since.compare_exchange(since, to, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if since == NOT_PASSED {
            change(now.max(NOT_PASSED + 1));
            return false;
        }
        now.saturating_sub(since) >= PATIENCE && change(NOT_PASSED)
    }

    fn take_from(&self, place: usize) -> Option<T> {
        loop {
            match self.queues[place].steal() {
                Steal::Success(call) => {
                    // Read first: as a rule there is nothing to be changed, and the word stays in everybody's cache.
                    if self.passed_since[place].load(Ordering::Relaxed) != NOT_PASSED {
                        self.passed_since[place].store(NOT_PASSED, Ordering::Relaxed);
                    }
                    return Some(call);
                }
                Steal::Empty => return None,
                Steal::Retry => spin_hint(),
            }
        }
    }

    /// Lays a right aside. Whoever does that has to see to it that [`unpark`](Self::unpark) is called later.
    pub(super) fn park(&self) {
        // Relaxed: a mere count. What a right is good for is found in the queues.
        self.parked.fetch_add(1, Ordering::Relaxed);
    }

    /// How many rights were laid aside: as many tickets must be issued.
    #[must_use]
    pub(super) fn unpark(&self) -> usize {
        self.parked.swap(0, Ordering::Relaxed)
    }

    /// Begins to look for a call without having a right to one; `false` where that is of no use: another thread looks,
    /// or calls wait, whose tickets are on their way.
    pub(super) fn begin_search(&self) -> bool {
        self.queues.iter().all(Queue::is_empty)
            && self.search.compare_exchange(NOBODY, SOMEBODY, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether the thread that looks has been given a right.
    pub(super) fn is_promised(&self) -> bool {
        self.search.load(Ordering::Relaxed) == PROMISED
    }

    /// Ends the search, with a call if there was a promise.
    pub(super) fn end_search(&self, now: impl Fn() -> u64) -> Option<T> {
        (self.search.swap(NOBODY, Ordering::AcqRel) == PROMISED).then(|| self.take(now))
    }
}

/// What loom can run in place of crossbeam-deque.
#[cfg(loom)]
mod stand_in {
    use crate::scheduler::sync::{Mutex, lock};
    use std::collections::VecDeque;

    #[derive(Debug)]
    pub(super) struct Queue<T>(Mutex<VecDeque<T>>);

    pub(super) enum Steal<T> {
        Success(T),
        Empty,
        #[expect(dead_code, reason = "a lock leaves nobody to try again")]
        Retry,
    }

    impl<T> Queue<T> {
        pub(super) fn new() -> Self {
            Self(Mutex::new(VecDeque::new()))
        }

        pub(super) fn push(&self, call: T) {
            lock(&self.0).push_back(call);
        }

        pub(super) fn steal(&self) -> Steal<T> {
            lock(&self.0).pop_front().map_or(Steal::Empty, Steal::Success)
        }

        pub(super) fn is_empty(&self) -> bool {
            lock(&self.0).is_empty()
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn at(now: u64) -> impl Fn() -> u64 {
        move || now
    }

    #[test]
    fn the_most_urgent_comes_first_and_equals_in_their_order() {
        let calls = HandOver::new();
        for (call, priority) in [
            (1, Priority::Background),
            (2, Priority::Default),
            (3, Priority::Interactive),
            (4, Priority::Default),
            (5, Priority::Interactive),
        ] {
            assert!(calls.push(call, priority), "nobody looks, so each needs a ticket");
        }
        let order: Vec<_> = (0..5).map(|_| calls.take(at(0))).collect();
        assert_eq!(order, [3, 5, 2, 4, 1]);
    }

    #[test]
    fn a_thread_that_may_take_only_urgent_calls_leaves_the_others() {
        let calls = HandOver::new();
        assert!(calls.push(1, Priority::Background));
        assert!(calls.push(2, Priority::Default));
        assert_eq!(calls.take_at_least(Priority::Interactive), None);
        assert_eq!(calls.take_at_least(Priority::Default), Some(2));
        assert_eq!(calls.take_at_least(Priority::Default), None);
        assert_eq!(calls.take(at(0)), 1);
    }

    #[test]
    fn a_call_that_comes_during_a_search_is_promised_and_needs_no_ticket() {
        let calls = HandOver::new();
        assert!(calls.begin_search());
        assert!(!calls.begin_search(), "one thread looks at most");
        assert!(!calls.is_promised());
        assert!(!calls.push(1, Priority::Default));
        assert!(calls.is_promised());
        assert!(calls.push(2, Priority::Default), "there is one promise");
        assert_eq!(calls.end_search(at(0)), Some(1));
        assert!(!calls.begin_search(), "a call waits, whose ticket is on its way");
        assert_eq!(calls.take(at(0)), 2);
        assert!(calls.begin_search());
        assert_eq!(calls.end_search(at(0)), None);
    }

    #[test]
    fn calls_that_were_passed_over_for_too_long_come_first_once() {
        let calls = HandOver::new();
        let push = |call, priority| assert!(calls.push(call, priority));
        for call in 1..=8 {
            push(call, Priority::Interactive);
        }
        push(20, Priority::Default);
        push(30, Priority::Background);
        push(31, Priority::Background);
        let times =
            [7, 8, 7 + PATIENCE - 1, 7 + PATIENCE, 7 + PATIENCE, 7 + PATIENCE, 7 + 2 * PATIENCE - 1, 7 + 2 * PATIENCE];
        let order = times.map(|now| calls.take(at(now)));
        assert_eq!(order, [1, 2, 3, 20, 30, 4, 5, 31]);
        assert_eq!([(); 3].map(|()| calls.take(at(3 * PATIENCE))), [6, 7, 8]);
    }

    #[test]
    fn the_time_for_which_calls_are_passed_over_begins_anew_with_each_step() {
        let calls = HandOver::new();
        assert!(calls.push(1, Priority::Interactive));
        assert!(calls.push(2, Priority::Background));
        assert_eq!([calls.take(at(5)), calls.take(at(6))], [1, 2], "passed over once, then nothing else was there");
        assert!(calls.push(3, Priority::Interactive));
        assert!(calls.push(4, Priority::Background));
        assert_eq!(calls.take(at(5 * PATIENCE)), 3);
        assert_eq!(calls.take(|| panic!("there is one priority")), 4);
    }

    #[test]
    fn parked_rights_come_back_once() {
        let calls = HandOver::<u8>::new();
        calls.park();
        calls.park();
        assert_eq!((calls.unpark(), calls.unpark()), (2, 0));
    }

    /// Threads that push and, with a right each, take: every call is taken once, though they meet in three queues.
    #[test]
    fn under_contention_each_right_finds_a_call_and_each_call_is_taken_once() {
        const THREADS: u64 = 4;
        const CALLS: u64 = 20_000;
        let calls = HandOver::new();
        let sum = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let (calls, sum) = (&calls, &sum);
                scope.spawn(move || {
                    for call in 0..CALLS {
                        let number = thread * CALLS + call;
                        // Time flies: something is overdue at every other step.
                        let now = at(number * PATIENCE / 2);
                        let ticket = calls.push(number, Priority::at(number as usize * 7 % 3).unwrap());
                        if ticket {
                            sum.fetch_add(calls.take(&now), Ordering::Relaxed);
                        }
                        if number.is_multiple_of(5) && calls.begin_search() {
                            sum.fetch_add(calls.end_search(&now).unwrap_or(0), Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let count = THREADS * CALLS;
        assert_eq!(sum.into_inner(), count * (count - 1) / 2);
        assert!(calls.begin_search(), "nothing is left");
    }
}

/// Every interleaving of the few steps in which threads meet. What a call would need a thread for is modelled by what
/// is taken: a right that finds nothing would spin for ever, a call that nobody has a right to would be left.
#[cfg(all(test, loom))]
mod models {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    fn at(now: u64) -> impl Fn() -> u64 {
        move || now
    }

    fn check(model: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = builder.preemption_bound.or(Some(3));
        builder.check(model);
    }

    /// A caller pushes; whoever gets the ticket takes, as a kernel thread would.
    fn submit(calls: &HandOver<u32>, call: u32, priority: Priority) -> Option<u32> {
        calls.push(call, priority).then(|| calls.take(at(0)))
    }

    #[test]
    fn a_call_that_meets_a_search_is_taken_once() {
        check(|| {
            let calls = Arc::new(HandOver::new());
            let searching = Arc::clone(&calls);
            let thread =
                thread::spawn(move || if searching.begin_search() { searching.end_search(at(0)) } else { None });
            let by_ticket = submit(&calls, 7, Priority::Default);
            let by_search = thread.join().unwrap();
            assert_eq!(by_ticket.or(by_search), Some(7));
            assert!(by_ticket.is_none() || by_search.is_none());
            assert!(calls.begin_search(), "nothing is left in the queues");
        });
    }

    #[test]
    fn of_two_calls_that_meet_a_search_one_is_promised() {
        check(|| {
            let calls = Arc::new(HandOver::new());
            let searching = Arc::clone(&calls);
            let thread =
                thread::spawn(move || if searching.begin_search() { searching.end_search(at(0)) } else { None });
            let other = Arc::clone(&calls);
            let pushing = thread::spawn(move || submit(&other, 1, Priority::Interactive));
            let mine = submit(&calls, 2, Priority::Background);
            let taken: u32 = [mine, pushing.join().unwrap(), thread.join().unwrap()].into_iter().flatten().sum();
            assert_eq!(taken, 3, "each call is taken, and none twice");
            assert!(calls.begin_search(), "nothing is left in the queues");
        });
    }

    #[test]
    fn a_right_finds_its_call_though_another_thread_takes_the_one_in_front_of_it() {
        check(|| {
            let calls = Arc::new(HandOver::new());
            assert!(calls.push(1, Priority::Background));
            let other = Arc::clone(&calls);
            let thread = thread::spawn(move || submit(&other, 2, Priority::Interactive).unwrap());
            let mine = calls.take(at(0));
            assert_eq!(mine + thread.join().unwrap(), 3);
        });
    }

    #[test]
    fn a_right_that_is_laid_aside_is_issued_again() {
        check(|| {
            let calls = Arc::new(HandOver::new());
            assert!(calls.push(1, Priority::Background));
            // A thread in the middle of an urgent step comes upon the ticket; the end of the step issues it again.
            let other = Arc::clone(&calls);
            let thread = thread::spawn(move || {
                match other.take_at_least(Priority::Interactive) {
                    Some(call) => return call,
                    None => other.park(),
                }
                (0..other.unpark()).map(|_| other.take(at(0))).sum()
            });
            let mine = submit(&calls, 2, Priority::Interactive).unwrap();
            assert_eq!(mine + thread.join().unwrap(), 3);
        });
    }

    #[test]
    fn a_right_finds_its_call_though_another_thread_takes_the_overdue_one() {
        check(|| {
            let calls = Arc::new(HandOver::new());
            assert!(calls.push(1, Priority::Default));
            // Others were preferred to it once.
            assert!(!calls.is_overdue(Priority::Default as usize, 1));
            let other = Arc::clone(&calls);
            let thread = thread::spawn(move || {
                assert!(other.push(2, Priority::Interactive), "nobody looks");
                other.take(at(1 + PATIENCE))
            });
            let mine = calls.take(at(1));
            assert_eq!(mine + thread.join().unwrap(), 3);
        });
    }

    #[test]
    fn an_overdue_call_is_one_of_two_threads_alone() {
        check(|| {
            let calls = Arc::new(HandOver::new());
            for (call, priority) in [(1, Priority::Interactive), (2, Priority::Interactive), (4, Priority::Background)]
            {
                assert!(calls.push(call, priority));
            }
            assert!(!calls.is_overdue(Priority::Background as usize, 1));
            let other = Arc::clone(&calls);
            let thread = thread::spawn(move || other.take(at(1 + PATIENCE)));
            let taken = [calls.take(at(1 + PATIENCE)), thread.join().unwrap()];
            assert!(taken.contains(&4), "the overdue one is taken");
            assert_eq!(taken.iter().sum::<u32>() + calls.take(at(1)), 7);
        });
    }
}
