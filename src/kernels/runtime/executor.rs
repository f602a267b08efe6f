//! The one pool of threads of the process, shared by every isolate.
//!
//! Calls wait their turn in queues of our own (`handover.rs`) and are not handed to rayon as a whole: rayon is given
//! *tickets*, one for each call that waits, and a ticket is good for one step of the most urgent one. `README.md` in the
//! folder above says why.

use super::call::{AfterStep, Call, Observer};
use super::handover::{HandOver, Priority};
use super::lent::LentBytes;
use super::plan::Plan;
use super::spread::Spread;
use super::thread_policy;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::limits::{limit, poll};
use crate::scheduler::poll_budget::PollBudget;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// The environment variable that sets the number of threads.
pub const VARIABLE: &str = "ROCKPOOL_KERNEL_THREADS";

/// More threads than this are a mistake.
pub const MOST: usize = limit::KERNEL_THREADS_MAX;

/// How many steps may stand on one thread's stack: one, and one more that it takes up while it waits for a stolen part
/// of the first. Bounds the stack, and the time for which a call can be held up by another one that lies above it.
const NESTED_MOST: usize = 2;

/// A thread looks for the next call only behind one that was as short as this: where calls are long, waking a thread
/// for the next one does not matter.
const SHORT: Duration = Duration::from_nanos(poll::SHORT as u64);

/// The pool of this process.
static CURRENT: OnceLock<Executor> = OnceLock::new();

/// The number that [`configure`] was given; 0 before.
static CONFIGURED: AtomicUsize = AtomicUsize::new(0);

/// The steps that stand on a thread's stack.
#[derive(Clone, Copy)]
struct Nested {
    depth: usize,
    /// Of the topmost one.
    priority: Priority,
}

thread_local! {
    static NESTED: Cell<Nested> = const { Cell::new(Nested { depth: 0, priority: Priority::Background }) };

    /// How long this thread looks for the next call, and when it last gave up.
    static SEARCH: Cell<(Option<PollBudget>, Option<Instant>)> = const { Cell::new((None, None)) };
}

/// The threads and the calls that wait for them.
pub struct Executor {
    size: usize,
    rayon: rayon::ThreadPool,
    /// None where the threads need not be kept apart.
    spread: Option<Arc<Spread>>,
    calls: HandOver<Arc<Call>>,
    started: Instant,
}

impl std::fmt::Debug for Executor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Executor").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Executor {
    /// The threads of this process, started on first use and never ended.
    pub fn current() -> Result<&'static Executor> {
        if let Some(executor) = CURRENT.get() {
            return Ok(executor);
        }
        let built = Executor::build()?;
        // Where another thread was faster, the threads just started end.
        Ok(CURRENT.get_or_init(|| built))
    }

    fn build() -> Result<Self> {
        let size = wanted()?;
        let spread = Spread::new(size).map(Arc::new);
        let known = spread.clone();
        let rayon = rayon::ThreadPoolBuilder::new()
            .num_threads(size)
            .thread_name(|index| format!("rockpool-kernel-{index}"))
            .start_handler(move |index| {
                thread_policy::yield_to_javascript();
                if let Some(spread) = &known {
                    spread.enter(index);
                }
            })
            // Tickets do not panic; if one does it must not end the process, which is what rayon does by default.
            .panic_handler(|_| {})
            .build()
            .map_err(|error| {
                let message = format!("cannot start {size} kernel threads: {error}");
                Error::new(ErrorCode::KernelThreads, message)
            })?;
        Ok(Executor { size, rayon, spread, calls: HandOver::new(), started: Instant::now() })
    }

    fn enqueue(&'static self, call: Arc<Call>) {
        let priority = call.priority();
        if self.calls.push(call, priority) {
            self.issue();
        }
    }

    /// Milliseconds since the threads were started.
    fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    fn issue(&'static self) {
        self.rayon.spawn(|| self.run_ticket());
    }

    /// Uses a ticket: one step of the most urgent call. Behind a short call also those that come soon.
    fn run_ticket(&'static self) {
        let nested = NESTED.get();
        let taken = match nested.depth {
            0 => Some(self.calls.take(|| self.now())),
            NESTED_MOST => None,
            // The step below waits for a part of itself: nothing less urgent may hold it up.
            _ => self.calls.take_at_least(nested.priority),
        };
        if taken.is_none() {
            // Issued again at the end of the step below.
            self.calls.park();
            return;
        }
        if nested.depth == 0 {
            learn_from_sleep();
        }
        let mut next = taken;
        while let Some(call) = next {
            let began = Instant::now();
            NESTED.set(Nested { depth: nested.depth + 1, priority: call.priority() });
            let after = self.run_step(&call, nested.depth);
            NESTED.set(nested);
            if after == AfterStep::Again {
                self.enqueue(call);
            }
            for _ in 0..self.calls.unpark() {
                self.issue();
            }
            let goes_on = nested.depth == 0 && after == AfterStep::Over && began.elapsed() < SHORT;
            next = if goes_on { self.search() } else { None };
        }
    }

    /// One step of a call. Of one that is worth it the other threads take their parts on other processors; one that lies
    /// above another on this thread's stack leaves that as it is.
    fn run_step(&self, call: &Call, depth: usize) -> AfterStep {
        match &self.spread {
            Some(spread) if depth == 0 && call.is_large() => {
                let _kept = spread.keep_off();
                call.run_step()
            }
            _ => call.run_step(),
        }
    }

    /// Looks for the next call for a while, which costs less than to be woken for it.
    fn search(&self) -> Option<Arc<Call>> {
        let mut budget = SEARCH.get().0.unwrap_or_default();
        if budget.nanos() == 0 || !self.calls.begin_search() {
            return None;
        }
        let until = Instant::now() + Duration::from_nanos(budget.nanos());
        while !self.calls.is_promised() && Instant::now() < until {
            std::hint::spin_loop();
        }
        let found = self.calls.end_search(|| self.now());
        if found.is_some() {
            budget.on_hit()
        } else {
            budget.on_miss()
        }
        SEARCH.set((Some(budget), Some(Instant::now())));
        found
    }
}

