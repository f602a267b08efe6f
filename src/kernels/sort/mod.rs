//! Sorts a typed array: numbers of 32 and 64 bits by their digits (`radix.rs`), those of 8 and 16 bits by counting them
//! (`counting.rs`).

mod counting;
mod order;
mod radix;
mod small;
#[cfg(test)]
mod tests;

use crate::error::{Error, ErrorCode, Result};
use crate::kernels::runtime::arguments::{Arguments, Parameter, ParameterKind};
use crate::kernels::runtime::kernel::{Context, Kernel, Step, Value};
use crate::kernels::runtime::memory::{InPlace, numbers_mut};
use crate::kernels::runtime::shape::{Element, Shape};
use counting::Counting;
use order::Order;
use radix::Radix;

/// See [`Kernel::SUMMARY`].
pub struct Sort {
    length: usize,
    method: Method,
}

/// By the size of an element.
enum Method {
    Bytes(Counting<u8>),
    Halves(Counting<u16>),
    Words(Radix<u32>),
    Doubles(Radix<u64>),
}

impl Kernel for Sort {
    const NAME: &'static str = "sort";
    const SUMMARY: &'static str = "sorts a typed array in the order of TypedArray.prototype.sort";
    const UNIT: &'static str = "elements";
    const PARAMETERS: &'static [Parameter] = &[Parameter::optional(
        "descending",
        ParameterKind::Flag,
        "Sorts in exactly the reverse order: as `sort()` and then `reverse()`, with NaN first.",
    )
    .by_default("false")];
    type Memory = InPlace;

    fn plan(arguments: &Arguments, input: &Shape) -> Result<Self> {
        let Shape { element, .. } = *input;
        let descending = arguments.flag("descending").unwrap_or(false);
        let length = input.count(Self::NAME, element)?;
        let method = match (element, element.size()) {
            (Element::Untyped, _) => {
                let message = "sort: the input must be a typed array, got bytes of no declared type";
                return Err(Error::new(ErrorCode::KernelInput, message));
            }
            (_, 1) => Method::Bytes(Counting::new(Order::of(element, descending))),
            (_, 2) => Method::Halves(Counting::new(Order::of(element, descending))),
            (_, 4) => Method::Words(Radix::new(Order::of(element, descending), length)),
            _ => Method::Doubles(Radix::new(Order::of(element, descending), length)),
        };
        Ok(Sort { length, method })
    }

    fn work(&self) -> u64 {
        self.length as u64
    }

    fn step(&mut self, bytes: &mut [u8], context: &Context<'_>) -> Result<Step> {
        let parallel = context.parallel();
        let done = match &mut self.method {
            Method::Bytes(counting) => counting.step(numbers_mut(bytes)?, parallel),
            Method::Halves(counting) => counting.step(numbers_mut(bytes)?, parallel),
            Method::Words(radix) => radix.step(numbers_mut(bytes)?, parallel)?,
            Method::Doubles(radix) => radix.step(numbers_mut(bytes)?, parallel)?,
        };
        Ok(done.map_or(Step::Done(Value::None), |done| Step::More { done: done as u64 }))
    }
}
