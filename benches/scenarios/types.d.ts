import type { LoadedJobs, LoadedPool } from '../contestants/types';

export interface Metric {
  title: string;
  unit: string;
  better: 'more' | 'less';
}

/** One measurement: a number for each metric that it has. */
export type Sample = Record<string, number>;

export interface Case<Parameters> {
  id: string;
  title: string;
  /** Keys of the scenario's metrics, the leading one first. */
  metrics: string[];
  contestants: string[];
  parameters: Parameters;
  /** What is smaller in a quick run; `false`: the case is no part of one. */
  quick: Partial<Parameters> | false;
  /** Each sample has a process of its own that knows no earlier sample. */
  fresh?: boolean;
  /** Measured in the process of the test runner itself. */
  inside?: boolean;
  rounds?: number;
  /** Fewer for the peers, where a round of theirs takes long; only with `fresh`. */
  peerRounds?: number;
  /** Seconds that one preparation or one sample may take before the contestant is out. */
  timeLimit?: number;
}

export interface Scenario<Parameters = any, State = any, Loaded = LoadedPool> {
  id: string;
  title: string;
  metrics: Record<string, Metric>;
  cases: Case<Parameters>[];
  /** Everything that is not to be timed: opens the pool, warms it up. */
  prepare(contestant: Loaded, parameters: Parameters): Promise<State>;
  /** Measures once; throws when an answer is wrong. */
  sample(state: State, parameters: Parameters): Promise<Sample | Sample[]>;
  finish(state: State): Promise<unknown>;
}

/** What a contestant is told of a job: what to work on, and all it has to know besides. */
export interface Task {
  input: any;
  /** Whether some contestant changes the input: then each run is given a copy. */
  inPlace?: boolean;
  [name: string]: any;
}

/** A piece of work that contestants do, each in its own way. */
export interface Job {
  /** The name of rockpool's kernel. */
  kernel: string;
  /** The parameters that make its input about 64 MiB. */
  large: Record<string, any>;
  /** Makes a task. The same parameters make the same task in every process. */
  make(parameters: any): Task | Promise<Task>;
  /** Throws when an answer is wrong. */
  check(task: Task, answer: any): void;
  /** Further metrics of an answer. */
  measure?(answer: any): Sample;
}

export interface JobParameters {
  job: string;
  [name: string]: any;
}

/** Scenarios whose cases are jobs. */
export interface JobScenario extends Scenario<JobParameters, any, Partial<LoadedJobs & LoadedPool>> {
  jobs: Record<string, Job>;
}
