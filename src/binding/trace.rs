//! What the kernel threads do, on JavaScript's clock; and what the processor can do.

use crate::cpu;
use crate::kernels::trace::Watch;
use napi_derive::napi;
use std::time::Instant;

/// Steps of kernels, in the order of their ends: one element of each list for a step.
#[napi(object)]
pub struct KernelSteps {
    /// The kernels, or `pipeline`.
    pub kernels: Vec<String>,
    /// The numbers of the kernel threads.
    pub threads: Vec<u32>,
    /// When they began, in milliseconds of the clock.
    pub began: Vec<f64>,
    /// When they ended.
    pub ended: Vec<f64>,
    /// Older steps that are not here, for lack of room.
    pub lost: f64,
}

/// Records the steps of all kernels of this process. Not for use by others than rockpool's own JavaScript.
#[napi]
pub struct KernelTrace {
    watch: Option<Watch>,
    origin: Instant,
    origin_at: f64,
}

#[napi]
impl KernelTrace {
    /// Begins. `now` is `performance.now()` of this moment.
    #[napi(constructor, catch_unwind)]
    pub fn new(now: f64) -> Self {
        Self { watch: Some(Watch::begin()), origin: Instant::now(), origin_at: now }
    }

    /// Ends, and gives what was recorded; nothing the second time.
    #[napi(catch_unwind)]
    pub fn stop(&mut self) -> Option<KernelSteps> {
        let (steps, lost) = self.watch.take()?.steps();
        let at = |moment: Instant| {
            let since = moment.saturating_duration_since(self.origin);
            self.origin_at + since.as_nanos() as f64 / 1e6
        };
        Some(KernelSteps {
            kernels: steps.iter().map(|step| step.kernel.to_owned()).collect(),
            threads: steps.iter().map(|step| step.thread as u32).collect(),
            began: steps.iter().map(|step| at(step.began)).collect(),
            ended: steps.iter().map(|step| at(step.ended)).collect(),
            lost: lost as f64,
        })
    }
}

/// What this processor can do, of that which the kernels ask for.
#[napi(catch_unwind)]
pub fn cpu_features() -> Vec<&'static str> {
    cpu::features()
}
