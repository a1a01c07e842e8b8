import { randomUUID } from 'node:crypto';
import { ProviderError } from '../../errors.ts';
import type { JsonObject } from '../../records/record.ts';
import { batchesSince, callFor, listPages } from '../answers.ts';
import { callJson, unexpected, type Call, type Connection } from '../connection.ts';
import { openDownload } from '../download.ts';
import type { Batch, BatchQuery, CallOptions, CreateBatch, Provider, RemoteFile, ShardUpload, SingleRequest } from '../provider.ts';
import { formBody } from '../shard-body.ts';
import { fieldsOf } from '../values.ts';
import { batchOf, fileOf } from './batch.ts';
import { parseResult } from './wire.ts';

type Calls = Required<Pick<Provider, 'upload' | 'findFile'>> &
  Pick<Provider, 'create' | 'find' | 'list' | 'retrieve' | 'download' | 'cancel' | 'remove' | 'send'>;

/** What is known of the service behind a base URL. */
export interface OpenAIService {
  /** How long result files live, in milliseconds, where that is documented. */
  readonly keepsResultsMs?: number;
  /** How long uploaded files live, in milliseconds, where the service is told. */
  readonly uploadsExpireAfterMs?: number;
}

/** The calls of OpenAI's Files and Batch APIs over a connection. Paths are relative to a base URL that ends in `/v1`. */
export function openaiCalls(connection: Connection, { keepsResultsMs, uploadsExpireAfterMs }: OpenAIService = {}): Calls {
  const toBatch = (value: unknown): Batch | undefined => {
    const batch = batchOf(value);
    if (batch?.endedAt === undefined || keepsResultsMs === undefined) return batch;
    return { ...batch, resultsUntil: batch.endedAt + keepsResultsMs };
  };
  return {
    upload: (shard, options) => callFor(connection, uploadCall(shard, uploadsExpireAfterMs), fileOf, options),
    findFile: (upload, options) => findFile(connection, upload, options),
    create: (batch, options) => callFor(connection, createCall(batch), toBatch, options),
    find: (query, options) => findBatches(connection, query, options),
    list: (options) => listBatches(connection, options),
    retrieve: (batchId, options) => callFor(connection, retrieveCall(batchId), toBatch, options),
    download: ({ id }, options) => openDownload(connection, downloadCall(id), options),
    cancel: (batchId, options) => callFor(connection, cancelCall(batchId), toBatch, options),
    async remove(target, options) {
      await callJson(connection, removeCall(target), options);
    },
    send: (request, options) => sendOne(connection, request, options),
  };
}

function uploadCall(shard: ShardUpload, expireAfterMs: number | undefined): Call {
  const expiry = expireAfterMs === undefined ? {} : { 'expires_after[anchor]': 'created_at', 'expires_after[seconds]': String(Math.round(expireAfterMs / 1000)) };
  const body = formBody(shard, { purpose: 'batch', ...expiry }, `millrace-${randomUUID()}`);
  const action = `upload ${shard.name}`;
  return { method: 'post', path: '/files', headers: body.headers, stream: body.chunks, action, file: shard.path };
}

function createCall({ fileId, endpoint, metadata, completionWindow = '24h', name }: CreateBatch): Call {
  const body = { input_file_id: fileId, endpoint, completion_window: completionWindow, metadata };
  return { method: 'post', path: '/batches', body, action: `create the batch of ${name}` };
}

function retrieveCall(batchId: string): Call {
  return { method: 'get', path: batchPath(batchId), action: `retrieve batch ${batchId}`, batchId };
}

function cancelCall(batchId: string): Call {
  return { method: 'post', path: `${batchPath(batchId)}/cancel`, action: `cancel batch ${batchId}`, batchId };
}

function downloadCall(fileId: string): Call {
  const headers = { accept: 'application/binary' };
  return { method: 'get', path: `${filePath(fileId)}/content`, headers, action: `download file ${fileId}`, file: fileId };
}

function removeCall(target: Parameters<Provider['remove']>[0]): Call {
  if ('fileId' in target) {
    return { method: 'delete', path: filePath(target.fileId), action: `delete file ${target.fileId}`, file: target.fileId };
  }
  const message = `OpenAI has no call that deletes a batch; batch ${target.batchId} stays. Delete its files instead.`;
  throw new ProviderError('request_refused', message, { batchId: target.batchId });
}

function batchPath(batchId: string): string {
  return `/batches/${encodeURIComponent(batchId)}`;
}

function filePath(fileId: string): string {
  return `/files/${encodeURIComponent(fileId)}`;
}

function pagesOf(connection: Connection, options: CallOptions | undefined): AsyncIterable<Batch[]> {
  return listPages(connection, { path: '/batches', cursor: 'after', map: batchOf, what: 'batches' }, options);
}

async function* listBatches(connection: Connection, options: CallOptions | undefined): AsyncGenerator<Batch, void, undefined> {
  for await (const page of pagesOf(connection, options)) yield* page;
}

/** By metadata, which only we can have written; where a server drops it, by the input file. */
async function findBatches(connection: Connection, query: BatchQuery, options: CallOptions | undefined): Promise<Batch[]> {
  const recent = await batchesSince(pagesOf(connection, options), query.createdAfter);
  const wanted = Object.entries(query.metadata);
  const ours = recent.filter(({ metadata }) => wanted.length > 0 && wanted.every(([key, value]) => metadata[key] === value));
  if (ours.length > 0 || query.fileId === undefined) return ours;
  return recent.filter(({ inputFileId }) => inputFileId === query.fileId);
}

/** Files come newest first; our names hold the run's id, so that name and size are proof enough. */
async function findFile(connection: Connection, upload: Parameters<Calls['findFile']>[0], options: CallOptions | undefined): Promise<RemoteFile | undefined> {
  const listing = { path: '/files', cursor: 'after', map: fileOf, query: { purpose: 'batch', order: 'desc' }, what: 'files' };
  for await (const page of listPages(connection, listing, options)) {
    const match = page.find(({ name, bytes }) => name === upload.name && bytes === upload.bytes);
    if (match) return match;
    if (page.every(({ createdAt = Infinity }) => createdAt < upload.createdAfter)) return undefined;
  }
  return undefined;
}

/** The answer, shaped as the line a batch would have written. */
async function sendOne(connection: Connection, request: SingleRequest, options: CallOptions | undefined): Promise<JsonObject> {
  const call = sendCall(request);
  try {
    const body = fieldsOf(await callJson(connection, call, options));
    const result = resultLine(request, 200, body as JsonObject); // parsed from JSON just now
    if (body && parseResult(result)) return result;
    throw unexpected(connection, call, 'the answer is of no known shape');
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal) return resultLine(request, refusal.status, refusal.body);
    throw error;
  }
}

function sendCall({ endpoint, line }: SingleRequest): Call {
  // The base URL ends in the version that batch lines carry in front.
  return { method: 'post', path: endpoint.replace(/^\/v\d+(?=\/)/, ''), body: line['body'], action: `send the request of ${JSON.stringify(line['custom_id'])}` };
}

function resultLine({ line }: SingleRequest, status: number, body: JsonObject): JsonObject {
  return { custom_id: line['custom_id'] ?? null, response: { status_code: status, body }, error: null };
}

function refusalOf(error: unknown): { readonly status: number; readonly body: JsonObject } | undefined {
  if (!(error instanceof ProviderError) || !['request_refused', 'not_found'].includes(error.code)) return undefined;
  const { status = 400, providerCode } = error.context;
  return { status, body: { error: { message: error.message, code: providerCode ?? null } } };
}
