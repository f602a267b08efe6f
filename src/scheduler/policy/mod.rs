//! The order in which waiting tasks start.
//!
//! A policy keeps the records and says which is next; it knows neither fates nor phases. The queue asks it under the
//! lock, so every call is short, and none allocates but to keep a record. A new policy is a variant of [`Policy`] and of
//! [`PolicyKind`]: the models and the reference test then run with it as well.

mod fifo;

use crate::protocol::record::Header;
use fifo::Fifo;

/// Which policy a pool has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PolicyKind {
    /// The oldest task first.
    #[default]
    Fifo,
}

impl PolicyKind {
    /// All of them, for tests.
    pub const ALL: [PolicyKind; 1] = [PolicyKind::Fifo];
}

/// The waiting records in their order.
pub(crate) enum Policy {
    Fifo(Fifo),
}

impl Policy {
    pub(crate) fn new(kind: PolicyKind) -> Self {
        match kind {
            PolicyKind::Fifo => Policy::Fifo(Fifo::default()),
        }
    }

    /// Adds whole records, the older ones first.
    pub(crate) fn append(&mut self, records: &[u8]) {
        match self {
            Policy::Fifo(fifo) => fifo.append(records),
        }
    }

    /// Adds a record that goes before all others: a worker was given it and has not taken it.
    pub(crate) fn restore(&mut self, record: &[u8]) {
        match self {
            Policy::Fifo(fifo) => fifo.restore(record),
        }
    }

    /// Whether there is no record.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Policy::Fifo(fifo) => fifo.is_empty(),
        }
    }

    /// The header of the record that the worker in `slot` gets next.
    pub(crate) fn front(&self, slot: usize) -> Option<Header> {
        match self {
            Policy::Fifo(fifo) => fifo.front(slot),
        }
    }

    /// The record that `front` has named.
    pub(crate) fn record(&self, front: &Header) -> &[u8] {
        match self {
            Policy::Fifo(fifo) => fifo.record(front),
        }
    }

    /// Removes the record that `front` has named.
    pub(crate) fn remove(&mut self, front: &Header) {
        match self {
            Policy::Fifo(fifo) => fifo.remove(front),
        }
    }

    /// Removes the records that `stays` does not approve of. They are shown in the order in which they would start.
    pub(crate) fn retain(&mut self, stays: impl FnMut(&Header) -> bool) {
        match self {
            Policy::Fifo(fifo) => fifo.retain(stays),
        }
    }

    /// How many bytes the records have.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Policy::Fifo(fifo) => fifo.bytes(),
        }
    }
}
