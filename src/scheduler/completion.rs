//! The completions: what workers have to tell the main thread, as records of bytes in the order in which it happened.
//!
//! Workers append under a lock that is held for one short copy. The main thread swaps the whole buffer out and reads
//! at leisure. It is told to look by a bell, which is rung only when it is not known to be looking already: see "The
//! bell" in the README of this folder.

use super::control::{Control, Word};
use super::sync::{Mutex, lock};
use crate::protocol::completion::Note;
use crate::protocol::record::ALIGN;
use crate::protocol::words::bell::{NAPS, RING, SILENT};

/// Records on their way to the main thread.
pub(crate) struct CompletionQueue {
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

impl CompletionQueue {
    pub(crate) fn new() -> Self {
        Self { incoming: Mutex::new(Vec::new()), outgoing: Mutex::new(Outgoing::default()) }
    }

    /// Appends a record. Returns whether the bell is to be rung; an `urgent` note wakes a main thread that naps.
    #[must_use]
    pub(crate) fn push(&self, control: &Control, note: Note, payload: &[u8], urgent: bool) -> bool {
        {
            let mut bytes = lock(&self.incoming);
            bytes.extend_from_slice(&note.header(payload.len()));
            bytes.extend_from_slice(payload);
            let padded = bytes.len().next_multiple_of(ALIGN);
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

    /// Copies whole records into `into` and returns how many bytes. Zero means that the completion queue was empty after the
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
        while let Some((note, stride)) = Note::read(&rest[length..]) {
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::protocol::completion::Kind;
    use crate::protocol::record::TaskId;

    fn note(index: u32) -> Note {
        let id = TaskId { index, seq: 1 };
        Note { id, kind: Kind::Result, abortable: index % 2 == 1, slot: 2, wait: Some(0.5), run: None }
    }

    fn drain(completions: &CompletionQueue, control: &Control, room: usize) -> Vec<u32> {
        let mut seen = Vec::new();
        let mut into = vec![0; room];
        let length = completions.drain(control, &mut into, false, |seen_note| {
            assert_eq!(*seen_note, note(seen_note.id.index), "it comes out as it went in");
            seen.push(seen_note.id.index);
        });
        let mut at = 0;
        let mut read_back = Vec::new();
        while let Some((note, stride)) = Note::read(&into[at..length]) {
            read_back.push(note.id.index);
            at += stride;
        }
        assert_eq!(seen, read_back);
        seen
    }

    #[test]
    fn records_come_out_in_order_and_whole_however_little_room_there_is() {
        let (completions, control) = (CompletionQueue::new(), Control::owned());
        for index in 0..10 {
            let _ = completions.push(&control, note(index), &[7; 5], false);
        }
        assert_eq!(drain(&completions, &control, 120), [0, 1]);
        assert_eq!(drain(&completions, &control, 4096), (2..10).collect::<Vec<_>>());
        assert_eq!(drain(&completions, &control, 4096), []);
    }

    #[test]
    fn the_bell_rings_once_until_the_main_thread_has_found_the_completion_queue_empty() {
        let (completions, control) = (CompletionQueue::new(), Control::owned());
        assert!(completions.push(&control, note(0), &[], false));
        assert!(!completions.push(&control, note(1), &[], false));
        assert_eq!(drain(&completions, &control, 4096), [0, 1]);
        assert!(!completions.push(&control, note(2), &[], false), "the main thread has not said that it stops looking");
        assert_eq!(drain(&completions, &control, 4096), [2]);
        assert_eq!(drain(&completions, &control, 4096), []);
        assert!(completions.push(&control, note(3), &[], false));
    }

    #[test]
    fn a_main_thread_that_naps_is_rung_for_when_a_note_is_urgent() {
        let (completions, control) = (CompletionQueue::new(), Control::owned());
        control.store(Word::Bell, NAPS);
        assert!(!completions.push(&control, note(0), &[], false));
        assert!(completions.push(&control, note(1), &[], true));
        assert!(!completions.push(&control, note(2), &[], true), "it has been rung for");
        assert_eq!(drain(&completions, &control, 4096), [0, 1, 2]);
        assert_eq!(drain(&completions, &control, 4096), []);
        assert!(completions.push(&control, note(3), &[], false));
    }

    #[test]
    fn a_main_thread_that_stays_is_not_rung_for() {
        let (completions, control) = (CompletionQueue::new(), Control::owned());
        assert_eq!(completions.drain(&control, &mut [0; 64], true, |_| ()), 0);
        assert!(!completions.push(&control, note(0), &[], false));
    }
}
