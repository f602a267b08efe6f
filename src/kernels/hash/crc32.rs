//! CRC-32 as gzip, zip, PNG and Ethernet have it (polynomial 0xEDB88320, reflected).

use crate::error::Result;
use crate::kernels::runtime::parts::{in_parts, threads};
use crate::kernels::{Arguments, Context, Kernel, Parameter, ParameterKind, Reads, Shape, Step, Value};

/// What one step takes a thread: some 0.1 to 2 ms.
const STRIDE: usize = 4 << 20;

/// Below this a second thread costs more than it brings.
const LEAST: usize = 256 << 10;

/// See [`Kernel::SUMMARY`].
pub struct Crc32 {
    hasher: crc32fast::Hasher,
    length: usize,
    done: usize,
}

impl Kernel for Crc32 {
    const NAME: &'static str = "crc32";
    const SUMMARY: &'static str = "CRC-32 checksum of gzip, zip and PNG";
    const PARAMETERS: &'static [Parameter] = &[Parameter::optional(
        "initial",
        ParameterKind::Integer { min: 0, max: u32::MAX as i64 },
        "The checksum of the bytes before these: `crc32(b, { initial: crc32(a) })` is that of `a` and `b` in a row.",
    )
    .by_default("0")];
    type Memory = Reads;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        // In range: the parameter is declared as one of 32 bits.
        let initial = arguments.integer("initial").unwrap_or(0) as u32;
        Ok(Crc32 { hasher: crc32fast::Hasher::new_with_initial(initial), length: input.length, done: 0 })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, input: &[u8], context: &Context<'_>) -> Result<Step> {
        let end = input.len().min(self.done + STRIDE * threads(context));
        let parts = in_parts(self.done..end, LEAST, context, |part| {
            let mut hasher = crc32fast::Hasher::new();
            hasher.update(&input[part]);
            hasher
        });
        for part in &parts {
            self.hasher.combine(part);
        }
        self.done = end;
        if end < input.len() {
            return Ok(Step::More { done: end as u64 });
        }
        Ok(Step::Done(Value::Number(self.hasher.clone().finalize().into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::{call, number};

    /// The definition, a bit at a time.
    fn reference(bytes: &[u8], initial: u32) -> u32 {
        !bytes.iter().fold(!initial, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
        })
    }

    fn checksums(bytes: &mut [u8], initial: u32) -> [Value; 2] {
        call("crc32", vec![number("initial", initial.into())], bytes).map(|done| done.unwrap().value)
    }

    #[test]
    fn agrees_with_the_definition() {
        assert_eq!(reference(b"123456789", 0), 0xCBF4_3926, "the check value of the catalogues");
        let mut bytes: Vec<u8> = (0..700_000_u32).map(|index| (index.wrapping_mul(index) >> 7) as u8).collect();
        let mut lengths: Vec<_> = (0..260).collect();
        lengths.extend([1023, 1024, 1025, LEAST - 1, LEAST, LEAST + 1, 2 * LEAST - 1, 2 * LEAST, 2 * LEAST + 1]);
        for length in lengths {
            for initial in [0, 1, 0xDEAD_BEEF, u32::MAX] {
                let expected = Value::Number(reference(&bytes[..length], initial).into());
                let got = checksums(&mut bytes[..length], initial);
                assert!(got.iter().all(|value| *value == expected), "{length} bytes from {initial}: {got:?}");
            }
        }
    }

    #[test]
    fn steps_make_no_difference() {
        let mut bytes: Vec<u8> = (0..4 * STRIDE + 3).map(|index| (index % 251) as u8).collect();
        for length in [STRIDE - 1, STRIDE, STRIDE + 1, 2 * STRIDE + 1, 4 * STRIDE + 3] {
            let mut whole = crc32fast::Hasher::new_with_initial(7);
            whole.update(&bytes[..length]);
            let expected = Value::Number(whole.finalize().into());
            let got = checksums(&mut bytes[..length], 7);
            assert!(got.iter().all(|value| *value == expected), "{length} bytes");
        }
    }

    #[test]
    fn goes_on_where_another_one_ended() {
        let mut bytes = *b"123456789";
        let [Value::Number(first), _] = checksums(&mut bytes[..4], 0) else { panic!() };
        assert_eq!(checksums(&mut bytes[4..], first as u32)[0], Value::Number(0xCBF4_3926_u32.into()));
    }
}
