/// <reference types="node" />

import type { EventEmitterAsyncResource } from 'node:events';
import type { MessagePort, ResourceLimits as NodeResourceLimits, Worker, WorkerOptions } from 'node:worker_threads';

/**
 * A pool of worker threads.
 *
 * Events, beside those of EventEmitter:
 * - `'workerCreate'` (worker: {@link Piscina.PiscinaWorker}): a worker is ready.
 * - `'workerDestroy'` (worker: {@link Piscina.PiscinaWorker}): the pool has given a worker up.
 * - `'message'` (value): a task has called `parentPort.postMessage(value)`.
 * - `'needsDrain'`: all workers are busy, hold further tasks back. Once each time the pool fills up.
 * - `'drain'`: there is room again.
 * - `'error'` (error): a worker failed while it ran no task, or `close()` took longer than `closeTimeout`.
 * - `'close'`: `close()` is done.
 *
 * An idle pool does not keep the process alive.
 *
 * @typeParam T The type of a task. Or, alone, the type of the worker file, `typeof import('./worker')`: then `run()` has
 *   the parameter and the result of the named export.
 * @typeParam R The type of a result.
 *
 * @example
 * const pool = new Piscina({ filename: path.resolve(__dirname, 'worker.js') });
 * const sum = await pool.run({ a: 4, b: 6 });
 *
 * @example
 * const pool = new Piscina<typeof import('./worker')>({ filename: path.resolve(__dirname, 'worker.js') });
 * const thumbnail = await pool.run(picture, { name: 'resize' });
 */
declare class Piscina<T = any, R = any> extends EventEmitterAsyncResource {
  /**
   * Starts `minThreads` workers.
   *
   * @throws TypeError with code `ERR_ROCKPOOL_INVALID_OPTION` for an option of the wrong type or range; RangeError with
   *   the same code when `minThreads` is greater than `maxThreads`. `option` names it.
   */
  constructor (options?: Piscina.Options);

  /**
   * Runs a task on one of the workers. The task is copied before `run()` returns (structured clone): later changes do
   * not reach the worker. Never throws: every error is a rejection.
   *
   * @param task Any value that can be cloned or transferred.
   * @returns The result of the handler, awaited. Rejects with the value that the handler threw; an Error keeps its name,
   *   message, code, stack, cause, errors and other own properties that can be cloned. Also rejects with an error whose
   *   `code` is
   *   - `ABORT_ERR`: aborted by `options.signal`, or the pool is closing (`cause` is the reason);
   *   - `ERR_ROCKPOOL_INVALID_ARGUMENT`: a TypeError about `options` (`argument` names it);
   *   - `ERR_ROCKPOOL_FILENAME_NOT_PROVIDED`: neither the pool nor the task names a file;
   *   - `ERR_ROCKPOOL_TASK_QUEUE_AT_LIMIT`, `ERR_ROCKPOOL_NO_TASK_QUEUE_AVAILABLE`: see `maxQueue`;
   *   - `ERR_ROCKPOOL_LOAD_FAILED`, `ERR_ROCKPOOL_LOAD_NEVER_FINISHED`, `ERR_ROCKPOOL_LOAD_TIMEOUT`,
   *     `ERR_ROCKPOOL_NO_HANDLER`: the file can't be loaded (`cause` is the reason) or has no such function;
   *   - `ERR_ROCKPOOL_WORKER_EXITED`: the worker ended meanwhile (`exitCode` is its exit code);
   *   - `ERR_ROCKPOOL_THREAD_TERMINATION`: the pool was destroyed, or the worker terminated;
   *
   *   or with a DataCloneError for a value that cannot be cloned.
   */
  run<M> (
    this: Piscina<M, any> & Piscina.OfWorkerModule<M>,
    task: Piscina.TaskOf<M, 'default'>,
    options?: Piscina.RunOptions & { filename?: null; name?: 'default' | null }
  ): Promise<Piscina.ResultOf<M, 'default'>>;

  /** Runs an export by its name, in a pool that knows the type of its worker file. */
  run<M, N extends Piscina.HandlerName<M>> (
    this: Piscina<M, any> & Piscina.OfWorkerModule<M>,
    task: Piscina.TaskOf<M, N>,
    options: Piscina.RunOptions & { filename?: null; name: N }
  ): Promise<Piscina.ResultOf<M, N>>;

  /** Runs a task in another file, whose types the pool does not know. */
  run<M> (
    this: Piscina<M, any> & Piscina.OfWorkerModule<M>,
    task: Piscina.OfWorkerModule<M>,
    options: Piscina.RunOptions & { filename: string }
  ): Promise<any>;

  /** Runs a task of the pool's own type. */
  run (task: T, options?: Piscina.RunOptions): Promise<R>;

  /**
   * The method of piscina up to version 4. Each argument after the task may be omitted; the next one takes its place.
   *
   * @deprecated Use `run(task, { transferList, filename, signal })`.
   */
  runTask (
    task: T,
    transferList?: Piscina.RunOptions['transferList'] | string | Piscina.AbortSignalAny | null,
    filename?: string | Piscina.AbortSignalAny | null,
    signal?: Piscina.AbortSignalAny | null
  ): Promise<R>;

  /**
   * Runs a native kernel on the memory of a buffer, outside JavaScript: no worker is taken, nothing is copied.
   *
   * @param name The kernel.
   * @param bytes The memory to work on. Detached until the kernel is done; comes back as `buffer`. Memory that Node
   *   can't transfer (a pooled Buffer) is copied, a SharedArrayBuffer is used in place.
   * @param params The kernel's parameters.
   * @param options A signal that cancels the call, memory for the output, a listener of progress.
   * @returns Rejects with an error whose `code` is `ERR_ROCKPOOL_KERNEL_INPUT` (about `bytes`),
   *   `ERR_ROCKPOOL_KERNEL_BUSY` (shared memory that is in use), `ERR_ROCKPOOL_UNKNOWN_KERNEL`,
   *   `ERR_ROCKPOOL_KERNEL_PARAMETER`, `ERR_ROCKPOOL_KERNEL_RANGE`,
   *   `ERR_ROCKPOOL_KERNEL_OUTPUT`, `ERR_ROCKPOOL_KERNEL_DATA`, `ERR_ROCKPOOL_KERNEL_DATA_TRUNCATED`,
   *   `ERR_ROCKPOOL_KERNEL_DATA_TRAILING`, `ERR_ROCKPOOL_KERNEL_AUTHENTICATION`, `ERR_ROCKPOOL_KERNEL_THREADS`,
   *   `ERR_ROCKPOOL_KERNEL_PANIC`, `ERR_ROCKPOOL_INVALID_ARGUMENT`, `ABORT_ERR` or, when the pool is destroyed,
   *   `ERR_ROCKPOOL_THREAD_TERMINATION`. Once the call has taken the memory, the error has it as `buffer`.
   */
  kernel<K extends keyof Piscina.KernelTypes, V extends Piscina.KernelBytes> (
    name: K,
    bytes: V,
    ...rest: Piscina.KernelArguments<K, Piscina.KernelOptions>
  ): Promise<Piscina.KernelResult<V, Piscina.KernelTypes[K]>>;

