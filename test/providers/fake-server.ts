import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BatchResult, JsonObject, Provider } from '../../src/index.ts';
import type { BatchRequest } from '../../src/requests/request.ts';

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** Path with query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Route = (seen: SeenRequest, response: ServerResponse) => void;

export interface FakeServer {
  readonly origin: string;
  readonly server: Server;
  /** All requests whose body has arrived whole, oldest first. */
  readonly seen: SeenRequest[];
  /** Requests whose headers have arrived. */
  readonly started: () => number;
  close(): Promise<void>;
}

/** A real HTTP server that records what it is sent and answers by hand. */
export async function startFakeServer(route: Route): Promise<FakeServer> {
  const seen: SeenRequest[] = [];
  let started = 0;
  const server = createServer((request, response) => {
    started += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const entry = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(entry);
      route(entry, response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server has a TCP address
  return { origin: `http://127.0.0.1:${port}`, server, seen, started: () => started, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** Answers with JSON. */
export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Sends a request by itself, as a run does, and reads its result line. */
export async function sendAlone(provider: Provider, request: BatchRequest): Promise<BatchResult | undefined> {
  const line = JSON.parse(provider.formatRequest(request)) as JsonObject;
  return provider.parseResult(await provider.send({ endpoint: request.endpoint, line }));
}
