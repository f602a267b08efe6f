//! What was compressed comes back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rockpool::kernels::Argument;
use rockpool_fuzz::{Way, call, decompress, number};

fuzz_target!(|data: &[u8]| {
    let Some((&[level, flags, repeat], piece)) = data.split_first_chunk() else { return };
    // Most inputs are small; some are of several members.
    let times = if flags & 0x70 == 0x70 { 1 + usize::from(repeat) } else { 1 };
    let mut bytes = piece.repeat(times);
    let (compressor, decompressor, given) = if flags & 1 == 0 {
        ("gzip.compress", "gzip.decompress", vec![number("level", 1 + usize::from(level) % 12)])
    } else {
        let checksum = ("checksum".to_owned(), Argument::Flag(flags & 2 == 0));
        ("zstd.compress", "zstd.decompress", vec![number("level", 1 + usize::from(level) % 22), checksum])
    };
    let packed = call(compressor, given.clone(), &mut bytes, None).expect("anything can be compressed").output.unwrap();
    let mut out = vec![0; packed.len()];
    let written = call(compressor, given, &mut bytes, Some(&mut out)).expect("the same into a buffer").written;
    assert!(written == Some(packed.len()) && out == packed);

    let most = bytes.len().max(1);
    for out in [None, Some(bytes.len())] {
        assert!(decompress(decompressor, &packed, &Way { most, out }).expect("it is right") == bytes);
    }
    if !bytes.is_empty() {
        let short = bytes.len() - 1;
        assert!(short == 0 || decompress(decompressor, &packed, &Way { most: short, out: None }).is_none());
        assert!(decompress(decompressor, &packed, &Way { most, out: Some(short) }).is_none());
    }
});
