//! Keeps kernel threads off each other's processors where there is just one processor for each.
//!
//! Linux puts a woken thread on an idle processor if it finds one, but on a small machine that has just been busy it
//! does not look: then the thread lands where it was, which may be where the thread is that has woken it, and both share
//! one processor until the next rounds of balancing, some 10 ms later, while the other one idles. A blur of 1080p every
//! 20 ms took 12.5 ms so, as long as on one thread, and 6.8 ms with the threads apart (2 cores, Linux 6.18).
//!
//! So the thread that is at a long step keeps the others from its own processor, and lets go at the step's end. They are
//! never kept to one, whatever else runs: each may go wherever that thread is not.

#[cfg(target_os = "linux")]
pub(super) use linux::Spread;

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::Spread;

#[cfg(target_os = "linux")]
mod linux {
    use libc::{CPU_CLR, CPU_COUNT, CPU_ISSET, cpu_set_t, pid_t};
    use std::mem::{size_of, zeroed};
    use std::sync::atomic::{AtomicI32, Ordering};

    /// On larger machines some processor is idle, and is found.
    const MOST: usize = 8;

    /// The threads that are kept apart.
    pub(in super::super) struct Spread {
        /// By the system's number of the thread; 0 before it runs.
        threads: Box<[AtomicI32]>,
        /// Where they may run: where the thread might that has started them.
        allowed: cpu_set_t,
    }

    impl Spread {
        /// For `size` threads; None where nothing needs to be done.
        pub(in super::super) fn new(size: usize) -> Option<Self> {
            // SAFETY: a set of bits: all zero is the empty one.
            let mut allowed: cpu_set_t = unsafe { zeroed() };
            // SAFETY: 0 is the calling thread; the set is ours, and of the size that is said.
            let status = unsafe { libc::sched_getaffinity(0, size_of::<cpu_set_t>(), &mut allowed) };
            let threads = (0..size).map(|_| AtomicI32::new(0)).collect();
            // SAFETY: counts bits.
            let processors = unsafe { CPU_COUNT(&allowed) } as usize;
            let is_tight = (2..=MOST).contains(&size) && processors == size;
            (status == 0 && is_tight).then_some(Spread { threads, allowed })
        }

        /// To be called by each of the threads at its beginning.
        pub(in super::super) fn enter(&self, index: usize) {
            // SAFETY: takes nothing and always succeeds.
            self.threads[index].store(unsafe { libc::gettid() }, Ordering::Relaxed);
        }

        /// The calling thread begins a long step: the others go elsewhere. Best effort, like all of this: it is about
        /// time alone, so a failure is not worth a word.
        pub(in super::super) fn keep_off(&self) {
            // SAFETY: takes nothing; negative where the system cannot tell.
            let Ok(here) = usize::try_from(unsafe { libc::sched_getcpu() }) else { return };
            let mut elsewhere = self.allowed;
            // SAFETY: looks at a bit, which is within the set's bounds.
            if here >= 8 * size_of::<cpu_set_t>() || !unsafe { CPU_ISSET(here, &elsewhere) } {
                return;
            }
            // SAFETY: as above.
            unsafe { CPU_CLR(here, &mut elsewhere) };
            self.confine_others(&elsewhere);
        }

        /// The step is over: all may run everywhere again.
        pub(in super::super) fn let_go(&self) {
            self.confine_others(&self.allowed);
        }

        fn confine_others(&self, set: &cpu_set_t) {
            // SAFETY: takes nothing and always succeeds.
            let this = unsafe { libc::gettid() };
            for thread in &self.threads {
                let thread: pid_t = thread.load(Ordering::Relaxed);
                if thread != 0 && thread != this {
                    // SAFETY: kernel threads never end, so that the number is that of one of ours; the set is alive, and
                    // of the size that is said.
                    unsafe { libc::sched_setaffinity(thread, size_of::<cpu_set_t>(), set) };
                }
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::sync::{Arc, mpsc};

        fn affinity(thread: pid_t) -> cpu_set_t {
            // SAFETY: as in `Spread::new`.
            let mut set: cpu_set_t = unsafe { zeroed() };
            // SAFETY: as in `Spread::new`, of a thread of this test.
            assert_eq!(unsafe { libc::sched_getaffinity(thread, size_of::<cpu_set_t>(), &mut set) }, 0);
            set
        }

        fn equal(one: &cpu_set_t, other: &cpu_set_t) -> bool {
            // SAFETY: compares bits.
            unsafe { libc::CPU_EQUAL(one, other) }
        }

        #[test]
        fn another_thread_is_kept_off_this_ones_processor_for_a_step() {
            let allowed = affinity(0);
            // SAFETY: counts bits.
            let processors = unsafe { CPU_COUNT(&allowed) };
            let spread = Arc::new(Spread { threads: [AtomicI32::new(0), AtomicI32::new(0)].into(), allowed });
            let (entered, others) = mpsc::channel();
            let (end, ends) = mpsc::channel::<()>();
            let other = std::thread::spawn({
                let spread = Arc::clone(&spread);
                move || {
                    spread.enter(1);
                    entered.send(()).unwrap();
                    let _ = ends.recv();
                }
            });
            others.recv().unwrap();
            spread.enter(0);
            let thread = spread.threads[1].load(Ordering::Relaxed);

            spread.keep_off();
            // SAFETY: counts bits.
            let left = unsafe { CPU_COUNT(&affinity(thread)) };
            assert_eq!(left, if processors == 1 { 1 } else { processors - 1 }, "of {processors} processors");
            assert!(equal(&affinity(0), &allowed), "the thread itself is free");
            spread.let_go();
            assert!(equal(&affinity(thread), &allowed));
            drop(end);
            other.join().unwrap();
        }

        #[test]
        fn nothing_is_done_where_threads_and_processors_differ() {
            // SAFETY: counts bits.
            let processors = unsafe { CPU_COUNT(&affinity(0)) } as usize;
            assert!(Spread::new(1).is_none());
            assert!(Spread::new(processors + 1).is_none());
            assert_eq!(Spread::new(processors).is_some(), (2..=MOST).contains(&processors));
        }
    }
}

/// Elsewhere the system is left to its own devices.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    pub(in super::super) struct Spread;

    impl Spread {
        pub(in super::super) fn new(_size: usize) -> Option<Self> {
            None
        }

        pub(in super::super) fn enter(&self, _index: usize) {}

        pub(in super::super) fn keep_off(&self) {}

        pub(in super::super) fn let_go(&self) {}
    }
}
