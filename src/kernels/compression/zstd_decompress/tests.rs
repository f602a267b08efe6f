//! Against the library's one-shot functions with all their options, both ways of reading, and everything that can be
//! wrong with an input.

use super::super::reading::PIECE;
use super::super::testing::{Kind, agree, complaint_of, expected, lent, noise};
use super::*;
use crate::error::ErrorCode;
use crate::kernels::testing::{Where, call, number};
use zstd_safe::{CCtx, CParameter};

const NAME: &str = ZstdDecompress::NAME;
const SKIPPABLE: [u8; 11] = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];

fn decompress(packed: &[u8]) -> Result<Vec<u8>> {
    agree(call(NAME, vec![], &mut packed.to_vec()))
}

/// Our own frames, several if there is enough.
fn own_zstd(bytes: &[u8]) -> Vec<u8> {
    agree(call("zstd.compress", vec![number("level", 1.0)], &mut bytes.to_vec())).unwrap()
}

/// One frame, as other tools write it.
fn one_frame(bytes: &[u8], parameters: &[CParameter]) -> Vec<u8> {
    let mut context = CCtx::create();
    for parameter in parameters {
        context.set_parameter(*parameter).unwrap();
    }
    let mut packed = vec![0; zstd_safe::compress_bound(bytes.len())];
    let length = context.compress2(&mut packed[..], bytes).unwrap();
    packed.truncate(length);
    packed
}

fn complaint(packed: &[u8]) -> String {
    complaint_of(decompress(packed))
}

#[test]
fn an_output_is_expected_to_be_as_long_as_the_input_says() {
    let bytes = noise(Kind::Text, ONE_GO + 100_000);
    let one = one_frame(&bytes, &[]);
    for packed in [one.clone(), own_zstd(&bytes), [&SKIPPABLE[..], &one, &SKIPPABLE].concat()] {
        assert_eq!(expected(NAME, vec![], &packed), Some(bytes.len()));
        assert_eq!(expected(NAME, vec![number("maxOutputLength", 1000.0)], &packed), Some(1000));
    }
    assert_eq!(expected(NAME, vec![], &[&one[..], &one].concat()), Some(2 * bytes.len()));
    let silent = one_frame(&bytes, &[CParameter::ContentSizeFlag(false)]);
    for nothing in [&b""[..], b"no zstd", &one[..one.len() / 2], &SKIPPABLE, &silent, &[&one[..], &silent].concat()] {
        assert_eq!(expected(NAME, vec![], nothing), None);
    }
}

#[test]
fn reads_frames_of_every_kind_around_every_size() {
    for length in [0, 1, 1000, PIECE, STRIDE - 1, STRIDE, STRIDE + 1, ONE_GO, ONE_GO + 1, 2 * ONE_GO + 5] {
        for kind in Kind::ALL {
            let bytes = noise(kind, length);
            for (checksum, content) in [(true, true), (false, false)] {
                let parameters = [CParameter::ChecksumFlag(checksum), CParameter::ContentSizeFlag(content)];
                let packed = one_frame(&bytes, &[&[CParameter::CompressionLevel(1)], &parameters[..]].concat());
                assert!(decompress(&packed).unwrap() == bytes, "{kind:?} {length} {checksum} {content}");
            }
        }
    }
}

#[test]
fn reads_what_our_own_compressor_writes() {
    for length in [0, 1, 4 << 20, (4 << 20) + 1, 20 << 20] {
        for kind in Kind::ALL {
            let bytes = noise(kind, length);
            assert!(decompress(&own_zstd(&bytes)).unwrap() == bytes, "{kind:?} {length}");
        }
    }
}

#[test]
fn frames_in_a_row_are_one_output_and_skippable_ones_are_none() {
    let (first, second) = (noise(Kind::Text, 100_000), noise(Kind::Random, 5_000_000));
    let unsized_frame = one_frame(&second, &[CParameter::ContentSizeFlag(false)]);
    let packed = [&SKIPPABLE[..], &own_zstd(&first), &own_zstd(b""), &unsized_frame, &SKIPPABLE, &own_zstd(&second)];
    assert!(decompress(&packed.concat()).unwrap() == [&first[..], &second, &second].concat());
    assert!(decompress(&[packed.concat(), SKIPPABLE.to_vec()].concat()).unwrap().len() == 10_100_000);
    assert!(decompress(&SKIPPABLE.repeat(10_000)).unwrap().is_empty());
    let many = [&one_frame(b"line\n", &[])[..], &SKIPPABLE].concat().repeat(10_000);
    assert!(decompress(&many).unwrap() == b"line\n".repeat(10_000));
    let many = one_frame(b"line\n", &[CParameter::ContentSizeFlag(false)]).repeat(3000);
    assert!(decompress(&many).unwrap() == b"line\n".repeat(3000));
}

