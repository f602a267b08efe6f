//! Reads gzip.
//!
//! A member *as it comes* is read by zlib-rs. *Several at once* are read by libdeflate, which cannot stop within one:
//! members that are small and whose length is known, because their headers say it or because the last one takes up the
//! rest. What a header says is never believed: a member counts only if it ends exactly where it was said to, gives as
//! many bytes as its trailer says, and has the right checksum. It is then the member that the slow way would have found.
//! (One difference is harmless: libdeflate reads the four codes that the format reserves as the highest lengths and
//! distances, where the slow way refuses them. No compressor writes them, and the checksum has to be right all the same.)

use super::gzip_member::{self, Header, TRAILER, Wrong};
use super::libdeflate::{Decompressor, crc32};
use super::reading::{
    Candidate, Damage, Decoded, Decoder, Fault, MAX_OUTPUT_LENGTH, Open, Reading, STRIDE, data_error,
};
use super::{copy_to, lanes, no_memory};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InputOutput, Produces};
use crate::kernels::runtime::output::Output;
use crate::kernels::runtime::shape::Shape;
use std::ops::Range;
use zlib_rs::{Inflate, InflateFlush, Status};

/// A larger member is not decompressed in one go: it could not be interrupted.
const ONE_GO: usize = 4 << 20;

/// So many members are looked for in a step at most, for a thread: each costs something, however small it is.
const MEMBERS: usize = 1024;

/// Deflate makes no more than 1,032 bytes of one (a match of 258 bytes takes two bits).
const LARGEST_RATIO: usize = 1032;

/// See [`Kernel::SUMMARY`].
pub struct GzipDecompress {
    length: usize,
    reading: Reading,
    lanes: Vec<Lane>,
    open: Option<Open<Inflating>>,
}

/// What one thread works with.
#[derive(Debug)]
struct Lane {
    decompressor: Decompressor,
    /// A private copy of a member's data.
    packed: Vec<u8>,
}

/// The decoder that can stop.
struct Inflating {
    inflate: Inflate,
    crc: u32,
    /// Modulo 2^32, as in the trailer.
    length: u32,
}

/// A member that can be decompressed in one go.
#[derive(Debug, PartialEq, Eq)]
struct Member {
    data: Range<usize>,
    end: usize,
    crc: u32,
    length: usize,
}

impl Kernel for GzipDecompress {
    const NAME: &'static str = "gzip.decompress";
    const SUMMARY: &'static str = "decompresses gzip, of any number of members";
    const PARAMETERS: &'static [Parameter] = &[MAX_OUTPUT_LENGTH];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let reading = Reading::new(Self::NAME, "member", arguments);
        Ok(GzipDecompress { length: input.length, reading, lanes: Vec::new(), open: None })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        Shape::at_most(self.reading.limit.most.min(input.length.saturating_mul(LARGEST_RATIO)))
    }

    fn claims(&self, input: &[u8]) -> usize {
        let most = self.reading.limit.most;
        let members = members(input, 0, most, most, usize::MAX);
        let end = members.last().map_or(0, |member| member.end);
        let known: usize = members.iter().map(|member| member.length).sum();
        known.saturating_add(claimed_length(&input[end..])).min(most)
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, memory: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        match self.open.take() {
            Some(open) => self.read(open, input, output)?,
            None if self.reading.parts > 0 && input.get(self.reading.at) == Some(&0) => self.skip_padding(input)?,
            None => {
                if !self.read_several(input, output, context)? {
                    let open = self.open(input, output.written().len())?;
                    self.read(open, input, output)?;
                }
            }
        }
        let over = self.open.is_none() && self.reading.at == input.len();
        Ok(if over { Step::Done(Value::None) } else { Step::More { done: self.reading.at as u64 } })
    }
}

impl GzipDecompress {
    /// Reads the header of the next member, before which `written` bytes were written.
    fn open(&mut self, input: &[u8], written: usize) -> Result<Open<Inflating>> {
        let reading = &mut self.reading;
        let start = reading.at;
        let header = gzip_member::header(&input[start..]).map_err(|wrong| match wrong {
            Wrong::Truncated if input.is_empty() => data_error(Self::NAME, Damage::Truncated, "the input is empty"),
            Wrong::Truncated => reading.truncated(start, "the input ends within the header"),
            Wrong::NoMember => {
                let damage = if reading.parts > 0 { Damage::Trailing } else { Damage::Corrupt };
                reading.damaged(start, damage, "not the beginning of a gzip member (1f 8b)")
            }
            Wrong::Malformed(what) => reading.wrong(start, &what),
        })?;
        reading.at += header.length;
        let decoder = Inflating { inflate: Inflate::new(false, 15), crc: 0, length: 0 };
        Ok(Open::new(decoder, start, written, claimed_length(&input[start..])))
    }

    /// Goes on with a member.
    fn read(&mut self, mut open: Open<Inflating>, input: &[u8], output: &mut Output) -> Result<()> {
        if self.reading.go_on(&mut open, input, output)? {
            return self.close(&open, input);
        }
        self.open = Some(open);
        Ok(())
    }

