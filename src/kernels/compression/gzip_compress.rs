//! Writes gzip.

use super::libdeflate::{Compressor, crc32};
use super::{Expected, copy_to, gzip_member, lanes, no_memory, room, share};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InputOutput, Produces};
use crate::kernels::runtime::output::Output;
use crate::kernels::runtime::shape::Shape;

/// The input of one member. A member cannot be interrupted, so this bounds how long a cancellation takes: some 3 ms at
/// level 6. Members of 1 MiB would come out 0.5 % shorter and would take four times as long.
const MEMBER: usize = 256 << 10;

/// What a member has around its compressed data at most.
const AROUND: usize = gzip_member::INDEXED_HEADER + gzip_member::TRAILER;

const DEFAULT_LEVEL: i32 = 6;

/// See [`Kernel::SUMMARY`].
#[derive(Debug)]
pub struct GzipCompress {
    length: usize,
    level: i32,
    done: usize,
    lanes: Vec<Lane>,
    members: Vec<Member>,
}

/// What one thread works with.
#[derive(Debug)]
struct Lane {
    compressor: Compressor,
    /// A private copy of the member's input.
    raw: Vec<u8>,
}

/// One member of the present step.
#[derive(Debug, Default)]
struct Member {
    start: usize,
    end: usize,
    packed: Vec<u8>,
    length: usize,
}

impl Kernel for GzipCompress {
    const NAME: &'static str = "gzip.compress";
    const SUMMARY: &'static str = "compresses to gzip, in members that any tool reads";
    const PARAMETERS: &'static [Parameter] = &[Parameter::optional(
        "level",
        ParameterKind::Integer { min: 1, max: 12 },
        "1 is the fastest, 12 gives the smallest output. Above 9 it is several times slower than 9.",
    )
    .by_default("6")];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        // In range: the parameter is declared as 1 to 12.
        let level = arguments.integer("level").map_or(DEFAULT_LEVEL, |level| level as i32);
        Ok(GzipCompress { length: input.length, level, done: 0, lanes: Vec::new(), members: Vec::new() })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        Shape::at_most(longest(input.length))
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, memory: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        self.prepare(lanes(context))?;
        // An empty input is an empty member.
        let rest = (input.len() - self.done).div_ceil(MEMBER).max(1);
        let count = rest.min(self.members.len());
        for (place, member) in self.members[..count].iter_mut().enumerate() {
            member.start = self.done + place * MEMBER;
            member.end = input.len().min(member.start + MEMBER);
        }
        let several = input.len() > MEMBER;
        share(&mut self.lanes, &mut self.members[..count], |lane, member| member.write(lane, input, several));
        for member in &self.members[..count] {
            append(output, &member.packed[..member.length], self.done, input.len())?;
            self.done = member.end;
        }
        Ok(if self.done < input.len() { Step::More { done: self.done as u64 } } else { Step::Done(Value::None) })
    }
}

impl GzipCompress {
    /// Makes what the threads work with, at the first step.
    fn prepare(&mut self, threads: usize) -> Result<()> {
        if self.lanes.is_empty() {
            let threads = threads.min(self.length.div_ceil(MEMBER)).max(1);
            for _ in 0..threads {
                let compressor = Compressor::new(self.level).ok_or_else(|| no_memory(Self::NAME))?;
                self.lanes.push(Lane { compressor, raw: Vec::new() });
            }
            self.members.resize_with(threads, Member::default);
        }
        Ok(())
    }
}

