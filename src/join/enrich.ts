import { InputError, type ErrorContext } from '../errors.ts';
import type { AnyValue, JsonValue, SourceRecord } from '../records/record.ts';
import type { AnswerKinds } from '../results/line-register.ts';
import type { ObjectTransform } from '../streams.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import { addFields, fieldsOf, headerExtender, MapStage } from './add-fields.ts';
import { outcomeCells, outcomeObject, resultColumns, resultKey, type ResultColumn, type ResultColumnsOptions } from './columns.ts';
import { fieldCells, fieldColumns } from './field-columns.ts';
import type { JoinedRecord, Outcome } from './outcome.ts';
import { plainJson } from './plain-json.ts';
import { placeOf } from './source-id.ts';

export interface EnrichOptions extends Omit<ResultColumnsOptions, 'kinds'> {
  /** What is written in the end: a table gets one column for each part of the outcome, JSON one object. */
  readonly format: 'csv' | 'tsv' | 'parquet' | 'jsonl' | 'json';
  /**
   * Stands before the name of every column; without its last underscore it is the key of the object.
   * @default 'result_'
   */
  readonly prefix?: string;
  /** Which kinds of answers occur. As a function it is asked at the first record, e.g. `() => joined.kinds`. */
  readonly kinds?: Partial<AnswerKinds> | (() => Partial<AnswerKinds>);
  /** What answers were held to: in a table each top-level field gets a column of its own. */
  readonly schema?: SchemaSource;
}

/** Makes the enriched record of a joined one. The columns are fixed with the first record. */
type Enricher = (joined: JoinedRecord<unknown, unknown>) => SourceRecord;

/**
 * A stage that makes of each joined record its source record and, after its own fields, the outcome: `result_status`, `result_text`, ...
 * for tables, one object `result` for JSON. Keeps order. Fails with `column_conflict` where the source has a field of that name.
 *
 * @example
 * const joined = join({ results: 'output.jsonl', customId: 'id' });
 * await pipeline(readRecords('in.csv'), joined, enrich({ format: 'csv', kinds: () => joined.kinds }), writeRecords('out.csv'));
 */
export function enrich<T = AnyValue, Json = JsonValue>(options: EnrichOptions): ObjectTransform<JoinedRecord<T, Json>, SourceRecord> {
  const { format, prefix = 'result_' } = options;
  let enricher: Enricher | undefined = format === 'jsonl' || format === 'json' ? objectEnricher(resultKey(prefix), options) : undefined;
  return new MapStage((joined) => (enricher ??= columnEnricher(options, prefix))(joined));
}

function objectEnricher(key: string, { schema }: EnrichOptions): Enricher {
  // Only a schema can make of an answer what JSON cannot say.
  const plain = (outcome: Outcome<unknown>): Outcome<unknown> => (schema === undefined || outcome.json === undefined ? outcome : { ...outcome, json: plainJson(outcome.json) });
  return enricherOf([key], (outcome) => ({ [key]: outcomeObject(plain(outcome)) }));
}

/** The fields that {@link enrich} adds to a record, where they are known before the first one. Pure. */
export function addedNames(options: EnrichOptions): readonly string[] {
  const { format, prefix = 'result_' } = options;
  return format === 'jsonl' || format === 'json' ? [resultKey(prefix)] : tableNames(options, prefix);
}

function tableNames(options: EnrichOptions, prefix: string): string[] {
  return [...columnsOf(options), ...fieldColumns(options.schema).map(({ name }) => name)].map((column) => `${prefix}${column}`);
}

/** An answer whose fields are not known before has the column `json` for the whole of it. */
/** The columns that {@link enrich} adds to a table, without prefix, where the kinds of answers are known. Pure. */
function columnsOf({ kinds, schema, parseJson = false, ...options }: EnrichOptions): readonly ResultColumn[] {
  const known = typeof kinds === 'function' ? kinds() : kinds;
  const isWhole = schema !== undefined && fieldColumns(schema).length === 0;
  return resultColumns({ ...options, parseJson: parseJson || isWhole, ...(known === undefined ? {} : { kinds: known }) });
}

function columnEnricher(options: EnrichOptions, prefix: string): Enricher {
  const columns = columnsOf(options);
  const fields = fieldColumns(options.schema);
  const cellsOf = (outcome: Outcome<unknown>): AnyValue => outcomeCells(outcome, columns, prefix);
  return enricherOf(tableNames(options, prefix), fields.length === 0 ? cellsOf : (outcome) => ({ ...cellsOf(outcome), ...fieldCells(outcome.json, fields, prefix) }));
}

function enricherOf(names: readonly string[], fieldsFor: (outcome: Outcome<unknown>) => AnyValue): Enricher {
  const headerOf = headerExtender(names);
  return ({ record, outcome }) => {
    checkConflict(record, names);
    return addFields(record, fieldsFor(outcome), headerOf(record.header));
  };
}

function checkConflict(record: SourceRecord<unknown>, names: readonly string[]): void {
  const fields = fieldsOf(record.value);
  const conflict = names.find((name) => Object.hasOwn(fields, name) || record.header?.names.includes(name) === true);
  if (conflict === undefined) return;
  throw columnConflict(conflict, record.header === undefined ? ` (${placeOf(record)})` : '', { index: record.index });
}

/** The error about a source field that has the name of a result. */
export function columnConflict(name: string, where = '', context: ErrorContext = {}): InputError {
  return new InputError('column_conflict', `The source already has a field "${name}"${where}. Choose another name for the results with --prefix (option \`prefix\`).`, context);
}
