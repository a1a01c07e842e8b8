import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts';
import { chat, messages, readStatus, run, type RequestBuilder, type RunOptions } from '../../src/index.ts';
import { connect, providers, readJsonl, temporary, type ProviderName } from './setting.ts';

interface Value {
  readonly id: string;
  readonly text: string;
}

const asks = (name: ProviderName, prompt = 'Say {{text}}'): RequestBuilder<Value> =>
  name === 'openai' ? chat<Value>({ model: 'gpt-4o-mini', maxTokens: 32, prompt }) : messages<Value>({ model: 'claude-haiku-4-5', maxTokens: 32, prompt });

type Job = RunOptions<Value> & { readonly sink: string };

function job(name: ProviderName, emulator: Emulator, source: RunOptions<Value>['source'], extra: Partial<Omit<RunOptions<Value>, 'sink'>> = {}): Job {
  const directory = temporary();
  return {
    source, sink: join(directory, 'out.jsonl'), directory: join(directory, 'run'), provider: connect(name, emulator.url), customId: 'id', request: asks(name),
    limits: { maxRequests: 7 }, pollIntervalMs: 20, graceMs: 50, ...extra,
  };
}

/** Batches end within 20 ms. */
const start = (options: EmulatorOptions = { answer: ({ body }) => `Answer ${answers++} to ${JSON.stringify(body['messages'])}` }) => startEmulator({ speed: 40_000, ...options });
let answers = 0;

const values = (count: number): Value[] => Array.from({ length: count }, (_none, index) => ({ id: `r-${index}`, text: `text ${index}` }));

/** A table of records, as a file: then rows become requests without becoming records. */
function file(records: readonly Value[]): string {
  const path = join(temporary(), 'source.csv');
  writeFileSync(path, `id,text\n${records.map(({ id, text }) => `${id},${text}`).join('\n')}\n`);
  return path;
}

interface Row {
  readonly id: string;
  readonly text: string;
  readonly result: { readonly status: string; readonly reason?: string; readonly text?: string; readonly origin?: string; readonly customId: string };
}
// What `run` wrote.
const rows = (path: string) => readJsonl(path) as unknown as Row[];

async function executions(emulator: Emulator): Promise<string[]> {
  const ids: string[] = [];
  for await (const { customId } of emulator.executions()) ids.push(customId ?? '');
  return ids;
}

