import type { ServerResponse } from 'node:http';
import type { ProviderServer } from '../../src/testing.ts';
import { json, startFakeServer, type SeenRequest } from '../providers/fake-server.ts';

interface FakeBatch {
  readonly id: string;
  readonly createdAt: number;
  readonly ids: readonly string[];
  readonly fields: Record<string, unknown>;
  status: 'running' | 'ended';
}

/** Serves a file with a strong validator, whole or from an offset. */
function serveFile({ headers }: SeenRequest, response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text);
  const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const range = start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
  response.writeHead(start > 0 ? 206 : 200, { etag: '"v1"', 'content-length': bytes.length - start, ...range });
  response.end(bytes.subarray(start));
}

/** A server that speaks just enough of OpenAI's Files, Batch and chat APIs. */
export async function startOpenAIServer(): Promise<ProviderServer> {
  const files = new Map<string, string>();
  const batches = new Map<string, FakeBatch>();
  const wire = ({ id, createdAt, status, fields }: FakeBatch): object => ({
    id,
    object: 'batch',
    status: status === 'ended' ? 'completed' : 'in_progress',
    created_at: createdAt,
    output_file_id: status === 'ended' ? `out-${id}` : null,
    error_file_id: '',
    request_counts: null,
    ...fields,
  });
  const missing = (response: ServerResponse): void => json(response, 404, { error: { message: 'Not there.', type: 'invalid_request_error', code: null } });
  const fake = await startFakeServer((seen, response) => {
    const [, , kind, id = '', action] = new URL(seen.url, 'http://x').pathname.split('/');
    if (kind === 'chat') return json(response, 200, { id: 'c', choices: [{ index: 0, message: { content: 'pong' }, finish_reason: 'stop' }] });
    if (seen.method === 'POST' && kind === 'files') {
      const fileId = `file-${files.size}`;
      files.set(fileId, seen.body);
      return json(response, 200, { id: fileId, filename: 'f', bytes: 1, created_at: 1790000000 });
    }
    if (kind === 'files' && action === 'content') return serveFile(seen, response, files.get(id) ?? '');
    if (seen.method === 'DELETE') return json(response, 200, { id, deleted: files.delete(id) });
    if (seen.method === 'POST' && id === '') {
      const { input_file_id, metadata } = JSON.parse(seen.body) as { input_file_id: string; metadata: unknown };
      const ids = [...(files.get(input_file_id) ?? '').matchAll(/"custom_id":"([^"]+)"/g)].map(([, found = '']) => found);
      const batch: FakeBatch = { id: `batch-${batches.size}`, createdAt: 1790000000, ids, status: 'running', fields: { input_file_id, metadata } };
      batches.set(batch.id, batch);
      return json(response, 200, wire(batch));
    }
    if (id === '') return json(response, 200, { data: [...batches.values()].map(wire), has_more: false });
    const batch = batches.get(id);
    return batch ? json(response, 200, wire(batch)) : missing(response);
  });
  return {
    server: fake.server,
    endBatch(batchId) {
      const batch = batches.get(batchId);
      if (!batch) return;
      batch.status = 'ended';
      const body = { choices: [{ index: 0, message: { content: 'pong' }, finish_reason: 'stop' }] };
      files.set(`out-${batchId}`, batch.ids.map((id) => `${JSON.stringify({ custom_id: id, response: { status_code: 200, body }, error: null })}\n`).join(''));
    },
  };
}

/** A server that speaks just enough of Anthropic's Message Batches and Messages APIs. */
export async function startAnthropicServer(): Promise<ProviderServer> {
  const batches = new Map<string, FakeBatch>();
  const message = { type: 'message', content: [{ type: 'text', text: 'pong' }], stop_reason: 'end_turn' };
  const wire = ({ id, ids, status }: FakeBatch, origin: string): object => ({
    id,
    type: 'message_batch',
    processing_status: status === 'ended' ? 'ended' : 'in_progress',
    request_counts: { processing: status === 'ended' ? 0 : ids.length, succeeded: status === 'ended' ? ids.length : 0 },
    created_at: '2026-11-22T07:00:00.123456Z',
    results_url: status === 'ended' ? `${origin}/v1/messages/batches/${id}/results` : null,
  });
  const fake = await startFakeServer((seen, response) => {
    const [, , , kind, id = '', action] = new URL(seen.url, 'http://x').pathname.split('/');
    if (kind === undefined) return json(response, 200, message);
    if (seen.method === 'POST' && id === '') {
      const { requests } = JSON.parse(seen.body) as { requests: { custom_id: string }[] };
      const batch: FakeBatch = { id: `msgbatch-${batches.size}`, createdAt: 0, ids: requests.map(({ custom_id }) => custom_id), fields: {}, status: 'running' };
      batches.set(batch.id, batch);
      return json(response, 200, wire(batch, fake.origin));
    }
    if (id === '') return json(response, 200, { data: [...batches.values()].map((batch) => wire(batch, fake.origin)), has_more: false });
    const batch = batches.get(id);
    if (!batch) return json(response, 404, { type: 'error', error: { type: 'not_found_error', message: 'Not there.' } });
    if (action !== 'results') return json(response, 200, wire(batch, fake.origin));
    const lines = batch.ids.map((custom_id) => JSON.stringify({ custom_id, result: { type: 'succeeded', message } }));
    return serveFile(seen, response, lines.join('\n'));
  });
  return {
    server: fake.server,
    endBatch(batchId) {
      const batch = batches.get(batchId);
      if (batch) batch.status = 'ended';
    },
  };
}
