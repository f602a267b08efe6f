//! A decompressor's way through its input, which is parts in a row: members of gzip, frames of zstd.
//!
//! There are two ways to read a part. *As it comes*, by a [`Decoder`], which can stop anywhere: it reads everything, and
//! it alone decides what is an error. *Several at once*, each in one go, which is faster: [`Candidate`]s, whose lengths
//! are known if what the input says is true. As many of them count as came out right, from the first one on; behind
//! those the first way goes on, and from then on alone.

use super::{Expected, copy_to, no_memory, room, share};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::output::{self, Output};

/// What a step gives a thread: some 2 ms.
pub(super) const STRIDE: usize = 2 << 20;

/// How much of the input a decoder is shown at a time, in a private copy. What comes of it is still in the processor's
/// cache when a checksum is made.
pub(super) const PIECE: usize = 128 << 10;

/// How far a decompressor is.
pub(super) struct Reading {
    kernel: &'static str,
    /// What a part is called.
    part: &'static str,
    pub(super) limit: Limit,
    /// So much of the input is behind us.
    pub(super) at: usize,
    /// So many parts are.
    pub(super) parts: u64,
    /// Whether parts are still looked for by what the input says of their lengths.
    pub(super) several_at_once: bool,
    /// A private copy of what the decoder is shown.
    piece: Vec<u8>,
}

/// A part that is being read as it comes.
pub(super) struct Open<D> {
    pub(super) decoder: D,
    /// Where it begins.
    pub(super) start: usize,
    /// What the whole output will come to, if the input ends with this part and is right.
    claimed: usize,
}

/// Reads a part piece by piece.
pub(super) trait Decoder {
    /// What an input breaks off within that is too short for the decoder.
    const WITHIN: &'static str;

    /// Reads some of `from`, and writes what comes of it to `to`.
    fn decode(&mut self, from: &[u8], to: &mut [u8]) -> std::result::Result<Decoded, Fault>;
}

/// How far a decoder has come.
pub(super) struct Decoded {
    pub(super) read: usize,
    pub(super) written: usize,
    /// Whether that was the end of the part.
    pub(super) ended: bool,
}

/// Why a decoder cannot go on.
pub(super) enum Fault {
    NoMemory,
    /// The input is wrong behind the next `read` bytes.
    Data {
        read: usize,
        what: String,
    },
}

/// A part whose lengths are known, if what the input says is true.
pub(super) trait Candidate {
    /// Bytes of its data.
    fn size(&self) -> usize;

    /// Where it ends in the input.
    fn end(&self) -> usize;
}

impl<D: Decoder> Open<D> {
    /// A part that begins at `start`, behind so many bytes of output, and claims to have so many itself.
    pub(super) fn new(decoder: D, start: usize, written: usize, claimed: usize) -> Self {
        Open { decoder, start, claimed: written.saturating_add(claimed) }
    }
}

impl Reading {
    pub(super) fn new(kernel: &'static str, part: &'static str, arguments: &Arguments) -> Self {
        let limit = Limit::of(kernel, arguments);
        Reading { kernel, part, limit, at: 0, parts: 0, several_at_once: true, piece: Vec::new() }
    }

    /// Goes on with a part, some milliseconds. Whether it has ended.
    pub(super) fn go_on<D: Decoder>(&mut self, open: &mut Open<D>, input: &[u8], output: &mut Output) -> Result<bool> {
        let (mut taken, mut given) = (0, 0);
        while taken < STRIDE && given < STRIDE {
            copy_to(&mut self.piece, &input[self.at..input.len().min(self.at + PIECE)]);
            // Where nothing more may be written, or nothing more is expected, this byte tells whether there is more.
            let mut beyond = [0];
            let left = self.limit.left(output);
            let expected = Expected { done: self.at, total: input.len(), claimed: open.claimed, most: self.limit.most };
            let is_beyond = left == 0 || (output.is_full() && output.written().len() == open.claimed);
            let to = if is_beyond { &mut beyond[..] } else { next_room(output, left.min(STRIDE - given), expected)? };
            let Decoded { read, written, ended } =
                open.decoder.decode(&self.piece, to).map_err(|fault| self.faulty(open.start, fault))?;
            if is_beyond && written > 0 {
                if left == 0 {
                    let needed = output.written().len() + 1;
                    return Err(self.limit.exceeded(output, needed));
                }
                room(output, 1, expected)?[0] = beyond[0];
            }
            output.wrote(written);
            self.at += read;
            taken += read;
            given += written;
            if ended {
                return Ok(true);
            }
            if read == 0 && written == 0 {
                return Err(self.truncated(open.start, &format!("the input ends within the {}", D::WITHIN)));
            }
        }
        Ok(false)
    }

