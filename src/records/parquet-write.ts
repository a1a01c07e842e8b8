import type { TransformCallback } from 'node:stream';
import type * as HyparquetWriter from 'hyparquet-writer';
import type { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { ObjectTransform } from '../streams.ts';
import { checkColumns, chooseColumns } from './columns.ts';
import { loadOptional } from './optional-package.ts';
import { type ColumnType, columnTypeOf, fitValue } from './parquet-types.ts';
import { type OutputRecord, outputRecord } from './stringify-stage.ts';

export interface StringifyParquetOptions {
  /** The columns, in order. @default the header of the first record, else the fields of the first record */
  readonly columns?: readonly string[];
}

/** A row group is closed at this many records, or at this much text: what is held in memory. */
const maxGroupRecords = 20_000;
const maxGroupCharacters = 32 * 1024 * 1024;

type WriterModule = Pick<typeof HyparquetWriter, 'ByteWriter' | 'ParquetWriter' | 'schemaFromColumnData'>;

/**
 * Loads what writes Parquet.
 *
 * @throws InputError `missing_dependency`
 */
export function loadParquetWriter(): Promise<WriterModule> {
  return loadOptional('hyparquet-writer', () => import('hyparquet-writer'));
}

/**
 * Records, or plain objects, to the bytes of a Parquet file, by row group; keeps order. Column types come from the first
 * row group: booleans, DOUBLE for numbers, strings, and JSON for objects, arrays, mixed or empty columns. In a column of strings a later value of
 * another type is written as JSON text. Needs the package `hyparquet-writer`.
 *
 * @throws InputError `missing_dependency`, `unknown_column`, `invalid_option`
 */
export function stringifyParquet({ columns }: StringifyParquetOptions = {}): ObjectTransform<object, Buffer> {
  return new ParquetStage(columns);
}

class ParquetStage extends ObjectTransform<object, Buffer> {
  readonly #columnOption: readonly string[] | undefined;
  #module: WriterModule | undefined;
  #table: ParquetTable | undefined;
  #group: OutputRecord[] = [];
  #characters = 0;
  #count = 0;

  constructor(columns: readonly string[] | undefined) {
    super({ writableObjectMode: true, readableObjectMode: false });
    this.#columnOption = columns;
  }

  override _transform(chunk: unknown, _encoding: string, done: TransformCallback): void {
    this.#attempt(() => {
      const record = outputRecord(chunk, this.#count);
      this.#count += 1;
      this.#group.push(record);
      for (const value of Object.values(record.value)) this.#characters += typeof value === 'string' ? value.length : 16;
      if (this.#group.length >= maxGroupRecords || this.#characters >= maxGroupCharacters) this.#writeGroup();
    }, done);
  }

  override _flush(done: TransformCallback): void {
    this.#attempt(() => {
      this.#writeGroup();
      this.#send(this.#table?.finish());
    }, done);
  }

  #writeGroup(): void {
    const module = this.#module;
    if (module === undefined) return;
    this.#table ??= new ParquetTable(module, this.#group, this.#columnOption);
    this.#send(this.#table.write(this.#group));
    this.#group = [];
    this.#characters = 0;
  }

  #send(bytes: Buffer | undefined): void {
    if (bytes !== undefined && bytes.length > 0) this.push(bytes);
  }

  #attempt(step: () => void, done: TransformCallback): void {
    if (this.#module === undefined) {
      // Not before there is something to write: nobody may be listening yet when a stage fails at once.
      loadParquetWriter().then((module) => {
        this.#module = module;
        this.#attempt(step, done);
      }, done);
      return;
    }
    try {
      step();
    } catch (error) {
      // Only errors are thrown above.
      done(error as Error);
      return;
    }
    done();
  }
}

/** A Parquet file in the making: groups of records in, bytes out. */
class ParquetTable {
  readonly #bytes: ByteWriter;
  readonly #writer: ParquetWriter;
  readonly #keys: readonly string[];
  readonly #names: readonly string[];
  readonly #types: readonly ColumnType[];

  constructor({ ByteWriter, ParquetWriter, schemaFromColumnData }: WriterModule, group: readonly OutputRecord[], columns: readonly string[] | undefined) {
    const { keys, names } = chooseColumns(group[0] ?? { index: 0, value: {}, header: undefined }, columns);
    this.#keys = keys;
    // Column names must be unique in Parquet, so that those of a CSV header cannot always be repeated.
    this.#names = new Set(names).size === names.length ? names : keys;
    this.#types = keys.map((key) => columnTypeOf(group.map(({ value }) => fieldOf(value, key))));
    this.#bytes = new ByteWriter();
    const columnData = this.#names.map((name, index) => ({ name, data: [], type: this.#typeAt(index), nullable: true }));
    this.#writer = new ParquetWriter({ writer: this.#bytes, schema: schemaFromColumnData({ columnData }) });
  }

  write(group: readonly OutputRecord[]): Buffer {
    const known = new Set(this.#keys);
    for (const record of group) checkColumns(record, known);
    const columnData = this.#keys.map((key, index) => ({ name: this.#names[index] ?? key, data: this.#column(group, key, this.#typeAt(index)) }));
    // With a writer in memory nothing is waited for: the result is no promise.
    if (group.length > 0) void this.#writer.write({ columnData, rowGroupSize: group.length });
    return this.#take();
  }

  finish(): Buffer {
    void this.#writer.finish();
    return this.#take();
  }

  #column(group: readonly OutputRecord[], key: string, type: ColumnType): unknown[] {
    return group.map(({ value, index }) => fitValue(fieldOf(value, key), type, key, index));
  }

  #typeAt(index: number): ColumnType {
    return this.#types[index] ?? 'JSON';
  }

  /** The bytes since the last call; the writer goes on counting its offsets. */
  #take(): Buffer {
    const bytes = Buffer.from(this.#bytes.getBytes());
    this.#bytes.index = 0;
    return bytes;
  }
}

function fieldOf(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? (value[key] ?? null) : null;
}
