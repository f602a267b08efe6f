//! SHA-256.

use crate::error::Result;
use crate::kernels::{Arguments, Context, Kernel, Parameter, Reads, Shape, Step, Value};
use sha2::Digest;

/// What one step hashes: some 1 ms with the processor's own instructions for it, 10 ms on a slow core without them.
const STRIDE: usize = 2 << 20;

/// See [`Kernel::SUMMARY`].
pub struct Sha256 {
    hasher: sha2::Sha256,
    length: usize,
    done: usize,
}

impl Kernel for Sha256 {
    const NAME: &'static str = "sha256";
    const SUMMARY: &'static str = "SHA-256 hash";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = Reads;

    fn plan(_: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Sha256 { hasher: sha2::Sha256::new(), length: input.length, done: 0 })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, input: &[u8], _: &Context<'_>) -> Result<Step> {
        let end = input.len().min(self.done + STRIDE);
        self.hasher.update(&input[self.done..end]);
        self.done = end;
        if end < input.len() {
            return Ok(Step::More { done: end as u64 });
        }
        Ok(Step::Done(Value::Bytes(self.hasher.finalize_reset().to_vec())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::call;

    fn hex(value: &Value) -> String {
        let Value::Bytes(bytes) = value else { panic!("{value:?}") };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// From FIPS 180-4 and NIST's examples.
    #[test]
    fn hashes_the_published_vectors() {
        let vectors: [(&[u8], &str); 4] = [
            (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
            (&[b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ];
        for (message, digest) in vectors {
            for done in call("sha256", vec![], &mut message.to_vec()) {
                assert_eq!(hex(&done.unwrap().value), digest);
            }
        }
    }

    #[test]
    fn steps_make_no_difference() {
        let mut bytes: Vec<u8> = (0..2 * STRIDE + 1).map(|index| (index % 251) as u8).collect();
        for length in [63, 64, 65, STRIDE - 1, STRIDE, STRIDE + 1, 2 * STRIDE, 2 * STRIDE + 1] {
            let expected = Value::Bytes(sha2::Sha256::digest(&bytes[..length]).to_vec());
            for done in call("sha256", vec![], &mut bytes[..length]) {
                assert_eq!(done.unwrap().value, expected, "{length} bytes");
            }
        }
    }
}
