//! Writes zstd.

use super::{Expected, copy_to, lanes, no_memory, room, share};
use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InputOutput, Produces};
use crate::kernels::runtime::output::Output;
use crate::kernels::runtime::shape::Shape;
use zstd_safe::zstd_sys::ZSTD_EndDirective::{self, ZSTD_e_continue, ZSTD_e_end};
use zstd_safe::{CCtx, CParameter, InBuffer, OutBuffer};

const DEFAULT_LEVEL: i32 = 3;

/// The state of the compressors of one call takes no more than this, if there is more than one.
const MEMORY: usize = 1 << 30;

/// See [`Kernel::SUMMARY`].
pub struct ZstdCompress {
    length: usize,
    level: Level,
    checksum: bool,
    /// So much of the input is written.
    done: usize,
    /// What works on the frames of the present round, the first ones of them.
    slots: Vec<Slot>,
    /// How many frames the present round has; 0 between two.
    round: usize,
}

/// What follows from the level.
#[derive(Clone, Copy, Debug)]
struct Level {
    level: i32,
    /// The input of a frame. Frames are compressed independently of each other, so what they have in common is written
    /// anew in each: at level 3 frames of 4 MiB come out 1 % longer than one frame for everything does, at level 9 those
    /// of 8 MiB, which are 3 to 5 % shorter there than those of 4 MiB.
    frame: usize,
    /// What a step gives a thread: 1 to 5 ms, but for the highest levels, where one block is more than that.
    piece: usize,
    /// Bytes that a compressor's state takes, roughly.
    state: usize,
}

impl Level {
    fn new(level: i32, single_frame: bool) -> Self {
        let (frame, piece, state) = match level {
            ..=4 => (4 << 20, 512 << 10, 4 << 20),
            5..=8 => (4 << 20, 256 << 10, 8 << 20),
            9..=12 => (8 << 20, 128 << 10, 48 << 20),
            _ => (8 << 20, 128 << 10, 96 << 20),
        };
        // Longer than any input.
        let frame = if single_frame { isize::MAX as usize } else { frame };
        Level { level, frame, piece, state }
    }
}

/// Compresses one frame after another.
struct Slot {
    context: CCtx<'static>,
    /// The part of the input that is not yet given to the library, and not yet in `packed`.
    start: usize,
    end: usize,
    packed: Vec<u8>,
    /// A private copy of the last piece of the frame.
    last: Vec<u8>,
    result: Result<()>,
}

impl Kernel for ZstdCompress {
    const NAME: &'static str = "zstd.compress";
    const SUMMARY: &'static str = "compresses to zstd, in frames that any tool reads";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("level", ParameterKind::Integer { min: 1, max: 22 }, "1 is the fastest, 22 gives the smallest output.").by_default("3"),
        Parameter::optional("checksum", ParameterKind::Flag, "Whether each frame ends with a checksum of its data.").by_default("false"),
        Parameter::optional("singleFrame", ParameterKind::Flag, "One frame for everything, on one thread, instead of frames of 4 or 8 MiB: for readers that stop after the first frame, as `zlib.zstdDecompress` of Node 22 and 24 does.").by_default("false"),
    ];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        Ok(ZstdCompress {
            length: input.length,
            // In range: the parameter is declared as 1 to 22.
            level: Level::new(
                arguments.integer("level").map_or(DEFAULT_LEVEL, |level| level as i32),
                arguments.flag("singleFrame").unwrap_or(false),
            ),
            checksum: arguments.flag("checksum").unwrap_or(false),
            done: 0,
            slots: Vec::new(),
            round: 0,
        })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        Shape::at_most(self.longest(input.length))
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, memory: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        if self.round == 0 {
            self.begin(input, lanes(context))?;
        }
        let slots = &mut self.slots[..self.round];
        let piece = self.level.piece;
        share(&mut vec![(); slots.len()], slots, |(), slot| slot.result = slot.feed(input, piece));
        for slot in slots.iter_mut() {
            std::mem::replace(&mut slot.result, Ok(()))?;
        }
        let rest: usize = slots.iter().map(|slot| slot.end - slot.start).sum();
        if rest > 0 {
            let reached = slots.last().map_or(self.done, |slot| slot.end) - rest;
            return Ok(Step::More { done: reached as u64 });
        }
        self.end(output)?;
        Ok(if self.done < input.len() { Step::More { done: self.done as u64 } } else { Step::Done(Value::None) })
    }
}

impl ZstdCompress {
    /// Gives each slot its frame of the next round.
    fn begin(&mut self, input: &[u8], threads: usize) -> Result<()> {
        let Level { level, frame, state, .. } = self.level;
        // An empty input is an empty frame.
        let frames = (input.len() - self.done).div_ceil(frame).max(1);
        self.round = frames.min(threads).min(MEMORY / state);
        while self.slots.len() < self.round {
            let mut context = CCtx::try_create().ok_or_else(|| no_memory(Self::NAME))?;
            for parameter in [CParameter::CompressionLevel(level), CParameter::ChecksumFlag(self.checksum)] {
                context.set_parameter(parameter).map_err(|_| no_memory(Self::NAME))?;
            }
            let (packed, last) = (Vec::new(), Vec::new());
            self.slots.push(Slot { context, start: 0, end: 0, packed, last, result: Ok(()) });
        }
        for (place, slot) in self.slots[..self.round].iter_mut().enumerate() {
            slot.start = self.done + place * frame;
            slot.end = input.len().min(slot.start + frame);
            let length = slot.end - slot.start;
            slot.context.set_pledged_src_size(Some(length as u64)).map_err(|_| no_memory(Self::NAME))?;
            slot.packed.clear();
            slot.packed.try_reserve_exact(bound(length)).map_err(|_| no_memory(Self::NAME))?;
        }
        Ok(())
    }

