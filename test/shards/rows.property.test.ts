import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildFiles } from '../../src/build-files.ts';
import { anthropicLimits } from '../../src/providers/anthropic/limits.ts';
import { openaiLimits } from '../../src/providers/openai/limits.ts';
import { readRecords } from '../../src/records/read.ts';
import type { Rejection, SourceRecord } from '../../src/records/record.ts';
import { chat, embeddings, messages } from '../../src/requests/bodies.ts';
import { customIdOf, type CustomIdSource } from '../../src/requests/custom-id.ts';
import type { RequestBuilder } from '../../src/requests/request.ts';
import { toRequests } from '../../src/requests/to-requests.ts';
import type { ShardLimits } from '../../src/shards/limits.ts';
import { shard } from '../../src/shards/shard.ts';
import { spoolSource } from '../../src/shards/spool-source.ts';
import { readStretch } from '../../src/shards/stretch-reader.ts';
import { StretchWriter } from '../../src/shards/stretch-writer.ts';
import type { SpooledRecord } from '../../src/shards/stretch.ts';

const field = fc.oneof(fc.constantFrom('a', 'b', '1', '2', '', ' ', 'x y', 'é', '😀', 'back\\slash', 'tab\t', 'quote"inside', '\u2028', '\0', 'long '.repeat(30)), fc.nat(40).map(String));
const cell = fc.oneof({ weight: 6, arbitrary: field }, { weight: 2, arbitrary: field.map((text) => `"${text.replaceAll('"', '""')}\r\n,"`) }, { weight: 1, arbitrary: field.map((text) => `"${text.replaceAll('"', '""')}"`) });
const row = fc.array(cell, { minLength: 1, maxLength: 4 }).map((cells) => Buffer.from(cells.join(',')));
const oddRow = fc.constantFrom('', '   ', '1,2,3,4,5', '"open', '"text"after,b', 'lone\rreturn').map((text) => Buffer.from(text));
const broken = fc.constant(Buffer.from([0x31, 0x2c, 0xe9]));
const rows = fc.array(fc.oneof({ weight: 30, arbitrary: row }, { weight: 1, arbitrary: oddRow }, { weight: 1, arbitrary: broken }), { maxLength: 40 });
const table = fc.record({ rows, feed: fc.constantFrom('\n', '\r\n'), ends: fc.boolean() }).map(({ rows: lines, feed, ends }) =>
  Buffer.concat([Buffer.from(`id,text,__proto__,b.c${feed}`), ...lines.flatMap((line, index) => [line, Buffer.from(index < lines.length - 1 || ends ? feed : '')])]),
);

const jsonText = fc.oneof(field, fc.string({ unit: 'binary', maxLength: 6 })).map((text) => JSON.stringify(text));
const jsonScalar = fc.oneof(
  { weight: 8, arbitrary: jsonText },
  { weight: 2, arbitrary: fc.constantFrom('0', '12', '-0.5e+3', 'true', 'null', '1E400', '[]', '{}', '[1,{"id":"x"}]', '{"c":"deep","id":3}', '"\\/\\u00e9"', '"\\u0041\\\\n"') },
  { weight: 1, arbitrary: fc.constantFrom('01', '.5', 'tru', '"open', '"\\x"', '"tab\t"', "'a'", '[1,]', '') },
);
const jsonKey = fc.constantFrom('"id"', '"id"', '"text"', '"text"', '"b"', '"b.c"', '"__proto__"', '"i\\u0064"', '"7"');
const space = fc.constantFrom('', '', '', ' ', '\t', '\r');
const jsonObject = fc.array(fc.tuple(jsonKey, space, jsonScalar, space), { maxLength: 7 }).map((members) => `{${members.map(([key, before, value, after]) => `${before}${key}${after}:${before}${value}${after}`).join(',')}}`);
const usual = fc.tuple(fc.nat(60), jsonText, jsonText).map(([id, text, other]) => `{"id":"${id}","text":${text},"__proto__":${other},"b.c":1.50}`);
const jsonLine = fc.oneof({ weight: 12, arbitrary: usual }, { weight: 6, arbitrary: jsonObject }, { weight: 1, arbitrary: fc.constantFrom('', '  ', '[1]', '{} x', '12', '\u00a0', '{"id":') });
const jsonLines = fc.record({ rows: fc.array(fc.oneof({ weight: 30, arbitrary: jsonLine.map((text) => Buffer.from(text)) }, { weight: 1, arbitrary: fc.constant(Buffer.from('{"id":"\xe9"}', 'latin1')) }), { maxLength: 30 }), feed: fc.constantFrom('\n', '\r\n'), ends: fc.boolean() }).map(
  ({ rows: lines, feed, ends }) => Buffer.concat(lines.flatMap((line, index) => [line, Buffer.from(index < lines.length - 1 || ends ? feed : '')])),
);

