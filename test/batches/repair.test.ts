import { describe, expect, it } from 'vitest';
import { repairRequest } from '../../src/batches/repair.ts';
import { decideRetry, type RetryPolicy } from '../../src/batches/retry.ts';
import type { Outcome } from '../../src/join/outcome.ts';
import { formatRequest as formatAnthropic } from '../../src/providers/anthropic/wire.ts';
import { formatRequest as formatOpenai } from '../../src/providers/openai/wire.ts';

const invalid: Outcome = { status: 'unusable', reason: 'invalid', customId: 'a', text: '{"label":1}', error: { code: 'invalid', message: 'label: must be string.' } };
const request = { index: 0, customId: 'a', endpoint: '/v1/x' };
const turns = [
  { role: 'assistant', content: '{"label":1}' },
  { role: 'user', content: 'This answer cannot be used: label: must be string. Answer again, whole and corrected, with nothing before or after it.' },
];
const user = { role: 'user', content: 'Judge: "x"' };

describe('the conversation goes on', () => {
  it.each([
    ['chat', formatOpenai({ ...request, body: { model: 'm', messages: [user], seed: 7 } }), { model: 'm', messages: [user, ...turns], seed: 7 }],
    ['responses with a text', formatOpenai({ ...request, body: { model: 'm', instructions: 's', input: user.content } }), { model: 'm', instructions: 's', input: [user, ...turns] }],
    ['responses with items', formatOpenai({ ...request, body: { input: [user] } }), { input: [user, ...turns] }],
    ['messages', formatAnthropic({ ...request, body: { model: 'm', messages: [user], max_tokens: 9 } }), { model: 'm', messages: [user, ...turns], max_tokens: 9 }],
  ])('%s', (_title, line, body) => {
    const repaired = repairRequest(line, invalid);
    expect(JSON.parse(repaired ?? '')).toEqual({ ...(JSON.parse(line) as object), [line.includes('"params"') ? 'params' : 'body']: body });
    expect(repairRequest(line, invalid)).toBe(repaired);
    const again = JSON.parse(repairRequest(repaired ?? '', { text: 'second' }) ?? '') as Record<string, { messages?: unknown[]; input?: unknown[] }>;
    const conversation = (again['body'] ?? again['params'])?.messages ?? again['body']?.input;
    expect(conversation).toEqual([user, ...turns, { role: 'assistant', content: 'second' }, expect.objectContaining({ role: 'user' })]);
  });

  it('not of a tool call, nor where there is no conversation', () => {
    const line = formatOpenai({ ...request, body: { messages: [user] } });
    expect(repairRequest(line, { ...invalid, toolCalls: [{ name: 'f', arguments: '{}' }] })).toBeUndefined();
    expect(repairRequest(line, { customId: 'a' } as Outcome)).toBeUndefined();
    expect(repairRequest(formatOpenai({ ...request, body: { prompt: 'x' } }), invalid)).toBeUndefined();
  });
});

describe('the decision', () => {
  const policy: RetryPolicy = { maxAttempts: 3, growOutput: false, resendDoubtful: false, repair: true };
  const attempted = { outcome: invalid, attempts: 1, final: false, canceledByUser: false, inDoubt: false };
  const errored: Outcome = { status: 'errored', customId: 'a', error: { code: 'server_error', message: 'x', status: 500 } };
  const refused: Outcome = { status: 'errored', customId: 'a', error: { code: 'invalid_request_error', message: 'x', status: 400 } };

  it.each([
    ['without the option', attempted, { ...policy, repair: false }, 'never'],
    ['with it', attempted, policy, 'repair'],
    ['after all attempts', { ...attempted, attempts: 3 }, policy, 'never'],
    ['of a batch that is gone', { ...attempted, final: true }, policy, 'never'],
    ['after a repair that met a failing provider: as it was', { ...attempted, latest: errored, attempts: 2 }, policy, 'again'],
    ['after a repair that was refused', { ...attempted, latest: refused, attempts: 2 }, policy, 'never'],
    ['of another fault', { ...attempted, outcome: { ...invalid, reason: 'refused' } }, policy, 'never'],
    ['of a failure first', { ...attempted, outcome: errored, latest: errored }, policy, 'again'],
  ] as const)('%s', (_title, tried, rules, decision) => {
    expect(decideRetry(tried, rules)).toBe(decision);
  });
});
