//! How a worker finds the pool of its main thread: by a number that is never given out twice.

use super::clock::Clock;
use crate::error::{Error, ErrorCode, Result};
use crate::protocol::record::HANDLERS_MAX;
use crate::scheduler::pool::Pool;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Weak};

/// A pool and its main thread's clock.
pub struct Shared {
    /// The scheduler.
    pub pool: Pool,
    /// The main thread's `performance.now()`.
    pub clock: Clock,
    /// Filename and name of each handler, by the number that task records carry.
    handlers: Mutex<Vec<(String, String)>>,
}

impl Shared {
    /// Wraps a pool of a main thread with this clock.
    pub fn new(pool: Pool, clock: Clock) -> Self {
        Self { pool, clock, handlers: Mutex::default() }
    }

    /// Gives a handler its number.
    pub fn define_handler(&self, filename: String, name: String) -> Result<u32> {
        let mut handlers = self.handlers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if handlers.len() == HANDLERS_MAX as usize {
            let message = format!("a pool can name {HANDLERS_MAX} handlers, {filename} is one more");
            return Err(Error::new(ErrorCode::TooManyHandlers, message));
        }
        handlers.push((filename, name));
        Ok(handlers.len() as u32 - 1)
    }

    /// The filename and the name of a handler.
    pub fn handler(&self, number: u32) -> Option<(String, String)> {
        let handlers = self.handlers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        handlers.get(number as usize).cloned()
    }
}

#[derive(Default)]
struct Registry {
    last: u32,
    pools: HashMap<u32, Weak<Shared>>,
}

static REGISTRY: LazyLock<Mutex<Registry>> = LazyLock::new(Mutex::default);

fn registry() -> MutexGuard<'static, Registry> {
    REGISTRY.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Enters a pool and returns its number.
pub fn enter(shared: &Arc<Shared>) -> Result<u32> {
    let mut registry = registry();
    let id = registry.last.checked_add(1).ok_or_else(|| Error::new(ErrorCode::PoolGone, "2^32 pools were made"))?;
    registry.last = id;
    registry.pools.insert(id, Arc::downgrade(shared));
    Ok(id)
}

/// The pool of a number.
pub fn find(id: u32) -> Result<Arc<Shared>> {
    let pool = registry().pools.get(&id).and_then(Weak::upgrade);
    pool.ok_or_else(|| Error::new(ErrorCode::PoolGone, format!("pool {id} does not exist any more")))
}

/// Forgets a pool.
pub fn leave(id: u32) {
    registry().pools.remove(&id);
}
