import { Worker } from 'node:worker_threads';
import { InputError } from '../errors.ts';
import { encodingOf } from './count-tokens.ts';
import type { RequestContent } from './request-content.ts';
import { countedTokens, estimateTokens, type TokenRange } from './tokens.ts';
import type { CountAnswer, CountJob } from './token-worker.ts';

/** Finds out how many tokens requests have. */
export interface TokenCounter {
  count(contents: readonly RequestContent[]): Promise<TokenRange[]>;
  close(): Promise<void>;
}

/** Estimates by bytes. */
export const byteCounter: TokenCounter = {
  count: async (contents) => contents.map(estimateTokens),
  close: async () => undefined,
};

/**
 * Counts by `gpt-tokenizer`, in a thread of its own: 5 MB take about a second, and the event loop goes on meanwhile. Models that it has
 * no tables for are estimated by bytes.
 *
 * @throws InputError `missing_dependency` with the first count, where the package is not installed
 */
export class GptTokenizer implements TokenCounter {
  // The compiled file: a worker thread is no import that the compiler would rename.
  readonly #worker = new Worker(new URL('./token-worker.js', import.meta.url));
  readonly #waiting = new Map<number, { resolve: (answer: CountAnswer) => void; reject: (error: unknown) => void }>();
  #jobs = 0;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: CountAnswer) => this.#settle(answer.id, ({ resolve }) => resolve(answer)));
    this.#worker.on('error', (error) => {
      for (const id of this.#waiting.keys()) this.#settle(id, ({ reject }) => reject(error));
    });
  }

  async count(contents: readonly RequestContent[]): Promise<TokenRange[]> {
    const known = contents.flatMap((content) => {
      const encoding = encodingOf(content.model);
      return encoding === undefined ? [] : [{ content, encoding }];
    });
    const counts = await this.#ask(known.map(({ content: { texts, extras }, encoding }) => ({ encoding, texts, extras })));
    const ranges = new Map(known.map(({ content }, index) => [content, countedTokens(content, counts[index]?.texts ?? 0, counts[index]?.extras ?? 0)]));
    return contents.map((content) => ranges.get(content) ?? estimateTokens(content));
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #ask(requests: CountJob['requests']): Promise<NonNullable<CountAnswer['counts']>> {
    if (requests.length === 0) return [];
    const job: CountJob = { id: this.#jobs++, requests };
    const { counts, failure } = await new Promise<CountAnswer>((resolve, reject) => {
      this.#waiting.set(job.id, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(job);
    });
    if (failure?.isMissing) throw new InputError('missing_dependency', 'Counting tokens needs the package gpt-tokenizer. Install it: npm install gpt-tokenizer');
    if (failure) throw new Error(`Counting tokens failed: ${failure.message}`);
    return counts ?? [];
  }

  #settle(id: number, how: (waiting: { resolve: (answer: CountAnswer) => void; reject: (error: unknown) => void }) => void): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (waiting) how(waiting);
  }
}
