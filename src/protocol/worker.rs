//! A worker's native call: what goes in, what comes out.

table! {
    /// Indices of a worker's registers: numbers that go in and out of its native call without a conversion.
    mod register: usize as "registers" {
        /// What is reported, one of `completions`; 0 for nothing.
        KIND = 0,
        /// The task: its index.
        INDEX = 1,
        /// The task: the lower half of its sequence number.
        SEQ_LOW = 2,
        /// The task: the upper half of its sequence number.
        SEQ_HIGH = 3,
        /// Bytes of the task's payload, or of the result's.
        LENGTH = 4,
        /// The task's handler.
        HANDLER = 5,
        /// The task's flags.
        FLAGS = 6,
        /// The wake word's value to sleep on.
        EPOCH = 7,
        /// What to do next, one of `steps`.
        STEP = 8,
        /// Not 0 if the worker only reports: its event loop is to turn before it takes another task.
        TURN = 9,
        /// How many there are.
        COUNT = 10,
    }
}

table! {
    /// What a worker does next.
    mod step: u32 as "steps" {
        /// Run the task in the registers.
        TASK = 0,
        /// Sleep until the wake word is no longer the epoch in the registers.
        PARK = 1,
        /// Return to the event loop.
        WAIT = 2,
        /// Ask never again.
        STOP = 3,
        /// Let the event loop turn once, then ask again.
        TURN = 4,
    }
}
