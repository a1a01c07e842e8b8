import type { RowSink } from './parse-stage.ts';
import type { RowBlock } from './row-block.ts';

/** What a {@link JsonBlock} is made of: bounds of rows, and of the values of some fields in each, in arrays that grow. */
export class JsonRows {
  rows = 0;
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  lines = new Int32Array(64);
  /** For each row 1 if it was scanned and found plain, with keys that were all seen before. */
  plain = new Uint8Array(64);
  /** For the field in `row * fields + place`: see `JsonScan`. */
  kinds: Uint8Array;
  fieldStarts: Int32Array;
  fieldEnds: Int32Array;
  readonly fields: number;

  constructor(fields: number) {
    this.fields = fields;
    this.kinds = new Uint8Array(64 * fields);
    this.fieldStarts = new Int32Array(64 * fields);
    this.fieldEnds = new Int32Array(64 * fields);
  }

  /** Forgets the rows; the arrays stay, for those to come. */
  clear(): void {
    this.rows = 0;
  }

  add(start: number, end: number, line: number, isPlain: boolean): void {
    const row = this.rows;
    if (row === this.starts.length) this.#grow();
    this.starts[row] = start;
    this.ends[row] = end;
    this.lines[row] = line;
    this.plain[row] = Number(isPlain);
    this.rows = row + 1;
  }

  /** Keeps what a scan found of the row that was added last. */
  keep({ kinds, starts, ends }: { readonly kinds: Uint8Array; readonly starts: Int32Array; readonly ends: Int32Array }): void {
    const first = (this.rows - 1) * this.fields;
    for (let place = 0; place < this.fields; place += 1) {
      this.kinds[first + place] = kinds[place] ?? 0;
      this.fieldStarts[first + place] = starts[place] ?? 0;
      this.fieldEnds[first + place] = ends[place] ?? 0;
    }
  }

  #grow(): void {
    const count = this.starts.length * 4;
    const longer = <Numbers extends Int32Array | Uint8Array>(copy: Numbers, numbers: Numbers): Numbers => (copy.set(numbers), copy);
    this.starts = longer(new Int32Array(count), this.starts);
    this.ends = longer(new Int32Array(count), this.ends);
    this.lines = longer(new Int32Array(count), this.lines);
    this.plain = longer(new Uint8Array(count), this.plain);
    this.kinds = longer(new Uint8Array(count * this.fields), this.kinds);
    this.fieldStarts = longer(new Int32Array(count * this.fields), this.fieldStarts);
    this.fieldEnds = longer(new Int32Array(count * this.fields), this.fieldEnds);
  }
}

/** How the text of one row becomes a record, or a rejection, or nothing. */
export type ReadJsonRow = (sink: Pick<RowSink, 'file' | 'add' | 'reject'>, bytes: Buffer, line: number) => void;

/** Records that are JSON objects, as they stand. */
export class JsonBlock implements RowBlock {
  readonly kind = 'json';
  /** There is none. */
  readonly header = undefined;
  readonly bytes: Buffer;
  readonly text: string;
  readonly data: JsonRows;
  readonly line: number;
  readonly nextLine: number;
  readonly #read: ReadJsonRow;

  constructor(bytes: Buffer, text: string, data: JsonRows, place: { readonly line: number; readonly nextLine: number }, read: ReadJsonRow) {
    this.bytes = bytes;
    this.text = text;
    this.data = data;
    this.line = place.line;
    this.nextLine = place.nextLine;
    this.#read = read;
  }

  get rows(): number {
    return this.data.rows;
  }

  get starts(): Int32Array {
    return this.data.starts;
  }

  get ends(): Int32Array {
    return this.data.ends;
  }

  get lines(): Int32Array {
    return this.data.lines;
  }

  isSound(row: number): boolean {
    return this.data.plain[row] === 1;
  }

  valueOf(row: number): object | undefined {
    let found: object | undefined;
    // What is added is an object; what is rejected is looked at again when it is given to a sink.
    this.#read({ file: '', add: (value) => (found = value as object), reject: () => undefined }, this.#bytesOf(row), 0);
    return found;
  }

  addTo(sink: RowSink, row: number): void {
    this.#read(sink, this.#bytesOf(row), this.line + (this.data.lines[row] ?? 0));
  }

  #bytesOf(row: number): Buffer {
    return this.bytes.subarray(this.data.starts[row], this.data.ends[row]);
  }
}
