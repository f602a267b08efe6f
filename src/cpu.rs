//! What this processor can do, as far as the kernels or the libraries under them ask: for reports of errors.

/// The names of the features that were detected, in a fixed order. Empty on a processor that nobody here asks.
pub fn features() -> Vec<&'static str> {
    detect().into_iter().filter_map(|(name, found)| found.then_some(name)).collect()
}

/// `name: detected` for each name.
macro_rules! ask {
    ($detected:ident: $($name:tt),+) => { vec![$(($name, std::arch::$detected!($name))),+] };
}

#[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
fn detect() -> Vec<(&'static str, bool)> {
    ask!(is_x86_feature_detected:
        "sse2", "ssse3", "sse4.1", "sse4.2", "avx", "avx2", "fma", "f16c", "bmi1", "bmi2", "popcnt", "aes", "pclmulqdq",
        "sha", "vaes", "vpclmulqdq", "avx512f", "avx512vl", "avx512bw")
}

#[cfg(target_arch = "aarch64")]
fn detect() -> Vec<(&'static str, bool)> {
    ask!(is_aarch64_feature_detected: "neon", "aes", "pmull", "sha2", "sha3", "crc", "fp16", "dotprod", "sve", "sve2")
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
fn detect() -> Vec<(&'static str, bool)> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_every_processor_of_the_kind_has() {
        let features = features();
        if cfg!(target_arch = "x86_64") {
            assert!(features.contains(&"sse2"), "{features:?}");
        } else if cfg!(target_arch = "aarch64") {
            assert!(features.contains(&"neon"), "{features:?}");
        } else {
            assert!(features.is_empty());
        }
    }
}
