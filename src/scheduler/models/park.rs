//! Submit, park and wake; flush; place.

use super::explore;
use super::stage::{Setting, Worker, set};
use crate::protocol::record::Flags;

const PLAIN: Flags = Flags(0);

/// Takes one task and runs it for ever.
fn take_one(mut worker: Worker) {
    worker.take();
}

/// `tasks` tasks for as many workers, none of which ever ends one: each must come to a worker of its own.
fn every_task_starts(setting: Setting) {
    explore(move || {
        let (mut main, workers) = set(setting);
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.spawn(take_one)).collect();
        for _ in 0..setting.workers {
            main.run(PLAIN);
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_worker_that_goes_to_sleep_misses_no_task() {
    every_task_starts(Setting::default());
}

#[test]
fn a_worker_that_returns_to_its_event_loop_misses_no_task() {
    every_task_starts(Setting { blocking: false, ..Setting::default() });
}

#[test]
fn a_worker_that_searches_misses_no_task() {
    every_task_starts(Setting { spinners: 1, ..Setting::default() });
}

#[test]
fn two_tasks_wake_two_workers() {
    every_task_starts(Setting { workers: 2, ..Setting::default() });
}

#[test]
fn a_search_for_one_task_does_not_hide_that_there_are_two() {
    every_task_starts(Setting { workers: 2, spinners: 1, ..Setting::default() });
}

#[test]
fn two_workers_that_search_find_two_tasks() {
    every_task_starts(Setting { workers: 2, spinners: 2, ..Setting::default() });
}

#[test]
fn tasks_start_in_the_order_of_their_submission_although_the_worker_sleeps_in_between() {
    three_start_in_order(Setting::default(), false);
}

#[test]
fn a_worker_whose_event_loop_turns_between_its_tasks_misses_none() {
    three_start_in_order(Setting { blocking: false, turns: true, ..Setting::default() }, false);
}

/// Neither of the two tasks that come meanwhile ends: whoever sleeps is woken for the one, whoever turns takes the other.
#[test]
fn a_worker_whose_event_loop_turns_hides_no_task_from_another() {
    explore(|| {
        let (mut main, workers) = set(Setting { workers: 2, blocking: false, turns: true, ..Setting::default() });
        main.publish(PLAIN);
        let threads: Vec<_> = workers
            .into_iter()
            .map(|worker| {
                worker.spawn(|mut worker| {
                    if worker.take() == Some(0) {
                        worker.take();
                    }
                })
            })
            .collect();
        main.run(PLAIN);
        main.run(PLAIN);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// Three tasks for one worker, which runs the last of them for ever. Whether the submission buffer starts anew in between.
fn three_start_in_order(setting: Setting, flushes: bool) {
    explore(move || {
        let (mut main, mut workers) = set(setting);
        let thread = workers.remove(0).spawn(|mut worker| {
            for index in 0..3 {
                assert_eq!(worker.take(), Some(index));
            }
        });
        for index in 0..3 {
            if flushes && index > 0 {
                main.flush();
            }
            main.run(PLAIN);
        }
        thread.join().unwrap();
    });
}

#[test]
fn a_flush_loses_no_task_and_repeats_none() {
    three_start_in_order(Setting::default(), true);
}

#[test]
fn a_flush_confuses_no_search() {
    three_start_in_order(Setting { spinners: 1, ..Setting::default() }, true);
}

#[test]
fn a_placed_task_neither_overtakes_an_older_one_nor_hides_a_younger_one() {
    explore(|| {
        let (mut main, mut workers) = set(Setting { spinners: 1, ..Setting::default() });
        let thread = workers.remove(0).spawn(|mut worker| {
            for index in 0..3 {
                assert_eq!(worker.take(), Some(index));
            }
        });
        main.run(PLAIN);
        main.run_by_port(Flags::PORT);
        main.run(PLAIN);
        thread.join().unwrap();
    });
}

#[test]
fn a_placed_task_takes_no_worker_away_from_another_task() {
    explore(|| {
        let (mut main, workers) = set(Setting { workers: 2, spinners: 1, ..Setting::default() });
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.spawn(take_one)).collect();
        main.run_by_port(Flags::PORT);
        main.run(PLAIN);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

/// A worker that was given a task may come for it at any time, also when it is passed over. Nobody ends a task: whoever
/// does not get the one gets the other.
fn passed_over(spinners: usize) {
    explore(move || {
        let setting = Setting { workers: 2, spinners, blocking: false, ..Setting::default() };
        let (mut main, workers) = set(setting);
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.spawn(take_one)).collect();
        let (id, slot) = main.run_by_port(Flags::PORT);
        let passed = slot.is_some_and(|slot| main.pass_over(id, slot));
        main.run(PLAIN);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let mut started = main.started();
        started.sort();
        assert_eq!(started, [0, 1], "each starts once; passed over: {passed}");
        assert_eq!((main.waiting(), main.room()), (0, 0));
    });
}

#[test]
fn a_task_whose_worker_is_passed_over_starts_once() {
    passed_over(0);
}

#[test]
fn a_task_whose_worker_is_passed_over_is_found_by_a_search() {
    passed_over(1);
}

/// The worker that was given the task never comes: the other one has to be told, also when it sleeps.
#[test]
fn a_task_whose_worker_never_comes_is_taken_by_another() {
    explore(|| {
        let (mut main, mut workers) = set(Setting { workers: 2, blocking: false, ..Setting::default() });
        let other = workers.remove(1);
        workers[0].go_idle();
        let (id, slot) = main.run_by_port(Flags::PORT);
        assert_eq!(slot, Some(0), "the only one that is idle");
        let thread = other.spawn(take_one);
        assert!(main.pass_over(id, 0));
        thread.join().unwrap();
        assert_eq!(main.waiting(), 0);
    });
}

/// Two places in one worker: one of its tasks never ends, and the worker that ends the other one must not take what has
/// come meanwhile for a task that it cannot start.
#[test]
fn a_worker_with_room_beside_a_running_task_misses_no_task() {
    explore(|| {
        let (mut main, mut workers) = set(Setting { concurrency: 2, blocking: false, ..Setting::default() });
        main.run(PLAIN);
        main.run(PLAIN);
        let thread = workers.remove(0).spawn(|mut worker| {
            assert_eq!(worker.take(), Some(0));
            worker.keep_running();
            for index in 1..4 {
                assert_eq!(worker.take(), Some(index));
            }
        });
        main.run(PLAIN);
        main.flush();
        main.run(PLAIN);
        thread.join().unwrap();
    });
}

#[test]
fn room_is_counted_exactly_while_a_task_is_taken() {
    explore(|| {
        let (mut main, mut workers) = set(Setting::default());
        main.run(PLAIN);
        let thread = workers.remove(0).spawn(take_one);
        // Taken or not, the task has the only place: the next one needs another worker.
        assert_eq!(main.room(), 0);
        thread.join().unwrap();
    });
}
