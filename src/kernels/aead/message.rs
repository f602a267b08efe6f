//! A message, as one piece or as segments.
//!
//! Segments are the STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and
//! its Nonce-Reuse Misuse-Resistance", CRYPTO 2015) with a counter of 32 bits, big-endian (`StreamBE32` of RustCrypto):
//! every segment is a message of its own under the nonce *prefix of 7 bytes ‖ number of the segment ‖ 1 for the last
//! one, else 0*. A segment that is changed, moved, left out or added, and a message that is cut off, do not open.

use super::secret::Secret;
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::parts::threads;
use crate::kernels::{Arguments, Context, Parameter, ParameterKind, Shape};
use rayon::prelude::*;
use ring::aead::{AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce};
use std::ops::Range;

/// Bytes of a tag.
const TAG: usize = 16;

/// The tag of a segment.
pub(super) type Tag = [u8; TAG];

/// Bytes of a nonce that segments have in common.
const PREFIX: usize = 7;

/// More than that have more than 1 GiB of tags.
const MOST_SEGMENTS: usize = 1 << 26;

/// What a step takes a thread, if a segment is not larger: some 0.4 to 10 ms.
const STRIDE: usize = 2 << 20;

/// Below this a second thread costs more than it brings.
const LEAST: usize = 128 << 10;

const ALGORITHMS: &[&str] = &["aes-256-gcm", "chacha20-poly1305"];

/// The parameters of both kernels.
pub(super) const PARAMETERS: [Parameter; 5] = [
    Parameter::required("algorithm", ParameterKind::Choice(ALGORITHMS), "The cipher."),
    Parameter::required("key", ParameterKind::Bytes { min: 32, max: 32 }, "The key."),
    Parameter::required(
        "nonce",
        ParameterKind::Bytes { min: PREFIX, max: NONCE_LEN },
        "12 bytes, with `segment` 7. It is no secret, but must never be the same twice with a key.",
    ),
    Parameter::optional(
        "aad",
        ParameterKind::Bytes { min: 0, max: 1 << 20 },
        "Additional bytes that the tag covers and that are not encrypted.",
    ),
    Parameter::optional(
        "segment",
        ParameterKind::Integer { min: 16, max: 4 << 20 },
        "Bytes of a segment: makes it a message in segments, with a tag for each. Without it: one message.",
    ),
];

/// A message that is being sealed or opened.
pub(super) struct Message {
    secret: Secret,
    nonces: Nonces,
    aad: Vec<u8>,
    length: usize,
    /// Bytes of every segment but the last.
    segment: usize,
    /// Segments of the whole.
    segments: usize,
    /// Segments behind us.
    done: usize,
}

enum Nonces {
    One([u8; NONCE_LEN]),
    Prefix([u8; PREFIX]),
}

