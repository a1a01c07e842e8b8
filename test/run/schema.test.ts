import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startEmulator, type EmulatedRequest, type Emulator } from '../../src/emulator/server.ts';
import { adopt, build, chat, messages, openRun, readRecords, responses, run, type Outcome, type RequestBuilder, type RunOptions, type SchemaSource } from '../../src/index.ts';
import { connect, readJsonl, temporary, type ProviderName } from './setting.ts';

interface Review {
  readonly id: string;
  readonly text: string;
}

const Verdict = z.object({ label: z.enum(['good', 'bad']), stars: z.literal([1, 2, 3, 4, 5]), tags: z.array(z.string()), note: z.string().nullable() });
type Verdict = z.infer<typeof Verdict>;
const verdictJson: SchemaSource<Verdict> = {
  type: 'object',
  properties: { label: { enum: ['good', 'bad'] }, stars: { enum: [1, 2, 3, 4, 5] }, tags: { type: 'array', items: { type: 'string' } }, note: { type: ['string', 'null'] } },
  required: ['label', 'stars', 'tags', 'note'],
  additionalProperties: false,
};

const endpoints: Readonly<Record<string, readonly [ProviderName, (schema: SchemaSource<Verdict>) => RequestBuilder<Review, Verdict>]>> = {
  chat: ['openai', (schema) => chat<Review, Verdict>({ model: 'gpt-5-mini', prompt: ({ text }) => text, schema })],
  responses: ['openai', (schema) => responses<Review, Verdict>({ model: 'gpt-5-mini', prompt: ({ text }) => text, schema })],
  messages: ['anthropic', (schema) => messages<Review, Verdict>({ model: 'claude-haiku-4-5', prompt: ({ text }) => text, schema })],
};

const source: Review[] = Array.from({ length: 6 }, (_none, index) => ({ id: `r${index + 1}`, text: `review ${index + 1}` }));
const faults = ['row=2 attempts=1 invalid', 'row=3 attempts=1 fenced', 'row=4 refused'];

type Job = Omit<RunOptions<Review, Verdict>, 'sink'> & { readonly sink: string };

function job(emulator: Emulator, name: ProviderName, request: RequestBuilder<Review, Verdict>, extra: Partial<Omit<Job, 'sink'>> = {}, extension = 'csv'): Job {
  const directory = temporary();
  return {
    source, request, customId: 'id', tag: 'tagtag', provider: connect(name, emulator.url),
    sink: join(directory, `out.${extension}`), directory: join(directory, 'run'), pollIntervalMs: 100, graceMs: 50,
    ...extra,
  };
}

/** The rows of a CSV, each as text by column. */
async function rowsOf(path: string): Promise<Record<string, string>[]> {
  const rows: Record<string, string>[] = [];
  for await (const { value } of readRecords<Record<string, string>>(path)) rows.push(value);
  return rows;
}

const columnsOf = (rows: readonly Record<string, string>[]): string[] => Object.keys(rows[0] ?? {});

