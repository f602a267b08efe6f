//! Parameters: declared once, checked in one place, read by name.

use crate::error::{Error, ErrorCode, Result};
use std::sync::Arc;
use zeroize::Zeroize;

/// A declared parameter.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name in the object of parameters.
    pub name: &'static str,
    /// Its type and range.
    pub kind: ParameterKind,
    /// Whether a call without it is an error.
    pub required: bool,
    /// The value that holds when it is not given, as JavaScript writes it.
    pub default: Option<&'static str>,
    /// Its meaning and its unit, in sentences: the documentation and the types are made of them.
    pub summary: &'static str,
}

impl Parameter {
    /// One that every call has to give.
    pub const fn required(name: &'static str, kind: ParameterKind, summary: &'static str) -> Self {
        Parameter { name, kind, required: true, default: None, summary }
    }

    /// One that a call may leave out.
    pub const fn optional(name: &'static str, kind: ParameterKind, summary: &'static str) -> Self {
        Parameter { name, kind, required: false, default: None, summary }
    }

    /// The value that holds when it is not given, as JavaScript writes it.
    pub const fn by_default(self, value: &'static str) -> Self {
        Parameter { default: Some(value), ..self }
    }
}

/// The type and the range of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// A whole number.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A whole number of 64 bits without a sign: a BigInt, or a number as far as numbers are exact.
    Unsigned64,
    /// A finite number.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// A string.
    Text,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// Bytes (copied: a key, a pattern), this many of them.
    Bytes {
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// Numbers of 32 bits (copied: a query, a matrix), this many of them: a Float32Array, or an array of numbers, which
    /// are rounded to it.
    Floats {
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// True or false.
    Flag,
}

impl ParameterKind {
    /// The word for the type in `kernels.list()` and in errors.
    pub const fn type_name(self) -> &'static str {
        match self {
            ParameterKind::Integer { .. } => "integer",
            ParameterKind::Unsigned64 => "bigint",
            ParameterKind::Number { .. } => "number",
            ParameterKind::Text | ParameterKind::Choice(_) => "string",
            ParameterKind::Bytes { .. } => "Uint8Array",
            ParameterKind::Floats { .. } => "Float32Array",
            ParameterKind::Flag => "boolean",
        }
    }
}

/// A value as the caller gave it.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// Any number, NaN included.
    Number(f64),
    /// A BigInt; one of more than 127 bits is the last one of that many, on its side of zero.
    BigInt(i128),
    /// A string.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Numbers of 32 bits. There may be many, and a kernel may want to keep them.
    Floats(Arc<Vec<f32>>),
    /// True or false.
    Flag(bool),
    /// Anything else, by the name of its type.
    Other(&'static str),
}

/// Bytes may be a key: none of our copies of one outlives its use.
impl Drop for Argument {
    fn drop(&mut self) {
        if let Argument::Bytes(bytes) = self {
            bytes.zeroize();
        }
    }
}

impl Argument {
    fn type_name(&self) -> &'static str {
        match self {
            Argument::Number(_) => "number",
            Argument::BigInt(_) => "bigint",
            Argument::Text(_) => "string",
            Argument::Bytes(_) => "Uint8Array",
            Argument::Floats(_) => "Float32Array",
            Argument::Flag(_) => "boolean",
            Argument::Other(name) => name,
        }
    }
}

/// The arguments of one call, each of the declared type and within its range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments(Vec<(&'static str, Argument)>);

impl Arguments {
    /// The bytes of lists that it holds copies of.
    pub(super) fn memory(&self) -> usize {
        let of = |argument: &Argument| match argument {
            Argument::Bytes(bytes) => bytes.len(),
            Argument::Floats(numbers) => size_of_val(&numbers[..]),
            _ => 0,
        };
        self.0.iter().map(|(_, argument)| of(argument)).sum()
    }

