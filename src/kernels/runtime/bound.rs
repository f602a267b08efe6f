//! A kernel with its parameters.

use super::arguments::Arguments;
use super::registry::KernelInfo;

/// One kernel with its parameters, each checked by itself.
#[derive(Clone, Debug)]
pub(super) struct BoundKernel {
    pub(super) info: &'static KernelInfo,
    pub(super) arguments: Arguments,
}

impl BoundKernel {
    pub(super) fn is_single_use(&self) -> bool {
        !self.info.single_use.is_empty()
    }

    /// Whether both have the same parameters that are for one input only. Of kernels that share such the names are alike.
    pub(super) fn uses_up_the_same(&self, other: &BoundKernel) -> bool {
        self.is_single_use()
            && self.info.single_use == other.info.single_use
            && self.info.single_use.iter().all(|name| self.arguments.get(name) == other.arguments.get(name))
    }
}
