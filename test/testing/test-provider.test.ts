import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { ProviderError } from '../../src/errors.ts';
import { anthropic } from '../../src/providers/anthropic/client.ts';
import { openai } from '../../src/providers/openai/client.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { testProvider } from '../../src/testing.ts';
import { startAnthropicServer, startOpenAIServer } from './stateful-fakes.ts';

const makeOpenAI = (baseURL: string): Provider => openai({ apiKey: 'sk-test', baseURL: `${baseURL}/v1` });

describe('the providers of millrace keep the contract', () => {
  test('openai', () => testProvider(makeOpenAI, startOpenAIServer));

  test('anthropic', () =>
    testProvider((baseURL) => anthropic({ apiKey: 'sk-ant-test', baseURL }), startAnthropicServer, {
      request: { endpoint: '/v1/messages', body: { model: 'claude-haiku-4-5', max_tokens: 16, messages: [] } },
    }));
});

describe('a provider that breaks the contract is told so', () => {
  /** Each breaks one thing of a provider that is whole. */
  const broken: readonly (readonly [string, (whole: Provider) => Partial<Provider>, readonly string[]])[] = [
    [
      'creates twice when in doubt',
      (whole) => ({ create: (batch, options) => whole.create(batch, options).catch(() => whole.create(batch, options)) }),
      ['create is never repeated: create sent 2 HTTP requests instead of one when it met HTTP 500'],
    ],
    [
      'looks before it creates',
      (whole) => ({ create: async (batch, options) => (await whole.retrieve('x', options).catch(() => undefined), whole.create(batch, options)) }),
      ['create sends one request and gives a batch: create sent 2 HTTP requests', 'create is never repeated'],
    ],
    [
      'forgets the codes',
      (whole) => ({ retrieve: (id, options) => whole.retrieve(id, options).catch(() => Promise.reject(new ProviderError('request_refused', 'no'))) }),
      ['errors carry the right code: retrieve after HTTP 401', 'an unknown batch is not_found', 'a rate limit says how long', 'a signal ends a call that waits'],
    ],
    [
      'ends a cut download quietly',
      (whole) => ({
        download: async (file, options) => {
          const download = await whole.download(file, options);
          return { ...download, body: Readable.from([await buffer(download.body).catch(() => Buffer.alloc(0))]) };
        },
      }),
      ['a download that is cut fails, it does not just end'],
    ],
    [
      'takes the whole file for the rest',
      (whole) => ({
        download: async (file, options) => ({ ...(await whole.download(file)), offset: options?.from?.offset ?? 0 }),
      }),
      ['a download goes on from an offset, or says that it starts anew: the bytes from', 'a signal ends a download'],
    ],
    ['loses ids', () => ({ parseResult: () => ({ kind: 'expired', customId: 'x' }) }), ['an ended batch has a result for each request: the results are of x, x, x']],
    ['finds anything', (whole) => ({ find: async () => [await whole.retrieve('batch-0')] }), ['find gives the batch, and nothing made before']],
    ['ignores the signal', (whole) => ({ create: (batch) => whole.create(batch) }), ['a signal that has aborted sends nothing: create should have failed']],
    ['hangs', () => ({ cancel: () => new Promise<never>(() => {}) }), ['retrieve and cancel send one request each and give the same batch: it did not end within 1000 ms']],
  ];

  test.each(broken)('%s', async (_name, change, expected) => {
    const make = (baseURL: string): Provider => {
      const whole = makeOpenAI(baseURL);
      return { ...whole, ...change(whole) };
    };
    const error = await testProvider(make, startOpenAIServer, { checkTimeoutMs: 1000 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AggregateError);
    for (const words of expected) expect(String(error)).toContain(words);
  });
});
