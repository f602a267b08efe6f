//! What zstd.decompress takes is what another implementation makes of it, if that takes it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rockpool_fuzz::{decompress, way};
use ruzstd::decoding::FrameDecoder;

fuzz_target!(|data: &[u8]| {
    let Some((way, packed)) = way(data) else { return };
    if let Some(output) = decompress("zstd.decompress", packed, &way) {
        // It is stricter about windows, and does not know every combination of skippable frames.
        let mut expected = vec![0; output.len()];
        if FrameDecoder::new().decode_all(packed, &mut expected).is_ok_and(|length| length == output.len()) {
            assert!(expected == output, "another implementation reads it differently");
        }
    }
});
