//! The boundary with Node: the only module that knows napi. An exported function converts, calls, converts.
//!
//! | module      | what it exports |
//! |-------------|-----------------|
//! | `clock`     | JavaScript's clock, for any thread |
//! | `kernels`   | native kernels on lent memory, and the unsafe code of their boundary |
//! | `pool`      | the main thread's end of a pool |
//! | `trace`     | what the kernel threads do; what the processor can do |
//! | `worker`    | a worker's end |
//! | `function`  | JavaScript functions for the hot path |
//! | `registry`  | how a worker finds the pool of its main thread |
//! | `views`     | memory that JavaScript lends; the unsafe code of the pool's boundary |

mod clock;
mod function;
mod kernels;
mod pool;
mod registry;
mod trace;
mod views;
mod worker;

/// The version of the crate. The JavaScript that loads the addon has to be of the same.
#[napi_derive::napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
