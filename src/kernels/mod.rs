//! Native kernels: bytes in, bytes out, on threads that no isolate pays for.
//!
//! | module | what it holds |
//! |---|---|
//! | [`kernel`] | the [`Kernel`] trait: what one kernel has to say for itself |
//! | [`arguments`] | parameters: declared once, checked and read by name |
//! | [`form`] | what a stretch of memory holds: how much, of which type |
//! | [`memory`] | bytes lent by JavaScript and the three ways of working on them |
//! | [`shared`] | shared memory: no call writes what another one works on |
//! | [`output`] | where a kernel writes what has a size of its own |
//! | [`registry`] | all kernels by name |
//! | [`plan`] | a call before it starts, checked |
//! | [`batch`] | the inputs of a call and how a step is shared among them |
//! | `pipeline` | several kernels in a row on one input |
//! | [`task`] | one call on its way through the threads: steps, cancellation, panics, completion |
//! | `handover` | which task a thread takes next, and who is woken for it |
//! | [`threads`] | the one pool of threads of the process |
//! | `priority`, `spread` | what the system is told of these threads |
//! | `panic` | a kernel's panic made an error |
//! | `parts` | a step's bytes divided among the threads |
//! | [`trace`] | which thread was at which step, while somebody watches |
//! | [`blake3`] [`aead`] [`hash`] [`image`] [`scan`] [`compression`] … | the kernels |
//!
//! `README.md` beside this file says how to add a kernel and why no thread can touch memory that is gone.

pub mod aead;
pub mod arguments;
pub mod batch;
pub mod blake3;
pub mod compression;
pub mod form;
mod handover;
pub mod hash;
pub mod image;
pub mod kernel;
pub mod matrix;
pub mod memory;
pub mod output;
mod panic;
mod parts;
mod pipeline;
pub mod plan;
mod priority;
mod probes;
pub mod registry;
pub mod scan;
pub mod shared;
pub mod sort;
mod spread;
pub mod task;
#[cfg(test)]
mod testing;
pub mod threads;
pub mod trace;
pub mod vector;

pub use arguments::{Argument, Arguments, Parameter, ParameterKind};
pub use batch::Done;
pub use form::{Element, Form, Pixels};
pub use handover::Priority;
pub use kernel::{Context, Kernel, Step, Value};
pub use memory::{Bytes, InPlace, InputOutput, LentBytes, MemoryUse, Produces, Reads};
pub use output::Output;
pub use plan::{Named, Plan, Recipe};
pub use registry::Entry;
pub use task::{Finished, Observer, Task};

/// The example of `README.md`, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
