//! The main thread's calls: wake, place, assign, retire, count, remove, abort.

use super::super::control::Word;
use super::super::pool::{Abandoned, Next, Pool, WorkerEndpoint};
use super::{LARGEST, Main, PLAIN, indices, named, next, take};
use crate::protocol::answers::{AbortOutcome, Wakeup};
use crate::protocol::completion::Kind;
use crate::protocol::record::{Flags, HEADER, Header, TaskId};

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
    let clock =
        |pool: &Pool, endpoint: &mut WorkerEndpoint, at: f64| pool.next(endpoint, None, &mut [0; LARGEST], || 7, || at);
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
    let Next::Task { header, .. } = next(&main.pool, &mut worker, None) else { panic!() };
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
    assert_eq!(place(&mut main), Some((first, Wakeup::Later)));
    assert_eq!(place(&mut main), Some((second, Wakeup::Later)));
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
    assert_eq!(main.pool.assign(0, &record), Some(Wakeup::Later));
    assert_eq!(next(&main.pool, &mut worker, None), Next::Wait, "it runs as many as it may");
    let Next::Task { header, .. } = next(&main.pool, &mut worker, Some(running)) else { panic!() };
    assert_eq!(header.id, assigned);
    assert_eq!(named(&main.pool.retire(0)), (vec![assigned.index], vec![]));
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
    assert_eq!(main.pool.assign(0, &record), Some(Wakeup::Later));
    assert_eq!(named(&main.pool.retire(0)), (vec![1, 2], vec![4]), "in the order in which it got them");
    assert_eq!(main.pool.retire(0), Abandoned::default(), "each is named once");
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
    assert_eq!(main.pool.retire(0), Abandoned::default());
    assert_eq!(main.pool.add_worker(false), 1, "its thread may still run");
    main.pool.vacate(0);
    assert_eq!(main.pool.add_worker(false), 0);
    assert!(main.pool.attach(0, true).is_some());
    assert_eq!(main.pool.retire(1), Abandoned::default());
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

/// A balancer of the user's may give a worker more than it runs.
#[test]
fn an_abort_that_ends_a_worker_leaves_what_that_has_not_taken_to_others() {
    let mut main = Main::new(8);
    let mut worker = main.worker();
    let (running, record) = main.record(Flags::ABORTABLE);
    assert!(main.pool.assign(0, &record).is_some());
    assert_eq!(take(&main, &mut worker), running);
    let (_, behind) = main.record(Flags::PORT | Flags::SENT);
    assert!(main.pool.assign(0, &behind).is_some());
    assert_eq!(main.pool.abort(running, Some(0)), AbortOutcome::Running(0));
    assert_eq!(next(&main.pool, &mut worker, Some(running)), Next::Stop);
    let abandoned = main.pool.retire(0);
    assert_eq!(named(&abandoned), (vec![], vec![2]), "the aborted one is settled, the other is not lost");

    let mut other = main.worker();
    assert_eq!(main.submit(PLAIN).index, 3);
    main.pool.restore(&abandoned.untaken[0]);
    assert_eq!((main.waiting(), main.word(Word::Queued)), (2, 1));
    let Next::Task { header, .. } = next(&main.pool, &mut other, None) else { panic!() };
    assert_eq!((header.id.index, header.flags), (2, Flags::PORT), "before what waits, and its value is not sent yet");
    assert_eq!(main.notes().last().unwrap().kind, Kind::NeedValue);
}

#[test]
fn what_a_worker_has_not_taken_can_be_taken_back_and_comes_before_all_that_waits() {
    let mut main = Main::new(1);
    let mut held_up = main.worker_that_sleeps(false);
    let mut other = main.worker();
    assert_eq!(next(&main.pool, &mut held_up, None), Next::Wait);
    let (id, record) = main.record(Flags::PORT | Flags::SENT);
    assert_eq!(main.pool.place(&record), Some((0, Wakeup::Message)));
    main.submit(PLAIN);
    assert_eq!(main.room(), 0);
    assert!(main.pool.requeue(id, 0));
    assert!(!main.pool.requeue(id, 0), "once");
    assert!(!main.pool.requeue(id, 9));
    assert_eq!((main.waiting(), main.room()), (2, 0));
    assert_eq!(take(&main, &mut other), id);
    assert_eq!(take(&main, &mut held_up).index, 2, "who was passed over finds what is left");
}

