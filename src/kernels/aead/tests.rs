//! Both kernels against published vectors, against the crate used in the plainest way, and against forgeries.

use crate::error::{ErrorCode, Result};
use crate::kernels::testing::{Where, call_as, number, text};
use crate::kernels::{Argument, Done, KernelChain, Plan, Shape, Value};
use ring::aead::{AES_256_GCM, Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

const ALGORITHMS: [&str; 2] = ["aes-256-gcm", "chacha20-poly1305"];

#[derive(Clone)]
struct Call {
    algorithm: &'static str,
    key: Vec<u8>,
    nonce: Vec<u8>,
    aad: Vec<u8>,
    segment: Option<usize>,
}

impl Call {
    fn new(algorithm: &'static str, segment: Option<usize>) -> Self {
        let nonce = (0xF0..).take(if segment.is_some() { 7 } else { 12 }).collect();
        Call { algorithm, key: (0..32).collect(), nonce, aad: b"header".to_vec(), segment }
    }

    fn given(&self, tag: Option<&[u8]>) -> Vec<(String, Argument)> {
        let bytes = |name: &str, value: &[u8]| (name.to_owned(), Argument::Bytes(value.to_vec()));
        let mut given = vec![
            text("algorithm", self.algorithm),
            bytes("key", &self.key),
            bytes("nonce", &self.nonce),
            bytes("aad", &self.aad),
        ];
        given.extend(tag.map(|tag| bytes("tag", tag)));
        given.extend(self.segment.map(|segment| number("segment", segment as f64)));
        given
    }

    /// Seals in both places; the ciphertext and the tags.
    fn seal(&self, plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let [here, there] = [Where::Here, Where::Threads].map(|place| {
            let mut bytes = plain.to_vec();
            let done = call_as("aead.seal", self.given(None), Shape::bytes(bytes.len()), &mut bytes, place).unwrap();
            let Value::Bytes(tag) = done.value else { panic!() };
            (bytes, tag)
        });
        assert!(here == there, "the threads seal what this one seals");
        here
    }

    fn open(&self, bytes: &mut [u8], tag: &[u8], place: Where) -> Result<Done> {
        call_as("aead.open", self.given(Some(tag)), Shape::bytes(bytes.len()), bytes, place)
    }

    #[track_caller]
    fn opens(&self, sealed: &[u8], tag: &[u8], plain: &[u8]) {
        for place in [Where::Here, Where::Threads] {
            let mut bytes = sealed.to_vec();
            assert_eq!(self.open(&mut bytes, tag, place).unwrap().value, Value::None);
            assert!(bytes == plain, "{} bytes", plain.len());
        }
    }

    /// Refused, and nothing but zeros is left.
    #[track_caller]
    fn refuses(&self, sealed: &[u8], tag: &[u8]) {
        for place in [Where::Here, Where::Threads] {
            let mut bytes = sealed.to_vec();
            let error = self.open(&mut bytes, tag, place).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelAuthentication);
            assert!(bytes.iter().all(|byte| *byte == 0), "{} bytes", bytes.len());
        }
    }

    fn plan(&self, name: &str, tag: Option<&[u8]>, length: usize) -> Result<Plan> {
        Plan::of(name, self.given(tag), Shape::bytes(length))
    }
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().as_chunks().0.iter().map(|[high, low]| digit(*high) << 4 | digit(*low)).collect()
}

fn digit(letter: u8) -> u8 {
    char::from(letter).to_digit(16).unwrap() as u8
}

fn plain(length: usize) -> Vec<u8> {
    // Never zero, so that no byte of it passes for a wiped one.
    (0..length).map(|index| (index % 251) as u8 + 1).collect()
}

