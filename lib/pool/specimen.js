'use strict';

const { DirectedTask, Task, takePromise } = require('./task');

/** Looks at the results from one specimen to the next. */
const LOOKS = 64;

/**
 * A task that nobody submitted and nobody runs: its one work is to be alive.
 *
 * V8's optimised code names the hidden classes of the objects that it was made for, but weakly: a full garbage
 * collection that finds no object of such a class throws the class away, and with it every optimised function that
 * names it. A pool that happens to have no task just then would start from the interpreter again.
 *
 * It is renewed now and then, since the class of a task depends on what goes on in the process: from the first use of
 * an AsyncLocalStorage on, Node 20 and 22 add a property to each AsyncResource.
 */
class Specimen {
  /** @param {import('./thread-pool').ThreadPool} pool */
  constructor (pool) {
    this.pool = pool;
    /** @type {Task | null} */
    this.task = null;
    this.looks = 0;
    this.renew();
  }

  /** To be called at each look at the results. */
  look () {
    if (++this.looks < LOOKS) return;
    this.looks = 0;
    this.renew();
  }

  renew () {
    const { face } = this.pool;
    // In the pool's own context: it must not keep alive what a caller of `run()` has in an AsyncLocalStorage.
    face.asyncResource.runInAsyncScope(make, null, this);
  }
}

/** @param {Specimen} specimen */
function make (specimen) {
  const { resource, scheduler } = specimen.pool;
  const type = 'rockpool.Specimen';
  const task = !scheduler.runsForeignCode ? new Task(resource, type) : new DirectedTask(resource, null, undefined, '', '', type);
  // With all that only some tasks have.
  takePromise(task, true);
  task.emitDestroy();
  specimen.task = task;
}

module.exports = { Specimen };