const element = fc.oneof({ weight: 20, arbitrary: usual }, { weight: 6, arbitrary: jsonObject }, { weight: 1, arbitrary: fc.constantFrom('12', '[]', 'null') });
const between = fc.constantFrom(',', ',\n', ' ,\r\n  ');
const jsonArray = fc.record({ elements: fc.array(fc.tuple(element, between), { maxLength: 30 }), end: fc.constantFrom('\n]\n', ']', '') }).map(({ elements, end }) => Buffer.from(`[${elements.map(([text, comma], index) => (index === 0 ? '' : comma) + text).join('')}${end}`));

const request: fc.Arbitrary<RequestBuilder> = fc.constantFrom<RequestBuilder[]>(
  chat({ model: 'gpt-4o-mini', prompt: 'Say "{{text}}"\n{{ id }} é {{__proto__}}', system: 'Be {{b.c}}.', maxTokens: 9 }),
  chat({ model: 'gpt-4o-mini', prompt: '{{text}}{{text}}', temperature: 0, params: { user: 'ü' } }),
  chat({ model: 'gpt-5-mini', prompt: 'nothing of the record' }),
  chat({ model: 'gpt-4o-mini', messages: [{ role: 'system', content: '{{id}}' }, { role: 'user', content: [{ type: 'text', text: '{{text}}' }] }] }),
  chat({ model: 'gpt-4o-mini', prompt: ({ text }) => `${String(text)}\ud800` }),
  chat({ model: 'gpt-4o-mini', prompt: ({ text, id }) => (id === '1' ? (undefined as unknown as string) : String(text)), system: ({ id }) => (id === '2' ? undefined : 'S') }),
  chat({ model: ({ id }) => `gpt-4o-${String(id).length}`, prompt: '{{text}}' }),
  chat({ model: 'gpt-4o-mini', prompt: '{{id.deeper}}' }),
  embeddings({ model: 'text-embedding-3-small', input: ['{{id}}', '{{text}}'] }),
  embeddings({ model: 'text-embedding-3-small', input: ({ id, text }) => (id === '1' ? [1, 2] : [String(id), String(text)]) }),
  messages({ model: 'claude-haiku-4-5', prompt: '{{text}}', system: [{ type: 'text', text: '{{id}}', cache_control: { type: 'ephemeral' } }] }),
);
const customId = fc.constantFrom<(CustomIdSource | undefined)[]>('id', 'id', ' id', undefined, ({ id, text }) => `${String(id)}-${String(text)}`);
const limits = fc
  .record({ base: fc.constantFrom<ShardLimits[]>(openaiLimits, anthropicLimits), maxRequests: fc.integer({ min: 1, max: 9 }), maxBytes: fc.integer({ min: 150, max: 3000 }) })
  .map(({ base, ...own }): ShardLimits => ({ ...base, ...own, ...(base.maxEmbeddingInputs === undefined ? {} : { maxEmbeddingInputs: 7 }) }));

interface Job {
  readonly source: { readonly format: 'csv' | 'jsonl' | 'json'; readonly bytes: Buffer };
  readonly sizes: readonly number[];
  readonly request: RequestBuilder;
  readonly customId: CustomIdSource | undefined;
  readonly limits: ShardLimits;
  readonly limit: number;
}

const job: fc.Arbitrary<Job> = fc.record({ source: fc.oneof(table.map((bytes) => ({ format: 'csv' as const, bytes })), jsonLines.map((bytes) => ({ format: 'jsonl' as const, bytes })), jsonArray.map((bytes) => ({ format: 'json' as const, bytes }))), sizes: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 3 }), request, customId, limits, limit: fc.constantFrom(Infinity, Infinity, 5) });

/** A source of bytes in chunks of these sizes. */
function sourceOf({ source: { bytes }, sizes }: Job): Readable {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return Readable.from(chunks, { objectMode: false });
}

