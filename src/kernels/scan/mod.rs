//! Kernels that look through bytes and answer with numbers.
//!
//! | module | kernels |
//! |---|---|
//! | [`histogram`] | `histogram` |
//! | [`search`] | `search.count`, `search.offsets` |
//! | `matches` | the matches of both, found once each wherever a step or a part ends |

pub mod histogram;
mod matches;
pub mod search;
