//! The pool's queue: the waiting records in the order of a policy, and the fates of abortable tasks.
//!
//! An aborted task stays as a dead record until it is reached or until the dead outnumber the living, when they are all
//! removed: so an abort costs O(1), amortised, and memory stays bounded by the live tasks even if no worker ever takes
//! one again.

use super::fates::{Fate, Fates};
use super::policy::{Policy, PolicyKind};
use crate::protocol::answers::AbortOutcome;
use crate::protocol::record::{Flags, Header, TaskId};

/// To remove the dead is not worth its while below this many.
const DEAD_MIN: usize = if cfg!(loom) { 1 } else { 1024 };

/// The queue and the fates of abortable tasks.
pub(crate) struct Queue {
    policy: Policy,
    /// Dead records that are still in the queue.
    dead: usize,
    fates: Fates,
}

impl Queue {
    pub(crate) fn new(policy: PolicyKind) -> Self {
        Self { policy: Policy::new(policy), dead: 0, fates: Fates::default() }
    }

    /// Adds whole records, the older ones first.
    pub(crate) fn append(&mut self, records: &[u8]) {
        self.policy.append(records);
    }

    /// Adds a record that goes before all others.
    pub(crate) fn restore(&mut self, record: &[u8]) {
        self.policy.restore(record);
    }

    /// Whether no record is left, dead or alive.
    pub(crate) fn is_empty(&self) -> bool {
        self.policy.is_empty()
    }

    /// The header of the live record that the worker in `slot` gets next; dead ones before it are dropped.
    pub(crate) fn front(&mut self, slot: usize) -> Option<Header> {
        loop {
            let header = self.policy.front(slot)?;
            if !self.is_dead(&header) {
                return Some(header);
            }
            self.dead -= 1;
            self.fates.forget(header.id);
            self.policy.remove(&header);
        }
    }

    /// The record that `front` has named.
    pub(crate) fn record(&self, front: &Header) -> &[u8] {
        self.policy.record(front)
    }

    /// Takes the record that `front` has named, for `slot`.
    pub(crate) fn take(&mut self, front: &Header, slot: usize) {
        self.policy.remove(front);
        self.start(front, slot);
    }

    /// Notes that `slot` runs the task of `header`.
    pub(crate) fn start(&mut self, header: &Header, slot: usize) {
        if header.flags.has(Flags::ABORTABLE) {
            self.fates.set(header.id, Fate::Running(slot as u32));
        }
    }

    /// Notes that an abortable task has ended by itself; `false` when an abort came first.
    #[must_use]
    pub(crate) fn end(&mut self, id: TaskId) -> bool {
        let ends = self.fates.get(id) != Some(Fate::Aborted);
        if ends {
            self.fates.set(id, Fate::Done);
        }
        ends
    }

    /// Aborts a task that was submitted with [`Flags::ABORTABLE`]. `live` is how many live records the queue holds.
    pub(crate) fn abort(&mut self, id: TaskId, live: usize) -> AbortOutcome {
        let outcome = match self.fates.get(id) {
            None => AbortOutcome::Queued,
            Some(Fate::Running(slot)) => AbortOutcome::Running(slot as usize),
            Some(Fate::Aborted | Fate::Done) => return AbortOutcome::TooLate,
        };
        self.fates.set(id, Fate::Aborted);
        if outcome == AbortOutcome::Queued {
            self.dead += 1;
            if self.dead > live.max(DEAD_MIN) {
                self.retain(|_| true);
            }
        }
        outcome
    }

    /// Whether an abortable task was taken or aborted, and somebody may still ask for it.
    pub(crate) fn knows(&self, id: TaskId) -> bool {
        self.fates.get(id).is_some()
    }

    /// Nobody will ask any more for an abortable task that was taken.
    pub(crate) fn forget(&mut self, id: TaskId) {
        self.fates.forget(id);
    }

