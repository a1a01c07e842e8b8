import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { OpenAI } from 'openai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openai } from '../../src/providers/openai/client.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { startFakeServer, type FakeServer, type Route } from './fake-server.ts';

const servers: FakeServer[] = [];
const content = Buffer.from('{"id":1}\n'.repeat(40_000));
const file = { kind: 'output', id: 'file-Out1' } as const;
const etag = '"v1"';

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(route: Route): Promise<FakeServer> {
  const server = await startFakeServer(route);
  servers.push(server);
  return server;
}

async function provide(route: Route, timeoutMs = 10_000): Promise<{ provider: Provider; server: FakeServer }> {
  const server = await serve(route);
  return { provider: openai({ apiKey: 'sk-test-123456', baseURL: `${server.origin}/v1`, timeoutMs }), server };
}

test('the whole file, as bytes, with its length and strong validator', async () => {
  const { provider, server } = await provide((_seen, response) => {
    response.writeHead(200, { 'content-length': content.length, etag }).end(content);
  });
  const download = await provider.download({ kind: 'error', id: 'file/1' });
  expect(download).toMatchObject({ offset: 0, totalBytes: content.length, etag });
  expect((await buffer(download.body)).equals(content)).toBe(true);
  expect(server.seen).toMatchObject([{ method: 'GET', url: '/v1/files/file%2F1/content', headers: { 'accept-encoding': 'identity', authorization: 'Bearer sk-test-123456' } }]);
});

test('a chunked file has no known length, a weak validator is none', async () => {
  const { provider } = await provide((_seen, response) => {
    response.writeHead(200, { etag: 'W/"v1"' });
    response.write(content);
    response.end();
  });
  const { body, ...facts } = await provider.download(file);
  expect(facts).toEqual({ offset: 0 });
  expect((await buffer(body)).length).toBe(content.length);
});

test('a body compressed unasked is read plain, and its length not believed', async () => {
  const packed = gzipSync(content);
  const { provider } = await provide((_seen, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
  });
  const { body, ...facts } = await provider.download(file);
  expect(facts).toEqual({ offset: 0 });
  expect((await buffer(body)).equals(content)).toBe(true);
});

test('an empty file is fine', async () => {
  const { provider } = await provide((_seen, response) => {
    response.writeHead(200, { 'content-length': 0 }).end();
  });
  const download = await provider.download(file);
  expect(download.totalBytes).toBe(0);
  expect(await buffer(download.body)).toHaveLength(0);
});

describe('resuming', () => {
  const from = { offset: 9_000, etag };

  function ranged(answer: (range: string | undefined) => { status: number; headers: Record<string, string>; body?: Buffer }): ReturnType<typeof provide> {
    return provide(({ headers }, response) => {
      const { status, headers: answered, body } = answer(headers.range);
      response.writeHead(status, answered).end(body);
    });
  }

  const whole = { status: 200, headers: { etag }, body: content };
  const rest = (start: number): Buffer => content.subarray(start);
  const rangeHeader = (start: number): string => `bytes ${start}-${content.length - 1}/${content.length}`;

  test('from the offset, where the server honors it', async () => {
    const { provider, server } = await ranged(() => ({ status: 206, headers: { etag, 'content-range': rangeHeader(9_000) }, body: rest(9_000) }));
    const download = await provider.download(file, { from });
    expect(download).toMatchObject({ offset: 9_000, totalBytes: content.length, etag });
    expect((await buffer(download.body)).equals(rest(9_000))).toBe(true);
    expect(server.seen[0]?.headers).toMatchObject({ range: 'bytes=9000-', 'if-range': etag });
  });

  test('from the start, where the server ignores the range', async () => {
    const { provider, server } = await ranged(() => whole);
    const download = await provider.download(file, { from });
    expect(download.offset).toBe(0);
    expect((await buffer(download.body)).equals(content)).toBe(true);
    expect(server.seen).toHaveLength(1);
  });

  test.each([
    ['another range', { 'content-range': rangeHeader(8_000), etag }],
    ['another file', { 'content-range': rangeHeader(9_000), etag: '"v2"' }],
    ['no range told', { etag }],
    ['compressed bytes', { 'content-range': rangeHeader(9_000), etag, 'content-encoding': 'zstd' }],
  ])('from the start again, where a 206 holds %s', async (_name, headers) => {
    const { provider, server } = await ranged((range) => (range === undefined ? whole : { status: 206, headers, body: rest(9_000) }));
    const download = await provider.download(file, { from });
    expect(download.offset).toBe(0);
    expect((await buffer(download.body)).equals(content)).toBe(true);
    expect(server.seen).toHaveLength(2);
  });

  test('nothing is left where the part already held is the whole file', async () => {
    const { provider } = await ranged(() => ({ status: 416, headers: { 'content-range': `bytes */${content.length}` } }));
    const download = await provider.download(file, { from: { offset: content.length, etag } });
    expect(download).toMatchObject({ offset: content.length, totalBytes: content.length });
    expect(await buffer(download.body)).toHaveLength(0);
  });

  test('from the start, where the file has become shorter', async () => {
    const { provider } = await ranged((range) => (range === undefined ? whole : { status: 416, headers: { 'content-range': 'bytes */10' } }));
    const download = await provider.download(file, { from });
    expect(download.offset).toBe(0);
    expect((await buffer(download.body)).length).toBe(content.length);
  });
});

