//! gzip and zstd, both ways.
//!
//! | module | what it holds |
//! |---|---|
//! | `gzip_compress`, `gzip_decompress` | the kernels for gzip |
//! | `gzip_member` | what stands around the compressed data of a gzip member |
//! | `libdeflate` | a safe face for the C library that both use |
//! | `zstd_compress`, `zstd_decompress` | the kernels for zstd |
//! | `zstd_frame` | the header of a zstd frame and where the frame ends |
//! | this one | what the four share |
//!
//! Both formats allow a file to be several complete streams in a row (*members* of gzip, *frames* of zstd), and every
//! tool reads them so. The compressors write pieces of a fixed size as such streams, hence on as many threads as there
//! are pieces, with the same result whatever the number of threads. The decompressors work on several streams at a time
//! where the input says how long they are, and on one after the other in any case.
//!
//! **C code sees private memory only.** The input may be a SharedArrayBuffer that another thread of JavaScript writes to
//! meanwhile. A compressor that counts its input first and encodes it afterwards would then write more than it has
//! counted. So the input is copied, a piece that fits into the processor's caches at a time, before a C library or a
//! stateful decoder reads it.

mod gzip_compress;
mod gzip_decompress;
mod gzip_member;
mod libdeflate;
mod zstd_compress;
mod zstd_decompress;
mod zstd_frame;

pub use gzip_compress::GzipCompress;
pub use gzip_decompress::GzipDecompress;
pub use zstd_compress::ZstdCompress;
pub use zstd_decompress::ZstdDecompress;

use super::arguments::{Arguments, Parameter, ParameterKind};
use super::kernel::Context;
use super::output::{self, Output};
use crate::error::{Error, ErrorCode, Result};
use rayon::prelude::*;

/// How many parts of a step may be worked on at the same time.
fn lanes(context: &Context<'_>) -> usize {
    if context.parallel() { rayon::current_num_threads() } else { 1 }
}

/// Works the jobs off, in runs of neighbours, a run a lane.
fn share<L: Send, J: Send>(lanes: &mut [L], jobs: &mut [J], work: impl Fn(&mut L, &mut J) + Sync) {
    let run = |(lane, jobs): (&mut L, &mut [J])| jobs.iter_mut().for_each(|job| work(lane, job));
    match (lanes, jobs.len()) {
        ([], _) | (_, 0) => {}
        ([lane, ..], 1) | ([lane], _) => run((lane, jobs)),
        (lanes, count) => {
            let length = count.div_ceil(lanes.len());
            lanes.par_iter_mut().zip(jobs.par_chunks_mut(length)).for_each(run);
        }
    }
}

/// Lets the lanes write `parts` of the output behind one another into `room`, each as long as `length` says. `work` says
/// whether a part came out right; as many as did, from the first one on, are counted.
fn write_parts<L: Send, P: Sync>(
    lanes: &mut [L],
    parts: &[P],
    mut room: &mut [u8],
    length: impl Fn(&P) -> usize,
    work: impl Fn(&mut L, &P, &mut [u8]) -> bool + Sync,
) -> usize {
    let mut jobs = Vec::with_capacity(parts.len());
    for part in parts {
        let (to, behind) = room.split_at_mut(length(part));
        room = behind;
        jobs.push((part, to, false));
    }
    share(lanes, &mut jobs, |lane, (part, to, right)| *right = work(lane, part, to));
    jobs.iter().take_while(|(_, _, right)| *right).count()
}

/// Makes `copy` a copy of `bytes`.
fn copy_to(copy: &mut Vec<u8>, bytes: &[u8]) {
    copy.clear();
    copy.extend_from_slice(bytes);
}

/// Room for `least` bytes behind what is written.
///
/// Where memory of our own has to grow for it, it grows to what the whole output will take if it goes on as so far, or
/// to `whole` if that is known, so that little is copied. That much is only reserved: the system gives memory when it is
/// written to, and what was not needed goes back at the end.
fn room(output: &mut Output, least: usize, expected: Expected) -> Result<&mut [u8]> {
    if output.capacity().is_none() && output.room(0)?.len() < least {
        let written = output.written().len();
        let wanted = expected.whole(written).saturating_sub(written).max(least);
        if output.room(wanted).is_err() {
            // There may still be memory for what is needed now.
            return output.room(least);
        }
    }
    output.room(least)
}

