import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OpenAI } from 'openai';
import { afterEach, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { openai, type OpenAIOptions } from '../../src/providers/openai/client.ts';
import { temporary } from '../run/setting.ts';
import { type FakeServer } from './fake-server.ts';
import { startOpenAIFake } from './openai-fake.ts';

let fake: FakeServer | undefined;
afterEach(() => fake?.close());

/** The form fields of an upload beside its file. */
async function uploadWith(options: OpenAIOptions): Promise<Record<string, string>> {
  const path = join(temporary(), 'shard.jsonl');
  writeFileSync(path, '{}\n');
  await openai({ apiKey: 'any', ...options }).upload?.({ path, bytes: 3, name: 'shard.jsonl' });
  return formFields(fake?.seen.at(-1)?.body ?? '');
}

function formFields(body: string): Record<string, string> {
  return Object.fromEntries([...body.matchAll(/name="([^"]+)"\r\n\r\n([^\r]*)/g)].map(([, name = '', value = '']) => [name, value]));
}

/** A client of the user's own that is at OpenAI by its address, and sends to the fake. */
function clientAtOpenAI(to: string): NonNullable<OpenAIOptions['client']> {
  const reroute: typeof fetch = (url, init) => fetch((url instanceof Request ? url.url : url.toString()).replace('https://api.openai.com', to), init);
  return new OpenAI({ apiKey: 'any', baseURL: 'https://api.openai.com/v1', maxRetries: 0, fetch: reroute });
}

test('OpenAI is told when uploads expire: two weeks after they are made', async () => {
  fake = await startOpenAIFake();
  expect(await uploadWith({ client: clientAtOpenAI(fake.origin) })).toEqual({ purpose: 'batch', 'expires_after[anchor]': 'created_at', 'expires_after[seconds]': '1209600' });
  expect(await uploadWith({ client: clientAtOpenAI(fake.origin), uploadsExpireAfterMs: false })).toEqual({ purpose: 'batch' });
});

test('other servers are told nothing, unless asked for: some refuse it', async () => {
  fake = await startOpenAIFake((seen, response) => {
    if (!seen.body.includes('expires_after')) return false;
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"Unknown field expires_after","type":"invalid_request_error"}}');
    return true;
  });
  const baseURL = `${fake.origin}/v1`;
  expect(await uploadWith({ baseURL })).toEqual({ purpose: 'batch' });
  await expect(uploadWith({ baseURL, uploadsExpireAfterMs: 3_600_000 })).rejects.toMatchObject({ code: 'request_refused' });
});

test('the lifetime that is asked for holds', async () => {
  const emulator = await startEmulator();
  const path = join(temporary(), 'shard.jsonl');
  const line = `${JSON.stringify({ custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body: { model: 'gpt-4o', messages: [] } })}\n`;
  writeFileSync(path, line);
  const provider = openai({ apiKey: 'any', baseURL: emulator.openaiBaseUrl, uploadsExpireAfterMs: 7_200_000 });
  const file = await provider.upload?.({ path, bytes: line.length, name: 'shard.jsonl' });
  const answer = await fetch(`${emulator.openaiBaseUrl}/files/${file?.id ?? ''}`, { headers: { authorization: 'Bearer any' } });
  const { created_at: created, expires_at: expires } = (await answer.json()) as { created_at: number; expires_at: number };
  expect(expires - created).toBe(7_200);
  await emulator.close();
});

test.each([0, 3_599_999, 2_592_000_001, NaN])('a lifetime of %d ms is none that the service takes', (uploadsExpireAfterMs) => {
  expect(() => openai({ apiKey: 'any', uploadsExpireAfterMs })).toThrow(/uploadsExpireAfterMs/);
});