describe.each(Object.entries(endpoints))('%s', (_name, [provider, requestFor]) => {
  test.each([['zod', Verdict], ['JSON Schema', verdictJson]] as const)('%s: typed columns; what does not fit is marked, never counted as succeeded, never sent again', async (_kind, schema) => {
    const emulator = await startEmulator({ faults });
    const options = job(emulator, provider, requestFor(schema));
    const report = await run(options);
    await emulator.close();
    expect(report).toMatchObject({ records: 6, attempts: 6, outcomes: { succeeded: 3, unusable: 3 }, reasons: { invalid: 2, refused: 1 } });
    const rows = await rowsOf(options.sink);
    expect(columnsOf(rows).slice(-5)).toEqual(['result_custom_id', 'result_label', 'result_stars', 'result_tags', 'result_note']);
    expect(rows.map((row) => [row['result_status'], row['result_reason']])).toEqual([['succeeded', ''], ['unusable', 'invalid'], ['unusable', 'invalid'], ['unusable', 'refused'], ['succeeded', ''], ['succeeded', '']]);
    for (const { result_status, result_text, result_label, result_stars, result_tags = '', result_note } of rows) {
      expect(result_text).not.toBe('');
      if (result_status !== 'succeeded') expect([result_label, result_stars, result_tags, result_note]).toEqual(['', '', '', '']);
      else expect({ label: result_label, stars: Number(result_stars), tags: JSON.parse(result_tags) as unknown, note: result_note === '' ? null : result_note }).toEqual(Verdict.parse(JSON.parse(result_text ?? '')));
    }
  });

  test('repaired when asked: the next round carries the answer and what is wrong with it', async () => {
    const emulator = await startEmulator({ faults });
    const options = job(emulator, provider, requestFor(Verdict), { repair: true }, 'jsonl');
    const report = await run(options);
    await emulator.close();
    expect(report).toMatchObject({ attempts: 8, outcomes: { succeeded: 5, unusable: 1 }, reasons: { refused: 1 } });
    for (const { result } of readJsonl(options.sink)) {
      const { status, json } = result as { status: string; json?: unknown };
      expect(Verdict.safeParse(json).success).toBe(status === 'succeeded');
    }
    const shard = readFileSync(join(options.directory, provider === 'openai' ? 'shards/shard-000002.jsonl' : 'shards/shard-000002.json'), 'utf8');
    expect(shard).toMatch(/"content":"review 2"\},\{"role":"assistant","content":"\{\\"label\\":\{\\"wrong\\":\\"\w+\\"\},.*?"\},\{"role":"user","content":"This answer cannot be used: label: Invalid option: expected one of/);
    expect(shard).toMatch(/"content":"review 3"\},\{"role":"assistant","content":"```json.*?"\},\{"role":"user","content":"This answer cannot be used: The text of the answer is in a Markdown code fence/);
    expect(shard).not.toContain('review 4');
  });

  test('a fence is taken off where asked', async () => {
    const emulator = await startEmulator({ faults: ['fenced'] });
    expect(await run(job(emulator, provider, requestFor(Verdict), { stripFences: true }))).toMatchObject({ outcomes: { succeeded: 6 }, attempts: 6 });
    await emulator.close();
  });

  test('the same job builds the same round, byte for byte', async () => {
    const rounds: string[] = [];
    for (let time = 0; time < 2; time += 1) {
      const emulator = await startEmulator({ faults, shuffle: time === 0 });
      const options = job(emulator, provider, requestFor(Verdict), { repair: true });
      await run(options);
      await emulator.close();
      rounds.push(readFileSync(join(options.directory, `shards/shard-000002.json${provider === 'openai' ? 'l' : ''}`), 'utf8'));
    }
    expect(rounds[1]).toBe(rounds[0]);
  });
});

test('a schema that no answer of the canaries fits keeps the rest from being sent', async () => {
  const emulator = await startEmulator({ faults: ['invalid'] });
  const options = job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>, { canary: 2 });
  await expect(run(options)).rejects.toMatchObject({ code: 'circuit_open', message: expect.stringContaining('2 of the 2 requests of shard 1 failed with invalid') });
  expect(emulator.calls().filter(({ route }) => route === 'openai.batches.create')).toHaveLength(1);
  await emulator.close();
});

test('bounds that Anthropic only hears of are held here', async () => {
  const emulator = await startEmulator();
  const { sink, ...options } = job(emulator, 'anthropic', endpoints['messages']?.[1](Verdict) as RequestBuilder<Review, Verdict>, {}, 'jsonl');
  const request = messages<Review, { stars: number }>({ model: 'claude-haiku-4-5', prompt: '{{text}}', schema: z.object({ stars: z.number().min(1e9) }) });
  expect(await run({ directory: options.directory, provider: options.provider, source, sink, request, pollIntervalMs: 100, graceMs: 50 })).toMatchObject({ reasons: { invalid: 6 } });
  expect(readJsonl(sink)[0]).toMatchObject({ result: { error: { code: 'invalid', param: 'stars', message: expect.stringMatching(/^stars: Too small/) } } });
  await emulator.close();
});

describe('step by step', () => {
  test('in a process that has no schema, answers are held to the one the run was built with', async () => {
    const emulator = await startEmulator({ faults });
    const { sink, ...options } = job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>);
    await build(options);
    const { provider } = options;
    const opened = await openRun<Review>(options.directory, { provider, pollIntervalMs: 100, graceMs: 50 });
    await opened.submit();
    await opened.wait();
    await opened.fetch();
    expect(await opened.write(sink)).toMatchObject({ outcomes: { succeeded: 3, unusable: 3 }, reasons: { invalid: 2, refused: 1 } });
    expect(columnsOf(await rowsOf(sink)).slice(-4)).toEqual(['result_label', 'result_stars', 'result_tags', 'result_note']);
    expect((await opened.retry()).batches).toHaveLength(1);
    const repairing = await openRun<Review>(options.directory, { provider, pollIntervalMs: 100, graceMs: 50, repair: true });
    await repairing.retry();
    await repairing.wait();
    await repairing.fetch();
    expect(await repairing.write()).toMatchObject({ outcomes: { succeeded: 5 }, attempts: 8 });
    await emulator.close();
  });

  test('given again, the schema makes of the answers what it makes', async () => {
    const emulator = await startEmulator({ answer: () => '{"at":"2026-01-02"}' });
    const schema = z.object({ at: z.iso.date().transform((text) => new Date(text)) });
    const { directory, provider, sink } = job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>, {}, 'csv');
    await run({ source, directory, provider, sink, customId: 'id', request: chat<Review, { at: Date }>({ model: 'gpt-5-mini', prompt: '{{text}}', schema }), pollIntervalMs: 100, graceMs: 50 });
    await emulator.close();
    expect((await rowsOf(sink))[0]?.['result_at']).toBe('2026-01-02T00:00:00.000Z');
    const opened = await openRun<Review, { at: Date }>(directory, { provider, schema });
    for await (const { outcome } of opened.records()) expect(outcome.json?.at.getUTCFullYear()).toBe(2026);
    const recorded = await openRun<Review>(directory, { provider });
    for await (const { outcome } of recorded.records()) expect(outcome).toMatchObject({ status: 'succeeded', json: { at: '2026-01-02' } });
  });

  test('another schema is another job; other refinements are not', async () => {
    const emulator = await startEmulator();
    const request = (schema: SchemaSource<Verdict>) => chat<Review, Verdict>({ model: 'gpt-5-mini', prompt: 'x', schema });
    const options = job(emulator, 'openai', request(Verdict));
    await run(options);
    await expect(run({ ...options, request: request(Verdict.extend({ stars: z.literal([1, 2, 3, 4]) }) as unknown as typeof Verdict) })).rejects.toMatchObject({ code: 'run_mismatch', message: expect.stringMatching(/schema\.properties\.stars\.enum was \[1,2,3,4,5\], is \[1,2,3,4\]/) });
    expect(await run({ ...options, request: request(Verdict.refine(() => false, { error: 'is never right' })) })).toMatchObject({ reasons: { invalid: 6 } });
    await emulator.close();
  });

  test('adopted batches are held to a schema that is given', async () => {
    const emulator = await startEmulator({ faults });
    const { provider, directory, source: records } = job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>);
    const first = temporary();
    await run({ ...job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>), directory: first });
    const batches = (await (await openRun(first, { provider })).status()).batches.map(({ id }) => id);
    await adopt({ source: records, customId: 'id', directory, provider, batches });
    const opened = await openRun(directory, { provider, schema: Verdict, graceMs: 50, repair: true });
    await opened.wait();
    await opened.fetch();
    expect(await opened.write()).toMatchObject({ reasons: { invalid: 2, refused: 1 } });
    // Their requests are not known: nothing of them is repaired.
    expect((await opened.retry()).batches).toHaveLength(1);
    await emulator.close();
  });
});

