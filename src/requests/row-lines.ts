import type { CsvBlock } from '../records/csv-block.ts';
import { OddBytes } from '../records/odd-bytes.ts';
import type { Header } from '../records/record.ts';
import type { RequestFrame, ShardLimits } from '../shards/limits.ts';
import { embeddingInputsOf } from '../shards/policy.ts';
import type { LineKind, LineRun } from '../shards/sharder.ts';
import { checkColumns, compileField } from './field.ts';
import type { IdRegister } from './request-builder.ts';
import type { CompiledBody, RequestBuilder } from './request.ts';
import { defaultCustomId } from './safe-id.ts';

/** What request lines are made of. */
export interface RowLinesOptions<T> {
  readonly builder: RequestBuilder<T>;
  readonly frame: RequestFrame;
  readonly limits: ShardLimits;
  /** The field that holds the custom_id. @default the index makes it */
  readonly idField?: string;
  /** The id on the wire, where it is not the user's. */
  readonly wireId?: (record: { readonly index: number }) => string;
  readonly ids: IdRegister;
  /** Receives what the builder finds doubtful. */
  readonly onWarning?: (warning: string) => void;
}

interface Plan {
  /** Columns of the fields of the template, in order, and of the id. */
  readonly columns: readonly number[];
  readonly idColumn: number;
}

/**
 * Makes request lines straight from the bytes of rows, for builders whose bodies differ in fields only: the same bytes as the lines of the
 * records would have.
 *
 * Fast because nothing is decoded and no record is made. Everything is a *byte string* (one character for each byte): the fields are slices
 * of the block's text, escaped where they need it, and put between texts that were printed once. V8 makes such a line of references, and copies its
 * bytes only once, when all lines of a block are written out together.
 *
 * What is not simple (a blank row, bytes that are not UTF-8, an id the provider would refuse or that was used before, a line too long) ends a run: such
 * a row is for the caller, who makes a record of it.
 */
export class RowLines<T> {
  readonly kind: LineKind;
  readonly #options: RowLinesOptions<T>;
  readonly #head: string;
  readonly #texts: readonly string[];
  readonly #tail: string;
  readonly #maxLength: number;
  readonly #fields: NonNullable<CompiledBody<T>['pieces']>['fields'];
  readonly #odd = new OddBytes();
  /** The block whose odd bytes are known. */
  #searched: CsvBlock | undefined;
  #plan: Plan | undefined;
  #isPlanned = false;
  #offsets = new Int32Array(1024);

  constructor(options: RowLinesOptions<T>, compiled: CompiledBody<T>, { texts, fields }: NonNullable<CompiledBody<T>['pieces']>) {
    const { builder, frame, limits } = options;
    const { prefix, separator, suffix } = limits.envelope;
    this.kind = { endpoint: builder.endpoint, model: compiled.model, embeddingInputs: embeddingInputsOf(builder.endpoint, compiled.input) };
    this.#options = options;
    this.#head = byteString(`${separator}${frame.open}"`);
    const [first = '', ...others] = texts.map(byteString);
    this.#texts = [byteString(`"${frame.between}`) + first, ...others];
    this.#tail = byteString(frame.close);
    this.#maxLength = limits.maxBytes - Buffer.byteLength(prefix + suffix) + Buffer.byteLength(separator);
    this.#fields = fields;
  }

  /**
   * The lines of the rows from one on, up to the first that is not simple.
   *
   * @param index of the record that the first row is
   */
  render(block: CsvBlock, from: number, index: number): LineRun {
    const rows = block.rows - from;
    if (this.#offsets.length <= rows) this.#offsets = new Int32Array(rows * 2 + 1);
    const offsets = this.#offsets;
    let lines = '';
    let count = 0;
    if (this.#searched !== block) this.#odd.search(block.bytes.subarray(0, block.ends[block.rows - 1]));
    this.#searched = block;
    for (; count < rows && block.isSound(from + count); count += 1) {
      const line = this.#line(block, from + count, index + count);
      if (line === undefined) break;
      lines += line;
      offsets[count + 1] = lines.length;
    }
    return { text: lines, offsets, count };
  }

  #line(block: CsvBlock, row: number, index: number): string | undefined {
    if (!this.#isPlanned) this.#makePlan(block.header);
    const plan = this.#plan;
    if (plan === undefined) return undefined;
    const { scan } = block;
    const texts = this.#texts;
    const rawId = plan.idColumn === -1 ? defaultCustomId(index) : scan.field(row, plan.idColumn);
    const wireId = this.#wireId(block, rawId, index);
    if (wireId === undefined) return undefined;
    const mayNeedEscapes = scan.hasQuote[row] === 1 || this.#odd.isIn(scan.starts[row] ?? 0, scan.ends[row] ?? 0);
    const { columns } = plan;
    let line = this.#head + wireId + texts[0];
    for (let place = 0; place < columns.length; place += 1) {
      const field = scan.field(row, columns[place] ?? 0);
      line += (mayNeedEscapes ? escaped(field) : field) + texts[place + 1];
    }
    line += this.#tail;
    if (line.length > this.#maxLength) return undefined;
    if (plan.idColumn !== -1 && this.#options.ids.add(decoded(block, rawId), block.line + (block.lines[row] ?? 0)) !== undefined) return undefined;
    return line;
  }

  /** The id on the wire, escaped; nothing where the user's would be refused. */
  #wireId(block: CsvBlock, rawId: string, index: number): string | undefined {
    const { wireId, limits } = this.#options;
    if (rawId === '') return undefined;
    if (wireId !== undefined) return escaped(byteString(wireId({ index })));
    return limits.customIdPattern.test(decoded(block, rawId)) ? escaped(rawId) : undefined;
  }

  /** Finds the columns, once the header is known; there is no plan where a template names a part of a field, which text does not have. */
  #makePlan(header: Header): void {
    const { builder, idField, onWarning } = this.#options;
    this.#isPlanned = true;
    if (idField !== undefined) checkColumns([idField], header, 'The id option');
    checkColumns(builder.fields ?? [], header, 'The template');
    const columns = this.#fields.map((field) => field.columnIn(header));
    const idColumn = idField === undefined ? -1 : compileField(idField).columnIn(header);
    if (columns.includes(-1) || (idField !== undefined && idColumn === -1)) return;
    this.#plan = { columns, idColumn };
    for (const warning of builder.warnings ?? []) onWarning?.(warning);
  }
}

const escapable = /["\\\x00-\x1f]/;

/** A byte string as it stands inside a JSON string: what must be escaped is ASCII, and so are the escapes. */
function escaped(text: string): string {
  return escapable.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}

function byteString(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The text that a byte string stands for. */
function decoded({ isAscii }: CsvBlock, text: string): string {
  return isAscii || !/[\x80-\xff]/.test(text) ? text : Buffer.from(text, 'latin1').toString();
}
