//! What gzip.decompress takes, another implementation takes too, with the same result (but for reserved codes).
#![no_main]

use flate2::bufread::GzDecoder;
use libfuzzer_sys::fuzz_target;
use rockpool_fuzz::{decompress, way};
use std::io::Read;

fuzz_target!(|data: &[u8]| {
    let Some((way, packed)) = way(data) else { return };
    if let Some(output) = decompress("gzip.decompress", packed, &way) {
        match gunzip(packed) {
            Ok(expected) => assert!(expected == output, "another implementation reads it differently"),
            // libdeflate reads the reserved length and distance codes, which others refuse, as the highest ones. It is
            // then up to the checksum, which has agreed.
            Err(error) => assert_eq!(error.to_string(), "corrupt deflate stream"),
        }
    }
});

/// Members in a row, and zeros behind them.
fn gunzip(mut packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut output = Vec::new();
    while packed.iter().any(|byte| *byte != 0) {
        let mut member = GzDecoder::new(packed);
        member.read_to_end(&mut output)?;
        packed = member.into_inner();
    }
    Ok(output)
}
