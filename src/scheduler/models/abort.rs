//! Abort against take and against completion; the tasks behind an aborted one.
