import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { InputError, ProviderError } from '../../src/errors.ts';
import { openai, type OpenAIOptions } from '../../src/providers/openai/client.ts';
import type { CreateBatch, Provider } from '../../src/providers/provider.ts';
import type { BatchRequest } from '../../src/requests/request.ts';
import { json, sendAlone, type FakeServer } from './fake-server.ts';
import { startOpenAIFake, wireBatch, type Override } from './openai-fake.ts';

const key = 'sk-test-0123456789abcdef';
let fake: FakeServer;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-openai-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await fake?.close();
  await rm(directory, { recursive: true, force: true });
});

async function start(override?: Override, options: OpenAIOptions = {}): Promise<Provider> {
  fake = await startOpenAIFake(override);
  return openai({ apiKey: key, baseURL: `${fake.origin}/v1`, ...options });
}

/** Answers every request the same way. */
function always(status: number, body: unknown, headers?: Record<string, string>): Override {
  return (_seen, response) => {
    json(response, status, body, headers);
    return true;
  };
}

async function shard(text: string): Promise<CreateBatch> {
  const path = join(directory, 'shard-0001.jsonl');
  await writeFile(path, text);
  return { path, bytes: Buffer.byteLength(text), name: 'shard-"0001".jsonl', endpoint: '/v1/chat/completions', fileId: 'file-In1', metadata: { run: 'r1', shard: '1' } };
}

const request: BatchRequest = { index: 0, customId: 'r/1', wireId: 'safe', endpoint: '/v1/chat/completions', body: { model: 'gpt-4o-mini', messages: [] } };

describe('calls', () => {
  test('upload streams the shard as a form with a real length', async () => {
    const provider = await start();
    const text = '{"custom_id":"ä€😀"}\n'.repeat(20_000);
    const file = await provider.upload?.(await shard(text));
    expect(file).toEqual({ id: 'file-In1', name: 'shard-0001.jsonl', bytes: 3, createdAt: 1_790_000_000_000 });
    const [seen] = fake.seen;
    expect(seen).toMatchObject({ method: 'POST', url: '/v1/files' });
    expect(seen?.headers).toMatchObject({ authorization: `Bearer ${key}`, 'content-length': String(Buffer.byteLength(seen?.body ?? '')) });
    expect(seen?.headers['transfer-encoding']).toBeUndefined();
    const boundary = /boundary=(\S+)/.exec(seen?.headers['content-type'] ?? '')?.[1] ?? '';
    const form = await new Response(seen?.body ?? '', { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }).formData();
    expect(form.get('purpose')).toBe('batch');
    const sent = form.get('file');
    expect(sent).toMatchObject({ name: 'shard-"0001".jsonl' });
    expect(await (sent as File).text()).toBe(text);
  });

  test('create sends what identifies the batch', async () => {
    const provider = await start();
    const batch = await provider.create(await shard('x\n'));
    expect(batch).toMatchObject({ id: 'batch_690c12a4d0f48190a1b2c3d4e5f60718', provider: 'openai', status: 'pending', rawStatus: 'validating', resultFiles: [] });
    expect(fake.seen).toHaveLength(1);
    expect(JSON.parse(fake.seen[0]?.body ?? '')).toEqual({
      input_file_id: 'file-In1',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      metadata: { run: 'r1', shard: '1' },
    });
  });

  test('retrieve, cancel and remove, one request each, ids escaped', async () => {
    const provider = await start();
    await provider.retrieve('batch/../1');
    expect(await provider.cancel('b1')).toMatchObject({ rawStatus: 'cancelling', status: 'pending' });
    await provider.remove({ fileId: 'file-1' });
    expect(fake.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /v1/batches/batch%2F..%2F1',
      'POST /v1/batches/b1/cancel',
      'DELETE /v1/files/file-1',
    ]);
    await expect(provider.remove({ batchId: 'b1' })).rejects.toMatchObject({ code: 'request_refused' });
  });

  test('results live for 30 days at OpenAI; of another server that is not said', async () => {
    fake = await startOpenAIFake();
    const ended = wireBatch({ status: 'completed', completed_at: 1_762_399_471 });
    const client = (baseURL: string) => new OpenAI({ apiKey: key, baseURL, fetch: async () => Response.json(ended) });
    expect((await openai({ client: client('https://eu.api.openai.com/v1') }).retrieve('b')).resultsUntil).toBe(1_762_399_471_000 + 30 * 86_400_000);
    expect((await openai({ client: client('https://api.example.com/v1') }).retrieve('b')).resultsUntil).toBeUndefined();
  });

  test('send answers as a batch line would', async () => {
    const answer = { id: 'chatcmpl-1', choices: [{ index: 0, message: { role: 'assistant', content: 'pong' }, finish_reason: 'stop' }] };
    const provider = await start(always(200, answer));
    expect(await sendAlone(provider, request)).toMatchObject({ kind: 'answered', customId: 'safe', statusCode: 200, answer: { text: 'pong' } });
    expect(fake.seen).toMatchObject([{ url: '/v1/chat/completions', body: JSON.stringify(request.body) }]);
  });

  test('send turns a refusal of the request into a result, and throws what concerns the account', async () => {
    let status = 400;
    const provider = await start((_seen, response) => {
      json(response, status, { error: { message: 'Too long.', type: 'invalid_request_error', code: 'context_length_exceeded' } });
      return true;
    });
    expect(await sendAlone(provider, request)).toMatchObject({ kind: 'errored', customId: 'safe', statusCode: 400, error: { code: 'context_length_exceeded', message: expect.stringContaining('Too long') } });
    status = 401;
    await expect(sendAlone(provider, request)).rejects.toMatchObject({ code: 'authentication_failed' });
  });
});

