import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicLimits } from '../../src/providers/anthropic/limits.ts';
import { openaiLimits } from '../../src/providers/openai/limits.ts';
import type { Rejection } from '../../src/records/record.ts';
import type { BatchRequest } from '../../src/requests/request.ts';
import type { ShardLimits } from '../../src/shards/limits.ts';
import { shard } from '../../src/shards/shard.ts';
import { maxOpenShards, type Shard } from '../../src/shards/filling-shards.ts';
import { Sharder } from '../../src/shards/sharder.ts';

const temporary = () => mkdtempSync(join(tmpdir(), 'millrace-shards-'));

function chat(index: number, model = 'gpt-4o-mini', content = 'hi'): BatchRequest {
  return { index, customId: `r${index}`, endpoint: '/v1/chat/completions', body: { model, messages: [{ role: 'user', content }] } };
}

function build(requests: readonly BatchRequest[], limits: ShardLimits) {
  const directory = temporary();
  const shards: Shard[] = [];
  const sharder = new Sharder({ directory, limits, onShard: (finished) => shards.push(finished) });
  const rejections = requests.map((request) => sharder.add(request)).filter((placed): placed is Rejection => typeof placed !== 'number');
  sharder.end();
  return { directory, shards, rejections };
}

const idsOf = ({ path }: Shard) => (readFileSync(path, 'utf8').match(/"custom_id":"[^"]*"/g) ?? []).map((text) => text.slice(13, -1));

describe('limits', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 });
  const requests = fc.array(fc.record({ model: fc.constantFrom('a', 'b', 'c'), content: text }), { maxLength: 60 });

  test.each([
    ['openai', openaiLimits],
    ['anthropic', anthropicLimits],
  ])('%s: no shard breaks a limit, every request is in exactly one place, in source order', (_name, provider) => {
    fc.assert(
      fc.property(requests, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 120, max: 600 }), (rows, maxRequests, maxBytes) => {
        const limits = { ...provider, maxRequests, maxBytes };
        const { shards, rejections } = build(rows.map(({ model, content }, index) => chat(index, model, content)), limits);
        for (const finished of shards) {
          const bytes = readFileSync(finished.path);
          expect(bytes.length).toBe(finished.bytes);
          expect(bytes.length).toBeLessThanOrEqual(maxBytes);
          expect(finished.requestCount).toBeLessThanOrEqual(maxRequests);
          expect(createHash('sha256').update(bytes).digest('hex')).toBe(finished.sha256);
          const ids = idsOf(finished);
          expect(ids).toHaveLength(finished.requestCount);
          expect(ids.map((id) => Number(id.slice(1)))).toEqual(ids.map((id) => Number(id.slice(1))).toSorted((a, b) => a - b));
          if (provider.oneModel) expect(new Set(bytes.toString().match(/"model":"[abc]"/g)).size).toBe(1);
        }
        const all = [...shards.flatMap(idsOf), ...rejections.map(({ customId }) => customId)];
        expect(all.toSorted()).toEqual(rows.map((_row, index) => `r${index}`).toSorted());
      }),
      { numRuns: 60 },
    );
  });

  test('bytes are counted for the whole encoded line, to the last one', () => {
    const one = chat(0, 'm', 'ü€😀');
    const bytes = Buffer.byteLength(openaiLimits.formatRequest(one)) + 1;
    expect(build([one], { ...openaiLimits, maxBytes: bytes }).shards).toMatchObject([{ bytes, requestCount: 1 }]);
    const { shards, rejections } = build([one], { ...openaiLimits, maxBytes: bytes - 1 });
    expect(shards).toEqual([]);
    expect(rejections).toMatchObject([{ code: 'too_large', index: 0, customId: 'r0', message: expect.stringContaining(`${bytes - 1}`) }]);
  });

  test('50,001 requests make two shards', () => {
    const { shards } = build(Array.from({ length: 50_001 }, (_none, index) => chat(index)), openaiLimits);
    expect(shards.map(({ requestCount, firstIndex, lastIndex }) => [requestCount, firstIndex, lastIndex])).toEqual([
      [50_000, 0, 49_999],
      [1, 50_000, 50_000],
    ]);
  });

  test('full shards can differ in their number of requests, within the limit', () => {
    const shards: Shard[] = [];
    const sharder = new Sharder({ directory: temporary(), limits: { ...anthropicLimits, maxRequests: 40 }, distinctCounts: true, onShard: (finished) => shards.push(finished) });
    for (let index = 0; index < 119; index += 1) sharder.add(chat(index));
    sharder.end();
    expect(shards.map(({ requestCount }) => requestCount)).toEqual([40, 39, 40]);
  });

  test('embedding inputs are summed over requests; token lists count by list', () => {
    const embedding = (index: number, input: unknown) => ({ ...chat(index), endpoint: '/v1/embeddings', body: { model: 'e', input: input as string } });
    const limits = { ...openaiLimits, maxEmbeddingInputs: 3 };
    const inputs = [['a', 'b'], 'c', [1, 2, 3, 4], [[1], [2]], ['a', 'b', 'c', 'd']];
    const { shards, rejections } = build(inputs.map((input, index) => embedding(index, input)), limits);
    expect(shards.map(idsOf)).toEqual([['r0', 'r1'], ['r2', 'r3']]);
    expect(rejections).toMatchObject([{ code: 'too_large', index: 4 }]);
  });
});