  /** Runs native kernels in a row, as one task. */
  kernel<V extends Piscina.KernelBytes> (
    pipeline: Piscina.KernelPipeline,
    bytes: V,
    params?: null,
    options?: Piscina.KernelOptions | null
  ): Promise<Piscina.KernelPipelineResult<V>>;

  /**
   * Waits for running and waiting tasks, then stops all workers. New tasks reject with `ABORT_ERR` (cause 'queue is being
   * terminated'). The pool can be used again afterwards. After `closeTimeout` milliseconds it stops waiting: it emits an
   * `'error'` with code `ERR_ROCKPOOL_CLOSE_TIMEOUT`, and rejects the tasks that still run.
   */
  close (options?: Piscina.CloseOptions): Promise<void>;

  /**
   * Stops all workers at once. Tasks that run or wait reject with code `ERR_ROCKPOOL_THREAD_TERMINATION`. The pool can
   * be used again afterwards.
   */
  destroy (): Promise<void>;

  /** `using pool = …`: calls `close()` without waiting for it. */
  [Symbol.dispose] (): void;

  /** `await using pool = …`: waits for `close()`. */
  [Symbol.asyncDispose] (): Promise<void>;

  /** The maximum number of workers. */
  get maxThreads (): number;

  /** The number of workers that are kept while there are no tasks. */
  get minThreads (): number;

  /**
   * The options with their defaults. Live: changes of limits, of times and of the worker file apply at once, changes of
   * the options for `new Worker()` to new workers. `concurrentTasksPerWorker`, `taskQueue`, `loadBalancer` and
   * `recordTiming` are read once.
   */
  get options (): Piscina.FilledOptions;

  /** The workers, those still starting included. */
  get threads (): Worker[];

  /** How many workers are ready and run nothing. */
  get idleThreads (): number;

  /** How many tasks wait for a worker. */
  get queueSize (): number;

  /** How many tasks have settled, whatever the outcome. */
  get completed (): number;

  /** How long tasks ran and waited. Its summaries are undefined in a pool with `recordTiming: false`. */
  get histogram (): Piscina.PiscinaHistogram;

  /**
   * The time that workers spent on tasks, divided by the time that `maxThreads` workers had since the pool was created:
   * 0 to 1, approximately. 0 in a pool with `recordTiming: false`.
   */
  get utilization (): number;

  /** The age of the pool in milliseconds. */
  get duration (): number;

  /** Whether all workers are busy, so that further tasks should be held back until `'drain'`. */
  get needsDrain (): boolean;

  /**
   * The state of the pool and its counters since it was created, as a plain object for JSON. Takes some tens of
   * microseconds. See docs/observing.md.
   */
  stats (): Piscina.PoolStats;

  /**
   * The same as text in the format of OpenMetrics 1.0 (`application/openmetrics-text; version=1.0.0; charset=utf-8`).
   * For several pools: {@link Piscina.metrics}.
   */
  metrics (): string;

  /**
   * Records which tasks ran where and when, from now until `stop()`, in bounded memory. While it records, each task takes
   * some microseconds longer.
   *
   * @throws TypeError with code `ERR_ROCKPOOL_INVALID_ARGUMENT`.
   */
  trace (options?: Piscina.TraceOptions): Piscina.Trace;
}

declare namespace Piscina {
  // The class under its own name and as a default export: for `import { Piscina }`, and for programs that are compiled
  // without `esModuleInterop`.
  export { PiscinaClass as Piscina, PiscinaClass as default };

  /** Whether this code runs in a worker of a pool. */
  export const isWorkerThread: boolean;

  /** In a worker of a pool: a clone of the pool's option `workerData`. Undefined elsewhere. */
  export const workerData: any;

  /** The version of this package. */
  export const version: string;

  /**
   * Marks a value to be transferred instead of copied: the task of `run()`, or the result of a handler.
   *
   * A view takes its whole buffer with it: other views of that buffer are empty afterwards. Memory that Node can't
   * transfer (a small Buffer from Node's pool) is copied. A primitive is returned as it is. Nothing moves before the
   * value is passed to `run()`, or returned by a handler.
   *
   * @returns The value to pass on instead: a wrapper, or the given value itself, if it is a {@link Transferable}.
   */
  export function move<V extends Transferable | TransferListItem | ArrayBufferView | ArrayBuffer | MessagePort> (
    value: V
  ): Moved<V>;
  /** Key of a {@link Transferable}'s objects to transfer. The same symbol as piscina's. */
  export const transferableSymbol: unique symbol;

  /** Key of the value that is sent for a {@link Transferable}. The same symbol as piscina's. */
  export const valueSymbol: unique symbol;

  /** Key under which a task carries options for a custom {@link TaskQueue}. The same symbol as piscina's. */
  export const queueOptionsSymbol: unique symbol;

  /** The native kernels, each as a function. Usable without a pool. */
  export const kernels: Kernels;

  /**
   * The statistics of several pools in one text of the OpenMetrics format: the name of each becomes its label `pool`.
   *
   * @throws TypeError with code `ERR_ROCKPOOL_INVALID_ARGUMENT`.
   */
  export function metrics (pools: Readonly<Record<string, { stats (): PoolStats }>>): string;

  /** A first-in, first-out queue. Every operation takes the same time at any length. */
  export class FixedQueue implements TaskQueue {
    /** How many tasks wait. */
    get size (): number;
    /** Whether no task waits. */
    isEmpty (): boolean;
    /** Takes the first task; null when there is none. */
    shift (): Task | null;
    /** Puts a task behind all others. */
    push (task: Task): void;
    /** Puts a task in front of all others. */
    unshift (task: Task): void;
    /** Forgets a task; nothing happens when it is not here. */
    remove (task: Task): void;
  }

  /** The plainest queue: an array. */
  export class ArrayTaskQueue implements TaskQueue {
    /** The waiting tasks, the next one first. */
    tasks: Task[];
    /** How many tasks wait. */
    get size (): number;
    /** Takes the first task; null when there is none. */
    shift (): Task | null;
    /** Puts a task behind all others. */
    push (task: Task): void;
    /** Puts a task in front of all others. */
    unshift (task: Task): void;
    /** Forgets a task; nothing happens when it is not here. */
    remove (task: Task): void;
  }

  /**
   * The options of a pool. A value of the wrong type or range is a TypeError with code `ERR_ROCKPOOL_INVALID_OPTION`.
   * Counts are whole numbers; times are milliseconds and may have a fraction.
   */
  export interface Options {
    /** The worker file: an absolute path or a `file:` URL. Default null: `run()` names it. */
    filename?: string | null;

    /** The export that is the handler. Default `'default'`: the default export or `module.exports`. */
    name?: string;

    /** The least number of workers, 0 or more. Default: half of the available parallelism, at least 1. */
    minThreads?: number;

    /** The greatest number of workers, 1 or more. Default: 1.5 times the available parallelism, rounded up. */
    maxThreads?: number;

    /**
     * Time in milliseconds after which an idle worker above `minThreads` is stopped. Default 0: at once. Infinity: never.
     * Use some seconds if tasks come in bursts, since starting a worker takes some 50 ms.
     */
    idleTimeout?: number;

