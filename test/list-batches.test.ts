import { expect, test } from 'vitest';
import type { Emulator } from '../src/emulator/server.ts';
import { listBatches, type Clock } from '../src/index.ts';
import { connect, emulatorWith, providers, proxyOf } from './run/setting.ts';

/** An account with so many batches; none of them has anything to do with a run. */
async function accountWith(name: 'openai' | 'anthropic', count: number): Promise<Emulator> {
  const emulator = await emulatorWith({ speed: 0.001 });
  const request = { custom_id: 'a', params: { model: 'claude-haiku-4-5', max_tokens: 5, messages: [{ role: 'user', content: 'x' }] } };
  const [path, body] = name === 'openai' ? ['/v1/batches', { input_file_id: 'file-none', endpoint: '/v1/chat/completions', completion_window: '24h' }] : ['/v1/messages/batches', { requests: [request] }];
  const headers = { 'content-type': 'application/json', ...(name === 'openai' ? { authorization: 'Bearer key' } : { 'x-api-key': 'key', 'anthropic-version': '2023-06-01' }) };
  for (let index = 0; index < count; index += 1) await fetch(`${emulator.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  return emulator;
}

const instant: Clock = { now: () => Date.now(), sleep: async () => undefined };

test.each(providers)('%s: every batch once, page by page as they are asked for, whatever fails on the way', async (name) => {
  const emulator = await accountWith(name, 230);
  const proxy = await proxyOf(emulator);
  const provider = connect(name, proxy.url);
  const ids: string[] = [];
  for await (const { id } of listBatches(provider)) {
    if (ids.length === 0) expect(proxy.seen).toHaveLength(1);
    ids.push(id);
  }
  expect(ids).toHaveLength(230);
  expect(new Set(ids).size).toBe(230);
  expect(proxy.seen).toHaveLength(3);
  emulator.setFaults([`${name}.batches.list nth=2,4,5 answer=503`]);
  const again: string[] = [];
  for await (const { id } of listBatches(provider, { clock: instant })) again.push(id);
  expect(again).toEqual(ids);
});

test('a failure that would come again ends it, and so does a signal', async () => {
  const emulator = await accountWith('openai', 1);
  const read = async (...given: Parameters<typeof listBatches>) => {
    for await (const _batch of listBatches(...given)) continue;
  };
  await expect(read(connect('openai', emulator.url, 'invalid'), { clock: instant })).rejects.toMatchObject({ code: 'authentication_failed' });
  await expect(read(connect('openai', emulator.url), { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});
