//! Which thread was at which step of which kernel, and when: recorded while somebody watches.
//!
//! Unwatched, a step costs one relaxed load more. Watched, the newest steps of the whole process are kept.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

/// How many steps are kept: some 3 MB.
const KEPT: usize = 1 << 16;

/// One step of a call.
#[derive(Clone, Copy, Debug)]
pub struct TracedStep {
    /// The number of the kernel thread.
    pub thread: usize,
    /// The kernel, or `pipeline`.
    pub kernel: &'static str,
    /// When it began.
    pub began: Instant,
    /// When it ended.
    pub ended: Instant,
}

/// How many watch. Changed under the lock of `STEPS` only; read without it by threads that want to know.
static WATCHERS: AtomicUsize = AtomicUsize::new(0);

static STEPS: Mutex<Steps> = Mutex::new(Steps { newest: VecDeque::new(), lost: 0 });

struct Steps {
    newest: VecDeque<TracedStep>,
    /// Steps that had to go for newer ones.
    lost: u64,
}

fn steps() -> MutexGuard<'static, Steps> {
    STEPS.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A step begins; the time if anybody wants to know.
pub(super) fn begin() -> Option<Instant> {
    // Relaxed: a step that begins while somebody starts to watch may be recorded or not.
    (WATCHERS.load(Ordering::Relaxed) > 0).then(Instant::now)
}

/// The step has ended that began then.
pub(super) fn end(began: Option<Instant>, kernel: &'static str) {
    let (Some(began), Some(thread)) = (began, rayon::current_thread_index()) else { return };
    let step = TracedStep { thread, kernel, began, ended: Instant::now() };
    let mut steps = steps();
    // Under the lock: nothing is left behind by a step that outlives the last who watches.
    if WATCHERS.load(Ordering::Relaxed) == 0 {
        return;
    }
    if steps.newest.len() == KEPT {
        steps.newest.pop_front();
        steps.lost += 1;
    }
    steps.newest.push_back(step);
}

/// As long as it lives, steps are recorded.
#[derive(Debug)]
pub struct Watch {
    since: Instant,
    lost_before: u64,
}

impl Watch {
    /// Begins to watch.
    pub fn begin() -> Self {
        let steps = steps();
        WATCHERS.fetch_add(1, Ordering::Relaxed);
        Watch { since: Instant::now(), lost_before: steps.lost }
    }

    /// The newest steps that began since, in the order of their ends, and how many older ones are not among them.
    pub fn steps(&self) -> (Vec<TracedStep>, u64) {
        let steps = steps();
        let since = steps.newest.iter().filter(|step| step.began >= self.since);
        (since.copied().collect(), steps.lost - self.lost_before)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut steps = steps();
        if WATCHERS.fetch_sub(1, Ordering::Relaxed) == 1 {
            steps.newest = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{self, Where};
    use crate::kernels::{Element, Shape};

    #[test]
    fn steps_are_recorded_with_their_thread_while_somebody_watches() {
        // Other tests run kernels meanwhile: this one looks for a kernel that no other calls by that name.
        let watch = Watch::begin();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        pool.install(|| end(begin(), "traced"));
        let of =
            |watch: &Watch, name| watch.steps().0.into_iter().filter(|step| step.kernel == name).collect::<Vec<_>>();
        let steps = of(&watch, "traced");
        assert_eq!((steps.len(), steps[0].thread), (1, 0));
        assert!(steps[0].began >= watch.since && steps[0].ended >= steps[0].began);
        let later = Watch::begin();
        assert!(of(&later, "traced").is_empty(), "only what began since");
    }

    #[test]
    fn a_call_on_the_threads_is_recorded() {
        let watch = Watch::begin();
        let shape = Shape::elements(Element::U16, 32).unwrap();
        testing::call_as("probe.halve", vec![], shape, &mut [1; 64], Where::Threads).unwrap();
        assert!(watch.steps().0.iter().any(|step| step.kernel == "probe.halve"));
    }

    #[test]
    fn other_threads_have_no_row() {
        let watch = Watch::begin();
        end(begin(), "elsewhere");
        assert!(watch.steps().0.iter().all(|step| step.kernel != "elsewhere"));
    }
}
