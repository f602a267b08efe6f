//! Behaviour of a pool, thread by thread.
