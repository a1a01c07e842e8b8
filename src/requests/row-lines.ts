import type { CsvBlock } from '../records/csv-block.ts';
import type { JsonBlock } from '../records/json-block.ts';
import type { JsonValue } from '../records/record.ts';
import type { RequestFrame, ShardLimits } from '../shards/limits.ts';
import { embeddingInputsOf } from '../shards/policy.ts';
import type { LineKind, LineRun } from '../shards/sharder.ts';
import { toByteText } from '../results/byte-text.ts';
import { checkColumns, compileField, type Field } from './field.ts';
import { jsonText } from './json-text.ts';
import type { IdRegister } from './request-builder.ts';
import type { RequestBuilder, TextRoom } from './request.ts';
import { type Columns, columnsOf, CsvFields, JsonFields, type RowFields } from './row-fields.ts';
import { defaultCustomId } from './safe-id.ts';

/** What request lines are made of. */
export interface RowLinesOptions<T> {
  readonly builder: Pick<RequestBuilder<T, unknown>, 'endpoint' | 'fields' | 'warnings'>;
  readonly compiled: { readonly model: string; readonly input: JsonValue | undefined; readonly pieces: LinePieces; readonly room: TextRoom };
  readonly frame: RequestFrame;
  readonly limits: Pick<ShardLimits, 'maxBytes' | 'envelope' | 'customIdPattern'>;
  /** The field that holds the custom_id. @default the index makes it */
  readonly idField?: string;
  /** What stands before the index in the id on the wire, where that is not the user's. */
  readonly wirePrefix?: string;
  readonly ids: IdRegister;
  /** Receives what the builder finds doubtful. */
  readonly onWarning?: (warning: string) => void;
}

/** The options without what no other thread can have. */
export type LinePlan = Omit<RowLinesOptions<unknown>, 'ids' | 'onWarning'>;

/** The JSON text of bodies before, between and behind the fields of a template, by the names of which there are. */
export interface LinePieces {
  readonly texts: readonly string[];
  readonly fields: readonly string[];
}

/**
 * Makes request lines straight from the bytes of rows, for builders whose bodies differ in fields only: the same bytes as the lines of the
 * records would have.
 *
 * Fast because nothing is decoded and no record is made. Everything is a *byte string* (one character for each byte): the fields are slices
 * of the block's text, escaped where they need it, and put between texts that were printed once. V8 makes such a line of references, and copies its
 * bytes only once, when all lines of a block are written out together.
 *
 * What is not simple (a blank row, bytes that are not UTF-8, an id the provider would refuse or that was used before, a line too long, a prompt to warn of) ends a run: such
 * a row is for the caller, who makes a record of it.
 */
export class RowLines<T> {
  /** What lines are made of, as another thread can be told. */
  readonly plan: LinePlan;
  readonly kind: LineKind;
  /** The fields that must be found in rows of JSON. */
  readonly wantedFields: readonly string[];
  readonly #options: RowLinesOptions<T>;
  readonly #head: string;
  readonly #texts: readonly string[];
  readonly #maxLength: number;
  readonly #fields: readonly Field[];
  readonly #room: TextRoom;
  readonly #csvFields = new CsvFields();
  readonly #jsonFields: JsonFields;
  /** `undefined` before a table is met, or where it lacks what is needed. */
  #columns: Columns | undefined;
  #isChecked = false;
  #offsets = new Int32Array(1024);

  constructor(options: RowLinesOptions<T>) {
    const { builder, compiled, frame, limits, idField } = options;
    const { texts } = compiled.pieces;
    const fields = compiled.pieces.fields.map(compileField);
    const { prefix, separator, suffix } = limits.envelope;
    this.kind = { endpoint: builder.endpoint, model: compiled.model, embeddingInputs: embeddingInputsOf(builder.endpoint, compiled.input) };
    this.wantedFields = [...new Set([...fields.map(({ name }) => name), ...(idField === undefined ? [] : [idField.trim()])])];
    this.#options = options;
    this.plan = {
      builder: { endpoint: builder.endpoint, ...(builder.fields && { fields: builder.fields }) },
      compiled,
      frame,
      limits: { maxBytes: limits.maxBytes, envelope: limits.envelope, customIdPattern: limits.customIdPattern },
      ...(idField === undefined ? {} : { idField }),
      ...(options.wirePrefix === undefined ? {} : { wirePrefix: options.wirePrefix }),
    };
    this.#head = toByteText(`${separator}${frame.open}"`);
    const pieces = texts.map(toByteText);
    // What is the same in all lines is put together here, and not in every line.
    pieces[0] = toByteText(`"${frame.between}`) + (pieces[0] ?? '');
    pieces[pieces.length - 1] += toByteText(frame.close);
    this.#texts = pieces;
    this.#maxLength = limits.maxBytes - Buffer.byteLength(prefix + suffix) + Buffer.byteLength(separator);
    this.#fields = fields;
    this.#room = compiled.room;
    this.#jsonFields = new JsonFields(fields, this.wantedFields, idField);
  }

