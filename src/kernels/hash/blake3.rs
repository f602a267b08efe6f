//! BLAKE3: the hash, keyed or deriving a key, of any length.

use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::Reads;
use crate::kernels::runtime::shape::Shape;

/// What one step hashes: some 2 ms on one thread with wide vector instructions, 8 ms with none. A power of two, so that
/// every step but the last is whole subtrees of the hash's own tree.
const STRIDE: usize = 4 << 20;

/// Below this a second thread costs more than it brings (measured by the crate's authors, and here).
const PARALLEL: usize = 128 << 10;

/// See [`Kernel::SUMMARY`].
pub struct Blake3 {
    hasher: Box<blake3::Hasher>,
    length: usize,
    done: usize,
    digest: usize,
}

impl Kernel for Blake3 {
    const NAME: &'static str = "blake3";
    const SUMMARY: &'static str = "BLAKE3 hash, keyed hash or key derivation";
    const PARAMETERS: &'static [Parameter] = &[
        Parameter::optional("length", ParameterKind::Integer { min: 1, max: 65_536 }, "Bytes of the answer.")
            .by_default("32"),
        Parameter::optional(
            "key",
            ParameterKind::Bytes { min: 32, max: 32 },
            "Makes it a keyed hash. Not together with `context`.",
        ),
        Parameter::optional(
            "context",
            ParameterKind::Text,
            "The purpose of the key: makes it a key derivation. Not together with `key`.",
        ),
    ];
    type Memory = Reads;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let hasher = match (arguments.bytes("key"), arguments.text("context")) {
            (None, None) => blake3::Hasher::new(),
            (Some(key), None) => blake3::Hasher::new_keyed(key.try_into().map_err(|_| {
                let message = format!("blake3: key must have 32 bytes, got {}", key.len());
                Error::new(ErrorCode::KernelRange, message)
            })?),
            (None, Some(context)) => blake3::Hasher::new_derive_key(context),
            (Some(_), Some(_)) => {
                let message = "blake3: key and context are two modes, give one of them";
                return Err(Error::new(ErrorCode::KernelParameter, message));
            }
        };
        Ok(Blake3 {
            hasher: Box::new(hasher),
            length: input.length,
            done: 0,
            // In range: the parameter is declared as 1 to 65,536.
            digest: arguments.integer("length").unwrap_or(32) as usize,
        })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, input: &[u8], context: &Context<'_>) -> Result<Step> {
        let rest = &input[self.done..];
        let part = &rest[..rest.len().min(STRIDE)];
        if context.parallel() && part.len() >= PARALLEL {
            self.hasher.update_rayon(part);
        } else {
            self.hasher.update(part);
        }
        self.done += part.len();
        if self.done < input.len() {
            return Ok(Step::More { done: self.done as u64 });
        }
        let mut digest = vec![0; self.digest];
        self.hasher.finalize_xof().fill(&mut digest);
        Ok(Step::Done(Value::Bytes(digest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, number, text};
    use crate::kernels::{Argument, Plan};

    fn hash(bytes: &mut [u8], given: Vec<(String, Argument)>) -> (Value, Value) {
        let [here, there] = call("blake3", given, bytes).map(|done| done.unwrap().value);
        (here, there)
    }

    /// The crate's own one-shot functions are the reference; they are tested against the published vectors upstream,
    /// and the JavaScript tests compare with an implementation written from the specification.
    #[test]
    fn agrees_with_one_shot_hashing_around_every_width() {
        let mut sizes = vec![0, 1, 63, 64, 65, 1023, 1024, 1025, 8192, 16_384, 31_744];
        for width in [PARALLEL, STRIDE, 2 * STRIDE] {
            sizes.extend([width - 1, width, width + 1]);
        }
        let mut bytes: Vec<u8> = (0..2 * STRIDE + 1).map(|index| (index % 251) as u8).collect();
        for size in sizes {
            let expected = Value::Bytes(blake3::hash(&bytes[..size]).as_bytes().to_vec());
            let (here, there) = hash(&mut bytes[..size], vec![]);
            assert_eq!(here, expected, "{size} bytes on this thread");
            assert_eq!(there, expected, "{size} bytes on the kernel threads");
        }
    }

    #[test]
    fn keyed_derived_and_longer_answers_are_the_crates() {
        let mut bytes = vec![7; 3000];
        let key = *b"whats the Elvish word for friend";
        let expected = blake3::keyed_hash(&key, &bytes).as_bytes().to_vec();
        let (_, there) = hash(&mut bytes, vec![("key".into(), Argument::Bytes(key.to_vec()))]);
        assert_eq!(there, Value::Bytes(expected));

        let mut expected = vec![0; 131];
        blake3::Hasher::new_derive_key("c").update(&bytes).finalize_xof().fill(&mut expected);
        let given = vec![text("context", "c"), number("length", 131.0)];
        assert_eq!(hash(&mut bytes, given).1, Value::Bytes(expected));
    }

    #[test]
    fn a_key_and_a_context_do_not_go_together() {
        let given = vec![text("context", "c"), ("key".into(), Argument::Bytes(vec![0; 32]))];
        let error = Plan::of("blake3", given, Shape::bytes(0)).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelParameter);
    }
}
