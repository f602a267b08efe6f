'use strict';

const { isArrayBuffer } = require('node:util').types;

const binding = require('../binding');
const { decode } = require('../codec/decode');
const { encode, takeSubstitute } = require('../codec/encode');
const { postMessage, process, Promise } = require('../host');
const { seqOf } = require('../protocol/record');
const {
  completions, flags: { PORT }, limits: { PAYLOAD_MAX }, messages: { OUTCOME }, registers, steps
} = require('../protocol/tables');
const { inNewContext, invoke, mayEnterLater, mayHaveChanged } = require('./context');
const { cachedHandler, loadHandler } = require('./handler');
const { Mailbox } = require('./mailbox');
const { Output } = require('./output');
const { park } = require('./park');
const { Turns } = require('./turns');
const { setPatience } = require('./until-idle');

const { KIND, INDEX, SEQ_LOW, SEQ_HIGH, LENGTH, HANDLER, FLAGS, EPOCH, STEP, TURN: TURN_FIRST, COUNT } = registers;
const { TASK, PARK, TURN } = steps;
const { isView } = ArrayBuffer;

// Loaded with the first result that is an object, memory or a failure: a worker starts without them.
/** @type {typeof import('../transfer') | undefined} */
let transfer;
/** @type {typeof import('../bulk') | undefined} */
let bulk;

/**
 * A worker's work: takes tasks from the native queue, runs them, reports.
 *
 * Up to `concurrency` lanes run at a time, each with one task; a lane asks for its next task in the same native call
 * that reports the last one.
 */
class TaskLoop {
  /** @param {any} start the main thread's first message, see lib/pool/worker-handle.js */
  constructor ({ pool, slot, control, submission, concurrency, atomics, port, wakeWord, filename, name, loadTimeout }) {
    const disabled = process.env.PISCINA_DISABLE_ATOMICS === '1' || atomics === 'disabled';
    const async = process.env.PISCINA_ENABLE_ASYNC_ATOMICS === '1' || atomics === 'async';
    /** Whether this worker sleeps in `Atomics.wait` between tasks, so that its event loop stands still. */
    this.blocking = !disabled && !async;
    /** @type {Turns | null} Those of the event loop, where it does not stand still. */
    this.turns = this.blocking ? null : new Turns();
    this.concurrency = concurrency;
    this.lanes = 0;
    /** How many tasks were taken and have not started. */
    this.starting = 0;
    /** @type {Promise<void> | null} When the last of them has started. */
    this.lastStart = null;
    this.port = port;
    this.wakeWord = wakeWord;
    this.input = new Uint8Array(PAYLOAD_MAX);
    this.output = new Uint8Array(PAYLOAD_MAX);
    this.registers = new Int32Array(COUNT);
    this.native = new binding.NativeWorker(pool, slot, this.blocking,
      { control, submission, wake: wakeWord, input: this.input, output: this.output, registers: this.registers });
    /** One native call: reports what the registers hold, and takes the next task. */
    this.step = this.native.stepper();
    const spinWait = this.native.spinWaiter();
    this.mailbox = new Mailbox(port, wakeWord, () => this.openLane(), (epoch) => {
      this.registers[EPOCH] = epoch;
      spinWait();
    });
    /** @type {{ filename: string, name: string }[]} By the number that a task's record carries. */
    this.handlers = [{ filename: filename ?? '', name }];
    // Half of the limit at which the main thread ends this worker, with all that it has.
    setPatience(loadTimeout / 2);
    this.stdout = new Output(process.stdout);
    this.stderr = new Output(process.stderr);
    this.runLane = this.runLane.bind(this);
  }

  /**
   * Loads the pool's own file before the first task comes. If that fails, the tasks that need the file will say so.
   *
   * @param {string | null} filename
   * @param {string} name
   */
  async preload (filename, name) {
    if (filename === null) return;
    try {
      await this.load(0, filename, name);
    } catch {
      // Kept by the loader, and thrown again for every task of this file.
    }
  }

  begin () {
    this.mailbox.open();
    this.native.ready();
    this.openLane();
  }