    /**
     * The greatest number of waiting tasks, 0 or more; further ones reject with code `ERR_ROCKPOOL_TASK_QUEUE_AT_LIMIT`.
     * 0: a task that cannot start at once rejects with code `ERR_ROCKPOOL_NO_TASK_QUEUE_AVAILABLE`. `'auto'`: the square
     * of `maxThreads`. Default Infinity.
     */
    maxQueue?: number | 'auto';

    /**
     * The number of tasks that one worker runs at a time, 1 or more. Default 1. More helps only handlers that wait for
     * asynchronous operations.
     */
    concurrentTasksPerWorker?: number;

    /**
     * How a worker waits for its next task. Default `'sync'`: fastest, but timers and sockets that a task leaves behind
     * stand still until the next task. `'async'` and `'disabled'`: they continue; with `'disabled'`, workers are woken by
     * messages alone. The environment variables `PISCINA_ENABLE_ASYNC_ATOMICS=1` and `PISCINA_DISABLE_ATOMICS=1` choose
     * these two for all pools.
     */
    atomics?: 'sync' | 'async' | 'disabled';

    /** Limits of each worker's memory, as for `new Worker()`. */
    resourceLimits?: ResourceLimits;

    /** Arguments appended to `process.argv` in the workers. */
    argv?: string[];

    /** Node options of the workers, `['--import', 'tsx']` for example. */
    execArgv?: string[];

    /** `process.env` of the workers: an object, or `SHARE_ENV` of `node:worker_threads`. Default: a copy. */
    env?: EnvSpecifier;

    /** The workers' `workerData`, cloned for each. */
    workerData?: any;

    /** A custom queue, which decides the order. Costs speed: each task goes through JavaScript. */
    taskQueue?: TaskQueue;

    /**
     * How much nicer the workers are to other processes, 0 or more (on Windows a priority, less than 0 too). Needs the
     * optional package `@napi-rs/nice`. Default 0.
     */
    niceIncrement?: number;

    /** Whether files that a worker opened and did not close are closed with it. Default true. */
    trackUnmanagedFds?: boolean;

    /** The time limit of `close()` in milliseconds. Default 30,000. Infinity: no limit. */
    closeTimeout?: number;

    /**
     * The time limit for loading the worker file, in milliseconds, above 0. After it the tasks of the file reject with
     * code `ERR_ROCKPOOL_LOAD_TIMEOUT`. Default 60,000. Infinity: no limit. Not in piscina.
     */
    loadTimeout?: number;

    /** Whether the times of tasks are recorded, see `pool.histogram`. Default true. */
    recordTiming?: boolean;

    /** Accepted for compatibility with piscina, without effect: tasks always start in the order of submission. */
    stricterFIFO?: boolean;

    /** Chooses the worker of each task. Costs speed: each task goes through JavaScript. */
    loadBalancer?: PiscinaLoadBalancer;

    /** Whether each worker has a histogram of its own, see {@link PiscinaWorker}. Default false. */
    workerHistogram?: boolean;
  }

  /** The options with their defaults: see {@link Options} for each. */
  export interface FilledOptions extends Options {
    filename: string | null;
    name: string;
    minThreads: number;
    maxThreads: number;
    idleTimeout: number;
    maxQueue: number;
    concurrentTasksPerWorker: number;
    atomics: Options['atomics'];
    /** The custom queue, else an empty queue that is never used. */
    taskQueue: TaskQueue;
    niceIncrement: number;
    closeTimeout: number;
    loadTimeout: number;
    recordTiming: boolean;
    stricterFIFO: boolean;
    workerHistogram: boolean;
  }

  /** The options of one task. A value of the wrong type is a rejection with code `ERR_ROCKPOOL_INVALID_ARGUMENT`. */
  export interface RunOptions {
    /** Objects in the task that are transferred instead of copied. */
    transferList?: TransferList;

    /** The file to use instead of the pool's. */
    filename?: string | null;

    /**
     * Aborts the task. A waiting task leaves the queue. The worker of a running task is terminated and replaced, so a
     * task with a signal shares its worker with no other task.
     */
    signal?: AbortSignalAny | null;

    /** The export to use instead of the pool's. */
    name?: string | null;
  }

  /** The options of `close()`. */
  export interface CloseOptions {
    /** Whether waiting tasks are aborted (`ABORT_ERR`) instead of run. Default false. */
    force?: boolean;
  }

  /** Limits of a worker's memory: the type of Node. */
  export type ResourceLimits = NodeResourceLimits;

  /** The type of the option `env` of `new Worker()`. */
  export type EnvSpecifier = WorkerOptions['env'];

  /** The type of the second argument of `postMessage()`. */
  export type TransferList = MessagePort extends {
    postMessage: (value: any, transferList: infer L) => any
  } ? L : never;

  /** One object that can be transferred. */
  export type TransferListItem = TransferList extends Array<infer I> ? I : never;

  /** An object that defines its own transfer list and the value to send; to be passed to {@link move}. */
  export interface Transferable<V = object> {
    /** The object to transfer, or an array of them. */
    readonly [transferableSymbol]: object;
    /** The value to send. */
    readonly [valueSymbol]: V;
  }

  /** What {@link move} returns: arrives as a `V`. */
  export type Moved<V> = V extends Transferable ? V : V | Transferable<V>;

  /** A function that runs tasks: gets the task, returns the result or a promise of it. */
  export type Handler = (...args: any[]) => any;

  /**
   * `unknown` if a pool's type argument is the type of a worker file, `never` if it is that of a task. A worker file, as
   * in `typeof import('./worker')`, is a function, or exports with at least one function, or promises of these. A task is
   * never of such a type, since a function cannot be sent.
   */
  export type OfWorkerModule<M> = M extends Handler | PromiseLike<Handler> ? unknown
    : M extends Record<string, unknown> ? [HandlerName<M>] extends [never] ? never : unknown
    : never;

  /** The names of a worker file's exports that run tasks. */
  export type HandlerName<M> = 0 extends 1 & M ? string
    : (M extends Handler | PromiseLike<Handler> ? 'default' : never)
      | (string & { [K in keyof M]: Awaited<M[K]> extends Handler ? K : never }[keyof M]);

  /** The function that a worker file exports under a name; `'default'`: the default export, or `module.exports`. */
  export type HandlerOf<M, N> = N extends 'default'
    // An ES module sees the exports of a CommonJS file as its default export.
    ? M extends Handler | PromiseLike<Handler> ? Awaited<M>
    : M extends { default: infer D } ? D extends { default: infer E } ? Awaited<E> : Awaited<D>
    : never
    : N extends keyof M ? Awaited<M[N]> : never;

  /** The task type of an export of a worker file: the handler's first parameter, moved or not. */
  export type TaskOf<M, N> = 0 extends 1 & M ? any
    : [HandlerOf<M, N>] extends [never] ? never
    : HandlerOf<M, N> extends (...args: infer A) => any
      ? A extends [] ? null | undefined : A[0] | Transferable<A[0]>
      : never;

  /** The result type of an export of a worker file: the handler's result, awaited and unwrapped. */
  export type ResultOf<M, N> = 0 extends 1 & M ? any
    : HandlerOf<M, N> extends (...args: any[]) => infer R ? Unmoved<Awaited<R>> : never;