    /// Checks what the caller gave against what the kernel declares.
    pub fn check(kernel: &str, parameters: &'static [Parameter], given: Vec<(String, Argument)>) -> Result<Self> {
        let mut checked = Vec::with_capacity(given.len());
        for (name, argument) in given {
            let Some(parameter) = parameters.iter().find(|known| known.name == name) else {
                return Err(unknown(kernel, parameters, &name));
            };
            check_one(kernel, parameter, &argument)?;
            checked.push((parameter.name, argument));
        }
        let arguments = Arguments(checked);
        for parameter in parameters.iter().filter(|parameter| parameter.required) {
            if arguments.get(parameter.name).is_none() {
                let message = format!(
                    "{kernel}: parameter {} ({}) is missing: {}",
                    parameter.name,
                    parameter.kind.type_name(),
                    parameter.summary
                );
                return Err(Error::new(ErrorCode::KernelParameter, message));
            }
        }
        Ok(arguments)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Argument> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, argument)| argument)
    }

    /// A parameter declared as [`ParameterKind::Integer`].
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            // Exact: `check_one` has seen that it is a whole number between two i64 that a double holds.
            Argument::Number(number) => Some(*number as i64),
            _ => None,
        }
    }

    /// A parameter declared as [`ParameterKind::Unsigned64`].
    pub fn unsigned(&self, name: &str) -> Option<u64> {
        match self.get(name)? {
            // Exact, both: `check_one` has seen to that.
            Argument::Number(number) => Some(*number as u64),
            Argument::BigInt(number) => Some(*number as u64),
            _ => None,
        }
    }

    /// A parameter declared as [`ParameterKind::Number`].
    pub fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Argument::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// A parameter declared as [`ParameterKind::Text`] or [`ParameterKind::Choice`].
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Argument::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A parameter declared as [`ParameterKind::Bytes`].
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.get(name)? {
            Argument::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A parameter declared as [`ParameterKind::Floats`].
    pub fn floats(&self, name: &str) -> Option<&Arc<Vec<f32>>> {
        match self.get(name)? {
            Argument::Floats(floats) => Some(floats),
            _ => None,
        }
    }

    /// A parameter declared as [`ParameterKind::Flag`].
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Argument::Flag(flag) => Some(*flag),
            _ => None,
        }
    }
}

fn unknown(kernel: &str, parameters: &[Parameter], name: &str) -> Error {
    let message = if parameters.is_empty() {
        format!("{kernel}: unknown parameter {name:?}; it has none")
    } else {
        let known: Vec<_> = parameters.iter().map(|parameter| parameter.name).collect();
        format!("{kernel}: unknown parameter {name:?}; known are {}", known.join(", "))
    };
    Error::new(ErrorCode::KernelParameter, message)
}

/// Up to here every whole number is a number of JavaScript's.
const EXACT_MOST: u64 = (1 << 53) - 1;

fn beyond_64_bits(kernel: &str, name: &str, given: &dyn std::fmt::Display) -> String {
    format!(
        "{kernel}: {name} must be a whole number from 0 to {} (above {EXACT_MOST} as a BigInt), got {given}",
        u64::MAX
    )
}

