import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../src/errors.ts';
import { anthropicLimits } from '../../src/providers/anthropic/limits.ts';
import { openaiLimits } from '../../src/providers/openai/limits.ts';
import { sourceRecord, type AnyValue, type Rejection } from '../../src/records/record.ts';
import { chat } from '../../src/requests/bodies.ts';
import { wireIdFor } from '../../src/requests/custom-id.ts';
import { safeCustomId } from '../../src/requests/safe-id.ts';
import type { BatchRequest } from '../../src/requests/request.ts';
import { isRejection, requestBuilderFor } from '../../src/requests/request-builder.ts';
import { toRequests, type ToRequestsOptions } from '../../src/requests/to-requests.ts';

const body = chat({ model: 'gpt-4o-mini', prompt: '{{text}}' });

async function collect(values: Iterable<unknown>, options: ToRequestsOptions<AnyValue>): Promise<BatchRequest[]> {
  const stage = toRequests(options);
  const [requests] = await Promise.all([stage.toArray(), pipeline(Readable.from(values), stage)]);
  return requests;
}

function rejected(values: Iterable<unknown>, options: ToRequestsOptions<AnyValue>): Promise<{ requests: BatchRequest[]; rejections: Rejection[] }> {
  const rejections: Rejection[] = [];
  return collect(values, { ...options, onReject: (rejection) => rejections.push(rejection) }).then((requests) => ({ requests, rejections }));
}

test('records become requests, in order, with index and line', async () => {
  const requests = await collect([sourceRecord(4, { id: 7, text: 'a' }, 9), sourceRecord(5, { id: 'x', text: 'b' }, 10)], { customId: 'id', body });
  expect(requests).toEqual([
    { index: 4, line: 9, customId: '7', endpoint: '/v1/chat/completions', body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'a' }] } },
    { index: 5, line: 10, customId: 'x', endpoint: '/v1/chat/completions', body: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'b' }] } },
  ]);
});

test('plain values are numbered and named by number', async () => {
  const requests = await collect([{ text: 'a' }, { text: 'b' }], { body });
  expect(requests.map(({ index, customId, line }) => [index, customId, line])).toEqual([[0, 'record-0', undefined], [1, 'record-1', undefined]]);
});

test('a body function, with endpoint and model from the options', async () => {
  const [request] = await collect([{ text: 'a' }], { endpoint: '/v1/embeddings', model: 'm', body: ({ text }) => ({ input: text, none: undefined }) });
  expect(request).toMatchObject({ endpoint: '/v1/embeddings', body: { model: 'm', input: 'a' } });
  expect(() => toRequests({ body: () => ({}) })).toThrow(expect.objectContaining({ code: 'invalid_option' }));
});