  /** The type of a value that may have been moved, as it arrives. */
  type Unmoved<R> = R extends Transferable<infer V> ? V : R;

  /** An AbortSignal, or any other EventTarget that emits `'abort'`. */
  export interface AbortSignalEventTarget {
    /** Called by the pool to listen. */
    addEventListener: (name: 'abort', listener: () => void, options?: { once: boolean }) => void;
    /** Called by the pool when no task needs the signal any more. */
    removeEventListener: (name: 'abort', listener: () => void) => void;
    /** Whether it was aborted before `run()`: then the task rejects at once. Default false. */
    aborted?: boolean;
    /** Becomes the `cause` of the AbortError. */
    reason?: unknown;
  }

  /** An EventEmitter that emits `'abort'`. */
  export interface AbortSignalEventEmitter {
    /** Called by the pool when no task needs the emitter any more. */
    off: (name: 'abort', listener: () => void) => void;
    /** Called by the pool to listen. */
    once: (name: 'abort', listener: () => void) => void;
  }

  /** The types of `signal`. */
  export type AbortSignalAny = AbortSignalEventTarget | AbortSignalEventEmitter;

  /** A task as a queue sees it. */
  export interface Task {
    /** The value under `queueOptionsSymbol` of the task, or null. */
    readonly [queueOptionsSymbol]: any;
  }

  /** A task as a queue or a load balancer sees it. */
  export interface PiscinaTask extends Task {
    /** Unique in the process. */
    taskId: number;
    /** The file that runs it. */
    filename: string;
    /** The export that runs it. */
    name: string;
    /** When `run()` was called, on the clock of `performance.now()`, in milliseconds. */
    created: number;
    /** Whether it has a signal and therefore needs a worker of its own. */
    isAbortable: boolean;
  }

  /** The interface of a custom queue. */
  export interface TaskQueue {
    /** The number of waiting tasks. */
    readonly size: number;
    /** Removes and returns the next task, or null to hold the tasks back: then the pool asks again, see docs/api.md. */
    shift (): Task | null;
    /** Removes an aborted task. */
    remove (task: Task): void;
    /** Adds a new task. */
    push (task: Task): void;
    /** Puts a task back as the next one, because no worker was free. Default: `push`. */
    unshift? (task: Task): void;
  }

  /** A worker as a load balancer and the worker events see it. Live. */
  export interface PiscinaWorker {
    /** The worker's `threadId`. */
    id: number;
    /** The number of its tasks; Infinity while it runs one with a signal. */
    currentUsage: number;
    /** Whether it runs a task with a signal and therefore can take no other. */
    isRunningAbortableTask: boolean;
    /** Running times of its tasks; null in a pool without `workerHistogram`. */
    histogram: PiscinaHistogramSummary | null;
    /** Whether it is being stopped. */
    terminating: boolean;
    /** Whether the pool has given it up. */
    destroyed: boolean;
  }

  /**
   * Chooses the worker of a task, synchronously. null: none of these. Then the pool starts another worker, or the task
   * waits and the balancer is asked again: see docs/api.md.
   */
  export type PiscinaLoadBalancer = (task: PiscinaTask, workers: PiscinaWorker[]) => PiscinaWorker | null;

  /** A histogram in numbers, in milliseconds. Without a recorded task `mean` and `stddev` are NaN and `max` is 0. */
  export interface PiscinaHistogramSummary {
    /** The same as `mean`. */
    average: number;
    /** The mean of all recorded times. */
    mean: number;
    /** Standard deviation. */
    stddev: number;
    /** The shortest time. */
    min: number;
    /** The longest time. */
    max: number;
    /** `p50` is the time that half of the tasks did not exceed, and so on. */
    p0_001: number;
    p0_01: number;
    p0_1: number;
    p1: number;
    p2_5: number;
    p10: number;
    p25: number;
    p50: number;
    p75: number;
    p90: number;
    p97_5: number;
    p99: number;
    p99_9: number;
    p99_99: number;
    p99_999: number;
  }

  /** The times of a pool's tasks. */
  export interface PiscinaHistogram {
    /** Running times, computed at each read. Undefined with `recordTiming: false`. */
    runTime: PiscinaHistogramSummary;
    /** Waiting times, computed at each read. Undefined with `recordTiming: false`. */
    waitTime: PiscinaHistogramSummary;
    /** Clears the running times. */
    resetRunTime (): void;
    /** Clears the waiting times. */
    resetWaitTime (): void;
  }

  /** The result of `pool.stats()`. Times are in milliseconds, memory is in bytes. */
  export interface PoolStats {
    /** Since the pool was created. */
    age: number;
    /** The present workers. */
    workers: {
      /** `starting + idle + busy`. */
      total: number;
      /** Workers that have not loaded their file. (`pool.idleThreads` counts the first ones as ready from the start.) */
      starting: number;
      idle: number;
      busy: number;
      /** `minThreads`. */
      min: number;
      /** `maxThreads`. */
      max: number;
      /** All workers started so far. */
      created: number;
      threads: WorkerStats[];
    };
    queue: {
      /** Tasks that wait for a worker. */
      size: number;
      /** `maxQueue`; null: no limit. */
      limit: number | null;
      needsDrain: boolean;
      /**
       * Approximate memory of the values that wait in the pool's own thread: `run()` copies a value that is too large for
       * the native queue, or that the codec cannot encode.
       */
      snapshotBytes: number;
    };
    /** Tasks, including the calls of `pool.kernel()`. */
    tasks: {
      /** Waiting and running ones. */
      unsettled: number;
      /** `succeeded + failed + aborted`. */
      completed: number;
      succeeded: number;
      /** Rejected for reasons other than an abort. */
      failed: number;
      /** Rejected by a signal, or by `close({ force: true })`. */
      aborted: number;
    };
    /** Like `pool.utilization`; null in a pool with `recordTiming: false`. */
    utilization: number | null;
    /** From `run()` to the start; null in a pool with `recordTiming: false`. */
    waitTime: TimeStats | null;
    /** From the start to the end; null in a pool with `recordTiming: false`. */
    runTime: TimeStats | null;
    /** Kernel calls of this thread, with or without the pool, except those of `kernels.sync`. */
    kernels: {
      /** The kernel threads of the process; null while `ROCKPOOL_KERNEL_THREADS` is invalid. */
      threads: number | null;
      calls: number;
      inFlight: number;
      /** Failed or aborted. */
      failed: number;
    };
    memory: {
      /** Resident memory of the whole process. */
      rss: number;
    };
  }

  /** A worker in `pool.stats()`. */
  export interface WorkerStats {
    /** Its `threadId`. */
    id: number;
    state: 'starting' | 'idle' | 'busy';
    /** The number of its tasks. */
    tasks: number;
  }

  /** A summary of times in milliseconds. null: none was recorded. */
  export interface TimeStats {
    count: number;
    sum: number;
    mean: number | null;
    /** Standard deviation. */
    stddev: number | null;
    min: number | null;
    max: number | null;
    /** Half of the times are no longer. */
    p50: number | null;
    p75: number | null;
    p90: number | null;
    p99: number | null;
    p99_9: number | null;
  }

