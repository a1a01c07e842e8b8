import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { randomFrom } from '../../crash/random.ts';
import { chatLine, embeddingLine, messageLine } from './answers.ts';
import { columns, csvLine, rowOf, wideRowOf } from './rows.ts';
import { below } from './words.ts';

/** Records whose results are in one file, shuffled: as many as OpenAI takes in a batch. */
const shardRecords = 50_000;
/** Share of the records that have no line in the results. */
const missing = 0.002;

type Make = (folder: string, records: number) => void;

const makers = {
  csv: rowsMaker('rows.csv', `${columns.join(',')}\n`, (index) => csvLine(rowOf(index)), ''),
  jsonl: rowsMaker('rows.jsonl', '', (index) => `${JSON.stringify(rowOf(index))}\n`, ''),
  json: rowsMaker('rows.json', '[', (index) => `${index === 0 ? '\n' : ',\n'}${JSON.stringify(rowOf(index))}`, '\n]\n'),
  wide: rowsMaker('rows.jsonl', '', (index) => `${JSON.stringify(wideRowOf(index))}\n`, ''),
  chat: resultsMaker(chatLine),
  embeddings: resultsMaker(embeddingLine),
  messages: resultsMaker(messageLine),
} as const satisfies Record<string, Make>;

/** The kinds of files that the workloads read: sources of records, and result files. */
export type DataKind = keyof typeof makers;

/** Bytes of one record of each kind, about. */
export const recordBytes: Readonly<Record<DataKind, number>> = { csv: 265, jsonl: 345, json: 346, wide: 3850, chat: 1270, embeddings: 21_500, messages: 800 };

/** Writes the files of a kind into a folder, which is there when it is whole. The same records give the same bytes. */
export function make(kind: DataKind, folder: string, records: number): void {
  const unfinished = `${folder}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  makers[kind](unfinished, records);
  renameSync(unfinished, folder);
}

function rowsMaker(name: string, head: string, textOf: (index: number) => string, tail: string): Make {
  return (folder, records) =>
    writeFile(join(folder, name), function* () {
      yield head;
      for (let index = 0; index < records; index += 1) yield textOf(index);
      yield tail;
    });
}

function resultsMaker(lineOf: (index: number) => string): Make {
  return (folder, records) => {
    for (let first = 0; first < records; first += shardRecords) {
      const name = `results-${String(first / shardRecords + 1).padStart(4, '0')}.jsonl`;
      writeFile(join(folder, name), function* () {
        for (const index of shuffled(first, Math.min(shardRecords, records - first))) yield `${lineOf(index)}\n`;
      });
    }
  };
}

/** The positions of a shard in the order their results come, without those that are missing. */
function shuffled(first: number, count: number): readonly number[] {
  const random = randomFrom(first + 6);
  const indexes = Uint32Array.from({ length: count }, (_none, offset) => first + offset);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = below(random, last + 1);
    [indexes[last], indexes[other]] = [indexes[other] ?? 0, indexes[last] ?? 0];
  }
  return [...indexes].filter(() => random() >= missing);
}

/** Writes texts in pieces of a megabyte. */
function writeFile(path: string, texts: () => Iterable<string>): void {
  const file = openSync(path, 'wx');
  let piece = '';
  for (const text of texts()) {
    piece += text;
    if (piece.length < 1 << 20) continue;
    writeSync(file, piece);
    piece = '';
  }
  writeSync(file, piece);
  closeSync(file);
}
