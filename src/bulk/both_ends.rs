//! A copy from both ends at a time: the calling thread begins at the front, a helper at the back.
//!
//! Pieces are taken out of what is left under a lock, so each is copied once, by either. The caller waits for no helper
//! that has not begun: one that comes late finds nothing left and goes. At the end it may have to wait for the one piece
//! that the helper is at.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread;

/// Bytes in a piece: some 0.1 ms, for which the caller may have to wait at the end.
const PIECE: usize = 1 << 20;

/// Whether a helper is at work: one at a time in the process, since copies are bound by memory.
static HELPED: AtomicBool = AtomicBool::new(false);

/// A copy that two threads are at.
struct Copy {
    to: *mut u8,
    from: *const u8,
    rest: Mutex<Rest>,
    /// The helper has copied its piece.
    copied: Condvar,
}

// SAFETY: the pointers are used in `Copy::piece` only, which argues for itself.
unsafe impl Send for Copy {}
// SAFETY: as above; all else is behind a lock.
unsafe impl Sync for Copy {}

struct Rest {
    /// What nobody has taken.
    bytes: Range<usize>,
    /// Whether the helper is at a piece.
    helping: bool,
}

/// Copies `from` to `to`, which are of the same length, with a helper if one is to be had. No other thread touches
/// either of them any more when this returns.
pub(super) fn copy(to: &mut [u8], from: &[u8]) {
    assert_eq!(to.len(), from.len());
    let rest = Mutex::new(Rest { bytes: 0..to.len(), helping: false });
    let copy = Arc::new(Copy { to: to.as_mut_ptr(), from: from.as_ptr(), rest, copied: Condvar::new() });
    call_helper(&copy);

    let mut rest = copy.rest();
    while !rest.bytes.is_empty() {
        let start = rest.bytes.start;
        let end = rest.bytes.end.min(start + PIECE);
        rest.bytes.start = end;
        drop(rest);
        copy.piece(start..end);
        rest = copy.rest();
    }
    while rest.helping {
        rest = copy.copied.wait(rest).unwrap_or_else(|poisoned| poisoned.into_inner());
    }
}

/// Starts a thread that helps, if none does and there is a processor for it. Without one the caller copies all.
fn call_helper(copy: &Arc<Copy>) {
    static SEVERAL_PROCESSORS: OnceLock<bool> = OnceLock::new();
    if !SEVERAL_PROCESSORS.get_or_init(|| thread::available_parallelism().is_ok_and(|processors| processors.get() > 1))
        // Relaxed: a mere mark; what the helper needs goes with it.
        || HELPED.swap(true, Ordering::Relaxed)
    {
        return;
    }
    let copy = Arc::clone(copy);
    let started = thread::Builder::new().name("rockpool-copy".into()).stack_size(64 << 10).spawn(move || {
        copy.help();
        HELPED.store(false, Ordering::Relaxed);
    });
    if started.is_err() {
        HELPED.store(false, Ordering::Relaxed);
    }
}

impl Copy {
    /// The helper's part: takes pieces from the back until nothing is left.
    fn help(&self) {
        let mut rest = self.rest();
        while !rest.bytes.is_empty() {
            let end = rest.bytes.end;
            let start = rest.bytes.start.max(end.saturating_sub(PIECE));
            rest.bytes.end = start;
            rest.helping = true;
            drop(rest);
            self.piece(start..end);
            rest = self.rest();
            rest.helping = false;
        }
        self.copied.notify_one();
    }

    /// Copies what this thread has just taken out of the rest.
    fn piece(&self, bytes: Range<usize>) {
        // SAFETY: a part of both slices that `copy` was given, since the rest began as the whole of them and only ever
        // shrinks. `copy` holds their borrows and has not returned: it does not before the rest is empty and no helper
        // is at a piece, which are both under the lock that this piece was taken under. No other thread has this piece,
        // and the slices do not overlap, as one of them was borrowed to be written.
        unsafe { self.from.add(bytes.start).copy_to_nonoverlapping(self.to.add(bytes.start), bytes.len()) };
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(size: usize) {
        let from: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        let mut to = vec![0; size];
        copy(&mut to, &from);
        assert!(to == from, "{size}");
    }

    #[test]
    fn every_byte_arrives_at_sizes_around_a_piece() {
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 9 * PIECE + 4097] {
            check(size);
        }
    }

    #[test]
    fn copies_on_several_threads_at_once_share_one_helper_and_are_whole() {
        thread::scope(|scope| {
            for number in 0..4 {
                scope.spawn(move || (0..8).for_each(|round| check((number + round) * PIECE + 1)));
            }
        });
    }

    #[test]
    fn a_helper_alone_copies_all_and_one_that_comes_late_touches_nothing() {
        let from = vec![7; 3 * PIECE + 5];
        let mut to = vec![0; from.len()];
        let rest = Mutex::new(Rest { bytes: 0..to.len(), helping: false });
        let copy = Copy { to: to.as_mut_ptr(), from: from.as_ptr(), rest, copied: Condvar::new() };
        copy.help();
        assert!(to == from);
        assert!(copy.rest().bytes.is_empty() && !copy.rest().helping);

        let late = Copy { to: std::ptr::null_mut(), from: std::ptr::null(), ..copy };
        late.help();
    }
}
