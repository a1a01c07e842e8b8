import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { streamTarget } from '../../src/records/byte-target.ts';
import { parseCsv, stringifyCsv } from '../../src/records/csv.ts';
import { hasZstd } from '../../src/records/compression.ts';
import { readRecords } from '../../src/records/read.ts';
import { sourceRecord } from '../../src/records/record.ts';
import { type WriteOptions, writeRecords } from '../../src/records/write.ts';
import { collect, textOf } from './collect.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const reviews = [{ id: 1, text: 'good' }, { id: 2, text: 'a "b"\nc' }];
const write = (target: string | Writable, values: Iterable<unknown> = reviews, options?: WriteOptions): Promise<void> => pipeline(Readable.from(values), writeRecords(target, options));

async function* failingAfter(values: readonly unknown[]): AsyncGenerator {
  yield* values;
  throw new Error('the source failed');
}

describe('files', () => {
  test('each format by extension', async () => {
    const written = async (name: string): Promise<Buffer> => {
      await write(join(folder, name));
      return readFileSync(join(folder, name));
    };
    expect((await written('a.csv')).toString()).toBe('id,text\n1,good\n2,"a ""b""\nc"\n');
    expect((await written('a.tsv')).toString()).toBe('id\ttext\n1\tgood\n2\t"a ""b""\nc"\n');
    expect((await written('a.jsonl')).toString()).toBe('{"id":1,"text":"good"}\n{"id":2,"text":"a \\"b\\"\\nc"}\n');
    expect((await written('a.json')).toString()).toBe('[\n{"id":1,"text":"good"},\n{"id":2,"text":"a \\"b\\"\\nc"}\n]\n');
    expect(gunzipSync(await written('a.jsonl.gz')).toString()).toBe(readFileSync(join(folder, 'a.jsonl'), 'utf8'));
    expect(readdirSync(folder).toSorted()).toEqual(['a.csv', 'a.json', 'a.jsonl', 'a.jsonl.gz', 'a.tsv']);
  });

  test.runIf(hasZstd)('zstd, where Node has it', async () => {
    await write(join(folder, 'a.csv.zst'));
    const ids: unknown[] = [];
    for await (const { value } of readRecords(join(folder, 'a.csv.zst'))) ids.push(value.id);
    expect(ids).toEqual(['1', '2']);
  });

  test('nothing written is an empty file of its format', async () => {
    for (const [name, text] of [['a.csv', ''], ['a.jsonl', ''], ['a.json', '[]\n']] as const) {
      await write(join(folder, name), []);
      expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
    }
    await write(join(folder, 'b.csv'), [], { columns: ['id', 'text'] });
    expect(readFileSync(join(folder, 'b.csv'), 'utf8')).toBe('id,text\n');
  });

  test('a file that was there is replaced only when the new one is whole; its mode stays', async () => {
    const path = join(folder, 'a.jsonl');
    writeFileSync(path, 'old\n', { mode: 0o600 });
    const during = async function* (): AsyncGenerator {
      for (let id = 0; id < 20_000; id += 1) yield { id, text: 'some text' };
      expect(readFileSync(path, 'utf8')).toBe('old\n');
      expect(readdirSync(folder)).toHaveLength(2);
    };
    await pipeline(during, writeRecords(path));
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(20_001);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['a.jsonl']);
  });

  test('a failing source leaves the old file and nothing else', async () => {
    const path = join(folder, 'a.jsonl');
    writeFileSync(path, 'old\n');
    for (const name of ['a.jsonl', 'b.csv.gz', 'c.parquet']) {
      await expect(pipeline(failingAfter(reviews), writeRecords(join(folder, name)))).rejects.toThrow('the source failed');
    }
    expect(readdirSync(folder)).toEqual(['a.jsonl']);
    expect(readFileSync(path, 'utf8')).toBe('old\n');
  });

  test('a sink that is destroyed leaves nothing', async () => {
    const sink = writeRecords(join(folder, 'a.jsonl'));
    await new Promise((resolve) => sink.write({ id: 1 }, resolve));
    const closed = new Promise((resolve) => sink.once('close', resolve));
    sink.destroy();
    await closed;
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a folder that is not there', async () => {
    await expect(write(join(folder, 'none', 'a.csv'))).rejects.toMatchObject({ name: 'InputError', code: 'file_not_found' });
  });

  test('a symbolic link stays one, and a device is written to, not replaced', async () => {
    writeFileSync(join(folder, 'real.jsonl'), '');
    symlinkSync('real.jsonl', join(folder, 'link.jsonl'));
    await write(join(folder, 'link.jsonl'));
    expect(readFileSync(join(folder, 'real.jsonl'), 'utf8')).toContain('"good"');
    await write('/dev/null', reviews, { format: 'csv' });
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  test('a name that tells no format', () => {
    expect(() => writeRecords(join(folder, 'out'))).toThrow(expect.objectContaining({ code: 'unknown_format' }));
    expect(() => writeRecords(new PassThrough())).toThrow(expect.objectContaining({ code: 'unknown_format' }));
  });
});

describe('columns', () => {
  test('the header of the source is repeated as it stood, with what was added behind it', async () => {
    const records = await collect([Buffer.from('id,,name,name\n1,x,a,b\n')], parseCsv());
    expect(await textOf(records, stringifyCsv())).toBe('id,,name,name\n1,x,a,b\n');
    const [record] = records;
    const keys = [...(record?.header?.keys ?? []), 'label'];
    const labelled = sourceRecord(0, { ...record?.value, label: 'good' }, 2, { keys, names: [...(record?.header?.names ?? []), 'label'] });
    expect(await textOf([labelled], stringifyCsv())).toBe('id,,name,name,label\n1,x,a,b,good\n');
    // Named columns win over the header, which still tells how its own are written.
    expect(await textOf([labelled], stringifyCsv({ columns: ['label', 'name_2', 'id', 'name', 'column_2'] }))).toBe('label,name,id,name,\ngood,b,1,a,x\n');
  });

  test('a field without a column is an error, not a loss', async () => {
    const values = [{ id: 1 }, { id: 2, note: 'late' }];
    await expect(textOf(values, stringifyCsv())).rejects.toMatchObject({ name: 'InputError', code: 'unknown_column', context: { index: 1 }, message: expect.stringMatching(/"note".*`columns`/) });
    expect(await textOf(values, stringifyCsv({ columns: ['id', 'note'] }))).toBe('id,note\n1,\n2,late\n');
    await expect(write(join(folder, 'a.parquet'), values)).rejects.toMatchObject({ code: 'unknown_column' });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('cells that readers would spoil are quoted, dates are ISO, and large ones are whole', async () => {
    const large = 'é,"\n'.repeat(1_000_000);
    const values = [{ 'a b': ' x ', c: 'bare\rcr', d: new Date(0), e: '', f: 12n }, { 'a b': large }];
    const text = await textOf(values, stringifyCsv());
    expect(text).toMatch(/^a b,c,d,e,f\n" x ","bare\rcr",1970-01-01T00:00:00\.000Z,,12\n"é,""\n/);
    const [, record] = await collect([Buffer.from(text)], parseCsv());
    expect(record?.value['a b']).toBe(large);
  });

  test('a single column keeps its empty cells', async () => {
    expect(await textOf([{ a: '' }, { a: null }, { a: 'x' }], stringifyCsv())).toBe('a\n""\n""\nx\n');
  });
});

describe('streams', () => {
  test('a stream of the caller is written and ended', async () => {
    const target = new PassThrough();
    const text = target.toArray().then((chunks) => Buffer.concat(chunks).toString());
    await write(target, reviews, { format: 'jsonl' });
    expect(await text).toBe('{"id":1,"text":"good"}\n{"id":2,"text":"a \\"b\\"\\nc"}\n');
  });

  test('a stream that fails is an error', async () => {
    const target = new Writable({ write: (_chunk, _encoding, done) => done(new Error('disk full')) });
    await expect(write(target, reviews, { format: 'jsonl' })).rejects.toThrow('disk full');
  });

  test('a reader that goes away ends the writing quietly, and the source is read on to its end', async () => {
    const head = spawn('head', ['-n', '2'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const output = head.stdout.toArray();
    let made = 0;
    function* numbers(): Generator<{ readonly n: number }> {
      for (; made < 200_000; made += 1) yield { n: made };
    }
    await write(head.stdin, numbers(), { format: 'csv' });
    expect(Buffer.concat(await output).toString()).toBe('n\n0\n');
    expect(made).toBe(200_000);
  });

  test('standard output is not ended', () => {
    expect(streamTarget(process.stdout).ends).toBe(false);
    expect(streamTarget(new PassThrough()).ends).toBe(true);
  });
});
