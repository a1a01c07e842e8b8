import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/server.ts';
import type { Clock, Provider } from '../../src/index.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { openai } from '../../src/providers/openai/client.ts';

export const vega = join(import.meta.dirname, '../../node_modules/vega-datasets/data');

export const temporary = (): string => mkdtempSync(join(tmpdir(), 'millrace-run-'));

export const providers = ['openai', 'anthropic'] as const;
export type ProviderName = (typeof providers)[number];

/** The real client, against an address that speaks the API. */
export function connect(name: ProviderName, url: string, apiKey = 'key'): Provider {
  return name === 'openai' ? openai({ apiKey, baseURL: `${url}/v1` }) : anthropic({ apiKey, baseURL: url });
}

/** An emulator whose batches end at once; closed with the test that asks for it. */
export async function emulatorWith(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ speed: 1_000_000, ...options });
  onTestFinished(() => emulator.close());
  return emulator;
}

/** Time that passes only while it is slept through. */
export function testClock(): Clock & { readonly sleeps: number[] } {
  const sleeps: number[] = [];
  let now = Date.now();
  return {
    sleeps,
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      now += ms;
    },
  };
}

/** The lines of a JSONL file, parsed. */
export function readJsonl(path: string): Record<string, unknown>[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>);
}

export interface Seen {
  readonly method: string;
  readonly path: string;
}

/** What to do with one request on its way: pass it on, or drop the connection instead of handing the answer back. */
export type Tamper = (seen: Seen) => 'pass' | 'lose answer' | 'refuse';

/** A server in front of the emulator that notes every request and loses what a test wants lost. */
export async function startProxy(emulator: Emulator, tamper: Tamper = () => 'pass') {
  const seen: Seen[] = [];
  const server = createServer((incoming, outgoing) => {
    const one = { method: incoming.method ?? '', path: incoming.url ?? '' };
    seen.push(one);
    forward(incoming, outgoing, emulator.port, tamper(one));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const creates = () => seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/batches')).length;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, seen, creates, close };
}

/** The same, closed with the test that asks for it. */
export async function proxyOf(...given: Parameters<typeof startProxy>): ReturnType<typeof startProxy> {
  const proxy = await startProxy(...given);
  onTestFinished(async () => void (await proxy.close()));
  return proxy;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, port: number, fate: ReturnType<Tamper>): void {
  if (fate === 'refuse') {
    incoming.socket.destroy();
    return;
  }
  const onward = request({ port, host: '127.0.0.1', method: incoming.method, path: incoming.url, headers: incoming.headers }, (answer) => {
    if (fate === 'lose answer') {
      answer.resume().on('end', () => incoming.socket.destroy());
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

/** Batches that the provider has. */
export async function countBatches(provider: Provider): Promise<number> {
  let count = 0;
  for await (const _batch of provider.list()) count += 1;
  return count;
}
