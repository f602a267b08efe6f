//! Records of bytes in chunks, end to end.
//!
//! A waiting task costs its record and nothing else: no box, no node, no pointer. Whole stretches of the submission
//! buffer are appended with one copy.

use crate::protocol::record::Header;
use std::collections::VecDeque;

/// Chunks are filled up to this size. Large enough that moving to the next one is rare, small enough that a store that
/// runs empty gives most of its memory back.
const CHUNK: usize = if cfg!(loom) { 256 } else { 64 * 1024 };

/// A sequence of records. The first one can be looked at and removed.
#[derive(Default)]
pub(crate) struct Store {
    chunks: VecDeque<Vec<u8>>,
    /// Bytes of the first chunk that were removed.
    cursor: usize,
    /// Bytes in the store.
    bytes: usize,
}

impl Store {
    /// Appends whole records.
    pub(crate) fn append(&mut self, records: &[u8]) {
        if records.is_empty() {
            return;
        }
        if self.bytes == 0 {
            // The chunk that was kept for reuse is too small for these records: an empty one must not stand in front.
            self.chunks.retain(|chunk| chunk.capacity() >= records.len());
        }
        self.bytes += records.len();
        match self.chunks.back_mut() {
            Some(chunk) if chunk.len() + records.len() <= CHUNK => chunk.extend_from_slice(records),
            _ => {
                let mut chunk = Vec::with_capacity(records.len().max(CHUNK));
                chunk.extend_from_slice(records);
                self.chunks.push_back(chunk);
            }
        }
    }

    /// Puts a whole record before all others. Rare: the first chunk may have to move.
    pub(crate) fn prepend(&mut self, record: &[u8]) {
        self.bytes += record.len();
        if self.cursor >= record.len() {
            self.cursor -= record.len();
            self.chunks[0][self.cursor..][..record.len()].copy_from_slice(record);
            return;
        }
        if let Some(chunk) = self.chunks.front_mut() {
            chunk.drain(..std::mem::take(&mut self.cursor));
        }
        self.chunks.push_front(record.to_vec());
        self.chunks.retain(|chunk| !chunk.is_empty());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The header of the first record.
    pub(crate) fn front(&self) -> Option<Header> {
        self.chunks.front().and_then(|chunk| Header::read(&chunk[self.cursor..]))
    }

    /// The first record, of which `header` is the header.
    pub(crate) fn front_record(&self, header: &Header) -> &[u8] {
        &self.chunks[0][self.cursor..][..header.size as usize]
    }

    /// Removes the first record, of which `header` is the header.
    pub(crate) fn remove_front(&mut self, header: &Header) {
        let stride = header.stride();
        self.bytes -= stride;
        self.cursor += stride;
        let last = self.chunks.len() == 1;
        match self.chunks.front_mut() {
            Some(chunk) if self.cursor == chunk.len() => {
                self.cursor = 0;
                if last && chunk.capacity() <= CHUNK {
                    chunk.clear();
                } else {
                    self.chunks.pop_front();
                }
            }
            _ => {}
        }
    }

    /// Copies the records that `stays` approves of, in order, and drops the others.
    pub(crate) fn retain(&mut self, mut stays: impl FnMut(&Header) -> bool) {
        let old = std::mem::take(self);
        let mut skip = old.cursor;
        for chunk in old.chunks {
            let mut rest = &chunk[std::mem::take(&mut skip)..];
            while let Some(header) = Header::read(rest) {
                let (record, tail) = rest.split_at(header.stride());
                if stays(&header) {
                    self.append(record);
                }
                rest = tail;
            }
        }
    }

    /// How many bytes there are.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::protocol::record::{Flags, HEADER, TaskId};

    fn record(index: u32) -> Vec<u8> {
        Header::record(TaskId { index, seq: 1 }, Flags::default(), &index.to_le_bytes())
    }

    fn take(store: &mut Store) -> Option<u32> {
        let header = store.front()?;
        store.remove_front(&header);
        Some(header.id.index)
    }

    #[test]
    fn records_leave_in_the_order_of_their_arrival_across_chunks() {
        let mut store = Store::default();
        for index in 0..10_000 {
            store.append(&record(index));
        }
        assert!(store.chunks.len() > 1);
        for index in 0..10_000 {
            assert_eq!(take(&mut store), Some(index));
        }
        assert_eq!(take(&mut store), None);
        assert!(store.is_empty());
    }

    #[test]
    fn a_stretch_larger_than_a_chunk_can_follow_an_emptied_store() {
        let mut store = Store::default();
        store.append(&record(0));
        assert_eq!(take(&mut store), Some(0));
        let stretch: Vec<u8> = (0..5_000).flat_map(record).collect();
        assert!(stretch.len() > CHUNK);
        store.append(&stretch);
        assert_eq!(std::iter::from_fn(|| take(&mut store)).count(), 5_000);
        assert!(store.is_empty());
    }

    #[test]
    fn a_record_that_is_prepended_stands_before_all_others() {
        let mut store = Store::default();
        store.prepend(&record(2));
        store.prepend(&record(1));
        store.append(&record(3));
        assert_eq!(take(&mut store), Some(1));
        store.prepend(&record(1));
        store.prepend(&Header::record(TaskId { index: 0, seq: 1 }, Flags::default(), &[0; 300]));
        let header = store.front().unwrap();
        assert_eq!(store.front_record(&header).len(), HEADER + 300);
        assert_eq!(std::iter::from_fn(|| take(&mut store)).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(store.is_empty());

        // However much was taken of the chunk in front.
        for index in 0..5_000 {
            store.append(&record(index));
        }
        for taken in 0..5_000 {
            assert_eq!(take(&mut store), Some(taken));
            store.prepend(&record(taken));
            assert_eq!(take(&mut store), Some(taken));
        }
        assert!(store.is_empty());
    }

    #[test]
    fn records_are_retained_in_their_order() {
        let mut store = Store::default();
        for index in 0..6 {
            store.append(&record(index));
        }
        assert_eq!(take(&mut store), Some(0));
        store.retain(|header| header.id.index % 2 == 1);
        assert_eq!(std::iter::from_fn(|| take(&mut store)).collect::<Vec<_>>(), [1, 3, 5]);
    }
}
