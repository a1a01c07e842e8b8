import type { FlagName, FlagValues } from './flags.ts';

/** A positional argument, with what it is. */
export interface VerbArgument {
  readonly name: string;
  readonly help: string;
  /** @default false */
  readonly isOptional?: boolean;
}

/** A verb is data: what it is called and takes. What it does is loaded when it is asked for. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** The positional argument; verbs without one leave it out. */
  readonly argument?: VerbArgument;
  /** Those after the first. */
  readonly moreArguments?: readonly VerbArgument[];
  readonly flags: readonly FlagName[];
  /** Command lines shown below the help. */
  readonly examples: readonly string[];
  load(): Promise<VerbWork>;
}

/** What a verb does. */
export interface VerbWork {
  /** What of a config is meant for this command, beside the flags that were given. @default all of it that the verb has flags for */
  readonly fitConfig?: (config: FlagValues, given: FlagValues) => FlagValues;
  /** Does the work; resolves with the exit code. An argument that was left out is empty. */
  run(argument: string, flags: FlagValues, more: readonly string[]): Promise<number>;
}
