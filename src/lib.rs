//! rockpool: the native half of a worker pool for Node.js.
//!
//! | module        | what it is | knows Node |
//! |---------------|------------|------------|
//! | [`scheduler`] | queue, worker slots, park and wake, completions, statistics | no |
//! | [`kernels`]   | native kernels on work-stealing threads | no |
//! | [`protocol`]  | what Rust and JavaScript both know | no |
//! | [`bulk`]      | copies of large buffers | no |
//! | [`cpu`]       | what this processor can do | no |
//! | [`error`]     | the one error type, with stable codes | no |
//! | `binding`     | the boundary: converts, calls, converts | yes |
//!
//! With `--no-default-features` the crate is a plain library: that is how the core is tested, benched and
//! model-checked.

pub mod bulk;
pub mod cpu;
pub mod error;
pub mod kernels;
pub mod protocol;
pub mod scheduler;

// Symbols of Node exist in a Node process only: tests of the core are built without the boundary.
#[cfg(all(feature = "binding", not(test)))]
mod binding;