    /// How many fates are kept.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn fates(&self) -> usize {
        self.fates.len()
    }

    /// Whether the record's task was aborted.
    pub(crate) fn is_dead(&self, header: &Header) -> bool {
        is_dead(self.dead, &self.fates, header)
    }

    /// Removes all live records but the first `keep`, and returns their headers, in the order in which they would start.
    pub(crate) fn truncate(&mut self, keep: usize) -> Vec<Header> {
        let mut kept = 0;
        let mut removed = Vec::new();
        self.retain(|header| {
            kept += 1;
            if kept > keep {
                removed.push(*header);
            }
            kept <= keep
        });
        removed
    }

    /// Removes the dead records, and the live ones that `stays` does not approve of.
    fn retain(&mut self, mut stays: impl FnMut(&Header) -> bool) {
        let Self { policy, dead, fates } = self;
        policy.retain(|header| {
            if !is_dead(*dead, fates, header) {
                return stays(header);
            }
            *dead -= 1;
            fates.forget(header.id);
            false
        });
    }
}

/// Whether the task of a record was aborted, where there are `dead` such records.
fn is_dead(dead: usize, fates: &Fates, header: &Header) -> bool {
    dead > 0 && header.flags.has(Flags::ABORTABLE) && fates.get(header.id) == Some(Fate::Aborted)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn record(index: u32, seq: u64, flags: Flags) -> Vec<u8> {
        Header::record(TaskId { index, seq }, flags, &index.to_le_bytes())
    }

    fn take(queue: &mut Queue) -> Option<u32> {
        let header = queue.front(0)?;
        queue.take(&header, 0);
        Some(header.id.index)
    }

    #[test]
    fn an_aborted_record_is_never_taken_and_the_others_keep_their_order() {
        let mut queue = Queue::new(PolicyKind::default());
        for index in 0..10 {
            queue.append(&record(index, 1, Flags::ABORTABLE));
        }
        for index in [0, 3, 9] {
            assert_eq!(queue.abort(TaskId { index, seq: 1 }, 0), AbortOutcome::Queued);
        }
        let order: Vec<_> = std::iter::from_fn(|| take(&mut queue)).collect();
        assert_eq!(order, [1, 2, 4, 5, 6, 7, 8]);
        assert!(queue.is_empty());
        assert_eq!(queue.dead, 0);
    }

    #[test]
    fn a_reused_index_keeps_the_fates_of_both_tasks_apart() {
        let mut queue = Queue::new(PolicyKind::default());
        queue.append(&record(5, 1, Flags::ABORTABLE));
        assert_eq!(queue.abort(TaskId { index: 5, seq: 1 }, 0), AbortOutcome::Queued);
        queue.append(&record(5, 2, Flags::ABORTABLE));
        queue.append(&record(6, 1, Flags::default()));
        assert_eq!(queue.abort(TaskId { index: 5, seq: 2 }, 0), AbortOutcome::Queued);
        assert_eq!(queue.abort(TaskId { index: 5, seq: 1 }, 0), AbortOutcome::TooLate);
        assert_eq!(take(&mut queue), Some(6), "neither of the two aborted tasks runs");
    }

    #[test]
    fn an_abort_finds_a_running_task_and_comes_too_late_for_an_ended_one() {
        let mut queue = Queue::new(PolicyKind::default());
        let id = TaskId { index: 0, seq: 1 };
        queue.append(&record(0, 1, Flags::ABORTABLE));
        let header = queue.front(0).unwrap();
        queue.take(&header, 3);
        assert_eq!(queue.abort(id, 0), AbortOutcome::Running(3));
        assert!(!queue.end(id), "the abort came first");
        assert_eq!(queue.abort(id, 0), AbortOutcome::TooLate);

        let id = TaskId { index: 1, seq: 1 };
        queue.start(&Header::read(&record(1, 1, Flags::ABORTABLE)).unwrap(), 2);
        assert!(queue.end(id));
        assert_eq!(queue.abort(id, 0), AbortOutcome::TooLate);
    }

    #[test]
    fn aborted_tasks_give_their_memory_back_although_nobody_takes() {
        let mut queue = Queue::new(PolicyKind::default());
        let mut most = 0;
        for seq in 0..200_000u64 {
            let id = TaskId { index: (seq % 8) as u32, seq: seq / 8 + 1 };
            queue.append(&Header::record(id, Flags::ABORTABLE, &[0; 100]));
            assert_eq!(queue.abort(id, 0), AbortOutcome::Queued);
            most = most.max(queue.policy.bytes());
        }
        assert!(most < 4 << 20, "{most} bytes");
    }

    /// An index is used again by a task that is any number of tasks younger, also by more than 32 bits tell.
    #[test]
    fn a_task_is_never_taken_for_an_older_one_that_used_its_index() {
        let mut queue = Queue::new(PolicyKind::default());
        let mut live = Vec::new();
        for (turn, distance) in [1u64, 1 << 31, (1 << 31) - 1, (1 << 31) + 1, 1 << 32, 1 << 53].into_iter().enumerate()
        {
            let (old, new) = (TaskId { index: 5, seq: 9 }, TaskId { index: 5, seq: 9 + distance });
            queue.append(&Header::record(old, Flags::ABORTABLE, &[]));
            match turn % 2 {
                0 => assert_eq!(queue.abort(old, 0), AbortOutcome::Queued),
                _ => {
                    let header = queue.front(0).unwrap();
                    queue.take(&header, 0);
                    assert!(queue.end(old));
                    queue.forget(old);
                }
            }
            queue.append(&Header::record(new, Flags::ABORTABLE, &[]));
            let header = queue.front(0).unwrap();
            assert_eq!(header.id, new);
            queue.take(&header, 0);
            assert_eq!(queue.abort(new, 0), AbortOutcome::Running(0));
            queue.forget(new);
            live.push(queue.fates.len());
        }
        assert_eq!(live, [0; 6]);
    }

    #[test]
    fn there_are_no_more_fates_than_unsettled_tasks_and_dead_records() {
        let mut queue = Queue::new(PolicyKind::default());
        let mut most = 0;
        for round in 0..300_000u64 {
            let id = TaskId { index: (round % 8) as u32, seq: round };
            queue.append(&Header::record(id, Flags::ABORTABLE, &[]));
            if round % 2 == 0 {
                assert_eq!(queue.abort(id, 0), AbortOutcome::Queued);
            } else {
                let header = queue.front(0).unwrap();
                queue.take(&header, 0);
                assert!(queue.end(header.id));
                queue.forget(header.id);
            }
            most = most.max(queue.fates.len());
        }
        assert!(most <= DEAD_MIN + 1, "{most}");
        assert!(queue.fates.len() <= 1);

        // A burst leaves no memory behind.
        for index in 0..100_000 {
            queue.append(&record(index, 1, Flags::ABORTABLE));
        }
        for index in 0..100_000 {
            assert_eq!(queue.abort(TaskId { index, seq: 1 }, 100_000), AbortOutcome::Queued);
        }
        assert!(queue.fates.capacity() >= 100_000);
        assert!(queue.front(0).is_none());
        assert_eq!(queue.fates.len(), 0);
        assert!(queue.fates.capacity() <= 4096, "{}", queue.fates.capacity());
    }

    #[test]
    fn truncating_names_the_live_tasks_that_go_and_keeps_the_oldest() {
        let mut queue = Queue::new(PolicyKind::default());
        for index in 0..6 {
            queue.append(&record(index, 1, Flags::ABORTABLE));
        }
        assert_eq!(take(&mut queue), Some(0));
        assert_eq!(queue.abort(TaskId { index: 2, seq: 1 }, 5), AbortOutcome::Queued);
        let ids: Vec<_> = queue.truncate(2).iter().map(|header| header.id.index).collect();
        assert_eq!(ids, [4, 5]);
        assert_eq!([take(&mut queue), take(&mut queue), take(&mut queue)], [Some(1), Some(3), None]);
        assert!(queue.truncate(0).is_empty());
    }
}
