//! The inputs of one call, and how a step is shared among them.
//!
//! Most calls have one input, and a step of the call is a step of its kernel. A call on many (`kernels.map`) takes as
//! many of them a step as fit into a few milliseconds, spread over the threads: one hand-over for all.

use super::kernel::{Context, Step, Value};
use super::lent::LentBytes;
use super::memory::MemoryUse;
use super::output::{self, Output};
use super::panic::caught;
use super::registry::Job;
use super::shape::{Element, Shape};
use crate::error::{Error, Result};
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// How long a step goes on taking up further inputs.
const BUDGET: Duration = Duration::from_millis(3);

/// How many inputs a step looks at.
const WINDOW: usize = 4096;

/// One kernel, or pipeline, on one input.
pub(super) struct Item {
    job: Box<dyn Job>,
    shape: Shape,
    memory: MemoryUse,
    lent: Option<Lent>,
    value: Option<Value>,
    /// How much of the job's work is behind it.
    done: u64,
}

/// What was lent for an item.
#[derive(Debug)]
struct Lent {
    input: LentBytes,
    output: Output,
}

impl std::fmt::Debug for Item {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Item").field("shape", &self.shape).finish_non_exhaustive()
    }
}

/// What came out for one input.
#[derive(Debug)]
pub struct Done {
    /// The answer.
    pub value: Value,
    /// What was written to memory of our own; None where it was lent or prepared.
    pub output: Option<Vec<u8>>,
    /// The bytes of the result: of the output, or at the beginning of the input where that was changed into something
    /// of another size or type. None where the input's memory is all there is.
    pub written: Option<usize>,
    /// The type of the result's elements.
    pub element: Element,
}

impl Item {
    pub(super) fn new(job: Box<dyn Job>, shape: Shape, memory: MemoryUse) -> Self {
        Item { job, shape, memory, lent: None, value: None, done: 0 }
    }

    pub(super) fn length(&self) -> usize {
        self.shape.length
    }

    /// How long its output will be, as far as can be told before.
    pub(super) fn expects(&self, input: &[u8]) -> Option<usize> {
        if self.memory != MemoryUse::Output {
            return None;
        }
        let output_shape = self.job.output_shape(&self.shape);
        let length = if output_shape.exact { output_shape.length } else { self.job.claims(input) };
        (length > 0 && length <= output::longest()).then_some(length)
    }

    pub(super) fn lend(&mut self, input: LentBytes, output: Output) {
        debug_assert_eq!(self.shape.length, input.len());
        self.lent = Some(Lent { input, output });
    }

    /// The next step of the kernel.
    fn step(&mut self, context: &Context<'_>) -> Result<()> {
        let Some(lent) = &mut self.lent else { unreachable!("an item is lent its bytes before its first step") };
        match caught(|| self.job.step(lent.input.bytes(), &mut lent.output, context))? {
            Step::More { done } => self.done = done,
            Step::Done(value) => {
                self.done = self.job.work();
                self.value = Some(value);
            }
        }
        Ok(())
    }

    /// Gives the bytes back. What came out, if the item was worked off.
    fn end(self) -> Option<Done> {
        let Item { job, shape, memory, lent, value, .. } = self;
        let Lent { input, output } = lent?;
        input.give_back();
        let (own, written) = output.into_own();
        let value = value?;
        let output_shape = job.output_shape(&shape);
        Some(match memory {
            MemoryUse::Output => Done { value, output: own, written: Some(written), element: output_shape.element },
            MemoryUse::InPlace | MemoryUse::Value => {
                let changed = (output_shape.length, output_shape.element) != (shape.length, shape.element);
                Done {
                    value,
                    output: None,
                    written: changed.then_some(output_shape.length),
                    element: output_shape.element,
                }
            }
        })
    }
}

/// The items of a call and how far they are.
#[derive(Debug)]
pub(super) struct Batch {
    items: Vec<Item>,
    /// Those before it are done.
    next: usize,
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Progress {
    /// So much of so much is done.
    Partly { done: u64, total: u64 },
    /// Everything is.
    Complete,
}

impl Batch {
    pub(super) fn new(items: Vec<Item>) -> Self {
        Batch { items, next: 0 }
    }

    /// Some milliseconds of work.
    pub(super) fn step(&mut self, context: &Context<'_>) -> Result<Progress> {
        if let [item] = &mut self.items[..] {
            item.step(context)?;
            return Ok(match item.value {
                None => Progress::Partly { done: item.done, total: item.job.work() },
                Some(_) => Progress::Complete,
            });
        }
        self.step_many(context)?;
        let rest = &self.items[self.next..];
        self.next += rest.iter().take_while(|item| item.value.is_some()).count();
        if self.next == self.items.len() {
            return Ok(Progress::Complete);
        }
        Ok(Progress::Partly { done: self.next as u64, total: self.items.len() as u64 })
    }

    fn step_many(&mut self, context: &Context<'_>) -> Result<()> {
        let until = Instant::now() + BUDGET;
        let end = self.items.len().min(self.next + WINDOW);
        let first = self.next;
        let window = &mut self.items[first..end];
        let work = |(place, item): (usize, &mut Item)| {
            // The clock is looked at after a step: every thread takes at least one, so that the call gets on.
            let mut begun = false;
            while item.value.is_none() && !context.is_cancelled() && (!begun || Instant::now() < until) {
                if !begun && place > 0 && Instant::now() >= until {
                    break;
                }
                begun = true;
                item.step(context).map_err(|error| Error { index: Some(first + place), ..error })?;
            }
            Ok(())
        };
        if context.parallel() {
            // The first failure by index, not by time: the same call fails the same way each time.
            let failures: Vec<_> =
                window.par_iter_mut().enumerate().map(work).filter_map(|result: Result<()>| result.err()).collect();
            failures.into_iter().next().map_or(Ok(()), Err)
        } else {
            window.iter_mut().enumerate().try_for_each(work)
        }
    }

    /// Gives all bytes back. What came out, in the order of the inputs; nothing unless everything was done.
    pub(super) fn end(self) -> Option<Vec<Done>> {
        // Collected first: all of them give their bytes back.
        let done: Vec<_> = self.items.into_iter().map(Item::end).collect();
        done.into_iter().collect()
    }
}
