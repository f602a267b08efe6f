'use strict';

// Generated from src/protocol by `npm run protocol`: change it there.

const { freeze } = Object;

/**
 * Indices of the control words. Those that are written by different sides, or at a different pace, lie on cache
 * lines of their own.
 */
const words = freeze({
  /** Bytes of the submission buffer that hold published records. Written by the main thread. */
  STAGED_TAIL: 0,
  /** Tasks that were ever published, modulo 2^32. Written by the main thread. */
  SUBMITTED: 1,
  /** Of these, the abortable ones, which need a worker of their own. Written by the main thread. */
  SUBMITTED_ABORTABLE: 2,
  /** Bytes of the submission buffer that were moved to the queue. Written under the lock. */
  STAGED_HEAD: 16,
  /** Published tasks that have left the queue, by a worker's take or by an abort. Written under the lock. */
  TAKEN: 17,
  /** Of these, the abortable ones. Written under the lock. */
  TAKEN_ABORTABLE: 18,
  /**
   * `TAKEN`, plus the tasks that the live workers, booting ones included, could start besides what they run;
   * modulo 2^32. So `CAPACITY - SUBMITTED` is the room for more tasks, as one load. Written under the lock.
   */
  CAPACITY: 19,
  /** 1 while the queue behind the submission buffer holds a record. Written under the lock. */
  QUEUED: 20,
  /** Workers that wait for a task, do not look for one and have not been notified. Written under the lock. */
  SLEEPING: 32,
  /** Workers that look for a task in a loop. Written under the lock. */
  SPINNING: 33,
  /** Whether a new note is rung for: one of `bells`. */
  BELL: 48,
  /** 1 while there may be notes that the main thread has not read. */
  NOTES: 49
});

/** Values of the word `BELL`. */
const bells = freeze({
  /** Every new note is rung for. */
  RING: 0,
  /** The main thread will look by itself, or a ring is on its way. */
  SILENT: 1,
  /** The main thread sleeps for a millisecond or two and will look then. Only urgent notes are rung for. */
  NAPS: 2
});

/** Where the fields of a task's record stand, in bytes. Between header and payload there may be an extension. */
const record = freeze({
  /** u32: size of the record in bytes, header included, padding not included. */
  SIZE: 0,
  /** u32: index of the task in the main thread's table. */
  INDEX: 4,
  /** u32: lower half of the sequence number, which makes the index unique over time. */
  SEQ_LOW: 8,
  /** u32: upper half of the sequence number. */
  SEQ_HIGH: 12,
  /** u24: number of the (filename, name) pair. */
  HANDLER: 16,
  /** u8: for policies that know priorities. */
  PRIORITY: 19,
  /** u16: one or several of `flags`. */
  FLAGS: 20,
  /** u16: bytes of the extension, a multiple of `ALIGN`. */
  EXTENSION: 22,
  /** f64: when run() was called, in milliseconds of the main thread's clock. */
  CREATED: 24,
  /** Bytes of the header. */
  HEADER: 32,
  /** Records start at multiples of this, so that JavaScript can write the header through aligned views. */
  ALIGN: 8
});

/** What a record says about its task. */
const flags = freeze({
  /** The task has a signal: it shares a worker with no other task, since its abort ends the worker. */
  ABORTABLE: 1,
  /** The payload is empty; the value goes by the worker's message port. */
  PORT: 2,
  /** The value was posted already to the one worker that has the record; else that worker asks for it. */
  SENT: 4,
  /** With the value its memory is posted, of which nobody keeps a copy: not to a worker that may never take it. */
  MOVED: 8
});

/** Where the fields of a note stand, in bytes. */
const completion = freeze({
  /** u32: size of the record in bytes, header included, padding to a multiple of 8 not included. */
  SIZE: 0,
  /** u32: index of the task. */
  INDEX: 4,
  /** u32: lower half of its sequence number. */
  SEQ_LOW: 8,
  /** u32: upper half of its sequence number. */
  SEQ_HIGH: 12,
  /** u8: one of `completions`. */
  KIND: 16,
  /** u8: 1 for the end of an abortable task. */
  ABORTABLE: 17,
  /** u16: slot of the worker that says it. */
  SLOT: 18,
  /** f64: milliseconds that the task waited, from run() to its start; NaN where nobody looked at the clock. */
  WAIT: 24,
  /** f64: milliseconds that it ran, or NaN. */
  RUN: 32,
  /** Bytes of the header. */
  HEADER: 40
});

/** What a note says. */
const completions = freeze({
  /** The task returned; the payload is the encoded value. */
  RESULT: 1,
  /** The task threw; the payload is the encoded error carrier. */
  FAILURE: 2,
  /** The task returned; the value is on the worker's port. */
  PORT_RESULT: 3,
  /** The task threw; the carrier is on the worker's port. */
  PORT_FAILURE: 4,
  /** The worker has loaded its file and asks for tasks. */
  READY: 5,
  /** The worker has taken a task whose value is still with the main thread. */
  NEED_VALUE: 6,
  /** A worker may be woken for a queued task that it could not start before. */
  WAKE: 7,
  /** The worker begins to load a file; the index is the number of the handler that needs it. */
  LOADING: 8,
  /** The worker has ended loading, one way or the other. */
  LOADED: 9,
  /** The worker was to take nothing more, and has reported its last task. */
  DRAINED: 10
});

