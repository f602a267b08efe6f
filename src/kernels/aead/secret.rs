//! A key, ready for use, that is wiped when it is no longer needed.

use ring::aead::{Algorithm, LessSafeKey, UnboundKey};
use ring::error::Unspecified;
use std::mem::{MaybeUninit, needs_drop};
use zeroize::Zeroize;

/// The round keys that the crate has made of a key. It does not wipe them itself. In a box, so that they never move:
/// a move leaves a copy behind.
pub(super) struct Secret(Box<MaybeUninit<LessSafeKey>>);

impl Secret {
    /// An error where the key has not the length that the algorithm wants.
    pub(super) fn new(algorithm: &'static Algorithm, key: &[u8]) -> Result<Self, Unspecified> {
        let mut memory = Box::new(MaybeUninit::uninit());
        memory.write(LessSafeKey::new(UnboundKey::new(algorithm, key)?));
        Ok(Secret(memory))
    }

    pub(super) fn key(&self) -> &LessSafeKey {
        // SAFETY: `new` has written the key; it is overwritten only by `wipe`, which `drop` alone calls.
        unsafe { self.0.assume_init_ref() }
    }

    /// The memory of the key, which is no key any more.
    fn wipe(&mut self) -> &mut [MaybeUninit<u8>] {
        const { assert!(!needs_drop::<LessSafeKey>(), "what is wiped must not be dropped afterwards") };
        let start = self.0.as_mut_ptr().cast::<MaybeUninit<u8>>();
        // SAFETY: these are the bytes of the box, which we borrow exclusively, and a MaybeUninit<u8> may be any of them.
        let bytes = unsafe { std::slice::from_raw_parts_mut(start, size_of::<LessSafeKey>()) };
        bytes.zeroize();
        bytes
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::aead::{AES_256_GCM, CHACHA20_POLY1305};

    #[test]
    fn nothing_of_a_wiped_key_is_left() {
        for algorithm in [&AES_256_GCM, &CHACHA20_POLY1305] {
            let mut secret = Secret::new(algorithm, &[0xA5; 32]).unwrap();
            let left = secret.wipe();
            // SAFETY: all that is looked at was written by `wipe`; nothing uses the key afterwards.
            assert!(left.len() >= 32 && left.iter().all(|byte| unsafe { byte.assume_init() } == 0));
        }
    }

    #[test]
    fn a_key_has_32_bytes() {
        for length in [0, 16, 31, 33] {
            assert!(Secret::new(&AES_256_GCM, &vec![0; length]).is_err());
        }
    }
}
