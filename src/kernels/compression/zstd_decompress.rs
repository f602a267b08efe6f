//! Reads zstd.
//!
//! The library reads a frame *as it comes*, and *several at once* each in one go: those that are small and say how large
//! their data is, which is what our own compressor writes. Where a frame ends is found by following the headers of its
//! blocks. A frame counts only if the library takes it and its data is as large as it says.

use super::reading::{
    Candidate, Damage, Decoded, Decoder, Fault, MAX_OUTPUT_LENGTH, Open, Reading, STRIDE, data_error,
};
use super::zstd_frame::{self, Frame, Header, Wrong};
use super::{copy_to, lanes, no_memory};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InputOutput, Produces};
use crate::kernels::runtime::output::Output;
use crate::kernels::runtime::shape::Shape;
use std::ops::Range;
use zstd_safe::zstd_sys::ZSTD_ErrorCode::ZSTD_error_memory_allocation;
use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer, ResetDirective};

/// A frame with more data, or longer than that, is not decompressed in one go: it could not be interrupted. Our own have
/// 8 MiB at most: some 6 ms.
const ONE_GO: usize = 8 << 20;

/// So many frames are looked for in a step at most, for a thread, and so many are skipped: each costs something, however
/// small it is.
const FRAMES: usize = 1024;

/// The decoder keeps as much of the data as a frame's window says, so this bounds its memory. The bound that the
/// library and its tools have, too.
const WINDOW_LOG: u32 = 27;

/// See [`Kernel::SUMMARY`].
pub struct ZstdDecompress {
    length: usize,
    reading: Reading,
    lanes: Vec<Lane>,
    open: Option<Open<Lane>>,
}

/// What one thread works with, and the decoder that can stop.
struct Lane {
    context: DCtx<'static>,
    /// A private copy of a frame.
    packed: Vec<u8>,
}

/// A frame that can be decompressed in one go.
#[derive(Debug, PartialEq, Eq)]
struct SizedFrame {
    frame: Range<usize>,
    content: usize,
}

impl Kernel for ZstdDecompress {
    const NAME: &'static str = "zstd.decompress";
    const SUMMARY: &'static str = "decompresses zstd, of any number of frames";
    const PARAMETERS: &'static [Parameter] = &[MAX_OUTPUT_LENGTH];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let reading = Reading::new(Self::NAME, "frame", arguments);
        Ok(ZstdDecompress { length: input.length, reading, lanes: Vec::new(), open: None })
    }

    fn output_shape(&self, _: &Shape) -> Shape {
        Shape::at_most(self.reading.limit.most)
    }

    fn claims(&self, input: &[u8]) -> usize {
        content(input).map_or(0, |length| length.min(self.reading.limit.most))
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
        let over = self.open.is_none() && self.reading.at == input.len();
        Ok(if over { Step::Done(Value::None) } else { Step::More { done: self.reading.at as u64 } })
    }
}

impl ZstdDecompress {
    /// The header of the next frame with data, behind those that are to be skipped. None if there is none in sight.
    fn next(&mut self, input: &[u8]) -> Result<Option<Header>> {
        if input.is_empty() {
            return Err(data_error(Self::NAME, Damage::Truncated, "the input is empty"));
        }
        let reading = &mut self.reading;
        for _ in 0..FRAMES {
            let rest = &input[reading.at..];
            if rest.is_empty() {
                break;
            }
            let frame = zstd_frame::frame(rest).map_err(|wrong| match wrong {
                Wrong::Truncated => reading.truncated(reading.at, "the input ends within the header"),
                Wrong::NoFrame => {
                    let damage = if reading.parts > 0 { Damage::Trailing } else { Damage::Corrupt };
                    reading.damaged(reading.at, damage, "not the beginning of a zstd frame (28 b5 2f fd)")
                }
                Wrong::Reserved => reading.wrong(reading.at, "a reserved bit of the header is set"),
            })?;
            match frame {
                Frame::Data(header) => return Ok(Some(header)),
                Frame::Skippable(length) if length <= rest.len() => reading.at += length,
                Frame::Skippable(length) => {
                    let what = format!("a skippable frame has {length} bytes, and {} are left", rest.len());
                    return Err(reading.truncated(reading.at, &what));
                }
            }
        }
        Ok(None)
    }