#[test]
fn seals_and_opens_the_published_vectors() {
    let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    let message = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                   1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255";
    let sealed = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                  8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad";
    let speech = "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c\
                  64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20\
                  776f756c642062652069742e";
    let sealed_speech = "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6\
                         3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36\
                         92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc\
                         3ff4def08e4b7a9de576d26586cec64b6116";
    let [aes, chacha] = ALGORITHMS;
    let zeros = "00".repeat(32);
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 to 16; RFC 8439, 2.8.2.
    let vectors = [
        (aes, &*zeros, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
        (
            aes,
            &zeros,
            "000000000000000000000000",
            "",
            &zeros[..32],
            "cea7403d4d606b6e074ec5d3baf39d18",
            "d0d1c8a799996bf0265b98b5d48ab919",
        ),
        (aes, key, "cafebabefacedbaddecaf888", "", message, sealed, "b094dac5d93471bdec1a502270e3cc6c"),
        (
            aes,
            key,
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            &message[..120],
            &sealed[..120],
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ),
        (
            chacha,
            "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
            "070000004041424344454647",
            "50515253c0c1c2c3c4c5c6c7",
            speech,
            sealed_speech,
            "1ae10b594f09e26a7e902ecbd0600691",
        ),
    ];
    for (algorithm, key, nonce, aad, message, sealed, tag) in vectors {
        let call = Call { algorithm, key: unhex(key), nonce: unhex(nonce), aad: unhex(aad), segment: None };
        let made = call.seal(&unhex(message));
        assert_eq!(made, (unhex(sealed), unhex(tag)));
        call.opens(&made.0, &made.1, &unhex(message));
    }
}

/// Made with the crate aead-stream 0.6 (`EncryptorBE32`) on the ciphers of RustCrypto: key 00 01 …, prefix f0 f1 …, aad
/// "header", message 00 07 0e … in segments of 16 bytes.
#[test]
fn segments_are_those_of_another_implementation() {
    let [aes, chacha] = ALGORITHMS;
    let vectors = [
        (aes, 0, "", "7f09cb51f412dfcec8f078b827558e20"),
        (aes, 1, "f4", "24285e54211a102ce5f1677d5069bfb5"),
        (aes, 16, "f4a5104c3e94b4205a29a5d93bbf8707", "e7105c6943b9cd0418f5649ee62b988c"),
        (
            aes,
            40,
            "be60bc99fa7db35023717fe18917cbeb0f0f19681a05086f9ec5459742bdc55c1e2a17edd91e0a0f",
            "3c34d710e85d8962193eab453ae6fe5f13ae55144c536e064797e42c288025bc35d5b2675085eafd2cf4634bc022d014",
        ),
        (chacha, 0, "", "1f7e720504b19ad81ceaba94ba2c6d3c"),
        (chacha, 1, "46", "528173e68c3bc891c473aaf57c2a8483"),
        (
            chacha,
            32,
            "ce9a9fbe114ef4523ff0bb220577dc03341a6581ffafc288e1ac6ae1f5c8bb97",
            "ea17584dcacecc6138b2af5df6ad92edc649e54bb4eddca28ef6224f60d1879d",
        ),
    ];
    for (algorithm, length, sealed, tags) in vectors {
        let message: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(7)).collect();
        let call = Call::new(algorithm, Some(16));
        assert_eq!(call.seal(&message), (unhex(sealed), unhex(tags)), "{algorithm}, {length} bytes");
        call.opens(&unhex(sealed), &unhex(tags), &message);
    }
}

/// The construction as it is written down, a segment at a time.
fn reference(call: &Call, plain: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let algorithm = if call.algorithm == "aes-256-gcm" { &AES_256_GCM } else { &CHACHA20_POLY1305 };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, &call.key).unwrap());
    let (mut sealed, mut tags) = (plain.to_vec(), Vec::new());
    let segments = match call.segment {
        None => vec![(&mut sealed[..], call.nonce.clone())],
        Some(segment) => {
            let last = plain.len().div_ceil(segment).max(1) - 1;
            let mut rest = &mut sealed[..];
            let mut segments = Vec::new();
            for place in 0..=last {
                let (bytes, behind) = rest.split_at_mut(segment.min(rest.len()));
                let counter = (place as u32).to_be_bytes();
                segments.push((bytes, [&call.nonce[..], &counter, &[u8::from(place == last)]].concat()));
                rest = behind;
            }
            segments
        }
    };
    for (bytes, nonce) in segments {
        let nonce = Nonce::try_assume_unique_for_key(&nonce).unwrap();
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(&call.aad), bytes).unwrap();
        tags.extend_from_slice(tag.as_ref());
    }
    (sealed, tags)
}

