//! The pool's queue against crossbeam's injector: nanoseconds per task for one to four threads that take a million
//! small records. `cargo bench --no-default-features --bench queue`; the figures stand in src/scheduler/README.md.
//!
//! The queue of chunks is the scheduler's in outline: one lock, records of bytes end to end, a copy out. The injector
//! carries each record in a box of its own, and gives no look at what it will give next. `Pool` is the real thing, with
//! all that a take does besides: phases, room, counters.

use crossbeam_deque::{Injector, Steal};
use rockpool::protocol::completion::Kind;
use rockpool::protocol::record::{Flags, HEADER, Header, TaskId};
use rockpool::scheduler::control::{Control, Word};
use rockpool::scheduler::policy::PolicyKind;
use rockpool::scheduler::pool::{Config, Next, Pool, Report};
use rockpool::scheduler::submission::SubmissionBuffer;
use std::collections::VecDeque;
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

const TASKS: usize = 1_000_000;
const PAYLOAD: usize = 24;
const RECORD: usize = HEADER + PAYLOAD;
const CHUNK: usize = 64 * 1024;
const ROUNDS: usize = 7;

fn record(index: usize) -> Vec<u8> {
    Header::record(TaskId { index: index as u32, seq: 1 }, Flags::default(), &[index as u8; PAYLOAD])
}

/// Runs `take` on `takers` threads until each has had its last task, and checks that every task was taken once.
fn time<T>(
    takers: usize,
    endpoint: impl Fn() -> T,
    take: impl Fn(&mut T, &mut [u8; RECORD]) -> Option<u32> + Sync,
) -> Duration
where
    T: Send,
{
    let start_line = Barrier::new(takers + 1);
    std::thread::scope(|scope| {
        let run = |mut endpoint: T| {
            let (start_line, take) = (&start_line, &take);
            scope.spawn(move || {
                let (mut into, mut count, mut sum) = ([0; RECORD], 0, 0);
                start_line.wait();
                while let Some(index) = take(&mut endpoint, &mut into) {
                    count += 1;
                    sum += u64::from(index);
                }
                (count, sum)
            })
        };
        let threads: Vec<_> = (0..takers).map(|_| run(endpoint())).collect();
        start_line.wait();
        let start = Instant::now();
        let totals = threads.into_iter().map(|thread| thread.join().unwrap());
        let (count, sum) = totals.fold((0, 0), |all: (usize, u64), one| (all.0 + one.0, all.1 + one.1));
        let elapsed = start.elapsed();
        assert_eq!((count, sum), (TASKS, (TASKS as u64 - 1) * TASKS as u64 / 2));
        elapsed
    })
}

fn index_of(bytes: &[u8]) -> Option<u32> {
    Some(Header::read(bytes)?.id.index)
}

fn chunks(takers: usize) -> [Duration; 2] {
    struct Chunks {
        chunks: VecDeque<Vec<u8>>,
        cursor: usize,
    }
    let queue = Mutex::new(Chunks { chunks: VecDeque::new(), cursor: 0 });
    let records: Vec<_> = (0..TASKS).map(record).collect();
    let start = Instant::now();
    for record in &records {
        let mut queue = queue.lock().unwrap();
        match queue.chunks.back_mut() {
            Some(chunk) if chunk.len() + record.len() <= CHUNK => chunk.extend_from_slice(record),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.extend_from_slice(record);
                queue.chunks.push_back(chunk);
            }
        }
    }
    let pushed = start.elapsed();
    let take = |_: &mut (), into: &mut [u8; RECORD]| {
        let mut queue = queue.lock().unwrap();
        let cursor = queue.cursor;
        let chunk = queue.chunks.front()?;
        into.copy_from_slice(&chunk[cursor..cursor + RECORD]);
        queue.cursor += RECORD;
        if queue.cursor == queue.chunks[0].len() {
            queue.chunks.pop_front();
            queue.cursor = 0;
        }
        drop(queue);
        index_of(into)
    };
    [pushed, time(takers, || (), take)]
}

fn injector(takers: usize) -> [Duration; 2] {
    let queue = Injector::new();
    let records: Vec<_> = (0..TASKS).map(record).collect();
    let start = Instant::now();
    for record in &records {
        queue.push(record.clone().into_boxed_slice());
    }
    let pushed = start.elapsed();
    let take = |_: &mut (), into: &mut [u8; RECORD]| {
        loop {
            match queue.steal() {
                Steal::Success(record) => {
                    into.copy_from_slice(&record);
                    return index_of(into);
                }
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
    };
    [pushed, time(takers, || (), take)]
}

fn pool(takers: usize) -> [Duration; 2] {
    let size = TASKS * RECORD;
    let mut bytes: Vec<u64> = vec![0; size / 8];
    let start_of_bytes = std::ptr::NonNull::from(&mut bytes[..]).cast::<u8>();
    let records: Vec<_> = (0..TASKS).map(record).collect();
    let start = Instant::now();
    for (at, record) in records.iter().enumerate() {
        // SAFETY: `at` is below TASKS and each record has RECORD bytes; nobody else uses the memory yet.
        unsafe { start_of_bytes.add(at * RECORD).copy_from(std::ptr::NonNull::from(&record[..]).cast(), RECORD) };
    }
    let pushed = start.elapsed();
    let config = Config { concurrency: 1, spinners: 0, timing: false, policy: PolicyKind::Fifo };
    // SAFETY: the vector outlives the pool, which is dropped first at the end of this function.
    let submission = unsafe { SubmissionBuffer::from_raw(start_of_bytes, size) };
    let pool = Pool::new(config, Control::owned(), submission, Box::new(|| ()));
    pool.control().store(Word::Submitted, TASKS as i32);
    pool.control().store(Word::StagedTail, size as i32);
    let endpoint = || {
        let slot = pool.add_worker(true);
        let endpoint = pool.attach(slot, true).expect("the slot was added for it");
        pool.ready(&endpoint);
        (endpoint, None)
    };
    let take = |(endpoint, done): &mut (_, Option<TaskId>), into: &mut [u8; RECORD]| {
        let report = done.take().map(|id| Report { id, kind: Kind::Result, payload: &[], turn: false });
        match pool.next(endpoint, report, into, || 0, || 0.0) {
            Next::Task { header, .. } => {
                *done = Some(header.id);
                Some(header.id.index)
            }
            _ => None,
        }
    };
    [pushed, time(takers, endpoint, take)]
}

fn main() {
    println!("ns per task, median (least - most) of {ROUNDS}; {TASKS} records of {RECORD} bytes");
    type Contestant = (&'static str, fn(usize) -> [Duration; 2]);
    let contestants: [Contestant; 3] =
        [("lock and chunks", chunks), ("injector of boxes", injector), ("Pool: take and report", pool)];
    for takers in [1, 2, 4] {
        let mut samples = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            for ((_, run), samples) in contestants.iter().zip(&mut samples) {
                samples.push(run(takers));
            }
        }
        for ((name, _), samples) in contestants.iter().zip(&samples) {
            let spread = |which: usize| {
                let mut nanos: Vec<_> = samples.iter().map(|times| times[which].as_nanos() / TASKS as u128).collect();
                nanos.sort();
                format!("{:4} ({} - {})", nanos[ROUNDS / 2], nanos[0], nanos[ROUNDS - 1])
            };
            println!("{takers} takers  {name:22}  take {:18} push {}", spread(1), spread(0));
        }
    }
}
