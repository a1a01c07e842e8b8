import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { chatLines, clientsOf, createBatch, failureOf, messages, start } from './harness.ts';

test('a missing or refused key is a 401 in the envelope of the provider', async () => {
  const { emulator } = await start();
  const bad = clientsOf(emulator, 'invalid');
  expect(await failureOf(bad.openai.batches.list())).toMatchObject({ status: 401, code: 'invalid_api_key', type: 'invalid_request_error' });
  expect(await failureOf(bad.anthropic.messages.batches.list())).toMatchObject({ status: 401, type: 'authentication_error' });
  const openai = await fetch(`${emulator.openaiBaseUrl}/files`);
  expect([openai.status, await openai.json()]).toEqual([401, { error: { message: expect.any(String), type: 'invalid_request_error', param: null, code: null } }]);
  const anthropic = await fetch(`${emulator.url}/v1/messages/batches`);
  expect([anthropic.status, await anthropic.json()]).toEqual([
    401, { type: 'error', error: { type: 'authentication_error', message: expect.any(String) }, request_id: anthropic.headers.get('request-id') },
  ]);
});

test('Anthropic takes either kind of key, and needs a version', async () => {
  const { emulator } = await start();
  const list = (headers: Record<string, string>) => fetch(`${emulator.url}/v1/messages/batches`, { headers });
  expect((await list({ 'x-api-key': 'k', 'anthropic-version': '2023-06-01' })).status).toBe(200);
  expect((await list({ authorization: 'Bearer k', 'anthropic-version': '2026-10-21' })).status).toBe(200);
  const unversioned = await list({ 'x-api-key': 'k' });
  expect(unversioned.status).toBe(400);
  expect(await unversioned.json()).toMatchObject({ error: { type: 'invalid_request_error', message: 'anthropic-version: header is required' } });
});

test('an account sees its own batches only', async () => {
  const { emulator, openai, anthropic } = await start();
  const batch = await createBatch(openai, chatLines(1));
  const { id } = await anthropic.messages.batches.create({ requests: messages(1) });
  const other = clientsOf(emulator, 'sk-other');
  expect(await failureOf(other.openai.batches.retrieve(batch.id))).toMatchObject({ status: 404 });
  expect(await failureOf(other.anthropic.messages.batches.cancel(id))).toMatchObject({ status: 404 });
  expect((await other.openai.batches.list()).data).toEqual([]);
  expect((await other.anthropic.messages.batches.list()).data).toEqual([]);
});

test('unknown routes are a 404 in the envelope of the provider', async () => {
  const { openai, anthropic, emulator } = await start();
  expect(await failureOf(Promise.resolve(openai.get('/nowhere')))).toMatchObject({ status: 404, type: 'invalid_request_error' });
  expect(await failureOf(Promise.resolve(openai.get('/batches/a/b/c')))).toMatchObject({ status: 404 });
  expect(await failureOf(Promise.resolve(anthropic.get('/v1/nowhere')))).toMatchObject({ status: 404, type: 'not_found_error' });
  expect((await fetch(`${emulator.url}/`)).status).toBe(404);
});

test('answers carry the headers of their provider', async () => {
  const { openai, anthropic } = await start();
  const { response } = await openai.batches.list().withResponse();
  expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  expect(response.headers.get('openai-version')).toBe('2020-10-01');
  expect((await anthropic.messages.batches.list().withResponse()).response.headers.get('request-id')).toMatch(/^req_/);
});

test('a body that is no JSON object is a 400, one that is too large a 413', async () => {
  const { emulator } = await start();
  const post = async (body: string | Buffer<ArrayBuffer>) =>
    (await fetch(`${emulator.openaiBaseUrl}/batches`, { method: 'POST', headers: { authorization: 'Bearer k' }, body })).status;
  expect(await post('{')).toBe(400);
  expect(await post('[]')).toBe(400);
  expect(await post(Buffer.alloc(33 * 1024 * 1024, 0x20))).toBe(413);
});

test.each<[string, unknown]>([
  ['port', -1],
  ['speed', 0],
  ['seed', 1.5],
  ['durationMs', Number.NaN],
  ['validationErrors', 'some'],
  ['absentErrorFileId', 'none'],
  ['anthropicCounts', 'fast'],
  ['resultsUrl', 'somewhere'],
  ['enqueuedTokenLimit', -1],
])('option %s is checked', async (name, value) => {
  const started = startEmulator({ [name]: value });
  await expect(started).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringContaining(`\`${name}\``) });
});

test('a port in use is named', async () => {
  const { emulator } = await start();
  await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: 'invalid_option', message: expect.stringContaining(String(emulator.port)) });
});

test('it listens on loopback, in a private directory that goes when it closes', async () => {
  const emulator = await startEmulator();
  expect(emulator).toMatchObject({ url: `http://127.0.0.1:${emulator.port}`, openaiBaseUrl: `${emulator.url}/v1`, anthropicBaseUrl: emulator.url });
  expect((await stat(emulator.directory)).mode & 0o777).toBe(0o700);
  await emulator.close();
  await emulator.close();
  await expect(stat(emulator.directory)).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(fetch(emulator.url)).rejects.toThrow('fetch failed');
});

test('a directory of your own is made private and stays', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const directory = join(parent, 'a', 'b');
  const emulator = await startEmulator({ directory });
  await emulator.close();
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  await rm(parent, { recursive: true });
});

test('an answer function that never answers does not keep it from closing', async () => {
  let asked: () => void = () => undefined;
  const wasAsked = new Promise<void>((resolve) => (asked = resolve));
  const answer = () => {
    asked();
    return new Promise(() => undefined);
  };
  const emulator = await startEmulator({ answer });
  await createBatch(clientsOf(emulator).openai, chatLines(3));
  await wasAsked;
  await emulator.close();
  await expect(fetch(emulator.url)).rejects.toThrow('fetch failed');
});

test('a signal closes it', async () => {
  const controller = new AbortController();
  const emulator = await startEmulator({ signal: controller.signal });
  controller.abort();
  await emulator.close();
  await expect(fetch(emulator.url)).rejects.toThrow('fetch failed');
  await expect(startEmulator({ signal: controller.signal })).rejects.toThrow('aborted');
});
