//! Removal of a worker, destroy and close against whatever the workers do.
