//! Loom models of the scheduler's protocols.