describe('models', () => {
  test('each model of OpenAI has its own shard, filled side by side; Anthropic mixes them', () => {
    const requests = [chat(0, 'a'), chat(1, 'b'), chat(2, 'a'), chat(3, 'b')];
    expect(build(requests, openaiLimits).shards.map((finished) => [finished.model, idsOf(finished)])).toEqual([
      ['a', ['r0', 'r2']],
      ['b', ['r1', 'r3']],
    ]);
    expect(build(requests, anthropicLimits).shards.map(idsOf)).toEqual([['r0', 'r1', 'r2', 'r3']]);
  });

  test('at most 16 are open: the one longest without a request is closed for a new one', () => {
    const models = Array.from({ length: maxOpenShards }, (_none, index) => `m${index}`);
    const requests = [...models, 'm0', 'new', 'm1'].map((model, index) => chat(index, model));
    const { shards } = build(requests, openaiLimits);
    expect(shards.filter(({ model }) => model === 'm0')).toHaveLength(1);
    expect(shards.filter(({ model }) => model === 'm1').map(({ requestCount }) => requestCount)).toEqual([1, 1]);
  });
});

describe('the stage', () => {
  test('an Anthropic shard is the exact body of the create call', async () => {
    const directory = temporary();
    const shards: Shard[] = [];
    await pipeline(Readable.from([chat(0), chat(1)]), shard({ directory, limits: anthropicLimits }), async (finished: AsyncIterable<Shard>) => {
      for await (const one of finished) shards.push(one);
    });
    const body: unknown = JSON.parse(readFileSync(shards[0]?.path ?? '', 'utf8'));
    expect(body).toEqual({ requests: [chat(0), chat(1)].map(({ customId, body: params }) => ({ custom_id: customId, params })) });
  });

  test('a failure leaves no file behind', async () => {
    const directory = temporary();
    const source = async function* () {
      yield chat(0);
      throw new Error('source broke');
    };
    await expect(pipeline(Readable.from(source()), shard({ directory, limits: openaiLimits }), new PassThrough({ objectMode: true }))).rejects.toThrow('source broke');
    expect(readdirSync(directory)).toEqual([]);
  });

  test('without onReject the first request that fits nowhere ends it; with it the others go on', async () => {
    const limits = { ...openaiLimits, maxBytes: 200 };
    const requests = [chat(0), chat(1, 'm', 'x'.repeat(500)), chat(2)];
    const collect = async (stage: ReturnType<typeof shard>) => {
      const shards: Shard[] = [];
      await pipeline(Readable.from(requests), stage, async (finished: AsyncIterable<Shard>) => {
        for await (const one of finished) shards.push(one);
      });
      return shards.flatMap(idsOf);
    };
    await expect(collect(shard({ directory: temporary(), limits }))).rejects.toMatchObject({ code: 'too_large', context: { index: 1 } });
    const rejections: Rejection[] = [];
    expect(await collect(shard({ directory: temporary(), limits, onReject: (rejection) => rejections.push(rejection) }))).toEqual(['r0', 'r2']);
    expect(rejections).toHaveLength(1);
  });
});