#[test]
fn both_ways_of_reading_come_to_the_same() {
    let bytes = noise(Kind::Text, 10 << 20);
    let packed = own_zstd(&bytes);
    let shape = Shape::bytes(packed.len());
    let context = Context { cancelled: &Default::default(), parallel: false };
    for several_at_once in [true, false] {
        let mut kernel = ZstdDecompress::plan(&Arguments::default(), &shape).unwrap();
        kernel.reading.several_at_once = several_at_once;
        let mut output = Output::own();
        while let Step::More { .. } =
            kernel.step(InputOutput { input: &packed, output: &mut output }, &context).unwrap()
        {}
        assert!(output.written() == bytes, "{several_at_once}");
        assert_eq!((kernel.reading.parts, kernel.reading.several_at_once), (3, several_at_once));
    }
}

#[test]
fn sizes_in_headers_are_not_believed() {
    let bytes = noise(Kind::Text, 1000);
    let packed = one_frame(&bytes, &[]);
    let Ok(Frame::Data(header)) = zstd_frame::frame(&packed) else { panic!() };
    assert_eq!((header.content, header.length), (Some(1000), 7), "two bytes at the end of the header");
    for lie in [0u16, 743, 745, 65_535] {
        let mut packed = packed.clone();
        packed[5..7].copy_from_slice(&lie.to_le_bytes());
        // The format makes the size part of what has to be right.
        assert!(complaint(&packed).contains("byte"), "{lie}");
    }
    // More than a terabyte in a frame of a few bytes, of a window of 1 KiB.
    let bomb = b"\x28\xb5\x2f\xfd\xc0\x00\x00\x00\x00\x00\x00\x01\x00\x00\x01\x00\x00";
    assert!(complaint(bomb).contains("maxOutputLength"));
}

#[test]
fn only_frames_may_follow() {
    let packed = own_zstd(&noise(Kind::Text, 1000));
    for garbage in [&b"garbage"[..], &[0; 100]] {
        let message = complaint(&[&packed[..], garbage].concat());
        assert!(message.contains(&format!("frame 2, at byte {}: not the beginning", packed.len())), "{message}");
    }
    assert!(complaint(b"\x1f\x8b\x08\x00").contains("28 b5 2f fd"));
    assert!(complaint(&SKIPPABLE[..10]).contains("skippable"));
}

#[test]
fn every_cut_is_an_error() {
    for checksum in [false, true] {
        let packed = one_frame(&noise(Kind::Text, 2000), &[CParameter::ChecksumFlag(checksum)]);
        for length in 0..packed.len() {
            let message = complaint(&packed[..length]);
            assert!(message.contains("ends within") || length == 0, "{length}: {message}");
        }
    }
    let large = own_zstd(&noise(Kind::Random, 10 << 20));
    for length in [300_000, 5 << 20, large.len() - 1] {
        assert!(complaint(&large[..length]).contains("ends within"), "{length}");
    }
}

#[test]
fn damage_is_found_by_the_checksum() {
    let bytes = noise(Kind::Text, 600_000);
    let packed = one_frame(&bytes, &[CParameter::ChecksumFlag(true)]);
    for place in (0..packed.len()).step_by(997).chain([packed.len() - 1]) {
        let mut damaged = packed.clone();
        damaged[place] ^= 0x41;
        assert!(!complaint(&damaged).is_empty(), "{place}");
    }
    let mut damaged = packed.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let message = complaint(&[&packed[..], &damaged].concat());
    assert!(message.contains("frame 2") && message.contains("checksum"), "{message}");
}

#[test]
fn dictionaries_and_large_windows_are_named() {
    let mut context = CCtx::create();
    let dictionary = noise(Kind::Text, 10_000);
    // What a trained dictionary begins by: its magic number and its identifier. Content without tables would do for a
    // dictionary that has none.
    context.load_dictionary(&dictionary).unwrap();
    let mut packed = vec![0; 100_000];
    let length = context.compress2(&mut packed[..], &dictionary[5000..]).unwrap();
    let message = complaint(&packed[..length]);
    assert!(message.contains("byte"), "data that needs a dictionary without a name: {message}");
    assert!(complaint(b"\x28\xb5\x2f\xfd\x21\x07\x01\x01\x00\x00").contains("the dictionary 7"));
    assert!(complaint(b"\x28\xb5\x2f\xfd\x00\x89\x01\x00\x00").contains("a window of 150994944 bytes"));
}

#[test]
fn more_than_was_allowed_is_an_error() {
    let bytes = noise(Kind::Zeros, 20 << 20);
    let unsized_frame = one_frame(&bytes, &[CParameter::ContentSizeFlag(false)]);
    for (packed, exact) in [(unsized_frame, 20 << 20), (own_zstd(&bytes), 20 << 20), (own_zstd(&[]), 0)] {
        for (most, fits) in [(exact - 1, false), (exact, true), (exact + 1, true), (1, exact <= 1)] {
            if most < 1 {
                continue;
            }
            match agree(call(NAME, vec![number("maxOutputLength", most as f64)], &mut packed.clone())) {
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
    for length in [1, 1000, 10 << 20] {
        let bytes = noise(Kind::Text, length);
        for mut packed in [one_frame(&bytes, &[CParameter::ContentSizeFlag(false)]), own_zstd(&bytes)] {
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