test('a source column with the name of a field stops the run before anything is sent', async () => {
  const emulator = await startEmulator();
  const options = job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>);
  await expect(run({ ...options, source: source.map((review) => ({ ...review, result_stars: '3' })) })).rejects.toMatchObject({ code: 'column_conflict', message: expect.stringMatching(/"result_stars".*--prefix/) });
  expect(emulator.calls()).toEqual([]);
  await emulator.close();
});

describe('a check', () => {
  const answer = ({ body, customId }: EmulatedRequest): string => JSON.stringify({ label: 'good', stars: JSON.stringify(body).includes('cannot be used') ? 5 : Number(customId?.at(-1)) % 5 + 1, tags: [], note: null });
  const check = ({ json }: Outcome<Verdict>, { value }: { readonly value: Review }): true | string => (json !== undefined && json.stars > 3) || `${value.text} has more than ${json?.stars} stars`;

  test('marks what it finds wrong, with the record at hand', async () => {
    const emulator = await startEmulator({ answer });
    const options = job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>, { check }, 'jsonl');
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 2, unusable: 4 }, reasons: { invalid: 4 }, attempts: 6 });
    expect(readJsonl(options.sink)[0]).toMatchObject({ result: { status: 'unusable', reason: 'invalid', text: expect.stringContaining('"stars":2'), error: { code: 'invalid', message: 'review 1 has more than 2 stars' } } });
    expect(await run({ ...options, repair: true })).toMatchObject({ outcomes: { succeeded: 6 }, attempts: 10 });
    await emulator.close();
  });
});

