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

export interface LoadedContestant {
  open(shape: PoolShape): OpenPool;
}

export interface Contestant {
  id: string;
  /** Name in the tables, settings included. */
  name: string;
  /** The npm package that is measured, none for hand-written code. */
  library?: 'rockpool' | 'piscina' | 'tinypool' | 'workerpool' | 'poolifier';
  /** Loads the library in this process; rejects with a readable reason when that fails. */
  load(): Promise<LoadedContestant>;
}