#[test]
fn a_worker_is_retired_as_booting_only_while_it_boots() {
    let mut main = Main::new(8);
    let slot = main.pool.add_worker(true);
    let worker = main.pool.attach(slot, true).unwrap();
    let (_, record) = main.record(PLAIN);
    assert!(main.pool.assign(slot, &record).is_some());
    assert!(main.pool.retire_booting(slot));
    assert_eq!(named(&main.pool.retire(slot)), (vec![], vec![1]));
    main.pool.ready(&worker);
    assert!(!main.pool.retire_booting(slot));

    let ready = main.worker();
    assert!(!main.pool.retire_booting(ready.slot()));
    assert!(!main.pool.retire_booting(9));
}

#[test]
fn memory_is_moved_to_no_worker_that_may_not_take_it() {
    let mut main = Main::new(8);
    let booting = main.pool.add_worker(true);
    let (_, moved) = main.record(Flags::PORT | Flags::SENT | Flags::MOVED);
    assert_eq!(main.pool.place(&moved), None);
    let mut worker = main.pool.attach(booting, false).unwrap();
    main.pool.ready(&worker);
    assert_eq!(next(&main.pool, &mut worker, None), Next::Wait);
    assert_eq!(main.pool.place(&moved), None, "its event loop may be held up");
    assert_eq!(main.pool.assign(booting, &moved), Some(Wakeup::Message));
    let Next::Task { header, .. } = next(&main.pool, &mut worker, None) else { panic!() };
    assert!(!header.flags.has(Flags::SENT));
    assert_eq!(main.notes().last().unwrap().kind, Kind::NeedValue, "the value waits for it");

    let mut sleeping = main.worker();
    assert_eq!(next(&main.pool, &mut sleeping, None), Next::Park { epoch: 7 });
    let (_, moved) = main.record(Flags::PORT | Flags::SENT | Flags::MOVED);
    assert_eq!(main.pool.place(&moved), Some((sleeping.slot(), Wakeup::Notify)));
    let Next::Task { header, .. } = next(&main.pool, &mut sleeping, None) else { panic!() };
    assert!(header.flags.has(Flags::SENT));
}

/// `pool.threads` gives the Workers to the user.
#[test]
fn a_worker_that_somebody_else_ends_is_given_nothing_though_it_looks_idle() {
    let mut main = Main::new(1);
    let mut leaving = main.worker();
    assert_eq!(next(&main.pool, &mut leaving, None), Next::Park { epoch: 7 });
    main.pool.leave(0);
    let (_, record) = main.record(Flags::PORT);
    assert_eq!(main.pool.place(&record), None);
    main.submit(PLAIN);
    assert_eq!(main.pool.wake(), None);
    let mut other = main.worker();
    assert_eq!(take(&main, &mut other).index, 2);
}

/// The end of a task is read some time after it, and code of the user's runs in between.
#[test]
fn an_abort_comes_too_late_until_everybody_knows_of_the_end() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    let ids = [main.submit(Flags::ABORTABLE), main.submit(Flags::ABORTABLE)];
    assert_eq!(take(&main, &mut worker), ids[0]);
    let _ = next(&main.pool, &mut worker, Some(ids[0]));
    let _ = next(&main.pool, &mut worker, Some(ids[1]));
    let mut into = vec![0; 4096];
    assert!(main.pool.drain(&mut into, false) > 0);
    for id in ids {
        assert_eq!(main.pool.abort(id, None), AbortOutcome::TooLate, "its note is being read");
    }
    assert_eq!((main.waiting(), main.room()), (0, 1));
}