describe('records that are rejected', () => {
  const endpoint = '/v1/chat/completions';
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  test.each([
    ['an absent field', { body }, {}, 'template_error', '"text"'],
    ['a failing function', { endpoint, body: () => { throw new Error('boom'); } }, {}, 'template_error', 'boom'],
    ['an empty id', { body, customId: 'id' }, { id: '', text: 'x' }, 'invalid_custom_id', 'empty'],
    ['no id', { body, customId: 'id' }, { text: 'x' }, 'invalid_custom_id', '"id"'],
    ['a null id', { body, customId: 'id' }, { id: null, text: 'x' }, 'invalid_custom_id', 'null'],
    ['an object for an id', { body, customId: () => ({}) }, { text: 'x' }, 'invalid_custom_id', 'object'],
    ['NaN for an id', { body, customId: () => Number.NaN }, { text: 'x' }, 'invalid_custom_id', 'NaN'],
    ['a failing id function', { body, customId: () => { throw new Error('no id'); } }, { text: 'x' }, 'template_error', 'no id'],
    ['NaN in the body', { endpoint, body: () => ({ a: [Number.NaN] }) }, {}, 'invalid_request', 'a.0 is NaN'],
    ['a BigInt in the body', { endpoint, body: () => ({ a: { b: 1n } }) }, {}, 'invalid_request', 'a.b is a BigInt'],
    ['a function in the body', { endpoint, body: () => ({ a: () => 1 }) }, {}, 'invalid_request', 'a is a function'],
    ['undefined in an array', { endpoint, body: () => ({ a: [undefined] }) }, {}, 'invalid_request', 'a.0 is undefined'],
    ['a body that holds itself', { endpoint, body: () => cyclic }, {}, 'invalid_request', 'nested'],
    ['a body that is no object', { endpoint, body: () => [1] }, {}, 'invalid_request', 'object'],
  ] as [string, ToRequestsOptions<AnyValue>, unknown, string, string][])('%s', async (_name, options, value, code, words) => {
    const { requests, rejections } = await rejected([sourceRecord(3, value, 5)], options);
    expect(requests).toEqual([]);
    expect(rejections).toMatchObject([{ code, index: 3, line: 5, value, message: expect.stringContaining(words) }]);
    const error = await collect([sourceRecord(3, value, 5)], options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect(error).toMatchObject({ code, context: { index: 3, line: 5 } });
  });

  test('a duplicate names both lines; the first record keeps the id, also when it was rejected itself', async () => {
    const { requests, rejections } = await rejected(
      [sourceRecord(0, { id: 1, text: 'a' }, 2), sourceRecord(1, { id: '1', text: 'b' }, 3), sourceRecord(2, { id: 2 }, 4), sourceRecord(3, { id: 2, text: 'd' }, 5)],
      { customId: 'id', body },
    );
    expect(requests.map(({ index }) => index)).toEqual([0]);
    expect(rejections).toMatchObject([
      { code: 'duplicate_custom_id', customId: '1', index: 1, message: 'The custom_id "1" of line 3 was used before, by line 2.' },
      { code: 'template_error', customId: '2', index: 2 },
      { code: 'duplicate_custom_id', customId: '2', index: 3 },
    ]);
  });

  test('without lines a duplicate names the records', async () => {
    const { rejections } = await rejected([{ id: 'a', text: 'x' }, { id: 'b', text: 'x' }, { id: 'a', text: 'y' }], { customId: 'id', body });
    expect(rejections).toMatchObject([{ message: 'The custom_id "a" of record 2 was used before, by record 0.' }]);
  });
});

describe('a column that the header does not have', () => {
  const header = { keys: ['identifier', 'review text', 'meta'], names: ['identifier', 'review text', 'meta'] };
  const record = sourceRecord(0, { identifier: '1', 'review text': 'x' }, 2, header);

  test.each([
    ['in the template', { body: chat({ model: 'gpt-4o', prompt: '{{reviw text}}' }) }, '"reviw text"', 'Did you mean "review text"?'],
    ['in the system text', { body: chat({ model: 'gpt-4o', prompt: 'x', system: '{{nothing like it}}' }) }, '"nothing like it"', 'identifier, review text, meta'],
    ['as id', { body, customId: 'identifer' }, '"identifer"', 'Did you mean "identifier"?'],
  ])('%s ends the job at the first record', async (_name, options, name, hint) => {
    const rejections: Rejection[] = [];
    const attempt = collect([record], { ...options, onReject: (rejection) => rejections.push(rejection) });
    await expect(attempt).rejects.toMatchObject({ code: 'unknown_column', message: expect.stringContaining(name) });
    await expect(attempt).rejects.toThrow(hint);
    expect(rejections).toEqual([]);
  });

  test('a path into a column is fine', () => {
    const build = requestBuilderFor({ body: chat({ model: 'gpt-4o', prompt: '{{meta.lang}}' }) }, { add: () => undefined });
    const request = build(sourceRecord(0, { identifier: '1', meta: { lang: 'de' } }, undefined, header));
    expect(isRejection(request)).toBe(false);
  });
});

describe('ids on the wire', () => {
  test('the id itself where the provider takes it, else a safe one, and the record keeps its own', async () => {
    const values = [{ id: 'r_1', text: 'a' }, { id: 'a/b c', text: 'b' }];
    const requests = await collect(values, { customId: 'id', body, limits: anthropicLimits });
    expect(requests.map(({ customId, wireId }) => [customId, wireId])).toEqual([['r_1', undefined], ['a/b c', safeCustomId('a/b c')]]);
    const plain = await collect(values, { customId: 'id', body, limits: openaiLimits });
    expect(plain.map(({ wireId }) => wireId)).toEqual([undefined, undefined]);
  });

  test('a tag wins', async () => {
    const [request] = await collect([{ id: 'a', text: 'x' }], { customId: 'id', body, limits: anthropicLimits, wireId: ({ index }) => `tag-${index}` });
    expect(request).toMatchObject({ customId: 'a', wireId: 'tag-0' });
  });

  test('for any id the wire id is accepted, the same each time, and different for different ids', () => {
    const ids = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(ids, ids, (one, other) => {
        const wire = wireIdFor(one, anthropicLimits);
        expect(wire).toMatch(anthropicLimits.customIdPattern);
        expect(wireIdFor(one, anthropicLimits)).toBe(wire);
        // Lone surrogates have no UTF-8 form: the hash cannot tell them apart, and neither can the wire.
        if (Buffer.from(one).compare(Buffer.from(other)) !== 0) expect(wireIdFor(other, anthropicLimits)).not.toBe(wire);
      }),
    );
  });
});

test('warnings come once, new ones as records bring them', async () => {
  const warnings: string[] = [];
  const values = ['m1', 'm1', 'm2'].map((model) => ({ model, text: 'x' }));
  await collect(values, { body: chat({ model: (value) => String(value['model']), prompt: '{{text}}' }), onWarning: (warning) => warnings.push(warning) });
  expect(warnings).toEqual([expect.stringContaining('"m1"'), expect.stringContaining('"m2"')]);
});
