import { hash } from 'node:crypto';
import type { RequestFrame, ShardLimits } from '../shards/limits.ts';

const quote = 0x22;
const backslash = 0x5c;

/** Whose requests they are, and how their lines are made. */
export interface RequestKeysOptions {
  /** Name of the provider, and the address where it is asked: the same words elsewhere are another request. */
  readonly scope: string;
  readonly limits: Pick<ShardLimits, 'frameRequest'>;
}

/** What stands around id and body in the lines of an endpoint, as bytes. */
interface Shape {
  readonly scope: string;
  readonly open: Buffer;
  readonly between: Buffer;
  readonly close: Buffer;
}

/** Where the id of a line ends, its quotes included, and where its body begins. */
interface Cut {
  readonly idEnd: number;
  readonly body: number;
}

/**
 * Tells requests that are the same, whatever their custom_id: by a SHA-256 of the bytes of the body, with provider, address and endpoint.
 * The body is found between the parts of the line that `frameRequest` gives; a line that is made otherwise is parsed, and printed again
 * without its id.
 */
export class RequestKeys {
  readonly #options: RequestKeysOptions;
  readonly #shapes = new Map<string, Shape>();

  constructor(options: RequestKeysOptions) {
    this.#options = options;
  }

  /** The key of the request in a request line. Equal keys mean the same request. */
  keyOf(line: Buffer, endpoint: string): string {
    const shape = this.#shapeOf(endpoint);
    const cut = cutOf(line, shape);
    if (cut !== undefined) return shape.scope + hash('sha256', line.subarray(cut.body, line.length - shape.close.length), 'binary');
    const { custom_id: _id, ...request } = parsed(line);
    return shape.scope + hash('sha256', JSON.stringify(request), 'binary');
  }

  /** The `custom_id` of a request line, as it stands on the wire. */
  idOf(line: Buffer, endpoint: string): string {
    const shape = this.#shapeOf(endpoint);
    const cut = cutOf(line, shape);
    // The text of a JSON string, or whatever the line has.
    return String(cut === undefined ? parsed(line).custom_id : JSON.parse(line.toString('utf8', shape.open.length, cut.idEnd)));
  }

  #shapeOf(endpoint: string): Shape {
    const known = this.#shapes.get(endpoint);
    if (known !== undefined) return known;
    const { scope, limits } = this.#options;
    const shape = { scope: `${scope}\n${endpoint}\n`, ...bytesOf(limits.frameRequest?.(endpoint)) };
    this.#shapes.set(endpoint, shape);
    return shape;
  }
}

function bytesOf({ open, between, close }: RequestFrame = { open: '', between: '', close: '' }): Omit<Shape, 'scope'> {
  return { open: Buffer.from(open), between: Buffer.from(between), close: Buffer.from(close) };
}

function cutOf(line: Buffer, { open, between, close }: Shape): Cut | undefined {
  if (between.length === 0 || !startsWith(line, open, 0) || line[open.length] !== quote) return undefined;
  const idEnd = stringEnd(line, open.length + 1);
  const body = idEnd + between.length;
  return startsWith(line, between, idEnd) && startsWith(line, close, line.length - close.length) ? { idEnd, body } : undefined;
}

/** The position behind the quote that ends a JSON string; that of the end where none does. */
function stringEnd(line: Buffer, from: number): number {
  for (let at = from; at < line.length; at += 1) {
    if (line[at] === backslash) at += 1;
    else if (line[at] === quote) return at + 1;
  }
  return line.length;
}

function startsWith(line: Buffer, part: Buffer, at: number): boolean {
  return at >= 0 && at + part.length <= line.length && part.compare(line, at, at + part.length) === 0;
}

/** A request line is one JSON object, written by `formatRequest`. */
function parsed(line: Buffer): { readonly custom_id?: unknown } {
  return JSON.parse(line.toString()) as { custom_id?: unknown };
}
