import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Anthropic } from '@anthropic-ai/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { resultsPath } from '../../src/providers/anthropic/calls.ts';
import { anthropic, type AnthropicOptions } from '../../src/providers/anthropic/client.ts';
import type { CreateBatch, Provider } from '../../src/providers/provider.ts';
import type { BatchRequest } from '../../src/requests/request.ts';
import { json, sendAlone, startFakeServer, type FakeServer, type Route } from './fake-server.ts';

const key = 'sk-ant-0123456789';
let fake: FakeServer;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-anthropic-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await fake?.close();
  await rm(directory, { recursive: true, force: true });
});

function wireBatch(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'msgbatch_01Ab',
    type: 'message_batch',
    processing_status: 'in_progress',
    request_counts: { processing: 2, succeeded: 0, errored: 0, canceled: 0, expired: 0 },
    created_at: '2026-11-22T07:00:00.123456Z',
    expires_at: '2026-11-23T07:00:00.123456Z',
    ended_at: null,
    cancel_initiated_at: null,
    archived_at: null,
    results_url: null,
    ...fields,
  };
}

async function start(route: Route, options: AnthropicOptions = {}): Promise<Provider> {
  fake = await startFakeServer(route);
  return anthropic({ apiKey: key, baseURL: fake.origin, ...options });
}

const answerBatch: Route = (_seen, response) => json(response, 200, wireBatch());

async function shard(): Promise<CreateBatch & { text: string }> {
  const path = join(directory, 'shard-0001.json');
  const text = `{"requests":[${Array.from({ length: 3000 }, (_, index) => `{"custom_id":"t-${index}","params":{"text":"ä€😀"}}`).join(',\n')}]}`;
  await writeFile(path, text);
  return { path, text, bytes: Buffer.byteLength(text), name: 'shard-0001.json', endpoint: '/v1/messages', metadata: { run: 'r1' } };
}

const request: BatchRequest = { index: 0, customId: 'r1', endpoint: '/v1/messages', body: { model: 'claude-haiku-4-5', max_tokens: 5, messages: [] } };

describe('calls', () => {
  test('create streams the shard file as the body, once, with a real length', async () => {
    const provider = await start(answerBatch);
    const { text, ...batch } = await shard();
    expect(await provider.create(batch)).toMatchObject({ id: 'msgbatch_01Ab', provider: 'anthropic', status: 'pending', counts: { total: 2 }, resultFiles: [] });
    expect(fake.seen).toHaveLength(1);
    expect(fake.seen[0]).toMatchObject({ method: 'POST', url: '/v1/messages/batches' });
    expect(fake.seen[0]?.body).toBe(text);
    expect(fake.seen[0]?.headers).toMatchObject({
      authorization: `Bearer ${key}`,
      'anthropic-version': '2026-10-21',
      'content-type': 'application/json',
      'content-length': String(batch.bytes),
    });
    expect(fake.seen[0]?.headers['transfer-encoding']).toBeUndefined();
    expect('upload' in provider).toBe(false);
  });

  test.each([
    [500, 'provider_unavailable'],
    [529, 'provider_unavailable'],
    [409, 'conflict'],
    [429, 'rate_limited'],
    [402, 'insufficient_quota'],
    [413, 'request_refused'],
  ])('create is not repeated after HTTP %i', async (status, code) => {
    const type = status === 402 ? 'billing_error' : 'api_error';
    const body = { type: 'error', error: { type, message: 'No.' }, request_id: 'req_1' };
    const provider = await start((_seen, response) => json(response, status, body, { 'request-id': 'req_1', 'retry-after': '3', 'x-should-retry': 'true' }));
    await expect(provider.create(await shard())).rejects.toMatchObject({
      code,
      message: expect.stringContaining('No'),
      context: { status, providerCode: type, requestId: 'req_1', retryAfterMs: 3000 },
    });
    expect(fake.started()).toBe(1);
  });

  test('create is not repeated after a reset', async () => {
    const provider = await start((_seen, response) => response.socket?.resetAndDestroy());
    await expect(provider.create(await shard())).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(fake.started()).toBe(1);
  });

  test('retrieve, cancel and remove, one request each', async () => {
    const provider = await start((_seen, response) => json(response, 200, wireBatch({ processing_status: 'canceling' })));
    await provider.retrieve('msgbatch_01Ab');
    expect(await provider.cancel('msgbatch_01Ab')).toMatchObject({ status: 'pending', rawStatus: 'canceling' });
    await provider.remove({ batchId: 'msgbatch_01Ab' });
    expect(fake.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/messages/batches/msgbatch_01Ab',
      'POST /v1/messages/batches/msgbatch_01Ab/cancel',
      'DELETE /v1/messages/batches/msgbatch_01Ab',
    ]);
    await expect(provider.remove({ fileId: 'f' })).rejects.toMatchObject({ code: 'request_refused' });
  });

  test('list goes page by page', async () => {
    const provider = await start(({ url }, response) => {
      const isFirst = !url.includes('after_id');
      json(response, 200, { data: [wireBatch({ id: isFirst ? 'a' : 'b' })], has_more: isFirst, first_id: 'a', last_id: isFirst ? 'a' : 'b' });
    });
    const ids: string[] = [];
    for await (const { id } of provider.list()) ids.push(id);
    expect(ids).toEqual(['a', 'b']);
    expect(fake.seen.map(({ url }) => url)).toEqual(['/v1/messages/batches?limit=100', '/v1/messages/batches?limit=100&after_id=a']);
  });

  test('find goes by time window and exact count', async () => {
    const counts = { processing: 1, succeeded: 1, errored: 1, canceled: 0, expired: 0 };
    const provider = await start((_seen, response) =>
      json(response, 200, {
        data: [wireBatch({ id: 'two' }), wireBatch({ id: 'three', request_counts: counts }), wireBatch({ id: 'old', request_counts: counts, created_at: '2026-11-21T07:00:00Z' })],
        has_more: false,
      }),
    );
    const found = await provider.find({ metadata: { run: 'r1' }, requestCount: 3, createdAfter: Date.parse('2026-11-22T06:59:00Z') });
    expect(found.map(({ id }) => id)).toEqual(['three']);
  });

  test('send answers as a batch line would, and turns a refusal into a result', async () => {
    let isRefused = false;
    const provider = await start((_seen, response) =>
      isRefused
        ? json(response, 400, { type: 'error', error: { type: 'invalid_request_error', message: 'messages: Field required' } })
        : json(response, 200, { type: 'message', content: [{ type: 'text', text: 'pong' }], stop_reason: 'end_turn', usage: { input_tokens: 1, output_tokens: 1 } }),
    );
    expect(await sendAlone(provider, request)).toMatchObject({ kind: 'answered', customId: 'r1', answer: { text: 'pong' } });
    expect(fake.seen).toMatchObject([{ url: '/v1/messages', body: JSON.stringify(request.body) }]);
    isRefused = true;
    expect(await sendAlone(provider, request)).toMatchObject({ kind: 'errored', customId: 'r1', error: { code: 'invalid_request_error' } });
  });
});

