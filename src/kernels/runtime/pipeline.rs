//! Several kernels in a row on one input: one hand-over, and what one leaves is the next one's input.

use super::bound::BoundKernel;
use super::kernel::{Context, Step, Value};
use super::lent::Bytes;
use super::memory::MemoryUse;
use super::output::Output;
use super::panic::caught;
use super::registry::Job;
use super::shape::Shape;
use crate::error::{Error, Result};

/// A pipeline is a job like that of one kernel.
pub(super) struct Pipeline {
    stages: Vec<Stage>,
    /// The stage that is at work.
    at: usize,
    /// Where its input lies.
    place: Place,
    /// What that holds.
    shape: Shape,
    /// Where it writes, unless it writes the output of the whole pipeline.
    between: Output,
    values: Vec<Value>,
}

struct Stage {
    kernel: BoundKernel,
    /// None while the size of its input is not known: behind a step that decompresses, for one.
    job: Option<Box<dyn Job>>,
    /// The last one that produces writes the output of the whole pipeline.
    writes_output: bool,
}

/// Where the input of a stage lies.
enum Place {
    /// In the caller's buffer.
    Input,
    /// In memory between two stages.
    Between(Vec<u8>),
    /// In the output of the whole pipeline.
    Output,
}

impl Pipeline {
    pub(super) const NAME: &'static str = "pipeline";
    pub(super) const UNIT: &'static str = "steps";

    /// Checks that each step's output suits the next. Behind a step whose output will have a size that only the run can
    /// tell, that is done when it is known.
    pub(super) fn plan(kernels: &[BoundKernel], input: &Shape) -> Result<Self> {
        let last_output = kernels.iter().rposition(|step| step.info.memory == MemoryUse::Output);
        let mut stages = Vec::with_capacity(kernels.len());
        let mut shape = *input;
        for (place, kernel) in kernels.iter().enumerate() {
            let mut job = None;
            if shape.exact {
                let planned = plan_stage(kernel, place, &shape)?;
                shape = planned.output_shape(&shape);
                job = Some(planned);
            }
            stages.push(Stage { kernel: kernel.clone(), job, writes_output: last_output == Some(place) });
        }
        let values = Vec::with_capacity(stages.len());
        Ok(Pipeline { stages, at: 0, place: Place::Input, shape: *input, between: Output::own(), values })
    }

    /// One step of the stage at work.
    fn advance(&mut self, input: Bytes<'_>, output: &mut Output, context: &Context<'_>) -> Result<()> {
        let stage = &mut self.stages[self.at];
        let job = match &mut stage.job {
            Some(job) => job,
            unknown => unknown.insert(plan_stage(&stage.kernel, self.at, &self.shape)?),
        };
        let (bytes, to) = match (&mut self.place, stage.writes_output) {
            (Place::Input, true) => (input, &mut *output),
            (Place::Input, false) => (input, &mut self.between),
            (Place::Between(own), true) => (own.as_mut_slice().into(), &mut *output),
            (Place::Between(own), false) => (own.as_mut_slice().into(), &mut self.between),
            (Place::Output, _) => (output.written().into(), &mut self.between),
        };
        let value = match job.step(bytes.first(self.shape.length), to, context)? {
            Step::More { .. } => return Ok(()),
            Step::Done(value) => value,
        };
        let output_shape = job.output_shape(&self.shape);
        match stage.kernel.info.memory {
            MemoryUse::Value => {}
            MemoryUse::InPlace => {
                self.shape = output_shape;
                if matches!(self.place, Place::Output) {
                    output.truncate(output_shape.length);
                }
            }
            MemoryUse::Output if stage.writes_output => {
                self.shape = Shape { length: output.written().len(), exact: true, ..output_shape };
                self.place = Place::Output;
            }
            MemoryUse::Output => {
                let (own, length) = std::mem::replace(&mut self.between, Output::own()).into_own();
                self.shape = Shape { length, exact: true, ..output_shape };
                self.place = Place::Between(own.unwrap_or_default());
            }
        }
        self.values.push(value);
        self.at += 1;
        Ok(())
    }
}

fn plan_stage(kernel: &BoundKernel, place: usize, input: &Shape) -> Result<Box<dyn Job>> {
    let planned = kernel.info.plan(&kernel.arguments, input);
    planned.map_err(|error| Error { step: Some(place), ..error })
}

impl Job for Pipeline {
    /// Before the run what is known of it, behind the run what it has left.
    fn output_shape(&self, input: &Shape) -> Shape {
        if self.at > 0 {
            return self.shape;
        }
        let mut shape = *input;
        for stage in &self.stages {
            let Some(job) = &stage.job else { break };
            shape = job.output_shape(&shape);
        }
        shape
    }

    fn claims(&self, _: &[u8]) -> usize {
        0
    }