/// Where to write next, `most` bytes at most. Where nothing more may be written it is the byte `beyond`, which tells
/// whether there is more.
fn next_room<'a>(
    output: &'a mut Output,
    beyond: &'a mut [u8; 1],
    most: usize,
    expected: Expected,
) -> Result<&'a mut [u8]> {
    if most == 0 {
        return Ok(beyond);
    }
    // Whatever is there: memory that was got for all of the output is not to grow for its last bytes.
    let room = room(output, 1, expected)?;
    let length = most.min(room.len());
    Ok(&mut room[..length])
}

/// What is known of the length of an output that is not finished.
#[derive(Clone, Copy, Debug)]
struct Expected {
    /// So much of the input is behind what is written.
    done: usize,
    /// Of so much.
    total: usize,
    /// What the input says that it will be: a hint, 0 if there is none.
    claimed: usize,
    /// It will not be longer.
    most: usize,
}

impl Expected {
    fn whole(&self, written: usize) -> usize {
        let by_ratio = match self.done {
            0 => 0,
            // An eighth more: what follows is seldom exactly like what was.
            done => {
                let whole = written as u128 * self.total as u128 / done as u128;
                usize::try_from(whole.saturating_mul(9) / 8).unwrap_or(usize::MAX)
            }
        };
        by_ratio.max(self.claimed).min(self.most)
    }
}

/// What a decompressor writes at most if it is not told otherwise.
const DEFAULT_MOST: usize = 1 << 30;

/// The parameter of the decompressors.
const MAX_OUTPUT_LENGTH: Parameter = Parameter {
    name: "maxOutputLength",
    // As far as JavaScript's numbers are exact.
    kind: ParameterKind::Integer { min: 1, max: (1 << 53) - 1 },
    required: false,
    summary: "bytes of the output at most, more is an error; 1 GiB (1,073,741,824) by default",
};

/// How much a decompressor may write.
#[derive(Clone, Copy, Debug)]
struct Limit {
    kernel: &'static str,
    most: usize,
}

impl Limit {
    fn of(kernel: &'static str, arguments: &Arguments) -> Self {
        let given = arguments.integer(MAX_OUTPUT_LENGTH.name).and_then(|most| usize::try_from(most).ok());
        Limit { kernel, most: given.unwrap_or(DEFAULT_MOST) }
    }

    /// So many bytes may still be written.
    fn left(&self, output: &mut Output) -> usize {
        self.most.min(output.capacity().unwrap_or(usize::MAX)) - output.written().len()
    }

    /// The error for an output of `needed` bytes or more, which is more than there may be.
    fn exceeded(&self, output: &Output, needed: usize) -> Error {
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
enum Damage {
    /// It is not what it should be.
    Corrupt,
    /// It ends too early.
    Truncated,
    /// Something else follows on it.
    Trailing,
}

/// An error of the input of a decompressor.
fn data_error(kernel: &str, damage: Damage, message: impl std::fmt::Display) -> Error {
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

/// The error for a state of a library that there is no memory for.
fn no_memory(kernel: &str) -> Error {
    Error::new(ErrorCode::KernelOutput, format!("{kernel}: no memory for the state of the codec"))
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_is_expected_to_go_on_as_it_began() {
        let expected = Expected { done: 1000, total: 10_000, claimed: 0, most: usize::MAX };
        assert_eq!(expected.whole(800), 9000);
        assert_eq!(Expected { done: 0, ..expected }.whole(0), 0);
        assert_eq!(Expected { claimed: 20_000, ..expected }.whole(800), 20_000);
        assert_eq!(Expected { most: 100, ..expected }.whole(800), 100);
        assert_eq!(Expected { done: 1, total: usize::MAX, ..expected }.whole(usize::MAX), usize::MAX);
    }

    #[test]
    fn memory_grows_at_once_to_what_is_expected_and_a_claim_that_no_memory_holds_does_no_harm() {
        let expected = Expected { done: 0, total: 0, claimed: 1 << 20, most: 1 << 30 };
        assert_eq!(room(&mut Output::own(), 10, expected).unwrap().len(), 1 << 20);
        let absurd = Expected { claimed: usize::MAX, most: usize::MAX, ..expected };
        assert_eq!(room(&mut Output::own(), 10, absurd).unwrap().len(), 10);
    }
}