  openLane () {
    if (this.lanes >= this.concurrency) return;
    this.lanes++;
    inNewContext(this.runLane);
  }

  /** Runs one task after the other until there is none. */
  async runLane () {
    const { registers, step: takeStep, turns, wakeWord } = this;
    for (;;) {
      takeStep();
      const step = registers[STEP];
      if (step === PARK) {
        park(wakeWord, registers[EPOCH]);
        continue;
      }
      if (step === TURN) {
        await turns?.take();
        // Another lane may have entered a context meanwhile.
        inNewContext(this.runLane);
        return;
      }
      if (step !== TASK) break;

      const index = registers[INDEX];
      const seqLow = registers[SEQ_LOW];
      const seqHigh = registers[SEQ_HIGH];
      let failed = false;
      let hasWaited = false;
      let result;
      try {
        const handler = registers[HANDLER];
        const value = (registers[FLAGS] & PORT) === 0
          ? decode(this.input, 0, registers[LENGTH])
          : this.receive(index, seqOf(seqLow, seqHigh));
        result = this.call(handler, value);
        // More tasks may start while this one waits for something.
        if (this.concurrency > this.lanes && typeof result?.then === 'function') this.openLane();
        // Also when there is nothing to wait for: promises that the task has left behind run before the next one.
        hasWaited = mayEnterLater(result);
        result = await result;
      } catch (error) {
        failed = true;
        result = error;
      }
      if (this.hasOutput) {
        hasWaited = true;
        await this.flushOutput();
      }
      if (hasWaited) await undefined;
      this.report(index, seqLow, seqHigh, failed, result);
      if (turns !== null && turns.isDue) registers[TURN_FIRST] = 1;
      // One that has thrown need not have waited.
      if (failed || mayHaveChanged()) {
        inNewContext(this.runLane);
        return;
      }
    }
    this.lanes--;
  }

  /**
   * Calls a handler. A promise comes back if the handler or its value is still on the way, or if it returns one.
   *
   * @param {number} number
   * @param {any} value
   */
  call (number, value) {
    const { filename, name } = this.handlerOf(number);
    const handler = cachedHandler(filename, name);
    if (handler !== undefined && this.starting === 0 && !(value instanceof Pending)) return invoke(handler, value);
    return this.callLater(number, filename, name, value);
  }

  /**
   * @param {number} number
   * @param {string} filename
   * @param {string} name
   * @param {any} value
   */
  async callLater (number, filename, name, value) {
    // Tasks start in the order in which they were taken, though the value of a later one may be here before. A file
    // that is on its way counts as the start of its task: it may take for ever.
    const before = this.lastStart;
    let started = () => {};
    this.lastStart = new Promise((resolve) => { started = resolve; });
    let handler;
    this.starting++;
    try {
      if (value instanceof Pending) value = await value.promise;
      if (before !== null) await before;
      // Others were taken meanwhile, and start one after the other.
      if (this.turns !== null && this.turns.isDue) await this.turns.take();
      handler = cachedHandler(filename, name) ?? this.load(number, filename, name);
    } finally {
      if (--this.starting === 0) this.lastStart = null;
      started();
    }
    if (handler instanceof Promise) handler = await handler;
    return inNewContext(() => invoke(handler, value));
  }

  /**
   * Loads a file. The main thread is told of it, since it may take for ever; and nothing of ours keeps this thread
   * alive meanwhile, so that one which waits for nothing any more is found out.
   *
   * @param {number} number
   * @param {string} filename
   * @param {string} name
   * @returns {Function | Promise<Function>}
   */
  load (number, filename, name) {
    this.native.loading(number);
    let loaded;
    try {
      loaded = loadHandler(filename, name);
    } finally {
      if (!(loaded instanceof Promise)) this.native.loading();
    }
    return loaded instanceof Promise ? this.finishLoading(loaded) : loaded;
  }