describe('lists', () => {
  const page = (ids: string[], rest: object): object => ({ object: 'list', data: ids.map((id) => wireBatch({ id })), ...rest });

  async function idsOf(provider: Provider): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of provider.list()) ids.push(id);
    return ids;
  }

  test('page by page with the cursor', async () => {
    const provider = await start((seen, response) => {
      const after = new URL(seen.url, 'http://x').searchParams.get('after');
      json(response, 200, after === null ? page(['a', 'b'], { has_more: true, last_id: 'b' }) : page(['c'], { has_more: false }));
      return true;
    });
    expect(await idsOf(provider)).toEqual(['a', 'b', 'c']);
    expect(fake.seen.map(({ url }) => url)).toEqual(['/v1/batches?limit=100', '/v1/batches?limit=100&after=b']);
  });

  test.each([
    ['a bare array', [wireBatch({ id: 'a' })], 1],
    ['`value`', { value: [wireBatch({ id: 'a' })], has_more: false }, 1],
    ['no has_more, and a server that repeats itself', { data: [wireBatch({ id: 'a' })] }, 2],
  ])('%s', async (_name, body, requests) => {
    const provider = await start(always(200, body));
    expect(new Set(await idsOf(provider))).toEqual(new Set(['a']));
    expect(fake.seen).toHaveLength(requests);
  });

  test('what is no list is an unexpected response', async () => {
    const provider = await start(always(200, { object: 'page' }));
    await expect(idsOf(provider)).rejects.toMatchObject({ code: 'unexpected_response' });
  });
});

describe('find', () => {
  const createdAfter = 1_790_000_000_000;
  const query = { metadata: { run: 'r1', shard: '1' }, fileId: 'file-In1', requestCount: 2, createdAfter };
  const pages = [
    [wireBatch({ id: 'new', created_at: 1790000100, metadata: { run: 'r1', shard: '2' } }), wireBatch({ id: 'ours', created_at: 1790000050, metadata: { run: 'r1', shard: '1', more: 'x' } })],
    [wireBatch({ id: 'skewed', created_at: 1789999900, metadata: { run: 'r1', shard: '1' } }), wireBatch({ id: 'old', created_at: 1789000000, metadata: { run: 'r1', shard: '1' } })],
    [wireBatch({ id: 'older', created_at: 1788000000 })],
    [wireBatch({ id: 'never read', created_at: 1787000000 })],
  ];

  function paged(): Promise<Provider> {
    return start((seen, response) => {
      const at = Number(new URL(seen.url, 'http://x').searchParams.get('after') ?? 0);
      json(response, 200, { data: pages[at], has_more: true, last_id: String(at + 1) });
      return true;
    });
  }

  test('by all metadata, in the time window, and no further back than needed', async () => {
    const provider = await paged();
    expect((await provider.find(query)).map(({ id }) => id)).toEqual(['ours', 'skewed']);
    expect(fake.seen).toHaveLength(3);
  });

  test('by input file where no metadata match', async () => {
    const provider = await paged();
    expect((await provider.find({ ...query, metadata: { run: 'other' }, fileId: 'file-In1' })).map(({ id }) => id)).toEqual(['new', 'ours', 'skewed']);
    expect(await provider.find({ ...query, metadata: { run: 'other' }, fileId: 'file-Else' })).toEqual([]);
  });
});

