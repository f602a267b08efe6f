//! The outbox: what workers have to tell the main thread, as records of bytes in the order in which it happened.
//!
//! Workers append under a lock that is held for one short copy. The main thread swaps the whole buffer out and reads
//! at leisure. It is told to look by a bell, which is rung only when it is not known to be looking already: see "The
//! bell" in the README of this folder.

use super::control::{Control, Word};
use super::sync::{Mutex, lock};
use super::task::TaskId;

/// Bytes of an outbox record's header. The layout is part of the interface with JavaScript.
///
/// ```text
/// offset 0   u32  size of the record in bytes, header included, padding to a multiple of 8 not included
///        4   u32  index of the task
///        8   u32  its sequence number
///       12   u8   kind, a `Kind`
///       13   u8   1 for the end of an abortable task
///       14   u16  slot of the worker that says it
///       16   f64  milliseconds that the task waited, from run() to its start; NaN where nobody looked at the clock
///       24   f64  milliseconds that it ran, or NaN
///       32        payload
/// ```
pub const OUT_HEADER: usize = 32;

/// What an outbox record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
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
}

impl Kind {
    /// Every kind with its name in JavaScript.
    pub const TABLE: [(&'static str, Kind); 9] = [
        ("RESULT", Kind::Result),
        ("FAILURE", Kind::Failure),
        ("PORT_RESULT", Kind::PortResult),
        ("PORT_FAILURE", Kind::PortFailure),
        ("READY", Kind::Ready),
        ("NEED_VALUE", Kind::NeedValue),
        ("WAKE", Kind::Wake),
        ("LOADING", Kind::Loading),
        ("LOADED", Kind::Loaded),
    ];

    /// The kind of a number that JavaScript gave, if a worker may report it of a task.
    pub fn of_report(number: u32) -> Option<Kind> {
        [Kind::Result, Kind::Failure, Kind::PortResult, Kind::PortFailure]
            .into_iter()
            .find(|kind| *kind as u32 == number)
    }

    /// Whether the record ends a task.
    pub fn is_completion(self) -> bool {
        matches!(self, Kind::Result | Kind::Failure | Kind::PortResult | Kind::PortFailure)
    }
}

/// The fixed part of an outbox record.
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

/// The bell: whoever adds a note rings.
pub const RING: i32 = 0;
/// The bell: the main thread will look by itself, or a ring is on its way.
pub const SILENT: i32 = 1;
/// The bell: the main thread sleeps for a millisecond or two and will look then. Only urgent notes are rung for.
pub const NAPS: i32 = 2;

/// Records on their way to the main thread.
pub(crate) struct Outbox {
    incoming: Mutex<Vec<u8>>,
    outgoing: Mutex<Outgoing>,
}

/// What the main thread has swapped out and not read; only the main thread uses it.
#[derive(Default)]
struct Outgoing {
    bytes: Vec<u8>,
    cursor: usize,
}

/// A buffer that grew beyond this is given back once it is empty.
const KEEP: usize = 1 << 20;

impl Outbox {
    pub(crate) fn new() -> Self {
        Self { incoming: Mutex::new(Vec::new()), outgoing: Mutex::new(Outgoing::default()) }
    }

    /// Appends a record. Returns whether the bell is to be rung; an `urgent` note wakes a main thread that naps.
    #[must_use]
    pub(crate) fn push(&self, control: &Control, note: Note, payload: &[u8], urgent: bool) -> bool {
        {
            let mut bytes = lock(&self.incoming);
            let size = OUT_HEADER + payload.len();
            let mut header = [0; OUT_HEADER];
            header[0..4].copy_from_slice(&(size as u32).to_le_bytes());
            header[4..8].copy_from_slice(&note.id.index.to_le_bytes());
            header[8..12].copy_from_slice(&note.id.seq.to_le_bytes());
            header[12] = note.kind as u8;
            header[13] = u8::from(note.abortable);
            header[14..16].copy_from_slice(&note.slot.to_le_bytes());
            header[16..24].copy_from_slice(&note.wait.unwrap_or(f64::NAN).to_le_bytes());
            header[24..32].copy_from_slice(&note.run.unwrap_or(f64::NAN).to_le_bytes());
            bytes.extend_from_slice(&header);
            bytes.extend_from_slice(payload);
            let padded = bytes.len().next_multiple_of(8);
            bytes.resize(padded, 0);
        }
        // Before the bell is looked at: a main thread that arms it looks for notes after that.
        if control.load(Word::Notes) == 0 {
            control.store(Word::Notes, 1);
        }
        // Pairs with the store of 0 and the second look in `drain`, and with the look that follows a store of `NAPS`.
        let rings = |bell| bell == RING || (bell == NAPS && urgent);
        rings(control.load(Word::Bell)) && control.swap(Word::Bell, SILENT) != SILENT
    }

