import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareFloats } from './compare/floats.ts';
import { compareShards, compareShardsInAnyOrder } from './compare/shards.ts';
import { compareCsv, compareJsonl } from './compare/tables.ts';
import { chatLine, embeddingLine, messageLine } from './data/answers.ts';
import { csvLine, rowOf, wideRowOf } from './data/rows.ts';
import { DataStore } from './data/store.ts';
import { measure } from './measure.ts';
import type { Compare, Contender } from './race.ts';
import { DifferenceError, runRace } from './run-race.ts';
import { median, medianOf } from './statistics.ts';

// The bench takes no time here. What is proved is that its figures would mean something: that outputs which differ are told apart, that a figure
// is that of the process alone, and that the data are the same every time.

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'millrace-bench-test-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the files of two outputs and compares them. */
async function compared(compare: Compare, reference: Record<string, string>, output: Record<string, string>): Promise<string | undefined> {
  for (const [side, files] of Object.entries({ reference, output })) {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, side, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  return compare(join(folder, 'reference'), join(folder, 'output'));
}

describe('outputs are compared as data', () => {
  const ours = '{"id":"a","n":1.5,"text":"ü"}\n{"id":"b","list":[1,{"x":null}]}\n';
  const jsonl = (theirs: string) => compared(compareJsonl('out'), { out: ours }, { out: theirs });

  test.each([
    ['the same bytes', ours],
    ['other spaces, escapes and order of fields, and null for none', '{"n": 1.50, "text": "\\u00fc", "id": "a", "more": null}\n{"id": "b", "list": [1, {}]}'],
  ])('%s', async (_title, theirs) => expect(await jsonl(theirs)).toBeUndefined());

  test.each([
    ['another value', ours.replace('1.5', '1.6'), 'line 1'],
    ['a field more', ours.replace('"id":"b"', '"id":"b","more":0'), 'line 2'],
    ['a field less', ours.replace(',"text":"ü"', ''), 'line 1'],
    ['a longer list', ours.replace('{"x":null}', '{},{}'), 'line 2'],
    ['a list for an object', ours.replace('{"x":null}', '[]'), 'line 2'],
    ['another order', ours.split('\n').toReversed().join('\n').trimStart(), 'line 1'],
    ['a line less', ours.split('\n')[0] ?? '', 'line 2'],
    ['a line more', `${ours}{"id":"c"}\n`, 'line 3'],
  ])('told apart: %s', async (_title, theirs, place) => expect(await jsonl(theirs)).toContain(place));

  test.each([
    ['quotes where none are needed', 'a,b\n"1","x\ny"\n', undefined],
    ['a space', 'a,b\n1,"x\ny "\n', 'row 2'],
    ['a row less', 'a,b\n', 'row 2'],
    ['a row more', 'a,b\n1,"x\ny"\n2,z\n', 'row 3'],
  ])('CSV: %s', async (_title, theirs, place) => {
    const difference = await compared(compareCsv('out'), { out: 'a,b\n1,"x\ny"\n' }, { out: theirs });
    if (place === undefined) expect(difference).toBeUndefined();
    else expect(difference).toContain(place);
  });

  const line = (id: number, text = 'x') => `{"custom_id":"${id}","body":"${text}"}\n`;
  const shards = { 'shard-1.jsonl': line(1) + line(2), 'shard-2.jsonl': line(3) };
  test.each([
    ['the same shards under other names', compareShards, { 'a.jsonl': line(1) + line(2), 'b.jsonl': line(3) }, undefined],
    ['a folder for a shard, in several files', compareShards, { 'shard=0/0.jsonl': line(1), 'shard=0/1.jsonl': line(2), 'shard=1/0.jsonl': line(3) }, undefined],
    ['another order inside a shard', compareShards, { 'a.jsonl': line(2) + line(1), 'b.jsonl': line(3) }, 'shard 1'],
    ['another order where that is allowed', compareShardsInAnyOrder, { 'a.jsonl': line(2) + line(1), 'b.jsonl': line(3) }, undefined],
    ['a request in another shard', compareShardsInAnyOrder, { 'a.jsonl': line(1), 'b.jsonl': line(2) + line(3) }, 'shard 1'],
    ['another request', compareShardsInAnyOrder, { 'a.jsonl': line(2, 'y') + line(1), 'b.jsonl': line(3) }, 'request 2'],
    ['a request twice', compareShardsInAnyOrder, { 'a.jsonl': line(1) + line(2) + line(1), 'b.jsonl': line(3) }, 'request 1'],
    ['a shard less', compareShards, { 'a.jsonl': line(1) + line(2) + line(3) }, '1 shards instead of 2'],
  ])('shards: %s', async (_title, compare, theirs: Record<string, string>, place) => {
    const difference = await compared(compare, shards, theirs);
    if (place === undefined) expect(difference).toBeUndefined();
    else expect(difference).toContain(place);
  });

  test('float32: to the bit', async () => {
    const vectors = Buffer.from(Float32Array.of(0.1, -0.2, 0.3).buffer);
    mkdirSync(join(folder, 'reference'));
    writeFileSync(join(folder, 'reference/vectors.f32'), vectors);
    const jsonl = (last: string) => compared(compareFloats('out'), {}, { out: `{"id":"a","result":{"embedding":[0.1, -0.2]}}\n{"id":"b","result":{}}\n{"id":"c","result":{"embedding":[${last}]}}\n` });
    expect(await jsonl('0.3')).toBeUndefined();
    expect(await jsonl('0.30000004')).toContain('vector of c');
    expect(await jsonl('0.3, 0.4')).toContain('vector of c');
    expect(await jsonl('')).toContain('3 numbers instead of 2');
  });
});

describe('a race', () => {
  /** A contender that writes a text into a file, and into a log that it did. */
  const writer = (name: string, text: string): Contender => ({
    name,
    records: 1,
    inputs: [],
    compare: compareJsonl('out'),
    prepare: (output) => ({ command: { file: '/bin/sh', parameters: ['-c', `echo '${text}' > "${output}/out"; echo ${name} >> "${folder}/log"`] } }),
  });
  const race = (...contenders: Contender[]) => runRace({ contenders, targets: [] }, { folder: join(folder, 'outputs'), rounds: 2, say: () => undefined });
  const log = () => readFileSync(join(folder, 'log'), 'utf8').split('\n').slice(0, -1);

  test('compares all outputs, then takes turns, and leaves no output behind', async () => {
    const rounds = await race(writer('a', '{"x":1}'), writer('b', '{ "x": 1 }'));
    expect(log()).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect([...rounds].map(([name, measurements]) => [name, measurements.length])).toEqual([['a', 2], ['b', 2]]);
    expect(['a', 'b'].filter((name) => existsSync(join(folder, 'outputs', name)))).toEqual([]);
  });

  test('takes no time where an output differs', async () => {
    await expect(race(writer('a', '{"x":1}'), writer('b', '{"x":2}'))).rejects.toThrow(DifferenceError);
    expect(log()).toEqual(['a', 'b']);
  });

  test('leaves out who is absent', async () => {
    await race(writer('a', '{"x":1}'), { ...writer('b', '{"x":2}'), absence: { reason: 'not installed', detail: '' } });
    expect(log()).toEqual(['a', 'a']);
  });
});

describe('a measurement', () => {
  test('is that of the child: its peak is not that of the process that starts it', async () => {
    const { peakBytes = 0 } = await measure({ file: '/bin/sh', parameters: ['-c', 'true'] });
    expect(process.memoryUsage().rss).toBeGreaterThan(40e6);
    expect(peakBytes).toBeLessThan(20e6);
  });

  test('fails with the words of a program that fails', async () => {
    await expect(measure({ file: '/bin/sh', parameters: ['-c', 'echo broken >&2; exit 3'] })).rejects.toThrow(/ended with 3: broken/);
    await expect(measure({ file: '/bin/sh', parameters: ['-c', 'exit 3'], exitCodes: [0, 3] })).resolves.toBeDefined();
  });

  test('is summed up by the median of the ratios of the rounds, not by the ratio of the medians', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
    expect(medianOf((one: number, other: number) => other / one, [1, 10, 2], [3, 10, 8])).toBe(3);
  });
});

