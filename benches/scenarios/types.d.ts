import type { LoadedContestant } from '../contestants/types';

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

export interface Preparation {
  /** What loading the contestant's library took, in milliseconds. */
  loadMilliseconds: number;
}

export interface Scenario<Parameters = any, State = any> {
  id: string;
  title: string;
  metrics: Record<string, Metric>;
  cases: Case<Parameters>[];
  /** Everything that is not to be timed: opens the pool, warms it up. */
  prepare(contestant: LoadedContestant, parameters: Parameters, preparation: Preparation): Promise<State>;
  /** Measures once; throws when an answer is wrong. */
  sample(state: State, parameters: Parameters): Promise<Sample | Sample[]>;
  finish(state: State): Promise<unknown>;
}
