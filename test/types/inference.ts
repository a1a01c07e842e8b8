// Compiled, never run: what the compiler must infer, and what it must refuse. `types.test.ts` compiles it against the
// published declarations too.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expectTypeOf } from 'vitest';
import { z } from 'zod';
import {
  chat,
  defineRun,
  embeddings,
  enrich,
  join,
  joinFiles,
  messages,
  openaiLimits,
  openRun,
  parseResults,
  readRecords,
  responses,
  run,
  select,
  shard,
  toRequests,
  transform,
  writeRecords,
  type AnyValue,
  type BatchRequest,
  type BatchResult,
  type JoinedRecord,
  type JsonValue,
  type Outcome,
  type Provider,
  type RequestBuilder,
  type RunReport,
  type Shard,
  type SourceRecord,
} from '../../src/index.ts';

interface Review {
  readonly id: string;
  readonly text: string;
  readonly stars: number;
}

declare const provider: Provider;
declare const reviews: readonly Review[];

/** `run` knows the records from its source. */
export async function runs(): Promise<void> {
  const directory = 'run';
  const report = await run({
    source: reviews,
    directory,
    provider,
    customId: (review, record) => {
      expectTypeOf(review).toEqualTypeOf<Review>();
      expectTypeOf(record).toEqualTypeOf<SourceRecord<Review>>();
      return review.id;
    },
    request: chat<Review>({ model: (review) => (review.stars > 3 ? 'gpt-5-mini' : 'gpt-5'), prompt: (review) => review.text }),
  });
  expectTypeOf(report).toEqualTypeOf<RunReport>();
  await run({ source: Readable.from(reviews), directory, provider, request: chat<Review>({ model: 'gpt-5-mini', prompt: ({ text }) => text }) });
  await run({ source: 'reviews.csv', directory, provider, request: messages({ model: 'claude-haiku-4-5', prompt: (review) => String(review.text) }) });
  // @ts-expect-error a review has no title
  await run({ source: reviews, directory, provider, request: chat<Review>({ model: 'gpt-5-mini', prompt: (review) => review.title }) });
  // @ts-expect-error a review has no title
  await run({ source: reviews, directory, provider, customId: (review) => review.title, request: chat({ model: 'gpt-5-mini', prompt: 'x' }) });
  // @ts-expect-error a request is needed
  await run({ source: reviews, directory, provider });
  // @ts-expect-error exactly optional: leave it out instead
  await run({ source: reviews, directory, provider, request: chat({ model: 'gpt-5-mini', prompt: 'x' }), maxWaitMs: undefined });
}

/** A builder knows its records; any object of the shape is one. */
export function builders(): void {
  expectTypeOf(chat<Review>({ model: 'gpt-5-mini', prompt: '{{text}}' })).toEqualTypeOf<RequestBuilder<Review>>();
  expectTypeOf(embeddings({ model: 'text-embedding-3-small', input: (review: Review) => review.text })).toEqualTypeOf<RequestBuilder<Review>>();
  chat<Review>({ model: 'gpt-5-mini', prompt: ({ text }) => text, temperature: ({ stars }) => stars / 5, tools: [{ type: 'function' }] });
  // @ts-expect-error a prompt is a text
  chat<Review>({ model: 'gpt-5-mini', prompt: ({ stars }) => stars });
  // @ts-expect-error a model is needed
  chat<Review>({ prompt: 'x' });
  const own: RequestBuilder<Review> = { endpoint: '/v1/own', build: ({ text }) => ({ text }) };
  expectTypeOf<typeof own.build>().parameter(0).toEqualTypeOf<Review>();
}

/** Stages hand their types on through a pipeline, down to the function at its end. */
export async function stages(): Promise<void> {
  expectTypeOf(readRecords<Review>('reviews.csv')[Symbol.asyncIterator]).toBeFunction();
  for await (const { index, value } of readRecords<Review>('reviews.csv')) {
    expectTypeOf(index).toEqualTypeOf<number>();
    expectTypeOf(value).toEqualTypeOf<Review>();
  }
  for await (const { value } of readRecords('reviews.csv')) expectTypeOf(value['text']).toEqualTypeOf<unknown>();
  await pipeline(
    readRecords<Review>('reviews.csv'),
    toRequests<Review>({ customId: (review) => review.id, body: chat({ model: 'gpt-5-mini', prompt: (review) => review.text }) }),
    async function* (requests: AsyncIterable<BatchRequest>) {
      for await (const request of requests) yield request;
    },
    shard({ directory: 'shards', limits: openaiLimits }),
    async (shards) => {
      for await (const one of shards) expectTypeOf(one).toEqualTypeOf<Shard>();
    },
  );
  await pipeline(Readable.from(['']), parseResults(), async (results) => {
    for await (const result of results) expectTypeOf(result).toEqualTypeOf<BatchResult>();
  });
  // @ts-expect-error a review has no title
  toRequests<Review>({ customId: (review) => review.title, body: chat({ model: 'gpt-5-mini', prompt: 'x' }) });
  // @ts-expect-error the limits of a provider are needed
  shard({ directory: 'shards' });
}

