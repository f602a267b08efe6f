//! Shared memory that calls work on, in the whole process.
//!
//! The memory of a SharedArrayBuffer cannot be taken away from its owner, who can lend it again while a call is under
//! way, from any thread. Two calls may read the same bytes. Where one writes, no other may touch them: both would have
//! an exclusive reference to the same memory. So a call *claims* the shared memory that it is lent, and a claim that
//! overlaps another one is refused. A call that is lent none has no claim and does not come here.

use crate::error::{Error, ErrorCode, Result};
use std::fmt;
use std::sync::{Mutex, MutexGuard};

/// A stretch of shared memory, and what a call does there.
#[derive(Clone, Debug)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Bytes; not zero.
    pub length: usize,
    /// Whether the call writes there.
    pub writes: bool,
    /// Which of the call's buffers it is, for an error.
    pub place: Place,
}

/// Which of a call's buffers something is about.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// The only input.
    Input,
    /// One of several inputs, counted from 0.
    Nth(usize),
    /// The output buffer.
    Out,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Input => formatter.write_str("the input"),
            Place::Nth(at) => write!(formatter, "input {at}"),
            Place::Out => formatter.write_str("out"),
        }
    }
}

impl Span {
    fn end(&self) -> usize {
        self.start + self.length
    }
}

/// The right of one call to some stretches of shared memory, until it is dropped.
#[derive(Debug)]
pub struct Claim {
    id: u64,
}

/// The claims that stand.
static REGISTER: Mutex<Register> = Mutex::new(Register { last_id: 0, claims: Vec::new() });

struct Register {
    last_id: u64,
    claims: Vec<Claimed>,
}

/// The stretches of a claim, in the order of their addresses. None overlaps another one.
struct Claimed {
    id: u64,
    spans: Vec<Span>,
}

impl Claim {
    /// Claims all of the stretches, or none: an error where one overlaps what another call has claimed, and one of the
    /// two writes. No two of the same call may overlap, which the caller has seen to.
    pub fn new(mut spans: Vec<Span>) -> Result<Claim> {
        spans.sort_unstable_by_key(|span| span.start);
        let mut register = register();
        for other in &register.claims {
            if let Some((mine, theirs)) = conflict(&spans, &other.spans) {
                return Err(refused(mine, theirs));
            }
        }
        register.last_id += 1;
        let id = register.last_id;
        register.claims.push(Claimed { id, spans });
        Ok(Claim { id })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut register = register();
        if let Some(place) = register.claims.iter().position(|claimed| claimed.id == self.id) {
            register.claims.swap_remove(place);
        }
    }
}

fn register() -> MutexGuard<'static, Register> {
    // Nothing that panics is done while it is held, but for running out of memory, before anything is changed.
    REGISTER.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The first two that overlap and of which one is written to. Both lists are in order, so each is gone through once.
fn conflict<'a>(mine: &'a [Span], theirs: &'a [Span]) -> Option<(&'a Span, &'a Span)> {
    let (mut mine, mut theirs) = (mine.iter().peekable(), theirs.iter().peekable());
    while let (Some(one), Some(other)) = (mine.peek(), theirs.peek()) {
        if one.start < other.end() && other.start < one.end() && (one.writes || other.writes) {
            return Some((one, other));
        }
        // Nothing behind the one that ends first can overlap it.
        if one.end() <= other.end() {
            mine.next()
        } else {
            theirs.next()
        };
    }
    None
}

fn refused(mine: &Span, theirs: &Span) -> Error {
    let (from, to) = (mine.start.max(theirs.start) - mine.start, mine.end().min(theirs.end()) - mine.start);
    let does = |span: &Span| if span.writes { "writes" } else { "reads" };
    let message = format!(
        "bytes {from} to {} of {} are shared memory that another call {} while it is under way, and this one {} them: \
         several calls may read the same bytes, but one that writes must be alone; wait for the end of the other one",
        to - 1,
        mine.place,
        does(theirs),
        does(mine),
    );
    Error::new(ErrorCode::KernelBusy, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses that no other test uses: nothing is touched there.
    fn span(start: usize, length: usize, writes: bool) -> Span {
        Span { start, length, writes, place: Place::Input }
    }

    #[test]
    fn what_is_written_is_claimed_by_one_call_alone() {
        let held = Claim::new(vec![span(100, 50, true), span(300, 50, false)]).unwrap();
        for (start, length, writes) in [(100, 1, false), (149, 10, true), (90, 11, false), (0, 500, false)] {
            let error = Claim::new(vec![span(start, length, writes)]).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelBusy, "{start}");
        }
        for (start, length) in [(349, 1), (299, 2), (310, 5)] {
            assert!(Claim::new(vec![span(start, length, true)]).is_err(), "{start}");
            drop(Claim::new(vec![span(start, length, false)]).unwrap());
        }
        for (start, length) in [(90, 10), (150, 150), (350, 50)] {
            drop(Claim::new(vec![span(start, length, true)]).unwrap());
        }
        drop(held);
        drop(Claim::new(vec![span(0, 500, true)]).unwrap());
    }

    #[test]
    fn a_refusal_names_the_bytes_and_claims_nothing() {
        let held = Claim::new(vec![span(1100, 50, true)]).unwrap();
        let error = Claim::new(vec![span(1000, 20, true), span(1140, 20, false)]).unwrap_err();
        assert!(
            error.message.contains("bytes 0 to 9 of the input are shared memory that another call writes"),
            "{error}"
        );
        drop(Claim::new(vec![span(1000, 20, true)]).unwrap());
        drop(held);
    }

    #[test]
    fn every_pair_is_found_that_a_comparison_of_all_finds() {
        let mut state = 1_u32;
        let mut random = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        for _ in 0..2000 {
            let mut list = || {
                let mut at = 2000;
                (0..random(6))
                    .map(|_| {
                        let one = span(at + random(4), 1 + random(4), random(2) == 0);
                        at = one.end();
                        one
                    })
                    .collect::<Vec<_>>()
            };
            let (mine, theirs) = (list(), list());
            let overlap = |a: &Span, b: &Span| a.start < b.end() && b.start < a.end() && (a.writes || b.writes);
            let expected = mine.iter().any(|a| theirs.iter().any(|b| overlap(a, b)));
            assert_eq!(conflict(&mine, &theirs).is_some(), expected, "{mine:?} {theirs:?}");
        }
    }
}