  /**
   * The message of the channels `tracing:rockpool.task:*` of `node:diagnostics_channel`: one object for each task, from
   * its start to its end. Subscribers may add properties.
   */
  export interface TaskMessage {
    pool: Piscina;
    /** Unique in the pool's thread. */
    id: number;
    /** The argument of `run()`; the bytes of a kernel. */
    task: unknown;
    /** The worker file; null for a kernel. */
    filename: string | null;
    /** The export that runs it; null for a kernel. */
    name: string | null;
    /** The kernel, or `'pipeline'`; null for a task of a worker. */
    kernel: string | null;
    /** The Worker that ran it; null before the end, and if no Worker ran it. */
    threadId: number | null;
    /** From `run()` to the start in milliseconds; null before the end, and if unknown. */
    waitTime: number | null;
    /** From the start to the end in milliseconds; null before the end, and if unknown. */
    runTime: number | null;
    /** null before the end, and for tasks refused at once. */
    outcome: 'succeeded' | 'failed' | 'aborted' | null;
    /** The result of the promise, at the events `asyncStart` and `asyncEnd`. */
    result?: unknown;
    /** The reason of the rejection, from the event `error` on. */
    error?: unknown;
  }

  /** The message of the channels `rockpool.worker.create`, `.ready` and `.exit`. */
  export interface WorkerMessage {
    pool: Piscina;
    worker: PiscinaWorker;
    /** The worker's `threadId`, also after its end. */
    threadId: number;
    /** Only in `.exit`. */
    exitCode?: number;
  }

  /** The message of the channels `rockpool.pool.create`, `.needsDrain` and `.drain`. */
  export interface PoolMessage {
    pool: Piscina;
  }

  /** The options of `pool.trace()`. */
  export interface TraceOptions {
    /** The number of tasks to keep, 1 to 500,000: the newest. Default 50,000, some 15 MB. */
    limit?: number;
  }

  /** A trace that is being recorded. */
  export interface Trace {
    /**
     * Ends the recording. Perfetto and chrome://tracing read the object as a JSON file. A second call returns the same.
     *
     * @param options `file`: a path or a `file:` URL to write it to.
     */
    stop (options?: { file?: string | URL }): Promise<TraceFile>;
  }

  /** A trace in the Trace Event Format. */
  export interface TraceFile {
    traceEvents: TraceEvent[];
    displayTimeUnit: 'ms';
    otherData: {
      /** The version of rockpool. */
      version: string;
      /** Older tasks that were dropped because of `limit`. */
      lostTasks: number;
      /** Older steps of kernels that were dropped: the newest 65,536 of the process are kept. */
      lostKernelSteps: number;
    };
  }

  /** One event of a trace. Times are in microseconds on the clock of `process.hrtime()`. */
  export interface TraceEvent {
    /** The kind of the event. */
    ph: string;
    name: string;
    cat: string;
    pid: number;
    /** The row: a Worker's `threadId`; others are named by metadata events. */
    tid: number;
    ts: number;
    dur?: number;
    id?: string;
    s?: string;
    args?: any;
  }

  /** The memory that a kernel works on. */
  export type KernelBytes = ArrayBuffer | SharedArrayBuffer | ArrayBufferView;

  /** The options of one kernel call. */
  export interface KernelOptions {
    /** Cancels the kernel between steps: the promise rejects with `ABORT_ERR`, and the error has the memory as `buffer`. */
    signal?: AbortSignalAny | null;

    /** Called with the progress of the kernel, at most some 20 times a second. */
    onProgress?: (progress: KernelProgress) => void;

    /**
     * Memory for the output, for kernels whose output has a size of its own. Detached until the kernel is done; `output`
     * is a view of the written part. Too small: an error with code `ERR_ROCKPOOL_KERNEL_OUTPUT`, which has the memory as
     * `out`. Default: new memory.
     */
    out?: KernelBytes;

    /**
     * The urgency of the call, `'default'` by default. Before each step, some milliseconds of work, a kernel thread takes
     * the most urgent waiting call of the process; calls of one priority take turns. A running step is not interrupted,
     * so an `'interactive'` call waits for at most one step of a `'background'` call. While more urgent calls keep all
     * threads busy, the calls of each less urgent priority get one step every 100 ms. Any other value:
     * `ERR_ROCKPOOL_INVALID_ARGUMENT`.
     */
    priority?: KernelPriority;
  }

  /** The urgency of a kernel call. */
  export type KernelPriority = 'interactive' | 'default' | 'background';

  /** The progress of a kernel. */
  export interface KernelProgress {
    /** The finished part, in `unit`. */
    done: number;
    /** The whole, in `unit`. */
    total: number;
    /** The unit of the two numbers, `'bytes'` for example. */
    unit: string;
  }

  /**
   * The result of a kernel: `buffer`, the memory of the input, at the same address, in a view of the same type as the
   * argument; `value`, if the kernel has an answer; `output`, if its output has another size or type.
   */
  export type KernelResult<V extends KernelBytes, T extends KernelType = KernelType> =
    { buffer: V }
    & (T extends { value: infer Value } ? { value: Value } : {})
    & (T extends { output: infer Output } ? { output: Output } : {});

  /** The parameters and results of a kernel. */
  export interface KernelType {
    params: object;
    value?: unknown;
    output?: unknown;
  }

  /** Bytes as a parameter. They are copied. */
  export type KernelParamBytes = Uint8Array | Uint8ClampedArray | DataView | ArrayBuffer;

  /** The result of `vector.topk`: for each query in turn its best rows, the best one first. */
  export interface VectorTopKValue {
    /** The rows, counted from 0. */
    indices: Uint32Array;
    /** The similarity of each row. */
    scores: Float32Array;
  }

  // <parameters> made by ci/docs/kernel-parameters.js from the registry of the kernels

  /** Parameters of `blake3`: BLAKE3 hash, keyed hash or key derivation. */
  export interface Blake3Params {
    /** Bytes of the answer. Range: 1 to 65,536. Default 32. */
    length?: number;
    /** Makes it a keyed hash. Not together with `context`. Length: 32 bytes. */
    key?: KernelParamBytes;
    /** The purpose of the key: makes it a key derivation. Not together with `key`. */
    context?: string;
  }

  /** Parameters of `xxh3`: XXH3 hash of 64 bits, not cryptographic. */
  export interface Xxh3Params {
    /** Makes it another hash function. Above 2^53 - 1 as a BigInt. Range: 0 to 2^64 - 1. Default 0. */
    seed?: number | bigint;
  }

  /** Parameters of `crc32`: CRC-32 checksum of gzip, zip and PNG. */
  export interface Crc32Params {
    /**
     * The checksum of the bytes before these: `crc32(b, { initial: crc32(a) })` is that of `a` and `b` in a row. Range:
     * 0 to 4,294,967,295. Default 0.
     */
    initial?: number;
  }

