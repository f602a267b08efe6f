//! Reads zstd.
//!
//! Two ways, as with gzip. *One frame after the other*, by a decoder that can stop anywhere: it alone decides what is an
//! error. *Several at a time*, each in one go: for frames that are small and say how large their data is, which is what
//! our own compressor writes. Where a frame ends is found by following the headers of its blocks. A frame counts only if
//! the library takes it and its data is as large as it says; if not, the first way goes on from the beginning of that
//! frame.

use super::zstd_frame::{self, Frame, Header, Wrong};
use super::{
    Damage, Expected, Limit, MAX_OUTPUT_LENGTH, copy_to, data_error, lanes, next_room, no_memory, place_of, room,
    write_parts,
};
use crate::error::{Error, Result};
use crate::kernels::arguments::{Arguments, Parameter};
use crate::kernels::form::Form;
use crate::kernels::kernel::{Context, Kernel, Step, Value};
use crate::kernels::memory::{InputOutput, Produces};
use crate::kernels::output::Output;
use std::ops::Range;
use zstd_safe::zstd_sys::ZSTD_ErrorCode::ZSTD_error_memory_allocation;
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

/// What a step gives a thread: some 2 ms.
const STRIDE: usize = 2 << 20;

/// A frame with more data, or longer than that, is not decompressed in one go: it could not be interrupted. Our own have
/// 8 MiB at most: some 6 ms.
const ONE_GO: usize = 8 << 20;

/// So many frames are looked for in a step at most, for a thread, and so many are skipped: each costs something, however
/// small it is.
const FRAMES: usize = 1024;

/// How much of the input the decoder is shown at a time, in a private copy.
const PIECE: usize = 128 << 10;

/// The decoder keeps as much of the data as a frame's window says, so this bounds its memory. The bound that the
/// library and its tools have, too.
const WINDOW_LOG: u32 = 27;

/// See [`Kernel::SUMMARY`].
pub struct ZstdDecompress {
    length: usize,
    limit: Limit,
    /// So much of the input is behind us.
    at: usize,
    /// So many frames are.
    frames: u64,
    /// Whether frames are still looked for by what the input says of their lengths.
    several_at_a_time: bool,
    lanes: Vec<Lane>,
    open: Option<Open>,
    /// A private copy of what the decoder is shown.
    piece: Vec<u8>,
}

/// What one thread works with.
struct Lane {
    context: DCtx<'static>,
    /// A private copy of a frame.
    packed: Vec<u8>,
}

/// The frame that is being read by the decoder that can stop.
struct Open {
    lane: Lane,
    start: usize,
    /// What the whole output will come to, if the input ends with this frame and is right.
    claimed: usize,
}

/// A frame whose length and size are known, if what the input says is true.
#[derive(Debug, PartialEq, Eq)]
struct Candidate {
    frame: Range<usize>,
    content: usize,
}

impl Kernel for ZstdDecompress {
    const NAME: &'static str = "zstd.decompress";
    const SUMMARY: &'static str = "decompresses zstd, of any number of frames";
    const PARAMETERS: &'static [Parameter] = &[MAX_OUTPUT_LENGTH];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Form) -> Result<Self> {
        Ok(ZstdDecompress {
            length: input.length,
            limit: Limit::of(Self::NAME, arguments),
            at: 0,
            frames: 0,
            several_at_a_time: true,
            lanes: Vec::new(),
            open: None,
            piece: Vec::new(),
        })
    }

    fn leaves(&self, _: &Form) -> Form {
        Form::at_most(self.limit.most)
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, memory: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        match self.open.take() {
            Some(open) => self.read(open, input, output)?,
            None => {
                if let Some(header) = self.next(input)?
                    && !self.read_several(input, output, context)?
                {
                    let open = self.open(header, output)?;
                    self.read(open, input, output)?;
                }
            }
        }
        let over = self.open.is_none() && self.at == input.len();
        Ok(if over { Step::Done(Value::None) } else { Step::More { done: self.at as u64 } })
    }
}

