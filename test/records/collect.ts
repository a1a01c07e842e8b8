import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Rejection, SourceRecord } from '../../src/records/record.ts';
import type { ObjectTransform } from '../../src/streams.ts';

/** Cuts bytes into chunks of these sizes, over and over; the last one may be shorter. */
export function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

export interface Parsed {
  readonly records: SourceRecord[];
  readonly rejections: Rejection[];
  readonly values: unknown[];
}

type MakeStage = (options: { readonly onReject: (rejection: Rejection) => void; readonly fileName: string }) => ObjectTransform<Buffer, SourceRecord>;

/** Runs a parse stage over a text or bytes. Rejections are collected. */
export async function parseAll(makeStage: MakeStage, input: string | Buffer, sizes: readonly number[] = [Infinity]): Promise<Parsed> {
  const rejections: Rejection[] = [];
  const stage = makeStage({ onReject: (rejection) => rejections.push(rejection), fileName: 'reviews.txt' });
  const records = await collect(cut(typeof input === 'string' ? Buffer.from(input) : input, sizes), stage);
  return { records, rejections, values: records.map(({ value }) => value) };
}

/** What a stage makes of chunks. */
export async function collect<Out>(chunks: Iterable<unknown>, stage: ObjectTransform<never, Out>): Promise<Out[]> {
  const outputs: Out[] = [];
  const take = new Writable({
    objectMode: true,
    write(output: Out, _encoding, done) {
      outputs.push(output);
      done();
    },
  });
  await pipeline(Readable.from(chunks), stage, take);
  return outputs;
}

/** The text that a stringify stage makes of records. */
export async function textOf(chunks: Iterable<unknown>, stage: ObjectTransform<never, Buffer>): Promise<string> {
  return Buffer.concat(await collect(chunks, stage)).toString('utf8');
}
