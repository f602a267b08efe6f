//! JavaScript's clock, read by any thread.

use napi_derive::napi;
use std::sync::LazyLock;
use std::time::Instant;

static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Milliseconds of a clock that is the same for all threads of this process. Only JavaScript can tell how far it is
/// ahead of `performance.now()`: it reads both together, see `aheadOf` in `lib/clock.js`.
#[napi(catch_unwind)]
pub fn monotonic_now() -> f64 {
    ORIGIN.elapsed().as_nanos() as f64 / 1e6
}

/// One thread's `performance.now()`. Both clocks are the system's monotonic one, so how far they are apart stays the
/// same; on macOS only while the machine does not sleep, which Node's clock counts and `Instant` does not.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    ahead: f64,
}

impl Clock {
    /// The clock of a thread where [`monotonic_now`] is `ahead` milliseconds ahead of `performance.now()`.
    pub fn new(ahead: f64) -> Self {
        Self { ahead }
    }

    /// What it shows now.
    pub fn now(&self) -> f64 {
        monotonic_now() - self.ahead
    }

    /// What it showed at a moment since it was made.
    pub fn at(&self, moment: Instant) -> f64 {
        moment.saturating_duration_since(*ORIGIN).as_nanos() as f64 / 1e6 - self.ahead
    }
}
