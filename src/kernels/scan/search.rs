//! Where a pattern of bytes occurs, and how often.

use super::matches::{Count, Matches, Offsets};
use crate::error::Result;
use crate::kernels::runtime::memory::numbers_mut;
use crate::kernels::runtime::parts::threads;
use crate::kernels::{
    Arguments, Context, Element, InputOutput, Kernel, Parameter, ParameterKind, Produces, Reads, Shape, Step, Value,
};

/// What one step takes a thread: some 0.1 ms, where matches are dense some 10 ms.
const STRIDE: usize = 2 << 20;

const PATTERN: Parameter = Parameter::required(
    "pattern",
    ParameterKind::Bytes { min: 1, max: 65_536 },
    "The bytes that are looked for. Of a text its UTF-8: `Buffer.from(text)`.",
);

/// See [`Kernel::SUMMARY`].
pub struct SearchCount {
    matches: Matches<Count>,
    length: usize,
}

impl Kernel for SearchCount {
    const NAME: &'static str = "search.count";
    const SUMMARY: &'static str = "counts the matches of a pattern that do not overlap";
    const PARAMETERS: &'static [Parameter] = &[PATTERN];
    type Memory = Reads;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        Ok(SearchCount { matches: Matches::new(arguments.bytes("pattern").unwrap_or(&[0])), length: input.length })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, input: &[u8], context: &Context<'_>) -> Result<Step> {
        self.matches.advance(input, STRIDE * threads(context), context)?;
        Ok(match self.matches.done() {
            done if done < input.len() => Step::More { done: done as u64 },
            // Exact: no memory has 2^53 bytes.
            _ => Step::Done(Value::Number(self.matches.tally.0 as f64)),
        })
    }
}

/// See [`Kernel::SUMMARY`].
pub struct SearchOffsets {
    matches: Matches<Offsets>,
    /// How many may still be found.
    limit: usize,
    length: usize,
}

