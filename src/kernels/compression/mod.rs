//! gzip and zstd, both ways.
//!
//! | module | what it holds |
//! |---|---|
//! | `gzip_compress`, `gzip_decompress` | the kernels for gzip |
//! | `reading` | what the two decompressors share: the way through an input of several parts |
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
mod reading;
mod zstd_compress;
mod zstd_decompress;
mod zstd_frame;

pub use gzip_compress::GzipCompress;
pub use gzip_decompress::GzipDecompress;
pub use zstd_compress::ZstdCompress;
pub use zstd_decompress::ZstdDecompress;

use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::kernel::Context;
use crate::kernels::runtime::output::Output;
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
