//! Panics of kernels: none leaves the call that it happens in.

use crate::error::{Error, ErrorCode, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does something that may panic, which is then its error.
///
/// Unwind safe if the caller takes the error for the end of the call, as all do: jobs and outputs are then dropped
/// without another look, and bytes of the inputs are bytes whatever was being done to them.
pub(super) fn caught<T>(act: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|payload| Err(panicked(payload)))
}

fn panicked(payload: Box<dyn Any + Send>) -> Error {
    let said = match payload.downcast::<String>() {
        Ok(said) => *said,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(said) => (*said).to_owned(),
            Err(payload) => {
                // A payload may panic when it is dropped, and there is nothing else to be done with it.
                std::mem::forget(payload);
                "no message".to_owned()
            }
        },
    };
    Error::new(ErrorCode::KernelPanic, format!("the kernel panicked: {said}"))
}