describe('repair', () => {
  async function scripted(script: (times: number) => unknown, extra: Partial<Omit<Job, 'sink'>> = {}) {
    const bodies: string[] = [];
    const emulator = await startEmulator({ answer: ({ body }) => script(bodies.push(JSON.stringify(body))) });
    const options = job(emulator, 'openai', endpoints['chat']?.[1](Verdict) as RequestBuilder<Review, Verdict>, { repair: true, source: source.slice(0, 1), ...extra }, 'jsonl');
    const report = await run(options);
    await emulator.close();
    return { report, bodies, outcome: readJsonl(options.sink)[0]?.['result'] as Outcome };
  }
  const fine = '{"label":"good","stars":3,"tags":[],"note":null}';

  test('goes on up to the attempts allowed, each answer once in the conversation', async () => {
    const { report, bodies, outcome } = await scripted((times) => `{"wrong":${times}}`, { maxAttempts: 3 });
    expect(report).toMatchObject({ outcomes: { unusable: 1 }, reasons: { invalid: 1 }, attempts: 3 });
    expect(outcome).toMatchObject({ text: '{"wrong":3}' });
    const roles = bodies.map((body) => (JSON.parse(body) as { messages: { role: string; content: string }[] }).messages.filter(({ role }) => role === 'assistant').map(({ content }) => content));
    expect(roles).toEqual([[], ['{"wrong":1}'], ['{"wrong":1}', '{"wrong":2}']]);
  });

  test('that met a failing provider is sent again as it was', async () => {
    const { report, bodies } = await scripted((times) => (times === 1 ? '{}' : times === 2 ? { status: 500, error: { message: 'down', code: 'server_error' } } : fine));
    expect(report).toMatchObject({ outcomes: { succeeded: 1 }, attempts: 3 });
    expect(bodies[2]).toBe(bodies[1]);
    expect(bodies[1]).not.toBe(bodies[0]);
  });

  test('of a few may go to the synchronous endpoint', async () => {
    const { report, bodies } = await scripted((times) => (times === 1 ? '{}' : fine), { finishSync: true });
    expect(report).toMatchObject({ outcomes: { succeeded: 1 }, attempts: 2, batches: 1, synchronous: 1 });
    expect(bodies[1]).toContain('This answer cannot be used: label: ');
  });

  test('that fails for good leaves the invalid answer', async () => {
    const { report, outcome } = await scripted((times) => (times === 1 ? '{}' : { status: 400, error: { message: 'no', code: 'invalid_request_error' } }));
    expect(report).toMatchObject({ reasons: { invalid: 1 }, attempts: 2 });
    expect(outcome).toMatchObject({ status: 'unusable', reason: 'invalid', text: '{}' });
  });

  test('whose conversation outgrows a batch is not sent', async () => {
    const { report } = await scripted(() => `{"wrong":"${'x'.repeat(3000)}"}`, { limits: { maxBytes: 2500 } });
    expect(report).toMatchObject({ reasons: { invalid: 1 }, attempts: 1 });
  });
});