/** A stage of one's own takes what it says and gives what it says. */
export async function ownStages(): Promise<void> {
  const lengths = transform<Review, { readonly length: number }>(function* ({ text }) {
    yield { length: text.length };
  });
  await pipeline(readRecords<Review>('reviews.csv'), lengths, async (chunks) => {
    for await (const chunk of chunks) expectTypeOf(chunk).toEqualTypeOf<{ readonly length: number }>();
  });
  transform(function* (review: Review) {
    // @ts-expect-error a review has no title
    yield review.title;
  });
  // @ts-expect-error it promised numbers
  transform<Review, number>(function* ({ text }) {
    yield text;
  });
}

/** The join hands the record on with its outcome. */
export async function joins(): Promise<void> {
  await pipeline(
    readRecords<Review>('reviews.csv'),
    join<Review>({ results: 'output.jsonl', customId: ({ id }) => id }),
    async (joined) => {
      for await (const { record, outcome } of joined) {
        expectTypeOf(record).toEqualTypeOf<SourceRecord<Review>>();
        expectTypeOf(outcome).toEqualTypeOf<Outcome>();
      }
    },
  );
  await pipeline(
    readRecords<Review>('reviews.csv'),
    join<Review>({ results: ['output.jsonl'], customId: 'id' }),
    select<Review>({ label: ({ text }) => text?.trim(), stars: (_outcome, { value }) => value.stars + 1 }),
    writeRecords('out.csv'),
  );
  await pipeline(readRecords('reviews.csv'), join({ results: 'output.jsonl' }), enrich({ format: 'csv' }), writeRecords('out.csv'));
  // @ts-expect-error an answer may have no text
  select({ label: (outcome) => outcome.text.trim() });
  // @ts-expect-error result files are needed
  join({ customId: 'id' });
}

const Verdict = z.object({ label: z.enum(['good', 'bad']), at: z.string().transform((text) => new Date(text)) });
interface Judged { label: 'good' | 'bad'; at: Date }

/** A schema is the type of `outcome.json`, after its transforms; without one it is any JSON. */
export async function schemas(): Promise<void> {
  const directory = 'run';
  expectTypeOf(chat({ model: 'gpt-5-mini', prompt: '{{text}}', schema: Verdict })).toEqualTypeOf<RequestBuilder<AnyValue, z.infer<typeof Verdict>>>();
  expectTypeOf(responses({ model: 'gpt-5-mini', prompt: (review: Review) => review.text, schema: Verdict })).toEqualTypeOf<RequestBuilder<Review, z.infer<typeof Verdict>>>();
  expectTypeOf(messages({ model: 'claude-haiku-4-5', prompt: 'x', schema: { type: 'object' } })).toEqualTypeOf<RequestBuilder>();
  await run({
    source: reviews,
    directory,
    provider,
    request: chat({ model: 'gpt-5-mini', prompt: (review: Review) => review.text, schema: Verdict }),
    check: ({ json }, { value }) => {
      expectTypeOf(json).toEqualTypeOf<z.infer<typeof Verdict> | undefined>();
      expectTypeOf(value).toEqualTypeOf<Review>();
      return json?.label === 'good' || `${value.id} is bad`;
    },
  });
  await run({ source: 'reviews.csv', directory, provider, request: chat({ model: 'gpt-5-mini', prompt: 'x' }), check: ({ json }) => (expectTypeOf(json).toEqualTypeOf<JsonValue | undefined>(), true) });
  // @ts-expect-error the reason must be given
  await run({ source: 'reviews.csv', directory, provider, request: chat({ model: 'gpt-5-mini', prompt: 'x' }), check: ({ text }) => text !== '' });
  // @ts-expect-error no such label
  await run({ source: 'reviews.csv', directory, provider, request: chat({ model: 'gpt-5-mini', prompt: 'x', schema: Verdict }), check: ({ json }) => json?.label !== 'odd' || 'odd' });
  // @ts-expect-error a date is not any JSON: the type of the answer is needed beside that of the record
  chat<Review>({ model: 'gpt-5-mini', prompt: 'x', schema: Verdict });
  chat<Review, Judged>({ model: 'gpt-5-mini', prompt: ({ text }) => text, schema: Verdict });
}

