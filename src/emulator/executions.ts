import { createReadStream } from 'node:fs';
import { appendFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines } from '../records/lines.ts';
import { parseJson, type JsonObject } from './json.ts';
import { hexId } from './random.ts';
import { RowFile } from './row-file.ts';

/** One request that was executed, in a batch or by itself: what a provider would bill, or would have refused. */
export interface Execution {
  readonly provider: 'openai' | 'anthropic';
  /** `null` for a synchronous call. */
  readonly batchId: string | null;
  /** `null` for a synchronous call. */
  readonly customId: string | null;
  /** 32 hex digits of a hash of the request's body: the same for the same request. */
  readonly hash: string;
  /** 200 for one that was answered, else the status it failed with. */
  readonly status: number;
}

/** The hash of a request's body. */
export function bodyHash(body: JsonObject): string {
  return hexId(32, JSON.stringify(body));
}

/** The executions of one batch on their way to disk: all of them, or none. */
export class ExecutionLog {
  readonly #rows: RowFile;
  readonly #path: string;

  constructor(rows: RowFile, path: string) {
    this.#rows = rows;
    this.#path = path;
  }

  async add(execution: Execution): Promise<void> {
    await this.#rows.append(JSON.stringify(execution));
  }

  /** Puts them on disk, in place of those of an earlier try at the same batch. */
  async commit(): Promise<void> {
    await this.#rows.finish(this.#path, { shuffleSeed: undefined, finalNewline: true });
  }

  /** Call it on every way out. */
  async close(): Promise<void> {
    await this.#rows.close();
  }
}

const SYNCHRONOUS = 'synchronous';

/**
 * What was executed, for as long as the directory lives: `executions/<batch id>.jsonl`, a line each. Written before a batch shows as
 * ended, and again with the same content when an emulator that was killed is started once more.
 */
export class Executions {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = join(directory, 'executions');
  }

  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
  }

  /** Begins the executions of a batch. @param scratchPath where they lie until they are whole */
  async begin(batchId: string, scratchPath: string): Promise<ExecutionLog> {
    return new ExecutionLog(await RowFile.create(scratchPath), this.#pathOf(batchId));
  }

  /** Adds a synchronous call. */
  async add(execution: Execution): Promise<void> {
    // The line feed in front keeps a line that a kill cut short away from this one.
    await appendFile(this.#pathOf(SYNCHRONOUS), `\n${JSON.stringify(execution)}\n`, { mode: 0o600 });
  }

  /** Ids of the batches that were executed. */
  async batchIds(): Promise<string[]> {
    const names = await readdir(this.#directory);
    return names.map((name) => name.slice(0, -'.jsonl'.length)).filter((name) => name !== SYNCHRONOUS);
  }

  /** Every execution, batch by batch, read from disk as asked for. */
  async *all(): AsyncGenerator<Execution, void, undefined> {
    for (const name of await readdir(this.#directory)) yield* this.of(name.slice(0, -'.jsonl'.length));
  }

  /** The executions of one batch. */
  async *of(batchId: string): AsyncGenerator<Execution, void, undefined> {
    for await (const lines of readLines(createReadStream(this.#pathOf(batchId)))) {
      for (const { bytes } of lines) {
        const execution = parseJson(bytes.toString('utf8'));
        // A synchronous call whose line a kill cut short was never answered. Only this class writes the files: all else is whole.
        if (execution !== undefined) yield execution as unknown as Execution;
      }
    }
  }

  #pathOf(name: string): string {
    return join(this.#directory, `${name}.jsonl`);
  }
}
