import { createHmac } from 'node:crypto';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { BatchHints, build, chat, openRun } from '../../src/index.ts';
import { openaiWebhook } from '../../src/providers/openai/client.ts';
import { connect, temporary } from '../run/setting.ts';

const secret = `whsec_${Buffer.from('a secret of some length').toString('base64')}`;
const start = Date.parse('2026-11-22T07:00:00Z');
let now = start;
const seen: string[] = [];
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer(openaiWebhook({ secret, onBatch: (id) => seen.push(id), clock: { now: () => now } }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});

afterAll(() => void server.close());

beforeEach(() => {
  now = start;
  seen.length = 0;
});

const eventOf = (type: string, id = 'batch_1') => JSON.stringify({ id: 'evt_1', object: 'event', type, created_at: 1_762_399_471, data: { id } });

interface Delivery {
  readonly id?: string;
  readonly at?: number;
  readonly body?: string;
  readonly key?: string;
}

function sign({ id = 'wh_1', at = now, body = eventOf('batch.completed'), key = secret }: Delivery): string {
  const bytes = Buffer.from(key.replace('whsec_', ''), 'base64');
  return `v1,${createHmac('sha256', bytes).update(`${id}.${Math.floor(at / 1000)}.${body}`).digest('base64')}`;
}

function headersOf(delivery: Delivery, signature = sign(delivery)): Record<string, string> {
  return { 'webhook-id': delivery.id ?? 'wh_1', 'webhook-timestamp': String(Math.floor((delivery.at ?? now) / 1000)), 'webhook-signature': signature };
}

async function post(delivery: Delivery, headers = headersOf(delivery), to = url): Promise<number> {
  return (await fetch(to, { method: 'POST', headers, body: delivery.body ?? eventOf('batch.completed') })).status;
}

test('the signature is the one that the openai package takes', async () => {
  const client = new OpenAI({ apiKey: 'any' });
  const at = Date.now();
  await expect(client.webhooks.unwrap(eventOf('batch.completed'), headersOf({ at }), secret)).resolves.toMatchObject({ data: { id: 'batch_1' } });
  await expect(client.webhooks.unwrap(eventOf('batch.failed'), headersOf({ at }), secret)).rejects.toThrow();
});

test.each(['completed', 'failed', 'expired', 'cancelled'])('batch.%s is passed on', async (state) => {
  expect(await post({ id: `wh_${state}`, body: eventOf(`batch.${state}`, `batch_${state}`) })).toBe(204);
  expect(seen).toEqual([`batch_${state}`]);
});

test('events about other things are taken and passed over', async () => {
  for (const [at, body] of [eventOf('response.completed'), '{}', 'null', '[]', 'no json', JSON.stringify({ type: 'batch.completed', data: null }), JSON.stringify({ type: 'batch.completed', data: { id: 7 } })].entries()) {
    expect(await post({ id: `wh_other_${at}`, body })).toBe(204);
  }
  expect(seen).toEqual([]);
});