  /**
   * @param {Promise<Function>} loading
   * @returns {Promise<Function>}
   */
  async finishLoading (loading) {
    this.port.unref();
    try {
      return await loading;
    } finally {
      if (this.mailbox.isOpen) this.port.ref();
      this.native.loading();
    }
  }

  /**
   * @param {number} number
   */
  handlerOf (number) {
    let handler = this.handlers[number];
    if (handler === undefined) {
      const [filename, name] = /** @type {string[]} */ (this.native.handler(number));
      handler = this.handlers[number] = { filename, name };
    }
    return handler;
  }

  /**
   * The value of a task that comes by port.
   *
   * @param {number} index
   * @param {number} seq
   */
  receive (index, seq) {
    // Asleep if nothing else runs here, else in the event loop.
    if (this.blocking && this.lanes === 1) return this.mailbox.wait(index, seq);
    const value = this.mailbox.take(index, seq);
    return value === undefined ? new Pending(this.mailbox.expect(index, seq)) : value.value;
  }

  /** Whether something that was printed is not out. */
  get hasOutput () {
    return this.stdout.isPending || this.stderr.isPending;
  }

  /**
   * Waits until what the task has printed is out: nothing more is written while the event loop stands still, nor once
   * the worker is ended, for which the result may be the sign.
   */
  async flushOutput () {
    if (this.stdout.isPending) await this.stdout.flush();
    if (this.stderr.isPending) await this.stderr.flush();
  }

  /**
   * Puts the outcome of a task where the next native call finds it.
   *
   * @param {number} index
   * @param {number} seqLow
   * @param {number} seqHigh
   * @param {boolean} failed
   * @param {any} result
   */
  report (index, seqLow, seqHigh, failed, result) {
    const { registers } = this;
    registers[INDEX] = index;
    registers[SEQ_LOW] = seqLow;
    registers[SEQ_HIGH] = seqHigh;
    let kind;
    try {
      kind = failed ? this.reportFailure(result) : this.reportResult(result);
    } catch (error) {
      // The result cannot be cloned: that is what the task fails with.
      kind = this.reportFailure(error);
    }
    registers[KIND] = kind;
  }

  /** @param {any} result of the task in the registers */
  reportResult (result) {
    if (typeof result === 'object' && result !== null) {
      transfer ??= require('../transfer');
      if (transfer.isMovable(result)) {
        const { value, transferList } = transfer.unwrapMovable(result);
        this.postOutcome(value, transferList);
        return completions.PORT_RESULT;
      }
      if (isView(result) || isArrayBuffer(result)) {
        bulk ??= require('../bulk');
        const large = bulk.copyLarge(result);
        if (large !== null) {
          this.postOutcome(large.value, [large.buffer]);
          return completions.PORT_RESULT;
        }
      }
    }
    const end = encode(result, this.output, 0, PAYLOAD_MAX);
    if (end < 0) {
      this.postOutcome(takeSubstitute(result), []);
      return completions.PORT_RESULT;
    }
    this.registers[LENGTH] = end;
    return completions.RESULT;
  }

  /** @param {any} error of the task in the registers */
  reportFailure (error) {
    const { pack } = require('../codec/error-carrier');
    const carrier = pack(error);
    const end = encode(carrier, this.output, 0, PAYLOAD_MAX);
    if (end < 0) {
      this.postOutcome(takeSubstitute(carrier), []);
      return completions.PORT_FAILURE;
    }
    this.registers[LENGTH] = end;
    return completions.FAILURE;
  }

  /**
   * Posts the outcome of the task in the registers, for which the inline lane has no room or no word.
   *
   * @param {any} value
   * @param {any[]} transferList
   */
  postOutcome (value, transferList) {
    const { port, registers } = this;
    const seq = seqOf(registers[SEQ_LOW], registers[SEQ_HIGH]);
    postMessage(port, { kind: OUTCOME, index: registers[INDEX], seq, value }, transferList);
  }
}

/** A value that has not arrived. A class of its own, since the value itself may be a promise-like thing. */
class Pending {
  /** @param {Promise<any>} promise */
  constructor (promise) {
    this.promise = promise;
  }
}

module.exports = { TaskLoop };
