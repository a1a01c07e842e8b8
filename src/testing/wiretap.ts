import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

/** What happens to requests in place of, or on top of, the server's own answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** The request is read whole, then the connection is reset: the server may have done its work. */
  | { readonly kind: 'reset' }
  /** The request is read whole and never answered. */
  | { readonly kind: 'stall' }
  /** The server answers, but the connection ends in the middle of the body. */
  | { readonly kind: 'cut' };

/** Sits between the sockets and the handlers of a running server: counts requests, and makes things go wrong. */
export class Wiretap {
  /** While set, every request meets it. */
  fault: Fault | undefined;
  #requests = 0;
  #onStall: (() => void) | undefined;

  constructor(server: Server) {
    // What listens for requests is a request listener.
    const handlers = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      this.#requests += 1;
      if (this.fault === undefined || this.fault.kind === 'cut') {
        if (this.fault) cutShort(response);
        for (const handler of handlers) handler(request, response);
      } else {
        this.#fail(request, response, this.fault);
      }
    });
  }

  /** Requests seen so far. */
  get requests(): number {
    return this.#requests;
  }

  /** Resolves when a request has been left without an answer. */
  stalled(): Promise<void> {
    return new Promise((resolve) => (this.#onStall = resolve));
  }

  #fail(request: IncomingMessage, response: ServerResponse, fault: Exclude<Fault, { kind: 'cut' }>): void {
    request.resume();
    request.on('error', () => {});
    request.once('end', () => {
      if (fault.kind === 'reset') response.socket?.resetAndDestroy();
      else if (fault.kind === 'stall') this.#onStall?.();
      else answer(response, fault);
    });
  }
}

function answer(response: ServerResponse, { status, headers, body }: Extract<Fault, { kind: 'status' }>): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body ?? '{"error":{"message":"made to fail"}}');
}

/** Lets half of the first chunk of a body through. */
function cutShort(response: ServerResponse): void {
  const write = response.write.bind(response);
  let isCut = false;
  const cut = (chunk: unknown): void => {
    if (isCut) return;
    isCut = true;
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.alloc(0);
    if (bytes.length > 1) write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => response.socket?.destroy());
    else response.socket?.destroy();
  };
  // Both have many overloads; all of them begin with the chunk.
  response.write = ((chunk: unknown) => (cut(chunk), true)) as typeof response.write;
  response.end = ((chunk: unknown) => (cut(chunk), response)) as typeof response.end;
}
