import { rename, rm } from 'node:fs/promises';
import { archivedAt, messageBatchBody, processingStatus } from './anthropic-batch-body.ts';
import { receiveRequests } from './anthropic-create.ts';
import type { AnthropicWorker } from './anthropic-worker.ts';
import type { EmulatorContext } from './context.ts';
import type { Engine } from './engine.ts';
import { ApiFailure } from './failure.ts';
import { limitOf, sendJson, type Exchange, type Route } from './http.ts';
import type { JsonObject } from './json.ts';
import { listBody, pageOf } from './pages.ts';
import { alphanumericId } from './random.ts';
import { sendFile } from './send-file.ts';
import type { StoredMessageBatch } from './stored.ts';

/** Seconds that the API asks callers to wait between two looks at a running batch. */
const RETRY_AFTER = '10';

/** `/v1/messages/batches`. */
export function messageBatchRoutes(context: EmulatorContext, engine: Engine, worker: AnthropicWorker): Route[] {
  const { store, settings, faults } = context;
  const { messageBatches: batches } = store;

  function owned({ id, account }: Exchange): StoredMessageBatch {
    const batch = batches.get(id, account);
    if (batch === undefined) throw new ApiFailure(404, `Message Batch ${id} not found.`);
    return batch;
  }

  function statusOf(batch: StoredMessageBatch): 'in_progress' | 'canceling' | 'ended' {
    return processingStatus(batch, settings.now());
  }

  function resultsUrl({ request }: Exchange, id: string): string {
    const path = `/v1/messages/batches/${id}/results`;
    if (settings.resultsUrl === 'relative') return path;
    const origin = settings.resultsUrl === 'absolute' ? `http://${request.headers.host ?? 'localhost'}` : settings.resultsUrl;
    return new URL(path, origin).href;
  }

  function bodyOf(exchange: Exchange, batch: StoredMessageBatch): JsonObject {
    return messageBatchBody(batch, settings, settings.now(), resultsUrl(exchange, batch.id));
  }

  async function create(exchange: Exchange): Promise<void> {
    const path = store.scratchPath();
    try {
      const total = await receiveRequests(exchange.request, path);
      // What has ended meanwhile no longer counts against a limit.
      await engine.refresh(worker, worker.pending());
      const batch = faults.course.planned('anthropic', newBatch(exchange, total));
      await rename(path, batches.dataPath(batch.id, 'requests'));
      await batches.save(batch);
      engine.wake(worker, batch.id);
      sendJson(exchange.response, bodyOf(exchange, batch));
    } finally {
      await rm(path, { force: true });
    }
  }

  function newBatch({ account, request }: Exchange, total: number): StoredMessageBatch {
    const sequence = store.nextSequence();
    const createdAt = settings.now();
    const id = `msgbatch_01${alphanumericId(22, settings.seed, 'msgbatch', createdAt, sequence)}`;
    const workMs = settings.workMs({ provider: 'anthropic', id, sequence });
    const version = String(request.headers['anthropic-version'] ?? '');
    return { id, account, sequence, createdAt, validatingMs: 0, workMs, finalizingMs: 0, version, total };
  }

  async function retrieve(exchange: Exchange): Promise<void> {
    await engine.refresh(worker, [owned(exchange).id]);
    const batch = owned(exchange);
    if (statusOf(batch) !== 'ended') exchange.response.setHeader('retry-after', RETRY_AFTER);
    sendJson(exchange.response, bodyOf(exchange, batch));
  }

  async function list(exchange: Exchange): Promise<void> {
    const { searchParams } = exchange.url;
    const cursor = { after: searchParams.get('after_id') ?? undefined, before: searchParams.get('before_id') ?? undefined };
    const { items, hasMore } = pageOf(batches.newestFirst(exchange.account), { limit: limitOf(exchange.url, 20, 1000), ...cursor });
    await engine.refresh(worker, items.map(({ id }) => id));
    const data = items.map((batch) => bodyOf(exchange, batches.get(batch.id) ?? batch));
    sendJson(exchange.response, listBody(data, hasMore));
  }

  async function cancel(exchange: Exchange): Promise<void> {
    await engine.refresh(worker, [owned(exchange).id]);
    const batch = owned(exchange);
    if (statusOf(batch) === 'ended') throw new ApiFailure(400, `Message Batch ${batch.id} has already ended and cannot be canceled.`);
    if (statusOf(batch) === 'in_progress') {
      await batches.save({ ...batch, cancelRequestedAt: settings.now() });
      engine.wake(worker, batch.id);
    }
    sendJson(exchange.response, bodyOf(exchange, owned(exchange)));
  }

  async function remove(exchange: Exchange): Promise<void> {
    await engine.refresh(worker, [owned(exchange).id]);
    const { id } = owned(exchange);
    if (statusOf(owned(exchange)) !== 'ended') {
      throw new ApiFailure(400, 'In progress batches cannot be deleted. Consider canceling the batch instead.');
    }
    await batches.remove(id, ['results', 'requests']);
    sendJson(exchange.response, { id, type: 'message_batch_deleted' });
  }

  async function results(exchange: Exchange): Promise<void> {
    await engine.refresh(worker, [owned(exchange).id]);
    const batch = owned(exchange);
    if (statusOf(batch) !== 'ended' || settings.now() >= archivedAt(batch)) {
      throw new ApiFailure(404, `Message Batch ${batch.id} has no available results.`);
    }
    const path = batches.dataPath(batch.id, 'results');
    const { request, response } = exchange;
    await sendFile(request, response, { path, contentType: 'application/x-jsonl', etag: `"${batch.id}"`, ranges: settings.ranges });
  }

  return [
    { name: 'anthropic.batches.create', method: 'POST', path: '/v1/messages/batches', handle: create },
    { name: 'anthropic.batches.list', method: 'GET', path: '/v1/messages/batches', handle: list },
    { name: 'anthropic.batches.retrieve', method: 'GET', path: '/v1/messages/batches/:id', handle: retrieve },
    { name: 'anthropic.batches.cancel', method: 'POST', path: '/v1/messages/batches/:id/cancel', handle: cancel },
    { name: 'anthropic.batches.delete', method: 'DELETE', path: '/v1/messages/batches/:id', handle: remove },
    { name: 'anthropic.batches.results', method: 'GET', path: '/v1/messages/batches/:id/results', handle: results },
  ];
}
