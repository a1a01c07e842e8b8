import { createReadStream, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasZstd } from '../../src/records/compression.ts';
import { readRecords, type ReadOptions } from '../../src/records/read.ts';
import type { Rejection } from '../../src/records/record.ts';
import { transform } from '../../src/streams.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'read-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function save(name: string, bytes: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

async function idsOf(source: string | Readable, options?: ReadOptions): Promise<unknown[]> {
  const ids: unknown[] = [];
  for await (const { value } of readRecords(source, options)) ids.push(value.id);
  return ids;
}

/** Paths of this test's files that the process holds open. */
function openFiles(): string[] {
  const links = readdirSync('/proc/self/fd').flatMap((name) => {
    try {
      return [readlinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return [];
    }
  });
  return links.filter((path) => path.startsWith(folder));
}

const csv = 'id,text\n1,a\n2,b\n';
const many = `id,text\n${Array.from({ length: 200_000 }, (_, index) => `${index},some text\n`).join('')}`;

describe('formats', () => {
  test('by extension', async () => {
    expect(await idsOf(save('a.csv', csv))).toEqual(['1', '2']);
    expect(await idsOf(save('a.tsv', csv.replaceAll(',', '\t')))).toEqual(['1', '2']);
    expect(await idsOf(save('a.jsonl', '{"id":1}\n{"id":2}\n'))).toEqual([1, 2]);
    expect(await idsOf(save('a.json', '{"items":[{"id":1},{"id":2}]}'), { path: 'items' })).toEqual([1, 2]);
  });

  test('by option, whatever the name', async () => {
    expect(await idsOf(save('a.txt', '1;2\n'.replace('1', 'id') + '7;8\n'), { format: 'csv', delimiter: ';' })).toEqual(['7']);
  });

  test('a stream of bytes needs a format, or a file name that tells it', async () => {
    expect(() => readRecords(Readable.from([]))).toThrow(expect.objectContaining({ code: 'unknown_format' }));
    const stream = (): Readable => Readable.from([Buffer.from(csv)], { objectMode: false });
    expect(await idsOf(stream(), { format: 'csv' })).toEqual(['1', '2']);
    expect(await idsOf(stream(), { fileName: 'stdin.csv' })).toEqual(['1', '2']);
  });

  test('a stream of objects is told to go elsewhere', () => {
    expect(() => readRecords(Readable.from([{}]), { format: 'csv' })).toThrow('recordsFrom');
  });

  test('words that options do not know are named', () => {
    // A caller without types can pass anything.
    expect(() => readRecords('a.csv', { format: 'xlsx' as 'csv' })).toThrow('`format` must be one of csv, tsv, jsonl, json, parquet');
    expect(() => readRecords('a.csv', { compression: 'rar' as 'gzip' })).toThrow('`compression`');
  });
});

describe('compression', () => {
  test('gzip, of several members, by extension and by option', async () => {
    const bytes = Buffer.concat([zlib.gzipSync('id\n1\n'), zlib.gzipSync('2\n3\n')]);
    expect(await idsOf(save('a.csv.gz', bytes))).toEqual(['1', '2', '3']);
    expect(await idsOf(save('a.csv', bytes), { compression: 'gzip' })).toEqual(['1', '2', '3']);
    expect(await idsOf(createReadStream(join(folder, 'a.csv.gz')), { fileName: 'a.csv.gz' })).toEqual(['1', '2', '3']);
  });

  test('a truncated or damaged gzip file is an error that says so', async () => {
    const bytes = zlib.gzipSync(many);
    const file = save('a.csv.gz', bytes.subarray(0, bytes.length / 2));
    await expect(idsOf(file)).rejects.toMatchObject({ name: 'InputError', code: 'parse_error', message: expect.stringContaining('truncated'), context: { file } });
    await expect(idsOf(save('b.csv.gz', 'id\n1\n'))).rejects.toMatchObject({ code: 'parse_error', message: expect.stringContaining('not valid compressed data') });
  });

  describe.runIf(hasZstd)('zstd, where Node has it', () => {
    const { zstdCompressSync } = zlib as unknown as { readonly zstdCompressSync: (text: string) => Buffer };

    test('of several frames, by extension and by option', async () => {
      const skippable = Buffer.from('502a4d1803000000616263', 'hex');
      const bytes = Buffer.concat([zstdCompressSync('id\n1\n'), skippable, zstdCompressSync('2\n3\n'), skippable]);
      expect(await idsOf(save('a.csv.zst', bytes))).toEqual(['1', '2', '3']);
      expect(await idsOf(save('a.csv', bytes), { compression: 'zstd' })).toEqual(['1', '2', '3']);
      const large = save('b.csv.zst', Buffer.concat([zstdCompressSync(many), zstdCompressSync('x,y\n'), zstdCompressSync(many)]));
      expect(await idsOf(large)).toHaveLength(400_002);
    });

    test('a file cut anywhere but between two frames is an error that says so', async () => {
      const first = zstdCompressSync('id\n1\n');
      const bytes = Buffer.concat([first, zstdCompressSync('2\n3\n')]);
      for (let end = 0; end < bytes.length; end += 1) {
        const file = save('a.csv.zst', bytes.subarray(0, end));
        if (end === first.length) expect(await idsOf(file)).toEqual(['1']);
        else await expect(idsOf(file)).rejects.toMatchObject({ name: 'InputError', code: 'parse_error', message: expect.stringContaining('truncated'), context: { file } });
      }
      const large = zstdCompressSync(many);
      const file = save('b.csv.zst', large.subarray(0, large.length / 2));
      await expect(idsOf(file)).rejects.toMatchObject({ code: 'parse_error', message: expect.stringContaining('truncated') });
    });

    test('damaged bytes are an error that says so, behind a frame too', async () => {
      const damaged = { code: 'parse_error', message: expect.stringContaining('not valid compressed data') };
      await expect(idsOf(save('a.csv.zst', 'id\n1\n'))).rejects.toMatchObject(damaged);
      await expect(idsOf(save('b.csv.zst', Buffer.concat([zstdCompressSync(csv), Buffer.from('3,c\n')])))).rejects.toMatchObject(damaged);
      const reservedBlock = Buffer.from('28b52ffd2001070000', 'hex');
      await expect(idsOf(save('c.csv.zst', reservedBlock))).rejects.toMatchObject(damaged);
    });
  });

  test.skipIf(hasZstd)('zstd on a Node without it names the version that is needed', () => {
    expect(() => readRecords('a.csv.zst')).toThrow(expect.objectContaining({ code: 'missing_dependency', message: expect.stringContaining('Node 22.15') }));
  });
});

describe('sources', () => {
  test('a file that is not there', async () => {
    await expect(idsOf(join(folder, 'none.csv'))).rejects.toMatchObject({ name: 'InputError', code: 'file_not_found', message: expect.stringContaining('none.csv') });
    await expect(idsOf(folder, { format: 'csv' })).rejects.toMatchObject({ code: 'file_not_found' });
  });

  test('nothing is opened before it is read', () => {
    const records = readRecords(save('a.csv', csv));
    expect(openFiles()).toEqual([]);
    records.destroy();
  });

  test('a loop that is left early closes the file, a compressed one too', async () => {
    for (const [name, bytes] of [['a.csv', many], ['a.csv.gz', zlib.gzipSync(many)]] as const) {
      const records = readRecords(save(name, bytes));
      const closed = new Promise((resolve) => records.once('close', resolve));
      for await (const _record of records) {
        expect(openFiles()).toHaveLength(1);
        break;
      }
      await closed;
      await untilClosed();
    }
  });

  test('a pipeline that fails closes the file and passes the error', async () => {
    const failing = transform<unknown, unknown>((record) => {
      throw new Error(`no more than ${JSON.stringify(record)}`);
    });
    await expect(pipeline(readRecords(save('a.csv', many)), failing, new PassThrough({ objectMode: true }).resume())).rejects.toThrow('no more than {"id":"0"');
    await untilClosed();
  });

  test('a limit ends the reading and closes the file', async () => {
    expect(await idsOf(save('a.csv', many), { limit: 3 })).toEqual(['0', '1', '2']);
    await untilClosed();
    expect(await idsOf(save('b.csv', csv), { limit: 0 })).toEqual([]);
    expect(await idsOf(save('b.csv', csv), { limit: 2 })).toEqual(['1', '2']);
  });

  test('a limit inside a pipeline ends it well', async () => {
    const seen: unknown[] = [];
    await pipeline(readRecords(save('a.csv', many), { limit: 2 }), async (records) => {
      for await (const record of records) seen.push(record);
    });
    expect(seen).toHaveLength(2);
    await untilClosed();

    // A consumer that only listens does not close what it reads from.
    const records = readRecords(join(folder, 'a.csv'), { limit: 2 });
    const closed = new Promise((resolve) => records.once('close', resolve));
    records.resume();
    await closed;
    await untilClosed();
  });

  test('a signal ends the reading with its reason', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const read = async (): Promise<void> => {
      for await (const { index } of readRecords(save('a.csv', many), { signal: controller.signal })) if (index === 5) controller.abort(reason);
    };
    await expect(read()).rejects.toBe(reason);
    await untilClosed();
    await expect(idsOf(join(folder, 'a.csv'), { signal: AbortSignal.abort('by text') })).rejects.toMatchObject({ code: 'interrupted' });
  });

  test('rejections name the file', async () => {
    const rejections: Rejection[] = [];
    const file = save('a.jsonl', 'no\n{"id":1}\n');
    expect(await idsOf(file, { onReject: (rejection) => rejections.push(rejection) })).toEqual([1]);
    expect(rejections).toMatchObject([{ file, line: 1, index: 0 }]);
  });
});

/** Closing a file takes a turn of the event loop or two after the stream said so. */
async function untilClosed(): Promise<void> {
  for (let turn = 0; turn < 1000 && openFiles().length > 0; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(openFiles()).toEqual([]);
}
