//! The pool under load: real threads, which sleep and are woken as in Node.

use super::super::control::Word;
use super::super::pool::{Abandoned, Next, Report};
use super::{LARGEST, Main, PLAIN};
use crate::protocol::answers::Wakeup;
use crate::protocol::completion::Kind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
            let (mut endpoint, pool, epochs) = (main.worker(), main.pool.clone(), epochs.clone());
            std::thread::spawn(move || {
                let slot = endpoint.slot();
                let epoch = || epochs[slot].load(Ordering::SeqCst) as i32;
                let (mut into, mut done, mut order) = ([0; LARGEST], None, Vec::new());
                loop {
                    let report = done.take().map(|id| Report { id, kind: Kind::Result, payload: &[], turn: false });
                    match pool.next(&mut endpoint, report, &mut into, epoch, || 0.0) {
                        Next::Task { header, .. } => {
                            order.push(header.id.index);
                            done = Some(header.id);
                        }
                        Next::Park { epoch: before } => {
                            while epoch() == before {
                                std::thread::park();
                            }
                        }
                        Next::Wait | Next::Turn => unreachable!("it sleeps, and runs one task at a time"),
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
        assert_eq!(main.pool.retire(slot), Abandoned::default());
        rouse(slot);
    }
    results.sort();
    assert_eq!(results, (1..=TASKS as u32).collect::<Vec<_>>());
    let orders: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert!(orders.iter().all(|order| order.is_sorted()), "each worker gets its tasks in the order of submission");
    assert_eq!(orders.iter().map(Vec::len).sum::<usize>(), TASKS);
}
