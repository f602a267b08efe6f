//! A task as the scheduler sees it: a record of bytes behind a fixed header.
//!
//! The main thread writes records into the staging area, workers copy their payload out. The header's layout is part
//! of the interface with JavaScript: `HEADER`, the offsets and the flags are exported to it and compared in a test.

/// Bytes of a record's header.
///
/// ```text
/// offset 0   u32  size of the record in bytes, header included, padding not included
///        4   u32  index of the task in the main thread's table
///        8   u32  sequence number: makes the index unique over time
///       12   u24  handler: number of the (filename, name) pair
///       15   u8   flags
///       16   f64  when run() was called, in milliseconds of the main thread's clock
///       24        payload
/// ```
pub const HEADER: usize = 24;

/// How many handlers records can tell apart.
pub const HANDLERS_MAX: u32 = 1 << 24;

/// Where the flags stand in a record.
const FLAGS_AT: usize = 15;

/// Records start at multiples of this, so that JavaScript can write the header through aligned views.
pub const ALIGN: usize = 8;

/// What a record says about its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Flags(pub u8);

impl std::ops::BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl Flags {
    /// Every flag with its name in JavaScript.
    pub const TABLE: [(&str, Flags); 4] =
        [("ABORTABLE", Flags::ABORTABLE), ("PORT", Flags::PORT), ("SENT", Flags::SENT), ("MOVED", Flags::MOVED)];

    /// The task has a signal: it shares a worker with no other task, since its abort ends the worker.
    pub const ABORTABLE: Flags = Flags(1);
    /// The payload is empty; the value goes by the worker's message port.
    pub const PORT: Flags = Flags(2);
    /// The value was posted already to the one worker that has the record; else that worker asks for it.
    pub const SENT: Flags = Flags(4);

    /// With the value its memory is posted, of which nobody keeps a copy: not to a worker that may never take it.
    pub const MOVED: Flags = Flags(8);

    /// Whether all flags of `other` are set.
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Names one task: the index is reused, the pair is not, as long as anybody asks for it: an index is that of one
/// unsettled task at a time, and 2^32 tasks do not pass while what is over is still spoken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskId {
    /// Position in the main thread's table of unsettled tasks.
    pub index: u32,
    /// Which of the tasks that used this position.
    pub seq: u32,
}

/// A record's header, decoded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Header {
    /// Size in bytes, header included, padding not included.
    pub size: u32,
    /// Which task.
    pub id: TaskId,
    /// Which handler.
    pub handler: u32,
    /// What the scheduler must know of it.
    pub flags: Flags,
    /// When run() was called, in milliseconds.
    pub created: f64,
}

impl Header {
    /// Reads the header at the start of `bytes`; `None` when they hold no whole record.
    pub fn read(bytes: &[u8]) -> Option<Header> {
        let header: &[u8; HEADER] = bytes.first_chunk()?;
        let u32_at = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let size = u32_at(0);
        if (size as usize) < HEADER || size as usize > bytes.len() {
            return None;
        }
        Some(Header {
            size,
            id: TaskId { index: u32_at(4), seq: u32_at(8) },
            handler: u32_at(12) & (HANDLERS_MAX - 1),
            flags: Flags(header[FLAGS_AT]),
            created: f64::from_bits(u64::from(u32_at(16)) | u64::from(u32_at(20)) << 32),
        })
    }

    /// The record with its padding, for a worker that is not known yet: nobody was sent the value.
    pub(crate) fn unsent(mut record: Vec<u8>) -> Vec<u8> {
        record.resize(record.len().next_multiple_of(ALIGN), 0);
        Self::mark_unsent(&mut record);
        record
    }

    /// Whoever takes the record asks for its value.
    pub(crate) fn mark_unsent(record: &mut [u8]) {
        if let Some(flags) = record.get_mut(FLAGS_AT) {
            *flags &= !Flags::SENT.0;
        }
    }

    /// The distance to the next record.
    pub fn stride(&self) -> usize {
        (self.size as usize).next_multiple_of(ALIGN)
    }

    /// A record with this header and `payload`; for tests, models and records that do not come from JavaScript.
    pub fn record(id: TaskId, flags: Flags, payload: &[u8]) -> Vec<u8> {
        let size = HEADER + payload.len();
        let mut bytes = Vec::with_capacity(size.next_multiple_of(ALIGN));
        bytes.extend_from_slice(&(size as u32).to_le_bytes());
        bytes.extend_from_slice(&id.index.to_le_bytes());
        bytes.extend_from_slice(&id.seq.to_le_bytes());
        bytes.extend_from_slice(&[0, 0, 0, flags.0]);
        bytes.extend_from_slice(&0f64.to_le_bytes());
        bytes.extend_from_slice(payload);
        bytes.resize(size.next_multiple_of(ALIGN), 0);
        bytes
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_what_was_written() {
        let id = TaskId { index: 7, seq: 9 };
        let bytes = Header::record(id, Flags::ABORTABLE, b"abc");
        let header = Header::read(&bytes).unwrap();
        assert_eq!((header.id, header.flags, header.size as usize), (id, Flags::ABORTABLE, HEADER + 3));
        assert_eq!(header.stride(), bytes.len());
    }

    #[test]
    fn a_truncated_record_is_refused() {
        let bytes = Header::record(TaskId { index: 0, seq: 0 }, Flags::default(), &[1; 40]);
        for length in 0..bytes.len() {
            assert!(Header::read(&bytes[..length]).is_none(), "{length}");
        }
        assert!(Header::read(&[0; 64]).is_none(), "a size below the header's own");
    }
}
