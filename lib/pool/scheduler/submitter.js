'use strict';

const { copyLarge } = require('../../bulk');
const { takeSubstitute } = require('../../codec/encode');
const { slotOf, takesAtOnce, wakeupOf } = require('../../protocol/answers');
const { flags: FLAGS, record: { HEADER } } = require('../../protocol/tables');
const { isMovable, unwrapMovable } = require('../../transfer');

const { MOVED, PORT, SENT } = FLAGS;

/** Hands tasks over to the native side: the bytes of a value if the codec carries it, else the value itself by port. */
class Submitter {
  /** @param {import('./native').NativeScheduler} scheduler */
  constructor (scheduler) {
    this.scheduler = scheduler;
    this.pool = scheduler.pool;
    /** @type {(() => void)[]} Tickets submitted by a getter, while the record of another task was being written. */
    this.postponed = [];
  }

  /**
   * @param {import('../task').Task} task
   * @param {any} value
   * @param {any[] | undefined} transferList
   * @param {number} handler
   * @param {number} flags
   */
  submit (task, value, transferList, handler, flags) {
    const { native, submission } = this.pool;
    if (transferList === undefined && !isMovable(value)) {
      const large = copyLarge(value);
      if (large !== null) {
        this.submitByPort(task, large.value, [large.buffer], handler, flags | PORT);
        return;
      }
      if (!submission.writing) submission.reserve(native);
      let end;
      try {
        end = submission.write(value);
        // A getter of the value may have aborted the task.
        if (end >= 0 && task.index >= 0) {
          if (task.extra !== null) task.extra.submitted = true;
          submission.publish(end, task, handler, flags);
        }
      } finally {
        this.submitPostponed();
      }
      if (end >= 0) return;
      this.submitByPort(task, takeSubstitute(value), [], handler, flags | PORT);
    } else {
      const unwrapped = unwrapMovable(value, transferList);
      this.submitByPort(task, unwrapped.value, unwrapped.transferList, handler, flags | PORT);
    }
  }

  /** Submits the tickets that getters of a value have caused, now that no record is half written. */
  submitPostponed () {
    if (this.postponed.length === 0 || this.pool.submission.writing) return;
    for (const submit of this.postponed.splice(0)) submit();
  }

  /**
   * @param {import('../task').Task} task
   * @param {any} value
   * @param {any[]} transferList
   * @param {number} handler
   * @param {number} flags
   */
  submitByPort (task, value, transferList, handler, flags) {
    const { crew, native, snapshots, submission } = this.pool;
    if (task.index < 0) return;
    submission.sealScratch(HEADER, task, handler, flags | SENT | (transferList.length > 0 ? MOVED : 0));
    const { more } = task;
    const placed = native.place(HEADER);
    if (slotOf(placed) >= 0) {
      // At once: whoever finds this cut short has to tell that worker.
      more.worker = crew.bySlot[slotOf(placed)] ?? null;
      this.sendPlaced(task, placed, value, transferList);
      return;
    }
    // Nobody is sure to start it now. The parcel is sent to the worker that takes the ticket.
    snapshots.take(task, value, transferList);
    const publish = () => {
      if (task.index < 0) return;
      task.more.submitted = true;
      submission.reserve(native);
      submission.publishTicket(task, handler, flags);
    };
    if (submission.writing) this.postponed.push(publish);
    else publish();
  }

  /**
   * @param {import('../task').Task} task
   * @param {number} placed a worker and how to tell it
   * @param {any} value
   * @param {any[]} transferList
   */
  sendPlaced (task, placed, value, transferList) {
    const { crew, snapshots } = this.pool;
    const handle = /** @type {import('../worker-handle').WorkerHandle} */ (crew.bySlot[slotOf(placed)]);
    const id = { index: task.index, seq: task.seq };
    const isSure = takesAtOnce(wakeupOf(placed));
    try {
      if (isSure) handle.send(id, value, transferList);
      else handle.send(id, snapshots.take(task, value, []).value, []);
    } catch (error) {
      // The worker has the ticket: it must not wait for the value.
      handle.cancel(id);
      throw error;
    }
    task.more.submitted = true;
    // Aborted by a getter of the value; or the getter has ended the pool. Until now the worker had no place for another
    // task, so values and what is said of them are in order.
    if (task.index < 0 && !handle.destroyed) this.scheduler.recall(id, handle);
    else if (!isSure) this.scheduler.passOver.add(task);
  }
}

module.exports = { Submitter };
