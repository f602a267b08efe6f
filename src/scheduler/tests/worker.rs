//! A worker's calls: which task it gets, and how it waits for one.

use super::super::control::Word;
use super::super::pool::{Next, Report};
use super::{LARGEST, Main, PLAIN, next, report, take};
use crate::protocol::answers::{AbortOutcome, Wakeup};
use crate::protocol::completion::Kind;
use crate::protocol::record::{Flags, TaskId};
use crate::protocol::words::bell::NAPS;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
fn a_task_that_comes_while_its_worker_is_held_up_does_not_start_before_it_came() {
    // The worker is held up for 5 ms after every reading of the clock, and a task comes during the `nth` of these.
    for nth in 0..3 {
        let mut main = Main::new(1);
        main.pool.watch_times(true);
        let mut endpoint = main.worker();
        let first = main.submit(PLAIN);
        let pool = Arc::clone(&main.pool);
        let main = RefCell::new(main);
        let (time, readings) = (Cell::new(0.0), Cell::new(0));
        let clock = || {
            let shown = time.get();
            time.set(shown + 5.0);
            if readings.replace(readings.get() + 1) == nth {
                main.borrow_mut().submit_at(PLAIN, time.get());
            }
            shown
        };
        let mut done = None;
        for _ in 0..6 {
            let report = done.take().map(|id| Report { id, kind: Kind::Result, payload: &[], turn: false });
            if let Next::Task { header, .. } = pool.next(&mut endpoint, report, &mut [0; LARGEST], || 7, clock) {
                done = Some(header.id);
            }
        }
        let notes: Vec<_> = main.borrow().notes().into_iter().filter(|note| note.kind.is_completion()).collect();
        assert_eq!(notes.len(), 2, "{nth}");
        assert_eq!(notes[0].id, first);
        for note in notes {
            assert!(note.wait.unwrap() >= 0.0 && note.run.unwrap() >= 0.0, "{nth}: {note:?}");
        }
    }
}

#[test]
fn where_nobody_looks_at_the_clock_times_are_unknown() {
    let mut main = Main::new(1);
    let mut endpoint = main.worker();
    let id = main.submit(PLAIN);
    assert_eq!(take(&main, &mut endpoint), id);
    // The end is watched, the start was not.
    main.pool.watch_times(true);
    let _ = next(&main.pool, &mut endpoint, Some(id));
    let notes = main.notes();
    let ended = notes.iter().find(|note| note.kind.is_completion()).unwrap();
    assert_eq!((ended.wait, ended.run), (None, None));
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
fn a_main_thread_that_naps_is_rung_for_when_a_worker_needs_it_or_has_nothing_more_to_do() {
    let rings = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&rings);
    let mut main = Main::with_bell(1, move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut endpoint = main.worker();
    let nap = |main: &Main| {
        main.notes();
        main.pool.control().store(Word::Bell, NAPS);
        rings.store(0, Ordering::SeqCst);
    };
    let [first, second] = [main.submit(PLAIN), main.submit(PLAIN)];
    let ticket = main.submit(Flags::PORT);

    nap(&main);
    assert_eq!(take(&main, &mut endpoint), first);
    assert!(matches!(next(&main.pool, &mut endpoint, Some(first)), Next::Task { .. }));
    assert_eq!(rings.load(Ordering::SeqCst), 0, "it has more to do");
    assert!(matches!(next(&main.pool, &mut endpoint, Some(second)), Next::Task { .. }));
    assert_eq!(rings.load(Ordering::SeqCst), 1, "it needs a value");

    nap(&main);
    assert!(matches!(next(&main.pool, &mut endpoint, Some(ticket)), Next::Park { .. }));
    assert_eq!(rings.load(Ordering::SeqCst), 1, "it has nothing more to do");
}

#[test]
fn a_worker_whose_event_loop_is_to_turn_reports_at_once_and_takes_nothing() {
    let rings = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&rings);
    let mut main = Main::with_bell(1, move || {
        count.fetch_add(1, Ordering::SeqCst);
    });
    let mut endpoint = main.worker_that_sleeps(false);
    let [first, second] = [main.submit(PLAIN), main.submit(PLAIN)];
    assert_eq!(take(&main, &mut endpoint), first);
    main.notes();
    main.pool.control().store(Word::Bell, NAPS);
    rings.store(0, Ordering::SeqCst);

    assert_eq!(report(&main.pool, &mut endpoint, first), Next::Turn);
    assert_eq!(rings.load(Ordering::SeqCst), 1, "nobody knows how long the turn takes");
    assert_eq!(main.results(), [first.index]);
    assert_eq!((main.waiting(), main.room()), (1, 0), "its place is free for the next task, which waits");
    assert_eq!(main.pool.wake(), None, "it asks by itself");
    assert!(!main.pool.retire_unused(0), "a task counts on it");
    assert_eq!(take(&main, &mut endpoint), second);

    assert_eq!(report(&main.pool, &mut endpoint, second), Next::Turn);
    assert!(main.pool.retire_unused(0), "it has nothing to do");
    assert_eq!(next(&main.pool, &mut endpoint, None), Next::Stop);
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
