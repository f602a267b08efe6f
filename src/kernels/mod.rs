//! Native kernels: bytes in, bytes out, on threads that no isolate pays for.
//!
//! | module | what it holds |
//! |---|---|
//! | [`kernel`] | the [`Kernel`] trait: what one kernel has to say for itself |
//! | [`arguments`] | parameters: declared once, checked and read by name |
//! | [`memory`] | bytes lent by JavaScript and the three ways of working on them |
//! | [`registry`] | all kernels by name, and how a call is planned |
//! | [`task`] | one call on its way through the threads: steps, cancellation, panics, completion |
//! | [`threads`] | the one pool of threads of the process |
//! | [`blake3`] … | a kernel each |
//!
//! `README.md` beside this file says how to add a kernel and why no thread can touch memory that is gone.

pub mod arguments;
pub mod blake3;
pub mod kernel;
pub mod memory;
mod probes;
pub mod registry;
pub mod task;
pub mod threads;

pub use arguments::{Argument, Arguments, Parameter, ParameterKind};
pub use kernel::{Context, Kernel, Outcome, Step, Value};
pub use memory::{InPlace, InputOutput, LentBytes, MemoryUse, Produces, Reads};
pub use registry::{Entry, Plan};
pub use task::{Finished, Observer, Task};
