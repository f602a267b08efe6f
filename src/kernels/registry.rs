//! All kernels by name, and how a call is planned.

use super::arguments::{Argument, Arguments, Parameter};
use super::blake3::Blake3;
use super::kernel::{Context, Kernel, Step};
use super::memory::{self, LentBytes, MemoryKind, MemoryUse};
use super::probes;
use crate::error::{Error, ErrorCode, Result};

/// Every kernel that ships. A new one is one line here.
pub static KERNELS: &[Entry] = &[Entry::of::<Blake3>()];

/// Kernels that misbehave or idle on purpose, for the tests of everything around a kernel. Called like any other, by a
/// name that begins with `probe.`, and listed nowhere.
static PROBES: &[Entry] = &[
    Entry::of::<probes::Panics>(),
    Entry::of::<probes::Spins>(),
    Entry::of::<probes::Nothing>(),
    Entry::of::<probes::Inverts>(),
    Entry::of::<probes::Doubles>(),
];

/// A kernel, with its type forgotten.
#[derive(Debug)]
pub struct Entry {
    /// The dotted name.
    pub name: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// What its work is counted in.
    pub unit: &'static str,
    /// How it works on the caller's bytes.
    pub memory: MemoryUse,
    /// Every parameter it knows.
    pub parameters: &'static [Parameter],
    plan: fn(&Arguments, usize) -> Result<Box<dyn Job>>,
}

impl Entry {
    const fn of<K: Kernel>() -> Self {
        Entry {
            name: K::NAME,
            summary: K::SUMMARY,
            unit: K::UNIT,
            memory: <K::Memory as MemoryKind>::USE,
            parameters: K::PARAMETERS,
            plan: |arguments, length| Ok(Box::new(K::plan(arguments, length)?)),
        }
    }

    /// Checks a call of this kernel on `length` bytes. Nothing has been taken from the caller yet.
    pub fn plan(&self, given: Vec<(String, Argument)>, length: usize) -> Result<Plan> {
        let arguments = Arguments::check(self.name, self.parameters, given)?;
        let job = (self.plan)(&arguments, length)?;
        let output = match self.memory {
            MemoryUse::Output => Some(memory::zeros(job.output_length())?),
            MemoryUse::Value | MemoryUse::InPlace => None,
        };
        Ok(Plan { job, length, output })
    }
}

/// Finds a kernel; the error lists the known ones.
pub fn find(name: &str) -> Result<&'static Entry> {
    let mut all = KERNELS.iter().chain(PROBES);
    all.find(|entry| entry.name == name).ok_or_else(|| {
        let known: Vec<_> = KERNELS.iter().map(|entry| entry.name).collect();
        let message = format!("unknown kernel {name:?}; known are {}", known.join(", "));
        Error::new(ErrorCode::UnknownKernel, message)
    })
}

/// A checked call that waits for its bytes.
pub struct Plan {
    pub(super) job: Box<dyn Job>,
    pub(super) output: Option<Vec<u8>>,
    length: usize,
}

impl Plan {
    /// The number of bytes that the call was checked for.
    pub fn length(&self) -> usize {
        self.length
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Plan").field("length", &self.length).finish_non_exhaustive()
    }
}

/// A [`Kernel`] whose memory kind is forgotten, so that a task can hold any.
pub(super) trait Job: Send {
    fn output_length(&self) -> usize;
    fn work(&self) -> u64;
    fn step(&mut self, input: &mut LentBytes, output: &mut [u8], context: &Context<'_>) -> Result<Step>;
}

impl<K: Kernel> Job for K {
    fn output_length(&self) -> usize {
        Kernel::output_length(self)
    }

    fn work(&self) -> u64 {
        Kernel::work(self)
    }

    fn step(&mut self, input: &mut LentBytes, output: &mut [u8], context: &Context<'_>) -> Result<Step> {
        Kernel::step(self, K::Memory::lend(input, output), context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique() {
        let mut seen = HashSet::new();
        assert!(KERNELS.iter().chain(PROBES).all(|entry| seen.insert(entry.name)));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = find("blake4").unwrap_err();
        assert_eq!(error.code, ErrorCode::UnknownKernel);
        assert!(error.message.contains("blake3"), "{error}");
        assert!(!error.message.contains("probe"), "{error}");
    }
}
