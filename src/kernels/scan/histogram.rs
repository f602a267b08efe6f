//! How often each value of a byte occurs.

use crate::error::Result;
use crate::kernels::runtime::parts::{in_parts, threads};
use crate::kernels::{Arguments, Context, Kernel, Parameter, Reads, Shape, Step, Value};

/// What one step takes a thread: some 0.5 to 4 ms. Far below 4 GiB, so that the bins of a part need only 32 bits.
const STRIDE: usize = 2 << 20;

/// Below this a second thread costs more than it brings.
const LEAST: usize = 64 << 10;

/// Tables that take turns. Where a value repeats, a count waits for the one before it to be stored: some five cycles on
/// most processors, of which newer ones store two counts in each. With so many tables those waits overlap.
const TABLES: usize = 8;

/// To add up that many tables costs more than it saves where there are fewer bytes; half of them will do.
const FEW: usize = 8 << 10;

/// See [`Kernel::SUMMARY`].
pub struct Histogram {
    bins: [u64; 256],
    length: usize,
    done: usize,
}

impl Kernel for Histogram {
    const NAME: &'static str = "histogram";
    const SUMMARY: &'static str = "counts how often each byte value occurs";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = Reads;

    fn plan(_: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Histogram { bins: [0; 256], length: input.length, done: 0 })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, input: &[u8], context: &Context<'_>) -> Result<Step> {
        let end = input.len().min(self.done + STRIDE * threads(context));
        for part in in_parts(self.done..end, LEAST, context, |part| count(&input[part])) {
            for (bin, more) in self.bins.iter_mut().zip(part) {
                *bin += u64::from(more);
            }
        }
        self.done = end;
        if end < input.len() {
            return Ok(Step::More { done: end as u64 });
        }
        // Exact: no memory has 2^53 bytes.
        Ok(Step::Done(Value::Float64(self.bins.iter().map(|bin| *bin as f64).collect())))
    }
}

fn count(bytes: &[u8]) -> [u32; 256] {
    if bytes.len() < FEW { count_in::<{ TABLES / 2 }>(bytes) } else { count_in::<TABLES>(bytes) }
}

fn count_in<const TABLES: usize>(bytes: &[u8]) -> [u32; 256] {
    let mut tables = [[0_u32; 256]; TABLES];
    let (words, rest) = bytes.as_chunks::<16>();
    for word in words {
        // Two loads of eight bytes, not sixteen loads.
        let word = u128::from_le_bytes(*word);
        for (half, first) in [(word as u64, 0), ((word >> 64) as u64, 8)] {
            for place in 0..8 {
                tables[(first + place) % TABLES][usize::from((half >> (8 * place)) as u8)] += 1;
            }
        }
    }
    for byte in rest {
        tables[0][usize::from(*byte)] += 1;
    }
    std::array::from_fn(|bin| tables.iter().map(|table| table[bin]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::testing::call;

    fn reference(bytes: &[u8]) -> Value {
        let mut bins = vec![0.0; 256];
        for byte in bytes {
            bins[usize::from(*byte)] += 1.0;
        }
        Value::Float64(bins)
    }

    #[test]
    fn agrees_with_counting_one_by_one() {
        let skewed = |index: usize| (index.wrapping_mul(2_654_435_761) >> 13) as u8 & (index >> 10) as u8;
        let mut bytes: Vec<u8> = (0..2 * STRIDE + 9).map(skewed).collect();
        let mut lengths: Vec<_> = (0..20).collect();
        for width in [FEW, LEAST, 2 * LEAST, STRIDE, 2 * STRIDE] {
            lengths.extend([width - 1, width, width + 1, width + 9]);
        }
        for length in lengths {
            // From the second byte on, too: nothing depends on where in a word a byte lies.
            for start in [0, 1.min(length)] {
                let expected = reference(&bytes[start..length]);
                for done in call("histogram", vec![], &mut bytes[start..length]) {
                    assert_eq!(done.unwrap().value, expected, "bytes {start} to {length}");
                }
            }
        }
    }

    #[test]
    fn a_single_value_has_one_bin() {
        for value in [0, 1, 255] {
            let mut bytes = vec![value; 4 * LEAST + 5];
            let expected = reference(&bytes);
            for done in call("histogram", vec![], &mut bytes) {
                assert_eq!(done.unwrap().value, expected);
            }
        }
    }
}
