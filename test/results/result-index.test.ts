import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { Rejection } from '../../src/records/record.ts';
import { ResultIndex } from '../../src/results/result-index.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-index-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface GivenLine {
  readonly id: string;
  readonly rank: 0 | 1 | 2;
  /** Tells lines for the same id apart. */
  readonly mark: number;
}

function lineOf({ id, rank, mark }: GivenLine): string {
  if (rank === 0) return JSON.stringify({ custom_id: id, response: null, error: { code: 'server_error', message: `${mark}` } });
  const choice = { message: { content: `${mark}` }, finish_reason: rank === 2 ? 'stop' : 'length' };
  return JSON.stringify({ custom_id: id, response: { status_code: 200, body: { choices: [choice] } }, error: null });
}

function fileOf(name: string, lines: readonly GivenLine[]): string {
  const path = join(directory, name);
  writeFileSync(path, lines.map(lineOf).join('\n'));
  return path;
}

const anyLine = fc.record({ id: fc.constantFrom('a', 'b', 'é', 'c'), rank: fc.constantFrom<0 | 1 | 2>(0, 1, 2), mark: fc.nat() });
const anyFile = fc.record({ attempt: fc.nat({ max: 2 }), lines: fc.array(anyLine, { maxLength: 6 }) });

/** The rule in words of its own: the best by rank, then by attempt, then the first. */
function expectedLine(files: readonly { attempt: number; lines: readonly GivenLine[] }[], id: string): GivenLine | undefined {
  const candidates = files.flatMap(({ attempt, lines }) => lines.map((line) => ({ attempt, line }))).filter(({ line }) => line.id === id);
  return candidates.toSorted((a, b) => b.line.rank - a.line.rank || b.attempt - a.attempt)[0]?.line;
}

describe.each([
  ['in memory', 1_500_000],
  ['in a file', 0],
  ['that moves to a file', 2],
])('an index %s', (_title, maxInMemory) => {
  it('keeps the best line of each id and puts every other to the side', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFile, { minLength: 1, maxLength: 4 }), async (files) => {
        const rejections: Rejection[] = [];
        const inputs = files.map(({ attempt, lines }, number) => ({ path: fileOf(`${number}.jsonl`, lines), attempt }));
        const index = await ResultIndex.open(inputs, { directory, maxInMemory, onReject: (rejection) => rejections.push(rejection) });
        const kept = ['a', 'b', 'c', 'é'].flatMap((id) => {
          const expected = expectedLine(files, id);
          const span = index.lookup(id);
          expect(span === undefined ? undefined : index.read(span).toString()).toBe(expected && lineOf(expected));
          return expected === undefined ? [] : [lineOf(expected)];
        });
        const given = files.flatMap(({ lines }) => lines.map(lineOf));
        expect([...kept, ...rejections.map(({ raw }) => raw)].toSorted()).toEqual(given.toSorted());
        expect(index.counts).toEqual({ lines: given.length, duplicates: rejections.length, unparsable: 0, unrecognized: 0 });
        expect([...index.unmet()]).toEqual([]);
        index.close();
      }),
      { numRuns: maxInMemory > 100 ? 100 : 20 },
    );
  });
});

it('lists what nobody asked for, in the order it was read', async () => {
  const lines = Array.from({ length: 3000 }, (_, mark): GivenLine => ({ id: `id-${mark}`, rank: 2, mark }));
  const paths = [fileOf('first.jsonl', lines.slice(0, 1000)), fileOf('second.jsonl', lines.slice(1000))];
  const index = await ResultIndex.open(paths, { directory, maxInMemory: 1500 });
  expect(index.size).toBe(3000);
  for (const { id, mark } of lines) if (mark % 1000 !== 7) expect(index.find(id)).toMatchObject({ customId: id });
  expect([...index.unmet()].map(({ customId, file, line }) => ({ customId, file, line }))).toEqual([
    { customId: 'id-7', file: paths[0], line: 8 },
    { customId: 'id-1007', file: paths[1], line: 8 },
    { customId: 'id-2007', file: paths[1], line: 1008 },
  ]);
  index.close();
  expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('reads from more files than it keeps open', async () => {
  const paths = Array.from({ length: 150 }, (_, number) => fileOf(`many-${number}.jsonl`, [{ id: `id-${number}`, rank: 2, mark: number }]));
  const index = await ResultIndex.open(paths);
  for (const round of [1, 2]) for (let number = 0; number < 150; number += 1) expect(index.find(`id-${number}`), `round ${round}`).toMatchObject({ answer: { text: `${number}` } });
  index.close();
});

it('judges lines by the rules of the join', async () => {
  const path = fileOf('rules.jsonl', [
    { id: 'a', rank: 2, mark: 1 },
    { id: 'a', rank: 2, mark: 2 },
  ]);
  const index = await ResultIndex.open([path], { rules: { schema: { const: 2 } }, onReject: () => undefined });
  expect(index.find('a')).toMatchObject({ answer: { text: '2' } });
  index.close();
});

it('notes which kinds of answers occur', async () => {
  const path = join(directory, 'kinds.jsonl');
  const body = { data: [{ index: 0, embedding: [1] }] };
  writeFileSync(path, `${JSON.stringify({ custom_id: 'a', response: { status_code: 200, body } })}\n`);
  const index = await ResultIndex.open([path]);
  expect(index.kinds).toEqual({ toolCalls: false, embedding: true, output: false });
  index.close();
});

it('ends at a surplus line where nobody takes it', async () => {
  const line: GivenLine = { id: 'a', rank: 2, mark: 1 };
  const path = fileOf('twice.jsonl', [line, line]);
  await expect(ResultIndex.open([path])).rejects.toMatchObject({ code: 'duplicate_result', context: { file: path, line: 2, customId: 'a' } });
});

it('says so where a file was cut or written over after it was read', async () => {
  const path = fileOf('changing.jsonl', [{ id: 'a', rank: 2, mark: 1 }]);
  const index = await ResultIndex.open([path]);
  writeFileSync(path, ' '.repeat(500));
  expect(() => index.find('a')).toThrow(/changed while it was read/);
  truncateSync(path, 3);
  expect(() => index.find('a')).toThrow(/cut short/);
  index.close();
});

it('refuses more files than it can number', async () => {
  await expect(ResultIndex.open(Array.from({ length: 65_536 }, () => 'x.jsonl'))).rejects.toMatchObject({ code: 'invalid_option' });
});