    /// Copies whole records into `into` and returns how many bytes. Zero means that the outbox was empty after the
    /// bell was armed: whoever appends from now on rings. With `stay`, the bell is left silent, for a caller who
    /// promises to come back by itself.
    pub(crate) fn drain(&self, control: &Control, into: &mut [u8], stay: bool, mut seen: impl FnMut(&Note)) -> usize {
        let mut outgoing = lock(&self.outgoing);
        control.store(Word::Bell, SILENT);
        if outgoing.cursor == outgoing.bytes.len() && !self.refill(control, &mut outgoing) {
            if !stay {
                control.store(Word::Bell, RING);
            }
            if stay || !self.refill(control, &mut outgoing) {
                return 0;
            }
            control.store(Word::Bell, SILENT);
        }
        let rest = &outgoing.bytes[outgoing.cursor..];
        let mut length = 0;
        while let Some((note, stride)) = read(&rest[length..]) {
            if length + stride > into.len() {
                break;
            }
            seen(&note);
            length += stride;
        }
        into[..length].copy_from_slice(&rest[..length]);
        outgoing.cursor += length;
        length
    }

    /// Swaps the incoming buffer for the one that was read; `false` when nothing came in.
    fn refill(&self, control: &Control, outgoing: &mut Outgoing) -> bool {
        // Before the swap: whoever appends after it sets the word again.
        control.store(Word::Notes, 0);
        outgoing.cursor = 0;
        outgoing.bytes.clear();
        if outgoing.bytes.capacity() > KEEP {
            outgoing.bytes = Vec::new();
        }
        std::mem::swap(&mut *lock(&self.incoming), &mut outgoing.bytes);
        !outgoing.bytes.is_empty()
    }
}

/// The note at the start of `bytes` and the distance to the next one.
pub(crate) fn read(bytes: &[u8]) -> Option<(Note, usize)> {
    let header: &[u8; OUT_HEADER] = bytes.first_chunk()?;
    let u16_at = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let u32_at = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let millis_at = |at: usize| {
        let millis = f64::from_bits(u64::from(u32_at(at)) | u64::from(u32_at(at + 4)) << 32);
        (!millis.is_nan()).then_some(millis)
    };
    let kind = Kind::TABLE.iter().find(|(_, kind)| *kind as u8 == header[12])?.1;
    let note = Note {
        id: TaskId { index: u32_at(4), seq: u32_at(8) },
        kind,
        abortable: header[13] != 0,
        slot: u16_at(14),
        wait: millis_at(16),
        run: millis_at(24),
    };
    Some((note, (u32_at(0) as usize).next_multiple_of(8)))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn note(index: u32) -> Note {
        let id = TaskId { index, seq: 1 };
        Note { id, kind: Kind::Result, abortable: index % 2 == 1, slot: 2, wait: Some(0.5), run: None }
    }

    fn drain(outbox: &Outbox, control: &Control, room: usize) -> Vec<u32> {
        let mut seen = Vec::new();
        let mut into = vec![0; room];
        let length = outbox.drain(control, &mut into, false, |seen_note| {
            assert_eq!(*seen_note, note(seen_note.id.index), "it comes out as it went in");
            seen.push(seen_note.id.index);
        });
        let mut at = 0;
        let mut read_back = Vec::new();
        while let Some((note, stride)) = read(&into[at..length]) {
            read_back.push(note.id.index);
            at += stride;
        }
        assert_eq!(seen, read_back);
        seen
    }

    #[test]
    fn records_come_out_in_order_and_whole_however_little_room_there_is() {
        let (outbox, control) = (Outbox::new(), Control::owned());
        for index in 0..10 {
            let _ = outbox.push(&control, note(index), &[7; 5], false);
        }
        assert_eq!(drain(&outbox, &control, 100), [0, 1]);
        assert_eq!(drain(&outbox, &control, 4096), (2..10).collect::<Vec<_>>());
        assert_eq!(drain(&outbox, &control, 4096), []);
    }

    #[test]
    fn the_bell_rings_once_until_the_main_thread_has_found_the_outbox_empty() {
        let (outbox, control) = (Outbox::new(), Control::owned());
        assert!(outbox.push(&control, note(0), &[], false));
        assert!(!outbox.push(&control, note(1), &[], false));
        assert_eq!(drain(&outbox, &control, 4096), [0, 1]);
        assert!(!outbox.push(&control, note(2), &[], false), "the main thread has not said that it stops looking");
        assert_eq!(drain(&outbox, &control, 4096), [2]);
        assert_eq!(drain(&outbox, &control, 4096), []);
        assert!(outbox.push(&control, note(3), &[], false));
    }

    #[test]
    fn a_main_thread_that_naps_is_rung_for_when_a_note_is_urgent() {
        let (outbox, control) = (Outbox::new(), Control::owned());
        control.store(Word::Bell, NAPS);
        assert!(!outbox.push(&control, note(0), &[], false));
        assert!(outbox.push(&control, note(1), &[], true));
        assert!(!outbox.push(&control, note(2), &[], true), "it has been rung for");
        assert_eq!(drain(&outbox, &control, 4096), [0, 1, 2]);
        assert_eq!(drain(&outbox, &control, 4096), []);
        assert!(outbox.push(&control, note(3), &[], false));
    }

    #[test]
    fn a_main_thread_that_stays_is_not_rung_for() {
        let (outbox, control) = (Outbox::new(), Control::owned());
        assert_eq!(outbox.drain(&control, &mut [0; 64], true, |_| ()), 0);
        assert!(!outbox.push(&control, note(0), &[], false));
    }
}
