import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiFailure } from './failure.ts';
import { isObject, parseJson, type Json, type JsonObject } from './json.ts';

/** One HTTP call on its way through the emulator. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Name of the route that matched, e.g. `openai.batches.create`. */
  readonly route: string;
  /** Hash of the caller's key. */
  readonly account: string;
  /** What stood in the place of `:id` in the route's path; empty where it has none. */
  readonly id: string;
  /** Value of the request-id header of the answer. */
  readonly requestId: string;
}

/** One call that a provider offers. */
export interface Route {
  /** Unique name, by which faults can be aimed. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with `:id` for the one part that varies, e.g. `/v1/batches/:id/cancel`. */
  readonly path: string;
  handle(exchange: Exchange): Promise<void> | void;
}

/** One provider's API: everything the dispatcher needs to know about it. */
export interface Api {
  readonly name: 'openai' | 'anthropic';
  readonly routes: readonly Route[];
  /** The caller's key. @throws ApiFailure where it is missing or refused */
  authenticate(request: IncomingMessage): string;
  /** Headers of every answer. */
  headers(requestId: string): Readonly<Record<string, string>>;
  newRequestId(): string;
  errorBody(failure: ApiFailure, requestId: string): JsonObject;
  notFound(request: IncomingMessage, url: URL): ApiFailure;
}

/** Largest body of a call that is no upload: Anthropic's limit for one message. */
const MAX_JSON_BYTES = 32 * 1024 * 1024;

/** Answers with JSON. */
export function sendJson(response: ServerResponse, body: Json, status = 200): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length });
  response.end(bytes);
}

/** The JSON object a call carries. @throws ApiFailure 413 when too large, 400 when it is none */
export async function readJsonObject(request: IncomingMessage): Promise<JsonObject> {
  const text = (await readBody(request)).toString('utf8');
  const body = text === '' ? {} : parseJson(text);
  if (isObject(body)) return body;
  throw new ApiFailure(400, 'The request body is not valid JSON: expected an object. Check the body you send.');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    // An IncomingMessage without encoding yields buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes <= MAX_JSON_BYTES) chunks.push(buffer);
  }
  if (bytes > MAX_JSON_BYTES) throw new ApiFailure(413, `Request exceeds the maximum size of ${MAX_JSON_BYTES} bytes.`);
  return Buffer.concat(chunks);
}

/** A whole number from the query. @throws ApiFailure 400 outside of `low` to `high` */
export function limitOf(url: URL, fallback: number, high: number): number {
  const text = url.searchParams.get('limit');
  if (text === null) return fallback;
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= high) return limit;
  throw new ApiFailure(400, `Invalid 'limit': expected an integer from 1 to ${high}, got '${text}'.`, { code: 'invalid_value', param: 'limit' });
}
