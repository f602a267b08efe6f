//! What Rust and JavaScript both know: tables of numbers, and the records that cross from one to the other.
//!
//! | module         | what it holds |
//! |----------------|---------------|
//! | [`words`]      | the words that both sides read and write, and the values of the bell |
//! | [`record`]     | a task on its way to a worker |
//! | [`completion`] | a note on its way to the main thread |
//! | [`worker`]     | the registers of a worker, and its next step |
//! | [`answers`]    | answers of native calls that fit one number |
//! | [`message`]    | what main thread and workers post each other |
//! | [`kernel`]     | the events of native kernels |
//! | [`limits`]     | limits, and what else has to be the same on both sides |
//!
//! Nothing else holds such a number. `lib/protocol/tables.js` is generated from here by `npm run protocol`, and a test
//! compares it. The codecs of the records are here for Rust, and in `lib/protocol/` for JavaScript.

#[macro_use]
pub mod table;

pub mod answers;
pub mod completion;
#[cfg(all(test, not(loom)))]
mod javascript;
pub mod kernel;
pub mod limits;
pub mod message;
pub mod record;
pub mod words;
pub mod worker;
