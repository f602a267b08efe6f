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
            let allowed = affinity(0)?;
            let threads = (0..size).map(|_| AtomicI32::new(0)).collect();
            // SAFETY: counts bits.
            let processors = unsafe { CPU_COUNT(&allowed) } as usize;
            let is_tight = (2..=MOST).contains(&size) && processors == size;
            is_tight.then_some(Spread { threads, allowed })
        }

        /// To be called by each of the threads at its beginning.
        pub(in super::super) fn enter(&self, index: usize) {
            self.threads[index].store(this_thread(), Ordering::Relaxed);
        }

        /// The calling thread begins a long step: the others go elsewhere, until what this returns is dropped. Best
        /// effort: it is about time alone, so a failure is not worth a word.
        pub(in super::super) fn keep_off(&self) -> Kept<'_> {
            let elsewhere = self.elsewhere();
            if let Some(elsewhere) = &elsewhere {
                self.change_others(&self.allowed, elsewhere);
            }
            Kept { spread: self, elsewhere }
        }

        /// Every processor but this one.
        fn elsewhere(&self) -> Option<cpu_set_t> {
            // SAFETY: takes nothing; negative where the system cannot tell.
            let here = usize::try_from(unsafe { libc::sched_getcpu() }).ok()?;
            let mut elsewhere = self.allowed;
            // SAFETY: looks at a bit, which is within the set's bounds.
            if here >= 8 * size_of::<cpu_set_t>() || !unsafe { CPU_ISSET(here, &elsewhere) } {
                return None;
            }
            // SAFETY: as above.
            unsafe { CPU_CLR(here, &mut elsewhere) };
            Some(elsewhere)
        }

        /// Sends the other threads from one set of processors to another. A thread that is elsewhere was sent there by
        /// somebody else, by another step or by the machine's owner, and is left alone.
        fn change_others(&self, from: &cpu_set_t, to: &cpu_set_t) {
            let this = this_thread();
            for thread in &self.threads {
                let thread: pid_t = thread.load(Ordering::Relaxed);
                if thread != 0 && thread != this && affinity(thread).is_some_and(|now| equal(&now, from)) {
                    // SAFETY: kernel threads never end, so that the number is that of one of ours; the set is alive, and
                    // of the size that is said.
                    unsafe { libc::sched_setaffinity(thread, size_of::<cpu_set_t>(), to) };
                }
            }
        }
    }

    /// Lets the other threads run everywhere again at its end.
    #[must_use]
    pub(in super::super) struct Kept<'a> {
        spread: &'a Spread,
        elsewhere: Option<cpu_set_t>,
    }

    impl Drop for Kept<'_> {
        fn drop(&mut self) {
            if let Some(elsewhere) = &self.elsewhere {
                self.spread.change_others(elsewhere, &self.spread.allowed);
            }
        }
    }

    /// By system call: `gettid()` itself is missing in C libraries that Node still runs on (glibc before 2.30).
    fn this_thread() -> pid_t {
        // SAFETY: takes nothing and always succeeds.
        unsafe { libc::syscall(libc::SYS_gettid) as pid_t }
    }

    /// Where a thread may run; 0 is the calling one.
    fn affinity(thread: pid_t) -> Option<cpu_set_t> {
        // SAFETY: a set of bits: all zero is the empty one.
        let mut set: cpu_set_t = unsafe { zeroed() };
        // SAFETY: the set is ours, and of the size that is said.
        let status = unsafe { libc::sched_getaffinity(thread, size_of::<cpu_set_t>(), &mut set) };
        (status == 0).then_some(set)
    }

    fn equal(one: &cpu_set_t, other: &cpu_set_t) -> bool {
        // SAFETY: compares bits.
        unsafe { libc::CPU_EQUAL(one, other) }
    }

    #[cfg(test)]
    mod tests {
        use super::*;
        use std::sync::{Arc, mpsc};

        #[test]
        fn another_thread_is_kept_off_this_ones_processor_for_a_step() {
            let allowed = affinity(0).unwrap();
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

            let kept = spread.keep_off();
            // SAFETY: counts bits.
            let left = unsafe { CPU_COUNT(&affinity(thread).unwrap()) };
            assert_eq!(left, if processors == 1 { 1 } else { processors - 1 }, "of {processors} processors");
            assert!(equal(&affinity(0).unwrap(), &allowed), "the thread itself is free");
            drop(kept);
            assert!(equal(&affinity(thread).unwrap(), &allowed));

            if let Some(elsewhere) = spread.elsewhere() {
                let kept = spread.keep_off();
                // As its owner would by taskset(1), in the middle of a step.
                let mut own = allowed;
                // SAFETY: the set is all processors but one; what is left of them is not empty where there are two.
                (0..8 * size_of::<cpu_set_t>()).filter(|bit| unsafe { CPU_ISSET(*bit, &elsewhere) }).for_each(|bit| {
                    // SAFETY: within the set's bounds.
                    unsafe { CPU_CLR(bit, &mut own) };
                });
                // SAFETY: as in `change_others`.
                unsafe { libc::sched_setaffinity(thread, size_of::<cpu_set_t>(), &own) };
                drop(kept);
                assert!(equal(&affinity(thread).unwrap(), &own), "what its owner has set stays");
            }
            drop(end);
            other.join().unwrap();
        }

        #[test]
        fn nothing_is_done_where_threads_and_processors_differ() {
            // SAFETY: counts bits.
            let processors = unsafe { CPU_COUNT(&affinity(0).unwrap()) } as usize;
            assert!(Spread::new(1).is_none());
            assert!(Spread::new(processors + 1).is_none());
            assert_eq!(Spread::new(processors).is_some(), (2..=MOST).contains(&processors));
        }
    }
}

/// Elsewhere the system is left to its own devices.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    /// There is none.
    pub(in super::super) enum Spread {}

    impl Spread {
        pub(in super::super) fn new(_size: usize) -> Option<Self> {
            None
        }

        pub(in super::super) fn enter(&self, _index: usize) {
            match *self {}
        }

        pub(in super::super) fn keep_off(&self) -> Option<()> {
            match *self {}
        }
    }
}
