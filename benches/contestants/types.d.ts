/** A pool as the scenarios see it, whichever library made it. */
export interface OpenPool {
  run(value: unknown): PromiseLike<any>;
  runTransferring(value: unknown, transferList: ArrayBuffer[]): PromiseLike<any>;
  runAbortable(value: unknown, signal: AbortSignal): PromiseLike<any>;
  close(): PromiseLike<unknown>;
}

export interface PoolShape {
  /** Name of the handler: a file in benches/workers. */
  job: string;
  workers: number;
}

/** A library that has a pool. */
export interface LoadedPool {
  open(shape: PoolShape): OpenPool;
  /** What a program requires and, where that is not in benches/node_modules, in which file; of those that can be required. */
  main?: [name: string] | [name: string, file: string];
}

/** What one run of a job has led to. */
export interface Done {
  answer: any;
  /** The memory that was given, for the next run. */
  input: any;
}

/** Does a job once. */
export type Run = (input: any) => Done | PromiseLike<Done>;

/** What a contestant knows how to do: for a task, a function that does it. Making that function is not timed. */
export type Jobs = Record<string, (task: any) => Run | PromiseLike<Run>>;

/** A library that works on bytes. */
export interface LoadedJobs {
  jobs: Jobs;
}

export interface Contestant {
  id: string;
  /** Name in the tables, settings included. */
  name: string;
  /** The npm package that is measured, none for hand-written code and Node's own. */
  library?: string;
  /** Loads the library in this process; rejects with a readable reason when that fails. */
  load(): Promise<Partial<LoadedPool & LoadedJobs>>;
}
