//! The scheduler: pure Rust, no Node, no JavaScript.
//!
//! | module      | what it holds |
//! |-------------|---------------|
//! | [`control`] | the words that JavaScript and Rust share |
//! | [`submission`] | where the main thread writes tasks |
//! | `queue`     | the waiting tasks |
//! | [`policy`]  | the order in which they start |
//! | `store`     | records of bytes in chunks |
//! | `fates`     | what has become of abortable tasks |
//! | [`slot`]    | the states of a worker |
//! | [`pool`]    | one lock and what changes under it: the main thread's calls, a worker's calls, the transitions |
//! | [`poll_budget`]    | how long a worker searches before it sleeps |
//! | [`completion`]  | what workers tell the main thread |
//! | [`stats`]   | histograms |
//! | `sync`      | std's primitives, or loom's |
//!
//! `README.md` beside this file has the protocols and their proofs.

pub mod completion;
pub mod control;
mod fates;
pub mod policy;
pub mod poll_budget;
pub mod pool;
mod queue;
pub mod slot;
pub mod stats;
mod store;
pub mod submission;
pub(crate) mod sync;

#[cfg(all(test, loom))]
mod models;
#[cfg(all(test, not(loom)))]
mod tests;
