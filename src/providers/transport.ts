import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** The shape of `fetch` that both SDKs take. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * Makes a `fetch` over `node:http(s)`, for the SDKs and for plain downloads.
 *
 * Node's own `fetch` keeps a streamed upload in memory (nodejs/undici#4058: 680 MB for a 600 MB body on Node 20 to 24); this
 * one sends a stream chunk by chunk, with the `Content-Length` the caller gives. It never follows a redirect, so a key
 * cannot leave with one, and it ends with its signal at any moment, the response body included.
 *
 * Only GET requests share connections: a kept connection that the server closes at this very moment would put a paid POST
 * in doubt, and one handshake more is nothing beside a batch. Idle connections do not keep the process alive.
 */
export function createTransport(): Fetch {
  const pools = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = (init.method ?? 'GET').toUpperCase();
    const body = await sendable(init.body);
    const headers = new Headers(init.headers);
    if (Buffer.isBuffer(body)) headers.set('content-length', String(body.length));
    const secure = url.protocol === 'https:';
    const request = (secure ? httpsRequest : httpRequest)(url, {
      method,
      headers: Object.fromEntries(headers),
      agent: method === 'GET' && (secure ? pools.https : pools.http),
      ...(init.signal && { signal: init.signal }),
    });
    return responseOf(await exchange(request, body));
  };
}

type Body = Buffer | AsyncIterable<Uint8Array> | undefined;

async function sendable(body: RequestInit['body']): Promise<Body> {
  if (body === undefined || body === null) return undefined;
  if (body instanceof ReadableStream) return body;
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(await new Response(body).arrayBuffer());
}

function exchange(request: ClientRequest, body: Body): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays on after the answer: a server that refuses early closes while the rest is still being written.
    request.on('error', reject);
    sendBody(request, body).catch((error: unknown) => {
      reject(error);
      request.destroy();
    });
  });
}

async function sendBody(request: ClientRequest, body: Body): Promise<void> {
  if (body === undefined || Buffer.isBuffer(body)) {
    request.end(body);
    return;
  }
  for await (const chunk of body) {
    if (request.destroyed) return;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      request.off('drain', settle).off('close', settle);
      resolve();
    };
    request.on('drain', settle).on('close', settle);
    if (request.closed) settle();
  });
}

function responseOf(message: IncomingMessage): Response {
  const status = message.statusCode ?? 0;
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? '', message.rawHeaders[at + 1] ?? '');
  }
  const hasNoBody = status === 204 || status === 205 || status === 304;
  if (hasNoBody) message.resume();
  return new Response(hasNoBody ? null : webStream(decoded(message)), { status, headers });
}

/** Undoes a content coding as `fetch` does, for servers that compress unasked. */
function decoded(message: IncomingMessage): Readable {
  const decoders = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress };
  const coding = message.headers['content-encoding']?.toLowerCase() ?? '';
  if (!Object.hasOwn(decoders, coding)) return message;
  const decoder = decoders[coding as keyof typeof decoders](); // own key, checked above
  pipeline(message, decoder, () => {});
  return decoder;
}

/** Pulls one chunk at a time; `Readable.toWeb` of some Node 20 releases reads far ahead. */
function webStream(source: Readable): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Buffer> = source[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
