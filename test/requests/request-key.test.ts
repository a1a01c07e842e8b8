import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anthropicLimits, openaiLimits, type JsonObject } from '../../src/index.ts';
import { RequestKeys } from '../../src/requests/request-key.ts';

const endpoint = '/v1/chat/completions';
const withoutFrame = { formatRequest: openaiLimits.formatRequest };
const ways = [
  ['openai', openaiLimits.formatRequest, openaiLimits],
  ['anthropic', anthropicLimits.formatRequest, anthropicLimits],
  ['a provider that tells no frame', openaiLimits.formatRequest, {}],
  ['lines that are made otherwise than the frame says', (request: Parameters<typeof withoutFrame.formatRequest>[0]) => ` ${openaiLimits.formatRequest(request)}`, openaiLimits],
] as const;

describe.each(ways)('%s', (_name, format, limits) => {
  const keys = new RequestKeys({ scope: 'acme https://acme.example', limits });
  const line = (customId: string, body: JsonObject, path = endpoint) => Buffer.from(format({ index: 0, customId, endpoint: path, body }));

  test('the id does not matter, and is found again; everything else does', () => {
    const id = fc.string({ unit: 'binary', minLength: 1 });
    const body = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant('","body":{"')));
    fc.assert(
      fc.property(id, id, body, body, (one, other, first, second) => {
        const isSame = JSON.stringify(first) === JSON.stringify(second);
        expect(keys.keyOf(line(one, first), endpoint) === keys.keyOf(line(other, second), endpoint)).toBe(isSame);
        // A lone surrogate does not survive UTF-8.
        expect(keys.idOf(line(one, first), endpoint)).toBe(Buffer.from(JSON.parse(JSON.stringify(one)) as string).toString());
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test('neither is a request of another endpoint or provider the same', () => {
    const other = new RequestKeys({ scope: 'other https://acme.example', limits });
    const key = keys.keyOf(line('a', { model: 'm' }), endpoint);
    expect(other.keyOf(line('a', { model: 'm' }), endpoint)).not.toBe(key);
    expect(keys.keyOf(line('a', { model: 'm' }, '/v1/responses'), '/v1/responses')).not.toBe(key);
  });
});
