//! All kernels by name.

use super::arguments::{Argument, Arguments, Parameter};
use crate::kernels::aead::{open::Open, seal::Seal};

use super::kernel::{Context, Kernel, Step};
use super::lent::Bytes;
use super::memory::{MemoryKind, MemoryUse};
use super::output::Output;
use super::shape::Shape;
use crate::error::{Error, ErrorCode, Result};
use crate::kernels::compression::{GzipCompress, GzipDecompress, ZstdCompress, ZstdDecompress};
use crate::kernels::hash::{blake3::Blake3, crc32::Crc32, sha256::Sha256, xxh3::Xxh3};
use crate::kernels::image;
use crate::kernels::matrix::Multiply;
use crate::kernels::probes;
use crate::kernels::scan::histogram::Histogram;
use crate::kernels::scan::search::{SearchCount, SearchOffsets};
use crate::kernels::sort::Sort;
use crate::kernels::vector::half::ToHalf;
use crate::kernels::vector::normalize::Normalize;
use crate::kernels::vector::quantize::Quantize;
use crate::kernels::vector::softmax::Softmax;
use crate::kernels::vector::topk::TopK;
use std::sync::atomic::{AtomicBool, Ordering};

/// Every kernel that ships. A new one is one line here.
pub static KERNELS: &[KernelInfo] = &[
    KernelInfo::of::<Blake3>(),
    KernelInfo::of::<Sha256>(),
    KernelInfo::of::<Xxh3>(),
    KernelInfo::of::<Crc32>(),
    KernelInfo::of::<Seal>(),
    KernelInfo::of::<Open>(),
    KernelInfo::of::<Histogram>(),
    KernelInfo::of::<SearchCount>(),
    KernelInfo::of::<SearchOffsets>(),
    KernelInfo::of::<Normalize>(),
    KernelInfo::of::<Softmax>(),
    KernelInfo::of::<Quantize>(),
    KernelInfo::of::<ToHalf>(),
    KernelInfo::of::<TopK>(),
    KernelInfo::of::<Multiply>(),
    KernelInfo::of::<Sort>(),
    KernelInfo::of::<GzipCompress>(),
    KernelInfo::of::<GzipDecompress>(),
    KernelInfo::of::<ZstdCompress>(),
    KernelInfo::of::<ZstdDecompress>(),
    KernelInfo::of::<image::Each<image::Adjust>>(),
    KernelInfo::of::<image::Blur>(),
    KernelInfo::of::<image::Each<image::Grayscale>>(),
    KernelInfo::of::<image::Each<image::Invert>>(),
    KernelInfo::of::<image::Each<image::Lut>>(),
    KernelInfo::of::<image::Each<image::Premultiply>>(),
    KernelInfo::of::<image::Resize>(),
    KernelInfo::of::<image::Each<image::Swizzle>>(),
    KernelInfo::of::<image::ToTensor>(),
    KernelInfo::of::<image::Each<image::Unpremultiply>>(),
];

/// Kernels that misbehave or idle on purpose, for the tests of everything around a kernel. Called like any other, by a
/// name that begins with `probe.`, once a test has asked for them with [`open_probes`]; listed nowhere.
static PROBES: &[KernelInfo] = &[
    KernelInfo::of::<probes::Panics>(),
    KernelInfo::of::<probes::Spins>(),
    KernelInfo::of::<probes::Nothing>(),
    KernelInfo::of::<probes::Inverts>(),
    KernelInfo::of::<probes::Doubles>(),
    KernelInfo::of::<probes::Grows>(),
    KernelInfo::of::<probes::Halves>(),
];

/// Whether the probes can be called, in this process.
static PROBES_OPEN: AtomicBool = AtomicBool::new(cfg!(test));

/// Lets the probes be called from now on. For tests.
pub fn open_probes() {
    // Relaxed: the flag stands for itself.
    PROBES_OPEN.store(true, Ordering::Relaxed);
}

/// A kernel, with its type forgotten.
#[derive(Debug)]
pub struct KernelInfo {
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
    /// Whether its parameters are for one call on one input.
    pub single_use: &'static [&'static str],
    plan: fn(&Arguments, &Shape) -> Result<Box<dyn Job>>,
}

impl KernelInfo {
    /// The info of a kernel.
    pub const fn of<K: Kernel>() -> Self {
        KernelInfo {
            name: K::NAME,
            summary: K::SUMMARY,
            unit: K::UNIT,
            memory: <K::Memory as MemoryKind>::USE,
            parameters: K::PARAMETERS,
            single_use: K::SINGLE_USE,
            plan: |arguments, input| Ok(Box::new(K::plan(arguments, input)?)),
        }
    }

    /// Checks what the caller gave for parameters, each by itself.
    pub(super) fn check(&self, given: Vec<(String, Argument)>) -> Result<Arguments> {
        Arguments::check(self.name, self.parameters, given)
    }

    /// Checks how the parameters suit each other and the input.
    pub(super) fn plan(&self, arguments: &Arguments, input: &Shape) -> Result<Box<dyn Job>> {
        (self.plan)(arguments, input)
    }
}

/// Finds a kernel; the error lists the known ones.
pub fn find(name: &str) -> Result<&'static KernelInfo> {
    let probes = if PROBES_OPEN.load(Ordering::Relaxed) { PROBES } else { &[] };
    let mut all = KERNELS.iter().chain(probes);
    all.find(|info| info.name == name).ok_or_else(|| {
        let known: Vec<_> = KERNELS.iter().map(|info| info.name).collect();
        let message = format!("unknown kernel {name:?}; known are {}", known.join(", "));
        Error::new(ErrorCode::UnknownKernel, message)
    })
}

/// A call of a [`Kernel`] whose type is forgotten, so that a call can hold any.
pub(super) trait Job: Send {
    fn output_shape(&self, input: &Shape) -> Shape;
    fn claims(&self, input: &[u8]) -> usize;
    fn work(&self) -> u64;
    fn step(&mut self, input: Bytes<'_>, output: &mut Output, context: &Context<'_>) -> Result<Step>;
}

impl<K: Kernel> Job for K {
    fn output_shape(&self, input: &Shape) -> Shape {
        match <K::Memory as MemoryKind>::USE {
            MemoryUse::Value => *input,
            MemoryUse::InPlace | MemoryUse::Output => Kernel::output_shape(self, input),
        }
    }

    fn claims(&self, input: &[u8]) -> usize {
        Kernel::claims(self, input)
    }

    fn work(&self) -> u64 {
        Kernel::work(self)
    }

    fn step(&mut self, input: Bytes<'_>, output: &mut Output, context: &Context<'_>) -> Result<Step> {
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
        assert!(KERNELS.iter().chain(PROBES).all(|info| seen.insert(info.name)));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = find("blake4").unwrap_err();
        assert_eq!(error.code, ErrorCode::UnknownKernel);
        assert!(error.message.contains("blake3"), "{error}");
        assert!(!error.message.contains("probe"), "{error}");
    }
}
