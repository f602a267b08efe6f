//! What gzip.decompress takes, another implementation takes too, with the same result.
#![no_main]

use flate2::bufread::GzDecoder;
use libfuzzer_sys::fuzz_target;
use rockpool_fuzz::{decompress, way};
use std::io::Read;

fuzz_target!(|data: &[u8]| {
    let Some((way, packed)) = way(data) else { return };
    if let Some(output) = decompress("gzip.decompress", packed, &way) {
        assert!(gunzip(packed) == output, "another implementation reads it differently");
    }
});

/// Members in a row, and zeros behind them.
fn gunzip(mut packed: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    while packed.iter().any(|byte| *byte != 0) {
        let mut member = GzDecoder::new(packed);
        member.read_to_end(&mut output).expect("another implementation takes it");
        packed = member.into_inner();
    }
    output
}