describe('what is refused changes nothing', () => {
  const good = headersOf({ id: 'wh_refused', at: start });
  const { 'webhook-id': _id, ...withoutId } = good;
  const { 'webhook-timestamp': _at, ...withoutTime } = good;
  const { 'webhook-signature': _signature, ...withoutSignature } = good;
  const other = `whsec_${Buffer.from('another secret').toString('base64')}`;

  test.each([
    ['another secret', headersOf({ id: 'wh_refused', at: start, key: other })],
    ['another id', { ...good, 'webhook-id': 'wh_else' }],
    ['another time', { ...good, 'webhook-timestamp': String(start / 1000 + 1) }],
    ['another version', { ...good, 'webhook-signature': (good['webhook-signature'] ?? '').replace('v1,', 'v2,') }],
    ['an empty signature', { ...good, 'webhook-signature': 'v1,' }],
    ['no base64', { ...good, 'webhook-signature': 'v1,***' }],
    ['no time', { ...good, 'webhook-timestamp': 'soon' }],
    ['no id header', withoutId],
    ['no time header', withoutTime],
    ['no signature header', withoutSignature],
    ['six minutes old', headersOf({ id: 'wh_refused', at: start - 360_000 })],
    ['six minutes ahead', headersOf({ id: 'wh_refused', at: start + 360_000 })],
  ])('%s', async (_name, headers) => {
    expect(await post({ id: 'wh_refused' }, headers)).toBe(400);
    expect(seen).toEqual([]);
  });

  test('another body', async () => {
    expect(await post({ body: eventOf('batch.completed', 'batch_2') }, good)).toBe(400);
    expect(seen).toEqual([]);
  });

  test('a replay, for as long as its time would be taken', async () => {
    const delivery = { id: 'wh_replayed', at: start + 240_000 };
    expect(await post(delivery)).toBe(204);
    expect(await post(delivery)).toBe(409);
    now = start + 530_000;
    expect(await post(delivery)).toBe(409);
    now = start + 545_000;
    expect(await post(delivery)).toBe(400);
    expect(seen).toEqual(['batch_1']);
  });

  test('a body too large, and other methods', async () => {
    expect(await post({ body: 'x'.repeat(70_000) })).toBe(413);
    expect((await fetch(url)).status).toBe(405);
    expect(seen).toEqual([]);
  });

  test('a body that never ends', async () => {
    const endless = request(url, { method: 'POST', headers: headersOf({}) });
    const closed = new Promise((resolve) => endless.on('close', resolve));
    const status = await new Promise((resolve) => {
      endless.on('error', () => undefined).on('response', (response) => resolve(response.resume().statusCode));
      endless.write('x'.repeat(70_000));
    });
    expect(status).toBe(413);
    await closed;
    expect(seen).toEqual([]);
  });

  test('an empty secret', () => {
    expect(() => openaiWebhook({ secret: ' ', onBatch: () => undefined })).toThrow(expect.objectContaining({ code: 'invalid_option' }));
    expect(() => openaiWebhook({ secret: 'whsec_', onBatch: () => undefined })).toThrow(expect.objectContaining({ code: 'invalid_option' }));
  });
});

test('one of several signatures is enough', async () => {
  const delivery = { id: 'wh_rotated' };
  const wrong = sign({ ...delivery, key: `whsec_${Buffer.from('old').toString('base64')}` });
  expect(await post(delivery, headersOf(delivery, `${wrong} v1a,zzz ${sign(delivery)}`))).toBe(204);
  expect(seen).toEqual(['batch_1']);
});

test('a hint ends a wait that would have gone on for an hour; wrong ones do nothing', async () => {
  let atProvider = now;
  const emulator = await startEmulator({ clock: { now: () => atProvider } });
  const provider = connect('openai', emulator.url);
  const directory = temporary();
  const hints = new BatchHints();
  const sleeping: (() => void)[] = [];
  // Nobody wakes up by the clock.
  const clock = {
    now: () => now,
    sleep: (_ms: number, signal?: AbortSignal) => new Promise<void>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('awake')));
      sleeping.shift()?.();
    }),
  };
  const asleep = () => new Promise<void>((resolve) => sleeping.push(resolve));
  const hook = createServer(openaiWebhook({ secret, onBatch: (id) => hints.look(id), clock }));
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  const to = `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  await build({ source: [{ id: 'a' }], customId: 'id', request: chat({ model: 'gpt-5-mini', prompt: 'x' }), directory, provider });
  const job = await openRun(directory, { provider, hints, clock, pollIntervalMs: 3_600_000 });
  const id = (await job.submit()).batches[0]?.id ?? '';
  const looks = () => emulator.calls().filter(({ route }) => route === 'openai.batches.retrieve').length;
  const first = asleep();
  const waited = job.wait();
  await first;
  expect(looks()).toBe(1);
  // The batch ends; by our clock the next look is far off.
  atProvider += 80_000_000;
  const completed = { id: 'wh_a', at: now, body: eventOf('batch.completed', id) };
  expect(await post(completed, headersOf({ ...completed, key: 'whsec_AAAA' }), to)).toBe(400);
  // This one wakes the drive, which goes to sleep again.
  const again = asleep();
  const stranger = { id: 'wh_b', at: now, body: eventOf('batch.completed', 'batch_of_another_run') };
  expect(await post(stranger, headersOf(stranger), to)).toBe(204);
  await again;
  expect(looks()).toBe(1);
  expect(await post(completed, headersOf(completed), to)).toBe(204);
  expect(await waited).toMatchObject({ shards: { ended: 1 }, batches: [{ rawStatus: 'completed' }] });
  hook.close();
  await emulator.close();
});