#[test]
fn steps_and_threads_make_no_difference() {
    let all = plain((8 << 20) + 3);
    let cases = [
        (None, vec![0, 1, 15, 16, 17, 255, 256, 257, 8191, (8 << 20) + 3]),
        (Some(16), vec![0, 1, 15, 16, 17, 31, 32, 33, 300_001]),
        (Some(1000), vec![999, 1000, 1001, 2000, 262_143, 262_144, 5_000_001]),
        (Some(65_536), vec![65_535, 65_536, 65_537, 131_072, 262_144, 4 << 20, (4 << 20) + 1, (8 << 20) + 3]),
        (Some(4 << 20), vec![1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 8 << 20, (8 << 20) + 3]),
    ];
    for algorithm in ALGORITHMS {
        for (segment, lengths) in &cases {
            let call = Call::new(algorithm, *segment);
            for length in lengths {
                let made = call.seal(&all[..*length]);
                assert!(made == reference(&call, &all[..*length]), "{algorithm}, {length} bytes in {segment:?}");
                call.opens(&made.0, &made.1, &all[..*length]);
            }
        }
    }
}

#[test]
fn whatever_is_changed_does_not_open_and_leaves_nothing() {
    for algorithm in ALGORITHMS {
        for (segment, length) in [(None, 0), (None, 5), (None, 1000), (Some(16), 0), (Some(16), 100)] {
            let call = Call::new(algorithm, segment);
            let (sealed, tag) = call.seal(&plain(length));
            for bit in 0..8 * tag.len() {
                let mut tag = tag.clone();
                tag[bit / 8] ^= 1 << (bit % 8);
                call.refuses(&sealed, &tag);
            }
            for wrong in [0x00, 0xFF] {
                call.refuses(&sealed, &vec![wrong; tag.len()]);
            }
            for place in [0, length / 2, length.saturating_sub(1)] {
                let mut sealed = sealed.clone();
                let Some(byte) = sealed.get_mut(place) else { break };
                *byte ^= 0x80;
                call.refuses(&sealed, &tag);
            }
            let mut others = vec![call.clone(); 4];
            others[0].key[31] ^= 1;
            others[1].nonce[0] ^= 1;
            others[2].aad.push(0);
            others[3].aad.clear();
            for other in others {
                other.refuses(&sealed, &tag);
            }
        }
    }
}

/// A large message whose last segment is wrong has been decrypted nearly whole when that is found.
#[test]
fn right_segments_before_a_wrong_one_are_wiped_too() {
    let length = (36 << 20) + 1;
    for segment in [None, Some(65_536)] {
        let call = Call::new("aes-256-gcm", segment);
        let (sealed, mut tag) = call.seal(&plain(length));
        *tag.last_mut().unwrap() ^= 1;
        call.refuses(&sealed, &tag);
    }
}

#[test]
fn segments_that_are_moved_or_cut_off_do_not_open() {
    for algorithm in ALGORITHMS {
        let call = Call::new(algorithm, Some(16));
        let (sealed, tag) = call.seal(&plain(64));
        // The first two change places, tags and all.
        let moved = [&sealed[16..32], &sealed[..16], &sealed[32..]].concat();
        call.refuses(&moved, &[&tag[16..32], &tag[..16], &tag[32..]].concat());
        // The last one is left out; the first one is.
        call.refuses(&sealed[..48], &tag[..48]);
        call.refuses(&sealed[16..], &tag[16..]);
        // One of another message under the same key.
        let other = Call { nonce: vec![9; 7], ..call.clone() };
        let (foreign, foreign_tag) = other.seal(&plain(64));
        let mixed = [&foreign[..16], &sealed[16..]].concat();
        call.refuses(&mixed, &[&foreign_tag[..16], &tag[16..]].concat());
        // The same bytes in segments of another size.
        Call { segment: Some(32), ..call.clone() }.refuses(&sealed, &tag[..32]);
    }
}