impl ZstdDecompress {
    /// The header of the next frame with data, behind those that are to be skipped. None if there is none in sight.
    fn next(&mut self, input: &[u8]) -> Result<Option<Header>> {
        if input.is_empty() {
            return Err(data_error(Self::NAME, Damage::Truncated, "the input is empty"));
        }
        for _ in 0..FRAMES {
            let rest = &input[self.at..];
            if rest.is_empty() {
                break;
            }
            let frame = zstd_frame::frame(rest).map_err(|wrong| match wrong {
                Wrong::Truncated => self.truncated(self.at, "the input ends within the header"),
                Wrong::NoFrame => {
                    let damage = if self.frames > 0 { Damage::Trailing } else { Damage::Corrupt };
                    self.damaged(self.at, damage, "not the beginning of a zstd frame (28 b5 2f fd)")
                }
                Wrong::Reserved => self.wrong(self.at, "a reserved bit of the header is set"),
            })?;
            match frame {
                Frame::Data(header) => return Ok(Some(header)),
                Frame::Skippable(length) if length <= rest.len() => self.at += length,
                Frame::Skippable(length) => {
                    let what = format!("a skippable frame has {length} bytes, and {} are left", rest.len());
                    return Err(self.truncated(self.at, &what));
                }
            }
        }
        Ok(None)
    }

    /// Checks whether we can read a frame with this header, and begins with it.
    fn open(&mut self, header: Header, output: &mut Output) -> Result<Open> {
        let start = self.at;
        if header.dictionary != 0 {
            let what = format!("needs the dictionary {}, and dictionaries are not supported", header.dictionary);
            return Err(self.wrong(start, &what));
        }
        if header.window > 1 << WINDOW_LOG {
            let what = format!("needs a window of {} bytes, {} are the most", header.window, 1 << WINDOW_LOG);
            return Err(self.wrong(start, &what));
        }
        let content = usize::try_from(header.content.unwrap_or(0)).unwrap_or(usize::MAX);
        let written = output.written().len();
        if content > self.limit.left(output) {
            return Err(self.limit.exceeded(output, written.saturating_add(content)));
        }
        let mut lane = self.lanes.pop().map_or_else(Lane::new, Ok)?;
        lane.context.reset(ResetDirective::SessionOnly).map_err(|code| self.failed(start, code))?;
        // And one byte, so that the decoder finds the end without having to ask for room.
        Ok(Open { lane, start, claimed: written.saturating_add(content).saturating_add(1) })
    }

    /// Goes on with a frame, some milliseconds.
    fn read(&mut self, mut open: Open, input: &[u8], output: &mut Output) -> Result<()> {
        let (mut taken, mut given) = (0, 0);
        while taken < STRIDE && given < STRIDE {
            copy_to(&mut self.piece, &input[self.at..input.len().min(self.at + PIECE)]);
            let mut beyond = [0];
            let left = self.limit.left(output);
            let expected = Expected { done: self.at, total: input.len(), claimed: open.claimed, most: self.limit.most };
            let to = next_room(output, &mut beyond, left.min(STRIDE - given), expected)?;
            let (mut from, mut to) = (InBuffer::around(&self.piece), OutBuffer::around(to));
            let inside = open.lane.context.decompress_stream(&mut to, &mut from);
            let (read, written) = (from.pos(), to.pos());
            let inside = inside.map_err(|code| self.failed(open.start, code))?;
            if left == 0 && written > 0 {
                let needed = output.written().len() + 1;
                return Err(self.limit.exceeded(output, needed));
            }
            output.wrote(written);
            self.at += read;
            taken += read;
            given += written;
            if inside == 0 {
                self.frames += 1;
                self.lanes.push(open.lane);
                return Ok(());
            }
            if read == 0 && written == 0 {
                return Err(self.truncated(open.start, "the input ends within the frame"));
            }
        }
        self.open = Some(open);
        Ok(())
    }

