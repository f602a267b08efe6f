//! Where a producing kernel writes: memory of our own that grows, a buffer that the caller has lent, or memory that was
//! prepared for an output of the expected length.

use super::lent::LentBytes;
use crate::bulk;
use crate::error::{Error, ErrorCode, Result};
use std::alloc::Layout;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a kernel writes to, and how much it has written.
#[derive(Debug)]
pub struct Output {
    memory: Memory,
    written: usize,
}

#[derive(Debug)]
enum Memory {
    /// At most `longest` bytes of it.
    Own {
        bytes: Vec<u8>,
        longest: usize,
    },
    Lent(LentBytes),
    /// As long as the output is expected to be. One that turns out longer moves to memory of our own.
    Prepared {
        lent: LentBytes,
        longest: usize,
    },
}

/// The least that our own memory grows by.
const GROWTH: usize = 64 << 10;

/// How long an output of our own may be: what cannot be handed out is not computed first.
static LONGEST: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Sets how many bytes whoever receives the outputs can hold in one piece; the same for all of a process.
pub fn set_longest(bytes: usize) {
    // Relaxed: the number stands for itself.
    LONGEST.store(bytes, Ordering::Relaxed);
}

/// How long an output that is not lent may be.
pub(super) fn longest() -> usize {
    // Relaxed: as above.
    LONGEST.load(Ordering::Relaxed)
}

impl Output {
    /// Memory of our own; none before it is asked for.
    pub fn own() -> Self {
        Output::own_up_to(longest())
    }

    fn own_up_to(longest: usize) -> Self {
        Output { memory: Memory::Own { bytes: Vec::new(), longest }, written: 0 }
    }

    /// The caller's buffer.
    pub fn lent(bytes: LentBytes) -> Self {
        Output { memory: Memory::Lent(bytes), written: 0 }
    }

    /// Memory of zeros, which the caller keeps if the output turns out as long as that.
    pub fn prepared(zeros: LentBytes) -> Self {
        Output { memory: Memory::Prepared { lent: zeros, longest: longest() }, written: 0 }
    }

    /// Exactly `length` bytes, which count as written: the same ones at every step that asks for the same length.
    /// Zeros where they are not lent, whatever lies there where they are lent.
    pub fn exactly(&mut self, length: usize) -> Result<&mut [u8]> {
        self.written = 0;
        self.room(length)?;
        self.written = length;
        Ok(&mut self.all()[..length])
    }

    /// Room behind what is written: at least `least` bytes, more where there are more. What a kernel writes there counts
    /// once it says so with [`wrote`](Output::wrote).
    pub fn room(&mut self, least: usize) -> Result<&mut [u8]> {
        let needed = self.written.checked_add(least).ok_or_else(|| no_memory(usize::MAX))?;
        let (available, written) = (self.all().len(), self.written);
        match self.memory {
            Memory::Lent(_) if available < needed => return Err(too_small(available, needed)),
            Memory::Own { longest, .. } | Memory::Prepared { longest, .. } if longest < needed => {
                let message = format!("an output of {needed} bytes: one that is not lent has at most {longest}");
                return Err(Error::new(ErrorCode::KernelOutput, message));
            }
            Memory::Own { longest, .. } | Memory::Prepared { longest, .. } if available < needed => {
                self.grow(needed, longest)?;
            }
            _ => {}
        }
        Ok(&mut self.all()[written..])
    }

    /// Moves what is written to more memory of our own.
    fn grow(&mut self, needed: usize, longest: usize) -> Result<()> {
        let length = match self.all().len() {
            0 => needed,
            length => needed.max(length.saturating_mul(2).min(longest)).max(GROWTH),
        };
        let mut larger = zeros(length)?;
        let written = self.written();
        larger[..written.len()].copy_from_slice(written);
        self.memory = Memory::Own { bytes: larger, longest };
        Ok(())
    }

    /// The kernel has written the next `length` bytes of the room that it was given.
    pub fn wrote(&mut self, length: usize) {
        assert!(length <= self.all().len() - self.written, "more written than there was room for");
        self.written += length;
    }

    /// Takes back what was written from `length` on.
    pub fn truncate(&mut self, length: usize) {
        self.written = self.written.min(length);
    }

    /// What was written.
    pub fn written(&mut self) -> &mut [u8] {
        let written = self.written;
        &mut self.all()[..written]
    }

    /// Whether all memory that there is was written to.
    pub fn is_full(&mut self) -> bool {
        self.all().len() == self.written
    }

    /// The bytes of a lent buffer; None where there is more memory if it is needed.
    pub fn capacity(&self) -> Option<usize> {
        match &self.memory {
            Memory::Own { .. } | Memory::Prepared { .. } => None,
            Memory::Lent(lent) => Some(lent.len()),
        }
    }

    /// Ends a loan; what was written to memory of our own is handed out. Not so what was prepared: the caller has it.
    pub(super) fn into_own(self) -> (Option<Vec<u8>>, usize) {
        match self.memory {
            Memory::Own { bytes: mut own, .. } => {
                own.truncate(self.written);
                // What was only ever reserved goes back to the system: the memory may live long in JavaScript.
                own.shrink_to_fit();
                (Some(own), self.written)
            }
            Memory::Lent(lent) | Memory::Prepared { lent, .. } => {
                lent.give_back();
                (None, self.written)
            }
        }
    }

