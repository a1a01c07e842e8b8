import { expect, it } from 'vitest';
import { z } from 'zod';
import { outcomeOf, type OutcomeRules } from '../../src/join/outcome.ts';
import type { Answer } from '../../src/results/result.ts';

const schema = z.object({ label: z.enum(['good', 'bad']), stars: z.string().transform(Number) });
const good = '{"label":"good","stars":"5"}';

function outcomeOfAnswer(answer: Answer, rules: OutcomeRules = {}) {
  return outcomeOf({ kind: 'answered', customId: 'wire', answer, body: {} }, { customId: 'a', schema, ...rules });
}

it('an answer that fits is what the schema makes of it, its text kept', () => {
  expect(outcomeOfAnswer({ text: good, finishReason: 'stop' })).toEqual({ status: 'succeeded', customId: 'a', text: good, finishReason: 'stop', json: { label: 'good', stars: 5 } });
});

it.each<[string, Answer, OutcomeRules, object]>([
  ['a field that does not fit', { text: '{"label":"odd","stars":"5"}' }, {}, { error: { code: 'invalid', param: 'label', message: 'label: Invalid option: expected one of "good"|"bad"' } }],
  ['no JSON', { text: 'good' }, {}, { error: { code: 'invalid', message: 'The text of the answer is not JSON.' } }],
  ['a fence', { text: `\`\`\`json\n${good}\n\`\`\`` }, {}, { error: { code: 'invalid', message: expect.stringMatching(/Markdown code fence: --strip-fences/) } }],
  ['no text', { embedding: [1] }, {}, { error: { code: 'invalid', message: 'The answer has no text to hold against the schema.' } }],
])('%s is invalid, and has no json', (_title, answer, rules, expected) => {
  const outcome = outcomeOfAnswer(answer, rules);
  expect(outcome).toEqual({ status: 'unusable', reason: 'invalid', customId: 'a', ...answer, ...expected });
});

it('a fence is taken off where asked', () => {
  expect(outcomeOfAnswer({ text: `\`\`\`json\n${good}\n\`\`\`` }, { stripFences: true })).toMatchObject({ status: 'succeeded', text: good, json: { stars: 5 } });
});

it.each<[string, Answer, string]>([
  ['truncated', { text: good, finishReason: 'length' }, 'truncated'],
  ['refused', { refusal: good, finishReason: 'stop' }, 'refused'],
  ['filtered', { text: good, finishReason: 'content_filter' }, 'filtered'],
  ['empty', { text: ' ' }, 'empty'],
])('%s stays so, without json that nobody held to the schema', (_title, answer, reason) => {
  const outcome = outcomeOfAnswer(answer);
  expect(outcome).toMatchObject({ status: 'unusable', reason });
  expect(outcome).not.toHaveProperty('json');
});

it('a tool call is an answer, whatever stands beside it', () => {
  const toolCalls = [{ name: 'f', arguments: '{}' }];
  expect(outcomeOfAnswer({ text: 'Calling.', toolCalls })).toEqual({ status: 'succeeded', customId: 'a', text: 'Calling.', toolCalls });
  expect(outcomeOfAnswer({ text: '{"label":"odd"}', toolCalls })).toEqual({ status: 'succeeded', customId: 'a', text: '{"label":"odd"}', toolCalls });
  expect(outcomeOfAnswer({ text: good, toolCalls })).toMatchObject({ status: 'succeeded', json: { stars: 5 } });
});

it('what the answer is to the provider stays', () => {
  expect(outcomeOf({ kind: 'expired', customId: 'a' }, { customId: 'a', schema })).toEqual({ status: 'expired', customId: 'a' });
});
