//! Encryption that also shows any change: AES-256-GCM and ChaCha20-Poly1305, in place.
//!
//! | module | what it holds |
//! |---|---|
//! | [`seal`] | the kernel `aead.seal` |
//! | [`open`] | the kernel `aead.open` |
//! | `message` | a message as one piece or as segments: parameters, nonces, steps |
//! | `secret` | a key, wiped when it is no longer needed |

mod message;
pub mod open;
pub mod seal;
mod secret;
#[cfg(test)]
mod tests;
