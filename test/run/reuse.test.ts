import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts';
import { adopt, build, chat, describeEstimate, embeddings, estimate, messages, readStatus, run, type RequestBuilder, type RunOptions, type RunSnapshot } from '../../src/index.ts';
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

test('a run that was interrupted gives what it has, and a folder of runs all of theirs', async () => {
  const emulator = await start();
  const root = temporary();
  const stop = new AbortController();
  const first = { ...job('openai', emulator, values(20)), directory: join(root, 'a') };
  // Of three shards one goes ahead, and nothing more is sent once its results are here.
  const onProgress = ({ shards }: RunSnapshot) => void (shards.fetched === 1 && stop.abort(new Error('enough')));
  await expect(run({ ...first, canary: 7, onProgress, signal: stop.signal })).rejects.toThrow('enough');
  const others = { ...job('openai', emulator, values(30).slice(24)), directory: join(root, 'b') };
  await run(others);
  // Not a run.
  writeFileSync(join(root, 'notes.txt'), '');
  const second = { ...job('openai', emulator, values(30), { reuse: root }), directory: join(root, 'c') };
  expect(await run(second)).toMatchObject({ outcomes: { succeeded: 30 }, origins: { fresh: 17, reused: 13 } });
  expect(await run(first)).toMatchObject({ outcomes: { succeeded: 20 } });
  await emulator.close();
});

test('as long as nothing was sent, a run that takes answers over is built anew for another job', async () => {
  const emulator = await start();
  const first = job('openai', emulator, values(6));
  await run(first);
  const second = job('openai', emulator, values(8), { reuse: first.directory });
  expect(await build(second)).toMatchObject({ origins: { fresh: 2, reused: 6 } });
  expect(await build({ ...second, request: asks('openai', 'Tell {{text}}') })).not.toHaveProperty('origins');
  expect(await build({ ...second, dedupe: true })).toMatchObject({ origins: { fresh: 2, reused: 6 } });
  expect(await run({ ...second, dedupe: true })).toMatchObject({ outcomes: { succeeded: 8 }, results: { lines: 8, orphans: 0 } });
  await emulator.close();
});

test('vectors are taken over as they are, and answers that were bought one by one', async () => {
  const emulator = await startEmulator({ speed: 40_000, faults: ['row=2 attempts=1 error=500'] });
  const request = embeddings<Value>({ model: 'text-embedding-3-small', input: '{{text}}', dimensions: 8 });
  const first = job('openai', emulator, values(6), { request, finishSync: true });
  expect(await run(first)).toMatchObject({ outcomes: { succeeded: 6 }, synchronous: 1 });
  const second = job('openai', emulator, file([...values(6), { id: 'copy', text: 'text 1' }]), { request, reuse: first.directory, dedupe: true });
  expect(await run(second)).toMatchObject({ outcomes: { succeeded: 7 }, origins: { fresh: 0, reused: 7 }, synchronous: 0 });
  const vectors = (path: string) => rows(path).map(({ result }) => Reflect.get(result, 'embedding') as unknown);
  expect(vectors(second.sink)).toEqual([...vectors(first.sink), vectors(first.sink)[1]]);
  await emulator.close();
});

test('an estimate tells what is left to pay for', async () => {
  const emulator = await start();
  const first = job('openai', emulator, values(10));
  await run(first);
  const source = [...values(14), { id: 'again', text: 'text 13' }, { id: 'known', text: 'text 1' }];
  const asked = { source, provider: first.provider, request: first.request, customId: 'id' };
  const whole = await estimate(asked);
  expect(whole.requests).toBe(16);
  expect(whole).not.toHaveProperty('reused');
  const rest = await estimate({ ...asked, reuse: first.directory, dedupe: true });
  expect(rest).toMatchObject({ records: 16, requests: 4, reused: 11, deduplicated: 1, rejected: 0, shards: 1 });
  expect((rest.batchUsd?.typical ?? 1) / (whole.batchUsd?.typical ?? 0)).toBeCloseTo(4 / 16, 2);
  expect(describeEstimate(rest)).toMatch(/^records +16\nreused +11\ndeduplicated +1\nrequests +4 in 1 shard/);
  await emulator.close();
});

test('another prompt, model or endpoint is another request', async () => {
  const emulator = await start();
  const first = job('openai', emulator, values(3));
  await run(first);
  for (const request of [asks('openai', 'Say {{text}}!'), chat<Value>({ model: 'gpt-4o', maxTokens: 32, prompt: 'Say {{text}}' }), chat<Value>({ model: 'gpt-4o-mini', maxTokens: 33, prompt: 'Say {{text}}' })]) {
    expect(await run(job('openai', emulator, values(3), { reuse: first.directory, request }))).toMatchObject({ origins: { fresh: 3, reused: 0 } });
  }
  await emulator.close();
});

test('answers that do not fit the schema of the new run are asked for again', async () => {
  let times = 0;
  const emulator = await start({ answer: () => (times++ % 2 === 0 ? '{"mood":"good"}' : '{"mood":1}') });
  const first = job('openai', emulator, values(6));
  await run(first);
  const schema = { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] };
  const second = job('openai', emulator, values(6), { reuse: first.directory, schema });
  expect(await run(second)).toMatchObject({ origins: { fresh: 3, reused: 3 } });
  await emulator.close();
});