describe('redirects', () => {
  test('to a signed address on another host are followed without the key, range included', async () => {
    const store = await serve(({ headers }, response) => {
      response.writeHead(206, { etag, 'content-range': `bytes 9-${content.length - 1}/${content.length}`, 'x-range': String(headers.range) }).end(content.subarray(9));
    });
    const { provider } = await provide((_seen, response) => {
      response.writeHead(302, { location: `${store.origin}/signed?sig=1` }).end();
    });
    const download = await provider.download(file, { from: { offset: 9, etag } });
    expect(download.offset).toBe(9);
    expect((await buffer(download.body)).equals(content.subarray(9))).toBe(true);
    expect(store.seen).toMatchObject([{ url: '/signed?sig=1', headers: { range: 'bytes=9-', 'if-range': etag } }]);
    expect(JSON.stringify(store.seen[0]?.headers)).not.toContain('sk-test');
  });

  test('of a ready client too, which would follow by itself', async () => {
    const store = await serve((_seen, response) => response.end(content));
    const { server } = await provide((_seen, response) => {
      response.writeHead(302, { location: `${store.origin}/signed` }).end();
    });
    const client = new OpenAI({ apiKey: 'sk-test-123456', baseURL: `${server.origin}/v1`, defaultHeaders: { 'api-key': 'sk-test-other' } });
    const download = await openai({ client }).download(file);
    expect((await buffer(download.body)).equals(content)).toBe(true);
    expect(JSON.stringify(store.seen[0]?.headers)).not.toContain('sk-test');
  });

  test('to the configured host keep the key', async () => {
    const { provider, server } = await provide(({ url }, response) => {
      if (url.startsWith('/moved')) response.end(content);
      else response.writeHead(307, { location: '/moved/here' }).end();
    });
    expect((await buffer((await provider.download(file)).body)).length).toBe(content.length);
    expect(server.seen[1]).toMatchObject({ url: '/moved/here', headers: { authorization: 'Bearer sk-test-123456' } });
  });

  test('that do not end, or lead to no web address, are refused', async () => {
    const { provider, server } = await provide((_seen, response) => {
      response.writeHead(302, { location: '/again' }).end();
    });
    await expect(provider.download(file)).rejects.toMatchObject({ code: 'foreign_origin' });
    expect(server.seen).toHaveLength(6);
    const { provider: other } = await provide((_seen, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    });
    await expect(other.download(file)).rejects.toMatchObject({ code: 'foreign_origin' });
  });

  test('an error at the other host keeps its words', async () => {
    const store = await serve((_seen, response) => {
      response.writeHead(403).end('<Error><Message>Request has expired</Message></Error>');
    });
    const { provider } = await provide((_seen, response) => {
      response.writeHead(302, { location: `${store.origin}/signed` }).end();
    });
    await expect(provider.download(file)).rejects.toMatchObject({ code: 'permission_denied', message: expect.stringContaining('Request has expired') });
  });
});

describe('what goes wrong on the way', () => {
  test('a missing file', async () => {
    const { provider } = await provide((_seen, response) => {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"message":"No such File object: file-Out1","code":null}}');
    });
    await expect(provider.download(file)).rejects.toMatchObject({ code: 'results_unavailable', message: expect.stringContaining('No such File object') });
  });

  test.each(['reset', 'short'])('a body that is cut (%s) is an error, not an end', async (how) => {
    const { provider } = await provide((_seen, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1000), () => (how === 'reset' ? response.socket?.resetAndDestroy() : response.socket?.end()));
    });
    const { body } = await provider.download(file);
    await expect(buffer(body)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test.each([
    ['plain', content.subarray(0, 1000), {}],
    ['compressed', Buffer.from('no gzip at all'), { 'content-encoding': 'gzip' }],
  ])('a body that fails before anyone reads it fails when read (%s)', async (_name, bytes, headers) => {
    let cut: (() => Promise<unknown>) | undefined;
    const { provider } = await provide((_seen, response) => {
      response.writeHead(200, { 'content-length': content.length, ...headers }).write(bytes);
      cut = () => {
        response.socket?.resetAndDestroy();
        return once(response, 'close');
      };
    });
    const { body } = await provider.download(file);
    await cut?.();
    for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
    await expect(buffer(body)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  test('a body that stalls ends with a timeout', async () => {
    const { provider } = await provide((_seen, response) => {
      response.writeHead(200, { 'content-length': content.length }).write('{');
    }, 50);
    const { body } = await provider.download(file);
    await expect(buffer(body)).rejects.toMatchObject({ code: 'timeout' });
  });

  test('the signal ends a body, read or not, with its reason', async () => {
    const { provider } = await provide((_seen, response) => {
      response.writeHead(200, { 'content-length': content.length }).write('{');
    });
    for (const isRead of [true, false]) {
      const controller = new AbortController();
      const { body } = await provider.download(file, { signal: controller.signal });
      const failed = new Promise((resolve) => body.once('error', resolve));
      if (isRead) body.once('data', () => controller.abort(new Error('enough'))).resume();
      else controller.abort(new Error('enough'));
      expect(await failed).toMatchObject({ message: 'enough' });
    }
  });

  test('a body that is destroyed closes the connection', async () => {
    let closed: (() => void) | undefined;
    const closing = new Promise<void>((resolve) => (closed = resolve));
    const { provider } = await provide((_seen, response) => {
      response.writeHead(200, { 'content-length': content.length }).write('{');
      response.once('close', () => closed?.());
    });
    const { body } = await provider.download(file);
    body.destroy();
    await closing;
  });

  test('a slow reader is not hurried', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const large = Buffer.alloc(5_000_000, 'x');
    const { provider } = await provide((_seen, response) => response.end(large), 40);
    const { body } = await provider.download(file);
    vi.advanceTimersByTime(1000);
    let read = 0;
    for await (const chunk of body) {
      read += (chunk as Buffer).length;
      // Until the stream holds a chunk the reader has not taken, it waits for the server.
      while (body.readableLength === 0 && read < large.length && !body.readableEnded) await new Promise(setImmediate);
      vi.advanceTimersByTime(1000);
    }
    expect(read).toBe(large.length);
  });
});
