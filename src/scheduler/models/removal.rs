//! Removal of a worker, destroy and close against whatever the workers do.

use super::stage::{MainThread, Setting, Worker, set, word};
use super::{explore, explore_up_to};
use crate::protocol::record::{Flags, TaskId};
use crate::scheduler::control::Word;

const PLAIN: Flags = Flags(0);

fn indices(ids: &[TaskId]) -> Vec<u32> {
    ids.iter().map(|id| id.index).collect()
}

/// Each of `count` tasks appears in exactly one of the lists by which the native side accounts for it.
fn accounted_once(lists: &[&[u32]], count: u32) {
    let mut all = lists.concat();
    all.sort();
    assert_eq!(all, (0..count).collect::<Vec<_>>(), "{lists:?}");
}

/// What the control words say once nobody lives and nothing waits.
fn nothing_is_left(main: &MainThread) {
    assert_eq!(main.room(), -main.waiting(), "no room is left");
    assert_eq!(word(main, Word::Sleeping), 0);
    assert_eq!(word(main, Word::Spinning), 0);
}

fn removal_at_any_time(spinners: usize) {
    explore(move || {
        let (mut main, mut workers) = set(Setting { spinners, ..Setting::default() });
        let thread = workers.remove(0).spawn(Worker::run);
        main.run(PLAIN);
        main.run(PLAIN);
        let lost = indices(&main.remove(0));
        thread.join().unwrap();
        let rest = indices(&main.stage.pool.take_queued(0));
        accounted_once(&[&main.results(), &lost, &rest], 2);
        assert_eq!(main.started().len(), 2 - rest.len());
        nothing_is_left(&main);
        main.stage.pool.vacate(0);
        assert_eq!(main.stage.pool.add_worker(false), 0, "the slot is free again");
        assert_eq!(main.room(), 1);
    });
}

#[test]
fn a_worker_removed_at_any_time_names_what_it_will_not_finish() {
    removal_at_any_time(0);
}

#[test]
fn a_worker_removed_while_it_searches_stays_removed() {
    removal_at_any_time(1);
}

fn draining_at_any_time(setting: Setting) {
    explore(move || {
        let (mut main, mut workers) = set(setting);
        let thread = workers.remove(0).spawn(Worker::run);
        main.run(PLAIN);
        main.run_by_port(Flags::PORT);
        let results = main.drain_worker(0);
        thread.join().unwrap();
        assert_eq!(main.results(), [], "the last report comes before the word that it was the last");
        let rest = indices(&main.stage.pool.take_queued(0));
        accounted_once(&[&results, &rest], 2);
        assert_eq!(main.started().len(), results.len());
        nothing_is_left(&main);
    });
}

#[test]
fn a_worker_that_drains_at_any_time_reports_what_it_has_taken_and_takes_nothing_more() {
    draining_at_any_time(Setting::default());
}

#[test]
fn a_worker_drains_while_it_searches() {
    draining_at_any_time(Setting { spinners: 1, ..Setting::default() });
}

#[test]
fn a_worker_drains_while_its_event_loop_turns() {
    draining_at_any_time(Setting { blocking: false, turns: true, ..Setting::default() });
}

#[test]
fn a_removed_worker_leaves_its_tasks_to_another() {
    explore(|| {
        let (mut main, workers) = set(Setting { workers: 2, spinners: 1, ..Setting::default() });
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.spawn(Worker::run)).collect();
        main.run(PLAIN);
        let lost = main.remove(0);
        // `Crew.lose`: a wake-up that was on its way to it has ended with it.
        main.wake_if_needed();
        if lost.is_empty() {
            assert_eq!(main.settle_rung_for(Vec::new(), 1), [0]);
        }
        main.remove(1);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        nothing_is_left(&main);
    });
}

