import { Readable } from 'node:stream';
import { lint, type Finding, type LintOptions, type LintSummary } from '../../src/index.ts';
import type { Fixture } from './fixtures.ts';

/** What a lint found, and its summary. */
export interface Linted {
  readonly findings: readonly Finding[];
  readonly summary: LintSummary;
}

export async function linted(options: LintOptions): Promise<Linted> {
  const linting = lint(options);
  const findings: Finding[] = [];
  for await (const found of linting) findings.push(found);
  return { findings, summary: await linting.summary() };
}

/** The bytes in chunks of a size, as a stream that has the name of a file. */
export function lintBytes(content: string | Buffer, fileName: string, { chunk = 65_536, ...options }: Omit<LintOptions, 'source'> & { chunk?: number } = {}): Promise<Linted> {
  const bytes = Buffer.from(content);
  const pieces = Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) => bytes.subarray(index * chunk, (index + 1) * chunk));
  return linted({ source: Readable.from(pieces, { objectMode: false }), read: { fileName }, ...options });
}

/** Where each finding of a fixture must be: rule, line and column, in any order. */
export function expectedOf({ content, found }: Fixture): readonly (readonly [string, number | undefined, number | undefined])[] {
  const lines = content.toString('utf8').replaceAll('\uFEFF', '').split('\n');
  return sorted(found.map(([rule, line, text]) => (line === undefined ? [rule, undefined, undefined] : [rule, line, columnOf(lines[line - 1] ?? '', text ?? '')])));
}

/** `\0` at the end of the text stands for the end of the line, at its beginning for what was not there before. */
function columnOf(line: string, text: string): number {
  if (text === '\0') return line.length + 1;
  if (text.startsWith('\0')) return line.lastIndexOf(text.slice(1)) + 1;
  if (text.endsWith('\0')) return line.lastIndexOf(text.slice(0, -1)) + 1;
  return line.indexOf(text) + 1;
}

export function placesOf(findings: readonly Finding[]): readonly (readonly [string, number | undefined, number | undefined])[] {
  return sorted(findings.map(({ rule, line, column }) => [rule, line, column]));
}

function sorted<Row extends readonly unknown[]>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