test('what cannot be reused is said: another provider, a run of another tool, one whose build was cut off', async () => {
  const emulator = await start();
  const other = job('anthropic', emulator, values(2));
  await run(other);
  const made = job('openai', emulator, values(2));
  await run(made);
  const adopted = join(temporary(), 'adopted');
  const { batches } = await readStatus(made.directory);
  await adopt({ source: values(2), customId: 'id', directory: adopted, provider: made.provider, batches: batches.map(({ id }) => id) });
  const cut = job('openai', emulator, values(2), { strict: true });
  await expect(run({ ...cut, source: [{ id: 'a', text: 'a' }, { id: 'a', text: 'b' }] })).rejects.toMatchObject({ code: 'duplicate_custom_id' });
  const warnings: string[] = [];
  const second = job('openai', emulator, values(2), { reuse: [other.directory, adopted, cut.directory], onWarning: (warning) => warnings.push(warning) });
  expect(await run(second)).toMatchObject({ origins: { fresh: 2, reused: 0 } });
  expect(warnings).toEqual([
    expect.stringContaining(`${other.directory} can be reused: it is of another provider or address (anthropic, `),
    expect.stringContaining(`${adopted} can be reused: its batches were made by another tool`),
    expect.stringContaining(`${cut.directory} can be reused: its build was cut off`),
  ]);
  await emulator.close();
});

test('a path that holds no run, and the run itself, are refused; a run is not changed by another list once it is sent', async () => {
  const emulator = await start();
  const first = job('openai', emulator, values(2));
  await expect(run({ ...first, reuse: temporary() })).rejects.toMatchObject({ code: 'no_such_run', message: expect.stringContaining('(--reuse) holds no run') });
  await expect(run({ ...first, reuse: first.directory })).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringContaining('cannot reuse itself') });
  await run(first);
  await expect(run({ ...first, dedupe: true })).rejects.toMatchObject({ code: 'run_mismatch', message: expect.stringContaining('dedupe was null, is true') });
  await emulator.close();
});

test.each([1, 2])('reuse and dedupe together, from a file, with %i threads: a request is bought once, ever', async (threads) => {
  let times = 0;
  const emulator = await start({ answer: () => `answer ${times++}` });
  const then = Array.from({ length: 4000 }, (_none, index) => ({ id: `a-${index}`, text: `text ${index % 1000}` }));
  const now = Array.from({ length: 6000 }, (_none, index) => ({ id: `b-${index}`, text: `text ${index % 1500}` }));
  const first = job('openai', emulator, file(then), { dedupe: true, threads, limits: {} });
  expect(await run(first)).toMatchObject({ origins: { fresh: 1000, reused: 0, deduplicated: 3000 } });
  const second = job('openai', emulator, file(now), { dedupe: true, reuse: first.directory, threads, limits: {} });
  expect(await run(second)).toMatchObject({ outcomes: { succeeded: 6000 }, origins: { fresh: 500, reused: 4000, deduplicated: 1500 }, results: { orphans: 0 } });
  expect(times).toBe(1500);
  const answerTo = new Map(rows(first.sink).map(({ text, result }) => [text, result.text]));
  for (const { text, result } of rows(second.sink)) {
    if (!answerTo.has(text)) answerTo.set(text, result.text);
    expect(result.text).toBe(answerTo.get(text));
  }
  expect(new Set(answerTo.values()).size).toBe(1500);
  await emulator.close();
});

test('each record has the outcome it would have alone, whatever is new, changed, repeated or fails', { timeout: 120_000 }, async () => {
  const emulator = await start({
    answer: ({ body }) => {
      const text = String((body['messages'] as { content: string }[])[0]?.content);
      return /[37]$/.test(text) ? { status: 400, error: { message: `no ${text}`, code: 'refused_here', type: 'invalid_request_error' } } : text.endsWith('5') ? '' : `re: ${text}`;
    },
  });
  const texts = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(texts, texts, fc.boolean(), fc.integer({ min: 1, max: 4 }), fc.boolean(), async (then, now, dedupe, maxRequests, isFile) => {
      const source = (numbers: readonly number[]) => numbers.map((number, index) => ({ id: `r-${index}`, text: `t${number}` }));
      const first = job('openai', emulator, source(then), { dedupe, limits: { maxRequests } });
      await run(first);
      const second = job('openai', emulator, isFile ? file(source(now)) : source(now), { dedupe, reuse: first.directory, limits: { maxRequests } });
      const report = await run(second);
      const usable = (number: number) => ![3, 5, 7, 13, 15].includes(number);
      const isKnown = (number: number) => usable(number) && then.includes(number);
      const unknown = now.filter((number) => !isKnown(number));
      const fresh = dedupe ? new Set(unknown).size : unknown.length;
      expect(report.origins).toEqual({ fresh, reused: now.length - unknown.length, deduplicated: unknown.length - fresh });
      expect(report.attempts).toBe(fresh);
      expect(rows(second.sink).map(({ result: { status, text } }) => [status, text])).toEqual(
        now.map((number) => (usable(number) ? ['succeeded', `re: Say t${number}`] : number % 10 === 5 ? ['unusable', ''] : ['errored', undefined])),
      );
    }),
    { seed: 11, numRuns: 12 },
  );
  await emulator.close();
});