    /// Checks whether we can read a frame with this header, and begins with it.
    fn open(&mut self, header: Header, output: &mut Output) -> Result<Open<Lane>> {
        let reading = &self.reading;
        let start = reading.at;
        if header.dictionary != 0 {
            let what = format!("needs the dictionary {}, and dictionaries are not supported", header.dictionary);
            return Err(reading.wrong(start, &what));
        }
        if header.window > 1 << WINDOW_LOG {
            let what = format!("needs a window of {} bytes, {} are the most", header.window, 1 << WINDOW_LOG);
            return Err(reading.wrong(start, &what));
        }
        let content = usize::try_from(header.content.unwrap_or(0)).unwrap_or(usize::MAX);
        let written = output.written().len();
        if content > reading.limit.left(output) {
            return Err(reading.limit.exceeded(output, written.saturating_add(content)));
        }
        let mut lane = self.lanes.pop().map_or_else(Lane::new, Ok)?;
        lane.context.reset(ResetDirective::SessionOnly).map_err(|_| no_memory(Self::NAME))?;
        Ok(Open::new(lane, start, written, content))
    }

    /// Goes on with a frame.
    fn read(&mut self, mut open: Open<Lane>, input: &[u8], output: &mut Output) -> Result<()> {
        if self.reading.go_on(&mut open, input, output)? {
            self.reading.parts += 1;
            self.lanes.push(open.decoder);
        } else {
            self.open = Some(open);
        }
        Ok(())
    }

    /// Reads the next frames all at once, where their sizes are known. False if there is none like that.
    fn read_several(&mut self, input: &[u8], output: &mut Output, context: &Context<'_>) -> Result<bool> {
        if !self.reading.several_at_once {
            return Ok(false);
        }
        let threads = lanes(context);
        let frames = frames(input, self.reading.at, self.reading.limit.left(output), threads);
        while self.lanes.len() < threads.min(frames.len()) {
            self.lanes.push(Lane::new()?);
        }
        self.reading.read_several(&frames, &mut self.lanes, input, output, |lane, frame, to| {
            copy_to(&mut lane.packed, &input[frame.frame.clone()]);
            lane.context.decompress(to, &lane.packed) == Ok(frame.content)
        })
    }
}

impl Lane {
    fn new() -> Result<Self> {
        let mut context = DCtx::try_create().ok_or_else(|| no_memory(ZstdDecompress::NAME))?;
        context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG)).map_err(|_| no_memory(ZstdDecompress::NAME))?;
        Ok(Lane { context, packed: Vec::new() })
    }
}

impl Decoder for Lane {
    const WITHIN: &'static str = "frame";

    fn decode(&mut self, from: &[u8], to: &mut [u8]) -> std::result::Result<Decoded, Fault> {
        let (mut from, mut to) = (InBuffer::around(from), OutBuffer::around(to));
        match self.context.decompress_stream(&mut to, &mut from) {
            Ok(inside) => Ok(Decoded { read: from.pos(), written: to.pos(), ended: inside == 0 }),
            Err(code) if zstd_safe::is_error_kind(code, ZSTD_error_memory_allocation) => Err(Fault::NoMemory),
            Err(code) => Err(Fault::Data { read: from.pos(), what: zstd_safe::get_error_name(code).to_owned() }),
        }
    }
}

impl Candidate for SizedFrame {
    fn size(&self) -> usize {
        self.content
    }

    fn end(&self) -> usize {
        self.frame.end
    }
}

/// The next frames, as far as the input says where they end and how large their data is: never more than `most` bytes of
/// it.
fn frames(input: &[u8], from: usize, most: usize, threads: usize) -> Vec<SizedFrame> {
    let mut found = Vec::new();
    let (mut at, mut total) = (from, 0);
    for _ in 0..threads * FRAMES {
        let rest = &input[at..];
        match zstd_frame::frame(rest) {
            Ok(Frame::Skippable(length)) if length <= rest.len() => at += length,
            Ok(Frame::Data(header)) => {
                let Some(next) = sized_frame(rest, at, &header, most - total) else { break };
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

/// The bytes of the data of all frames, where each of them says how many it has.
fn content(input: &[u8]) -> Option<usize> {
    let (mut at, mut total) = (0_usize, 0_usize);
    while at < input.len() {
        let rest = &input[at..];
        at += match zstd_frame::frame(rest).ok()? {
            Frame::Skippable(length) => length.min(rest.len()),
            Frame::Data(header) => {
                total = total.checked_add(usize::try_from(header.content?).ok()?)?;
                zstd_frame::extent(rest, &header)?
            }
        };
    }
    Some(total)
}

/// The frame that begins at `start`, if it is one that can be decompressed in one go.
fn sized_frame(rest: &[u8], start: usize, header: &Header, most: usize) -> Option<SizedFrame> {
    let content = usize::try_from(header.content?).ok()?;
    if content > ONE_GO.min(most) || header.dictionary != 0 {
        return None;
    }
    let length = zstd_frame::extent(&rest[..rest.len().min(ONE_GO)], header)?;
    Some(SizedFrame { frame: start..start + length, content })
}

#[cfg(test)]
mod tests;