    /// Compares a member with its trailer.
    fn close(&mut self, open: &Open<Inflating>, input: &[u8]) -> Result<()> {
        let Open { decoder: Inflating { crc: actual_crc, length: actual_length, .. }, start, .. } = *open;
        let reading = &mut self.reading;
        let end = reading.at + TRAILER;
        let trailer = input.get(reading.at..end).and_then(gzip_member::trailer_of);
        let Some((crc, length)) = trailer else {
            return Err(reading.truncated(start, "the input ends within the trailer"));
        };
        if crc != actual_crc {
            let what = format!("the checksum of the data is {actual_crc:#010x}, stored is {crc:#010x}");
            return Err(reading.wrong(start, &what));
        }
        if length != actual_length {
            let what = format!("the data has {actual_length} bytes (modulo 2^32), stored is {length}");
            return Err(reading.wrong(start, &what));
        }
        reading.at = end;
        reading.parts += 1;
        Ok(())
    }

    /// Zeros may fill up the last block of a tape. Nothing else may follow on the last member.
    fn skip_padding(&mut self, input: &[u8]) -> Result<()> {
        let at = self.reading.at;
        let window = &input[at..input.len().min(at + 4 * STRIDE)];
        match window.iter().position(|byte| *byte != 0) {
            None => {
                self.reading.at += window.len();
                Ok(())
            }
            Some(place) => {
                let what = format!("byte {} is neither zero nor of a gzip member", at + place);
                Err(data_error(Self::NAME, Damage::Trailing, format!("behind the last member, {what}")))
            }
        }
    }

    /// Reads the next members all at once, where their lengths are known. False if there is none like that.
    fn read_several(&mut self, input: &[u8], output: &mut Output, context: &Context<'_>) -> Result<bool> {
        if !self.reading.several_at_once {
            return Ok(false);
        }
        let threads = lanes(context);
        let left = self.reading.limit.left(output);
        let members = members(input, self.reading.at, left.min(threads * STRIDE), left, threads * MEMBERS);
        while self.lanes.len() < threads.min(members.len()) {
            let decompressor = Decompressor::new().ok_or_else(|| no_memory(Self::NAME))?;
            self.lanes.push(Lane { decompressor, packed: Vec::new() });
        }
        self.reading.read_several(&members, &mut self.lanes, input, output, |lane, member, to| {
            copy_to(&mut lane.packed, &input[member.data.clone()]);
            lane.decompressor.decompress(&lane.packed, to) && crc32(0, to) == member.crc
        })
    }
}

impl Decoder for Inflating {
    const WITHIN: &'static str = "compressed data";

    fn decode(&mut self, from: &[u8], to: &mut [u8]) -> std::result::Result<Decoded, Fault> {
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(from, to, InflateFlush::NoFlush);
        let read = (self.inflate.total_in() - read) as usize;
        let written = (self.inflate.total_out() - written) as usize;
        let status = status.map_err(|_| {
            let what = self.inflate.error_message().unwrap_or("corrupt data").to_owned();
            Fault::Data { read, what }
        })?;
        self.crc = crc32(self.crc, &to[..written]);
        self.length = self.length.wrapping_add(written as u32);
        Ok(Decoded { read, written, ended: status == Status::StreamEnd })
    }
}

impl Candidate for Member {
    fn size(&self) -> usize {
        self.length
    }

    fn end(&self) -> usize {
        self.end
    }
}

/// The next members, as far as the input says where they end: some `enough` bytes of output, never more than `most`.
fn members(input: &[u8], from: usize, enough: usize, most: usize, count: usize) -> Vec<Member> {
    let mut found = Vec::new();
    let (mut at, mut total) = (from, 0);
    while let Some(next) = member(input, at, most - total) {
        total += next.length;
        at = next.end;
        found.push(next);
        if total >= enough || found.len() == count {
            break;
        }
    }
    found
}

/// The member that begins at `start`, if its length is known and it is not too large.
fn member(input: &[u8], start: usize, most: usize) -> Option<Member> {
    let rest = &input[start..];
    let Header { length: header, member } = gzip_member::header(rest).ok()?;
    let member = rest.get(..member.unwrap_or(rest.len()))?;
    let data = member.len().checked_sub(header + TRAILER)?;
    let (crc, length) = gzip_member::trailer_of(member)?;
    let length = usize::try_from(length).ok()?;
    let plausible = length <= data.saturating_mul(LARGEST_RATIO);
    let wanted = length.max(data) <= ONE_GO && length <= most;
    (plausible && wanted).then(|| Member {
        data: start + header..start + header + data,
        end: start + member.len(),
        crc,
        length,
    })
}

/// What the last four bytes of the input say of the length of the member by which `rest` begins: right if that is the
/// last one and has less than 4 GiB. 0 if it cannot be.
fn claimed_length(rest: &[u8]) -> usize {
    match gzip_member::trailer_of(rest) {
        Some((_, length)) if length as usize / LARGEST_RATIO <= rest.len() => length as usize,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
