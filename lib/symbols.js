'use strict';

/**
 * The symbols of the public protocol. Those made with `Symbol.for` are shared with every other copy of this package
 * and with piscina itself: a `Transferable` or a set of queue options made for one of them is understood by the other.
 */

/** Key under which a `Transferable` gives the object, or the array of objects, to transfer. */
const kTransferable = Symbol.for('Piscina.transferable');

/** Key under which a `Transferable` gives the value that is sent in its place. */
const kValue = Symbol.for('Piscina.valueOf');

/** Key under which a task carries options for a custom task queue. */
const kQueueOptions = Symbol.for('Piscina.queueOptions');

/** Marks what `move()` has returned. Local, like piscina's: recognised across copies by its description. */
const kMovable = Symbol('Piscina.kMovable');

/** Leads from the worker that a load balancer sees to the pool's own record of it. */
const kWorkerData = Symbol('Piscina.kWorkerData');

module.exports = { kTransferable, kValue, kQueueOptions, kMovable, kWorkerData };
