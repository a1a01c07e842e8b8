import { tmpdir } from 'node:os';
import type { EstimateOptions } from '../estimate.ts';
import type { Provider } from '../providers/provider.ts';
import type { Estimate } from '../report/estimate.ts';
import type { RequestKeys } from '../requests/request-key.ts';
import type { BatchRequest } from '../requests/request.ts';
import { IdTable } from '../results/id-table.ts';
import { earlierRuns } from './earlier-runs.ts';
import { requestKeysOf, ReuseIndex } from './reuse-index.ts';

/** The requests of a job that a run would not send, and how many they are. */
export class UnsentRequests {
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