    /// Writes the frames of a round that is over.
    fn end(&mut self, output: &mut Output) -> Result<()> {
        let most = self.longest(self.length);
        for slot in &mut self.slots[..self.round] {
            let expected = Expected { done: self.done, total: self.length, claimed: 0, most };
            room(output, slot.packed.len(), expected)?[..slot.packed.len()].copy_from_slice(&slot.packed);
            output.wrote(slot.packed.len());
            self.done = slot.end;
        }
        self.round = 0;
        Ok(())
    }

    /// No output for so many bytes is longer.
    fn longest(&self, length: usize) -> usize {
        let frame = self.level.frame;
        match length / frame {
            0 => bound(length),
            whole => whole.saturating_mul(bound(frame)).saturating_add(bound(length % frame)),
        }
    }
}

impl Slot {
    /// Compresses the next piece of the frame, if it is not done.
    fn feed(&mut self, input: &[u8], piece: usize) -> Result<()> {
        if self.start == self.end && !self.packed.is_empty() {
            return Ok(());
        }
        let next = self.end.min(self.start + piece);
        let bytes = &input[self.start..next];
        if next < self.end {
            // The library compresses the copy that it makes of this in its window.
            self.compress(bytes, false)?;
        } else {
            // That which ends a frame it may compress where it lies.
            let mut last = std::mem::take(&mut self.last);
            copy_to(&mut last, bytes);
            self.compress(&last, true)?;
            self.last = last;
        }
        self.start = next;
        Ok(())
    }

    fn compress(&mut self, bytes: &[u8], last: bool) -> Result<()> {
        let directive: ZSTD_EndDirective = if last { ZSTD_e_end } else { ZSTD_e_continue };
        let written = self.packed.len();
        let mut from = InBuffer::around(bytes);
        let mut to = OutBuffer::around_pos(&mut self.packed, written);
        // Nothing else can go wrong here: the parameters are right, and there is room for the whole frame.
        let inside = self.context.compress_stream2(&mut to, &mut from, directive);
        let inside = inside.map_err(|_| no_memory(ZstdCompress::NAME))?;
        assert!(from.pos() == bytes.len() && (inside == 0 || !last), "no frame is longer than the library's bound");
        Ok(())
    }
}

/// No frame for so many bytes is longer.
fn bound(length: usize) -> usize {
    // The library's bound is for compression in one go. In pieces there may be one more block, an empty one.
    zstd_safe::compress_bound(length) + 8
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Kind, agree, foreign_unzstd, lent, noise};
    use super::*;
    use crate::error::ErrorCode;
    use crate::kernels::Argument;
    use crate::kernels::testing::{Where, call, number};

    const NAME: &str = ZstdCompress::NAME;
    const FRAME: usize = 4 << 20;

    fn compress(bytes: &mut [u8], level: f64, checksum: bool) -> Vec<u8> {
        let given = vec![number("level", level), ("checksum".into(), Argument::Flag(checksum))];
        agree(call(NAME, given, bytes)).unwrap()
    }

    #[test]
    fn another_implementation_reads_it_around_every_size() {
        let piece = Level::new(1, false).piece;
        for length in [0, 1, 100, piece - 1, piece, piece + 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME + piece + 7] {
            for kind in Kind::ALL {
                let mut bytes = noise(kind, length);
                let packed = compress(&mut bytes, 1.0, true);
                assert!(foreign_unzstd(&packed, length).unwrap() == bytes, "{kind:?} {length}");
                let most = ZstdCompress::plan(&Arguments::default(), &Shape::bytes(length)).unwrap().longest(length);
                assert!(packed.len() <= most, "{kind:?} {length}");
            }
        }
    }

    #[test]
    fn a_single_frame_has_everything() {
        for length in [0, 1, FRAME, 2 * FRAME + 7] {
            let mut bytes = noise(Kind::Text, length);
            let given = vec![("singleFrame".into(), Argument::Flag(true)), number("level", 1.0)];
            let packed = agree(call(NAME, given, &mut bytes)).unwrap();
            assert_eq!(zstd_safe::find_frame_compressed_size(&packed), Ok(packed.len()), "{length}");
            assert!(foreign_unzstd(&packed, length).unwrap() == bytes, "{length}");
        }
    }

    #[test]
    fn another_implementation_reads_every_level() {
        let mut bytes = noise(Kind::Text, 300_000);
        for level in 1..=22 {
            let packed = compress(&mut bytes, level.into(), level % 2 == 0);
            assert!(foreign_unzstd(&packed, bytes.len()).unwrap() == bytes, "level {level}");
        }
    }

    #[test]
    fn a_higher_level_is_smaller_and_a_checksum_takes_four_bytes() {
        let mut bytes = noise(Kind::Text, 1 << 20);
        let lengths = [1.0, 19.0].map(|level| compress(&mut bytes, level, false).len());
        assert!(lengths.is_sorted_by(|lower, higher| lower > higher), "{lengths:?}");
        assert_eq!(compress(&mut bytes, 1.0, true).len(), lengths[0] + 4);
    }

    #[test]
    fn a_buffer_that_is_lent_may_be_exactly_as_large_as_the_result() {
        let mut bytes = noise(Kind::Text, FRAME + 1000);
        let packed = compress(&mut bytes, 3.0, false);
        for place in [Where::Here, Where::Threads] {
            let mut out = vec![0; packed.len()];
            assert_eq!(lent(NAME, vec![], &mut bytes, &mut out, place).unwrap().written, Some(packed.len()));
            assert!(out == packed);
            let error = lent(NAME, vec![], &mut bytes, &mut out[1..], place).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelOutput);
            assert!(error.message.contains(&packed.len().to_string()), "{error}");
        }
    }
}
