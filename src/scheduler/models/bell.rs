//! The bell: what workers say is read, however it falls together with the main thread's last look.

use super::explore;
use super::stage::{Setting, Worker, set};
use crate::protocol::record::Flags;

#[test]
fn a_main_thread_that_naps_is_rung_for_once_a_worker_has_nothing_more_to_do() {
    rung_for_during_a_nap(Setting::default());
}

#[test]
fn a_main_thread_that_naps_is_rung_for_before_the_event_loop_of_a_worker_turns() {
    rung_for_during_a_nap(Setting { blocking: false, turns: true, ..Setting::default() });
}

/// No timer ends this nap: the worker rings when it comes to rest, or lets its event loop turn.
fn rung_for_during_a_nap(setting: Setting) {
    explore(move || {
        let (mut main, mut workers) = set(setting);
        main.publish(Flags(0));
        main.publish(Flags(0));
        main.begin_to_look();
        let thread = workers.remove(0).spawn(Worker::run);
        let mut settled = main.look();
        settled.extend(main.nap());
        assert_eq!(main.settle_rung_for(settled, 2), [0, 1]);
        main.remove(0);
        thread.join().unwrap();
    });
}

#[test]
fn every_result_is_seen() {
    explore(|| {
        let (mut main, mut workers) = set(Setting::default());
        main.run(Flags(0));
        main.run(Flags(0));
        let thread = workers.remove(0).spawn(|mut worker| {
            for _ in 0..2 {
                worker.take();
            }
            // Reports the second one, and finds that it is to end.
            worker.take();
        });
        assert_eq!(main.settle(2), [0, 1]);
        main.remove(0);
        thread.join().unwrap();
    });
}

#[test]
fn results_of_two_workers_ring_for_one_another() {
    explore(|| {
        let (mut main, workers) = set(Setting { workers: 2, ..Setting::default() });
        main.publish(Flags(0));
        main.publish(Flags(0));
        let threads: Vec<_> = workers.into_iter().map(|worker| worker.spawn(|worker| worker.run())).collect();
        let mut settled = main.settle(2);
        settled.sort();
        assert_eq!(settled, [0, 1]);
        main.remove(0);
        main.remove(1);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(main.results(), []);
    });
}

#[test]
fn a_main_thread_that_looks_by_itself_is_rung_for_once_it_stops() {
    explore(|| {
        let (mut main, mut workers) = set(Setting::default());
        main.publish(Flags(0));
        main.publish(Flags(0));
        main.begin_to_look();
        let thread = workers.remove(0).spawn(Worker::run);
        let mut settled = main.look();
        settled.extend(main.look());
        settled.extend(main.stop_to_look());
        assert_eq!(main.settle_rung_for(settled, 2), [0, 1]);
        main.remove(0);
        thread.join().unwrap();
    });
}
