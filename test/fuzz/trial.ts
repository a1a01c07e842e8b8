import { CsvRows } from '../../src/records/csv-rows.ts';
import { JsonArrayRows } from '../../src/records/json-array-rows.ts';
import { JsonElements } from '../../src/records/json-elements.ts';
import { PlainCsvRows } from '../../src/records/plain-csv-rows.ts';
import { fused, staged, told } from './compare.ts';
import type { Random } from './random.ts';
import { csvSource, jsonlSource, jsonSource } from './sources.ts';

/** Two tellings of one source, by the fast way and the slow one. */
export interface Trial {
  readonly what: string;
  readonly bytes: Buffer;
  readonly fast: string;
  readonly slow: string;
}

/** Reads one random source both ways. */
export async function trial(random: Random): Promise<Trial> {
  const kind = random.pick(['csv', 'json', 'build csv', 'build jsonl', 'build json'] as const);
  if (kind === 'csv') {
    const bytes = csvSource(random);
    const dialect = { delimiter: random.pick([',', ',', ';', '\t', ' ']), quote: random.pick(['"', '"', "'", '']), maxRecordBytes: random.pick([2 ** 26, 2 ** 26, 20]) };
    const chunks = random.cut(bytes);
    return { what: `${kind} ${JSON.stringify(dialect)}`, bytes, fast: told((sink) => new PlainCsvRows(sink, dialect), chunks), slow: told((sink) => new CsvRows(sink, dialect), chunks) };
  }
  if (kind === 'json') {
    const { bytes, keys } = jsonSource(random);
    const chunks = random.cut(bytes);
    return { what: `${kind} ${keys.join('.')}`, bytes, fast: told((sink) => new JsonArrayRows(sink, keys), chunks), slow: told((sink) => new JsonElements(sink, keys), chunks) };
  }
  const source = kind === 'build csv' ? { format: 'csv' as const, bytes: csvSource(random), keys: [] } : kind === 'build jsonl' ? { format: 'jsonl' as const, bytes: jsonlSource(random), keys: [] } : { format: 'json' as const, ...jsonSource(random) };
  const chunks = random.cut(source.bytes);
  const path = source.keys.join('.');
  return { what: `${kind} ${path}`, bytes: source.bytes, fast: await fused(source.format, chunks, path), slow: await staged(source.format, chunks, path) };
}
