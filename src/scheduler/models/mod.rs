//! Loom models of the scheduler's protocols: every interleaving, up to a bound, of the code that really runs.
//!
//! The native side is the real one: [`Pool`] with all that is in it. What JavaScript does is played by [`stage`], which
//! mirrors `lib/pool/submission.js` and `lib/worker/loop.js` line by line. A worker that waits blocks its thread until it
//! is told, so a wake-up that is lost shows as a deadlock, which loom reports.
//!
//! The README of this folder's parent says which model shows what, and which mutations each of them caught.

mod abort;
mod bell;
mod park;
mod removal;
mod stage;

use super::policy::PolicyKind;
use std::cell::Cell;
use std::sync::Arc;

/// Explores `model` under every policy. `LOOM_MAX_PREEMPTIONS` overrides the bound: three forced switches find nearly all that more find.
fn explore(model: impl Fn() + Send + Sync + 'static) {
    explore_up_to(usize::MAX, model);
}

/// As [`explore`], with no more than `most` forced switches: for long models, in which a third one takes minutes.
fn explore_up_to(most: usize, model: impl Fn() + Send + Sync + 'static) {
    let model = Arc::new(model);
    for policy in PolicyKind::ALL {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(builder.preemption_bound.unwrap_or(3).min(most));
        builder.max_branches = 50_000;
        let model = Arc::clone(&model);
        builder.check(move || {
            POLICY.set(policy);
            model();
        });
    }
}

// Loom runs the threads of a model on one thread of the system, and other models on others.
std::thread_local! {
    static POLICY: Cell<PolicyKind> = const { Cell::new(PolicyKind::Fifo) };
}

/// The policy of the pools in the model that is being explored.
fn policy() -> PolicyKind {
    POLICY.get()
}
