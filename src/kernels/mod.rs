//! Native kernels: bytes in, bytes out, on threads that no isolate pays for.
//!
//! | module | what it holds |
//! |---|---|
//! | [`runtime`] | everything around a kernel: the trait, calls and their threads, memory, the list of all kernels |
//! | [`hash`] [`aead`] [`scan`] [`vector`] [`matrix`] [`sort`] [`compression`] [`image`] | the kernels |
//! | `probes` | kernels that misbehave on purpose, for tests |
//!
//! `README.md` beside this file says how to add a kernel and why no thread can touch memory that is gone.

pub mod aead;
pub mod compression;
pub mod hash;
pub mod image;
pub mod matrix;
mod probes;
pub mod runtime;
pub mod scan;
pub mod sort;
#[cfg(test)]
mod testing;
pub mod vector;

pub use runtime::arguments::{Argument, Arguments, Parameter, ParameterKind};
pub use runtime::batch::Done;
pub use runtime::call::{Call, Finished, Observer};
pub use runtime::handover::Priority;
pub use runtime::kernel::{Context, Kernel, Step, Value};
pub use runtime::lent::{Bytes, LentBytes};
pub use runtime::memory::{InPlace, InputOutput, MemoryUse, Produces, Reads};
pub use runtime::output::Output;
pub use runtime::plan::{KernelChain, Named, Plan};
pub use runtime::registry::KernelInfo;
pub use runtime::shape::{Element, Pixels, Shape};

/// The example of `README.md`, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
