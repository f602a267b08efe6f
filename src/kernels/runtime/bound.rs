//! A kernel with its parameters.

use super::arguments::Arguments;
use super::registry::Entry;

/// One kernel with its parameters, each checked by itself.
#[derive(Clone, Debug)]
pub(super) struct Ingredient {
    pub(super) entry: &'static Entry,
    pub(super) arguments: Arguments,
}

impl Ingredient {
    pub(super) fn is_single_use(&self) -> bool {
        !self.entry.single_use.is_empty()
    }

    /// Whether both have the same parameters that are for one input only. Of kernels that share such the names are alike.
    pub(super) fn uses_up_the_same(&self, other: &Ingredient) -> bool {
        self.is_single_use()
            && self.entry.single_use == other.entry.single_use
            && self.entry.single_use.iter().all(|name| self.arguments.get(name) == other.arguments.get(name))
    }
}
