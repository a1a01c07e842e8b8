import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch, CreateBatch, Provider, SingleRequest } from '../providers/provider.ts';
import type { JsonObject } from '../records/record.ts';
import type { BatchRequest } from '../requests/request.ts';
import { Wiretap } from './wiretap.ts';

/** A running server that speaks the API of a provider. */
export interface ProviderServer {
  /** Listening; requests are counted and faults injected here. */
  readonly server: Server;
  /** Makes a batch end, with one result for each of its requests. */
  endBatch(batchId: string): void | Promise<void>;
  /** Frees what else the server holds; the `server` itself is closed by the suite. */
  close?(): Promise<void>;
}

/** What a check works with: a provider, its server with nothing on it yet, and a shard to send. */
export interface Rig {
  readonly provider: Provider;
  readonly wiretap: Wiretap;
  readonly server: ProviderServer;
  readonly requests: readonly BatchRequest[];
  readonly shard: CreateBatch;
}

export interface RigOptions {
  readonly makeProvider: (baseURL: string) => Provider;
  readonly start: () => Promise<ProviderServer>;
  readonly request: Pick<BatchRequest, 'endpoint' | 'body'>;
}

/** Sets a rig up, works with it, and takes it down again. */
export async function withRig(options: RigOptions, work: (rig: Rig) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-testing-'));
  const server = await options.start();
  try {
    const wiretap = new Wiretap(server.server);
    const provider = options.makeProvider(addressOf(server.server));
    const requests = [0, 1, 2].map((index) => ({ index, customId: `check-${index}`, ...options.request }));
    const shard = await writeShard(provider, requests, directory);
    await work({ provider, wiretap, server, requests, shard });
  } finally {
    await closeServer(server);
    await rm(directory, { recursive: true, force: true });
  }
}

function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address === 'object' && address !== null) return `http://127.0.0.1:${address.port}`;
  throw new Error('The server that `start` gives must be listening on a TCP port.');
}

async function writeShard(provider: Provider, requests: readonly BatchRequest[], directory: string): Promise<CreateBatch> {
  const { envelope, extension, formatRequest } = provider.limits;
  const text = envelope.prefix + requests.map((request) => formatRequest(request)).join(envelope.separator) + envelope.suffix;
  const name = `shard-0001${extension}`;
  const path = join(directory, name);
  await writeFile(path, text);
  const endpoint = requests[0]?.endpoint ?? '';
  return { path, name, bytes: Buffer.byteLength(text), endpoint, metadata: { run: 'check', shard: '1' } };
}

async function closeServer(started: ProviderServer): Promise<void> {
  await new Promise<void>((resolve) => {
    started.server.close(() => resolve());
    started.server.closeAllConnections();
  });
  await started.close?.();
}

/** Uploads where the provider takes files, so that `create` can be called with the result. */
export async function prepare({ provider, shard }: Rig): Promise<CreateBatch> {
  const file = await provider.upload?.(shard);
  return file ? { ...shard, fileId: file.id } : shard;
}

/** Makes a batch. */
export async function createBatch(rig: Rig): Promise<{ readonly batch: Batch; readonly fileId: string | undefined }> {
  const prepared = await prepare(rig);
  return { batch: await rig.provider.create(prepared), fileId: prepared.fileId };
}

/** Makes a batch and lets it end. */
export async function endedBatch(rig: Rig): Promise<Batch> {
  const { batch } = await createBatch(rig);
  await rig.server.endBatch(batch.id);
  return rig.provider.retrieve(batch.id);
}

/** A request as it is sent by itself. */
export function singleRequest(provider: Provider, request: BatchRequest): SingleRequest {
  // A check of its own sees to it that `formatRequest` writes an object.
  return { endpoint: request.endpoint, line: JSON.parse(provider.formatRequest(request)) as JsonObject };
}
