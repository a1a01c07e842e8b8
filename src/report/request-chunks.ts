import type { BatchRequest } from '../requests/request.ts';
import type { EstimateBuilder, EstimatedRequest } from './estimate.ts';
import { contentOf } from './request-content.ts';
import type { TokenCounter } from './tokenizer.ts';

/** Requests that are counted at a time, and their size at most, in characters of text. */
const chunk = { requests: 1000, characters: 500_000 };

/** A request that waits to be counted. */
type Waiting = Omit<EstimatedRequest, 'tokens'>;

/** Collects requests and hands them on in chunks: while one is counted, the next is read. */
export class RequestChunks {
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
