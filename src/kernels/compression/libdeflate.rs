//! A safe face for libdeflate.
//!
//! Its functions are one-shot: nothing of them is left behind in the state that they are given, so that a compressor or
//! decompressor may be used for one stream after another, also after an error.

use libdeflate_sys as sys;
use std::ptr::NonNull;

/// A compressor of one level.
#[derive(Debug)]
pub(super) struct Compressor(NonNull<sys::libdeflate_compressor>);

// SAFETY: the C structure is plain memory without ties to the thread that has allocated it, and `compress` takes it
// exclusively.
unsafe impl Send for Compressor {}

impl Compressor {
    /// None where there is no memory, or no such level.
    pub(super) fn new(level: i32) -> Option<Self> {
        // SAFETY: any number is allowed; levels it does not know are answered with null.
        NonNull::new(unsafe { sys::libdeflate_alloc_compressor(level) }).map(Compressor)
    }

    /// No deflate stream of so many bytes is longer.
    pub(super) fn bound(&self, length: usize) -> usize {
        // SAFETY: the compressor is alive, and is only read.
        unsafe { sys::libdeflate_deflate_compress_bound(self.0.as_ptr(), length) }
    }

    /// Writes `from` as a raw deflate stream and returns its length; None where `to` is too small for it.
    pub(super) fn compress(&mut self, from: &[u8], to: &mut [u8]) -> Option<usize> {
        // SAFETY: the compressor is alive and ours alone; both slices are valid for their lengths during the call and,
        // as `to` is borrowed exclusively, do not overlap.
        let length = unsafe {
            sys::libdeflate_deflate_compress(
                self.0.as_ptr(),
                from.as_ptr().cast(),
                from.len(),
                to.as_mut_ptr().cast(),
                to.len(),
            )
        };
        (length > 0).then_some(length)
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: allocated by `new`, and freed once.
        unsafe { sys::libdeflate_free_compressor(self.0.as_ptr()) }
    }
}

/// A decompressor.
#[derive(Debug)]
pub(super) struct Decompressor(NonNull<sys::libdeflate_decompressor>);

// SAFETY: as for the compressor.
unsafe impl Send for Decompressor {}

impl Decompressor {
    /// None where there is no memory.
    pub(super) fn new() -> Option<Self> {
        // SAFETY: it has no preconditions.
        NonNull::new(unsafe { sys::libdeflate_alloc_decompressor() }).map(Decompressor)
    }

    /// Whether `from` is exactly one raw deflate stream that gives exactly as many bytes as `to` has.
    #[must_use]
    pub(super) fn decompress(&mut self, from: &[u8], to: &mut [u8]) -> bool {
        let (mut taken, mut given) = (0, 0);
        // SAFETY: the decompressor is alive and ours alone; both slices are valid for their lengths during the call and
        // do not overlap; the two numbers are valid to be written to.
        let result = unsafe {
            sys::libdeflate_deflate_decompress_ex(
                self.0.as_ptr(),
                from.as_ptr().cast(),
                from.len(),
                to.as_mut_ptr().cast(),
                to.len(),
                &mut taken,
                &mut given,
            )
        };
        result == sys::libdeflate_result_LIBDEFLATE_SUCCESS && (taken, given) == (from.len(), to.len())
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: allocated by `new`, and freed once.
        unsafe { sys::libdeflate_free_decompressor(self.0.as_ptr()) }
    }
}

/// Continues a CRC-32, which is 0 at the beginning.
pub(super) fn crc32(crc: u32, bytes: &[u8]) -> u32 {
    // SAFETY: the slice is valid for its length during the call. (A null pointer would ask for the initial value; a
    // slice has none.)
    unsafe { sys::libdeflate_crc32(crc, bytes.as_ptr().cast(), bytes.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_read_back_only_in_its_exact_lengths() {
        let bytes: Vec<u8> = (0..10_000u32).map(|at| (at * at / 77) as u8).collect();
        let mut compressor = Compressor::new(6).unwrap();
        let mut packed = vec![0; compressor.bound(bytes.len())];
        let length = compressor.compress(&bytes, &mut packed).unwrap();
        let mut decompressor = Decompressor::new().unwrap();
        let mut back = vec![0; bytes.len() + 1];
        assert!(decompressor.decompress(&packed[..length], &mut back[..bytes.len()]));
        assert_eq!(back[..bytes.len()], bytes);
        assert!(!decompressor.decompress(&packed[..length], &mut back));
        assert!(!decompressor.decompress(&packed[..length], &mut back[..bytes.len() - 1]));
        assert!(!decompressor.decompress(&packed[..length + 1], &mut back[..bytes.len()]));
        assert!(!decompressor.decompress(&packed[..length - 1], &mut back[..bytes.len()]));
        assert_eq!(compressor.compress(&bytes, &mut packed[..length - 1]), None);
    }

    #[test]
    fn the_checksum_is_the_published_one_however_the_bytes_are_cut() {
        assert_eq!(crc32(0, b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(crc32(0, b"1234"), b"56789"), 0xcbf4_3926);
        assert_eq!(crc32(0, b""), 0);
    }

    #[test]
    fn there_are_twelve_levels() {
        assert!((1..=12).all(|level| Compressor::new(level).is_some()));
        assert!(Compressor::new(13).is_none());
    }
}
