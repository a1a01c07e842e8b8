import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable, Transform } from 'node:stream';
import { parse } from 'csv-parse';
import { parser } from 'stream-json';
import { streamArray } from 'stream-json/streamers/stream-array.js';

/** A record of a source. */
export type StreamRecord = Record<string, unknown>;

/** A stage of an object stream, as everybody writes it. */
export function mapping<In, Out>(map: (chunk: In) => Out): Transform {
  return new Transform({
    objectMode: true,
    transform(chunk: In, _encoding, done) {
      done(null, map(chunk));
    },
  });
}

/** The values of JSON lines. */
export async function* parsedLines(path: string): AsyncGenerator<StreamRecord> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) yield JSON.parse(line) as StreamRecord;
}

/** The records of a source as an object stream. */
export function recordStream(format: string, path: string): Readable {
  if (format === 'csv') return createReadStream(path).pipe(parse({ columns: true }));
  if (format === 'jsonl') return Readable.from(parsedLines(path));
  return createReadStream(path)
    .pipe(parser.asStream())
    .pipe(streamArray.asStream())
    .pipe(mapping(({ value }: { value: StreamRecord }) => value));
}