describe('errors', () => {
  test.each([
    [401, { error: { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' } }, 'authentication_failed', '***'],
    [403, { error: { message: 'No access.', type: 'permission_error' } }, 'permission_denied', 'No access'],
    [404, { error: { message: "No batch found with id 'b'.", code: null } }, 'not_found', "No batch found with id 'b'"],
    [409, { error: { message: "Cannot cancel a batch with status 'completed'." } }, 'conflict', 'completed'],
    [422, { detail: [{ loc: ['body'], msg: 'field required' }] }, 'request_refused', 'field required'],
    [401, { detail: 'Invalid API Key' }, 'authentication_failed', ': Invalid API Key (HTTP 401'],
    [404, { error: 'Job not found', request_id: 'x' }, 'not_found', ': Job not found (HTTP 404'],
    [503, { message: 'Come back.' }, 'provider_unavailable', ': Come back (HTTP 503'],
    [502, '<html>', 'provider_unavailable', '<html>'],
    [429, { error: { message: 'No credit.', type: 'insufficient_quota', code: 'insufficient_quota' } }, 'insufficient_quota', 'No credit'],
    [500, { error: { message: 'The server had an error.', type: 'server_error', code: null } }, 'provider_unavailable', 'had an error'],
  ])('HTTP %i %j is %s', async (status, body, code, words) => {
    const provider = await start(always(status, body, { 'x-request-id': 'req_9' }));
    const error = await provider.create(await shard('x\n')).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProviderError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words), context: { status, requestId: 'req_9' } });
    expect(JSON.stringify(error) + String(error)).not.toContain(key);
    expect(fake.started()).toBe(1);
  });

  test('429 says how long to wait', async () => {
    const provider = await start(always(429, { error: { message: 'Slow down.', code: 'rate_limit_exceeded' } }, { 'retry-after': '12' }));
    await expect(provider.retrieve('b')).rejects.toMatchObject({ code: 'rate_limited', context: { retryAfterMs: 12_000, batchId: 'b' } });
    expect(fake.started()).toBe(1);
  });

  test('the page of a proxy with HTTP 200 is no batch, nor is other JSON', async () => {
    let body = '<html><body>Sign in</body></html>';
    const provider = await start((_seen, response) => {
      response.writeHead(200, { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' }).end(body);
      return true;
    });
    for (const text of [body, '', '[]', '"batch"', '{"object":"batch"}', '{"id":']) {
      body = text;
      await expect(provider.retrieve('b')).rejects.toMatchObject({ code: 'unexpected_response' });
    }
  });

  test('JSON with the type of a text is read all the same', async () => {
    const provider = await start((_seen, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end(JSON.stringify(wireBatch()));
      return true;
    });
    expect(await provider.retrieve('b')).toMatchObject({ rawStatus: 'validating' });
  });

  test('a redirect of a paid call is not followed', async () => {
    const provider = await start((_seen, response) => {
      response.writeHead(307, { location: '/v1/elsewhere' }).end();
      return true;
    });
    await expect(provider.create(await shard('x\n'))).rejects.toMatchObject({ code: 'unexpected_response', context: { status: 307 } });
    expect(fake.started()).toBe(1);
  });

  test('a connection that is reset after the request is one request and provider_unavailable', async () => {
    const provider = await start((_seen, response) => {
      response.socket?.resetAndDestroy();
      return true;
    });
    await expect(provider.create(await shard('x\n'))).rejects.toMatchObject({ code: 'provider_unavailable' });
    await expect(provider.upload?.(await shard('x\n'))).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(fake.started()).toBe(2);
  });

  test('a server that is not there', async () => {
    const provider = await start();
    await fake.close();
    await expect(provider.retrieve('b')).rejects.toMatchObject({ code: 'provider_unavailable', message: expect.stringContaining('ECONNREFUSED') });
    fake = await startOpenAIFake();
  });

  test('an upload that is refused early gives the reason, not a broken pipe', async () => {
    const provider = await start();
    fake.server.removeAllListeners('request');
    fake.server.on('request', (_seen, response) => {
      json(response, 413, { error: { message: 'The file is larger than the 209715200 maximum.' } }, { connection: 'close' });
    });
    const upload = provider.upload?.(await shard('x'.repeat(5_000_000)));
    await expect(upload).rejects.toMatchObject({ code: 'request_refused', context: { status: 413 } });
  });

  test.each(['missing', 'grown'])('a shard file that is %s', async (how) => {
    const provider = await start();
    const upload = await shard('12345');
    const wrong = how === 'missing' ? { ...upload, path: join(directory, 'none') } : { ...upload, bytes: 4 };
    await expect(provider.upload?.(wrong)).rejects.toThrow(InputError);
    await expect(provider.upload?.(wrong)).rejects.toMatchObject({ code: 'file_not_found' });
  });
});

describe('waiting', () => {
  test('a signal that has aborted sends nothing; one that aborts ends the call, with its reason', async () => {
    const controller = new AbortController();
    const provider = await start(() => {
      controller.abort(new Error('enough'));
      return true;
    });
    await expect(provider.retrieve('b', { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    expect(fake.started()).toBe(0);
    await expect(provider.retrieve('b', { signal: controller.signal })).rejects.toThrow('enough');
  });

  test('the timeout covers a body that stalls', async () => {
    const provider = await start((_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
      return true;
    }, { timeoutMs: 50 });
    await expect(provider.retrieve('b')).rejects.toMatchObject({ code: 'timeout', message: expect.stringContaining('50 ms') });
  });

  test('and an answer that never comes after an upload', async () => {
    const provider = await start(() => true, { timeoutMs: 50 });
    await expect(provider.upload?.(await shard('x'))).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('options', () => {
  test('key, address, organization and project come from the environment', async () => {
    fake = await startOpenAIFake();
    vi.stubEnv('OPENAI_API_KEY', 'sk-env');
    vi.stubEnv('OPENAI_BASE_URL', `${fake.origin}/v1/`);
    vi.stubEnv('OPENAI_ORG_ID', 'org-1');
    vi.stubEnv('OPENAI_PROJECT_ID', 'proj-1');
    const provider = openai();
    await provider.retrieve('b');
    expect(fake.seen[0]?.headers).toMatchObject({ authorization: 'Bearer sk-env', 'openai-organization': 'org-1', 'openai-project': 'proj-1' });
    expect(provider.account).toBe(`${fake.origin}/v1 org-1 proj-1`);
  });

  test('a missing key is told at the first call, with the variable', async () => {
    vi.stubEnv('OPENAI_API_KEY', '');
    vi.stubEnv('OPENAI_ADMIN_KEY', 'sk-admin');
    const provider = await start(undefined, { apiKey: '' });
    await expect(provider.retrieve('b')).rejects.toMatchObject({ code: 'authentication_failed', message: expect.stringContaining('OPENAI_API_KEY') });
    expect(fake.started()).toBe(0);
  });

  test('a key that no header can carry is not repeated', async () => {
    const provider = await start(undefined, { apiKey: '“sk-secret”' });
    const error = await provider.retrieve('b').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'authentication_failed' });
    expect(String(error)).not.toContain('sk-secret');
  });

  test('headers and query go with every request; a key among the headers goes alone', async () => {
    vi.stubEnv('OPENAI_API_KEY', undefined);
    fake = await startOpenAIFake();
    const provider = openai({ baseURL: `${fake.origin}/v1`, headers: { 'api-key': 'azure-key', 'x-team': 'a' }, query: { 'api-version': 'v1' } });
    await provider.retrieve('b');
    expect(fake.seen[0]).toMatchObject({ url: '/v1/batches/b?api-version=v1', headers: { 'api-key': 'azure-key', 'x-team': 'a' } });
    expect(fake.seen[0]?.headers.authorization).toBeUndefined();
  });

  test('a ready client is used as it is, with its own fetch, and still once', async () => {
    fake = await startOpenAIFake();
    const provider = openai({ client: new OpenAI({ apiKey: key, baseURL: `${fake.origin}/v1`, organization: 'org-9' }) });
    expect(provider.account).toBe(`${fake.origin}/v1 org-9`);
    const text = 'y'.repeat(700_000);
    await provider.upload?.(await shard(text));
    const [seen] = fake.seen;
    expect(seen?.headers['content-length']).toBe(String(Buffer.byteLength(seen?.body ?? '')));
    expect(createHash('sha256').update(seen?.body.split('\r\n\r\n').at(-1)?.slice(0, text.length) ?? '').digest('hex')).toBe(createHash('sha256').update(text).digest('hex'));
    await fake.close();
    fake = await startOpenAIFake(always(500, {}));
    const failing = openai({ client: new OpenAI({ apiKey: key, baseURL: `${fake.origin}/v1` }) });
    await expect(failing.create(await shard('x'))).rejects.toMatchObject({ code: 'provider_unavailable' });
    expect(fake.started()).toBe(1);
  });

  test.each([['not an address'], ['ftp://x'], ['http://user:pass@host/v1']])('the base URL %s', (baseURL) => {
    expect(() => openai({ apiKey: key, baseURL })).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.not.stringContaining('pass@') }));
  });

  test.each([0, -1, 1.5, 2 ** 31])('the timeout %s', (timeoutMs) => {
    expect(() => openai({ apiKey: key, timeoutMs })).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });

  test('limits can be replaced one by one', () => {
    const { limits } = openai({ apiKey: key, limits: { maxRequests: 5_000 } });
    expect(limits).toMatchObject({ maxRequests: 5_000, maxBytes: 209_715_200 });
  });
});
