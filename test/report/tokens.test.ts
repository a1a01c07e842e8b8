import fc from 'fast-check';
import { countTokens, encodeChat } from 'gpt-tokenizer/model/gpt-4o';
import { describe, expect, it } from 'vitest';
import { countTexts, encodingOf, loadEncoding, type CountPiece } from '../../src/report/count-tokens.ts';
import { contentOf } from '../../src/report/request-content.ts';
import { maxPieceLength, piecesOf } from '../../src/report/text-pieces.ts';
import { countedTokens, estimateTokens, inputBound, LearnedRatio } from '../../src/report/tokens.ts';

const chatEndpoint = '/v1/chat/completions';
const asText = { disallowedSpecial: new Set<string>() };

const words = fc.constantFrom('the', 'Straße', "don't", 'WORLD', 'x1', '1234567', '3.14', '—', '中文字', 'für', '…', '🙂', 'naïve', 'a/b', "it'S", '(see', 'end).', '\n', '\r\n', '\t', '  ', '{"a":1}', '<p>', '한국어', '𝟏𝟐', 'é', '<|endoftext|>', '<|im_start|>');
const prose = fc.array(words, { maxLength: 400 }).chain((list) => fc.constantFrom(' ', ' ', '', ', ', '\n').map((separator) => list.join(separator)));
const message = fc.record(
  { role: fc.constantFrom('system', 'user', 'assistant', 'developer'), content: fc.oneof(prose, fc.string({ unit: 'grapheme' })), name: fc.constantFrom('anna', 'example_user') },
  { requiredKeys: ['role', 'content'] },
);
const chat = fc.array(message, { minLength: 1, maxLength: 8 });

describe('with gpt-tokenizer', () => {
  it("counts 1,000 generated chats of every shape as the package's own encodeChat does", async () => {
    const count = await loadEncoding('o200k_base');
    fc.assert(
      fc.property(chat, (messages) => {
        const content = contentOf(chatEndpoint, { model: 'gpt-4o', messages });
        const expected = encodeChat(messages, 'gpt-4o', asText).length;
        expect(countedTokens(content, countTexts(content.texts, count), 0).high).toBe(expected);
      }),
      { numRuns: 1000, seed: 5 },
    );
  }, 120_000);

  it.each([
    ['100,000 letters without a space', 'a'.repeat(100_000)],
    ['20,000 Chinese characters', Array.from({ length: 20_000 }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))).join('')],
    ['100,000 halves of surrogate pairs', '🙂'.repeat(50_000)],
  ])('gives %s to the tokenizer in short pieces, which are the whole text', (_name, text) => {
    const pieces: string[] = [];
    countTexts([text], (piece) => pieces.push(piece));
    expect(pieces.join('')).toBe(text);
    // The work of a word is the square of its length.
    expect(pieces.reduce((work, { length }) => work + length ** 2, 0)).toBeLessThanOrEqual(text.length * maxPieceLength);
    expect(pieces.every((piece) => Buffer.from(piece).toString() === piece)).toBe(true);
  });

  it('cuts prose where the count stays the same', async () => {
    const count = await loadEncoding('cl100k_base');
    const text = 'The ferry left at 18:45, half an hour late; nobody complained.\nIt was 1984.\n'.repeat(200);
    expect([...piecesOf(text)].length).toBeGreaterThan(25);
    expect(countTexts([text], count)).toBe(count(text));
    expect(countTexts([text], countTokens as CountPiece)).toBe(countTokens(text));
  });

  it.each([
    ['gpt-4o-mini', 'o200k_base'],
    ['gpt-5.6-luna', 'o200k_base'],
    ['ft:gpt-4o-mini-2024-07-18:acme::x', 'o200k_base'],
    ['o3-mini', 'o200k_base'],
    ['gpt-4.1', 'o200k_base'],
    ['gpt-4-turbo', 'cl100k_base'],
    ['gpt-3.5-turbo', 'cl100k_base'],
    ['text-embedding-3-small', 'cl100k_base'],
    ['claude-haiku-4-5', undefined],
    ['llama-3.1-8b-instant', undefined],
  ])('knows the encoding of %s', (model, encoding) => {
    expect(encodingOf(model)).toBe(encoding);
  });
});

