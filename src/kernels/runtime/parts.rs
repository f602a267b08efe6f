//! How a step's bytes are divided among the threads.

use super::kernel::Context;
use rayon::prelude::*;
use std::ops::Range;

/// How many threads a step may spread over.
pub(in crate::kernels) fn threads(context: &Context<'_>) -> usize {
    if context.parallel() { rayon::current_num_threads() } else { 1 }
}

/// Does some work on parts of a range, each of `least` or more of it, as many as there are threads. What came out, in
/// the order of the parts, which follow each other and leave nothing out; one part, on this thread, where the range is
/// too short to be worth more.
pub(in crate::kernels) fn in_parts<T: Send>(
    whole: Range<usize>,
    least: usize,
    context: &Context<'_>,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let length = whole.len();
    let count = (length / least).clamp(1, threads(context));
    if count == 1 {
        return vec![work(whole)];
    }
    let border = |place: usize| whole.start + length / count * place + (length % count).min(place);
    (0..count).into_par_iter().map(|place| work(border(place)..border(place + 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn parts_follow_each_other_and_leave_nothing_out() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        for parallel in [false, true] {
            let context = Context { cancelled: &AtomicBool::new(false), parallel };
            for length in [0, 1, 2, 9, 10, 19, 20, 29, 30, 31, 32, 1000] {
                let parts = pool.install(|| in_parts(5..5 + length, 10, &context, |part| part));
                let expected = if parallel { (length / 10).clamp(1, 3) } else { 1 };
                assert_eq!(parts.len(), expected, "{length} elements");
                assert_eq!((parts[0].start, parts[expected - 1].end), (5, 5 + length));
                assert!(parts.windows(2).all(|pair| pair[0].end == pair[1].start));
                assert!(expected == 1 || parts.iter().all(|part| part.len() >= 10));
            }
        }
    }
}