#[test]
fn no_fate_outlives_its_task() {
    let mut main = Main::new(1);
    for round in 0..50 {
        let slot = main.pool.add_worker(false);
        let mut endpoint = main.pool.attach(slot, true).unwrap();
        main.pool.ready(&endpoint);
        // Ended by itself, aborted in the queue, aborted in an inbox, and lost or aborted while it runs.
        let ended = main.submit(Flags::ABORTABLE);
        assert_eq!(take(&main, &mut endpoint), ended);
        let queued = main.submit(Flags::ABORTABLE);
        assert_eq!(main.pool.abort(queued, None), AbortOutcome::Queued);
        assert_eq!(next(&main.pool, &mut endpoint, Some(ended)), Next::Park { epoch: 7 });
        let (placed, record) = main.record(Flags::ABORTABLE | Flags::PORT);
        assert!(main.pool.place(&record).is_some());
        assert_eq!(main.pool.abort(placed, Some(slot)), AbortOutcome::Queued);
        assert_eq!(main.pool.abort(placed, Some(slot)), AbortOutcome::TooLate);
        let running = main.submit(Flags::ABORTABLE);
        assert_eq!(take(&main, &mut endpoint), running);
        if round % 2 == 0 {
            assert_eq!(main.pool.abort(running, None), AbortOutcome::Running(slot));
            assert_eq!(main.pool.retire(slot), Abandoned::default());
        } else {
            assert_eq!(named(&main.pool.retire(slot)), (vec![running.index], vec![]));
            // Until its thread is gone somebody may still ask.
            assert_eq!(main.pool.abort(running, None), AbortOutcome::Running(slot));
        }
        main.notes();
        assert_eq!(main.pool.fates(), 1);
        main.pool.vacate(slot);
        assert_eq!(main.pool.fates(), 0);
    }
}

#[test]
fn sequence_numbers_may_have_more_than_32_bits_under_tasks_that_are_aborted() {
    let mut main = Main::new(1);
    let mut worker = main.worker();
    for seq in [1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, 1 << 53] {
        let record = Header::record(TaskId { index: 1, seq }, Flags::ABORTABLE, &1u32.to_le_bytes());
        main.publish(&record[..HEADER + 4]);
        let id = take(&main, &mut worker);
        assert_eq!(id, TaskId { index: 1, seq });
        assert_eq!(next(&main.pool, &mut worker, Some(id)), Next::Park { epoch: 7 });
        main.notes();
    }
}

#[test]
fn a_worker_may_have_room_for_any_number_of_tasks() {
    for concurrency in [1 << 20, 1 << 31, u32::MAX as usize] {
        let mut main = Main::new(concurrency);
        let mut workers: Vec<_> = (0..3).map(|_| main.worker()).collect();
        assert!(main.room() > 0);
        for _ in 0..100 {
            main.submit(PLAIN);
        }
        assert_eq!(main.counts(), (0, 0));
        for _ in 0..100 {
            take(&main, &mut workers[1]);
        }
        assert!(main.room() > 0);
        assert_eq!(named(&main.pool.retire(1)).0.len(), 100);
        for slot in [0, 2] {
            assert_eq!(main.pool.retire(slot), Abandoned::default());
        }
        assert_eq!(main.room(), 0);
    }
}

#[test]
fn a_worker_that_drains_ends_what_it_runs_and_takes_nothing_more() {
    let mut main = Main::new(2);
    let mut worker = main.worker();
    let first = main.submit(PLAIN);
    assert_eq!(take(&main, &mut worker), first);
    let (placed, record) = main.record(PLAIN);
    assert!(main.pool.assign(worker.slot(), &record).is_some());
    let waiting = main.submit(PLAIN);

    let drain = main.pool.drain_worker(worker.slot());
    assert!(!drain.is_retired);
    assert_eq!(drain.untaken.iter().map(|record| Header::read(record).unwrap().id).collect::<Vec<_>>(), [placed]);
    assert_eq!(main.room(), -1, "it has no room, and one task waits");
    assert_eq!(main.pool.assign(worker.slot(), &record), None);
    assert_eq!(next(&main.pool, &mut worker, None), Next::Stop, "for now");
    main.notes();
    assert_eq!(next(&main.pool, &mut worker, Some(first)), Next::Stop);
    let kinds: Vec<_> = main.notes().iter().map(|note| note.kind).collect();
    assert_eq!(kinds, [Kind::Result, Kind::Drained]);
    assert_eq!(main.pool.retire(worker.slot()), Abandoned::default());
    main.pool.vacate(worker.slot());
    assert_eq!(main.pool.take_queued(0), [waiting]);
}

#[test]
fn a_worker_that_only_waits_drains_at_once() {
    let main = Main::new(1);
    let mut worker = main.worker();
    assert_eq!(next(&main.pool, &mut worker, None), Next::Park { epoch: 7 });
    assert!(main.pool.drain_worker(worker.slot()).is_retired);
    assert_eq!(next(&main.pool, &mut worker, None), Next::Stop);
    let booting = main.pool.add_worker(false);
    assert!(main.pool.drain_worker(booting).is_retired);
    assert!(main.notes().iter().all(|note| note.kind == Kind::Ready));
}