    fn all(&mut self) -> &mut [u8] {
        match &mut self.memory {
            Memory::Own { bytes, .. } => bytes,
            Memory::Lent(lent) | Memory::Prepared { lent, .. } => lent.bytes_mut(),
        }
    }
}

/// The error for a lent buffer that is too small.
pub(in crate::kernels) fn too_small(length: usize, needed: usize) -> Error {
    let message = format!("the output needs {needed} bytes or more, out has {length}");
    Error::new(ErrorCode::KernelOutput, message)
}

/// The error where there is not so much memory.
pub(crate) fn no_memory(length: usize) -> Error {
    Error::new(ErrorCode::KernelOutput, format!("no memory for an output of {length} bytes"))
}

/// `length` bytes of zeros that cost nothing before they are written to; an error where there is not that much memory
/// (a plain `vec![0; length]` would end the process). In huge pages where the system has them: page faults are most of
/// what writing to fresh memory costs.
fn zeros(length: usize) -> Result<Vec<u8>> {
    let layout = Layout::array::<u8>(length).map_err(|_| no_memory(length))?;
    if length == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: the layout is not of size zero.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    if start.is_null() {
        return Err(no_memory(length));
    }
    // SAFETY: `start` was just allocated by the global allocator with the layout of `length` bytes of alignment 1,
    // which is what a Vec<u8> of this capacity frees it with, and all of them are initialised (to zero).
    let mut zeros = unsafe { Vec::from_raw_parts(start, length, length) };
    bulk::advise_huge_pages(&mut zeros);
    Ok(zeros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_that_no_memory_holds_is_an_error() {
        for length in [usize::MAX, isize::MAX as usize] {
            assert_eq!(Output::own().room(length).unwrap_err().code, ErrorCode::KernelOutput);
        }
        let mut output = Output::own();
        assert_eq!(output.exactly(3).unwrap(), [0, 0, 0]);
        output.wrote(0);
        assert_eq!(output.room(usize::MAX).unwrap_err().code, ErrorCode::KernelOutput);
        assert!(Output::own().exactly(0).unwrap().is_empty());
    }

    #[test]
    fn an_output_that_is_too_long_to_be_handed_out_is_an_error_before_it_is_computed() {
        let mut output = Output::own_up_to(100_000);
        output.room(70_000).unwrap();
        output.wrote(70_000);
        assert!(output.room(30_000).unwrap().len() >= 30_000);
        let error = output.room(30_001).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelOutput);
        assert!(error.message.contains("100001") && error.message.contains("100000"), "{error}");
        assert_eq!(output.into_own().1, 70_000, "what was written is still there");
    }

    #[test]
    fn it_grows_and_keeps_what_was_written() {
        let mut output = Output::own();
        let mut expected = Vec::new();
        for round in 0..1000u32 {
            let piece = vec![round as u8; (round * 7 % 997) as usize];
            output.room(piece.len()).unwrap()[..piece.len()].copy_from_slice(&piece);
            output.wrote(piece.len());
            expected.extend(piece);
        }
        assert_eq!(output.written(), expected);
        output.truncate(100);
        let (own, written) = output.into_own();
        assert_eq!((own.unwrap(), written), (expected[..100].to_vec(), 100));
    }

    #[test]
    fn a_lent_buffer_does_not_grow() {
        let mut bytes = [9; 4];
        // SAFETY: nobody else uses the array until the output is gone.
        let mut output = Output::lent(unsafe { LentBytes::new(bytes.as_mut_ptr(), bytes.len()) });
        assert_eq!(output.capacity(), Some(4));
        output.room(1).unwrap()[0] = 1;
        output.wrote(1);
        let error = output.room(4).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelOutput);
        assert!(error.message.contains('5') && error.message.contains('4'), "{error}");
        assert_eq!(output.into_own(), (None, 1));
        assert_eq!(bytes, [1, 9, 9, 9]);
    }

    #[test]
    fn an_output_stays_in_prepared_memory_while_it_fits() {
        let mut bytes = [0; 4];
        for piece in [3, 4, 5] {
            // SAFETY: nobody else uses the array until the output is gone.
            let mut output = Output::prepared(unsafe { LentBytes::new(bytes.as_mut_ptr(), bytes.len()) });
            assert_eq!(output.capacity(), None);
            output.room(2).unwrap()[..2].fill(7);
            output.wrote(2);
            output.room(piece - 2).unwrap()[..piece - 2].fill(8);
            output.wrote(piece - 2);
            assert_eq!(output.is_full(), piece == 4);
            let expected: Vec<u8> = [7, 7, 8, 8, 8][..piece].into();
            let (own, written) = output.into_own();
            assert_eq!((&own, written), (&(piece > 4).then(|| expected.clone()), piece));
            assert!(own.is_some() || bytes[..piece] == expected);
        }
    }

    #[test]
    #[should_panic(expected = "more written")]
    fn nothing_is_written_where_there_was_no_room() {
        Output::own().wrote(1);
    }
}
