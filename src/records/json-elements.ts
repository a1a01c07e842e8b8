import { getManyValues, none } from 'stream-chain/defs.js';
import { Assembler } from 'stream-json/core/assembler.js';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import { findJsonError } from './json-error.ts';
import { JsonPath } from './json-path.ts';
import { type JsonPiece, JsonPieces } from './json-pieces.ts';
import { maxNesting, tooDeep } from './nesting.ts';
import type { RowParser, RowSink } from './parse-stage.ts';
import { positionOf, type Position } from './position.ts';
import { isBroken, notUtf8, rawText } from './raw-text.ts';

/** Text is kept up to this many characters to find the place of a syntax error; beyond it only the line is told. */
const maxKept = 16 * 1024 * 1024;

/** Makes records of the elements of one array in a JSON text, by stream-json's tokens. */
export class JsonElements implements RowParser {
  readonly #sink: RowSink;
  readonly #pieces: JsonPieces;
  readonly #tokens = jsonParser({ packValues: true, streamValues: false });
  readonly #path: JsonPath;
  #array: Assembler | undefined;
  #elementLine: number | undefined;
  #elementBroken = false;
  #elementTooDeep = false;
  /** The text since the last element, and what must stand before it to make it JSON. */
  #kept: string[] = [];
  #keptLength = 0;
  #keptFrom: Position = { line: 1, column: 1 };
  #keptPrefix: string | undefined = '';
  #line = 1;
  #stopped = false;
  #isPassing = false;

  /** @param passed what others have read: the text up to the array, its bracket included, and where its last element ends */
  constructor(sink: RowSink, keys: readonly string[], passed?: { readonly head: Buffer; readonly position: Position }) {
    this.#sink = sink;
    this.#path = new JsonPath(keys, sink.file);
    this.#pieces = new JsonPieces(passed?.position);
    if (passed !== undefined) this.#pass(passed.head, passed.position);
  }

  /** Comes to stand behind an element; an empty object stands in for all that were passed. */
  #pass(head: Buffer, { line }: Position): void {
    this.#line = line;
    this.#isPassing = true;
    this.#readTokens(`${head.toString('utf8')}{}`);
    this.#isPassing = false;
  }

  push(bytes: Buffer): void {
    for (const piece of this.#pieces.push(bytes)) this.#readPiece(piece);
  }

  end(): void {
    for (const piece of this.#pieces.end()) this.#readPiece(piece);
    if (this.#stopped) return;
    // At the end an open string, array or object becomes an error.
    this.#readTokens(none);
    if (!this.#stopped) this.#path.checkFound();
  }

  #readPiece(piece: JsonPiece): void {
    if (this.#stopped || this.#sink.full) return;
    const text = piece.bytes.toString('utf8');
    this.#line = piece.line;
    this.#elementBroken ||= isBroken(text, piece.bytes);
    this.#keep(text, piece);
    this.#readTokens(text);
  }

  #readTokens(text: string | typeof none): void {
    let tokens: readonly Token[];
    try {
      // The declared type knows only text, but a flushable function takes `none` as the end of it.
      const output = this.#tokens(text as string);
      tokens = output === none ? [] : getManyValues(output);
    } catch {
      // stream-json says what it expected, but not where; the place is found below.
      this.#rejectRest();
      return;
    }
    for (const token of tokens) this.#readToken(token);
  }

  #readToken(token: Token): void {
    if (this.#array === undefined) {
      if (this.#path.reach(token)) this.#array = new Assembler().consume(token);
      return;
    }
    this.#elementLine ??= this.#line;
    this.#array.consume(token);
    // The array itself is one level.
    this.#elementTooDeep ||= this.#array.depth - 1 > maxNesting;
    if (this.#array.depth === 1) this.#takeElement(this.#array);
    else if (this.#array.depth === 0) this.#array = undefined;
  }

  #takeElement(array: Assembler): void {
    // At this depth the assembler holds the array itself, which stays short because its elements are taken out.
    const value = (array.current as unknown[]).pop();
    const line = this.#elementLine ?? this.#line;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (this.#isPassing) this.#elementLine = undefined;
    else if (this.#elementBroken) this.#reject(line, `the record ${notUtf8}`, this.#kept.join('').trim());
    else if (this.#elementTooDeep) this.#reject(line, `the record ${tooDeep}.`, this.#kept.join('').trim());
    else if (isObject) this.#sink.add(value, line);
    else this.#reject(line, 'the element is not an object.', JSON.stringify(value));
    this.#elementLine = undefined;
    this.#elementBroken = false;
    this.#elementTooDeep = false;
    // An object ends its piece, so that nothing is left of the text that was kept.
    if (isObject) this.#forget(this.#path.prefix);
  }

  #keep(text: string, { line, column }: JsonPiece): void {
    if (this.#kept.length === 0) this.#keptFrom = { line, column };
    this.#kept.push(text);
    this.#keptLength += text.length;
    if (this.#keptLength > maxKept) this.#forget(undefined);
  }

  #forget(prefix: string | undefined): void {
    this.#kept = [];
    this.#keptLength = 0;
    this.#keptPrefix = prefix;
  }

  #reject(line: number, what: string, raw: string): void {
    this.#sink.reject({ message: `${this.#sink.file}, line ${line}: ${what}`, line, raw: rawText(Buffer.from(raw)) });
  }

  #rejectRest(): void {
    this.#stopped = true;
    const kept = this.#kept.join('');
    const place = this.#placeOfError(kept);
    const where = place.column === undefined ? `line ${place.line}` : `line ${place.line}, column ${place.column}`;
    const message = `${this.#sink.file}, ${where}: the JSON is broken here; the rest of the file could not be read.`;
    this.#sink.reject({ message, ...place, raw: rawText(Buffer.from(kept.trim())), endsSource: true });
  }

  #placeOfError(kept: string): { readonly line: number; readonly column?: number } {
    const prefix = this.#keptPrefix;
    if (prefix === undefined) return { line: this.#line };
    // Nothing is kept only where the text ended behind a record.
    const from = kept === '' ? this.#pieces.position : this.#keptFrom;
    return positionOf(kept, findJsonError(prefix + kept) - prefix.length, from);
  }
}
