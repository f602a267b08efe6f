//! Kernels for the tests of what surrounds a kernel: they panic, idle, or work in the ways that no real one does yet.

use crate::error::Result;
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InPlace, InputOutput, Produces, Reads};
use crate::kernels::runtime::shape::{Element, Shape};
use std::time::{Duration, Instant};

/// What a step of these does at most.
const STRIDE: usize = 1 << 20;

/// Panics at its first step.
pub struct Panics;

impl Kernel for Panics {
    const NAME: &'static str = "probe.panic";
    const SUMMARY: &'static str = "panics";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = InPlace;

    fn plan(_: &Arguments, _: &Shape) -> Result<Self> {
        Ok(Panics)
    }

    fn work(&self) -> u64 {
        1
    }

    fn step(&mut self, _: &mut [u8], _: &Context<'_>) -> Result<Step> {
        panic!("on purpose");
    }
}

/// Keeps a thread busy for a while, reading and writing the whole buffer at every step.
pub struct Spins {
    milliseconds: u64,
    started: Option<Instant>,
}

impl Kernel for Spins {
    const NAME: &'static str = "probe.spin";
    const SUMMARY: &'static str = "keeps a thread busy";
    const UNIT: &'static str = "milliseconds";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("milliseconds", ParameterKind::Integer { min: 0, max: 3_600_000 }, "For how long.")];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, _: &Shape) -> Result<Self> {
        Ok(Spins { milliseconds: arguments.integer("milliseconds").unwrap_or(0) as u64, started: None })
    }

    fn work(&self) -> u64 {
        self.milliseconds
    }

    fn step(&mut self, bytes: &mut [u8], _: &Context<'_>) -> Result<Step> {
        let started = *self.started.get_or_insert_with(Instant::now);
        let step = Instant::now();
        while step.elapsed() < Duration::from_millis(1) {
            for byte in bytes.iter_mut() {
                *byte = byte.wrapping_add(1);
            }
            std::hint::spin_loop();
        }
        let done = started.elapsed().as_millis() as u64;
        Ok(if done < self.milliseconds { Step::More { done } } else { Step::Done(Value::None) })
    }
}

/// Does nothing: what is left is the way to the threads and back.
pub struct Nothing;

impl Kernel for Nothing {
    const NAME: &'static str = "probe.nothing";
    const SUMMARY: &'static str = "does nothing";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = Reads;

    fn plan(_: &Arguments, _: &Shape) -> Result<Self> {
        Ok(Nothing)
    }

    fn work(&self) -> u64 {
        0
    }

    fn step(&mut self, _: &[u8], _: &Context<'_>) -> Result<Step> {
        Ok(Step::Done(Value::None))
    }
}

/// Inverts every byte in place.
pub struct Inverts {
    length: usize,
    done: usize,
}

impl Kernel for Inverts {
    const NAME: &'static str = "probe.invert";
    const SUMMARY: &'static str = "inverts every byte";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = InPlace;

    fn plan(_: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Inverts { length: input.length, done: 0 })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, bytes: &mut [u8], _: &Context<'_>) -> Result<Step> {
        let end = bytes.len().min(self.done + STRIDE);
        for byte in &mut bytes[self.done..end] {
            *byte = !*byte;
        }
        self.done = end;
        Ok(if end < bytes.len() { Step::More { done: end as u64 } } else { Step::Done(Value::None) })
    }
}

/// Writes every byte twice.
pub struct Doubles {
    length: usize,
    done: usize,
}

impl Kernel for Doubles {
    const NAME: &'static str = "probe.double";
    const SUMMARY: &'static str = "writes every byte twice";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = Produces;

    fn plan(_: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Doubles { length: input.length, done: 0 })
    }

    fn output_shape(&self, _: &Shape) -> Shape {
        Shape::bytes(self.length * 2)
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, memory: InputOutput<'_>, _: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        let end = input.len().min(self.done + STRIDE);
        let pairs = output.exactly(2 * input.len())?[2 * self.done..2 * end].as_chunks_mut::<2>().0;
        for (byte, pair) in input[self.done..end].iter().zip(pairs) {
            *pair = [*byte; 2];
        }
        self.done = end;
        Ok(if end < input.len() { Step::More { done: end as u64 } } else { Step::Done(Value::None) })
    }
}

/// Writes its input a number of times, once a step, and does not say before how much that will be.
pub struct Grows {
    length: usize,
    times: u64,
    done: u64,
}

impl Kernel for Grows {
    const NAME: &'static str = "probe.grow";
    const SUMMARY: &'static str = "writes the input a number of times";
    const UNIT: &'static str = "times";
    const PARAMETERS: &'static [Parameter] =
        &[Parameter::required("times", ParameterKind::Integer { min: 1, max: 1_000_000 }, "How often.")];
    type Memory = Produces;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Grows { length: input.length, times: arguments.integer("times").unwrap_or(1) as u64, done: 0 })
    }

    fn output_shape(&self, _: &Shape) -> Shape {
        Shape::at_most(self.length.saturating_mul(self.times as usize))
    }

    fn work(&self) -> u64 {
        self.times
    }

    fn step(&mut self, memory: InputOutput<'_>, _: &Context<'_>) -> Result<Step> {
        let InputOutput { input, output } = memory;
        output.room(input.len())?[..input.len()].copy_from_slice(input);
        output.wrote(input.len());
        self.done += 1;
        Ok(if self.done < self.times { Step::More { done: self.done } } else { Step::Done(Value::None) })
    }
}

/// Keeps every other byte, in the first half of the memory, as numbers with a sign.
pub struct Halves {
    length: usize,
}

impl Kernel for Halves {
    const NAME: &'static str = "probe.halve";
    const SUMMARY: &'static str = "keeps every other byte";
    const PARAMETERS: &'static [Parameter] = &[];
    type Memory = InPlace;

    fn plan(_: &Arguments, input: &Shape) -> Result<Self> {
        Ok(Halves { length: input.count(Self::NAME, Element::U16)? })
    }

    fn output_shape(&self, input: &Shape) -> Shape {
        Shape { length: self.length, element: Element::I8, ..*input }
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, bytes: &mut [u8], _: &Context<'_>) -> Result<Step> {
        for at in 0..self.length {
            bytes[at] = bytes[2 * at];
        }
        Ok(Step::Done(Value::None))
    }
}
