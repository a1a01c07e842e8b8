import { tmpdir } from 'node:os';
import { InputError } from './errors.ts';
import type { Provider } from './providers/provider.ts';
import { recordsFrom } from './records/records-from.ts';
import type { AnyValue, Rejection, SourceRecord } from './records/record.ts';
import { EstimateBuilder, type Estimate, type EstimatedRequest } from './report/estimate.ts';
import { addressOf } from './report/known-prices.ts';
import { warnOutputCost } from './report/output-cost.ts';
import { openPrices } from './report/prices.ts';
import { contentOf } from './report/request-content.ts';
import { byteCounter, GptTokenizer, type TokenCounter } from './report/tokenizer.ts';
import { isRejection, requestBuilderFor } from './requests/request-builder.ts';
import type { RequestKeys } from './requests/request-key.ts';
import type { BatchRequest } from './requests/request.ts';
import { IdTable } from './results/id-table.ts';
import { earlierRuns } from './run/earlier-runs.ts';
import { tighten } from './run/limits.ts';
import type { BuildOptions } from './run/options.ts';
import { requestKeysOf, ReuseIndex } from './run/reuse-index.ts';
import { wirePrefix } from './run/wire-ids.ts';
import { CountedBytes } from './shards/counted-bytes.ts';
import { Sharder } from './shards/sharder.ts';

/** Options of {@link estimate}: those of a build, and where prices and tokens come from. */
export interface EstimateOptions<T = AnyValue> extends Omit<BuildOptions<T>, 'tag'> {
  /** Whose API it would be. No call is made, and no key is needed. */
  readonly provider: Provider;
  /** Count the tokens of OpenAI models exactly by this optional package, in a thread of its own. @default an estimate by bytes */
  readonly tokenizer?: 'gpt-tokenizer';
  /** The day whose prices count, in Unix milliseconds. @default now */
  readonly at?: number;
  readonly signal?: AbortSignal;
}

/** Requests that are counted at a time, and their size at most, in characters of text. */
const chunk = { requests: 1000, characters: 500_000 };

/**
 * What a job would come to before anything is sent: shards, requests, tokens, and what it would cost in batches and without them.
 * Reads the source once, in flat memory, and writes nothing.
 *
 * @throws InputError `invalid_option`, `file_not_found`, `missing_dependency`; where `strict`, the code of the first record that cannot be sent
 *
 * @example
 * const { batchUsd, assumptions } = await estimate({ source: 'reviews.csv', provider: openai(), request: chat({ model: 'gpt-5-mini', prompt: '{{text}}' }) });
 * console.log(`about $${batchUsd?.typical}, at most $${batchUsd?.high}`, assumptions);
 */
export async function estimate<T = AnyValue>(options: EstimateOptions<T>): Promise<Estimate> {
  const { provider, prices, tokenizer, at = Date.now(), maxOutputCostUsd, onWarning } = options;
  const find = await openPrices(prices, { ...addressOf(provider), at });
  const request = maxOutputCostUsd === undefined ? options.request : warnOutputCost(options.request, maxOutputCostUsd, find);
  const job = { ...options, request, ...(onWarning ? { onWarning } : {}) };
  const counter = tokenizer === undefined ? byteCounter : new GptTokenizer();
  const ids = new IdTable();
  const unsent = await UnsentRequests.open(job);
  try {
    return await count(job, new EstimateBuilder(find), counter, ids, unsent);
  } finally {
    ids.close();
    unsent.close();
    await counter.close();
  }
}

async function count<T>(options: EstimateOptions<T>, builder: EstimateBuilder, counter: TokenCounter, ids: IdTable, unsent: UnsentRequests): Promise<Estimate> {
  const { source, read, strict = false, signal, provider, limits, tokenizer } = options;
  const toRequest = requestsFor(options, ids);
  let shards = 0;
  let line = '';
  const sharder = new Sharder({
    directory: '.',
    limits: tighten(provider.limits, limits),
    distinctCounts: provider.tagsCustomIds,
    createFile: (path) => new CountedBytes(path),
    formatRequest: (one) => (line = provider.formatRequest(one)),
    onShard: () => (shards += 1),
  });
  const waiting = new Chunks(builder, counter);
  let records = 0;
  let rejected = 0;
  const reject = ({ code, message, ...context }: Rejection) => {
    if (strict) throw new InputError(code, message, context);
    rejected += 1;
  };
  // A row that cannot be read is a record, though it never becomes one here.
  const onReject = (rejection: Rejection) => {
    records += 1;
    reject(rejection);
  };
  for await (const record of recordsFrom<T>(source, { ...read, onReject, ...(signal ? { signal } : {}) })) {
    records += 1;
    const made = toRequest(record);
    if (isRejection(made)) {
      reject(made);
      continue;
    }
    if (unsent.has(made)) continue;
    const placed = sharder.add(made);
    if (typeof placed === 'number') await waiting.add(made, line);
    else reject(placed);
    if (typeof placed === 'number') unsent.remember();
  }
  sharder.end();
  await waiting.end();
  return { ...builder.build({ records, rejected, shards, counted: tokenizer !== undefined }), ...unsent.counts };
}

