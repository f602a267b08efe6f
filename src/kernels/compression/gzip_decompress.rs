//! Reads gzip.
//!
//! Two ways. *One after the other*, by a decoder that can stop anywhere: it reads everything, and it alone decides what
//! is an error. *Several at a time*, by libdeflate, which is faster but cannot stop within a member: for members that
//! are small and whose length is known, because their headers say it or because the last one takes up the rest. What a
//! header says is never believed: a member counts only if it ends exactly where it was said to, gives as many bytes as
//! its trailer says, and has the right checksum. It is then the member that the slow way would have found. If
//! anything is otherwise, the slow way goes on from the beginning of that member. (One difference is harmless: libdeflate
//! reads the four codes that the format reserves as the highest lengths and distances, where the slow way refuses them.
//! No compressor writes them, and the checksum has to be right all the same.)

use super::gzip_member::{self, Header, TRAILER, Wrong};
use super::libdeflate::{Decompressor, crc32};
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
use zlib_rs::{Inflate, InflateFlush, Status};

/// What a step gives a thread: some 2 ms.
const STRIDE: usize = 2 << 20;

/// A larger member is not decompressed in one go: it could not be interrupted.
const ONE_GO: usize = 4 << 20;

/// So many members are looked for in a step at most, for a thread: each costs something, however small it is.
const MEMBERS: usize = 1024;

/// How much of the input the decoder is shown at a time, in a private copy. What comes of it is still in the processor's
/// cache when the checksum is made.
const PIECE: usize = 128 << 10;

/// Deflate makes no more than 1,032 bytes of one (a match of 258 bytes takes two bits).
const LARGEST_RATIO: usize = 1032;

/// See [`Kernel::SUMMARY`].
pub struct GzipDecompress {
    length: usize,
    limit: Limit,
    /// So much of the input is behind us.
    at: usize,
    /// So many members are.
    members: u64,
    /// Whether members are still looked for by what the input says of their lengths.
    several_at_a_time: bool,
    lanes: Vec<Lane>,
    open: Option<Open>,
    /// A private copy of what the decoder is shown.
    piece: Vec<u8>,
}

/// What one thread works with.
#[derive(Debug)]
struct Lane {
    decompressor: Decompressor,
    /// A private copy of a member's data.
    packed: Vec<u8>,
}

/// The member that is being read by the decoder that can stop.
struct Open {
    inflate: Inflate,
    start: usize,
    crc: u32,
    /// Modulo 2^32, as in the trailer.
    length: u32,
    /// What the whole output will come to, if the input ends with this member and is right.
    claimed: usize,
}

/// A member whose length is known, if what the input says is true.
#[derive(Debug, PartialEq, Eq)]
struct Candidate {
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

    fn plan(arguments: &Arguments, input: &Form) -> Result<Self> {
        Ok(GzipDecompress {
            length: input.length,
            limit: Limit::of(Self::NAME, arguments),
            at: 0,
            members: 0,
            several_at_a_time: true,
            lanes: Vec::new(),
            open: None,
            piece: Vec::new(),
        })
    }

    fn leaves(&self, input: &Form) -> Form {
        Form::at_most(self.limit.most.min(input.length.saturating_mul(LARGEST_RATIO)))
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, memory: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        match self.open.take() {
            Some(open) => self.read(open, input, output)?,
            None if self.members > 0 && input.get(self.at) == Some(&0) => self.skip_padding(input)?,
            None => {
                if !self.read_several(input, output, context)? {
                    let open = self.open(input, output.written().len())?;
                    self.read(open, input, output)?;
                }
            }
        }
        let over = self.open.is_none() && self.at == input.len();
        Ok(if over { Step::Done(Value::None) } else { Step::More { done: self.at as u64 } })
    }
}

impl GzipDecompress {
    /// Reads the header of the next member, before which `written` bytes were written.
    fn open(&mut self, input: &[u8], written: usize) -> Result<Open> {
        let header = gzip_member::header(&input[self.at..]).map_err(|wrong| match wrong {
            Wrong::Truncated if input.is_empty() => data_error(Self::NAME, Damage::Truncated, "the input is empty"),
            Wrong::Truncated => self.truncated(self.at, "the input ends within the header"),
            Wrong::NoMember => {
                let damage = if self.members > 0 { Damage::Trailing } else { Damage::Corrupt };
                self.damaged(self.at, damage, "not the beginning of a gzip member (1f 8b)")
            }
            Wrong::Malformed(what) => self.wrong(self.at, &what),
        })?;
        let start = self.at;
        self.at += header.length;
        // And one byte, so that the decoder finds the end without having to ask for room.
        let claimed = claimed_length(&input[start..]).saturating_add(written).saturating_add(1);
        Ok(Open { inflate: Inflate::new(false, 15), start, crc: 0, length: 0, claimed })
    }

