//! Hashes and checksums.
//!
//! | module | kernel | threads |
//! |---|---|---|
//! | [`blake3`] | `blake3` | all: the hash of a tree of parts |
//! | [`sha256`] | `sha256` | one a message: each block of 64 bytes depends on the one before |
//! | [`xxh3`] | `xxh3` | one a message |
//! | [`crc32`] | `crc32` | all: the checksums of two parts give that of the whole |

pub mod blake3;
pub mod crc32;
pub mod sha256;
pub mod xxh3;
