//! Encrypts in place.

use super::message::{Message, PARAMETERS, Tag};
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::{Arguments, Context, InPlace, Kernel, Parameter, Shape, Step, Value};

/// See [`Kernel::SUMMARY`].
pub struct Seal {
    message: Message,
    tags: Vec<Tag>,
}

impl Kernel for Seal {
    const NAME: &'static str = "aead.seal";
    const SUMMARY: &'static str = "encrypts in place with AES-256-GCM or ChaCha20-Poly1305, answers with the tag";
    const PARAMETERS: &'static [Parameter] = &PARAMETERS;
    const SINGLE_USE: &'static [&'static str] = &["key", "nonce"];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let message = Message::plan(Self::NAME, arguments, input)?;
        let mut tags = Vec::new();
        tags.try_reserve_exact(message.segments()).map_err(|_| {
            Error::new(ErrorCode::KernelOutput, format!("no memory for the tags of {} segments", message.segments()))
        })?;
        tags.resize(message.segments(), Tag::default());
        Ok(Seal { message, tags })
    }

    fn work(&self) -> u64 {
        self.message.length() as u64
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        self.message.advance(bytes, &mut self.tags, context, |segment, bytes, tag| {
            let aad = segment.aad();
            let made = segment.key.seal_in_place_separate_tag(segment.nonce, aad, bytes);
            // The one reason that the crate knows: too many bytes, which `plan` has refused.
            let made = made.map_err(|_| Error::new(ErrorCode::KernelRange, "aead.seal: the message is too long"))?;
            tag.copy_from_slice(made.as_ref());
            Ok(())
        })?;
        Ok(if self.message.is_done() {
            Step::Done(Value::Bytes(std::mem::take(&mut self.tags).into_flattened()))
        } else {
            Step::More { done: self.message.done() as u64 }
        })
    }
}
