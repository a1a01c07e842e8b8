import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../errors.ts';
import { addedNames, columnConflict } from '../join/enrich.ts';
import { checkEmbeddingFormat } from '../join/vectors.ts';
import type { RunEntry } from '../ledger/ledger.ts';
import { loadParquetWriter } from '../records/parquet-write.ts';
import { checkAudit } from './audit.ts';
import { asksForTools, enrichOptions, sinkFormat, type Output } from './sink.ts';

/**
 * Refuses, before anything is paid for, a sink or an audit that could not be written when the results are there.
 *
 * @throws InputError `unknown_format`, `file_not_found` (no such folder), `invalid_option`, `column_conflict`, `missing_dependency`
 */
export async function checkSink(entry: RunEntry, output: Output): Promise<void> {
  const { sink, audit } = output;
  checkAudit(output);
  if (sink !== undefined) checkEmbeddingFormat(output.embeddingFormat, sink);
  if (audit !== undefined) await assertFolder(audit);
  if (sink === undefined) return;
  const format = sinkFormat(sink, output);
  const taken = new Set([...entry.fields, ...(entry.header?.names ?? [])]);
  const conflict = addedNames({ ...enrichOptions(output, entry, () => ({ toolCalls: asksForTools(entry), embedding: false, output: false })), format }).find((name) => taken.has(name));
  if (conflict !== undefined) throw columnConflict(conflict);
  if (format === 'parquet') await loadParquetWriter();
  if (typeof sink === 'string') await assertFolder(sink);
}

async function assertFolder(path: string): Promise<void> {
  try {
    await access(dirname(path));
  } catch (cause) {
    throw new InputError('file_not_found', `${path} cannot be written, because its folder does not exist. Make it first.`, { file: path, cause });
  }
}
