//! Any kernel with any parameters on any shape of input: a result or an error, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rockpool::kernels::runtime::registry::KERNELS;
use rockpool::kernels::{Argument, Element, Shape, Parameter, ParameterKind, Plan};
use rockpool_fuzz::carry_out;
use std::sync::Arc;

/// A call on more input than this is only planned.
const CARRIED_OUT: usize = 64 << 10;

fuzz_target!(|data: &[u8]| {
    let mut source = Source(data);
    let kernel = &KERNELS[source.below(KERNELS.len())];
    let given = kernel.parameters.iter().filter_map(|parameter| source.argument(parameter)).collect();
    let element = Element::ALL[source.below(Element::ALL.len())];
    // Small, as long as what is left to read, or anything.
    let length = match source.below(4) {
        0 => source.below(64),
        1 => source.number() as usize >> source.below(64),
        _ => source.0.len(),
    };
    let shape = Shape { length, element, ..Shape::bytes(length) };
    let Ok(plan) = Plan::of(kernel.name, given, shape) else { return };
    if length <= CARRIED_OUT {
        let mut bytes: Vec<u8> = source.0.iter().copied().cycle().take(length).collect();
        bytes.resize(length, 0);
        let _ = carry_out(plan, &mut bytes, None);
    }
});

/// What the fuzzer gives, read from its beginning; zeros behind its end.
struct Source<'a>(&'a [u8]);

impl Source<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    fn number(&mut self) -> u64 {
        u64::from_le_bytes(std::array::from_fn(|_| self.byte()))
    }

    /// A value for a parameter, mostly one of its type and range; now and then anything, or none.
    fn argument(&mut self, parameter: &Parameter) -> Option<(String, Argument)> {
        let within = |min: f64, max: f64, at: u8| min + (max - min) * f64::from(at) / 255.0;
        let argument = match (self.below(8), parameter.kind) {
            (0, _) if !parameter.required => return None,
            (1, _) => Argument::Number(f64::from_bits(self.number())),
            (2, _) => Argument::Other("object"),
            (3, ParameterKind::Integer { min, .. }) => Argument::Number(min as f64 + f64::from(self.byte())),
            (_, ParameterKind::Integer { min, max }) => {
                Argument::Number(within(min as f64, max.min(1 << 20) as f64, self.byte()).trunc())
            }
            (_, ParameterKind::Number { min, max }) => Argument::Number(within(min, max, self.byte())),
            (_, ParameterKind::Text) => Argument::Text("a".repeat(self.below(40))),
            (_, ParameterKind::Choice(choices)) => Argument::Text(choices[self.below(choices.len())].to_owned()),
            (_, ParameterKind::Bytes { min, max }) => {
                let length = self.length(min, max);
                Argument::Bytes((0..length).map(|_| self.byte()).collect())
            }
            (_, ParameterKind::Floats { min, max }) => {
                let length = self.length(min, max);
                Argument::Floats(Arc::new((0..length).map(|_| f32::from_bits(self.number() as u32)).collect()))
            }
            (_, ParameterKind::Flag) => Argument::Flag(self.below(2) == 1),
            (_, ParameterKind::Unsigned64) => {
                Argument::BigInt(u64::from_le_bytes(std::array::from_fn(|_| self.byte())).into())
            }
        };
        Some((parameter.name.to_owned(), argument))
    }

    fn length(&mut self, min: usize, max: usize) -> usize {
        let span = max.saturating_sub(min).min(255);
        min + self.below(span + 1)
    }
}