  /** Parameters of `aead.seal`: encrypts in place with AES-256-GCM or ChaCha20-Poly1305, answers with the tag. */
  export interface AeadSealParams {
    /** The cipher. */
    algorithm: 'aes-256-gcm' | 'chacha20-poly1305';
    /** The key. Length: 32 bytes. */
    key: KernelParamBytes;
    /**
     * 12 bytes, with `segment` 7. It is no secret, but must never be the same twice with a key. Length: 7 to 12 bytes.
     */
    nonce: KernelParamBytes;
    /** Additional bytes that the tag covers and that are not encrypted. Length: 0 to 1,048,576 bytes. */
    aad?: KernelParamBytes;
    /**
     * Bytes of a segment: makes it a message in segments, with a tag for each. Without it: one message. Range: 16 to
     * 4,194,304.
     */
    segment?: number;
  }

  /** Parameters of `aead.open`: checks the tag and decrypts in place, AES-256-GCM or ChaCha20-Poly1305. */
  export interface AeadOpenParams {
    /** The cipher. */
    algorithm: 'aes-256-gcm' | 'chacha20-poly1305';
    /** The key. Length: 32 bytes. */
    key: KernelParamBytes;
    /**
     * 12 bytes, with `segment` 7. It is no secret, but must never be the same twice with a key. Length: 7 to 12 bytes.
     */
    nonce: KernelParamBytes;
    /** The `value` of `aead.seal`: 16 bytes, with `segment` 16 for each. Length: 16 to 1,073,741,824 bytes. */
    tag: KernelParamBytes;
    /** Additional bytes that the tag covers and that are not encrypted. Length: 0 to 1,048,576 bytes. */
    aad?: KernelParamBytes;
    /**
     * Bytes of a segment: makes it a message in segments, with a tag for each. Without it: one message. Range: 16 to
     * 4,194,304.
     */
    segment?: number;
  }

  /** Parameters of `search.count`: counts the matches of a pattern that do not overlap. */
  export interface SearchParams {
    /** The bytes that are looked for. Of a text its UTF-8: `Buffer.from(text)`. Length: 1 to 65,536 bytes. */
    pattern: KernelParamBytes;
  }

  /** Parameters of `search.offsets`: finds where the matches of a pattern begin that do not overlap. */
  export interface SearchOffsetsParams {
    /** The bytes that are looked for. Of a text its UTF-8: `Buffer.from(text)`. Length: 1 to 65,536 bytes. */
    pattern: KernelParamBytes;
    /** Stop after so many matches. Without it: never. Range: from 1. */
    limit?: number;
  }

  /** Parameters of `vector.normalize`, `vector.softmax`. */
  export interface VectorRowsParams {
    /** Numbers of a row. Range: 1 to 1,048,576. */
    dimensions: number;
  }

  /** Parameters of `vector.quantize`: rounds numbers of 32 bits to 8 bits with a scale: number ≈ output × scale. */
  export interface VectorQuantizeParams {
    /** Numbers of a row, which then has a scale of its own. Without it: one scale for all. Range: 1 to 1,048,576. */
    dimensions?: number;
    /**
     * The scale for all. Without it: their greatest finite magnitude / 127. Not together with `dimensions`. Range: 1.2
     * × 10^-38 to 3.4 × 10^38.
     */
    scale?: number;
  }

  /** Parameters of `vector.topk`: finds the rows with the greatest product with a query, or the least angle to it. */
  export interface VectorTopKParams {
    /** Numbers of a row. Range: 1 to 1,048,576. */
    dimensions: number;
    /** One query, or several one after the other. Copied. Length: 1 to 268,435,456 numbers. */
    query: Float32Array | readonly number[];
    /**
     * Rows to find for each query; all, where there are fewer. `k` × queries: 16,777,216 at most. Range: 1 to 65,536.
     */
    k: number;
    /** How alike two rows are: the cosine of the angle between them, or their scalar product. Default 'cosine'. */
    metric?: 'cosine' | 'dot';
  }

  /** Parameters of `matrix.multiply`: multiplies two matrices of 32-bit floats. */
  export interface MatrixMultiplyParams {
    /** Rows of the input and of the product. Range: 1 to 2,147,483,648. */
    m: number;
    /** Columns of the input, rows of `other`. Range: 1 to 2,147,483,648. */
    k: number;
    /** Columns of `other` and of the product. Range: 1 to 2,147,483,648. */
    n: number;
    /**
     * The right factor, `k` rows of `n` numbers. Copied: make the smaller matrix the right factor where there is a
     * choice. Length: 1 to 268,435,456 numbers.
     */
    other: Float32Array | readonly number[];
  }

  /** Parameters of `sort`: sorts a typed array in the order of TypedArray.prototype.sort. */
  export interface SortParams {
    /** Sorts in exactly the reverse order: as `sort()` and then `reverse()`, with NaN first. Default false. */
    descending?: boolean;
  }

  /** Parameters of `gzip.compress`: compresses to gzip, in members that any tool reads. */
  export interface GzipCompressParams {
    /**
     * 1 is the fastest, 12 gives the smallest output. Above 9 it is several times slower than 9. Range: 1 to 12.
     * Default 6.
     */
    level?: number;
  }

  /** Parameters of `gzip.decompress`, `zstd.decompress`. */
  export interface DecompressParams {
    /**
     * Most bytes of the output. A larger output is `ERR_ROCKPOOL_KERNEL_OUTPUT`. Range: from 1. Default 1,073,741,824.
     */
    maxOutputLength?: number;
  }

  /** Parameters of `zstd.compress`: compresses to zstd, in frames that any tool reads. */
  export interface ZstdCompressParams {
    /** 1 is the fastest, 22 gives the smallest output. Range: 1 to 22. Default 3. */
    level?: number;
    /** Whether each frame ends with a checksum of its data. Default false. */
    checksum?: boolean;
    /**
     * One frame for everything, on one thread, instead of frames of 4 or 8 MiB: for readers that stop after the first
     * frame, as `zlib.zstdDecompress` of Node 22 and 24 does. Default false.
     */
    singleFrame?: boolean;
  }