describe.each(providers)('%s', (name) => {
  test.each(['array', 'file'] as const)('from an %s with a tenth of new and a twentieth of changed records, exactly those are sent', async (kind) => {
    const emulator = await start();
    const source = (records: readonly Value[]) => (kind === 'file' ? file(records) : [...records]);
    const then = values(40);
    const first = job(name, emulator, source(then));
    await run(first);
    const changed = new Set([3, 39]);
    const now = [...then.map((value, index) => (changed.has(index) ? { ...value, text: `${value.text} indeed` } : value)), ...values(44).slice(40)].toReversed();
    const before = (await executions(emulator)).length;
    const second = job(name, emulator, source(now), { reuse: first.directory });
    const report = await run(second);
    expect(report).toMatchObject({ records: 44, outcomes: { succeeded: 44 }, origins: { fresh: 6, reused: 38, deduplicated: 0 }, attempts: 6, shards: 1, batches: 1 });
    expect((await executions(emulator)).length - before).toBe(6);
    // Each record has the answer to its own request: the first run's word for word, under its own id.
    const known = new Map(rows(first.sink).map(({ text, result }) => [text, result.text]));
    for (const { id, text, result } of rows(second.sink)) {
      expect(result).toMatchObject({ status: 'succeeded', customId: id, ...(known.has(text) ? { text: known.get(text), origin: 'reused' } : {}) });
      if (!known.has(text)) expect(result).not.toHaveProperty('origin');
    }
    expect(await readStatus(second.directory)).toMatchObject({ origins: { fresh: 6, reused: 38, deduplicated: 0 }, requests: { total: 6 } });
    await emulator.close();
  });

  test('what was reused can be reused again, when the first run is gone, and under other ids', async () => {
    const emulator = await start();
    const first = job(name, emulator, values(20));
    await run(first);
    const second = job(name, emulator, values(20).map((value) => ({ ...value, id: `other ${value.id}` })), { reuse: [first.directory] });
    expect(await run(second)).toMatchObject({ origins: { fresh: 0, reused: 20 }, attempts: 0, batches: 0, shards: 0 });
    rmSync(first.directory, { recursive: true });
    // The same command again only writes its sink.
    expect(await run(second)).toMatchObject({ origins: { reused: 20 } });
    const third = job(name, emulator, values(21), { reuse: second.directory });
    expect(await run(third)).toMatchObject({ outcomes: { succeeded: 21 }, origins: { fresh: 1, reused: 20 }, results: { orphans: 0, duplicates: 0, unparsable: 0 } });
    expect(rows(third.sink).map(({ result }) => result.text).slice(0, 20)).toEqual(rows(second.sink).map(({ result }) => result.text));
    await emulator.close();
  });

  test('costs nothing, and tells what was saved', async () => {
    const emulator = await start();
    const first = job(name, emulator, values(10));
    const paid = await run(first);
    const second = job(name, emulator, values(10), { reuse: first.directory, audit: join(temporary(), 'audit.jsonl'), cost: true, budgetUsd: 1e-9 });
    const report = await run(second);
    expect(report.cost).toEqual({ usd: 0, estimatedUsd: 0, unpriced: 0, savedUsd: paid.cost?.usd });
    expect(report.usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    expect(rows(second.sink).map(({ result }) => Reflect.get(result, 'costUsd'))).toEqual(Array.from({ length: 10 }, () => 0));
    const audit = readJsonl(second.audit ?? '');
    expect(audit).toHaveLength(10);
    for (const line of audit) expect(line).toMatchObject({ attempt: 0, status: 'succeeded', origin: 'reused', costUsd: 0 });
    await emulator.close();
  });

  test('what did not succeed is asked again, and an answer counts that a later round brought', async () => {
    const asked = new Map<string, number>();
    const emulator = await start({
      answer: ({ body }) => {
        const text = String((body['messages'] as { content: string }[])[0]?.content);
        asked.set(text, (asked.get(text) ?? 0) + 1);
        if (/flaky/.test(text) && asked.get(text) === 1) return { status: 500, error: { message: 'no', code: 'api_error', type: 'api_error' } };
        if (/wrong/.test(text)) return { status: 400, error: { message: 'no', code: 'invalid_request_error', type: 'invalid_request_error' } };
        return /long/.test(text) ? 'word '.repeat(40) : /grow/.test(text) && Number(body['max_tokens'] ?? body['max_completion_tokens']) < 64 ? 'word '.repeat(40) : 'yes';
      },
    });
    const source = ['fine', 'flaky', 'wrong', 'long', 'grow'].map((text) => ({ id: text, text }));
    const first = job(name, emulator, source, { growOutput: true, maxAttempts: 2 });
    expect(await run(first)).toMatchObject({ outcomes: { succeeded: 4, errored: 1 } });
    asked.clear();
    const second = job(name, emulator, source, { reuse: first.directory });
    expect(await run(second)).toMatchObject({ outcomes: { succeeded: 4, errored: 1 }, origins: { fresh: 1, reused: 4 } });
    expect([...asked]).toEqual([['Say wrong', 1]]);
    await emulator.close();
  });

  test('an unusable answer is asked for again', async () => {
    let times = 0;
    const emulator = await start({ answer: () => (times++ === 0 ? '' : 'yes') });
    const first = job(name, emulator, values(1));
    expect(await run(first)).toMatchObject({ outcomes: { unusable: 1 } });
    const second = job(name, emulator, values(1), { reuse: first.directory });
    expect(await run(second)).toMatchObject({ outcomes: { succeeded: 1 }, origins: { fresh: 1, reused: 0 } });
    await emulator.close();
  });

  test('an answer that fails the check is asked for again, in a round of its own', async () => {
    let times = 0;
    const emulator = await start({ answer: () => (times++ < 5 ? 'old' : 'new') });
    const first = job(name, emulator, values(5));
    await run(first);
    const check: NonNullable<Job['check']> = ({ text }, { value }) => text === 'new' || !/[13]$/.test(value.text) || 'too old';
    const second = job(name, emulator, values(5), { reuse: first.directory, check });
    expect(await run(second)).toMatchObject({ outcomes: { succeeded: 5 }, origins: { fresh: 2, reused: 3 }, attempts: 2 });
    expect(rows(second.sink).map(({ result }) => result.text)).toEqual(['old', 'new', 'old', 'new', 'old']);
    await emulator.close();
  });

  test('identical requests are bought once, and each record has the answer', async () => {
    let times = 0;
    const emulator = await start({ answer: () => `answer ${times++}` });
    const source = Array.from({ length: 40 }, (_none, index) => ({ id: `r-${index}`, text: `text ${index % 9}` }));
    const options = job(name, emulator, file(source), { dedupe: true, audit: join(temporary(), 'audit.jsonl') });
    const report = await run(options);
    expect(report).toMatchObject({ records: 40, outcomes: { succeeded: 40 }, origins: { fresh: 9, reused: 0, deduplicated: 31 }, attempts: 9 });
    expect(times).toBe(9);
    const found = rows(options.sink);
    for (const [index, { id, result }] of found.entries()) {
      expect(result).toMatchObject({ text: found[index % 9]?.result.text, customId: id });
      expect(result.origin).toBe(index < 9 ? undefined : 'deduplicated');
    }
    const audit = readJsonl(options.audit ?? '');
    expect(audit[9]).toMatchObject({ record: 9, copyOf: 0, attempt: 0, origin: 'deduplicated', customId: 'r-9' });
    expect(await readStatus(options.directory)).toMatchObject({ origins: { fresh: 9, deduplicated: 31 } });
    await emulator.close();
  });

  test('a request that fails fails for all its copies, and one is sent again', async () => {
    let times = 0;
    const failure = { status: 500, error: { message: 'no', code: 'api_error', type: 'api_error' } };
    const emulator = await start({ answer: () => (times++ < 2 ? failure : 'yes') });
    const source = Array.from({ length: 6 }, (_none, index) => ({ id: `r-${index}`, text: 'the same' }));
    const options = job(name, emulator, source, { dedupe: true, maxAttempts: 2 });
    expect(await run(options)).toMatchObject({ outcomes: { errored: 6 }, reasons: { api_error: 6 }, attempts: 2, origins: { fresh: 1, deduplicated: 5 } });
    expect(await run({ ...options, maxAttempts: 3 })).toMatchObject({ outcomes: { succeeded: 6 }, attempts: 3 });
    expect(times).toBe(3);
    await emulator.close();
  });

  test('the check of each record is its own', async () => {
    const emulator = await start({ answer: () => 'yes' });
    const source = ['good', 'bad', 'good'].map((id) => ({ id: `${id}-${Math.random()}`, text: 'the same' }));
    const options = job(name, emulator, source, { dedupe: true, check: (_outcome, { value }) => !value.id.startsWith('bad') || 'bad' });
    expect(await run(options)).toMatchObject({ outcomes: { succeeded: 2, unusable: 1 }, reasons: { invalid: 1 } });
    expect(rows(options.sink).map(({ result }) => result.status)).toEqual(['succeeded', 'unusable', 'succeeded']);
    await emulator.close();
  });
});
