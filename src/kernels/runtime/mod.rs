//! Everything around a kernel.
//!
//! | module | what it holds |
//! |---|---|
//! | [`kernel`] | the [`Kernel`](kernel::Kernel) trait: what one kernel has to say for itself |
//! | [`arguments`] | parameters: declared once, checked and read by name |
//! | [`shape`] | what a stretch of memory holds: how much, of which type |
//! | [`lent`] | bytes lent by JavaScript |
//! | [`memory`] | the three ways of working on them |
//! | [`shared`] | shared memory: no call writes what another one works on |
//! | [`output`] | where a kernel writes what has a size of its own |
//! | [`registry`] | all kernels by name |
//! | `bound` | a kernel with its parameters |
//! | [`plan`] | a call before it starts, checked |
//! | [`batch`] | the inputs of a call and how a step is shared among them |
//! | `pipeline` | several kernels in a row on one input |
//! | [`call`] | one call on its way through the threads: steps, cancellation, panics, completion |
//! | [`handover`] | which call a thread takes next, and who is woken for it |
//! | [`executor`] | the one pool of threads of the process |
//! | `thread_policy`, `spread` | what the system is told of these threads |
//! | `panic` | a kernel's panic made an error |
//! | `parts` | a step's bytes divided among the threads |
//! | [`trace`] | which thread was at which step, while somebody watches |

pub mod arguments;
pub mod batch;
mod bound;
pub mod call;
pub mod executor;
pub mod handover;
pub mod kernel;
pub mod lent;
pub mod memory;
pub mod output;
mod panic;
pub(super) mod parts;
mod pipeline;
pub mod plan;
pub mod registry;
pub mod shape;
pub mod shared;
mod spread;
mod thread_policy;
pub mod trace;