async function inFolder<Result>(work: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-rows-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Files, shards, rejections and the error, if it ended in one. */
type Outcome = unknown;

async function outcomeOf(directory: string, work: (reject: (rejection: Rejection) => void) => Promise<readonly object[]>): Promise<Outcome> {
  const rejections: Rejection[] = [];
  const shards = await work((rejection) => rejections.push(rejection)).catch((error: Error) => String(error));
  const files = typeof shards === 'string' ? [] : readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'latin1')]);
  return { shards, files, rejections: rejections.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0)).map(({ code, message, index, line, customId: id, value }) => ({ code, message, index, line, id, value })) };
}

function staged(one: Job): Promise<Outcome> {
  return inFolder((directory) =>
    outcomeOf(directory, async (onReject) => {
      const shards: object[] = [];
      const { customId: id } = one;
      await pipeline(
        readRecords(sourceOf(one), { format: one.source.format, fileName: 'in', limit: one.limit, onReject }),
        toRequests({ body: one.request, limits: one.limits, onReject, ...(id === undefined ? {} : { customId: id }) }),
        shard({ directory, limits: one.limits, onReject }),
        async (made) => {
          for await (const { path: _path, ...rest } of made) shards.push(rest);
        },
      );
      return shards.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    }),
  );
}

function fused(one: Job): Promise<Outcome> {
  return inFolder((directory) =>
    outcomeOf(directory, async (onReject) => {
      const { customId: id } = one;
      const { shards } = await buildFiles({ source: sourceOf(one), read: { format: one.source.format, fileName: 'in', limit: one.limit }, request: one.request, limits: one.limits, directory, onReject, ...(id === undefined ? {} : { customId: id }) });
      return shards.map(({ path: _path, ...rest }) => rest).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
    }),
  );
}

test('files made of rows are, byte for byte, those that the stages make of records; what is rejected is the same', async () => {
  await fc.assert(
    fc.asyncProperty(job, async (one) => {
      // A value that the sharder rejects is known to a build, and not to the stage.
      const withoutValues = (outcome: Outcome): Outcome => JSON.parse(JSON.stringify(outcome, (key, value: unknown) => (key === 'value' ? undefined : value)));
      expect(withoutValues(await fused(one))).toEqual(withoutValues(await staged(one)));
    }),
    { numRuns: 300, seed: 5 },
  );
});

test('a stretch of rows gives back what a stretch of records does', async () => {
  const idOf = customIdOf('id');
  const placed = (record: SourceRecord): SpooledRecord | Rejection => {
    try {
      if (record.value['id'] !== '1') return { index: record.index, customId: idOf(record), shard: 1 + (record.index % 3) };
    } catch {
      // Refused, as one below.
    }
    return { code: 'too_large', message: 'no', index: record.index };
  };
  await fc.assert(
    fc.asyncProperty(job, fc.integer({ min: 1, max: 12 }), async (one, recordsPerStretch) => {
      const remembered = (keepRows: { idField?: string } | undefined): Promise<unknown> =>
        inFolder(async (directory) => {
          const paths: string[] = [];
          const stretches = new StretchWriter({ directory, recordsPerStretch, keepRows, onStretch: ({ path }) => paths.push(path) });
          const found = await spoolSource(sourceOf(one), { format: one.source.format, fileName: 'in', limit: one.limit }, { place: placed, stretches, strict: false, ready: () => Promise.resolve() }).catch(String);
          const records: unknown[] = [];
          for (const path of paths) for await (const record of readStretch(path)) records.push(record);
          return { found, records, count: paths.length };
        });
      // A row is read as it stands; printed and read again, -0 is 0 and what is too large for a number is null.
      const printed = (what: unknown): unknown => JSON.parse(JSON.stringify(what));
      expect(printed(await remembered({ idField: 'id' }))).toEqual(printed(await remembered(undefined)));
    }),
    { numRuns: 300, seed: 5 },
  );
});

test('lines that another `formatRequest` makes are its own', async () => {
  await inFolder(async (directory) => {
    writeFileSync(join(directory, 'in.csv'), 'id\n1\n');
    const own: ShardLimits = { ...openaiLimits, formatRequest: ({ customId: id }) => `{"mine":"${id}"}` };
    const { shards } = await buildFiles({ source: join(directory, 'in.csv'), customId: 'id', request: chat({ model: 'gpt-4o-mini', prompt: '{{id}}' }), limits: own, directory: join(directory, 'shards') });
    expect(readFileSync(shards[0]?.path ?? '', 'utf8')).toBe('{"mine":"1"}\n');
  });
});