    /// Reads parts all at once, behind one another into the output. `work` says whether one came out right. False if not
    /// even the first one did, or if there is none.
    pub(super) fn read_several<L: Send, C: Candidate + Sync>(
        &mut self,
        candidates: &[C],
        lanes: &mut [L],
        input: &[u8],
        output: &mut Output,
        work: impl Fn(&mut L, &C, &mut [u8]) -> bool + Sync,
    ) -> Result<bool> {
        if candidates.is_empty() {
            return Ok(false);
        }
        let total = candidates.iter().map(C::size).sum();
        let expected = Expected { done: self.at, total: input.len(), claimed: 0, most: self.limit.most };
        let mut room = &mut room(output, total, expected)?[..total];
        let mut jobs = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let (to, behind) = room.split_at_mut(candidate.size());
            room = behind;
            jobs.push((candidate, to, false));
        }
        share(lanes, &mut jobs, |lane, (candidate, to, right)| *right = work(lane, candidate, to));

        let right = jobs.iter().take_while(|(_, _, right)| *right).count();
        output.wrote(candidates[..right].iter().map(C::size).sum());
        self.at = candidates[..right].last().map_or(self.at, C::end);
        self.parts += right as u64;
        self.several_at_once = right == candidates.len();
        Ok(right > 0)
    }

    fn faulty(&self, start: usize, fault: Fault) -> Error {
        match fault {
            Fault::NoMemory => no_memory(self.kernel),
            Fault::Data { read, what } => self.wrong(start, &format!("{what}, at byte {} or near it", self.at + read)),
        }
    }

    /// The part that begins at `start` is damaged.
    pub(super) fn damaged(&self, start: usize, damage: Damage, what: &str) -> Error {
        let place = place_of(self.part, self.parts, start);
        data_error(self.kernel, damage, format!("{place}{what}"))
    }

    pub(super) fn wrong(&self, start: usize, what: &str) -> Error {
        self.damaged(start, Damage::Corrupt, what)
    }

    pub(super) fn truncated(&self, start: usize, what: &str) -> Error {
        self.damaged(start, Damage::Truncated, what)
    }
}

/// Where to write next, `most` bytes at most.
fn next_room(output: &mut Output, most: usize, expected: Expected) -> Result<&mut [u8]> {
    // Whatever is there: memory that was got for all of the output is not to grow for its last bytes.
    let room = room(output, 1, expected)?;
    let length = most.min(room.len());
    Ok(&mut room[..length])
}

/// What a decompressor writes at most if it is not told otherwise.
const DEFAULT_MOST: usize = 1 << 30;

/// The parameter of the decompressors.
pub(super) const MAX_OUTPUT_LENGTH: Parameter = Parameter::optional(
    "maxOutputLength",
    ParameterKind::Integer { min: 1, max: (1 << 53) - 1 },
    "Most bytes of the output. A larger output is `ERR_ROCKPOOL_KERNEL_OUTPUT`.",
)
.by_default("1073741824");

/// How much a decompressor may write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    kernel: &'static str,
    pub(super) most: usize,
}

impl Limit {
    fn of(kernel: &'static str, arguments: &Arguments) -> Self {
        let given = arguments.integer(MAX_OUTPUT_LENGTH.name).and_then(|most| usize::try_from(most).ok());
        Limit { kernel, most: given.unwrap_or(DEFAULT_MOST) }
    }

    /// So many bytes may still be written.
    pub(super) fn left(&self, output: &mut Output) -> usize {
        self.most.min(output.capacity().unwrap_or(usize::MAX)) - output.written().len()
    }

    /// The error for an output of `needed` bytes or more, which is more than there may be.
    pub(super) fn exceeded(&self, output: &Output, needed: usize) -> Error {
        match output.capacity() {
            Some(capacity) if needed <= self.most => output::too_small(capacity, needed),
            _ => {
                let message =
                    format!("{}: the output is larger than maxOutputLength, {} bytes", self.kernel, self.most);
                Error::new(ErrorCode::KernelOutput, message)
            }
        }
    }
}

/// What is wrong with the input of a decompressor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// It is not what it should be.
    Corrupt,
    /// It ends too early.
    Truncated,
    /// Something else follows on it.
    Trailing,
}

/// An error of the input of a decompressor.
pub(super) fn data_error(kernel: &str, damage: Damage, message: impl std::fmt::Display) -> Error {
    let code = match damage {
        Damage::Corrupt => ErrorCode::KernelData,
        Damage::Truncated => ErrorCode::KernelDataTruncated,
        Damage::Trailing => ErrorCode::KernelDataTrailing,
    };
    Error::new(code, format!("{kernel}: {message}"))
}

/// Where something is wrong: in which `part` (a member, a frame), of which `before` are behind us, and at which byte that
/// begins. Nothing for the very first.
fn place_of(part: &str, before: u64, start: usize) -> String {
    match before {
        0 if start == 0 => String::new(),
        before => format!("{part} {}, at byte {start}: ", before + 1),
    }
}
