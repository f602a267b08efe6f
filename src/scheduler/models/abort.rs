//! Abort against take and against completion; the tasks behind an aborted one.

use super::explore;
use super::stage::{MainThread, Setting, Worker, set, word};
use crate::protocol::answers::AbortOutcome;
use crate::protocol::record::{Flags, TaskId};
use crate::scheduler::control::Word;

const PLAIN: Flags = Flags(0);

/// `ThreadPool.abort`: what becomes of the worker, and of the tasks behind.
fn abort(main: &MainThread, id: TaskId, assigned: Option<usize>) -> AbortOutcome {
    let outcome = main.stage.pool.abort(id, assigned);
    if let AbortOutcome::Running(slot) = outcome {
        assert!(main.remove(slot).is_empty(), "it was retired in the step that found the task");
    }
    main.wake_if_needed();
    outcome
}

/// What must hold after an abort, whatever it met: `results` are all that were ever reported.
fn has_one_outcome(main: &MainThread, outcome: AbortOutcome, index: u32, results: &[u32]) {
    let (started, reported) = (main.started().contains(&index), results.contains(&index));
    match outcome {
        AbortOutcome::Queued => assert!(!started && !reported),
        AbortOutcome::Running(_) => assert!(started && !reported),
        AbortOutcome::TooLate => assert!(started && reported),
    }
}

fn an_abort_at_any_time(spinners: usize) {
    explore(move || {
        let (mut main, mut workers) = set(Setting { spinners, ..Setting::default() });
        let thread = workers.remove(0).spawn(Worker::run);
        let id = main.run(Flags::ABORTABLE);
        main.run(PLAIN);
        let outcome = abort(&main, id, None);
        if let AbortOutcome::Running(slot) = outcome {
            thread.join().unwrap();
            assert_eq!(main.started(), [0], "the worker that was ended has taken nothing more");
            has_one_outcome(&main, outcome, 0, &main.results());
            assert_eq!(word(&main, Word::Capacity), 1, "no room is left, one task was taken");
            main.stage.pool.vacate(slot);
            assert_eq!(main.stage.pool.add_worker(false), slot);
            return;
        }
        // The task behind it is done, and the worker that does it lives.
        let expected = if outcome == AbortOutcome::Queued { 1 } else { 2 };
        let results = main.settle(expected);
        assert_eq!(results.last(), Some(&1));
        has_one_outcome(&main, outcome, 0, &results);
        assert_eq!(main.waiting(), 0);
        assert!(main.remove(0).is_empty());
        thread.join().unwrap();
    });
}

#[test]
fn an_abort_before_while_or_after_a_task_runs_has_one_outcome() {
    an_abort_at_any_time(0);
}

#[test]
fn an_abort_while_a_worker_searches_has_one_outcome() {
    an_abort_at_any_time(1);
}

#[test]
fn an_abort_of_a_placed_task_has_one_outcome() {
    explore(|| {
        let (mut main, mut workers) = set(Setting::default());
        let thread = workers.remove(0).spawn(|mut worker| {
            worker.take();
            worker.take();
        });
        let (id, assigned) = main.run_by_port(Flags::ABORTABLE | Flags::PORT);
        let outcome = abort(&main, id, assigned);
        if outcome == AbortOutcome::Queued {
            assert!(main.remove(0).is_empty());
        }
        if outcome == AbortOutcome::TooLate {
            main.remove(0);
        }
        thread.join().unwrap();
        has_one_outcome(&main, outcome, id.index, &main.results());
    });
}

/// A balancer gives a worker as much as it likes. An abort ends that worker only if the task has started, and the one
/// behind it is never lost.
#[test]
fn a_task_that_was_given_to_the_worker_of_an_aborted_one_starts_once() {
    explore(|| {
        let (mut main, mut workers) = set(Setting { concurrency: 2, ..Setting::default() });
        let mut thread = workers.remove(0).spawn(Worker::run);
        let id = main.give(0, Flags::ABORTABLE);
        let behind = main.give(0, PLAIN);
        let outcome = abort(&main, id, Some(0));
        if let AbortOutcome::Running(slot) = outcome {
            thread.join().unwrap();
            thread = main.replace(slot, true).spawn(Worker::run);
            main.wake_if_needed();
        }
        let results = main.settle(if outcome == AbortOutcome::TooLate { 2 } else { 1 });
        has_one_outcome(&main, outcome, id.index, &results);
        assert_eq!(main.started().iter().filter(|&&index| index == behind.index).count(), 1);
        assert!(main.remove(0).is_empty());
        thread.join().unwrap();
    });
}

/// The oldest task needs a worker of its own, so a worker with room beside a running task waits for it to go. Both
/// ways in which it goes must reach that worker.
#[test]
fn a_task_behind_an_aborted_one_starts_beside_a_running_one() {
    explore(|| {
        let (mut main, mut workers) = set(Setting { concurrency: 2, blocking: false, ..Setting::default() });
        main.run(PLAIN);
        let thread = workers.remove(0).spawn(|mut worker| {
            assert_eq!(worker.take(), Some(0));
            worker.keep_running();
            assert_eq!(worker.take(), Some(2));
        });
        let id = main.run(Flags::ABORTABLE);
        main.run(PLAIN);
        assert_eq!(abort(&main, id, None), AbortOutcome::Queued);
        thread.join().unwrap();
    });
}

#[test]
fn a_task_behind_an_abortable_one_starts_once_another_worker_has_taken_that() {
    explore(|| {
        let setting = Setting { workers: 2, concurrency: 2, blocking: false, ..Setting::default() };
        let (mut main, mut workers) = set(setting);
        main.run(PLAIN);
        // The first task is the first worker's before the threads run: the second one has none.
        let mut first = workers.remove(0);
        assert_eq!(first.take(), Some(0));
        first.keep_running();
        let threads = [
            first.spawn(|mut worker| {
                assert_eq!(worker.take(), Some(2));
                worker.poke_main();
            }),
            // It runs on for ever, and says nothing more.
            workers.remove(0).spawn(|mut worker| assert_eq!(worker.take(), Some(1))),
        ];
        main.run(Flags::ABORTABLE);
        main.run(PLAIN);
        main.wait_until(|main| main.started().contains(&2));
        for thread in threads {
            thread.join().unwrap();
        }
    });
}