/** Indices of a worker's registers: numbers that go in and out of its native call without a conversion. */
const registers = freeze({
  /** What is reported, one of `completions`; 0 for nothing. */
  KIND: 0,
  /** The task: its index. */
  INDEX: 1,
  /** The task: the lower half of its sequence number. */
  SEQ_LOW: 2,
  /** The task: the upper half of its sequence number. */
  SEQ_HIGH: 3,
  /** Bytes of the task's payload, or of the result's. */
  LENGTH: 4,
  /** The task's handler. */
  HANDLER: 5,
  /** The task's flags. */
  FLAGS: 6,
  /** The wake word's value to sleep on. */
  EPOCH: 7,
  /** What to do next, one of `steps`. */
  STEP: 8,
  /** Not 0 if the worker only reports: its event loop is to turn before it takes another task. */
  TURN: 9,
  /** How many there are. */
  COUNT: 10
});

/** What a worker does next. */
const steps = freeze({
  /** Run the task in the registers. */
  TASK: 0,
  /** Sleep until the wake word is no longer the epoch in the registers. */
  PARK: 1,
  /** Return to the event loop. */
  WAIT: 2,
  /** Ask never again. */
  STOP: 3,
  /** Let the event loop turn once, then ask again. */
  TURN: 4
});

/** How a worker is told of a task. With `NONE` and `NOTIFY` nothing can come between the worker and the task. */
const wakeups = freeze({
  /** It searches, and will find it by itself. */
  NONE: 0,
  /** Change its wake word and notify. */
  NOTIFY: 1,
  /** Post it a message. It comes when its event loop lets it. */
  MESSAGE: 2,
  /** It is busy, or boots, and will ask in its own time. */
  LATER: 3
});

/**
 * How a slot and a wake-up share a number, where there is no slot, and how an abort found its task where that runs
 * in no slot.
 */
const answers = freeze({
  /** No worker. */
  NOBODY: -1,
  /** Bits of the wake-up; those above are the slot. */
  WAKEUP_BITS: 2,
  /** An abort: the task had not started and never will. */
  ABORT_QUEUED: -1,
  /** An abort: the task has ended, and its result is on the way. */
  ABORT_TOO_LATE: -2
});

/** The `kind` of a message between the main thread and a worker. */
const messages = freeze({
  /** To a worker, first of all, by its Worker: what it needs to find its pool. */
  START: 1,
  /** To a worker that waits in its event loop: tasks wait. */
  WAKE: 2,
  /** To a worker: the value of a task. */
  VALUE: 3,
  /** To a worker: the value of this task follows, which may turn out to be unreadable. */
  ANNOUNCE: 4,
  /** To a worker: the value of this task will not come. */
  CANCEL: 5,
  /** To a worker: nobody will ask for the value of this task. */
  FORGET: 6,
  /** To the main thread: the value of an ended task, or the carrier of what it threw. Its note says which. */
  OUTCOME: 7
});

/** What the event of a kernel call says. */
const kernelEvents = freeze({
  /** It has ended. */
  DONE: 0,
  /** It has failed. */
  FAILED: 1,
  /** It is under way. */
  PROGRESS: 2
});

/** Indices of the numbers of a kernel's event. */
const kernelFields = freeze({
  /** Of the call. */
  ID: 0,
  /** One of `kernelEvents`. */
  KIND: 1,
  /** The bytes that were written; the step that has failed, or -1; what is done. */
  THIRD: 2,
  /** The element of the output; the index of the input that has failed, or -1; how much there is to do. */
  FOURTH: 3,
  /** Nanoseconds that the call waited. */
  WAITED: 4,
  /** Nanoseconds that it ran. */
  RAN: 5,
  /** How many there are. */
  COUNT: 6,
  /** How many values of JavaScript an event has at most. */
  VALUES: 4
});

/** Limits. */
const limits = freeze({
  /** How many control words the shared memory holds. */
  WORDS: 64,
  /** Bytes that a payload may have: the size of a worker's buffers. */
  PAYLOAD_MAX: 65536,
  /** How many workers a pool can have: notes name them by 16 bits. */
  WORKERS_MAX: 65536,
  /** How many tasks a worker can be told to run at once. */
  CONCURRENCY_MAX: 4294967295,
  /** How many kernel threads there can be: more are a mistake. */
  KERNEL_THREADS_MAX: 1024,
  /** The longest list of numbers, in bytes, that a kernel answers as a string. */
  SHORT_LIST: 64
});

/**
 * How long to look for the next task or result before sleeping, see src/scheduler/poll_budget.rs. In nanoseconds,
 * but for the last.
 */
const poll = freeze({
  /** The first search, and the first one after a short sleep: about one wake-up. */
  START: 50000,
  /** Below this a search is not worth what it costs to begin it. */
  LEAST: 6000,
  /** What takes longer is waited for asleep. */
  SHORT: 100000,
  /** Once searches were in vain, every how many short sleeps to try again at most. */
  DOUBT_MOST: 1024
});

/** Percentiles of a histogram, under the names that piscina gives them, in the order of the native summary. */
const percentiles = freeze({
  p0_001: 0.001,
  p0_01: 0.01,
  p0_1: 0.1,
  p1: 1,
  p2_5: 2.5,
  p10: 10,
  p25: 25,
  p50: 50,
  p75: 75,
  p90: 90,
  p97_5: 97.5,
  p99: 99,
  p99_9: 99.9,
  p99_99: 99.99,
  p99_999: 99.999
});

module.exports = {
  words,
  bells,
  record,
  flags,
  completion,
  completions,
  registers,
  steps,
  wakeups,
  answers,
  messages,
  kernelEvents,
  kernelFields,
  limits,
  poll,
  percentiles
};
