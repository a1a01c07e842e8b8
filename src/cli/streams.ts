import { basename, join, resolve } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { InputError, type ReadOptions, type WriteOptions } from '../index.ts';
import type { FlagValues } from './flags.ts';

/** What `-` means is decided here: the library sees a path or a stream. */
export function sourceFrom(name: string): string | Readable {
  return name === '-' ? process.stdin : name;
}

/** How the source is read. Standard input is JSONL unless `--format` says otherwise. */
export function readOptionsFrom(name: string, { format, path, delimiter, encoding, limit }: FlagValues): Omit<ReadOptions, 'onReject' | 'signal'> {
  const chosen = format ?? (name === '-' ? 'jsonl' : undefined);
  const known = chosen ?? /\.(csv|tsv|jsonl|ndjson|parquet)(\.(gz|zst))?$/i.exec(name)?.[1];
  if (path !== undefined && known !== undefined && known !== 'json') throw new InputError('invalid_option', `--path says where the array is in a JSON source; ${name} is read as ${known.toLowerCase()}.`);
  return {
    ...(chosen === undefined ? {} : { format: chosen }),
    ...(name === '-' ? { fileName: 'stdin' } : {}),
    ...(path === undefined ? {} : { path }),
    ...(delimiter === undefined ? {} : { delimiter: delimiter === '\\t' ? '\t' : delimiter }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** Where the output goes and how it is written. Standard output has the format of the source where that is text. */
export function sinkFrom(output: string, source: string, flags: FlagValues): { sink: string | Writable; write: WriteOptions } {
  const format = flags.outputFormat;
  if (output !== '-') assertNotSource('output', output, source);
  if (output !== '-') return { sink: output, write: format === undefined ? {} : { format } };
  if (flags.json === true && flags.report === undefined) throw new InputError('invalid_option', '-o - and --json both write to stdout; send the report to a file with --report.');
  return { sink: process.stdout, write: { format: format ?? formatLike(source, flags) } };
}

/** Where the audit goes, if anywhere. */
export function auditFrom(source: string, { audit }: FlagValues): { audit?: string } {
  if (audit === undefined) return {};
  assertNotSource('audit', audit, source);
  return { audit };
}

function assertNotSource(name: string, path: string, source: string): void {
  if (resolve(path) === resolve(source)) throw new InputError('invalid_option', `The ${name} would replace the source: choose another file.`);
}

function formatLike(source: string, { format }: FlagValues): NonNullable<WriteOptions['format']> {
  const name = source.replace(/\.(gz|zst)$/i, '').toLowerCase();
  const own = format ?? /\.(csv|tsv|json)$/.exec(name)?.[1];
  return own === 'csv' || own === 'tsv' || own === 'json' ? own : 'jsonl';
}

/** The run directory: named after the source; one of its own for each run over standard input, which cannot be compared. */
export function directoryFrom(source: string, { dir, emulate }: FlagValues, now: Date): string {
  if (dir !== undefined) return dir;
  const stamp = now.toISOString().replaceAll(/[:.]/g, '-');
  const name = source === '-' ? `stdin-${stamp}` : basename(source).replace(/(\.[a-z]+)(\.(gz|zst))?$/i, '');
  return join('runs', emulate === true ? `${name}-emulated` : name);
}
