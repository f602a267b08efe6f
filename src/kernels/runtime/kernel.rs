//! What one kernel has to say for itself.

use super::arguments::{Arguments, Parameter};
use super::memory::MemoryKind;
use super::shape::Shape;
use crate::error::Result;
use std::sync::atomic::{AtomicBool, Ordering};

/// A kernel: one call of it is one value of the implementing type.
///
/// [`plan`](Kernel::plan) reads and checks the parameters before anything is taken from the caller; the value it makes
/// holds the parameters in their own types and whatever the kernel keeps between two steps. [`step`](Kernel::step) then
/// does the work, a few milliseconds of it a call, until it says [`Step::Done`].
///
/// Steps rather than one long run, for three reasons that would else be every kernel's own business: between two steps
/// a call can be cancelled, its progress is reported, and other calls get their turn on the same threads. The last one
/// is needed for the first: a thread that waits for a stolen half of its work takes up other work meanwhile, and could
/// not return to a cancelled call before that is done. See `README.md`, "Steps".
pub trait Kernel: Sized + Send + 'static {
    /// The dotted name by which JavaScript calls it.
    const NAME: &'static str;
    /// One line for `kernels.list()`.
    const SUMMARY: &'static str;
    /// What its work is counted in, for reports of progress.
    const UNIT: &'static str = "bytes";
    /// Every parameter it knows.
    const PARAMETERS: &'static [Parameter];
    /// Parameters that together are for one input and must not be used for another: a nonce is for one message under a
    /// key. A kernel with such cannot be called on many inputs, a pipeline with it runs once, and no two steps of one
    /// may have the same.
    const SINGLE_USE: &'static [&'static str] = &[];
    /// How it works on the caller's bytes: [`Reads`](super::Reads), [`InPlace`](super::InPlace) or
    /// [`Produces`](super::Produces).
    type Memory: MemoryKind;

    /// Checks the call. `arguments` are known to be of the declared types and ranges; what is left to check is how they
    /// suit each other and the input.
    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self>;

    /// What the caller, or the next step of a pipeline, finds afterwards: of a kernel that works in place what the
    /// beginning of its input then holds, of one that produces what it will have written. A kernel that only reads is
    /// not asked.
    fn output_shape(&self, input: &Shape) -> Shape {
        *input
    }

    /// How long the output will be if `input` says the truth, where only the run can tell for sure: a hint, so that memory
    /// can be prepared. 0 if nothing says it. A kernel whose output has a length that is known before is not asked.
    fn claims(&self, _input: &[u8]) -> usize {
        0
    }

    /// The size of the whole call in [`UNIT`](Kernel::UNIT)s, which `done` of [`Step::More`] moves towards.
    fn work(&self) -> u64;

    /// Does the next few milliseconds of work. Never called again after [`Step::Done`] or an error.
    fn step(&mut self, memory: <Self::Memory as MemoryKind>::Lent<'_>, context: &Context<'_>) -> Result<Step>;
}

/// How far a call is.
#[derive(Debug)]
#[must_use]
pub enum Step {
    /// There is more to do.
    More {
        /// How much of [`Kernel::work`] is behind us.
        done: u64,
    },
    /// That was all.
    Done(Value),
}

/// An answer that is not a transformed buffer.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// The memory says it all.
    #[default]
    None,
    /// A number.
    Number(f64),
    /// A whole number that a double cannot hold.
    BigInt(u64),
    /// A few bytes: a digest, a tag.
    Bytes(Vec<u8>),
    /// Whole numbers of 32 bits.
    Uint32(Vec<u32>),
    /// Numbers of 32 bits.
    Float32(Vec<f32>),
    /// Numbers that a double holds.
    Float64(Vec<f64>),
    /// Several answers, by name.
    Fields(Vec<(&'static str, Value)>),
    /// Several answers, one after the other.
    List(Vec<Value>),
}

/// What a step may ask its surroundings.
#[derive(Debug)]
pub struct Context<'a> {
    pub(in crate::kernels) cancelled: &'a AtomicBool,
    pub(in crate::kernels) parallel: bool,
}

impl Context<'_> {
    /// Whether rayon may be used. False where the call runs on the caller's own thread: there `rayon::join` and its
    /// kin would start rayon's global pool, which this process never has.
    pub fn parallel(&self) -> bool {
        self.parallel
    }

    /// Whether nobody wants the result any more. Looked at between steps anyway; a step need not ask.
    pub fn is_cancelled(&self) -> bool {
        // Relaxed: the flag alone says it, no other memory is read because of it.
        self.cancelled.load(Ordering::Relaxed)
    }
}
