//! The events of native kernels.

table! {
    /// What the event of a kernel call says.
    mod event: u32 as "kernelEvents" {
        /// It has ended.
        DONE = 0,
        /// It has failed.
        FAILED = 1,
        /// It is under way.
        PROGRESS = 2,
    }
}

table! {
    /// Indices of the numbers of a kernel's event.
    mod field: usize as "kernelFields" {
        /// Of the call.
        ID = 0,
        /// One of `kernelEvents`.
        KIND = 1,
        /// The bytes that were written; the step that has failed, or -1; what is done.
        THIRD = 2,
        /// The element of the output; the index of the input that has failed, or -1; how much there is to do.
        FOURTH = 3,
        /// Nanoseconds that the call waited.
        WAITED = 4,
        /// Nanoseconds that it ran.
        RAN = 5,
        /// How many there are.
        COUNT = 6,
        /// How many values of JavaScript an event has at most.
        VALUES = 4,
    }
}
