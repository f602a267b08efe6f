//! XXH3, 64 bits: a hash for tables, caches and change detection, not for anything an attacker may choose.

use crate::error::Result;
use crate::kernels::{Arguments, Context, Kernel, Parameter, ParameterKind, Reads, Shape, Step, Value};

/// What one step hashes: some 0.3 to 2 ms.
const STRIDE: usize = 8 << 20;

/// See [`Kernel::SUMMARY`].
pub struct Xxh3 {
    hasher: Box<xxhash_rust::xxh3::Xxh3>,
    length: usize,
    done: usize,
}

impl Kernel for Xxh3 {
    const NAME: &'static str = "xxh3";
    const SUMMARY: &'static str = "XXH3 hash of 64 bits, not cryptographic";
    const PARAMETERS: &'static [Parameter] = &[Parameter::optional(
        "seed",
        ParameterKind::Unsigned64,
        "Makes it another hash function. Above 2^53 - 1 as a BigInt.",
    )
    .by_default("0")];
    type Memory = Reads;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let seed = arguments.unsigned("seed").unwrap_or(0);
        let hasher = Box::new(xxhash_rust::xxh3::Xxh3::with_seed(seed));
        Ok(Xxh3 { hasher, length: input.length, done: 0 })
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
        Ok(Step::Done(Value::BigInt(self.hasher.digest())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Argument;
    use crate::kernels::testing::call;

    /// The bytes that the authors' own test vectors are made of (`XSUM_fillTestBuffer`).
    fn vector(length: usize) -> Vec<u8> {
        let mut generator = 2_654_435_761_u64;
        let next = || {
            let byte = (generator >> 56) as u8;
            generator = generator.wrapping_mul(11_400_714_785_074_694_797);
            byte
        };
        std::iter::repeat_with(next).take(length).collect()
    }

    fn hash(bytes: &mut [u8], seed: u64) -> u64 {
        let given = vec![("seed".to_owned(), Argument::BigInt(seed.into()))];
        let [here, there] = call("xxh3", given, bytes).map(|done| done.unwrap().value);
        assert_eq!(here, there);
        let Value::BigInt(hash) = here else { panic!("{here:?}") };
        hash
    }

    /// From the self-test of the reference implementation (`xsum_sanity_check.c`), with the first of its two seeds, 0.
    /// `__test__/kernels/hash.test.js` has the second one, `PRIME64`, against an implementation that is not ours.
    #[test]
    fn hashes_the_published_vectors() {
        let published = [
            (0, 0x2D06_8005_38D3_94C2),
            (1, 0xC44B_DFF4_074E_ECDB),
            (6, 0x27B5_6A84_CD2D_7325),
            (12, 0xA713_DAF0_DFBB_77E7),
            (24, 0xA3FE_70BF_9D35_10EB),
            (48, 0x397D_A259_ECBA_1F11),
            (80, 0xBCDE_FBBB_2C47_C90A),
            (195, 0xCD94_217E_E362_EC3A),
            (403, 0xCDEB_804D_65C6_DEA4),
            (512, 0x617E_4959_9013_CB6B),
            (2048, 0xDD59_E2C3_A5F0_38E0),
            (2240, 0x6E73_A905_39CF_2948),
            (2367, 0xCB37_AEB9_E5D3_61ED),
        ];
        for (length, expected) in published {
            assert_eq!(hash(&mut vector(length), 0), expected, "{length} bytes");
        }
    }

    #[test]
    fn steps_make_no_difference_and_the_seed_does() {
        let mut bytes = vector(2 * STRIDE + 1);
        for length in [240, 241, 1024, STRIDE - 1, STRIDE, STRIDE + 1, 2 * STRIDE + 1] {
            for seed in [0, 1, 1 << 53, u64::MAX] {
                let expected = xxhash_rust::xxh3::xxh3_64_with_seed(&bytes[..length], seed);
                assert_eq!(hash(&mut bytes[..length], seed), expected, "{length} bytes, seed {seed}");
            }
        }
    }
}
