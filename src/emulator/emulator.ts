import type { Call } from './call-log.ts';
import type { Execution } from './executions.ts';
import type { Fault } from './fault-rules.ts';
import type { FaultHits } from './faults.ts';

/** A running emulator. */
export interface Emulator {
  /** E.g. `http://127.0.0.1:49152`. */
  readonly url: string;
  /** Base URL for OpenAI's clients: `url` and `/v1`. */
  readonly openaiBaseUrl: string;
  /** Base URL for Anthropic's clients. */
  readonly anthropicBaseUrl: string;
  readonly port: number;
  /** Where files and batches are kept. */
  readonly directory: string;
  /** Stops it; whatever was under way is taken up by the next emulator on the same directory. */
  close(): Promise<void>;
  /** Examines all batches now and resolves when what is due is done: for tests with a clock of their own. */
  settle(): Promise<void>;
  /**
   * Puts faults in the place of those in force. Calls, batches and attempts are counted anew, from here on; what a batch made
   * earlier was given by its rules it keeps.
   * @throws InputError `invalid_option`
   */
  setFaults(faults: readonly Fault[]): void;
  /** The rules in force, with how often each acted. */
  faults(): FaultHits[];
  /** The calls so far that found a route and had a key, oldest first; of a long life the latest 100,000 or more. */
  calls(): Call[];
  /**
   * Every request that was executed, read from `executions/` in the directory as asked for: survives being killed. A batch adds its
   * rows at once, before it shows as ended. A request that stands there twice with status 200 was paid for twice. Read it before
   * `close` where the directory is a temporary one.
   */
  executions(): AsyncIterable<Execution>;
}
