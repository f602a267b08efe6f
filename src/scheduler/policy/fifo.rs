//! The oldest task first, for whichever worker asks.

use super::super::store::Store;
use crate::protocol::record::Header;

#[derive(Default)]
pub(crate) struct Fifo {
    records: Store,
}

impl Fifo {
    pub(super) fn append(&mut self, records: &[u8]) {
        self.records.append(records);
    }

    pub(super) fn restore(&mut self, record: &[u8]) {
        self.records.prepend(record);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) fn front(&self, _slot: usize) -> Option<Header> {
        self.records.front()
    }

    pub(super) fn record(&self, front: &Header) -> &[u8] {
        self.records.front_record(front)
    }

    pub(super) fn remove(&mut self, front: &Header) {
        self.records.remove_front(front);
    }

    pub(super) fn retain(&mut self, stays: impl FnMut(&Header) -> bool) {
        self.records.retain(stays);
    }

    #[cfg(all(test, not(loom)))]
    pub(super) fn bytes(&self) -> usize {
        self.records.bytes()
    }
}
