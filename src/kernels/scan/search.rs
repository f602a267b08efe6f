//! Where a pattern of bytes occurs, and how often.

use super::matches::{Count, Matches, Offsets};
use crate::error::Result;
use crate::kernels::parts::threads;
use crate::kernels::{Arguments, Context, Form, Kernel, Parameter, ParameterKind, Reads, Step, Value};

/// What one step takes a thread: some 0.1 ms, where matches are dense some 10 ms.
const STRIDE: usize = 2 << 20;

/// How many offsets are found where nothing is said: 8 MB of them.
const LIMIT: usize = 1_000_000;

const PATTERN: Parameter = Parameter {
    name: "pattern",
    kind: ParameterKind::Bytes { min: 1, max: 65_536 },
    required: true,
    summary: "the bytes that are looked for; of a text its UTF-8, Buffer.from(text)",
};

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

    fn plan(arguments: &Arguments, input: &Form) -> Result<Self> {
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
    limit: usize,
    length: usize,
}

impl Kernel for SearchOffsets {
    const NAME: &'static str = "search.offsets";
    const SUMMARY: &'static str = "finds where the matches of a pattern begin that do not overlap";
    const PARAMETERS: &'static [Parameter] = &[
        PATTERN,
        Parameter {
            name: "limit",
            kind: ParameterKind::Integer { min: 1, max: 1 << 27 },
            required: false,
            summary: "stop after so many, 1,000,000 by default",
        },
    ];
    type Memory = Reads;

    fn plan(arguments: &Arguments, input: &Form) -> Result<Self> {
        Ok(SearchOffsets {
            matches: Matches::new(arguments.bytes("pattern").unwrap_or(&[0])),
            // In range: the parameter is declared as 1 to 2^27.
            limit: arguments.integer("limit").map_or(LIMIT, |limit| limit as usize),
            length: input.length,
        })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, input: &[u8], context: &Context<'_>) -> Result<Step> {
        self.matches.advance(input, STRIDE * threads(context), context)?;
        let done = self.matches.done();
        let Offsets(offsets) = &mut self.matches.tally;
        offsets.truncate(self.limit);
        if done < input.len() && offsets.len() < self.limit {
            return Ok(Step::More { done: done as u64 });
        }
        Ok(Step::Done(Value::Float64(std::mem::take(offsets))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::kernels::testing::{call, number};
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

    #[track_caller]
    fn check(bytes: &mut [u8], needle: &[u8]) {
        let expected = reference(bytes, needle);
        let context = format!("{:?}.. in {} bytes", &needle[..needle.len().min(8)], bytes.len());
        for done in call("search.count", vec![pattern(needle)], bytes) {
            assert_eq!(done.unwrap().value, Value::Number(expected.len() as f64), "{context}");
        }
        for done in call("search.offsets", vec![pattern(needle), number("limit", (1 << 27) as f64)], bytes) {
            assert!(done.unwrap().value == Value::Float64(expected.clone()), "{context}");
        }
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
        let mut bytes = vec![b'a'; 2_500_000];
        let offsets = |given: Vec<(String, Argument)>, bytes: &mut [u8]| {
            let [here, there] = call("search.offsets", given, bytes).map(|done| done.unwrap().value);
            assert!(here == there);
            let Value::Float64(offsets) = here else { panic!() };
            offsets
        };
        assert_eq!(offsets(vec![pattern(b"aa"), number("limit", 3.0)], &mut bytes), [0.0, 2.0, 4.0]);
        assert_eq!(offsets(vec![pattern(b"a")], &mut bytes).len(), LIMIT);
        assert_eq!(offsets(vec![pattern(b"aa"), number("limit", 1e8)], &mut bytes).len(), 1_250_000);
    }

    #[test]
    fn a_pattern_has_at_least_one_byte_and_may_be_longer_than_the_input() {
        let given = |length| vec![("pattern".to_owned(), Argument::Bytes(vec![1; length]))];
        for length in [0, 65_537] {
            let error = Plan::of("search.count", given(length), Form::bytes(9)).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelRange);
            assert!(error.message.contains("1 to 65536"), "{error}");
        }
        assert_eq!(Plan::of("search.count", vec![], Form::bytes(9)).unwrap_err().code, ErrorCode::KernelParameter);
        check(&mut [1; 9], &[1; 10]);
    }
}
