//! The matches of a pattern, the same whatever parts they are looked for in.
//!
//! Matches do not overlap: the leftmost one counts, and the search goes on behind it. Where a pattern can overlap itself
//! (`abca` in `abcabca`) that makes each match depend on the one before, and so on back to the beginning. Parts are
//! therefore searched as if each were a beginning, and joined from the left: if a match of the part before reaches into
//! a part, that part's own matches are replaced by the true ones, up to the place where both begin a match. From there
//! on they are the same. Where they never meet (`aa` in nothing but `a`) the part has been searched twice, no more.

use crate::error::{Error, ErrorCode, Result};
use crate::kernels::Context;
use crate::kernels::runtime::parts::in_parts;
use memchr::memmem::Finder;
use std::ops::Range;

/// Below this a second thread costs more than it brings. Longer than any pattern, so that a part is mostly read once.
const LEAST: usize = 256 << 10;

/// What is kept of the matches.
pub(super) trait Tally: Default + Send + Sync {
    /// One more.
    fn add(&mut self, offset: usize);
    /// Takes the first few out again.
    fn forget_first(&mut self, count: usize);
    /// Those of the next part.
    fn append(&mut self, next: Self) -> Result<()>;
    /// Every place of one byte, which never overlaps itself.
    fn of_byte(byte: u8, bytes: &[u8], start: usize) -> Self;
}

/// Their number.
#[derive(Debug, Default)]
pub(super) struct Count(pub(super) u64);

impl Tally for Count {
    fn add(&mut self, _: usize) {
        self.0 += 1;
    }

    fn forget_first(&mut self, count: usize) {
        // Less than there are only where somebody writes to a SharedArrayBuffer meanwhile.
        self.0 = self.0.saturating_sub(count as u64);
    }

    fn append(&mut self, next: Self) -> Result<()> {
        self.0 += next.0;
        Ok(())
    }

    fn of_byte(byte: u8, bytes: &[u8], _: usize) -> Self {
        Count(memchr::memchr_iter(byte, bytes).count() as u64)
    }
}

/// Where they begin.
#[derive(Debug, Default)]
pub(super) struct Offsets(pub(super) Vec<f64>);

impl Tally for Offsets {
    fn add(&mut self, offset: usize) {
        // Exact: no memory has 2^53 bytes.
        self.0.push(offset as f64);
    }

    fn forget_first(&mut self, count: usize) {
        self.0.drain(..count.min(self.0.len()));
    }

    fn append(&mut self, mut next: Self) -> Result<()> {
        self.0.try_reserve(next.0.len()).map_err(|_| {
            let message = format!("no memory for {} offsets", self.0.len() + next.0.len());
            Error::new(ErrorCode::KernelOutput, message)
        })?;
        self.0.append(&mut next.0);
        Ok(())
    }

    fn of_byte(byte: u8, bytes: &[u8], start: usize) -> Self {
        Offsets(memchr::memchr_iter(byte, bytes).map(|offset| (start + offset) as f64).collect())
    }
}

/// A search that is under way.
pub(super) struct Matches<T> {
    finder: Finder<'static>,
    /// Matches that begin before it are known.
    done: usize,
    /// The end of the last one: where the next may begin.
    next: usize,
    /// The matches so far.
    pub(super) tally: T,
}

/// The matches that begin in a part, as if nothing were before it.
struct Part<T> {
    starts: Range<usize>,
    tally: T,
    /// Where the first one begins.
    first: Option<usize>,
    /// Where the last one ends.
    end: usize,
}

impl<T: Tally> Matches<T> {
    pub(super) fn new(pattern: &[u8]) -> Self {
        Matches { finder: Finder::new(pattern).into_owned(), done: 0, next: 0, tally: T::default() }
    }

    pub(super) fn pattern(&self) -> &[u8] {
        self.finder.needle()
    }

    /// How many bytes are behind us.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Finds the matches that begin in the next few bytes.
    pub(super) fn advance(&mut self, input: &[u8], bytes: usize, context: &Context<'_>) -> Result<()> {
        let end = input.len().min(self.done + bytes);
        for part in in_parts(self.done..end, LEAST, context, |starts| self.search(input, starts)) {
            self.join(input, part)?;
        }
        self.done = end;
        Ok(())
    }

    fn search(&self, input: &[u8], starts: Range<usize>) -> Part<T> {
        let (from, end) = (starts.start, starts.end);
        if let [byte] = self.pattern() {
            return Part { starts, tally: T::of_byte(*byte, &input[from..end], from), first: None, end: from };
        }
        let mut part = Part { starts, tally: T::default(), first: None, end: from };
        while let Some(found) = self.find(input, part.end, end) {
            part.first.get_or_insert(found);
            part.tally.add(found);
            part.end = found + self.pattern().len();
        }
        part
    }

    /// The first match that begins at `from` or behind it, and before `end`.
    fn find(&self, input: &[u8], from: usize, end: usize) -> Option<usize> {
        let reach = input.len().min(end + self.pattern().len() - 1);
        let found = self.finder.find(input.get(from..reach)?)?;
        Some(from + found)
    }

    fn join(&mut self, input: &[u8], mut part: Part<T>) -> Result<()> {
        if part.first.is_none_or(|first| first >= self.next) {
            self.next = self.next.max(part.end);
            return self.tally.append(part.tally);
        }
        let length = self.pattern().len();
        let mut theirs = part.first;
        let mut forgotten = 0;
        while let Some(ours) = self.find(input, self.next, part.starts.end) {
            while let Some(offset) = theirs.filter(|offset| *offset < ours) {
                forgotten += 1;
                theirs = self.find(input, offset + length, part.starts.end);
            }
            if theirs == Some(ours) {
                part.tally.forget_first(forgotten);
                self.next = part.end;
                return self.tally.append(part.tally);
            }
            self.tally.add(ours);
            self.next = ours + length;
        }
        Ok(())
    }
}
