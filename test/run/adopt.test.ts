import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { adopt, chat, embeddings, messages, openRun, readRecords, shard, toRequests, type RequestBuilder } from '../../src/index.ts';
import { connect, providers, temporary, type ProviderName } from './setting.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
});
afterAll(() => emulator.close());

const ask: Record<ProviderName, RequestBuilder> = {
  openai: chat({ model: 'gpt-4o-mini', prompt: '{{text}}' }),
  anthropic: messages({ model: 'claude-haiku-4-5', maxTokens: 500, prompt: '{{text}}' }),
};

/** What another tool would have done: a CSV and the batches made from it, of which nobody kept a record but their ids. */
async function foreignBatches(name: ProviderName, request: RequestBuilder) {
  const directory = temporary();
  const source = join(directory, 'in.csv');
  writeFileSync(source, ['id,text', ...Array.from({ length: 10 }, (_none, index) => `row ${index},text ${index}`)].join('\n'));
  const provider = connect(name, emulator.url, `key-${directory}`);
  const limits = { ...provider.limits, maxRequests: 4 };
  const ids: string[] = [];
  await pipeline(readRecords(source), toRequests({ customId: 'id', body: request, limits }), shard({ directory: join(directory, 'shards'), limits }), async (shards) => {
    for await (const { path, bytes, endpoint, number } of shards) {
      const upload = { path, bytes, name: `${number}.jsonl` };
      const file = await provider.upload?.(upload);
      ids.push((await provider.create({ ...upload, endpoint, metadata: {}, ...(file ? { fileId: file.id } : {}) })).id);
    }
  });
  return { directory, source, provider, ids };
}

describe.each(providers)('%s', (name) => {
  test('batches of another tool are waited for, fetched and joined; nothing is sent', async () => {
    const { directory, source, provider, ids } = await foreignBatches(name, ask[name]);
    const options = { source, customId: 'id', directory: join(directory, 'run'), provider, batches: ids, pollIntervalMs: 250, graceMs: 50 };
    expect(await adopt(options)).toMatchObject({ records: 10, shards: { submitted: 3 }, requests: { total: 10 } });
    expect(await adopt(options)).toMatchObject({ records: 10 });
    const job = await openRun(options.directory, options);
    await job.wait();
    await job.fetch();
    const sink = join(directory, 'out.csv');
    expect(await job.write(sink)).toMatchObject({ records: 10, outcomes: { succeeded: 10 }, results: { lines: 10, orphans: 0 } });
    const [, ...rows] = parse(readFileSync(sink));
    expect(rows.map(([id, , status]) => [id, status])).toEqual(Array.from({ length: 10 }, (_none, index) => [`row ${index}`, 'succeeded']));
    expect((await job.retry()).batches).toHaveLength(3);
  });
});

test('vectors of adopted batches get their column', async () => {
  const { directory, source, provider, ids } = await foreignBatches('openai', embeddings({ model: 'text-embedding-3-small', dimensions: 4, input: '{{text}}' }));
  const options = { source, customId: 'id', directory: join(directory, 'run'), provider, batches: ids, pollIntervalMs: 250, graceMs: 50 };
  await adopt(options);
  const job = await openRun(options.directory, options);
  await job.wait();
  await job.fetch();
  const sink = join(directory, 'out.csv');
  await job.write(sink);
  const [header, first] = parse(readFileSync(sink));
  expect(header?.at(-1)).toBe('result_embedding');
  expect(JSON.parse(first?.at(-1) ?? '')).toHaveLength(4);
});

test('a batch of nobody, no batch, and the same batch twice are refused', async () => {
  const { directory, source, provider, ids } = await foreignBatches('openai', ask.openai);
  const options = { source, customId: 'id', directory: join(directory, 'run'), provider };
  await expect(adopt({ ...options, batches: ['batch_nobody'] })).rejects.toMatchObject({ code: 'not_found' });
  await expect(adopt({ ...options, batches: [] })).rejects.toMatchObject({ code: 'invalid_option' });
  await expect(adopt({ ...options, batches: [...ids, ...ids] })).rejects.toMatchObject({ code: 'invalid_option' });
});
