//! The main thread's calls: wake, place, assign, retire, count, remove, abort.

use super::super::AbortOutcome;
use super::super::control::Word;
use super::super::pool::{Next, Pool, Seat, Wakeup};
use super::super::task::Flags;
use super::{LARGEST, Main, PLAIN, indices, next, take};

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
fn what_runs_is_named_with_its_start_and_timed_where_somebody_watches() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    let clock = |pool: &Pool, seat: &mut Seat, at: f64| pool.next(seat, None, &mut [0; LARGEST], || 7, || at);
    main.pool.watch_times(true);
    let id = main.submit(PLAIN);
    let _ = clock(&main.pool, &mut worker, 12.5);
    assert_eq!(main.pool.running(0), [(id, Some(12.5))]);
    assert_eq!(main.pool.running(1), []);
    assert_eq!(next(&main.pool, &mut worker, Some(id)), Next::Park { epoch: 7 });
    assert_eq!(main.pool.running(0), []);

    main.pool.watch_times(false);
    let id = main.submit(PLAIN);
    // The first call ends the sleep, for which it looks at the clock in any case.
    let _ = take(&main, &mut worker);
    let _ = next(&main.pool, &mut worker, Some(id));
    let mut awake = main.worker();
    let id = main.submit(PLAIN);
    let _ = clock(&main.pool, &mut awake, 99.0);
    assert_eq!(main.pool.running(1), [(id, None)]);
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