describe('results', () => {
  const content = '{"custom_id":"t-1","result":{"type":"expired"}}\n\n';

  test('are read as bytes from the configured origin, absolute or relative', async () => {
    const provider = await start((_seen, response) => response.end(content));
    for (const id of [`${fake.origin}/v1/messages/batches/b/results`, '/v1/messages/batches/b/results']) {
      const { body } = await provider.download({ kind: 'output', id });
      expect((await buffer(body)).toString()).toBe(content);
    }
    expect(fake.seen.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
      ['GET', '/v1/messages/batches/b/results', `Bearer ${key}`],
      ['GET', '/v1/messages/batches/b/results', `Bearer ${key}`],
    ]);
  });

  test.each(['https://evil.example/v1/messages/batches/b/results', '//evil.example/x', 'http://', 'ftp://evil.example/x'])('are not asked of %s', async (id) => {
    const provider = await start(answerBatch);
    await expect(provider.download({ kind: 'output', id })).rejects.toMatchObject({ code: 'foreign_origin' });
    expect(fake.started()).toBe(0);
  });

  test.each([
    ['/v1/b', 'https://api.anthropic.com', '/v1/b'],
    ['v1/b', 'https://api.anthropic.com', '/v1/b'],
    ['/v1/b', 'https://proxy.example/claude', '/v1/b'],
    ['/claude/v1/b', 'https://proxy.example/claude', 'https://proxy.example/claude/v1/b'],
    ['https://proxy.example/claude/v1/b', 'https://proxy.example/claude', 'https://proxy.example/claude/v1/b'],
  ])('%s under %s is %s', (url, base, expected) => {
    expect(resultsPath(url, base)).toBe(expected);
  });

  test('that are not there are results_unavailable', async () => {
    const provider = await start((_seen, response) => json(response, 404, { type: 'error', error: { type: 'not_found_error', message: 'Message Batch b has no available results.' } }));
    await expect(provider.download({ kind: 'output', id: '/v1/messages/batches/b/results' })).rejects.toMatchObject({ code: 'results_unavailable', message: expect.stringContaining('no available results') });
  });
});

describe('options', () => {
  test('key and address come from the environment; version, workspace and headers are sent', async () => {
    fake = await startFakeServer(answerBatch);
    vi.stubEnv('ANTHROPIC_API_KEY', 'sk-env');
    vi.stubEnv('ANTHROPIC_BASE_URL', fake.origin);
    const provider = anthropic({ version: '2023-06-01', workspaceId: 'wrkspc_1', headers: { 'anthropic-beta': 'output-300k-2026-03-24' } });
    await provider.retrieve('b');
    expect(fake.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer sk-env',
      'anthropic-version': '2023-06-01',
      'anthropic-workspace-id': 'wrkspc_1',
      'anthropic-beta': 'output-300k-2026-03-24',
    });
    expect(provider.account).toBe(`${fake.origin} wrkspc_1`);
    expect(provider.tagsCustomIds).toBe(true);
  });

  test('a missing key is told at the first call, with the variable', async () => {
    for (const name of ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_PROFILE']) vi.stubEnv(name, undefined);
    vi.stubEnv('HOME', directory);
    vi.stubEnv('XDG_CONFIG_HOME', directory);
    fake = await startFakeServer(answerBatch);
    const provider = anthropic({ baseURL: fake.origin });
    await expect(provider.retrieve('b')).rejects.toMatchObject({ code: 'authentication_failed', message: expect.stringContaining('ANTHROPIC_API_KEY') });
    expect(fake.started()).toBe(0);
  });

  test('a refused key is not shown', async () => {
    const provider = await start((_seen, response) => json(response, 401, { type: 'error', error: { type: 'authentication_error', message: `Key ${key} is invalid.` } }));
    const error = await provider.retrieve('b').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'authentication_failed', message: expect.stringContaining('Key *** is invalid') });
  });

  test('a ready client is used as it is', async () => {
    fake = await startFakeServer(answerBatch);
    const provider = anthropic({ client: new Anthropic({ apiKey: key, baseURL: fake.origin }) });
    const { text, ...batch } = await shard();
    await provider.create(batch);
    expect(fake.seen[0]?.body).toBe(text);
    expect(fake.seen[0]?.headers['content-length']).toBe(String(batch.bytes));
  });
});
