//! What the main thread and its workers post each other. Every message has a `kind`.

table! {
    /// The `kind` of a message between the main thread and a worker.
    mod message: u32 as "messages" {
        /// To a worker, first of all, by its Worker: what it needs to find its pool.
        START = 1,
        /// To a worker that waits in its event loop: tasks wait.
        WAKE = 2,
        /// To a worker: the value of a task.
        VALUE = 3,
        /// To a worker: the value of this task follows, which may turn out to be unreadable.
        ANNOUNCE = 4,
        /// To a worker: the value of this task will not come.
        CANCEL = 5,
        /// To a worker: nobody will ask for the value of this task.
        FORGET = 6,
        /// To the main thread: the value of an ended task, or the carrier of what it threw. Its note says which.
        OUTCOME = 7,
    }
}
