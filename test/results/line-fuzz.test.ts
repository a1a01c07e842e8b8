import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse as parseCsv } from 'csv-parse/sync';
import { afterAll, expect, it } from 'vitest';
import { resultColumns } from '../../src/join/columns.ts';
import { outcomeOf, rankOf, type Outcome } from '../../src/join/outcome.ts';
import type { Rejection } from '../../src/records/record.ts';
import { ResultArena } from '../../src/results/arena.ts';
import { fromByteText, toIdText } from '../../src/results/byte-text.ts';
import type { OutcomeSummary } from '../../src/results/counted-outcome.ts';
import { parseResultLine, parseResults } from '../../src/results/parse.ts';
import { ResultIndex } from '../../src/results/result-index.ts';
import { tailPrinter, type TailFormat } from '../../src/results/tails.ts';
import { StrangeLines } from './strange-lines.ts';

/**
 * The fast way against the slow one: an index over files of strange lines, and the tails it gives, must be what parsing each line gives.
 * `FUZZ_LINES=10000000 FUZZ_SEED=7 npx vitest run test/results/line-fuzz.test.ts` for a long run.
 */
const { FUZZ_LINES = '6000', FUZZ_SEED = '1' } = process.env;
const linesInFile = 500;

const directory = mkdtempSync(join(tmpdir(), 'millrace-fuzz-'));
afterAll(() => rmSync(directory, { recursive: true }));

interface Reference {
  readonly best: Map<string, { readonly outcome: Outcome; readonly line: number }>;
  readonly rejected: { code: string; line: number }[];
  readonly counts: { lines: number; duplicates: number; unparsable: number; unrecognized: number };
  readonly kinds: { toolCalls: boolean; embedding: boolean; output: boolean };
}

/** What today's functions make of the lines, one by one. */
function referenceOf(lines: readonly Buffer[]): Reference {
  const { best, rejected, counts, kinds }: Reference = { best: new Map(), rejected: [], counts: { lines: 0, duplicates: 0, unparsable: 0, unrecognized: 0 }, kinds: { toolCalls: false, embedding: false, output: false } };
  for (const [position, bytes] of lines.entries()) {
    const line = position + 1;
    const parsed = parseResultLine(bytes);
    if (parsed.kind === 'blank') continue;
    counts.lines += 1;
    if (parsed.kind !== 'result') {
      counts[parsed.kind] += 1;
      rejected.push({ code: parsed.kind, line });
      continue;
    }
    const { customId } = parsed.result;
    const outcome = outcomeOf(parsed.result, { customId });
    for (const kind of ['toolCalls', 'embedding', 'output'] as const) if (outcome[kind] !== undefined) kinds[kind] = true;
    const known = best.get(customId);
    const isBetter = known === undefined || rankOf(outcome) > rankOf(known.outcome);
    if (isBetter) best.set(customId, { outcome, line });
    if (known === undefined) continue;
    counts.duplicates += 1;
    rejected.push({ code: 'duplicate_result', line: isBetter ? known.line : line });
  }
  return { best, rejected, counts, kinds };
}

/** Vectors are equal as data. */
function comparable(tail: string, format: TailFormat, { embedding }: Outcome): unknown {
  if (embedding === undefined) return tail;
  if (format.kind === 'object') return JSON.stringify(JSON.parse(tail));
  const [cells = []] = parseCsv(tail, { delimiter: format.delimiter });
  return cells.map((cell) => (cell.startsWith('[') ? JSON.stringify(JSON.parse(cell)) : cell));
}

