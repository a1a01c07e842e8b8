import type { DataStore } from './data/store.ts';
import type { Installations } from './installations.ts';

/** A program and its arguments. */
export interface Command {
  readonly file: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Exit codes of a program that did its work. @default [0] */
  readonly exitCodes?: readonly number[];
  /** The program prints `{"seconds":…}`, its time without loading; that counts. */
  readonly timesItself?: boolean;
}

/** A command that is ready to start, and what remains to do when it has ended. */
export interface Prepared {
  readonly command: Command;
  readonly finish?: () => Promise<void>;
}

/** Why a contender does not take part. */
export interface Absence {
  readonly reason: 'not supported' | 'not installed';
  readonly detail: string;
}

/** What is wrong with an output, by that of the reference; nothing if they hold the same data. */
export type Compare = (reference: string, output: string) => Promise<string | undefined>;

/** One that does the work of a workload: millrace in one of its ways, or a peer. */
export interface Contender {
  readonly name: string;
  /** Records it works on. */
  readonly records: number;
  /** Files it reads; they are in the page cache when it starts. */
  readonly inputs: readonly string[];
  /**
   * Gets everything ready that is not measured.
   * @param output an empty folder that takes all it writes
   * @param isCheck whether the output is compared, and no time is taken
   */
  prepare(output: string, isCheck: boolean): Prepared | Promise<Prepared>;
  /** Compares its output with that of the first contender. A contender without it, other than the first, is not compared. */
  readonly compare?: Compare;
  /** Looks whether it can take part here. */
  readonly absence?: Absence | undefined;
}

/** A process that was measured. */
export interface Measurement {
  readonly wallSeconds: number;
  /** User and system time of the whole process; absent where it cannot be measured. */
  readonly cpuSeconds?: number;
  /** Peak resident set of the whole process; absent where it cannot be measured. */
  readonly peakBytes?: number;
}

/** The rounds of every contender that took part, by name. */
export type Rounds = ReadonlyMap<string, readonly Measurement[]>;

/** What a workload is held to. */
export interface Target {
  readonly subject: string;
  readonly against: string;
  /** The bar in words, such as `>= 3.5x`. */
  readonly goal: string;
  /** Names of the contenders it needs. */
  readonly needs: readonly string[];
  /** The figure, by the rounds of the contenders it needs; `undefined` where that was not measured. */
  readonly measure: (rounds: Rounds) => Figure | undefined;
}

/** A figure that was measured for a target. */
export interface Figure {
  readonly value: number;
  readonly text: string;
  readonly isMet: boolean;
}

/** The contenders of a workload, the reference first, and what they are held to. */
export interface Race {
  readonly contenders: readonly Contender[];
  readonly targets: readonly Target[];
}

/** A line, or several, of the table of targets. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Records at full size; as a function where that depends on the room there is. */
  readonly records: number | ((setting: Setting) => number);
  /** Records of a quick look. */
  readonly quickRecords: number;
  race(setting: Setting, records: number): Race;
}

/** Where and with what workloads run. */
export interface Setting {
  readonly data: DataStore;
  readonly installations: Installations;
  /** The node that millrace and the peers of Node run on. */
  readonly node: string;
}