describe('by bytes', () => {
  const estimated = (content: string) => estimateTokens(contentOf(chatEndpoint, { model: 'm', messages: [{ role: 'user', content }] }));

  it('estimates a range around prose, and a bound no tokenizer passes', async () => {
    const count = await loadEncoding('o200k_base');
    fc.assert(
      fc.property(prose.filter((text) => text.length > 20), (text) => {
        const content = contentOf(chatEndpoint, { model: 'gpt-4o', messages: [{ role: 'user', content: text }] });
        const exact = countedTokens(content, countTexts(content.texts, count), 0).high;
        expect(inputBound(content, Buffer.byteLength(text))).toBeGreaterThanOrEqual(exact);
        const { low, typical, high } = estimateTokens(content);
        expect(low <= typical && typical <= high).toBe(true);
      }),
      { numRuns: 300, seed: 5 },
    );
    // 404 bytes: `user` and 400 more.
    expect(estimated('a'.repeat(400))).toEqual({ low: 80, typical: 105, high: 166 });
  });

  it('learns how far it is off', () => {
    const ratio = new LearnedRatio();
    expect(ratio.scale(100)).toBe(100);
    ratio.learn(1000, 600);
    ratio.learn(1000, 640);
    expect(ratio.scale(100)).toBe(62);
  });
});

describe('what a request is made of', () => {
  it.each<[string, string, Parameters<typeof contentOf>[1], Partial<ReturnType<typeof contentOf>>]>([
    ['a chat with parts, tools and a schema', chatEndpoint, {
      model: 'm', max_tokens: 50, max_completion_tokens: 70, n: 3,
      messages: [{ role: 'system', content: 'S' }, { role: 'user', content: [{ type: 'text', text: 'T' }, { type: 'image_url', image_url: { url: 'https://x' } }] }, { role: 'assistant', content: null, tool_calls: [{ id: 'c' }] }],
      tools: [{ type: 'function', function: { name: 'f' } }],
    }, { texts: ['system', 'S', 'user', 'T', 'assistant'], messages: 3, images: 1, isOpenEnded: false, outputLimit: 210, extras: ['{"tool_calls":[{"id":"c"}]}', '[{"type":"function","function":{"name":"f"}}]'] }],
    ['messages with a cached system prompt', '/v1/messages', {
      model: 'c', max_tokens: 9, system: [{ type: 'text', text: 'S', cache_control: { type: 'ephemeral', ttl: '1h' } }], messages: [{ role: 'user', content: 'U "cache_control":' }],
    }, { texts: ['S', 'U "cache_control":'], messages: 1, caches: '1h', outputLimit: 9, extras: [] }],
    ['messages with a document', '/v1/messages', { model: 'c', max_tokens: 9, messages: [{ role: 'user', content: [{ type: 'document', source: {} }, { type: 'text', text: 'U' }] }] }, { isOpenEnded: true, texts: ['U'], caches: undefined }],
    ['a response that goes on with another', '/v1/responses', { model: 'r', instructions: 'I', input: 'Q', previous_response_id: 'resp_1' }, { texts: ['I', 'Q'], isOpenEnded: true, outputLimit: undefined, messages: 0 }],
    ['a response with web search', '/v1/responses', { model: 'r', input: [{ role: 'user', content: [{ type: 'input_text', text: 'Q' }] }], tools: [{ type: 'web_search' }], max_output_tokens: 5 }, { texts: ['Q'], isOpenEnded: true, outputLimit: 5 }],
    ['embeddings of token numbers', '/v1/embeddings', { model: 'e', input: [[1, 2, 3], [4]] }, { texts: [], tokens: 4, outputLimit: 0 }],
    ['embeddings of texts', '/v1/embeddings', { model: 'e', input: ['a', 'b'] }, { texts: ['a', 'b'], outputLimit: 0, messages: 0 }],
    ['a completion with several answers', '/v1/completions', { model: 'i', prompt: 'P', max_tokens: 7, best_of: 4 }, { texts: ['P'], outputLimit: 28 }],
    ['text that only looks like caching', '/v1/messages', { model: 'c', max_tokens: 1, messages: [{ role: 'user', content: '{"cache_control":{"ttl":"1h"}}' }] }, { caches: undefined }],
  ])('is found in %s', (_name, endpoint, body, expected) => {
    expect(contentOf(endpoint, body)).toMatchObject(expected);
  });
});