fn check_one(kernel: &str, parameter: &Parameter, argument: &Argument) -> Result<()> {
    let name = parameter.name;
    let range = |message: String| Err(Error::new(ErrorCode::KernelRange, message));
    match (parameter.kind, argument) {
        (ParameterKind::Integer { min, max }, Argument::Number(number)) => {
            if number.fract() != 0.0 || !(min as f64..=max as f64).contains(number) {
                return range(format!("{kernel}: {name} must be a whole number from {min} to {max}, got {number}"));
            }
        }
        (ParameterKind::Unsigned64, Argument::Number(number)) => {
            if number.fract() != 0.0 || !(0.0..=EXACT_MOST as f64).contains(number) {
                return range(beyond_64_bits(kernel, name, number));
            }
        }
        (ParameterKind::Unsigned64, Argument::BigInt(number)) => {
            if u64::try_from(*number).is_err() {
                return range(match *number {
                    i128::MAX => beyond_64_bits(kernel, name, &"a greater one"),
                    i128::MIN => beyond_64_bits(kernel, name, &"a negative one"),
                    number => beyond_64_bits(kernel, name, &number),
                });
            }
        }
        (ParameterKind::Number { min, max }, Argument::Number(number)) => {
            if !(min..=max).contains(number) {
                return range(format!("{kernel}: {name} must be a number from {min} to {max}, got {number}"));
            }
        }
        (ParameterKind::Choice(choices), Argument::Text(text)) => {
            if !choices.contains(&text.as_str()) {
                return range(format!("{kernel}: {name} must be one of {}, got {text:?}", choices.join(", ")));
            }
        }
        (ParameterKind::Bytes { min, max }, Argument::Bytes(bytes)) => {
            if !(min..=max).contains(&bytes.len()) {
                let wanted = if min == max { format!("{min}") } else { format!("{min} to {max}") };
                return range(format!("{kernel}: {name} must have {wanted} bytes, got {}", bytes.len()));
            }
        }
        (ParameterKind::Floats { min, max }, Argument::Floats(floats)) => {
            if !(min..=max).contains(&floats.len()) {
                let wanted = if min == max { format!("{min}") } else { format!("{min} to {max}") };
                return range(format!("{kernel}: {name} must have {wanted} numbers, got {}", floats.len()));
            }
        }
        (ParameterKind::Text, Argument::Text(_)) | (ParameterKind::Flag, Argument::Flag(_)) => {}
        (kind, given) => {
            let message = format!("{kernel}: {name} must be of type {}, got {}", kind.type_name(), given.type_name());
            return Err(Error::new(ErrorCode::KernelParameter, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMETERS: &[Parameter] = &[
        Parameter::required("level", ParameterKind::Integer { min: 1, max: 9 }, "How hard to try."),
        Parameter::optional("metric", ParameterKind::Choice(&["cosine", "dot"]), "How to compare."),
        Parameter::optional("key", ParameterKind::Bytes { min: 4, max: 4 }, "A key."),
        Parameter::optional("seed", ParameterKind::Unsigned64, "A seed."),
    ];

    fn check(given: &[(&str, Argument)]) -> Result<Arguments> {
        let given = given.iter().map(|(name, argument)| (name.to_string(), argument.clone())).collect();
        Arguments::check("k", PARAMETERS, given)
    }

    #[test]
    fn reads_what_was_declared() {
        let arguments = check(&[("level", Argument::Number(9.0)), ("metric", Argument::Text("dot".into()))]).unwrap();
        assert_eq!(arguments.integer("level"), Some(9));
        assert_eq!(arguments.text("metric"), Some("dot"));
        assert_eq!(arguments.bytes("key"), None);
    }

    #[test]
    fn names_the_known_parameters_beside_an_unknown_one() {
        let error = check(&[("levle", Argument::Number(1.0))]).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelParameter);
        assert!(error.message.contains("level, metric, key, seed"), "{error}");
    }

    #[test]
    fn refuses_a_missing_parameter() {
        assert_eq!(check(&[]).unwrap_err().code, ErrorCode::KernelParameter);
    }

    #[test]
    fn refuses_a_wrong_type() {
        let error = check(&[("level", Argument::Text("9".into()))]).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelParameter);
        assert_eq!(error.message, "k: level must be of type integer, got string");
    }

    #[test]
    fn refuses_what_is_out_of_range_and_says_both_numbers() {
        for number in [0.0, 10.0, 1.5, f64::NAN, f64::INFINITY] {
            let error = check(&[("level", Argument::Number(number))]).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelRange);
            assert!(error.message.contains("1 to 9"), "{error}");
            assert!(error.message.ends_with(&number.to_string()), "{error}");
        }
        let error = check(&[("level", Argument::Number(1.0)), ("key", Argument::Bytes(vec![0; 3]))]).unwrap_err();
        assert_eq!(error.message, "k: key must have 4 bytes, got 3");
        let error = check(&[("level", Argument::Number(1.0)), ("metric", Argument::Text("l2".into()))]).unwrap_err();
        assert_eq!(error.code, ErrorCode::KernelRange);
    }

    #[test]
    fn sixty_four_bits_come_as_a_number_or_as_a_bigint() {
        let level = || ("level", Argument::Number(1.0));
        for (given, expected) in [
            (Argument::Number(0.0), 0),
            (Argument::Number((1u64 << 53) as f64 - 1.0), (1 << 53) - 1),
            (Argument::BigInt(0), 0),
            (Argument::BigInt(u64::MAX.into()), u64::MAX),
        ] {
            assert_eq!(check(&[level(), ("seed", given)]).unwrap().unsigned("seed"), Some(expected));
        }
        for (given, said) in [
            (Argument::Number(-1.0), "got -1"),
            (Argument::Number(0.5), "got 0.5"),
            (Argument::Number(f64::NAN), "got NaN"),
            (Argument::Number((1u64 << 53) as f64), "got 9007199254740992"),
            (Argument::BigInt(-1), "got -1"),
            (Argument::BigInt(1 << 64), "got 18446744073709551616"),
            (Argument::BigInt(i128::MAX), "got a greater one"),
            (Argument::BigInt(i128::MIN), "got a negative one"),
        ] {
            let error = check(&[level(), ("seed", given)]).unwrap_err();
            assert_eq!(error.code, ErrorCode::KernelRange);
            assert!(error.message.contains("0 to 18446744073709551615") && error.message.ends_with(said), "{error}");
        }
        let error = check(&[level(), ("seed", Argument::Text("1".into()))]).unwrap_err();
        assert_eq!(error.message, "k: seed must be of type bigint, got string");
        let error = check(&[("level", Argument::BigInt(1))]).unwrap_err();
        assert_eq!(error.message, "k: level must be of type integer, got bigint");
    }
}
