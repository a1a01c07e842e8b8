import { type Dialect, findBrokenQuote } from './csv-quotes.ts';
import { CsvReader } from './csv-reader.ts';
import type { Fault } from './parse-stage.ts';
import { countLineBreaks, positionOf } from './position.ts';
import { rawText } from './raw-text.ts';

/** One row as it was found: its fields, its bytes without blank lines before it, and the line it starts on. */
export interface CsvRow {
  readonly fields: readonly string[];
  readonly bytes: Buffer;
  readonly line: number;
}

/** A row from its bytes and the line on which these start, blank lines before it included. */
export function makeRow(fields: readonly string[], bytes: Buffer, line: number): CsvRow {
  let blank = 0;
  while (bytes[blank] === 0x0a || bytes[blank] === 0x0d) blank += 1;
  return { fields, bytes: bytes.subarray(blank), line: line + countLineBreaks(bytes.subarray(0, blank)) };
}

export interface RecoveryOptions extends Dialect {
  readonly maxRecordBytes: number;
}

/** The rows in some bytes, if every one of them has sound quotes and as many fields as the header. */
export function readSoundRows(bytes: Buffer, firstLine: number, width: number, options: RecoveryOptions): readonly CsvRow[] | undefined {
  const rows: CsvRow[] = [];
  let start = 0;
  let line = firstLine;
  const onRow = (fields: readonly string[], end: number): void => {
    const taken = bytes.subarray(start, end);
    rows.push(makeRow(fields, taken, line));
    start = end;
    line += countLineBreaks(taken);
  };
  const reader = new CsvReader({ ...options, strict: true, onRow });
  const failure = reader.parse(bytes) ?? reader.finish();
  return failure === undefined && rows.every(({ fields }) => fields.length === width) ? rows : undefined;
}

/** What is wrong with a row whose quotes are broken: where, and which lines it takes along. */
export function quoteFault({ bytes, line }: CsvRow, file: string, dialect: Dialect): Fault {
  const text = bytes.toString('utf8');
  const broken = findBrokenQuote(text, dialect);
  const place = positionOf(text, broken?.offset ?? 0, { line, column: 1 });
  const last = line + countLineBreaks(Buffer.from(text.trimEnd()));
  const what = broken?.kind === 'text_after_quote' ? 'text follows a closing quote; a quote inside a quoted field is written twice' : 'a quote is opened and never closed';
  const span = last > line ? ` Lines ${line} to ${last} are taken for one record and rejected together.` : '';
  return { message: `${file}, line ${place.line}, column ${place.column}: ${what}.${span}`, line, column: place.column, raw: rawText(bytes) };
}
