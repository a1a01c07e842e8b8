import { join } from 'node:path';
import { outcomeOf, type OutcomeRules } from '../join/outcome.ts';
import type { ResultEntry, RunEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Provider } from '../providers/provider.ts';
import { RequestKeys } from '../requests/request-key.ts';
import { FileCells } from '../results/cells.ts';
import { IdTable } from '../results/id-table.ts';
import { readingOf } from '../results/parse.ts';
import { ResultFiles, type FileSpan } from '../results/result-files.ts';
import { ResultIndex } from '../results/result-index.ts';
import { RequestLines } from '../shards/request-lines.ts';
import { inSession } from './session.ts';
import { isAdopted } from './wire-ids.ts';

/** Offset in two words, length, number of the file. */
const spanWords = 4;

export interface ReuseOptions {
  readonly provider: Provider;
  /** How the answers of the new run are judged. The check is not asked: it needs the record. */
  readonly rules: OutcomeRules;
  /** Where temporary files go. */
  readonly directory: string;
  /** Told of runs that nothing can be taken from. */
  readonly onWarning?: (warning: string) => void;
  readonly signal?: AbortSignal;
}

/** How the requests of a provider are told apart from those of others. */
export function requestKeysOf({ name, account, limits }: Pick<Provider, 'name' | 'account' | 'limits'>): RequestKeys {
  return new RequestKeys({ scope: scopeOf(name, account), limits });
}

/** The name of a provider and its address: whoever pays, the same request has the same answer. An emulator is another address. */
function scopeOf(name: string, account: string): string {
  return `${name} ${account.split(' ')[0] ?? ''}`;
}

/**
 * Finds the results of requests in earlier runs: of those that were answered, and whose outcome by the rules of the new run is
 * `succeeded`. It holds hashes and places, in typed arrays that go to a file where there are many; the results stay where they are until
 * they are asked for.
 */
export class ReuseIndex {
  readonly #options: ReuseOptions;
  readonly #keys: RequestKeys;
  readonly #table: IdTable;
  readonly #spans: FileCells;
  readonly #paths: string[] = [];
  #files = new ResultFiles([]);
  #size = 0;

  private constructor(options: ReuseOptions) {
    this.#options = options;
    this.#keys = requestKeysOf(options.provider);
    this.#table = new IdTable({ directory: options.directory });
    this.#spans = new FileCells(options.directory, { words: spanWords });
  }

  /** Reads runs: what is finished of them counts, whatever became of the rest. Of several results for a request the first counts. */
  static async open(directories: readonly string[], options: ReuseOptions): Promise<ReuseIndex> {
    const index = new ReuseIndex(options);
    try {
      for (const directory of directories) await index.#addRun(directory);
      index.#files = new ResultFiles(index.#paths);
    } catch (error) {
      index.close();
      throw error;
    }
    return index;
  }

  /** True if the result of a request is known. */
  has(key: string): boolean {
    return this.#table.get(key) !== undefined;
  }

  /** The result line for a request, as it stands in the earlier run. */
  find(key: string): Buffer | undefined {
    const entry = this.#table.get(key);
    if (entry === undefined) return undefined;
    const at = this.#spans.locate(entry, false);
    const [low = 0, high = 0, length = 0, file = 0] = this.#spans.words.subarray(at, at + spanWords);
    return this.#files.read({ file, offset: high * 2 ** 32 + low, length });
  }

  close(): void {
    this.#table.close();
    this.#spans.close();
    this.#files.close();
  }

  async #addRun(directory: string): Promise<void> {
    await inSession(directory, 'read', undefined, async ({ ledger }) => {
      const run = await ledger.run();
      const useless = run === undefined || run.state !== 'built' ? 'its build was cut off' : this.#whyUseless(run);
      if (useless !== undefined) return this.#options.onWarning?.(`nothing of the run in ${directory} can be reused: ${useless}`);
      const shards = (await ledger.shards()).filter(({ file, via }) => file !== '' && via !== 'copy');
      const results = await ledger.results();
      const later = await this.#resultsOf(directory, shards.filter(isLater), results);
      try {
        for (const shard of shards) await this.#addShard(directory, shard, results, later);
      } finally {
        later.index.close();
      }
    });
  }

  #whyUseless(run: RunEntry): string | undefined {
    const { provider } = this.#options;
    if (isAdopted(run)) return 'its batches were made by another tool, and their requests are not known';
    const isSame = scopeOf(run.provider, run.account) === scopeOf(provider.name, provider.account);
    return isSame ? undefined : `it is of another provider or address (${run.provider}, ${run.account})`;
  }

  /** A request that was sent again in a later round, changed perhaps, is known by what was asked first as well. */
  async #addShard(directory: string, shard: ShardEntry, results: readonly ResultEntry[], later: Results): Promise<void> {
    const own = await this.#resultsOf(directory, [shard], results);
    const lines = new RequestLines(join(directory, shard.file), this.#options.provider.limits);
    try {
      if (own.index.size + later.index.size === 0) return;
      for (let position = 0; position < shard.requestCount; position += 1) {
        const text = await lines.at(position);
        if (text === undefined) return;
        const line = Buffer.from(text);
        const id = this.#keys.idOf(line, shard.endpoint);
        const found = this.#succeeded(own, id) ?? this.#succeeded(later, id);
        if (found !== undefined) this.#add(this.#keys.keyOf(line, shard.endpoint), found);
      }
    } finally {
      await lines.close();
      own.index.close();
    }
  }

  async #resultsOf(directory: string, shards: readonly ShardEntry[], results: readonly ResultEntry[]): Promise<Results> {
    const numbers = new Set(shards.map(({ number }) => number));
    const paths = results.filter(({ shard }) => numbers.has(shard)).map(({ file }) => join(directory, file));
    const { provider, signal } = this.#options;
    const { check: _check, ...rules } = this.#options.rules;
    const index = await ResultIndex.open(paths, { ...readingOf(provider), rules, onReject: () => undefined, directory: this.#options.directory, ...(signal ? { signal } : {}) });
    const firstFile = this.#paths.length;
    this.#paths.push(...paths);
    return { index, firstFile, rules };
  }

  /** Where the line of an id is, if it holds an answer that can be used. */
  #succeeded({ index, firstFile, rules }: Results, id: string): FileSpan | undefined {
    const span = index.lookup(id);
    if (span === undefined) return undefined;
    const { status } = outcomeOf(index.parse(span), { ...rules, customId: id });
    return status === 'succeeded' ? { ...span, file: firstFile + span.file } : undefined;
  }

  #add(key: string, { file, offset, length }: FileSpan): void {
    if (this.#table.add(key, this.#size) !== undefined) return;
    const at = this.#spans.locate(this.#size, true);
    this.#spans.words.set([offset % 2 ** 32, Math.floor(offset / 2 ** 32), length, file], at);
    this.#size += 1;
  }
}

/** Results of some shards, and the number of the first of their files among all. */
interface Results {
  readonly index: ResultIndex;
  readonly firstFile: number;
  readonly rules: Omit<OutcomeRules, 'check'>;
}

/** Shards that name their records hold requests that were sent again. */
function isLater({ members }: ShardEntry): boolean {
  return members !== undefined;
}
