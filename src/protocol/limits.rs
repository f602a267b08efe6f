//! Limits, and what else has to be the same on both sides.

use super::table::{Entry, Table};

table! {
    /// Limits.
    mod limit: usize as "limits" {
        /// How many control words the shared memory holds.
        WORDS = 64,
        /// Bytes that a payload may have: the size of a worker's buffers.
        PAYLOAD_MAX = 64 * 1024,
        /// How many workers a pool can have: notes name them by 16 bits.
        WORKERS_MAX = 1 << 16,
        /// How many tasks a worker can be told to run at once.
        CONCURRENCY_MAX = u32::MAX as usize,
        /// How many kernel threads there can be: more are a mistake.
        KERNEL_THREADS_MAX = 1024,
        /// The longest list of numbers, in bytes, that a kernel answers as a string.
        SHORT_LIST = 64,
    }
}

table! {
    /// How long to look for the next task or result before sleeping, see src/scheduler/poll_budget.rs. In nanoseconds,
    /// but for the last.
    mod poll: u32 as "poll" {
        /// The first search, and the first one after a short sleep: about one wake-up.
        START = 50_000,
        /// Below this a search is not worth what it costs to begin it.
        LEAST = 6_000,
        /// What takes longer is waited for asleep.
        SHORT = 100_000,
        /// Once searches were in vain, every how many short sleeps to try again at most.
        DOUBT_MOST = 1024,
    }
}

/// Percentiles of a histogram, under the names that piscina gives them, in the order of the native summary.
pub const PERCENTILES: [Entry; 15] = [
    percentile("p0_001", 0.001),
    percentile("p0_01", 0.01),
    percentile("p0_1", 0.1),
    percentile("p1", 1.0),
    percentile("p2_5", 2.5),
    percentile("p10", 10.0),
    percentile("p25", 25.0),
    percentile("p50", 50.0),
    percentile("p75", 75.0),
    percentile("p90", 90.0),
    percentile("p97_5", 97.5),
    percentile("p99", 99.0),
    percentile("p99_9", 99.9),
    percentile("p99_99", 99.99),
    percentile("p99_999", 99.999),
];

const fn percentile(name: &'static str, value: f64) -> Entry {
    Entry { name, docs: &[], value }
}

/// The percentiles, for JavaScript.
pub const PERCENTILE_TABLE: Table = Table {
    name: "percentiles",
    docs: &[
        " Percentiles of a histogram, under the names that piscina gives them, in the order of the native summary.",
    ],
    entries: &PERCENTILES,
};
