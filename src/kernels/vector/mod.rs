//! Kernels on rows of numbers of 32 bits: embeddings, logits, features.
//!
//! | module | what it holds |
//! |---|---|
//! | [`normalize`], [`softmax`] | rows changed in place |
//! | [`quantize`], [`half`] | numbers made narrower, in the beginning of their memory |
//! | [`topk`] | the rows most like a query |
//! | `rows`, `narrow` | how such kernels go over their input |
//! | `best` | the best few of many scores |
//! | `simd` | how a loop is compiled for wider vectors |

mod best;
pub mod half;
mod narrow;
pub mod normalize;
pub mod quantize;
mod rows;
mod simd;
pub mod softmax;
#[cfg(test)]
mod testing;
pub mod topk;
