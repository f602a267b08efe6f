//! Tells the system that a kernel thread is here for throughput, and that others have less time.
//!
//! On Linux in two ways, and neither changes the thread's share of the processors:
//!
//! - As a batch thread it waits for its turn when it is woken. By default it would push the thread that has just called
//!   a kernel off its processor for some milliseconds.
//! - It asks for long slices of time. Whoever wakes up and asks for a shorter one, as every other thread does, may
//!   then interrupt it (`PREEMPT_SHORT` in the scheduler of Linux 6.12 and later; before, slices cannot be asked for).
//!   Where kernels have all processors, the event loop would otherwise wait until a slice or a step is over: the 99th
//!   percentile of its delay falls from 3 ms to 0.3 ms beside `zstd.decompress` (2 cores, Linux 6.18).

/// For the calling thread. Best effort: without it everything works, with more jitter.
#[cfg(target_os = "linux")]
pub(super) fn yield_to_javascript() {
    use linux::{Attributes, SLICE};

    let Some(mut attributes) = Attributes::of_this_thread() else { return };
    // What somebody has chosen for the process is left alone.
    if matches!(attributes.0.sched_policy as i32, libc::SCHED_OTHER | libc::SCHED_BATCH) {
        attributes.0.sched_policy = libc::SCHED_BATCH as u32;
        attributes.0.sched_runtime = SLICE;
        attributes.apply();
    }
}

/// Elsewhere the system is left to its own devices.
#[cfg(not(target_os = "linux"))]
pub(super) fn yield_to_javascript() {}

#[cfg(target_os = "linux")]
mod linux {
    use libc::{SYS_sched_getattr, SYS_sched_setattr, c_uint, sched_attr};
    use std::mem::size_of;

    /// In nanoseconds: more than what threads get by default, 3 ms at most. So long may a thread that is not in credit
    /// have to wait.
    pub(super) const SLICE: u64 = 5_000_000;

    /// How a thread is scheduled.
    pub(super) struct Attributes(pub(super) sched_attr);

    impl Attributes {
        /// By system call, as the C libraries have no function for it; 0 stands for the calling thread.
        pub(super) fn of_this_thread() -> Option<Self> {
            let mut attributes = sched_attr {
                size: 0,
                sched_policy: 0,
                sched_flags: 0,
                sched_nice: 0,
                sched_priority: 0,
                sched_runtime: 0,
                sched_deadline: 0,
                sched_period: 0,
            };
            let size = size_of::<sched_attr>() as c_uint;
            // SAFETY: writes to the struct, and no more than the size that is said.
            let status = unsafe { libc::syscall(SYS_sched_getattr, 0, &raw mut attributes, size, 0) };
            (status == 0).then_some(Attributes(attributes))
        }

        /// To the calling thread. Where the system refuses, it stays as it is.
        pub(super) fn apply(&self) {
            // SAFETY: reads the struct, which says how large it is.
            unsafe { libc::syscall(SYS_sched_setattr, 0, &raw const self.0, 0) };
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::linux::{Attributes, SLICE};
    use super::*;

    fn in_a_thread<T: Send>(act: impl FnOnce() -> T + Send) -> T {
        std::thread::scope(|scope| scope.spawn(act).join().unwrap())
    }

    #[test]
    fn a_thread_becomes_a_batch_thread_with_long_slices_and_keeps_its_niceness() {
        let (before, after) = in_a_thread(|| {
            let before = Attributes::of_this_thread().unwrap().0;
            yield_to_javascript();
            (before, Attributes::of_this_thread().unwrap().0)
        });
        assert_eq!(after.sched_policy as i32, libc::SCHED_BATCH);
        assert_eq!(after.sched_nice, before.sched_nice);
        // Linux before 6.12 says nothing about slices.
        assert!([SLICE, 0].contains(&after.sched_runtime), "{}", after.sched_runtime);
    }

    #[test]
    fn what_was_chosen_for_the_process_stays() {
        let policy = in_a_thread(|| {
            let mut idle = Attributes::of_this_thread().unwrap();
            idle.0.sched_policy = libc::SCHED_IDLE as u32;
            idle.apply();
            yield_to_javascript();
            Attributes::of_this_thread().unwrap().0.sched_policy
        });
        assert_eq!(policy as i32, libc::SCHED_IDLE);
    }
}
