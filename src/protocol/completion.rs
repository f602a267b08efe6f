//! A note on its way to the main thread: a record of bytes with a fixed header. JavaScript's codec is
//! `lib/protocol/completion.js`.

use super::record::{ALIGN, TaskId};

table! {
    /// Where the fields of a note stand, in bytes.
    mod at: usize as "completion" {
        /// u32: size of the record in bytes, header included, padding to a multiple of 8 not included.
        SIZE = 0,
        /// u32: index of the task.
        INDEX = 4,
        /// u32: lower half of its sequence number.
        SEQ_LOW = 8,
        /// u32: upper half of its sequence number.
        SEQ_HIGH = 12,
        /// u8: one of `completions`.
        KIND = 16,
        /// u8: 1 for the end of an abortable task.
        ABORTABLE = 17,
        /// u16: slot of the worker that says it.
        SLOT = 18,
        /// f64: milliseconds that the task waited, from run() to its start; NaN where nobody looked at the clock.
        WAIT = 24,
        /// f64: milliseconds that it ran, or NaN.
        RUN = 32,
        /// Bytes of the header.
        HEADER = 40,
    }
}

table! {
    /// What a note says.
    enum Kind: u8 as "completions" {
        /// The task returned; the payload is the encoded value.
        Result = 1,
        /// The task threw; the payload is the encoded error carrier.
        Failure = 2,
        /// The task returned; the value is on the worker's port.
        PortResult = 3,
        /// The task threw; the carrier is on the worker's port.
        PortFailure = 4,
        /// The worker has loaded its file and asks for tasks.
        Ready = 5,
        /// The worker has taken a task whose value is still with the main thread.
        NeedValue = 6,
        /// A worker may be woken for a queued task that it could not start before.
        Wake = 7,
        /// The worker begins to load a file; the index is the number of the handler that needs it.
        Loading = 8,
        /// The worker has ended loading, one way or the other.
        Loaded = 9,
        /// The worker was to take nothing more, and has reported its last task.
        Drained = 10,
    }
}

impl Kind {
    /// The kind of a number that JavaScript gave, if a worker may report it of a task.
    pub fn of_report(number: u32) -> Option<Kind> {
        Kind::of(u8::try_from(number).ok()?).filter(|kind| kind.is_completion())
    }

    /// Whether the record ends a task.
    pub fn is_completion(self) -> bool {
        matches!(self, Kind::Result | Kind::Failure | Kind::PortResult | Kind::PortFailure)
    }
}

/// The fixed part of a note.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Note {
    /// The task, or zeros when it is about none.
    pub id: TaskId,
    /// What happened.
    pub kind: Kind,
    /// Whether it ends an abortable task.
    pub abortable: bool,
    /// Who says so.
    pub slot: u16,
    /// Milliseconds from run() to the start; `None` where nobody looked at the clock.
    pub wait: Option<f64>,
    /// Milliseconds from the start to the end; `None` where nobody looked at the clock.
    pub run: Option<f64>,
}

impl Note {
    /// The header of a note with `payload` bytes behind it.
    pub(crate) fn header(&self, payload: usize) -> [u8; at::HEADER] {
        let mut header = [0; at::HEADER];
        let [low, high] = self.id.seq_halves();
        let size = (at::HEADER + payload) as u32;
        for (at, field) in [(at::SIZE, size), (at::INDEX, self.id.index), (at::SEQ_LOW, low), (at::SEQ_HIGH, high)] {
            header[at..at + 4].copy_from_slice(&field.to_le_bytes());
        }
        header[at::KIND] = self.kind as u8;
        header[at::ABORTABLE] = u8::from(self.abortable);
        header[at::SLOT..at::SLOT + 2].copy_from_slice(&self.slot.to_le_bytes());
        for (at, millis) in [(at::WAIT, self.wait), (at::RUN, self.run)] {
            header[at..at + 8].copy_from_slice(&millis.unwrap_or(f64::NAN).to_le_bytes());
        }
        header
    }

    /// The note at the start of `bytes` and the distance to the next one.
    pub(crate) fn read(bytes: &[u8]) -> Option<(Note, usize)> {
        let header: &[u8; at::HEADER] = bytes.first_chunk()?;
        let u32_at = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let millis_at = |at: usize| {
            let millis = f64::from_bits(u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32);
            (!millis.is_nan()).then_some(millis)
        };
        let note = Note {
            id: TaskId::new(u32_at(at::INDEX), [u32_at(at::SEQ_LOW), u32_at(at::SEQ_HIGH)]),
            kind: Kind::of(header[at::KIND])?,
            abortable: header[at::ABORTABLE] != 0,
            slot: u16::from_le_bytes([header[at::SLOT], header[at::SLOT + 1]]),
            wait: millis_at(at::WAIT),
            run: millis_at(at::RUN),
        };
        Some((note, (u32_at(at::SIZE) as usize).next_multiple_of(ALIGN)))
    }
}
