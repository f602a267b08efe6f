// Compiles against piscina's types and against ours: what a program written for piscina may do.

import Piscina, { FixedQueue, ArrayTaskQueue, PiscinaTask, TaskQueue } from 'piscina';
import { Piscina as Named, isWorkerThread, move, version, workerData } from 'piscina';
import { queueOptionsSymbol, transferableSymbol, valueSymbol } from 'piscina';
import * as everything from 'piscina';
import { EventEmitter } from 'node:events';
import { MessageChannel, SHARE_ENV, type Worker } from 'node:worker_threads';

class Queue implements TaskQueue {
  private readonly tasks: PiscinaTask[] = [];
  get size (): number { return this.tasks.length; }
  shift (): PiscinaTask | null { return this.tasks.shift() ?? null; }
  push (task: PiscinaTask): void { this.tasks.push(task); }
  unshift (task: PiscinaTask): void { this.tasks.unshift(task); }
  remove (task: PiscinaTask): void { this.tasks.splice(this.tasks.indexOf(task), 1); }
}

const pool = new Piscina<{ a: number, b: number }, number>({
  filename: '/worker.js',
  name: 'default',
  minThreads: 1,
  maxThreads: 2,
  idleTimeout: Infinity,
  maxQueue: 'auto',
  concurrentTasksPerWorker: 2,
  atomics: 'async',
  resourceLimits: { maxOldGenerationSizeMb: 16 },
  argv: ['a'],
  execArgv: ['--no-warnings'],
  env: SHARE_ENV,
  workerData: { any: 'thing' },
  taskQueue: new Queue(),
  niceIncrement: 1,
  trackUnmanagedFds: true,
  closeTimeout: 1000,
  recordTiming: true,
  stricterFIFO: true,
  workerHistogram: true,
  loadBalancer (task, workers) {
    const id: number = task.taskId;
    const abortable: boolean = task.isAbortable;
    const worker = workers.find((candidate) => candidate.currentUsage === 0 && !candidate.isRunningAbortableTask);
    const average: number | undefined = worker?.histogram?.average;
    return id > 0 && (abortable || average === undefined) ? worker ?? null : workers[0];
  }
});

export async function use (): Promise<number> {
  const sum: number = await pool.run({ a: 1, b: 2 });
  const controller = new AbortController();
  const buffer = new ArrayBuffer(8);
  await pool.run({ a: 1, b: 2 }, {
    signal: controller.signal,
    transferList: [buffer],
    filename: '/other.js',
    name: null
  });
  await pool.run({ a: 1, b: 2 }, { signal: new EventEmitter(), filename: null });
  await pool.run({ a: 1, b: 2 }, { signal: null, name: 'other' });

  // @ts-expect-error -- a task of another type
  await pool.run('a + b');
  // @ts-expect-error -- a result of another type
  const text: string = await pool.run({ a: 1, b: 2 });
  // @ts-expect-error -- no such option
  await pool.run({ a: 1, b: 2 }, { abortSignal: controller.signal });
  // @ts-expect-error -- no such value
  new Piscina({ atomics: 'never' });
  // @ts-expect-error -- a boolean
  new Piscina({ workerHistogram: 1 });

  pool.on('workerCreate', (worker) => worker.id);
  pool.once('message', (value: { x: number }) => value.x);
  pool.once('error', (error: Error) => error.message).off('drain', () => {});

  pool.options.minThreads = 0;
  const queue: TaskQueue = pool.options.taskQueue;
  const filename: string | null = pool.options.filename;
  const limit: number = pool.options.maxQueue;
  const threads: Worker[] = pool.threads;
  const numbers: number[] = [
    pool.maxThreads, pool.minThreads, pool.idleThreads, pool.queueSize, pool.completed, pool.utilization, pool.duration,
    pool.histogram.runTime.average, pool.histogram.waitTime.p99_999, pool.histogram.runTime.p2_5, limit
  ];
  const drain: boolean = pool.needsDrain;
  pool.histogram.resetRunTime();
  pool.histogram.resetWaitTime();

  await pool.close({ force: true });
  await pool.close();
  await pool.destroy();
  pool[Symbol.dispose]();
  await pool[Symbol.asyncDispose]();

  return [sum, text, queue.size, filename, threads.length, drain, ...numbers].length;
}

class Special extends Piscina<string, Buffer> {
  readonly extra = 1;
  override run (task: string): Promise<Buffer> { return super.run(task, { name: 'special' }); }
}
export const special: Piscina<string, Buffer> = new Special({ filename: '/worker.js' });
export const untyped: Promise<any> = new Piscina().run(Symbol.iterator);
export const named: Named = new Named();
export const nested = new Named.Piscina({ filename: null });
export const viaNamespace = new everything.Piscina<number, number>();

class Moving {
  get [transferableSymbol] (): object { return [new ArrayBuffer(1)]; }
  get [valueSymbol] (): object { return {}; }
}
export const moved = [
  move(new Moving()), move(new ArrayBuffer(1)), move(new Uint8Array(1)), move(new MessageChannel().port1),
  Piscina.move(new Uint8Array(1))
];
export const withOptions = { task: 1, [queueOptionsSymbol]: { priority: 1 } };
export const symbols: symbol[] = [Piscina.transferableSymbol, Piscina.valueSymbol, Piscina.queueOptionsSymbol];
export const facts: [boolean, boolean, any, any, string, string] =
  [isWorkerThread, Piscina.isWorkerThread, workerData, Piscina.workerData, version, Piscina.version];

const fixed = new FixedQueue();
const array: TaskQueue = new ArrayTaskQueue();
fixed.push({ [queueOptionsSymbol]: null });
const next = fixed.shift();
if (next !== null) {
  fixed.remove(next);
  array.push(next);
}
export const sizes: [number, boolean, number] = [fixed.size, fixed.isEmpty(), new Piscina.FixedQueue().size];
export const queues = new Piscina({ taskQueue: new Piscina.ArrayTaskQueue() });
