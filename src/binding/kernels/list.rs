//! What kernels there are, for JavaScript.

use crate::kernels::{Element, Parameter, ParameterKind, registry};
use napi_derive::napi;

/// A parameter of a kernel.
#[napi(object)]
pub struct KernelParameter {
    /// Its name.
    pub name: String,
    /// `integer`, `number`, `string`, `boolean`, `Uint8Array` or `Float32Array`.
    #[napi(js_name = "type")]
    pub type_name: String,
    /// Whether a call without it is an error.
    pub required: bool,
    /// The least value, or the fewest bytes or numbers.
    pub min: Option<f64>,
    /// The greatest value, or the most bytes or numbers.
    pub max: Option<f64>,
    /// The strings it may be.
    pub choices: Option<Vec<String>>,
    /// One line: meaning, unit, default.
    pub summary: String,
}

impl From<&Parameter> for KernelParameter {
    fn from(parameter: &Parameter) -> Self {
        let (min, max) = match parameter.kind {
            ParameterKind::Integer { min, max } => (Some(min as f64), Some(max as f64)),
            ParameterKind::Number { min, max } => (Some(min), Some(max)),
            ParameterKind::Bytes { min, max } | ParameterKind::Floats { min, max } => {
                (Some(min as f64), Some(max as f64))
            }
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
    let describe = |entry: &registry::Entry| KernelDescription {
        name: entry.name.to_owned(),
        summary: entry.summary.to_owned(),
        unit: entry.unit.to_owned(),
        memory: entry.memory.as_str().to_owned(),
        parameters: entry.parameters.iter().map(KernelParameter::from).collect(),
    };
    registry::KERNELS.iter().map(describe).collect()
}

/// What the progress of a kernel is counted in; nothing for a name that no kernel has.
#[napi(catch_unwind)]
pub fn kernel_unit(name: String) -> Option<&'static str> {
    registry::find(&name).ok().map(|entry| entry.unit)
}

/// The views of the elements, by their numbers: for the test that compares them with JavaScript's.
#[napi(catch_unwind)]
pub fn kernel_elements() -> Vec<&'static str> {
    Element::ALL.iter().map(|element| element.view()).collect()
}