/** A config knows its records from a function, and its answers from the schema. */
export function configs(): void {
  defineRun({
    provider: 'anthropic',
    maxWait: '24h',
    prompt: (review: Review) => review.text,
    schema: Verdict,
    check: ({ json }, { value }) => {
      expectTypeOf(json).toEqualTypeOf<z.infer<typeof Verdict> | undefined>();
      expectTypeOf(value).toEqualTypeOf<Review>();
      return json?.label === 'good' || value.id;
    },
  });
  defineRun({ model: 'gpt-5-mini', prompt: '@prompt.txt', schema: 'verdict.schema.json', id: (review) => (expectTypeOf(review).toEqualTypeOf<AnyValue>(), review['id']), check: ({ json }) => (expectTypeOf(json).toEqualTypeOf<JsonValue | undefined>(), true) });
  defineRun<Review>({ prompt: ({ text }) => text, id: ({ id }) => id, maxTokens: ({ stars }) => 10 * stars, messages: ({ text }) => [{ role: 'user', content: text }] });
  // @ts-expect-error a review has no title
  defineRun<Review>({ prompt: ({ title }) => title });
  // @ts-expect-error mistyped
  defineRun({ promt: 'Classify: {{text}}' });
  // @ts-expect-error a duration is a text with its unit
  defineRun({ maxWait: 5000 });
  // @ts-expect-error no such provider
  defineRun({ provider: 'acme' });
  // @ts-expect-error the reason must be given
  defineRun({ check: ({ text }) => text !== '' });
}

/** What reads the answers knows their type too. */
export async function typedAnswers(): Promise<void> {
  const job = await openRun<Review, Judged>('run', { provider, schema: Verdict });
  for await (const joined of job.records()) {
    expectTypeOf(joined).toEqualTypeOf<JoinedRecord<Review, Judged>>();
    expectTypeOf(joined.outcome.json).toEqualTypeOf<Judged | undefined>();
  }
  const inferred = await openRun('run', { provider, schema: Verdict });
  for await (const { outcome } of inferred.records()) expectTypeOf(outcome.json).toEqualTypeOf<z.infer<typeof Verdict> | undefined>();
  await pipeline(
    readRecords('reviews.csv'),
    join({ results: 'output.jsonl', schema: Verdict, check: ({ json }) => json?.label === 'good' || 'is bad' }),
    async function* (joined) {
      for await (const one of joined) yield (expectTypeOf(one.outcome.json).toEqualTypeOf<z.infer<typeof Verdict> | undefined>(), one);
    },
    select<AnyValue, Judged>({ year: ({ json }) => json?.at.getFullYear() }),
    writeRecords('out.csv'),
  );
  await joinFiles({ source: reviews, results: 'output.jsonl', sink: 'out.csv', schema: Verdict, check: ({ json }, { value }) => json?.label === 'good' || value.id });
  // @ts-expect-error no such field
  select<Review, Judged>({ stars: ({ json }) => json?.stars });
  // @ts-expect-error the schema makes something else
  await openRun<Review, { readonly stars: number }>('run', { provider, schema: Verdict });
}

/** A run that is opened knows its records, and every status is a case of its own. */
export async function openedRuns(): Promise<string[]> {
  const job = await openRun<Review>('run', { provider });
  const words: string[] = [];
  for await (const joined of job.records()) {
    expectTypeOf(joined).toEqualTypeOf<JoinedRecord<Review>>();
    words.push(wordFor(joined.outcome));
  }
  return words;
}

function wordFor({ status }: Outcome): string {
  switch (status) {
    case 'succeeded':
      return 'answered';
    case 'unusable':
    case 'errored':
      return 'failed';
    case 'expired':
    case 'canceled':
    case 'missing':
    case 'rejected':
      return 'not answered';
    default:
      return status satisfies never;
  }
}

/** A forgotten status is an error of the compiler. */
export function forgetful({ status }: Outcome): string {
  if (status === 'succeeded') return 'answered';
  // @ts-expect-error there are six more
  return status satisfies never;
}