/// A task by port is in the inbox of the worker that ends, or taken by it. What was not taken is another's, before what
/// waits: the one that sleeps, or one that is started in its place.
fn what_was_not_taken(workers: usize, spinners: usize, switches: usize) {
    explore_up_to(switches, move || {
        let (mut main, all) = set(Setting { workers, spinners, ..Setting::default() });
        let mut threads: Vec<_> = all.into_iter().map(|worker| worker.spawn(Worker::run)).collect();
        let (_, placed) = main.run_by_port(Flags::PORT);
        // Not placed: it waits, for whoever looks next.
        let slot = placed.unwrap_or(0);
        let lost = main.remove(slot);
        main.run(PLAIN);
        threads.remove(slot).join().unwrap();
        threads.insert(slot, main.replace(slot, true).spawn(Worker::run));
        main.wake_if_needed();
        let mut results = main.settle(2 - lost.len());
        results.sort();
        assert_eq!(results, if lost.is_empty() { vec![0, 1] } else { vec![1] });
        assert_eq!(main.started().iter().filter(|&&index| index == 0).count(), 1, "it starts once");
        for slot in 0..workers {
            assert!(main.remove(slot).is_empty());
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        nothing_is_left(&main);
    });
}

#[test]
fn what_a_removed_worker_has_not_taken_is_done_by_the_next_one() {
    what_was_not_taken(1, 0, 3);
}

#[test]
fn what_a_removed_worker_has_not_taken_is_done_by_another_one() {
    what_was_not_taken(2, 1, 2);
}

#[test]
fn a_worker_is_retired_as_unused_only_while_no_task_counts_on_it() {
    retired_as_unused(Setting { spinners: 1, ..Setting::default() });
}

#[test]
fn a_worker_whose_event_loop_turns_is_retired_as_unused_only_while_no_task_counts_on_it() {
    retired_as_unused(Setting { blocking: false, turns: true, ..Setting::default() });
}

fn retired_as_unused(setting: Setting) {
    explore(move || {
        let (mut main, mut workers) = set(setting);
        let thread = workers.remove(0).spawn(Worker::run);
        main.run(PLAIN);
        let retired = main.stage.pool.retire_unused(0);
        if !retired {
            assert_eq!(main.settle(1), [0]);
        } else {
            assert_eq!(main.results(), [0], "it was unused after the task, not before");
        }
        main.remove(0);
        thread.join().unwrap();
        nothing_is_left(&main);
    });
}

#[test]
fn destroy_accounts_for_every_task_once() {
    explore(|| {
        let (mut main, workers) = set(Setting { workers: 2, ..Setting::default() });
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.spawn(Worker::run)).collect();
        main.run(PLAIN);
        main.run(PLAIN);
        main.run(PLAIN);
        // `ThreadPool.destroy`.
        let mut results = main.results();
        let queued = indices(&main.stage.pool.take_queued(0));
        let lost: Vec<_> = [0, 1].iter().flat_map(|&slot| indices(&main.remove(slot))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        // What was reported before the worker was retired may be read later: its promise is settled by then.
        results.extend(main.results());
        accounted_once(&[&results, &queued, &lost], 3);
        assert_eq!(main.waiting(), 0);
        nothing_is_left(&main);
    });
}

#[test]
fn a_forced_close_keeps_the_oldest_tasks_and_finishes_them() {
    explore(|| {
        let (mut main, mut workers) = set(Setting::default());
        let thread = workers.remove(0).spawn(Worker::run);
        for _ in 0..3 {
            main.run(PLAIN);
        }
        // `ThreadPool.close`: what a free worker is about to take counts as started.
        let kept = (main.waiting() - main.stage.pool.counts().queued as i32).max(0);
        let removed = indices(&main.stage.pool.take_queued(kept as usize));
        let done = main.settle(3 - removed.len());
        accounted_once(&[&done, &removed], 3);
        assert!(done.is_sorted());
        assert_eq!(main.waiting(), 0);
        assert!(main.remove(0).is_empty());
        thread.join().unwrap();
        nothing_is_left(&main);
    });
}

#[test]
fn a_close_ends_when_every_task_has_ended() {
    explore(|| {
        let (mut main, workers) = set(Setting { workers: 2, ..Setting::default() });
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.spawn(Worker::run)).collect();
        main.run(PLAIN);
        main.run(PLAIN);
        accounted_once(&[&main.settle(2)], 2);
        assert_eq!(main.waiting(), 0);
        for slot in [0, 1] {
            assert!(main.remove(slot).is_empty());
        }
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        nothing_is_left(&main);
    });
}
