import { pipeline } from 'node:stream/promises';
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
    await pipeline(runBytes(vectors === undefined ? options : { ...options, vectors }), writeBytes(sink, write), signal ? { signal } : {});
    vectors?.complete();
  } catch (error) {
    vectors?.abandon();
    throw error;
  }
}