impl Message {
    pub(super) fn plan(kernel: &str, arguments: &Arguments, input: &Shape) -> Result<Self> {
        let range = |message: String| Error::new(ErrorCode::KernelRange, format!("{kernel}: {message}"));
        let (algorithm, longest) = algorithm(arguments.text("algorithm"));
        let nonce = arguments.bytes("nonce").unwrap_or_default();
        let wrong = |wanted, of| range(format!("the nonce of {of} must have {wanted} bytes, got {}", nonce.len()));
        let (nonces, segment) = match arguments.integer("segment") {
            None => (Nonces::One(nonce.try_into().map_err(|_| wrong(NONCE_LEN, "a message"))?), input.length.max(1)),
            // In range: the parameter is declared as 16 to 4 Mi.
            Some(segment) => {
                (Nonces::Prefix(nonce.try_into().map_err(|_| wrong(PREFIX, "segments"))?), segment as usize)
            }
        };
        // An empty message has one segment, too, which is empty.
        let segments = input.length.div_ceil(segment).max(1);
        if segments > MOST_SEGMENTS {
            let message = format!(
                "segment: {} bytes are {segments} segments of {segment} bytes, {MOST_SEGMENTS} are the most",
                input.length
            );
            return Err(range(message));
        }
        if segment as u64 > longest {
            let message = format!(
                "a message has at most {longest} bytes, got {}; with the parameter segment it may have more",
                input.length
            );
            return Err(range(message));
        }
        let key = arguments.bytes("key").unwrap_or_default();
        let secret = Secret::new(algorithm, key)
            .map_err(|_| range(format!("key must have {} bytes, got {}", algorithm.key_len(), key.len())))?;
        let aad = arguments.bytes("aad").unwrap_or_default().to_vec();
        Ok(Message { secret, nonces, aad, length: input.length, segment, segments, done: 0 })
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn segments(&self) -> usize {
        self.segments
    }

    /// How many bytes are behind us.
    pub(super) fn done(&self) -> usize {
        self.length.min(self.done * self.segment)
    }

    /// Whether all of them are.
    pub(super) fn is_done(&self) -> bool {
        self.done == self.segments
    }

    /// Does something to each of the next few segments and its tag.
    pub(super) fn advance(
        &mut self,
        input: &mut [u8],
        tags: &mut [Tag],
        context: &Context<'_>,
        work: impl Fn(Segment<'_>, &mut [u8], &mut Tag) -> Result<()> + Sync,
    ) -> Result<()> {
        let Range { start, end } = self.next(context);
        let bytes = &mut input[self.done()..self.length.min(end * self.segment)];
        let tags = &mut tags[start..end];
        let one = |(place, (bytes, tag)): (usize, (&mut [u8], &mut Tag))| {
            let segment = Segment { key: self.secret.key(), nonce: self.nonce(start + place), aad: &self.aad };
            work(segment, bytes, tag)
        };
        if bytes.is_empty() {
            one((0, (bytes, &mut tags[0])))?;
        } else if context.parallel() && tags.len() > 1 && bytes.len() >= 2 * LEAST {
            // One by one they would be too little for a thread to look for.
            let least = (LEAST / self.segment).max(1);
            let all = bytes.par_chunks_mut(self.segment).zip(tags.par_iter_mut()).enumerate();
            all.with_min_len(least).try_for_each(one)?;
        } else {
            bytes.chunks_mut(self.segment).zip(tags).enumerate().try_for_each(one)?;
        }
        self.done = end;
        Ok(())
    }

    /// The segments of the next step.
    fn next(&self, context: &Context<'_>) -> Range<usize> {
        let threads = threads(context);
        let count = (STRIDE * threads / self.segment).max(threads);
        self.done..self.segments.min(self.done + count)
    }

    fn nonce(&self, place: usize) -> Nonce {
        Nonce::assume_unique_for_key(match self.nonces {
            Nonces::One(nonce) => nonce,
            Nonces::Prefix(prefix) => {
                let mut nonce = [0; NONCE_LEN];
                nonce[..PREFIX].copy_from_slice(&prefix);
                // Fits: `plan` has bounded the number of segments by 2^26.
                nonce[PREFIX..NONCE_LEN - 1].copy_from_slice(&(place as u32).to_be_bytes());
                nonce[NONCE_LEN - 1] = u8::from(place + 1 == self.segments);
                nonce
            }
        })
    }
}

/// What it takes to seal or open a segment.
pub(super) struct Segment<'a> {
    pub(super) key: &'a LessSafeKey,
    pub(super) nonce: Nonce,
    aad: &'a [u8],
}

impl<'a> Segment<'a> {
    pub(super) fn aad(&self) -> Aad<&'a [u8]> {
        Aad::from(self.aad)
    }
}

/// The algorithm, and how many bytes a message of it may have.
fn algorithm(name: Option<&str>) -> (&'static Algorithm, u64) {
    match name {
        // The counter of blocks has 32 bits and begins at 2 (NIST SP 800-38D, 5.2.1.1).
        Some("aes-256-gcm") => (&AES_256_GCM, ((1 << 32) - 2) * 16),
        // The same, of blocks of 64 bytes, from 1 on (RFC 8439, 2.8).
        _ => (&CHACHA20_POLY1305, ((1 << 32) - 1) * 64),
    }
}
