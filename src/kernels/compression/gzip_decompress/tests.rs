//! Against zlib, both ways of reading, and everything that can be wrong with an input.

use super::super::reading::PIECE;
use super::super::testing::{Kind, agree, complaint_of, expected, foreign_gzip, lent, noise};
use super::*;
use crate::error::ErrorCode;
use crate::kernels::testing::{Where, call, number};

const NAME: &str = GzipDecompress::NAME;

fn decompress(packed: &[u8]) -> Result<Vec<u8>> {
    agree(call(NAME, vec![], &mut packed.to_vec()))
}

/// Our own members, several if there is enough.
fn own_gzip(bytes: &[u8]) -> Vec<u8> {
    agree(call("gzip.compress", vec![number("level", 1.0)], &mut bytes.to_vec())).unwrap()
}

fn complaint(packed: &[u8]) -> String {
    complaint_of(decompress(packed))
}

#[test]
fn reads_what_zlib_writes_around_every_size() {
    for length in [0, 1, 1000, PIECE, STRIDE - 1, STRIDE, STRIDE + 1, ONE_GO, ONE_GO + 1, 3 * ONE_GO + 5] {
        for kind in Kind::ALL {
            let bytes = noise(kind, length);
            let packed = foreign_gzip(&bytes, 1);
            assert!(decompress(&packed).unwrap() == bytes, "{kind:?} {length}");
        }
    }
    let bytes = noise(Kind::Text, 300_000);
    for level in 0..=9 {
        assert!(decompress(&foreign_gzip(&bytes, level)).unwrap() == bytes, "level {level}");
    }
}

#[test]
fn reads_what_our_own_compressor_writes() {
    for length in [0, 1, 256 << 10, (256 << 10) + 1, 20 << 20] {
        for kind in Kind::ALL {
            let bytes = noise(kind, length);
            assert!(decompress(&own_gzip(&bytes)).unwrap() == bytes, "{kind:?} {length}");
        }
    }
}

#[test]
fn an_output_is_expected_to_be_as_long_as_the_input_says() {
    let (long, short) = (noise(Kind::Text, ONE_GO + 100_000), noise(Kind::Text, 1000));
    let (one, other) = (foreign_gzip(&long, 1), foreign_gzip(&short, 1));
    for packed in [one.clone(), own_gzip(&long)] {
        assert_eq!(expected(NAME, vec![], &packed), Some(long.len()));
        assert_eq!(expected(NAME, vec![number("maxOutputLength", 1000.0)], &packed), Some(1000));
    }
    assert_eq!(expected(NAME, vec![], &[own_gzip(&long), one.clone()].concat()), Some(2 * long.len()));
    for nothing in [&b""[..], b"no gzip", &one[..one.len() / 2], &[&one[..], &[0; 4]].concat()] {
        let length = expected(NAME, vec![], nothing).unwrap_or(0);
        assert!(length <= nothing.len() * LARGEST_RATIO, "{length} bytes");
    }

    // Only the run can tell that it is more than the last four bytes say.
    let several = [&one[..], &other].concat();
    assert_eq!(expected(NAME, vec![], &several), Some(short.len()));
    assert!(decompress(&several).unwrap() == [long, short].concat());
}

#[test]
fn members_in_a_row_are_one_output() {
    let (first, second) = (noise(Kind::Text, 100_000), noise(Kind::Random, 5_000_000));
    let empty = foreign_gzip(b"", 6);
    let packed =
        [foreign_gzip(&first, 6), empty.clone(), own_gzip(&second), empty.clone(), foreign_gzip(&second, 6), empty];
    let expected = [&first[..], &second, &second].concat();
    assert!(decompress(&packed.concat()).unwrap() == expected);
    let many = foreign_gzip(b"line\n", 6).repeat(10_000);
    assert!(decompress(&many).unwrap() == b"line\n".repeat(10_000));
}

#[test]
fn lengths_in_headers_are_not_believed() {
    let bytes = noise(Kind::Text, 1 << 20);
    let honest = own_gzip(&bytes);
    let member = gzip_member::header(&honest).unwrap().member.unwrap();
    for lie in [0, 1, 27, 28, member - 1, member + 1, honest.len(), honest.len() + 1, u32::MAX as usize] {
        let mut packed = honest.clone();
        packed[..gzip_member::INDEXED_HEADER].copy_from_slice(&gzip_member::indexed_header(lie as u32));
        assert!(decompress(&packed).unwrap() == bytes, "a first member of {lie} bytes");
        let mut packed = honest.clone();
        packed[member..][..gzip_member::INDEXED_HEADER].copy_from_slice(&gzip_member::indexed_header(lie as u32));
        assert!(decompress(&packed).unwrap() == bytes, "a second member of {lie} bytes");
    }
}

