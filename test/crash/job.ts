import { join } from 'node:path';
import { chat, messages, type AnyValue, type Provider, type RunOptions } from '../../src/index.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { openai } from '../../src/providers/openai/client.ts';

export const providerNames = ['openai', 'anthropic'] as const;
export type ProviderName = (typeof providerNames)[number];

/** A run that is to be killed, in words that fit on a command line. */
export interface Job {
  readonly provider: ProviderName;
  /** Address of the emulator. */
  readonly url: string;
  /** Path of the source, a CSV file with the columns `id`, `text` and `model`. */
  readonly source: string;
  /** Folder of run directory and sink. */
  readonly folder: string;
  /** Most requests in a shard. */
  readonly maxRequests: number;
  /** Directory of an earlier run whose answers are taken over; then identical requests are bought once, too. */
  readonly earlier?: string;
  /** Whether small tails are sent one by one. */
  readonly finishSync?: boolean;
}

export const sinkOf = ({ folder }: Pick<Job, 'folder'>): string => join(folder, 'out.csv');
export const rejectsOf = (job: Pick<Job, 'folder'>): string => `${sinkOf(job)}.rejects.jsonl`;
export const runDirectoryOf = ({ folder }: Pick<Job, 'folder'>): string => join(folder, 'run');

/** The real client, against the emulator. */
export function connect({ provider, url }: Pick<Job, 'provider' | 'url'>): Provider {
  return provider === 'openai' ? openai({ apiKey: 'key', baseURL: `${url}/v1` }) : anthropic({ apiKey: 'key', baseURL: url });
}

/** The description of a job holds its functions as text, and that must read the same however this file was compiled. */
const modelOf = Object.assign(({ model }: AnyValue) => String(model), { toString: () => 'the model of the record' });

/** The same options in whichever process the run goes on. */
export function optionsOf(job: Job): RunOptions & { readonly sink: string } {
  const asked = { model: modelOf, prompt: 'Say {{text}}', maxTokens: 64 };
  return {
    source: job.source,
    sink: sinkOf(job),
    directory: runDirectoryOf(job),
    provider: connect(job),
    customId: 'id',
    request: job.provider === 'openai' ? chat(asked) : messages(asked),
    limits: { maxRequests: job.maxRequests },
    growOutput: true,
    finishSync: job.finishSync ?? false,
    ...(job.earlier === undefined ? {} : { reuse: job.earlier, dedupe: true }),
    pollIntervalMs: 20,
    absenceMs: 100,
    graceMs: 100,
    tag: 'crash',
  };
}