/// A thread was woken for a call: had it searched a little longer, it would have met it.
fn learn_from_sleep() {
    let (budget, since) = SEARCH.get();
    let mut budget = budget.unwrap_or_default();
    if let Some(since) = since {
        budget.on_wake(since.elapsed().as_nanos() as u64);
    }
    SEARCH.set((Some(budget), None));
}

/// Hands a planned call to the kernel threads, with the bytes it was planned for, in the same order. `out` is the output
/// buffer of a call on one input. More urgent calls take their turns before it. An error means that there are no
/// threads; the observer is then dropped unused, and the bytes are given back.
pub fn submit(
    plan: Plan,
    inputs: Vec<LentBytes>,
    out: Option<LentBytes>,
    priority: Priority,
    observer: Box<dyn Observer>,
) -> Result<Arc<Call>> {
    let executor = Executor::current()?;
    let call = Arc::new(Call::new(plan, inputs, out, priority, observer));
    executor.enqueue(Arc::clone(&call));
    Ok(call)
}

/// Sets the number of threads, which overrides the environment. Once the threads run their number stands, and asking
/// for another one is an error.
pub fn configure(size: usize) -> Result<()> {
    if !(1..=MOST).contains(&size) {
        let message = format!("the number of kernel threads must be a whole number from 1 to {MOST}, got {size}");
        return Err(Error::new(ErrorCode::KernelRange, message));
    }
    if let Some(running) = running()
        && running != size
    {
        let message = format!(
            "{running} kernel threads are running already; their number is set before the first kernel is called"
        );
        return Err(Error::new(ErrorCode::KernelThreads, message));
    }
    CONFIGURED.store(size, Ordering::Relaxed);
    Ok(())
}

/// The number of threads: of those that run, else of those that would be started.
pub fn size() -> Result<usize> {
    match running() {
        Some(size) => Ok(size),
        None => wanted(),
    }
}

fn running() -> Option<usize> {
    CURRENT.get().map(|executor| executor.size)
}

fn wanted() -> Result<usize> {
    match CONFIGURED.load(Ordering::Relaxed) {
        0 => {}
        size => return Ok(size),
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    choose(std::env::var(VARIABLE).ok().as_deref(), processors)
}

/// By default one processor is left to JavaScript, where there are four or more. With fewer that would cost the kernels
/// a third or half of their speed to save a main thread that the system's scheduler looks after anyway: it sleeps most
/// of the time, so it goes first when it wakes.
fn choose(variable: Option<&str>, processors: usize) -> Result<usize> {
    match variable {
        None | Some("") => Ok(if processors < 4 { processors } else { (processors - 1).min(MOST) }),
        Some(text) => match text.parse() {
            Ok(size) if (1..=MOST).contains(&size) => Ok(size),
            _ => {
                let message = format!("{VARIABLE} must be a whole number from 1 to {MOST}, got {text:?}");
                Err(Error::new(ErrorCode::KernelThreads, message))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_leaves_a_processor_to_javascript_where_it_can() {
        let chosen: Vec<_> = [1, 2, 3, 4, 8, 64].iter().map(|processors| choose(None, *processors).unwrap()).collect();
        assert_eq!(chosen, [1, 2, 3, 3, 7, 63]);
    }

    #[test]
    fn the_environment_overrides_the_default_and_is_checked() {
        assert_eq!(choose(Some("5"), 2).unwrap(), 5);
        assert_eq!(choose(Some(""), 2).unwrap(), 2);
        for text in ["0", "-1", "many", "1.5", "1025"] {
            let error = choose(Some(text), 2).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelThreads);
            assert!(error.message.contains(text), "{error}");
        }
    }

    #[test]
    fn everybody_gets_the_same_threads() {
        let addresses: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(|| std::ptr::from_ref(Executor::current().unwrap()) as usize))
            .map(|thread| thread.join().unwrap())
            .collect();
        assert!(addresses.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn running_threads_keep_their_number() {
        let size = Executor::current().unwrap().size;
        assert_eq!(configure(size + 1).unwrap_err().code, ErrorCode::KernelThreads);
        assert!(configure(size).is_ok());
        assert_eq!(configure(0).unwrap_err().code, ErrorCode::KernelRange);
        assert_eq!(self::size().unwrap(), size);
    }

    /// Short calls one after the other and from many threads at once: whether they are found by a search or by a ticket,
    /// each is carried out, also the one that comes at the very end of a search.
    #[test]
    fn a_task_that_meets_a_search_is_carried_out_like_any_other() {
        use crate::kernels::Shape;
        use crate::kernels::testing::{Where, call_as};

        let threads: Vec<_> = (0..3)
            .map(|number| {
                std::thread::spawn(move || {
                    for round in 0..2000u64 {
                        call_as("probe.nothing", Vec::new(), Shape::bytes(0), &mut [], Where::Threads).unwrap();
                        let pause = Instant::now() + Duration::from_nanos((round * (37 + number)) % 97_000);
                        while Instant::now() < pause {
                            std::hint::spin_loop();
                        }
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