    /// Goes on with a member, some milliseconds.
    fn read(&mut self, mut open: Open, input: &[u8], output: &mut Output) -> Result<()> {
        let (mut taken, mut given) = (0, 0);
        while taken < STRIDE && given < STRIDE {
            copy_to(&mut self.piece, &input[self.at..input.len().min(self.at + PIECE)]);
            let mut beyond = [0];
            let left = self.limit.left(output);
            let expected = Expected { done: self.at, total: input.len(), claimed: open.claimed, most: self.limit.most };
            let to = next_room(output, &mut beyond, left.min(STRIDE - given), expected)?;
            let (read, written) = (open.inflate.total_in(), open.inflate.total_out());
            let status = open.inflate.decompress(&self.piece, to, InflateFlush::NoFlush);
            let read = (open.inflate.total_in() - read) as usize;
            let written = (open.inflate.total_out() - written) as usize;
            open.crc = crc32(open.crc, &to[..written]);
            open.length = open.length.wrapping_add(written as u32);
            self.at += read;
            let status = status.map_err(|_| {
                let what = open.inflate.error_message().unwrap_or("corrupt data");
                self.wrong(open.start, &format!("{what}, at byte {} or shortly before", self.at))
            })?;
            if left == 0 && written > 0 {
                let needed = output.written().len() + 1;
                return Err(self.limit.exceeded(output, needed));
            }
            output.wrote(written);
            taken += read;
            given += written;
            if status == Status::StreamEnd {
                return self.close(&open, input);
            }
            if read == 0 && written == 0 {
                return Err(self.truncated(open.start, "the input ends within the compressed data"));
            }
        }
        self.open = Some(open);
        Ok(())
    }

    /// Compares a member with its trailer.
    fn close(&mut self, open: &Open, input: &[u8]) -> Result<()> {
        let end = self.at + TRAILER;
        let trailer = input.get(self.at..end).and_then(gzip_member::trailer_of);
        let Some((crc, length)) = trailer else {
            return Err(self.truncated(open.start, "the input ends within the trailer"));
        };
        if crc != open.crc {
            let what = format!("the checksum of the data is {:#010x}, stored is {crc:#010x}", open.crc);
            return Err(self.wrong(open.start, &what));
        }
        if length != open.length {
            let what = format!("the data has {} bytes (modulo 2^32), stored is {length}", open.length);
            return Err(self.wrong(open.start, &what));
        }
        self.at = end;
        self.members += 1;
        Ok(())
    }

    /// Zeros may fill up the last block of a tape. Nothing else may follow on the last member.
    fn skip_padding(&mut self, input: &[u8]) -> Result<()> {
        let window = &input[self.at..input.len().min(self.at + 4 * STRIDE)];
        match window.iter().position(|byte| *byte != 0) {
            None => {
                self.at += window.len();
                Ok(())
            }
            Some(place) => {
                let what = format!("byte {} is neither zero nor of a gzip member", self.at + place);
                Err(data_error(Self::NAME, Damage::Trailing, format!("behind the last member, {what}")))
            }
        }
    }

    /// Reads the next members all at once, where their lengths are known. False if there is none like that.
    fn read_several(&mut self, input: &[u8], output: &mut Output, context: &Context<'_>) -> Result<bool> {
        if !self.several_at_a_time {
            return Ok(false);
        }
        let threads = lanes(context);
        let left = self.limit.left(output);
        let candidates = candidates(input, self.at, left.min(threads * STRIDE), left, threads * MEMBERS);
        if candidates.is_empty() {
            return Ok(false);
        }
        while self.lanes.len() < threads.min(candidates.len()) {
            let decompressor = Decompressor::new().ok_or_else(|| no_memory(Self::NAME))?;
            self.lanes.push(Lane { decompressor, packed: Vec::new() });
        }
        let total = candidates.iter().map(|candidate| candidate.length).sum();
        let expected = Expected { done: self.at, total: input.len(), claimed: 0, most: self.limit.most };
        let room = &mut room(output, total, expected)?[..total];
        let right = write_parts(
            &mut self.lanes,
            &candidates,
            room,
            |one| one.length,
            |lane, candidate, to| {
                copy_to(&mut lane.packed, &input[candidate.data.clone()]);
                lane.decompressor.decompress(&lane.packed, to) && crc32(0, to) == candidate.crc
            },
        );
        output.wrote(candidates[..right].iter().map(|candidate| candidate.length).sum());
        self.at = candidates[..right].last().map_or(self.at, |last| last.end);
        self.members += right as u64;
        self.several_at_a_time = right == candidates.len();
        Ok(right > 0)
    }

    fn damaged(&self, start: usize, damage: Damage, what: &str) -> Error {
        let place = place_of("member", self.members, start);
        data_error(Self::NAME, damage, format!("{place}{what}"))
    }

    fn wrong(&self, start: usize, what: &str) -> Error {
        self.damaged(start, Damage::Corrupt, what)
    }

    fn truncated(&self, start: usize, what: &str) -> Error {
        self.damaged(start, Damage::Truncated, what)
    }
}

/// The next members, as far as the input says where they end: some `enough` bytes of output, never more than `most`.
fn candidates(input: &[u8], from: usize, enough: usize, most: usize, count: usize) -> Vec<Candidate> {
    let mut found = Vec::new();
    let (mut at, mut total) = (from, 0);
    while let Some(next) = candidate(input, at, most - total) {
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
fn candidate(input: &[u8], start: usize, most: usize) -> Option<Candidate> {
    let rest = &input[start..];
    let Header { length: header, member } = gzip_member::header(rest).ok()?;
    let member = rest.get(..member.unwrap_or(rest.len()))?;
    let data = member.len().checked_sub(header + TRAILER)?;
    let (crc, length) = gzip_member::trailer_of(member)?;
    let length = usize::try_from(length).ok()?;
    let plausible = length <= data.saturating_mul(LARGEST_RATIO);
    let wanted = length.max(data) <= ONE_GO && length <= most;
    (plausible && wanted).then(|| Candidate {
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
