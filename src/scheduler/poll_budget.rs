//! How long a worker looks for the next task before it sleeps.
//!
//! To wake a sleeping thread costs tens of microseconds, most of it outside this process. A worker that keeps looking
//! for a while answers a task that arrives soon in well under one; a worker that looks in vain burns a core. So each
//! worker spends about as much on looking as a wake-up costs, more while that pays and nothing once it does not.

use crate::protocol::limits::poll;

/// Nanoseconds of the first search.
const START: u64 = poll::START as u64;
/// The longest search. Bounds how long a terminated worker can stay in native code.
const MOST: u64 = 200_000;
/// Below this a search is not worth its two lock operations.
const LEAST: u64 = poll::LEAST as u64;

/// Short sleeps after which a worker that had given up searches again: at first one, twice as many after each time that
/// this was in vain, up to this many. On a machine whose cores are busy with other work a search never pays, and costs
/// a core that somebody needs.
const DOUBT_MOST: u32 = poll::DOUBT_MOST;

/// One worker's budget for a search. Holds no clock: callers say how long things took.
#[derive(Clone, Copy, Debug)]
pub struct PollBudget {
    nanos: u64,
    /// Short sleeps since the worker gave up.
    signs: u32,
    /// How many of them it takes to search again.
    doubt: u32,
}

impl Default for PollBudget {
    fn default() -> Self {
        Self { nanos: START, signs: 0, doubt: 1 }
    }
}

impl PollBudget {
    /// How long to search now; zero means: sleep at once.
    pub fn nanos(&self) -> u64 {
        self.nanos
    }

    /// A search found a task.
    pub fn on_hit(&mut self) {
        self.nanos = (self.nanos * 2).clamp(START, MOST);
        self.doubt = 1;
    }

    /// A search found nothing.
    pub fn on_miss(&mut self) {
        self.nanos /= 2;
        if self.nanos < LEAST {
            self.nanos = 0;
            self.signs = 0;
            self.doubt = (self.doubt * 2).min(DOUBT_MOST);
        }
    }

    /// The worker slept for `nanos` before its next task came: had it searched a little longer, it would have met it.
    pub fn on_wake(&mut self, nanos: u64) {
        if self.nanos > 0 || nanos >= MOST {
            return;
        }
        self.signs += 1;
        if self.signs >= self.doubt {
            self.nanos = START;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_searches_in_vain_soon_sleeps_at_once() {
        let mut budget = PollBudget::default();
        let mut spent = 0;
        while budget.nanos() > 0 {
            spent += budget.nanos();
            budget.on_miss();
        }
        assert!(spent <= 2 * START);
    }

    #[test]
    fn tasks_in_quick_succession_keep_it_searching_within_the_bound() {
        let mut budget = PollBudget::default();
        for _ in 0..100 {
            budget.on_hit();
            assert!(budget.nanos() <= MOST);
        }
        assert_eq!(budget.nanos(), MOST);
    }

    #[test]
    fn short_sleeps_start_the_search_again_and_long_ones_do_not() {
        let mut budget = PollBudget { nanos: 0, ..PollBudget::default() };
        budget.on_wake(10 * MOST);
        assert_eq!(budget.nanos(), 0);
        budget.on_wake(MOST / 2);
        assert_eq!(budget.nanos(), START);
    }

    #[test]
    fn a_worker_whose_searches_are_all_in_vain_spends_next_to_nothing_on_them() {
        let mut budget = PollBudget::default();
        let (mut searches, wakes) = (0, 10_000);
        for _ in 0..wakes {
            if budget.nanos() > 0 {
                searches += 1;
                budget.on_miss();
            }
            budget.on_wake(10_000);
        }
        assert!(searches * 50 < wakes, "{searches} searches in {wakes} wakes");
    }
}
