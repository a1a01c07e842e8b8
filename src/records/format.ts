import { extname } from 'node:path';
import { InputError } from '../errors.ts';

export const formats = ['csv', 'tsv', 'jsonl', 'json', 'parquet'] as const;
/** A file format of records. */
export type Format = (typeof formats)[number];

export const compressions = ['none', 'gzip', 'zstd'] as const;
/** How the bytes of a file are compressed. */
export type Compression = (typeof compressions)[number];

const formatByExtension: Readonly<Record<string, Format>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'json',
  '.parquet': 'parquet',
};

const compressionByExtension: Readonly<Record<string, Compression>> = { '.gz': 'gzip', '.zst': 'zstd' };

/** The compression a file name tells: `.gz`, `.zst`, else none. */
export function compressionOf(name: string): Compression {
  return compressionByExtension[extname(name).toLowerCase()] ?? 'none';
}

/**
 * The format a file name tells, also below `.gz` and `.zst`: `reviews.csv.gz` is `csv`.
 *
 * @throws InputError `unknown_format`
 */
export function formatOf(name: string): Format {
  const plain = compressionOf(name) === 'none' ? name : name.slice(0, -extname(name).length);
  const format = formatByExtension[extname(plain).toLowerCase()];
  if (format !== undefined) return format;
  throw new InputError('unknown_format', `The format of ${name} cannot be told from its name; say it with --format, or --output-format where it is written (option \`format\`): ${formats.join(', ')}.`, { file: name });
}

/**
 * The value of an option that takes one of a few words.
 *
 * @throws InputError `invalid_option`
 */
export function checkChoice<Choice extends string>(option: string, choices: readonly Choice[], value: Choice): Choice {
  if (choices.includes(value)) return value;
  throw new InputError('invalid_option', `\`${option}\` must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}.`);
}

/**
 * The value of an option that takes a single character (or a few, as a delimiter may).
 *
 * @throws InputError `invalid_option`
 */
export function checkText(option: string, value: string, maxLength: number): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= maxLength && !/[\r\n]/.test(value)) return value;
  throw new InputError('invalid_option', `\`${option}\` must be a text of 1 to ${maxLength} characters without line breaks, not ${JSON.stringify(value)}.`);
}
