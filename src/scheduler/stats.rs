//! Waiting and running times of tasks.

use crate::protocol::limits::PERCENTILES;
use hdrhistogram::Histogram;

/// One histogram: microseconds at three significant digits, as `perf_hooks.createHistogram()` keeps them.
pub struct Times {
    histogram: Histogram<u64>,
}

/// A histogram in numbers; times in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Recorded tasks.
    pub count: u64,
    /// Arithmetic mean; NaN when nothing was recorded.
    pub mean: f64,
    /// Standard deviation; NaN when nothing was recorded.
    pub stddev: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// Values at [`PERCENTILES`].
    pub percentiles: [f64; PERCENTILES.len()],
}

/// The least value of an empty histogram, in microseconds: what Node's shows, so that callers who compare see no change.
const EMPTY_MIN: f64 = 9_223_372_036_854_775_807.0;

impl Default for Times {
    fn default() -> Self {
        // Cannot fail: three digits are within the library's bounds.
        let histogram = Histogram::new(3).unwrap_or_else(|_| unreachable!("three significant digits are allowed"));
        Self { histogram }
    }
}

impl Times {
    /// Adds a time in milliseconds. Anything below a microsecond counts as one.
    pub fn record(&mut self, millis: f64) {
        // `as` saturates: a negative or absurd time cannot overflow. A generation is long enough.
        let micros = ((millis * 1000.0) as u64).clamp(1, 1 << 50);
        if self.histogram.record(micros).is_err() {
            // No memory for a wider range: it counts as the longest that fits.
            self.histogram.saturating_record(micros);
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.histogram.reset();
    }

    /// The numbers.
    pub fn summary(&self) -> Summary {
        let histogram = &self.histogram;
        let empty = histogram.is_empty();
        let millis = |micros: u64| micros as f64 / 1000.0;
        let or_nan = |micros: f64| if empty { f64::NAN } else { micros / 1000.0 };
        Summary {
            count: histogram.len(),
            mean: or_nan(histogram.mean()),
            stddev: or_nan(histogram.stdev()),
            min: if empty { EMPTY_MIN / 1000.0 } else { millis(histogram.min()) },
            max: millis(histogram.max()),
            percentiles: PERCENTILES.map(|percentile| millis(histogram.value_at_percentile(percentile.value))),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_in_milliseconds() {
        let mut times = Times::default();
        for millis in 1..=100 {
            times.record(f64::from(millis));
        }
        let summary = times.summary();
        assert_eq!(summary.count, 100);
        assert!((summary.mean - 50.5).abs() < 0.1, "{summary:?}");
        assert!((summary.percentiles[7] - 50.0).abs() < 0.1, "{summary:?}");
        assert!((summary.min - 1.0).abs() < 0.01 && (summary.max - 100.0).abs() < 0.2, "{summary:?}");
    }

    #[test]
    fn an_empty_histogram_has_no_mean_and_a_maximum_of_zero() {
        let mut times = Times::default();
        times.record(5.0);
        times.reset();
        let summary = times.summary();
        assert!(summary.mean.is_nan() && summary.stddev.is_nan());
        assert_eq!((summary.count, summary.max), (0, 0.0));
    }

    #[test]
    fn odd_times_count_as_the_nearest_sane_one() {
        let mut times = Times::default();
        for millis in [-5.0, 0.0, f64::NAN, f64::INFINITY] {
            times.record(millis);
        }
        assert_eq!(times.summary().count, 4);
    }
}
