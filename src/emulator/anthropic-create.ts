import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { ApiFailure } from './failure.ts';
import { isObject, parseJsonBytes, type Json } from './json.ts';
import { RequestScanner } from './request-scanner.ts';

const MAX_BYTES = 268_435_456;
const MAX_REQUESTS = 100_000;
const MAX_ID = 64;
const ID = /^[a-zA-Z0-9_-]+$/;
const WRITE_BYTES = 256 * 1024;

/** Checks requests one after the other: only what Anthropic checks at create (anthropic-batches reference, section 3). */
class RequestCheck {
  readonly #ids = new Set<string>();

  get count(): number {
    return this.#ids.size;
  }

  /** @throws ApiFailure 400 */
  add(bytes: Buffer): void {
    const index = this.#ids.size;
    if (index >= MAX_REQUESTS) throw new ApiFailure(400, `requests: List should have at most ${MAX_REQUESTS} items after validation`);
    const request = parseJsonBytes(bytes);
    if (request === undefined) throw new ApiFailure(400, `The request body is not valid JSON: requests.${index} cannot be parsed`);
    if (!isObject(request)) throw new ApiFailure(400, `requests.${index}: Input should be a valid dictionary`);
    const id = checkedId(request['custom_id'], `requests.${index}.custom_id`);
    if (request['params'] === undefined) throw new ApiFailure(400, `requests.${index}.params: Field required`);
    if (this.#ids.has(id)) throw new ApiFailure(400, `requests: custom_id's must be unique within a batch. Duplicate custom_id found: ${id}`);
    this.#ids.add(id);
  }
}

function checkedId(id: Json | undefined, where: string): string {
  if (id === undefined) throw new ApiFailure(400, `${where}: Field required`);
  if (typeof id !== 'string') throw new ApiFailure(400, `${where}: Input should be a valid string`);
  if (id.length > MAX_ID) throw new ApiFailure(400, `${where}: String should have at most ${MAX_ID} characters`);
  if (!ID.test(id)) throw new ApiFailure(400, `${where}: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'`);
  return id;
}

/** One line for each request. A line feed between the tokens of a request means nothing, and inside strings JSON has none. */
function asLine(bytes: Buffer): Buffer {
  const line = Buffer.allocUnsafe(bytes.length + 1);
  bytes.copy(line);
  for (let at = line.indexOf(0x0a); at !== -1 && at < bytes.length; at = line.indexOf(0x0a, at)) line[at] = 0x20;
  line[bytes.length] = 0x0a;
  return line;
}

async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  let bytes = 0;
  // Left early on a refusal, the rest of the body must still be readable: the dispatcher drops it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    // An IncomingMessage without encoding yields buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > MAX_BYTES) throw new ApiFailure(413, `Request exceeds the maximum allowed number of bytes (${MAX_BYTES}).`);
    yield buffer;
  }
}

/**
 * Reads the body of a create call, and writes its requests to `path`, one a line, in flat memory.
 * @returns how many there are
 * @throws ApiFailure 400 or 413
 */
export async function receiveRequests(request: IncomingMessage, path: string): Promise<number> {
  const scanner = new RequestScanner();
  const check = new RequestCheck();
  const file = await open(path, 'w', 0o600);
  try {
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    for await (const chunk of chunksOf(request)) {
      for (const element of scanner.push(chunk)) {
        check.add(element);
        pendingBytes += pending[pending.push(asLine(element)) - 1]?.length ?? 0;
      }
      if (pendingBytes < WRITE_BYTES) continue;
      await file.writeFile(Buffer.concat(pending));
      pending = [];
      pendingBytes = 0;
    }
    await file.writeFile(Buffer.concat(pending));
  } finally {
    await file.close();
  }
  scanner.end();
  if (check.count === 0) throw new ApiFailure(400, 'requests: List should have at least 1 item after validation, not 0');
  return check.count;
}