function checkTails(index: ResultIndex, format: TailFormat, { best }: Reference): void {
  const arena = new ResultArena(index, { format });
  const print = tailPrinter(format);
  for (const id of [...best.keys(), 'nobody']) {
    const expected = best.get(id)?.outcome;
    const line = arena.lineOf(toIdText(id));
    if ((line !== -1) !== (expected !== undefined)) expect.fail(`${id} is ${expected === undefined ? 'found' : 'not found'}`);
    if (expected === undefined) continue;
    let tail = '';
    const out = { write: (text: string) => void (tail += text), copy: (bytes: Buffer, start: number, end: number) => void (tail += bytes.toString('latin1', start, end)) };
    const summary = summaryText(arena.append(line, toIdText(id), out));
    const expectedTail = print(expected);
    // Told apart by hand first: millions of expectations take longer than the work.
    if (tail !== expectedTail) expect(comparable(fromByteText(tail), format, expected)).toEqual(comparable(fromByteText(expectedTail), format, expected));
    if (summary !== summaryText(expected)) expect(summary).toBe(summaryText(expected));
  }
  arena.close();
}

function summaryText({ status, reason, model, usage }: OutcomeSummary): string {
  return JSON.stringify({ status, reason, model, usage });
}

async function check(seed: number): Promise<number> {
  const chance = new StrangeLines(seed);
  const layout = chance.int(40);
  const pool = chance.chance(20) ? 30 : 1e9;
  const mutations = chance.pick([0, 5, 40]);
  const lines = Array.from({ length: linesInFile }, () => (chance.chance(1) ? Buffer.from(chance.pick(['', '\r', ' ', 'null', '[]', '{}'])) : chance.line(layout, chance.pick(['row-', 'é"', '', 'a,']) + chance.int(pool), mutations)));
  // A damaged line may hold a line feed: what stands in the file counts.
  const file = Buffer.concat(lines.flatMap((line, position) => (position === 0 ? [line] : [Buffer.from('\n'), line])));
  const path = join(directory, 'lines.jsonl');
  writeFileSync(path, file);
  const reference = referenceOf(splitOf(file));
  await checkResults(file);
  const rejected: Rejection[] = [];
  const index = await ResultIndex.open([path], { directory, maxInMemory: chance.pick([0, 300, 400_000]), onReject: (rejection) => rejected.push(rejection) });
  try {
    expect(index.counts).toEqual(reference.counts);
    expect(index.kinds).toEqual(reference.kinds);
    expect(rejected.map(({ code, line }) => ({ code, line }))).toEqual(reference.rejected);
    expect(index.size).toBe(reference.best.size);
    const columns = resultColumns({ kinds: index.kinds });
    checkTails(index, { kind: 'cells', columns, delimiter: chance.pick([',', ';', '\t']) }, reference);
    checkTails(index, { kind: 'object' }, reference);
    expect([...index.unmet()]).toEqual([]);
  } finally {
    index.close();
  }
  return lines.length;
}

/** The results that the library hands out, bodies included. */
async function checkResults(file: Buffer): Promise<void> {
  const expected = splitOf(file).flatMap((bytes) => {
    const parsed = parseResultLine(bytes);
    return parsed.kind === 'result' ? [JSON.stringify(parsed.result)] : [];
  });
  const results: string[] = [];
  await pipeline(Readable.from([file]), parseResults({ onReject: () => undefined }), async (stage) => {
    for await (const result of stage) results.push(JSON.stringify(result));
  });
  for (const [position, result] of results.entries()) if (result !== expected[position]) expect(result).toBe(expected[position]);
  expect(results.length).toBe(expected.length);
}

function splitOf(file: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start <= file.length; ) {
    const end = file.indexOf(0x0a, start);
    lines.push(file.subarray(start, end === -1 ? file.length : end));
    start = end === -1 ? file.length + 1 : end + 1;
  }
  return lines;
}

it(
  'reads strange lines as parsing each of them does',
  async () => {
    let seed = Number(FUZZ_SEED);
    for (let lines = 0; lines < Number(FUZZ_LINES); seed += 1) {
      try {
        lines += await check(seed);
      } catch (error) {
        throw new Error(`with FUZZ_SEED=${seed}`, { cause: error });
      }
    }
  },
  Number(FUZZ_LINES) + 60_000,
);
