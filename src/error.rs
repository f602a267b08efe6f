//! The one error of the core: a stable code and a message for people.

use std::fmt;

/// What went wrong. The text of a code is part of the interface and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// No kernel has this name.
    UnknownKernel,
    /// A kernel's parameter is unknown, missing or of the wrong type.
    KernelParameter,
    /// A kernel's parameter, or a size that follows from it, is out of range.
    KernelRange,
    /// A kernel cannot work on bytes of this type or number.
    KernelInput,
    /// Shared memory that a call needs is in use by another call.
    KernelBusy,
    /// The memory for a kernel's output is too small, or there is not that much.
    KernelOutput,
    /// What a kernel was given to decode is corrupt, or of a kind that it does not know.
    KernelData,
    /// What a kernel was given to decode ends too early.
    KernelDataTruncated,
    /// Behind what a kernel was given to decode there is something else.
    KernelDataTrailing,
    /// What a kernel was given to open was not sealed with this key, nonce, tag and associated data.
    KernelAuthentication,
    /// The kernel threads cannot be configured or started.
    KernelThreads,
    /// The kernel was cancelled between two of its steps.
    KernelCancelled,
    /// The kernel panicked: a bug of the kernel, caught at its edge.
    KernelPanic,
    /// A worker named a pool that does not exist any more.
    PoolGone,
    /// A worker sat down in a slot that was given up.
    SlotGone,
    /// A pool was asked for more handlers than records can name.
    TooManyHandlers,
    /// A view handed over for native use is too small.
    BadView,
}

impl ErrorCode {
    /// The code as JavaScript sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorCode::UnknownKernel => "ERR_ROCKPOOL_UNKNOWN_KERNEL",
            ErrorCode::KernelParameter => "ERR_ROCKPOOL_KERNEL_PARAMETER",
            ErrorCode::KernelRange => "ERR_ROCKPOOL_KERNEL_RANGE",
            ErrorCode::KernelInput => "ERR_ROCKPOOL_KERNEL_INPUT",
            ErrorCode::KernelBusy => "ERR_ROCKPOOL_KERNEL_BUSY",
            ErrorCode::KernelOutput => "ERR_ROCKPOOL_KERNEL_OUTPUT",
            ErrorCode::KernelData => "ERR_ROCKPOOL_KERNEL_DATA",
            ErrorCode::KernelDataTruncated => "ERR_ROCKPOOL_KERNEL_DATA_TRUNCATED",
            ErrorCode::KernelDataTrailing => "ERR_ROCKPOOL_KERNEL_DATA_TRAILING",
            ErrorCode::KernelAuthentication => "ERR_ROCKPOOL_KERNEL_AUTHENTICATION",
            ErrorCode::KernelThreads => "ERR_ROCKPOOL_KERNEL_THREADS",
            ErrorCode::PoolGone => "ERR_ROCKPOOL_POOL_GONE",
            ErrorCode::SlotGone => "ERR_ROCKPOOL_SLOT_GONE",
            ErrorCode::TooManyHandlers => "ERR_ROCKPOOL_TOO_MANY_HANDLERS",
            ErrorCode::BadView => "ERR_ROCKPOOL_BAD_VIEW",
            ErrorCode::KernelCancelled => "ABORT_ERR",
            ErrorCode::KernelPanic => "ERR_ROCKPOOL_KERNEL_PANIC",
        }
    }
}

impl AsRef<str> for ErrorCode {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// An error of the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What went wrong.
    pub code: ErrorCode,
    /// The same for people, in one sentence.
    pub message: String,
    /// Which step of a pipeline it is about, counted from 0.
    pub step: Option<usize>,
    /// Which of several inputs it is about, counted from 0.
    pub index: Option<usize>,
}

/// What the core returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of this code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), step: None, index: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