/** The requests of a job that a run would not send, and how many they are. */
class UnsentRequests {
  readonly #format: (request: BatchRequest) => string;
  readonly #keys: RequestKeys;
  readonly #earlier: ReuseIndex | undefined;
  readonly #seen: IdTable | undefined;
  /** Of the request that was looked at last. */
  #key = '';
  #reused = 0;
  #deduplicated = 0;

  private constructor(provider: Provider, earlier: ReuseIndex | undefined, seen: IdTable | undefined) {
    this.#format = (request) => provider.formatRequest(request);
    this.#keys = requestKeysOf(provider);
    this.#earlier = earlier;
    this.#seen = seen;
  }

  static async open<T>({ provider, request: { schema }, reuse, dedupe = false, onWarning, signal }: EstimateOptions<T>): Promise<UnsentRequests> {
    const rules = schema === undefined ? {} : { schema };
    const runs = reuse === undefined ? [] : await earlierRuns([reuse].flat());
    const options = { provider, rules, directory: tmpdir(), ...(onWarning ? { onWarning } : {}), ...(signal ? { signal } : {}) };
    return new UnsentRequests(provider, reuse === undefined ? undefined : await ReuseIndex.open(runs, options), dedupe ? new IdTable() : undefined);
  }

  /** True for a request that would not be sent; it is counted. */
  has(request: BatchRequest): boolean {
    if (this.#earlier === undefined && this.#seen === undefined) return false;
    this.#key = this.#keys.keyOf(Buffer.from(this.#format(request)), request.endpoint);
    const isReused = this.#earlier?.has(this.#key) === true;
    const isRepeated = !isReused && this.#seen?.get(this.#key) !== undefined;
    if (isReused) this.#reused += 1;
    if (isRepeated) this.#deduplicated += 1;
    return isReused || isRepeated;
  }

  /** The request that was looked at last is sent. */
  remember(): void {
    this.#seen?.set(this.#key, 0);
  }

  get counts(): Pick<Estimate, 'reused' | 'deduplicated'> {
    return { ...(this.#earlier === undefined ? {} : { reused: this.#reused }), ...(this.#seen === undefined ? {} : { deduplicated: this.#deduplicated }) };
  }

  close(): void {
    this.#earlier?.close();
    this.#seen?.close();
  }
}

/** Requests as the run would send them: with Anthropic, wire ids carry a tag of eight characters. */
function requestsFor<T>({ provider, request, customId, onWarning }: EstimateOptions<T>, ids: IdTable): (record: SourceRecord<T>) => BatchRequest | Rejection {
  const prefix = wirePrefix({ tag: '00000000', description: {} }, provider);
  const wireId = prefix === undefined ? undefined : ({ index }: { readonly index: number }) => `${prefix}${index}`;
  return requestBuilderFor<T>(
    { body: request, limits: provider.limits, ...(customId === undefined ? {} : { customId }), ...(wireId ? { wireId } : {}), ...(onWarning ? { onWarning } : {}) },
    ids,
  );
}

/** A request that waits to be counted. */
type Waiting = Omit<EstimatedRequest, 'tokens'>;

/** Collects requests and hands them on in chunks: while one is counted, the next is read. */
class Chunks {
  readonly #builder: EstimateBuilder;
  readonly #counter: TokenCounter;
  #requests: Waiting[] = [];
  #characters = 0;
  #counting: Promise<void> = Promise.resolve();

  constructor(builder: EstimateBuilder, counter: TokenCounter) {
    this.#builder = builder;
    this.#counter = counter;
  }

  async add({ endpoint, body }: BatchRequest, line: string): Promise<void> {
    const bytes = Buffer.byteLength(line);
    this.#requests.push({ endpoint, content: contentOf(endpoint, body, line), bytes });
    this.#characters += bytes;
    if (this.#requests.length >= chunk.requests || this.#characters >= chunk.characters) await this.#flush();
  }

  async end(): Promise<void> {
    await this.#flush();
    await this.#counting;
  }

  async #flush(): Promise<void> {
    const requests = this.#requests;
    this.#requests = [];
    this.#characters = 0;
    await this.#counting;
    this.#counting = this.#count(requests);
    // Whoever waits for it next is told; until then a failure is not unhandled.
    this.#counting.catch(() => undefined);
  }

  async #count(requests: readonly Waiting[]): Promise<void> {
    const counts = await this.#counter.count(requests.map(({ content }) => content));
    for (const [index, one] of requests.entries()) this.#builder.add({ ...one, tokens: counts[index] ?? { low: 0, typical: 0, high: 0 } });
  }
}