describe('the data', () => {
  // Other bytes need another `version` in data/store.ts, or old files would be taken for new ones.
  test('are the same every time', () => {
    const texts = [0, 1, 49_999, 9_999_999].flatMap((index) => [csvLine(rowOf(index)), JSON.stringify(wideRowOf(index)), chatLine(index), embeddingLine(index), messageLine(index)]);
    expect(createHash('sha256').update(texts.join('\n')).digest('hex').slice(0, 16)).toBe('ebce045f8ce5bb67');
  });

  test('have the sizes that the targets name, and all kinds of answers', () => {
    const mean = (make: (index: number) => string) => Buffer.byteLength(Array.from({ length: 2000 }, (_none, index) => make(index)).join('')) / 2000;
    expect(mean((index) => csvLine(rowOf(index)))).toBeCloseTo(264, -1);
    expect(mean(chatLine) / 1270).toBeCloseTo(1, 1);
    const lines = Array.from({ length: 2000 }, (_none, index) => chatLine(index));
    expect(lines.filter((line) => line.includes('"status_code": 400')).length / 2000).toBeCloseTo(0.005, 2);
    expect(lines.every((line) => typeof JSON.parse(line) === 'object')).toBe(true);
  });

  test('are made once, shuffled, with a few results missing, and can be removed', () => {
    const said: string[] = [];
    const store = new DataStore(join(folder, 'data'), (line) => said.push(line));
    const [file = ''] = store.files('chat', 3000);
    expect(store.files('chat', 3000)).toEqual([file]);
    expect(said).toEqual(['generating 3000 records as chat']);
    // The generator wrote them.
    const ids = readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(2980);
    expect(ids.length).toBeLessThan(3000);
    expect(ids).not.toEqual(ids.toSorted());
    expect(store.hasRoom(['chat'], 1e13)).toBe(false);
    store.clear();
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });
});
