//! What kernels there are, for JavaScript.

use crate::kernels::runtime::registry;
use crate::kernels::{Element, Parameter, ParameterKind};
use napi::bindgen_prelude::{BigInt, Either};
use napi_derive::napi;

/// A parameter of a kernel.
#[napi(object)]
pub struct KernelParameter {
    /// Its name.
    pub name: String,
    /// `integer`, `bigint`, `number`, `string`, `boolean`, `Uint8Array` or `Float32Array`.
    #[napi(js_name = "type")]
    pub type_name: String,
    /// Whether a call without it is an error.
    pub required: bool,
    /// The least value, or the fewest bytes or numbers.
    pub min: Option<Either<f64, BigInt>>,
    /// The greatest value, or the most bytes or numbers.
    pub max: Option<Either<f64, BigInt>>,
    /// The strings it may be.
    pub choices: Option<Vec<String>>,
    /// The value that holds when it is not given, as JavaScript writes it.
    pub default: Option<String>,
    /// Its meaning and its unit, in sentences.
    pub summary: String,
}

impl From<&Parameter> for KernelParameter {
    fn from(parameter: &Parameter) -> Self {
        let numbers = |min, max| (Some(Either::A(min)), Some(Either::A(max)));
        let (min, max) = match parameter.kind {
            ParameterKind::Integer { min, max } => numbers(min as f64, max as f64),
            ParameterKind::Unsigned64 => (Some(Either::B(u64::MIN.into())), Some(Either::B(u64::MAX.into()))),
            ParameterKind::Number { min, max } => numbers(min, max),
            ParameterKind::Bytes { min, max } | ParameterKind::Floats { min, max } => numbers(min as f64, max as f64),
            _ => (None, None),
        };
        let choices = match parameter.kind {
            ParameterKind::Choice(choices) => Some(choices.iter().map(|choice| (*choice).to_owned()).collect()),
            _ => None,
        };
        Self {
            name: parameter.name.to_owned(),
            type_name: parameter.kind.type_name().to_owned(),
            required: parameter.required,
            min,
            max,
            choices,
            default: parameter.default.map(str::to_owned),
            summary: parameter.summary.to_owned(),
        }
    }
}

/// A kernel, as `kernels.list()` describes it.
#[napi(object)]
pub struct KernelDescription {
    /// The dotted name.
    pub name: String,
    /// One line on what it does.
    pub summary: String,
    /// What its work is counted in, in reports of progress.
    pub unit: String,
    /// `value`: it only reads; `in place`: it transforms; `output`: it gives bytes of another size.
    pub memory: String,
    /// Its parameters.
    pub parameters: Vec<KernelParameter>,
}

/// All kernels.
#[napi(catch_unwind)]
pub fn kernel_list() -> Vec<KernelDescription> {
    let describe = |info: &registry::KernelInfo| KernelDescription {
        name: info.name.to_owned(),
        summary: info.summary.to_owned(),
        unit: info.unit.to_owned(),
        memory: info.memory.as_str().to_owned(),
        parameters: info.parameters.iter().map(KernelParameter::from).collect(),
    };
    registry::KERNELS.iter().map(describe).collect()
}

/// What the progress of a kernel is counted in; nothing for a name that no kernel has.
#[napi(catch_unwind)]
pub fn kernel_unit(name: String) -> Option<&'static str> {
    registry::find(&name).ok().map(|info| info.unit)
}

/// The views of the elements, by their numbers: for the test that compares them with JavaScript's.
#[napi(catch_unwind)]
pub fn kernel_elements() -> Vec<&'static str> {
    Element::ALL.iter().map(|element| element.view()).collect()
}

/// Lets the probes be called, kernels that misbehave on purpose. For tests of everything around a kernel.
#[napi(catch_unwind)]
pub fn open_kernel_probes() {
    registry::open_probes();
}