#[test]
fn lengths_are_checked_before_anything_is_taken() {
    let whole = Call::new("aes-256-gcm", None);
    let parts = Call::new("aes-256-gcm", Some(16));
    let code = |plan: Result<Plan>| plan.unwrap_err().code;
    for length in [0, 7, 11, 13] {
        let wrong = Call { nonce: vec![1; length], ..whole.clone() };
        assert_eq!(code(wrong.plan("aead.seal", None, 9)), ErrorCode::KernelRange, "nonce of {length} bytes");
    }
    for length in [6, 8, 12] {
        let wrong = Call { nonce: vec![1; length], ..parts.clone() };
        assert_eq!(code(wrong.plan("aead.seal", None, 9)), ErrorCode::KernelRange, "prefix of {length} bytes");
    }
    for length in [0, 16, 31, 33] {
        let wrong = Call { key: vec![1; length], ..whole.clone() };
        assert_eq!(code(wrong.plan("aead.seal", None, 9)), ErrorCode::KernelRange, "key of {length} bytes");
    }
    for length in [0, 12, 15, 17, 32] {
        assert_eq!(code(whole.plan("aead.open", Some(&vec![1; length]), 9)), ErrorCode::KernelRange);
    }
    let error = parts.plan("aead.open", Some(&[1; 32]), 33).unwrap_err();
    assert_eq!(error.code, ErrorCode::KernelRange);
    assert!(error.message.contains("48 bytes") && error.message.contains("got 32"), "{error}");
    assert_eq!(code(whole.plan("aead.open", None, 9)), ErrorCode::KernelParameter);
    assert_eq!(code(whole.plan("aead.seal", Some(&[1; 16]), 9)), ErrorCode::KernelParameter);
    let wrong = Call { algorithm: "aes-128-gcm", ..whole.clone() };
    assert_eq!(code(wrong.plan("aead.seal", None, 9)), ErrorCode::KernelRange);
}

#[cfg(target_pointer_width = "64")]
#[test]
fn a_message_is_no_longer_than_its_algorithm_allows() {
    for (algorithm, longest) in [("aes-256-gcm", (1 << 36) - 32), ("chacha20-poly1305", (1 << 38) - 64)] {
        let call = Call::new(algorithm, None);
        assert!(call.plan("aead.seal", None, longest).is_ok());
        assert_eq!(call.plan("aead.seal", None, longest + 1).unwrap_err().code, ErrorCode::KernelRange);
        let parts = Call::new(algorithm, Some(16));
        assert!(parts.plan("aead.seal", None, 1 << 20).is_ok());
        assert_eq!(parts.plan("aead.seal", None, (1 << 30) + 1).unwrap_err().code, ErrorCode::KernelRange);
    }
}

#[test]
fn a_nonce_is_for_one_message() {
    let steps = vec![("blake3".into(), vec![]), ("aead.seal".into(), Call::new("aes-256-gcm", None).given(None))];
    let chain = KernelChain::new(steps).unwrap();
    let refused = |inputs: &[Shape]| {
        let error = chain.plan(inputs, None).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelParameter);
        assert!(error.message.starts_with("aead.seal: these parameters are for one call"), "{error}");
    };
    refused(&[Shape::bytes(1), Shape::bytes(1)]);
    // What is refused for another reason has used nothing up.
    assert_eq!(chain.plan(&[Shape::bytes(1)], Some(1)).unwrap_err().message.split(' ').next(), Some("out"));
    assert!(chain.plan(&[Shape::bytes(1)], None).is_ok());
    refused(&[Shape::bytes(1)]);

    let open = ("aead.open".into(), Call::new("aes-256-gcm", None).given(Some(&[0; 16])));
    let chain = KernelChain::new(vec![open]).unwrap();
    for _ in 0..2 {
        assert!(chain.plan(&[Shape::bytes(1), Shape::bytes(1)], None).is_ok(), "opening gives nothing away");
    }
}