#[test]
fn both_ways_of_reading_come_to_the_same() {
    let bytes = noise(Kind::Text, 3 << 20);
    let packed = own_gzip(&bytes);
    let shape = Shape::bytes(packed.len());
    let context = Context { cancelled: &Default::default(), parallel: false };
    for several_at_once in [true, false] {
        let mut kernel = GzipDecompress::plan(&Arguments::default(), &shape).unwrap();
        kernel.reading.several_at_once = several_at_once;
        let mut output = Output::own();
        while let Step::More { .. } =
            kernel.step(InputOutput { input: &packed, output: &mut output }, &context).unwrap()
        {}
        assert!(output.written() == bytes, "{several_at_once}");
        assert_eq!((kernel.reading.parts, kernel.reading.several_at_once), (12, several_at_once));
    }
}

#[test]
fn zeros_may_follow_and_nothing_else() {
    let bytes = noise(Kind::Text, 1000);
    for packed in [foreign_gzip(&bytes, 6), own_gzip(&bytes)] {
        let padded = [&packed[..], &[0; 10_000]].concat();
        assert!(decompress(&padded).unwrap() == bytes);
        let message = complaint(&[&padded[..], &[7]].concat());
        assert!(message.contains(&format!("byte {}", padded.len())), "{message}");
        let message = complaint(&[&packed[..], b"garbage"].concat());
        assert!(message.contains(&format!("member 2, at byte {}", packed.len())), "{message}");
    }
}

#[test]
fn every_cut_is_an_error() {
    let bytes = noise(Kind::Text, 2000);
    let packed = foreign_gzip(&bytes, 6);
    for length in 0..packed.len() {
        let message = complaint(&packed[..length]);
        assert!(message.contains("ends within") || length == 0, "{length}: {message}");
    }
    let large = own_gzip(&noise(Kind::Random, 1 << 20));
    for length in [300_000, large.len() - 9, large.len() - 1] {
        assert!(complaint(&large[..length]).contains("ends within"), "{length}");
    }
}

#[test]
fn damage_is_an_error_and_the_message_says_where() {
    let bytes = noise(Kind::Text, 600_000);
    let packed = own_gzip(&bytes);
    let second = gzip_member::header(&packed).unwrap().member.unwrap();
    for place in (0..packed.len()).step_by(997).chain([packed.len() - 1, packed.len() - 5, second, second + 2]) {
        let mut damaged = packed.clone();
        damaged[place] ^= 0x41;
        // A byte of the header that says nothing (the time) may be anything, and so may the length of a member.
        if let Ok(read) = decompress(&damaged) {
            assert!(place % second < gzip_member::INDEXED_HEADER && read == bytes, "{place}");
        }
    }
    let mut damaged = packed.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let message = complaint(&damaged);
    assert!(message.contains("member 3") && message.contains("stored is"), "{message}");
    assert!(complaint(b"PK\x03\x04").contains("1f 8b"));
}

#[test]
fn more_than_was_allowed_is_an_error_and_costs_no_memory() {
    let bytes = noise(Kind::Zeros, 20 << 20);
    for (packed, exact) in [(foreign_gzip(&bytes, 9), 20 << 20), (own_gzip(&bytes), 20 << 20), (own_gzip(&[]), 0)] {
        for (most, fits) in [(exact - 1, false), (exact, true), (exact + 1, true), (1, exact <= 1)] {
            if most < 1 {
                continue;
            }
            let given = vec![number("maxOutputLength", most as f64)];
            let result = agree(call(NAME, given, &mut packed.clone()));
            match result {
                Ok(read) => assert!(fits && read.len() == exact as usize, "{most}"),
                Err(error) => {
                    assert_eq!(error.code, ErrorCode::KernelOutput);
                    assert!(!fits && error.message.contains(&format!("maxOutputLength, {most} bytes")), "{error}");
                }
            }
        }
    }
}

#[test]
fn a_lent_buffer_may_be_exactly_as_large_as_the_output() {
    for length in [1, 1000, 6 << 20] {
        let bytes = noise(Kind::Text, length);
        for mut packed in [foreign_gzip(&bytes, 1), own_gzip(&bytes)] {
            for place in [Where::Here, Where::Threads] {
                let mut out = vec![0; length + 10];
                for slack in [0, 10] {
                    let done = lent(NAME, vec![], &mut packed, &mut out[..length + slack], place).unwrap();
                    assert!(done.written == Some(length) && out[..length] == bytes);
                }
                let error = lent(NAME, vec![], &mut packed, &mut out[..length - 1], place).unwrap_err();
                assert_eq!(error.code, ErrorCode::KernelOutput);
                assert!(error.message.contains(&(length - 1).to_string()), "{error}");
            }
        }
    }
}
