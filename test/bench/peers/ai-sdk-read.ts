import { fetchFrom, readAll } from '../reading.ts';

// ai-sdk-read OUTPUT|- FILE...: results as the AI SDK gives them. It may not be installed, so what is used of it is declared here.

/** A result of `experimental_getBatchResults`. */
interface BatchItem {
  readonly id: string;
  readonly text?: string;
  readonly usage?: { readonly outputTokens?: number };
}

interface AnthropicPackage {
  readonly createAnthropic: (options: { apiKey: string; fetch: typeof fetch }) => unknown;
}

interface AiPackage {
  readonly experimental_getBatchResults: (options: { provider: unknown; batch: { version: 2; id: string; provider: string } }) => AsyncIterable<BatchItem>;
}

const load = (name: string): Promise<unknown> => import(name);
const { createAnthropic } = (await load('@ai-sdk/anthropic')) as AnthropicPackage;
const { experimental_getBatchResults: getBatchResults } = (await load('ai')) as AiPackage;
await readAll(
  (path) => getBatchResults({ provider: createAnthropic({ apiKey: 'none', fetch: fetchFrom(path) }), batch: { version: 2, id: 'msgbatch_1', provider: 'anthropic.batch' } }),
  ({ id, text, usage }) => ({ id, text, outputTokens: usage?.outputTokens }),
);