  /** Parameters of `image.adjust`: brightness, contrast and saturation, alpha as it is. */
  export interface ImageAdjustParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
    /** Factor of the colours. Range: 0 to 100. Default 1. */
    brightness?: number;
    /** Factor of the distance between the colours and the middle, 127.5. Range: 0 to 100. Default 1. */
    contrast?: number;
    /**
     * Factor of the distance between the colours and their luma (BT.709); 0 makes them gray. Range: 0 to 100. Default
     * 1.
     */
    saturation?: number;
  }

  /** Parameters of `image.blur`: Gaussian blur. */
  export interface ImageBlurParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
    /** Standard deviation, in pixels. Range: 0.3 to 100. */
    sigma: number;
    /**
     * How colours relate to alpha. `'straight'`: they are independent of it, and are weighted by it where pixels are
     * mixed. `'premultiplied'`: they are multiplied by it already, or every pixel is opaque. Default 'straight'.
     */
    alpha?: 'straight' | 'premultiplied';
  }

  /** Parameters of `image.grayscale`: the luma of each pixel as its red, green and blue, alpha as it is. */
  export interface ImageGrayscaleParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
    /**
     * Weights of red, green and blue. `'bt709'`: 0.2126, 0.7152, 0.0722 (HDTV, sRGB). `'bt601'`: 0.299, 0.587, 0.114
     * (older video, JPEG). Default 'bt709'.
     */
    luma?: 'bt709' | 'bt601';
  }

  /** Parameters of `image.invert`, `image.premultiply`, `image.unpremultiply`. */
  export interface ImageParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
  }

  /** Parameters of `image.lut`: each channel through a table of 256 bytes. */
  export interface ImageLutParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
    /**
     * 256 bytes: one table for red, green and blue; alpha stays. 1,024 bytes: tables for red, green, blue and alpha,
     * one after the other. Length: 256 to 1,024 bytes.
     */
    table: KernelParamBytes;
  }

  /** Parameters of `image.resize`: another size, with a choice of filters. */
  export interface ImageResizeParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
    /** Pixels of a row of the result. Range: 1 to 65,535. */
    toWidth: number;
    /** Rows of the result. Range: 1 to 65,535. */
    toHeight: number;
    /**
     * How pixels are mixed, from fast to sharp. `'nearest'` takes one pixel and mixes none; `'hamming'` is sharper than
     * `'bilinear'` at the same price; `'mitchell'` is softer than `'catmull-rom'`; `'lanczos3'` is the sharpest.
     * Default 'lanczos3'.
     */
    filter?: 'nearest' | 'bilinear' | 'hamming' | 'catmull-rom' | 'mitchell' | 'lanczos3';
    /**
     * How colours relate to alpha. `'straight'`: they are independent of it, and are weighted by it where pixels are
     * mixed. `'premultiplied'`: they are multiplied by it already, or every pixel is opaque. Default 'straight'.
     */
    alpha?: 'straight' | 'premultiplied';
  }

  /** Parameters of `image.swizzle`: channels in another order. */
  export interface ImageSwizzleParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
    /**
     * Four letters, one for each channel of the result: `r`, `g`, `b` or `a` for a channel of the image, `0` for 0, `1`
     * for 255. `'bgra'` swaps red and blue, `'rgb1'` makes opaque, `'aaa1'` shows alpha.
     */
    order: string;
  }

  /** Parameters of `image.toTensor`: red, green and blue as normalised 32-bit floats, planar or interleaved. */
  export interface ImageToTensorParams {
    /** Pixels of a row. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    width?: number;
    /** Rows. May be left out only after another image kernel of a pipeline. Range: 1 to 65,535. */
    height?: number;
    /**
     * Of red, green and blue, on a scale from 0 to 1: subtracted from each value / 255. Length: 3 numbers. Default [0,
     * 0, 0].
     */
    mean?: Float32Array | readonly number[];
    /** Of red, green and blue, above 0: the difference is divided by it. Length: 3 numbers. Default [1, 1, 1]. */
    std?: Float32Array | readonly number[];
    /** `'chw'`: a plane for each channel. `'hwc'`: pixel after pixel. Default 'chw'. */
    layout?: 'chw' | 'hwc';
    /**
     * Order of the channels in the result. `mean` and `std` are always in the order red, green, blue. Default 'rgb'.
     */
    order?: 'rgb' | 'bgr';
  }

  // </parameters>

  /** The relation of colours to alpha. */
  export interface ImageAlphaParams extends Pick<ImageResizeParams, 'alpha'> {}

  /** Each kernel by its name: parameters, and results besides the memory. */
  export interface KernelTypes {
    blake3: { params: Blake3Params; value: Uint8Array };
    sha256: { params: {}; value: Uint8Array };
    xxh3: { params: Xxh3Params; value: bigint };
    crc32: { params: Crc32Params; value: number };
    'aead.seal': { params: AeadSealParams; value: Uint8Array };
    'aead.open': { params: AeadOpenParams };
    /** The number of occurrences of each byte value: 256 counts. */
    histogram: { params: {}; value: Float64Array };
    'search.count': { params: SearchParams; value: number };
    'search.offsets': { params: SearchOffsetsParams; output: Float64Array };
    'matrix.multiply': { params: MatrixMultiplyParams; output: Float32Array };
    sort: { params: SortParams };
    'vector.normalize': { params: VectorRowsParams };
    'vector.quantize': { params: VectorQuantizeParams; value: Float32Array; output: Int8Array };
    'vector.softmax': { params: VectorRowsParams };
    'vector.toHalf': { params: {}; output: Uint16Array };
    'vector.topk': { params: VectorTopKParams; value: VectorTopKValue };
    'gzip.compress': { params: GzipCompressParams; output: Uint8Array };
    'gzip.decompress': { params: DecompressParams; output: Uint8Array };
    'zstd.compress': { params: ZstdCompressParams; output: Uint8Array };
    'zstd.decompress': { params: DecompressParams; output: Uint8Array };
    'image.adjust': { params: ImageAdjustParams };
    'image.blur': { params: ImageBlurParams };
    'image.grayscale': { params: ImageGrayscaleParams };
    'image.invert': { params: ImageParams };
    'image.lut': { params: ImageLutParams };
    'image.premultiply': { params: ImageParams };
    'image.resize': { params: ImageResizeParams; output: Uint8Array };
    'image.swizzle': { params: ImageSwizzleParams };
    'image.toTensor': { params: ImageToTensorParams; output: Float32Array };
    /** Divides by alpha / 255 and rounds to the nearest, a half to the even one; at most 255, and 0 where alpha is 0. */
    'image.unpremultiply': { params: ImageParams };
  }

  /** The description of a kernel. */
  export interface KernelDescription {
    /** The name, for `pool.kernel()`. */
    name: string;
    /** A description in one line. */
    summary: string;
    /** The unit of its progress. */
    unit: string;
    /** `'value'`: it only reads; `'in place'`: it transforms; `'output'`: it returns bytes of another size. */
    memory: string;
    /** Its parameters. */
    parameters: KernelParameter[];
  }

  /** A parameter of a kernel. */
  export interface KernelParameter {
    name: string;
    /** `'integer'`, `'bigint'`, `'number'`, `'string'`, `'boolean'`, `'Uint8Array'` or `'Float32Array'`. */
    type: string;
    /** Whether a call without it is an error. */
    required: boolean;
    /** The least value, or the fewest bytes or numbers. */
    min?: number | bigint;
    /** The greatest value, or the most bytes or numbers. */
    max?: number | bigint;
    /** The allowed strings. */
    choices?: string[];
    /** The default value, in JavaScript syntax: `'lanczos3'`, `6`. */
    default?: string;
    /** Its meaning and its unit. */
    summary: string;
  }

  /** Parameters and options: the parameters may be omitted if none is required. */
  export type KernelArguments<K extends keyof KernelTypes, O> = {} extends KernelTypes[K]['params']
    ? [params?: KernelTypes[K]['params'] | null, options?: O | null]
    : [params: KernelTypes[K]['params'], options?: O | null];

  /** A kernel as a function. `pool.kernel()` describes the use of `bytes` and the errors. */
  export type KernelFunction<K extends keyof KernelTypes> =
    <V extends KernelBytes> (bytes: V, ...rest: KernelArguments<K, KernelOptions>) =>
      Promise<KernelResult<V, KernelTypes[K]>>;

  /** A kernel on the calling thread, for small inputs: blocks until it is done, detaches nothing. */
  export type KernelSyncFunction<K extends keyof KernelTypes> =
    <V extends KernelBytes> (bytes: V, ...rest: KernelArguments<K, Pick<KernelOptions, 'out'>>) =>
      KernelResult<V, KernelTypes[K]>;

  /** The part of a kernel's name before the dot. */
  type KernelFamily<K = keyof KernelTypes> = K extends `${infer Family}.${string}` ? Family : never;

  /** All kernels as functions. A name with a dot is a nested property. */
  export type KernelFunctions = {
    readonly [K in keyof KernelTypes as K extends `${string}.${string}` ? never : K]: KernelFunction<K>;
  } & {
    readonly [F in KernelFamily]: {
      readonly [K in keyof KernelTypes as K extends `${F}.${infer Name}` ? Name : never]: KernelFunction<K>;
    };
  };

  /** All kernels as functions that run on the calling thread. */
  export type KernelSyncFunctions = {
    readonly [K in keyof KernelTypes as K extends `${string}.${string}` ? never : K]: KernelSyncFunction<K>;
  } & {
    readonly [F in KernelFamily]: {
      readonly [K in keyof KernelTypes as K extends `${F}.${infer Name}` ? Name : never]: KernelSyncFunction<K>;
    };
  };

  /** A kernel with its parameters. */
  export type KernelStep = {
    [K in keyof KernelTypes]: {} extends KernelTypes[K]['params']
      ? readonly [name: K, params?: KernelTypes[K]['params'] | null]
      : readonly [name: K, params: KernelTypes[K]['params']];
  }[keyof KernelTypes];

  /** The result of a pipeline. */
  export interface KernelPipelineResult<V extends KernelBytes> {
    /** The answer of each step; undefined for steps that only transform. */
    values: unknown[];
    /** The output of the last step, unless it is the input memory in its original type. */
    output?: any;
    /** The input memory, in a view of the same type. */
    buffer: V;
  }

  /** A chain of kernels: each works on the output of the one before. Created by `kernels.pipeline()`. */
  export interface KernelPipeline {
    /**
     * Sends bytes through all steps, with one hand-over to the kernel threads. Rejects like a kernel; `step` of the error
     * is the position of the step that failed, counted from 0.
     */
    run<V extends KernelBytes> (bytes: V, options?: KernelOptions | null): Promise<KernelPipelineResult<V>>;

    /** Sends each of many buffers through all steps; see `kernels.map()`. */
    map<V extends KernelBytes> (
      list: Iterable<V>, options?: Omit<KernelOptions, 'out'> | null
    ): Promise<KernelPipelineResult<V>[]>;

    /** Like `run()`, on the calling thread: blocks, detaches nothing. */
    runSync<V extends KernelBytes> (
      bytes: V, options?: Pick<KernelOptions, 'out'> | null
    ): KernelPipelineResult<V>;
  }

  /** The native kernels, and the threads that they share in this process. */
  export type Kernels = KernelFunctions & KernelTools;

  /** The functions of `kernels` that are not kernels. */
  export interface KernelTools {
    /** Each kernel as a function that runs on the calling thread, for small inputs: blocks, detaches nothing. */
    readonly sync: KernelSyncFunctions;

    /**
     * Runs one kernel on many buffers, with one hand-over to the threads. Returns a result for each, in order. When one
     * fails, all do: the error has the `index` and the `buffer` of the first that failed, and all memory as `buffers`.
     * Buffers must not overlap; views of one ArrayBuffer are allowed together.
     */
    map<K extends keyof KernelTypes, V extends KernelBytes> (
      name: K,
      list: Iterable<V>,
      ...rest: KernelArguments<K, Omit<KernelOptions, 'out'>>
    ): Promise<KernelResult<V, KernelTypes[K]>[]>;

    /**
     * Makes a chain of kernels. Checks names and parameters. A run checks that the output of each step suits the next one,
     * before any memory is detached. An error has the position of the step as `step`, counted from 0.
     */
    pipeline (steps: readonly KernelStep[]): KernelPipeline;

    /** Descriptions of all kernels. */
    list (): KernelDescription[];

    /**
     * Sets the number of kernel threads, 1 to 1,024, before the first kernel runs. Default: the environment variable
     * `ROCKPOOL_KERNEL_THREADS`, else the available parallelism, less one from four on.
     *
     * @throws TypeError with code `ERR_ROCKPOOL_INVALID_ARGUMENT`; an error with code `ERR_ROCKPOOL_KERNEL_THREADS` if
     *   they already run with another number.
     */
    configure (options: { threads?: number }): void;

    /** The number of kernel threads: the running ones, else those that would be started. */
    threads (): number;
  }

  /** The `code` of every error of this package. */
  export type ErrorCode =
    | 'ABORT_ERR'
    | 'ERR_ROCKPOOL_THREAD_TERMINATION'
    | 'ERR_ROCKPOOL_FILENAME_NOT_PROVIDED'
    | 'ERR_ROCKPOOL_TASK_QUEUE_AT_LIMIT'
    | 'ERR_ROCKPOOL_NO_TASK_QUEUE_AVAILABLE'
    | 'ERR_ROCKPOOL_CLOSE_TIMEOUT'
    | 'ERR_ROCKPOOL_WORKER_EXITED'
    | 'ERR_ROCKPOOL_NO_HANDLER'
    | 'ERR_ROCKPOOL_LOAD_FAILED'
    | 'ERR_ROCKPOOL_LOAD_NEVER_FINISHED'
    | 'ERR_ROCKPOOL_LOAD_TIMEOUT'
    | 'ERR_ROCKPOOL_INVALID_OPTION'
    | 'ERR_ROCKPOOL_INVALID_ARGUMENT'
    | 'ERR_ROCKPOOL_ADDON_UNAVAILABLE'
    | 'ERR_ROCKPOOL_ENTRY_MISSING'
    | 'ERR_ROCKPOOL_CORRUPT_MESSAGE'
    | 'ERR_ROCKPOOL_POOL_GONE'
    | 'ERR_ROCKPOOL_SLOT_GONE'
    | 'ERR_ROCKPOOL_TOO_MANY_HANDLERS'
    | 'ERR_ROCKPOOL_BAD_VIEW'
    | 'ERR_ROCKPOOL_UNKNOWN_KERNEL'
    | 'ERR_ROCKPOOL_KERNEL_PARAMETER'
    | 'ERR_ROCKPOOL_KERNEL_RANGE'
    | 'ERR_ROCKPOOL_KERNEL_INPUT'
    | 'ERR_ROCKPOOL_KERNEL_BUSY'
    | 'ERR_ROCKPOOL_KERNEL_OUTPUT'
    | 'ERR_ROCKPOOL_KERNEL_DATA'
    | 'ERR_ROCKPOOL_KERNEL_DATA_TRUNCATED'
    | 'ERR_ROCKPOOL_KERNEL_DATA_TRAILING'
    | 'ERR_ROCKPOOL_KERNEL_AUTHENTICATION'
    | 'ERR_ROCKPOOL_KERNEL_THREADS'
    | 'ERR_ROCKPOOL_KERNEL_PANIC';
}

import PiscinaClass = Piscina;

export = Piscina;
