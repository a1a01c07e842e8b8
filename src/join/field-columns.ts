import type { AnyValue } from '../records/record.ts';
import { answerSchemaOf } from '../schemas/answer-schema.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import { resultColumnNames } from './columns.ts';
import { plainJson } from './plain-json.ts';

/** A column for one top-level field of the answers. */
export interface FieldColumn {
  /** Name of the column, without prefix. */
  readonly name: string;
  readonly field: string;
}

/**
 * The columns that a schema adds to a joined table: one for each top-level field of the answer, by its name. One that has the name
 * of another result column (`reason`, `text`, ...) is told apart as `json_<field>`. None where the fields are not known before:
 * then the whole answer stands in the column `json`. Pure.
 */
export function fieldColumns(schema: SchemaSource | undefined): readonly FieldColumn[] {
  const fields = schema === undefined ? [] : answerSchemaOf(schema).fields;
  const taken = new Set<string>([...resultColumnNames, ...fields.filter((field) => !isStandard(field))]);
  return fields.map((field) => {
    const name = isStandard(field) ? freeName(field, taken) : field;
    taken.add(name);
    return { name, field };
  });
}

function isStandard(field: string): boolean {
  return (resultColumnNames as readonly string[]).includes(field);
}

function freeName(field: string, taken: ReadonlySet<string>): string {
  let name = `json_${field}`;
  while (taken.has(name)) name = `json_${name}`;
  return name;
}

/** The cells of an answer: text and numbers as they are, everything nested as JSON; empty where there is no answer that fits. Pure. */
export function fieldCells(json: unknown, columns: readonly FieldColumn[], prefix: string): AnyValue {
  const fields = typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as AnyValue) : {};
  return Object.fromEntries(columns.map(({ name, field }) => [`${prefix}${name}`, Object.hasOwn(fields, field) ? cellOf(fields[field]) : undefined]));
}

function cellOf(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  // A date of a transform, or whatever else prints itself, may come to a text.
  const plain = plainJson(value);
  return typeof plain === 'object' && plain !== null ? JSON.stringify(plain) : plain;
}