impl Kernel for SearchOffsets {
    const NAME: &'static str = "search.offsets";
    const SUMMARY: &'static str = "finds where the matches of a pattern begin that do not overlap";
    const PARAMETERS: &'static [Parameter] = &[
        PATTERN,
        Parameter::optional(
            "limit",
            ParameterKind::Integer { min: 1, max: (1 << 53) - 1 },
            "Stop after so many matches. Without it: never.",
        ),
    ];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let matches = Matches::new(arguments.bytes("pattern").unwrap_or(&[0]));
        let limit = arguments.integer("limit").map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(SearchOffsets { matches, limit, length: input.length })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        let most = self.limit.min(input.length / self.matches.pattern().len());
        Shape { element: Element::F64, ..Shape::at_most(most.saturating_mul(size_of::<f64>())) }
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, memory: InputOutput<'_>, context: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        self.matches.advance(input, STRIDE * threads(context), context)?;
        let Offsets(mut found) = std::mem::take(&mut self.matches.tally);
        found.truncate(self.limit);
        let bytes = size_of_val(&found[..]);
        numbers_mut(&mut output.room(bytes)?[..bytes])?.copy_from_slice(&found);
        output.wrote(bytes);
        self.limit -= found.len();
        Ok(match self.matches.done() {
            done if done < input.len() && self.limit > 0 => Step::More { done: done as u64 },
            _ => Step::Done(Value::None),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::kernels::testing::{Where, call, number, run};
    use crate::kernels::{Argument, Plan};

    /// Every place is tried, and behind a match the next one is the end of the match.
    fn reference(bytes: &[u8], pattern: &[u8]) -> Vec<f64> {
        let mut offsets = Vec::new();
        let mut at = 0;
        while at + pattern.len() <= bytes.len() {
            if bytes[at..].starts_with(pattern) {
                offsets.push(at as f64);
                at += pattern.len();
            } else {
                at += 1;
            }
        }
        offsets
    }

    fn pattern(bytes: &[u8]) -> (String, Argument) {
        ("pattern".into(), Argument::Bytes(bytes.to_vec()))
    }

    fn offsets(given: Vec<(String, Argument)>, bytes: &mut [u8]) -> Vec<f64> {
        let [here, there] = call("search.offsets", given, bytes).map(|done| {
            let done = done.unwrap();
            assert_eq!((&done.value, done.element), (&Value::None, Element::F64));
            done.output.unwrap()
        });
        assert!(here == there, "the threads find what this one finds");
        here.as_chunks().0.iter().map(|bytes| f64::from_ne_bytes(*bytes)).collect()
    }

    #[track_caller]
    fn check(bytes: &mut [u8], needle: &[u8]) {
        let expected = reference(bytes, needle);
        let context = format!("{:?}.. in {} bytes", &needle[..needle.len().min(8)], bytes.len());
        for done in call("search.count", vec![pattern(needle)], bytes) {
            assert_eq!(done.unwrap().value, Value::Number(expected.len() as f64), "{context}");
        }
        assert!(offsets(vec![pattern(needle)], bytes) == expected, "{context}");
    }

    #[test]
    fn finds_what_trying_every_place_finds() {
        // Two letters only: patterns occur often, and overlap themselves.
        let mut seed = 1_u64;
        let mut bytes: Vec<u8> = std::iter::repeat_with(|| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            b'a' + (seed >> 40) as u8 % 2
        })
        .take(600_000)
        .collect();
        for length in (0..40).chain([255, 256, 257, 600_000]) {
            for needle in [&b"a"[..], b"ab", b"aa", b"aba", b"abab", b"aaaa", b"abbabba", b"abc"] {
                check(&mut bytes[..length], needle);
            }
        }
    }

    /// Borders of parts and steps lie where they like: the needle is put at, before and across each of them.
    #[test]
    fn finds_a_match_across_a_border_exactly_once() {
        let length = 3 * STRIDE + 5;
        for needle in [&b"needle"[..], b"nn", b"nonono", b"n"] {
            for shift in 0..needle.len() {
                let mut bytes = vec![b'.'; length];
                // 64 KiB apart: multiples of whatever two, three or four threads get.
                for border in (1..).map(|place| place * (64 << 10)).take_while(|border| border + 8 < length) {
                    bytes[border - shift..][..needle.len()].copy_from_slice(needle);
                }
                check(&mut bytes, needle);
            }
        }
    }

    #[test]
    fn matches_that_overlap_across_every_border_are_the_same_on_all_threads() {
        for needle in [&b"aa"[..], b"aaa", b"aaaaaaa"] {
            check(&mut vec![b'a'; 600_001], needle);
        }
        // Runs of an odd length: each changes which places of the next are matches.
        let mut runs: Vec<u8> = (0..600_001).map(|index| if index % 1021 == 0 { b'b' } else { b'a' }).collect();
        check(&mut runs, b"aaaa");
        check(&mut runs, b"aab");
        let mut periodic: Vec<u8> = b"abc".iter().copied().cycle().take(600_001).collect();
        check(&mut periodic, b"abca");
        check(&mut periodic, b"abcabcabcabca");
        // Across steps, too, with few enough matches for a slow build.
        check(&mut vec![b'a'; 3 * STRIDE + 1], &[b'a'; 65_536]);
        check(&mut vec![b'a'; 3 * STRIDE + 1], &[b'a'; 4093]);
    }

    #[test]
    fn stops_at_the_limit() {
        let mut bytes = vec![b'a'; 2 * STRIDE + 1];
        assert_eq!(offsets(vec![pattern(b"aa"), number("limit", 3.0)], &mut bytes), [0.0, 2.0, 4.0]);
        for limit in [1, STRIDE - 1, STRIDE, STRIDE + 1, 2 * STRIDE, 2 * STRIDE + 1] {
            let found = offsets(vec![pattern(b"a"), number("limit", limit as f64)], &mut bytes);
            assert_eq!((found.len(), found.last()), (limit, Some(&((limit - 1) as f64))));
        }
        assert_eq!(offsets(vec![pattern(b"aa"), number("limit", 9e15)], &mut bytes).len(), STRIDE);
    }

    #[test]
    fn writes_to_a_buffer_that_is_lent() {
        let find = |out: &mut [u8]| {
            let steps = vec![("search.offsets".to_owned(), vec![pattern(b"aa")])];
            run(steps, Shape::bytes(7), &mut b"aabaaaa".to_vec(), Some(out), Where::Here)
        };
        let mut out = [0_f64; 4];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut out);
        assert_eq!(find(&mut bytes[..25]).unwrap().written, Some(24));
        assert_eq!(find(&mut bytes[..23]).unwrap_err().code, ErrorCode::KernelOutput);
        assert_eq!(find(&mut bytes[1..]).unwrap_err().code, ErrorCode::KernelInput, "no place for numbers of 8 bytes");
        assert_eq!(out, [0.0, 3.0, 5.0, 0.0]);
    }

    #[test]
    fn a_pattern_has_at_least_one_byte_and_may_be_longer_than_the_input() {
        let given = |length| vec![("pattern".to_owned(), Argument::Bytes(vec![1; length]))];
        for length in [0, 65_537] {
            let error = Plan::of("search.count", given(length), Shape::bytes(9)).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelRange);
            assert!(error.message.contains("1 to 65536"), "{error}");
        }
        assert_eq!(Plan::of("search.count", vec![], Shape::bytes(9)).unwrap_err().code, ErrorCode::KernelParameter);
        check(&mut [1; 9], &[1; 10]);
    }
}