    /// Reads the next frames all at once, where their sizes are known. False if there is none like that.
    fn read_several(&mut self, input: &[u8], output: &mut Output, context: &Context<'_>) -> Result<bool> {
        if !self.several_at_a_time {
            return Ok(false);
        }
        let threads = lanes(context);
        let left = self.limit.left(output);
        let candidates = candidates(input, self.at, left, threads);
        if candidates.is_empty() {
            return Ok(false);
        }
        while self.lanes.len() < threads.min(candidates.len()) {
            self.lanes.push(Lane::new()?);
        }
        let total = candidates.iter().map(|candidate| candidate.content).sum();
        let expected = Expected { done: self.at, total: input.len(), claimed: 0, most: self.limit.most };
        let room = &mut room(output, total, expected)?[..total];
        let right = write_parts(
            &mut self.lanes,
            &candidates,
            room,
            |one| one.content,
            |lane, candidate, to| {
                copy_to(&mut lane.packed, &input[candidate.frame.clone()]);
                lane.context.decompress(&mut to[..], &lane.packed) == Ok(candidate.content)
            },
        );
        output.wrote(candidates[..right].iter().map(|candidate| candidate.content).sum());
        self.at = candidates[..right].last().map_or(self.at, |last| last.frame.end);
        self.frames += right as u64;
        self.several_at_a_time = right == candidates.len();
        Ok(right > 0)
    }

    fn failed(&self, start: usize, code: usize) -> Error {
        if zstd_safe::is_error_kind(code, ZSTD_error_memory_allocation) {
            return no_memory(Self::NAME);
        }
        let what = format!("{}, at byte {} or shortly after", zstd_safe::get_error_name(code), self.at);
        self.wrong(start, &what)
    }

    fn damaged(&self, start: usize, damage: Damage, what: &str) -> Error {
        let place = place_of("frame", self.frames, start);
        data_error(Self::NAME, damage, format!("{place}{what}"))
    }

    fn wrong(&self, start: usize, what: &str) -> Error {
        self.damaged(start, Damage::Corrupt, what)
    }

    fn truncated(&self, start: usize, what: &str) -> Error {
        self.damaged(start, Damage::Truncated, what)
    }
}

impl Lane {
    fn new() -> Result<Self> {
        let mut context = DCtx::try_create().ok_or_else(|| no_memory(ZstdDecompress::NAME))?;
        context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(|_| no_memory(ZstdDecompress::NAME))?;
        Ok(Lane { context, packed: Vec::new() })
    }
}

/// The next frames, as far as the input says where they end and how large their data is: never more than `most` bytes of
/// it.
fn candidates(input: &[u8], from: usize, most: usize, threads: usize) -> Vec<Candidate> {
    let mut found = Vec::new();
    let (mut at, mut total) = (from, 0);
    for _ in 0..threads * FRAMES {
        let rest = &input[at..];
        match zstd_frame::frame(rest) {
            Ok(Frame::Skippable(length)) if length <= rest.len() => at += length,
            Ok(Frame::Data(header)) => {
                let Some(next) = candidate(rest, at, &header, most - total) else { break };
                total += next.content;
                at = next.frame.end;
                found.push(next);
            }
            _ => break,
        }
        if found.len() >= threads && total >= threads * STRIDE {
            break;
        }
    }
    found
}

/// The frame that begins at `start`, if it is one that can be decompressed in one go.
fn candidate(rest: &[u8], start: usize, header: &Header, most: usize) -> Option<Candidate> {
    let content = usize::try_from(header.content?).ok()?;
    if content > ONE_GO.min(most) || header.dictionary != 0 {
        return None;
    }
    let length = zstd_frame::extent(&rest[..rest.len().min(ONE_GO)], header)?;
    Some(Candidate { frame: start..start + length, content })
}

#[cfg(test)]
mod tests;
