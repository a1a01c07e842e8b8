import { InputError } from '../errors.ts';
import { readPath } from '../records/fields.ts';
import type { Header } from '../records/record.ts';
import { nearest } from './nearest.ts';

/** Looks one field up in record values. */
export interface Field {
  /** As the author wrote it, without the space around. */
  readonly name: string;
  /** The same with the space around. */
  readonly text: string;
  /** The value, or `undefined` where the record has no such field. */
  read(value: unknown): unknown;
  /** True if a source with this header has the field. */
  isIn(header: Header): boolean;
  /** The column of a source with this header whose text it reads; -1 if that is none, or a part of one. */
  columnIn(header: Header): number;
}

/**
 * Compiles a field path, e.g. `author.name` or `tags.0`. A field whose literal name is the whole text wins over the path, as does
 * a name with the space around it that the author wrote. Own properties only: nothing of a prototype can be reached.
 */
export function compileField(text: string): Field {
  const name = text.trim();
  const literals = [...new Set([name, text])];
  const path = name.split('.');
  return {
    name,
    text,
    read(value) {
      const literal = literals.find((key) => has(value, key));
      return literal === undefined ? readPath(value, path) : own(value, literal);
    },
    isIn: ({ keys }) => literals.some((key) => keys.includes(key)) || (path.length > 1 && keys.includes(path[0] ?? '')),
    columnIn: ({ keys }) => keys.indexOf(literals.find((key) => keys.includes(key)) ?? ''),
  };
}

function has(value: unknown, key: string): value is object {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

function own(value: unknown, key: string): unknown {
  // Called after `has`: the key is the object's own.
  return (value as Record<string, unknown>)[key];
}

/**
 * Checks that a tabular source has every field named; `where` says who names them, e.g. `The template`.
 * @throws InputError `unknown_column`, with the nearest name there is.
 */
export function checkColumns(fields: readonly string[], header: Header, where: string): void {
  for (const field of fields) {
    if (compileField(field).isIn(header)) continue;
    const near = nearest(field.trim(), header.keys);
    const hint = near === undefined ? `The columns are: ${header.keys.join(', ')}.${delimiterHint(header)}` : `Did you mean ${JSON.stringify(near)}?`;
    throw new InputError('unknown_column', `${where} names the column ${JSON.stringify(field.trim())}, which the source does not have. ${hint}`);
  }
}

/** A table of one column whose name holds a delimiter was read with another one, as files of Excel often are. */
function delimiterHint({ keys: [only = '', ...others] }: Header): string {
  const found = others.length === 0 ? [';', '\t', '|', ','].find((delimiter) => only.includes(delimiter)) : undefined;
  return found === undefined ? '' : ` Is the delimiter ${found === '\t' ? 'a tab' : `"${found}"`}? Then say so: --delimiter (option \`delimiter\`).`;
}
