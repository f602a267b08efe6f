//! A task on its way to a worker: a record of bytes with a fixed header.
//!
//! The main thread writes records into the submission buffer, workers copy their payload out. JavaScript's codec is
//! `lib/protocol/record.js`.

table! {
    /// Where the fields of a task's record stand, in bytes. Between header and payload there may be an extension.
    mod at: usize as "record" {
        /// u32: size of the record in bytes, header included, padding not included.
        SIZE = 0,
        /// u32: index of the task in the main thread's table.
        INDEX = 4,
        /// u32: lower half of the sequence number, which makes the index unique over time.
        SEQ_LOW = 8,
        /// u32: upper half of the sequence number.
        SEQ_HIGH = 12,
        /// u24: number of the (filename, name) pair.
        HANDLER = 16,
        /// u8: for policies that know priorities.
        PRIORITY = 19,
        /// u16: one or several of `flags`.
        FLAGS = 20,
        /// u16: bytes of the extension, a multiple of `ALIGN`.
        EXTENSION = 22,
        /// f64: when run() was called, in milliseconds of the main thread's clock.
        CREATED = 24,
        /// Bytes of the header.
        HEADER = 32,
        /// Records start at multiples of this, so that JavaScript can write the header through aligned views.
        ALIGN = 8,
    }
}

pub use at::{ALIGN, HEADER};

/// How many handlers records can tell apart.
pub const HANDLERS_MAX: u32 = 1 << 24;

table! {
    /// What a record says about its task.
    struct Flags: u16 as "flags" {
        /// The task has a signal: it shares a worker with no other task, since its abort ends the worker.
        ABORTABLE = 1,
        /// The payload is empty; the value goes by the worker's message port.
        PORT = 2,
        /// The value was posted already to the one worker that has the record; else that worker asks for it.
        SENT = 4,
        /// With the value its memory is posted, of which nobody keeps a copy: not to a worker that may never take it.
        MOVED = 8,
    }
}

impl std::ops::BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl Flags {
    /// Whether all flags of `other` are set.
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Names one task: the index is reused, the pair is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskId {
    /// Position in the main thread's table of unsettled tasks.
    pub index: u32,
    /// How many tasks were made before it. JavaScript counts to 2^53.
    pub seq: u64,
}

impl TaskId {
    /// The task with this index and the two halves of its sequence number.
    pub fn new(index: u32, [low, high]: [u32; 2]) -> Self {
        Self { index, seq: u64::from(low) | u64::from(high) << 32 }
    }

    /// The two halves of the sequence number, the lower one first.
    pub fn seq_halves(self) -> [u32; 2] {
        [self.seq as u32, (self.seq >> 32) as u32]
    }
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
    /// For policies that know priorities.
    pub priority: u8,
    /// What the scheduler must know of it.
    pub flags: Flags,
    /// Bytes between header and payload.
    pub extension: u16,
    /// When run() was called, in milliseconds.
    pub created: f64,
}

impl Header {
    /// Reads the header at the start of `bytes`; `None` when they hold no whole record.
    pub fn read(bytes: &[u8]) -> Option<Header> {
        let header: &[u8; HEADER] = bytes.first_chunk()?;
        let u16_at = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let u32_at = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (size, extension) = (u32_at(at::SIZE), u16_at(at::EXTENSION));
        if (size as usize) < HEADER + usize::from(extension) || size as usize > bytes.len() {
            return None;
        }
        Some(Header {
            size,
            id: TaskId::new(u32_at(at::INDEX), [u32_at(at::SEQ_LOW), u32_at(at::SEQ_HIGH)]),
            handler: u32_at(at::HANDLER) & (HANDLERS_MAX - 1),
            priority: header[at::PRIORITY],
            flags: Flags(u16_at(at::FLAGS)),
            extension,
            created: f64::from_bits(u64::from(u32_at(at::CREATED)) | u64::from(u32_at(at::CREATED + 4)) << 32),
        })
    }

    /// The payload of the record that this header was read from.
    pub(crate) fn payload<'a>(&self, record: &'a [u8]) -> &'a [u8] {
        &record[HEADER + usize::from(self.extension)..self.size as usize]
    }

    /// The record with its padding, for a worker that is not known yet: nobody was sent the value.
    pub(crate) fn unsent(mut record: Vec<u8>) -> Vec<u8> {
        record.resize(record.len().next_multiple_of(ALIGN), 0);
        Self::mark_unsent(&mut record);
        record
    }

    /// The worker that takes the record asks for its value.
    pub(crate) fn mark_unsent(record: &mut [u8]) {
        // The lower half of the flags.
        if let Some(flags) = record.get_mut(at::FLAGS) {
            *flags &= !(Flags::SENT.0 as u8);
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
        let mut header = [0; HEADER];
        let [low, high] = id.seq_halves();
        for (at, field) in [(at::SIZE, size as u32), (at::INDEX, id.index), (at::SEQ_LOW, low), (at::SEQ_HIGH, high)] {
            header[at..at + 4].copy_from_slice(&field.to_le_bytes());
        }
        header[at::FLAGS..at::FLAGS + 2].copy_from_slice(&flags.0.to_le_bytes());
        bytes.extend_from_slice(&header);
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
        let id = TaskId { index: 7, seq: 9 << 32 | 8 };
        let bytes = Header::record(id, Flags::ABORTABLE, b"abc");
        let header = Header::read(&bytes).unwrap();
        assert_eq!((header.id, header.flags, header.size as usize), (id, Flags::ABORTABLE, HEADER + 3));
        assert_eq!((header.stride(), header.payload(&bytes)), (bytes.len(), &b"abc"[..]));
    }

    #[test]
    fn a_payload_stands_behind_the_extension() {
        let mut bytes = Header::record(TaskId { index: 7, seq: 9 }, Flags::default(), b"contextsabc");
        bytes[at::EXTENSION] = 8;
        let header = Header::read(&bytes).unwrap();
        assert_eq!(header.payload(&bytes), b"abc");
        bytes[at::EXTENSION] = 16;
        assert!(Header::read(&bytes).is_none(), "an extension that is longer than the record");
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