    fn work(&self) -> u64 {
        self.stages.len() as u64
    }

    fn step(&mut self, input: Bytes<'_>, output: &mut Output, context: &Context<'_>) -> Result<Step> {
        let place = self.at;
        caught(|| self.advance(input, output, context)).map_err(|error| Error { step: Some(place), ..error })?;
        Ok(match self.at {
            done if done < self.stages.len() => Step::More { done: done as u64 },
            _ => Step::Done(Value::List(std::mem::take(&mut self.values))),
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::error::{ErrorCode, Result};
    use crate::kernels::KernelChain;
    use crate::kernels::testing::{self, Where, number};
    use crate::kernels::{Done, Element, Named, Shape, Value};

    type Given<'a> = &'a [(&'a str, &'a [(&'a str, f64)])];

    fn named(steps: Given<'_>) -> Vec<Named> {
        let one = |(name, given): &(&str, &[(&str, f64)])| {
            (name.to_string(), given.iter().map(|(name, value)| number(name, *value)).collect())
        };
        steps.iter().map(one).collect()
    }

    fn run(steps: Given<'_>, bytes: &mut [u8], out: Option<&mut [u8]>) -> Result<Done> {
        testing::run(named(steps), Shape::bytes(bytes.len()), bytes, out, Where::Here)
    }

    #[test]
    fn each_step_works_on_what_the_one_before_has_left() {
        let mut bytes = [1, 2];
        let steps: Given<'_> =
            &[("probe.double", &[]), ("probe.invert", &[]), ("probe.double", &[]), ("probe.invert", &[])];
        let done = run(steps, &mut bytes, None).unwrap();
        assert_eq!(done.output.unwrap(), [1, 1, 1, 1, 2, 2, 2, 2]);
        assert_eq!(done.written, Some(8));
        assert_eq!(done.value, Value::List(vec![Value::None; 4]));
        assert_eq!(bytes, [1, 2], "only what lies between was inverted");
    }

    #[test]
    fn a_pipeline_in_place_stays_in_the_callers_memory() {
        let mut bytes = [0, 1, 2, 3];
        let done = run(&[("probe.invert", &[]), ("probe.halve", &[]), ("blake3", &[])], &mut bytes, None).unwrap();
        assert_eq!((done.output, done.written, done.element), (None, Some(2), Element::I8));
        assert_eq!(bytes[..2], [255, 253]);
        let Value::List(values) = done.value else { panic!() };
        assert_eq!(values[2], Value::Bytes(blake3::hash(&[255, 253]).as_bytes().to_vec()));
    }

    #[test]
    fn an_in_place_step_behind_the_last_output_shortens_that() {
        let mut out = [0; 16];
        let done = run(&[("probe.double", &[]), ("probe.halve", &[])], &mut [7, 8], Some(&mut out)).unwrap();
        assert_eq!((done.output, done.written, done.element), (None, Some(2), Element::I8));
        assert_eq!(out[..2], [7, 8]);
    }

    #[test]
    fn what_only_the_run_can_tell_is_checked_during_the_run() {
        let done = run(&[("probe.grow", &[("times", 3.0)]), ("probe.double", &[])], &mut [1, 2], None).unwrap();
        assert_eq!(done.output.unwrap(), [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2]);
        let steps: Given<'_> = &[("blake3", &[]), ("probe.grow", &[("times", 3.0)]), ("probe.halve", &[])];
        let error = run(steps, &mut [1], None).unwrap_err();
        assert_eq!((error.code, error.step), (ErrorCode::KernelRange, Some(2)));
    }

    #[test]
    fn what_is_known_is_checked_before_the_run() {
        let chain = KernelChain::new(named(&[("probe.invert", &[]), ("probe.halve", &[])])).unwrap();
        let error = chain.plan(&[Shape::bytes(3)], None).unwrap_err();
        assert_eq!((error.code, error.step), (ErrorCode::KernelRange, Some(1)));
        assert_eq!(chain.plan(&[Shape::bytes(4)], Some(100)).unwrap_err().code, ErrorCode::KernelParameter);
        let double = KernelChain::new(named(&[("probe.double", &[])])).unwrap();
        let error = double.plan(&[Shape::bytes(4)], Some(7)).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelOutput);
        let unknown = KernelChain::new(vec![("blake3".into(), vec![]), ("blake4".into(), vec![])]).unwrap_err();
        assert_eq!((unknown.code, unknown.step), (ErrorCode::UnknownKernel, Some(1)));
    }

    #[test]
    fn the_step_that_fails_is_named() {
        let error = run(&[("blake3", &[]), ("probe.panic", &[])], &mut [1], None).unwrap_err();
        assert_eq!((error.code, error.step), (ErrorCode::KernelPanic, Some(1)));
    }
}