impl Member {
    /// Writes the whole member to `packed`. Where it is one of several its header says how long it is, by which
    /// decompressors that know the convention find the next one without decompressing this one.
    fn write(&mut self, lane: &mut Lane, input: &[u8], several: bool) {
        copy_to(&mut lane.raw, &input[self.start..self.end]);
        let data = if several { gzip_member::INDEXED_HEADER } else { gzip_member::PLAIN_HEADER };
        let bound = lane.compressor.bound(lane.raw.len()) + AROUND;
        if self.packed.len() < bound {
            self.packed.resize(bound, 0);
        }
        let compressed = lane.compressor.compress(&lane.raw, &mut self.packed[data..bound - gzip_member::TRAILER]);
        let end = data + compressed.expect("no stream is longer than the library's bound");
        self.length = end + gzip_member::TRAILER;
        let trailer = gzip_member::trailer(crc32(0, &lane.raw), lane.raw.len());
        self.packed[end..self.length].copy_from_slice(&trailer);
        if several {
            // Below 2^32: some 256 KiB.
            self.packed[..data].copy_from_slice(&gzip_member::indexed_header(self.length as u32));
        } else {
            self.packed[..data].copy_from_slice(&gzip_member::plain_header());
        }
    }
}

/// Puts `packed` behind what is written, `done` bytes of the input's `total` being behind that.
fn append(output: &mut Output, packed: &[u8], done: usize, total: usize) -> Result<()> {
    let expected = Expected { done, total, claimed: 0, most: longest(total) };
    room(output, packed.len(), expected)?[..packed.len()].copy_from_slice(packed);
    output.wrote(packed.len());
    Ok(())
}

/// No output for so many bytes is longer: libdeflate's bound is 9 bytes for every 5,000 and 9 more, and every member has
/// a header and a trailer.
fn longest(length: usize) -> usize {
    let members = length.div_ceil(MEMBER).max(1);
    members.saturating_mul(AROUND + 9 + MEMBER.div_ceil(5000) * 9).saturating_add(length)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Kind, agree, foreign_gunzip, lent, noise};
    use super::*;
    use crate::error::ErrorCode;
    use crate::kernels::testing::{Where, call, number};

    const NAME: &str = GzipCompress::NAME;

    fn compress(bytes: &mut [u8], level: f64) -> Vec<u8> {
        agree(call(NAME, vec![number("level", level)], bytes)).unwrap()
    }

    #[test]
    fn zlib_reads_it_around_every_size_and_at_every_level() {
        for length in [0, 1, 100, MEMBER - 1, MEMBER, MEMBER + 1, 2 * MEMBER, 5 * MEMBER + 7] {
            for kind in Kind::ALL {
                let mut bytes = noise(kind, length);
                let packed = compress(&mut bytes, 6.0);
                assert!(packed.len() <= longest(length), "{kind:?} {length}");
                assert!(foreign_gunzip(&packed, length).unwrap() == bytes, "{kind:?} {length}");
            }
        }
        let mut bytes = noise(Kind::Text, MEMBER + 1000);
        for level in 1..=12 {
            let packed = compress(&mut bytes, level.into());
            assert!(foreign_gunzip(&packed, bytes.len()).unwrap() == bytes, "level {level}");
        }
    }

    #[test]
    fn a_higher_level_is_smaller() {
        let mut bytes = noise(Kind::Text, MEMBER);
        let lengths = [1.0, 6.0, 9.0, 12.0].map(|level| compress(&mut bytes, level).len());
        assert!(lengths.is_sorted_by(|lower, higher| lower > higher), "{lengths:?}");
    }

    #[test]
    fn a_buffer_that_is_lent_may_be_exactly_as_large_as_the_result() {
        let mut bytes = noise(Kind::Text, 3 * MEMBER);
        let packed = compress(&mut bytes, 6.0);
        for place in [Where::Here, Where::Threads] {
            let mut out = vec![0; packed.len()];
            assert_eq!(lent(NAME, vec![], &mut bytes, &mut out, place).unwrap().written, Some(packed.len()));
            assert!(out == packed);
            let error = lent(NAME, vec![], &mut bytes, &mut out[1..], place).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelOutput);
            assert!(error.message.contains(&packed.len().to_string()), "{error}");
        }
    }

    #[test]
    fn the_longest_output_is_as_long_as_said() {
        let compressor = Compressor::new(1).unwrap();
        for length in [0, 1, 4999, 5000, 5001, 10_000, MEMBER] {
            assert!(compressor.bound(length) + AROUND <= longest(length), "{length}");
        }
    }
}
