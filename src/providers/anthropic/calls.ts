import { ProviderError } from '../../errors.ts';
import type { JsonObject } from '../../records/record.ts';
import { batchesSince, listPages, callFor } from '../answers.ts';
import { callJson, unexpected, type Call, type Connection } from '../connection.ts';
import { openDownload } from '../download.ts';
import type { Batch, BatchQuery, CallOptions, CreateBatch, Provider, ResultFile, SingleRequest } from '../provider.ts';
import { jsonBody } from '../shard-body.ts';
import { fieldsOf } from '../values.ts';
import { batchOf, batchPath } from './batch.ts';
import { parseResult } from './wire.ts';

type Calls = Pick<Provider, 'create' | 'find' | 'list' | 'retrieve' | 'download' | 'cancel' | 'remove' | 'send'>;

/** The calls of Anthropic's Message Batches API over a connection. There is no upload: `create` sends the shard file itself. */
export function anthropicCalls(connection: Connection): Calls {
  return {
    create: (batch, options) => callFor(connection, createCall(batch), batchOf, options),
    find: (query, options) => findBatches(connection, query, options),
    list: (options) => listBatches(connection, options),
    retrieve: (batchId, options) => callFor(connection, retrieveCall(batchId), batchOf, options),
    download: async (file, options) => openDownload(connection, downloadCall(connection, file), options),
    cancel: (batchId, options) => callFor(connection, cancelCall(batchId), batchOf, options),
    async remove(target, options) {
      await callJson(connection, removeCall(target), options);
    },
    send: (request, options) => sendOne(connection, request, options),
  };
}

function createCall(batch: CreateBatch): Call {
  const { headers, chunks } = jsonBody(batch);
  const action = `create the batch of ${batch.name}`;
  return { method: 'post', path: '/v1/messages/batches', headers, stream: chunks, action, file: batch.path };
}

function retrieveCall(batchId: string): Call {
  return { method: 'get', path: batchPath(batchId), action: `retrieve batch ${batchId}`, batchId };
}

function cancelCall(batchId: string): Call {
  return { method: 'post', path: `${batchPath(batchId)}/cancel`, action: `cancel batch ${batchId}`, batchId };
}

function removeCall(target: Parameters<Provider['remove']>[0]): Call {
  if ('batchId' in target) {
    return { method: 'delete', path: batchPath(target.batchId), action: `delete batch ${target.batchId}`, batchId: target.batchId };
  }
  const message = `Anthropic batches have no files; there is no file ${target.fileId} to delete. Delete the batch instead.`;
  throw new ProviderError('request_refused', message, { file: target.fileId });
}

function downloadCall(connection: Connection, { id }: ResultFile): Call {
  const path = resultsPath(id, connection.client().baseURL);
  return { method: 'get', path, headers: { accept: 'application/x-jsonl' }, action: `download the results ${id}`, file: id };
}

/**
 * Where to read results. `results_url` comes from the server, and the SDK would send the key to whatever host it names:
 * only the configured origin is asked. A relative address is taken under the base URL.
 */
export function resultsPath(resultsUrl: string, baseURL: string): string {
  const base = new URL(baseURL);
  if (!/^[a-z][a-z0-9+.-]*:|^\/\//i.test(resultsUrl)) {
    const prefix = base.pathname.replace(/\/+$/, '');
    const path = `/${resultsUrl.replace(/^\/+/, '')}`;
    return prefix !== '' && path.startsWith(`${prefix}/`) ? `${base.origin}${path}` : path;
  }
  const address = URL.canParse(resultsUrl, base.href) ? new URL(resultsUrl, base) : undefined;
  if (address?.origin === base.origin) return address.href;
  const message = `The results lie at another host than the configured ${base.origin}: ${resultsUrl}.`;
  throw new ProviderError('foreign_origin', `${message} The API key is not sent there; check the base URL.`, { file: resultsUrl });
}

function pagesOf(connection: Connection, options: CallOptions | undefined): AsyncIterable<Batch[]> {
  return listPages(connection, { path: '/v1/messages/batches', cursor: 'after_id', map: batchOf, what: 'batches' }, options);
}

async function* listBatches(connection: Connection, options: CallOptions | undefined): AsyncGenerator<Batch, void, undefined> {
  for await (const page of pagesOf(connection, options)) yield* page;
}

/** By time and request count, for these batches carry nothing of ours; the tag inside the result ids decides later. */
async function findBatches(connection: Connection, query: BatchQuery, options: CallOptions | undefined): Promise<Batch[]> {
  const recent = await batchesSince(pagesOf(connection, options), query.createdAfter);
  return recent.filter(({ counts }) => counts.total === query.requestCount);
}

/** The answer, shaped as the line a batch would have written. */
async function sendOne(connection: Connection, request: SingleRequest, options: CallOptions | undefined): Promise<JsonObject> {
  const { endpoint, line } = request;
  const call: Call = { method: 'post', path: endpoint, body: line['params'], action: `send the request of ${JSON.stringify(line['custom_id'])}` };
  try {
    const message = fieldsOf(await callJson(connection, call, options));
    const result = resultLine(request, { type: 'succeeded', message: message as JsonObject }); // parsed from JSON just now
    if (message && parseResult(result)) return result;
    throw unexpected(connection, call, 'the answer is of no known shape');
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal) return resultLine(request, refusal);
    throw error;
  }
}

function resultLine({ line }: SingleRequest, result: JsonObject): JsonObject {
  return { custom_id: line['custom_id'] ?? null, result };
}

function refusalOf(error: unknown): JsonObject | undefined {
  if (!(error instanceof ProviderError) || !['request_refused', 'not_found'].includes(error.code)) return undefined;
  const type = error.context.providerCode ?? 'invalid_request_error';
  return { type: 'errored', error: { type: 'error', error: { type, message: error.message } } };
}
