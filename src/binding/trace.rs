//! What the kernel threads do, on JavaScript's clock; and what the processor can do.

use super::clock::Clock;
use crate::cpu;
use crate::kernels::runtime::trace::Watch;
use napi_derive::napi;

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
    clock: Clock,
}

#[napi]
impl KernelTrace {
    /// Begins. `clock_ahead` is how many milliseconds `monotonicNow()` is ahead of this thread's `performance.now()`.
    #[napi(constructor, catch_unwind)]
    pub fn new(clock_ahead: f64) -> Self {
        Self { watch: Some(Watch::begin()), clock: Clock::new(clock_ahead) }
    }

    /// Ends, and gives what was recorded; nothing the second time.
    #[napi(catch_unwind)]
    pub fn stop(&mut self) -> Option<KernelSteps> {
        let (steps, lost) = self.watch.take()?.steps();
        Some(KernelSteps {
            kernels: steps.iter().map(|step| step.kernel.to_owned()).collect(),
            threads: steps.iter().map(|step| step.thread as u32).collect(),
            began: steps.iter().map(|step| self.clock.at(step.began)).collect(),
            ended: steps.iter().map(|step| self.clock.at(step.ended)).collect(),
            lost: lost as f64,
        })
    }
}

/// What this processor can do, of that which the kernels ask for.
#[napi(catch_unwind)]
pub fn cpu_features() -> Vec<&'static str> {
    cpu::features()
}
