import { pipeline } from 'node:stream/promises';
import { Pieces } from '../fused/pieces.ts';
import { runBytes, type RunBytes } from '../fused/run-bytes.ts';
import { looksAtAnswers } from '../join/outcome.ts';
import { openVectors } from '../join/vectors.ts';
import type { WalkInput } from '../join/walk.ts';
import type { RunEntry } from '../ledger/ledger.ts';
import { delimiters } from '../records/csv.ts';
import { isPlainDialect } from '../records/csv-scan.ts';
import type { Format } from '../records/format.ts';
import { writeBytes } from '../records/write.ts';
import type { Output } from './sink.ts';

/** How the output can be written as bytes; `undefined` where somebody looks at answers or attempts, or the rows of the output are not those of the source. */
export function byteOutput({ sink, write = {}, audit, cost }: Output, format: Format | undefined, { header }: RunEntry, { rules, shards }: WalkInput): Pick<RunBytes, 'output'> | undefined {
  // What was taken over, and copies, have more to tell.
  if (shards.some(({ via }) => via === 'copy' || via === 'reuse')) return undefined;
  if (sink === undefined || audit !== undefined || cost === true || write.columns !== undefined || rules.body === true || looksAtAnswers(rules)) return undefined;
  if (format === 'jsonl') return { output: { kind: 'objects' } };
  if ((format !== 'csv' && format !== 'tsv') || header === undefined) return undefined;
  const delimiter = write.delimiter ?? delimiters[format];
  return isPlainDialect({ delimiter, quote: '"' }) ? { output: { kind: 'table', delimiter, header } } : undefined;
}

/** Writes the joined records as bytes. */
export async function writeAsBytes({ sink, write, embeddingFormat, signal }: Output, options: RunBytes): Promise<void> {
  if (sink === undefined) return;
  const vectors = openVectors(embeddingFormat, sink);
  try {
    const pieces = new Pieces();
    const output = runBytes(vectors === undefined ? options : { ...options, vectors }, pieces);
    await pipeline(output, writeBytes(sink, { ...write, onWritten: (bytes) => pieces.takeBack(bytes) }), signal ? { signal } : {});
    vectors?.complete();
  } catch (error) {
    vectors?.abandon();
    throw error;
  }
}
