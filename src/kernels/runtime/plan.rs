//! A call before it starts: checked, and nothing taken from the caller yet.

use super::arguments::Argument;
use super::batch::Item;
use super::bound::BoundKernel;
use super::lent::LentBytes;
use super::memory::MemoryUse;
use super::output;
use super::pipeline::Pipeline;
use super::registry::{self, Job, KernelInfo};
use super::shape::Shape;
use crate::error::{Error, ErrorCode, Result};
use std::cell::Cell;

/// A kernel by its name, and what the caller gave for its parameters.
pub type Named = (String, Vec<(String, Argument)>);

fn used_again(step: &BoundKernel, what: &str) -> Error {
    let message = format!(
        "{}: these parameters {what}: a second message under the same {} would give both away",
        step.info.name,
        step.info.single_use.join(" and ")
    );
    Error::new(ErrorCode::KernelParameter, message)
}

/// What is to be done to some bytes: one kernel, or several in a row.
#[derive(Debug)]
pub struct KernelChain {
    steps: Vec<BoundKernel>,
    /// Whether parameters that are for one call only were used in one.
    spent: Cell<bool>,
}

impl KernelChain {
    /// Finds the kernels and checks their parameters, each by itself.
    pub fn new(named: Vec<Named>) -> Result<Self> {
        let several = named.len() > 1;
        let find = |(place, (name, given)): (usize, Named)| {
            let found = registry::find(&name).and_then(|info| {
                let arguments = info.check(given)?;
                Ok(BoundKernel { info, arguments })
            });
            found.map_err(|error| if several { Error { step: Some(place), ..error } } else { error })
        };
        let steps = named.into_iter().enumerate().map(find).collect::<Result<Vec<_>>>()?;
        for (place, step) in steps.iter().enumerate() {
            if steps[..place].iter().any(|before| before.uses_up_the_same(step)) {
                let error = used_again(step, "are those of a step before, and for one step only");
                return Err(Error { step: Some(place), ..error });
            }
        }
        Ok(KernelChain { steps, spent: Cell::new(false) })
    }

    /// One kernel, which need not be registered.
    pub fn of(info: &'static KernelInfo, given: Vec<(String, Argument)>) -> Result<Self> {
        Ok(KernelChain { steps: vec![BoundKernel { info, arguments: info.check(given)? }], spent: Cell::new(false) })
    }

    /// Whether it has parameters that are for one call only, and so remembers whether there was one.
    pub fn is_single_use(&self) -> bool {
        self.steps.iter().any(BoundKernel::is_single_use)
    }

    /// The bytes of lists among the parameters, of which it holds copies.
    pub fn memory_of_parameters(&self) -> usize {
        self.steps.iter().map(|step| step.arguments.memory()).sum()
    }

    /// How the caller's bytes are used: what the most demanding step does to them.
    pub fn memory(&self) -> MemoryUse {
        self.steps.iter().map(|step| step.info.memory).max().unwrap_or(MemoryUse::Value)
    }

    /// Whether the caller's bytes are changed: by a step that works in place before one has written an output.
    fn writes_input(&self) -> bool {
        let on_input = self.steps.iter().take_while(|step| step.info.memory != MemoryUse::Output);
        on_input.into_iter().any(|step| step.info.memory == MemoryUse::InPlace)
    }

    /// The kernel, or what several in a row are called.
    pub fn name(&self) -> &'static str {
        match &self.steps[..] {
            [one] => one.info.name,
            _ => Pipeline::NAME,
        }
    }

    /// What its work is counted in.
    pub fn unit(&self) -> &'static str {
        match &self.steps[..] {
            [one] => one.info.unit,
            _ => Pipeline::UNIT,
        }
    }

    /// Plans a call on inputs of these shapes, with an output buffer of so many bytes, where the caller lends one.
    pub fn plan(&self, inputs: &[Shape], out: Option<usize>) -> Result<Plan> {
        let single_use = self.single_use(inputs.len())?;
        let memory = self.memory();
        if out.is_some() && memory != MemoryUse::Output {
            let message = "out is for kernels that write an output of another size; this one does not";
            return Err(Error::new(ErrorCode::KernelParameter, message));
        }
        let several = inputs.len() > 1;
        let plan_one = |(place, input): (usize, &Shape)| {
            let job = self.job(input);
            let job = job.map_err(|error| if several { Error { index: Some(place), ..error } } else { error })?;
            let output_shape = job.output_shape(input);
            match out {
                Some(length) if output_shape.exact && length < output_shape.length => {
                    Err(output::too_small(length, output_shape.length))
                }
                _ => Ok(Item::new(job, *input, memory)),
            }
        };
        let items = inputs.iter().enumerate().map(plan_one).collect::<Result<_>>()?;
        // Only now: a call that is refused has used nothing up.
        self.spent.set(single_use);
        Ok(Plan { name: self.name(), items, unit: self.unit(), memory, writes_input: self.writes_input() })
    }

    /// Whether a step's parameters are for one call on one input; an error where that would not be the first one.
    fn single_use(&self, inputs: usize) -> Result<bool> {
        let Some(step) = self.steps.iter().find(|step| step.is_single_use()) else {
            return Ok(false);
        };
        if inputs <= 1 && !self.spent.get() {
            return Ok(true);
        }
        Err(used_again(step, "are for one call on one input and not to be used again"))
    }

    fn job(&self, input: &Shape) -> Result<Box<dyn Job>> {
        match &self.steps[..] {
            [one] => one.info.plan(&one.arguments, input),
            steps => Ok(Box::new(Pipeline::plan(steps, input)?)),
        }
    }
}

/// A checked call that waits for its bytes.
#[derive(Debug)]
pub struct Plan {
    /// What is to be done, in a word.
    pub name: &'static str,
    pub(super) items: Vec<Item>,
    /// What its work is counted in.
    pub unit: &'static str,
    /// How it works on the caller's bytes.
    pub memory: MemoryUse,
    /// Whether it changes them.
    pub writes_input: bool,
}

impl Plan {
    /// A call of one kernel on one input.
    pub fn of(name: &str, given: Vec<(String, Argument)>, input: Shape) -> Result<Plan> {
        KernelChain::new(vec![(name.to_owned(), given)])?.plan(&[input], None)
    }

    /// The number of bytes that each input was checked for.
    pub fn lengths(&self) -> impl ExactSizeIterator<Item = usize> {
        self.items.iter().map(Item::length)
    }

    /// How many bytes a call on this one input will write as its output, as far as the parameters or the input say it.
    pub fn expects(&self, input: &mut LentBytes) -> Option<usize> {
        match &self.items[..] {
            [one] => one.expects(input.bytes().read()),
            _ => None,
        }
    }
}
