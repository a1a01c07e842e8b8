import { json, startFakeServer, type FakeServer, type Route } from './fake-server.ts';

/** A wire batch of OpenAI as it stands right after create. */
export function wireBatch(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'batch_690c12a4d0f48190a1b2c3d4e5f60718',
    object: 'batch',
    endpoint: '/v1/chat/completions',
    errors: null,
    input_file_id: 'file-In1',
    completion_window: '24h',
    status: 'validating',
    output_file_id: null,
    error_file_id: null,
    created_at: 1790000000,
    request_counts: { total: 0, completed: 0, failed: 0 },
    metadata: null,
    ...fields,
  };
}

/** Asked first; says whether it answered. */
export type Override = (...args: Parameters<Route>) => boolean;

/** A few routes of OpenAI's API. */
export function startOpenAIFake(override: Override = () => false): Promise<FakeServer> {
  return startFakeServer((seen, response) => {
    if (override(seen, response)) return;
    const [path = ''] = seen.url.split('?');
    if (seen.method === 'POST' && path === '/v1/files') {
      json(response, 200, { id: 'file-In1', object: 'file', bytes: 3, created_at: 1790000000, filename: 'shard-0001.jsonl', purpose: 'batch' });
    } else if (seen.method === 'DELETE') {
      json(response, 200, { id: path.split('/').at(-1), object: 'file', deleted: true });
    } else if (path === '/v1/batches' && seen.method === 'GET') {
      json(response, 200, { object: 'list', data: [wireBatch()], has_more: false });
    } else if (path.startsWith('/v1/batches')) {
      json(response, 200, wireBatch({ status: path.endsWith('/cancel') ? 'cancelling' : 'validating' }));
    } else {
      json(response, 404, { error: { message: `No route ${path}`, type: 'invalid_request_error', param: null, code: null } });
    }
  });
}
