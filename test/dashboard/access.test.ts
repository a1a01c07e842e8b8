import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDashboard } from '../../src/dashboard/server.ts';
import { ask, startStage, type Stage } from './setting.ts';

let stage: Stage;
let port: number;
let mine: Record<string, string>;

beforeAll(async () => {
  stage = await startStage();
  ({ port } = stage.dashboard);
  mine = { authorization: `Bearer ${stage.token}`, origin: `http://127.0.0.1:${port}` };
  await stage.build('reviews');
});

afterAll(() => stage.close());

const posts = ['resume', 'retry', 'cancel'].map((action) => ({ method: 'POST', path: `/api/runs/reviews/${action}` }));
const calls = [{ method: 'GET', path: '/api/events' }, { method: 'GET', path: '/api/runs/reviews' }, ...posts];

async function expectRefused(status: number, headers: Record<string, string>, refused: readonly { method: string; path: string }[] = calls): Promise<void> {
  for (const { method, path } of refused) {
    const said = await ask(port, path, { method, headers });
    expect({ path, status: said.status }).toEqual({ path, status });
    expect(said.body).not.toMatch(/custom_id|openai|shards/);
  }
  // Nothing was done: the provider was not called.
  expect(stage.emulator.calls()).toEqual([]);
}

test('with the token and from its own page it answers', async () => {
  expect((await ask(port, '/api/events', { headers: mine })).body).toMatch(/^event: runs\ndata: \{"root".*"name":"reviews"/);
  const detail = await ask(port, '/api/runs/reviews', { headers: mine });
  expect(JSON.parse(detail.body)).toMatchObject({ name: 'reviews', status: { records: 3 }, timeline: [{ state: 'built' }] });
  expect((await ask(port, '/api/events', { headers: { ...mine, host: `localhost:${port}`, origin: `http://localhost:${port}` } })).status).toBe(200);
});

describe('refused', () => {
  test('no token', () => expectRefused(403, { origin: mine['origin'] ?? '' }));

  test.each(['Bearer wrong', 'Bearer ', 'Bearer', '', 'Basic abc', 'bearer x'])('the token %j', (authorization) => expectRefused(403, { ...mine, authorization }));

  test('the token elsewhere', async () => {
    await expectRefused(403, { cookie: `token=${stage.token}`, origin: mine['origin'] ?? '' });
    expect((await ask(port, `/api/runs/reviews?token=${stage.token}`)).status).toBe(403);
  });

  test('that of another dashboard', async () => {
    const other = await startDashboard({ root: stage.root, connect: async () => ({ provider: stage.provider }) });
    await expectRefused(403, { ...mine, authorization: `Bearer ${new URL(other.url).hash.slice('#token='.length)}` });
    await other.close();
  });

  test.each(['evil.test', '127.0.0.1', '127.0.0.1:1', 'localhost', 'evil.test:PORT', '127.0.0.1.evil.test:PORT', 'localhost.:PORT', '[::1]:PORT', '0.0.0.0:PORT'])('the host %s, as by DNS rebinding', async (name) => {
    const host = name.replace('PORT', String(port));
    await expectRefused(421, { ...mine, host }, [...calls, { method: 'GET', path: '/' }, { method: 'GET', path: '/main.js' }]);
    await expectRefused(421, { ...mine, host, origin: `http://${host}` });
  });

  test.each(['http://evil.test', 'null', 'https://127.0.0.1:PORT', 'http://127.0.0.1', 'http://localhost:PORT', 'http://127.0.0.1:PORT.evil.test'])('the origin %s', (origin) => expectRefused(403, { ...mine, origin: origin.replace('PORT', String(port)) }));

  test('a change without an origin, or from another site', async () => {
    const { origin: _origin, ...without } = mine;
    await expectRefused(403, without, posts);
    for (const site of ['cross-site', 'same-site']) await expectRefused(403, { ...mine, 'sec-fetch-site': site });
  });
});

test('only its own files and runs can be had', async () => {
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/index.html', '/style.css/..', '/constructor', '/__proto__', '//evil.test/']) expect((await ask(port, path)).status).toBe(404);
  for (const id of ['..', '..%2f..', '%2e%2e', '.', 'reviews%2f..', 'nothing', '']) expect((await ask(port, `/api/runs/${id}`, { headers: mine })).status).toBe(404);
  for (const path of ['/api/runs/reviews/remove', '/api/runs/reviews/resume/now', '/api/', '/api/else']) expect((await ask(port, path, { method: 'POST', headers: mine })).status).toBe(404);
  expect((await ask(port, '/api/runs/reviews/resume', { headers: mine })).status).toBe(404);
  expect((await ask(port, '/', { method: 'POST' })).status).toBe(405);
  expect(stage.emulator.calls()).toEqual([]);
});

test('the page loads nothing from elsewhere, cannot be framed and holds nothing of the runs', async () => {
  const { headers, body } = await ask(port, '/');
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'; require-trusted-types-for 'script'/);
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
  expect(body).not.toMatch(/reviews|https?:/);
});

test('it listens on 127.0.0.1 and nowhere else', async () => {
  const others = ['::1', ...Object.values(networkInterfaces()).flatMap((found) => (found ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address))];
  for (const host of others) {
    const outcome = await new Promise((resolve) => {
      const socket = connect({ host, port, timeout: 1000 }, () => resolve('connected'));
      socket.on('error', () => resolve('refused')).on('timeout', () => resolve('refused'));
    });
    expect(outcome).toBe('refused');
  }
});

test('a port that is taken', async () => {
  await expect(startDashboard({ root: stage.root, port, connect: async () => ({ provider: stage.provider }) })).rejects.toMatchObject({ code: 'invalid_option' });
});
