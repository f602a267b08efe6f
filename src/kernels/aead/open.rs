//! Checks and decrypts in place.

use super::message::{Message, PARAMETERS, Tag};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::{Arguments, Context, InPlace, Kernel, Parameter, ParameterKind, Shape, Step, Value};

/// What one step wipes.
const STRIDE: usize = 16 << 20;

/// See [`Kernel::SUMMARY`].
pub struct Open {
    message: Message,
    tags: Vec<Tag>,
    /// How far the memory is wiped, once something did not open.
    wiped: Option<usize>,
}

impl Kernel for Open {
    const NAME: &'static str = "aead.open";
    const SUMMARY: &'static str = "checks the tag and decrypts in place, AES-256-GCM or ChaCha20-Poly1305";
    const PARAMETERS: &'static [Parameter] = &{
        let [algorithm, key, nonce, aad, segment] = PARAMETERS;
        let tag = Parameter::required(
            "tag",
            ParameterKind::Bytes { min: 16, max: 1 << 30 },
            "The `value` of `aead.seal`: 16 bytes, with `segment` 16 for each.",
        );
        [algorithm, key, nonce, tag, aad, segment]
    };
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let message = Message::plan(Self::NAME, arguments, input)?;
        let given = arguments.bytes("tag").unwrap_or_default();
        if given.len() != message.segments() * size_of::<Tag>() {
            let text = format!(
                "aead.open: tag must have {} bytes, 16 for each segment of which {} bytes have {}, got {}",
                message.segments() * size_of::<Tag>(),
                input.length,
                message.segments(),
                given.len()
            );
            return Err(Error::new(ErrorCode::KernelRange, text));
        }
        let tags = given.as_chunks().0.to_vec();
        Ok(Open { message, tags, wiped: None })
    }

    fn work(&self) -> u64 {
        self.message.length() as u64
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        if let Some(wiped) = self.wiped {
            return self.wipe(bytes, wiped);
        }
        let opened = self.message.advance(bytes, &mut self.tags, context, |segment, bytes, tag| {
            let aad = segment.aad();
            let opened = segment.key.open_in_place_separate_tag(segment.nonce, aad, (*tag).into(), bytes, 0..);
            opened.map(|_| ()).map_err(|_| forged())
        });
        if opened.is_err() {
            return self.wipe(bytes, 0);
        }
        Ok(if self.message.is_done() {
            Step::Done(Value::None)
        } else {
            Step::More { done: self.message.done() as u64 }
        })
    }
}

impl Open {
    /// What did not open is all zeros afterwards: the segments before it, which were right, too. The crate wipes the
    /// piece that it has found wrong; this does not rely on it.
    fn wipe(&mut self, bytes: &mut [u8], wiped: usize) -> Result<Step> {
        let end = bytes.len().min(wiped + STRIDE);
        bytes[wiped..end].fill(0);
        self.wiped = Some(end);
        if end < bytes.len() { Ok(Step::More { done: self.message.done() as u64 }) } else { Err(forged()) }
    }
}

fn forged() -> Error {
    let message =
        "aead.open: the tag does not match: the bytes, aad or tag were changed, or the key or nonce is another";
    Error::new(ErrorCode::KernelAuthentication, message)
}