  /**
   * The lines of the rows from one on, up to the first that is not simple.
   *
   * @param index of the record that the first row is
   */
  render(block: CsvBlock | JsonBlock, from: number, index: number): LineRun {
    const rows = block.rows - from;
    if (this.#offsets.length <= rows) this.#offsets = new Int32Array(rows * 2 + 1);
    const offsets = this.#offsets;
    let text = '';
    let count = 0;
    const fields = block.isSound(from) ? this.#begin(block) : undefined;
    if (fields === undefined) return { text, offsets, count };
    for (; count < rows && block.isSound(from + count); count += 1) {
      fields.open(from + count);
      const line = this.#line(fields, index + count, block.line + (block.lines[from + count] ?? 0));
      if (line === undefined) break;
      text += line;
      offsets[count + 1] = text.length;
    }
    return { text, offsets, count };
  }

  /** Takes up a block; nothing where its rows have to become records. */
  #begin(block: CsvBlock | JsonBlock): RowFields | undefined {
    if (!this.#isChecked) this.#check(block);
    if (block.kind === 'json') {
      this.#jsonFields.begin(block);
      return this.#jsonFields;
    }
    if (this.#columns === undefined) return undefined;
    this.#csvFields.begin(block, this.#columns);
    return this.#csvFields;
  }

  #line(fields: RowFields, index: number, sourceLine: number): string | undefined {
    const texts = this.#texts;
    const { idField, ids } = this.#options;
    const id = idField === undefined ? defaultCustomId(index) : fields.id();
    const wireId = id === undefined ? undefined : this.#wireId(id, index);
    if (id === undefined || wireId === undefined) return undefined;
    let line = this.#head + wireId + texts[0];
    let bytes = 0;
    for (let place = 1; place < texts.length; place += 1) {
      const text = fields.text(place - 1);
      if (text === undefined || (!this.#room.takesBlank && blank.test(text))) return undefined;
      bytes += text.length;
      line += text + texts[place];
    }
    // What was escaped counts for more than it is, which only makes more records of rows.
    if (bytes > this.#room.bytes) return undefined;
    if (line.length > this.#maxLength || (idField !== undefined && ids.add(id, sourceLine) !== undefined)) return undefined;
    return line;
  }

  /** The id on the wire, escaped; nothing where the user's would be refused. */
  #wireId(id: string, index: number): string | undefined {
    const { wirePrefix, limits } = this.#options;
    if (wirePrefix !== undefined) return toByteText(jsonText(`${wirePrefix}${index}`));
    if (!limits.customIdPattern.test(id)) return undefined;
    return plain.test(id) ? id : toByteText(jsonText(id));
  }

  /** Looks at the source once, when its first record is met. */
  #check(block: CsvBlock | JsonBlock): void {
    const { builder, idField, onWarning } = this.#options;
    this.#isChecked = true;
    if (block.kind === 'csv') {
      if (idField !== undefined) checkColumns([idField], block.header, 'The id option');
      checkColumns(builder.fields ?? [], block.header, 'The template');
      this.#columns = columnsOf(this.#fields, idField, block.header);
    }
    for (const warning of builder.warnings ?? []) onWarning?.(warning);
  }
}

/** ASCII that stands in JSON as it is. */
const plain = /^[ !#-[\]-~]*$/;

/** White space alone, as it stands in JSON. */
const blank = /^(?:\s|\\[nrtf])*$/;
