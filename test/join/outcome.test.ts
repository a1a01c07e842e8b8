import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOf, outcomeStatuses, rankOf, type Outcome, type OutcomeRules } from '../../src/join/outcome.ts';
import { parseResultLine } from '../../src/results/parse.ts';
import { finishReasons, type Answer, type BatchResult } from '../../src/results/result.ts';

function outcomeOfAnswer(answer: Answer, rules: OutcomeRules = {}): Outcome {
  return outcomeOf({ kind: 'answered', customId: 'wire', answer, body: { id: 'x' } }, { customId: 'a', ...rules });
}

it.each<[string, Answer, string]>([
  ['text', { text: 'yes', finishReason: 'stop' }, 'succeeded'],
  ['text and no finish reason', { text: 'yes' }, 'succeeded'],
  ['text for another reason', { text: 'yes', finishReason: 'other' }, 'succeeded'],
  ['nothing', {}, 'unusable/empty'],
  ['blanks', { text: ' \n\t' }, 'unusable/empty'],
  ['a vector of nothing', { embedding: [] }, 'unusable/empty'],
  ['an empty output', { output: {} }, 'unusable/empty'],
  ['a null output', { output: null }, 'unusable/empty'],
  ['an output that is false', { output: false }, 'succeeded'],
  ['no tool calls', { text: '', toolCalls: [] }, 'unusable/empty'],
  ['a tool call without text', { toolCalls: [{ name: 'f', arguments: '' }], finishReason: 'tool_calls' }, 'succeeded'],
  ['a tool call that was cut', { toolCalls: [{ name: 'f', arguments: '{"a' }], finishReason: 'length' }, 'unusable/truncated'],
  ['a cut before any text', { finishReason: 'length' }, 'unusable/truncated'],
  ['a paused turn', { text: 'Let me look.', finishReason: 'pause' }, 'unusable/truncated'],
  ['a filter', { text: 'It', finishReason: 'content_filter' }, 'unusable/filtered'],
  ['a refusal', { refusal: 'No.', finishReason: 'stop' }, 'unusable/refused'],
  ['a refusal that was cut', { refusal: 'No', finishReason: 'length' }, 'unusable/refused'],
  ['a refusal without words', { finishReason: 'refusal' }, 'unusable/refused'],
])('%s', (_title, answer, expected) => {
  const { status, reason } = outcomeOfAnswer(answer);
  expect(reason === undefined ? status : `${status}/${reason}`).toBe(expected);
});

describe('answers that must be JSON', () => {
  it('are parsed, fences taken off where asked', () => {
    expect(outcomeOfAnswer({ text: '{"a":[1]}' }, { parseJson: true })).toMatchObject({ status: 'succeeded', json: { a: [1] }, text: '{"a":[1]}' });
    const fenced = '```json\n{"a":1}\n```\n';
    expect(outcomeOfAnswer({ text: fenced }, { parseJson: true, stripFences: true })).toMatchObject({ json: { a: 1 }, text: '{"a":1}' });
    expect(outcomeOfAnswer({ text: fenced }, { stripFences: true })).toEqual({ status: 'succeeded', text: '{"a":1}', customId: 'a' });
    expect(outcomeOfAnswer({ text: 'null' }, { parseJson: true })).toMatchObject({ status: 'succeeded', json: null });
  });

  it('are invalid where they are not, and keep their text', () => {
    expect(outcomeOfAnswer({ text: 'good' }, { parseJson: true })).toMatchObject({ status: 'unusable', reason: 'invalid', text: 'good' });
    expect(outcomeOfAnswer({ text: '```json\n{}\n```' }, { parseJson: true })).toMatchObject({ reason: 'invalid' });
  });

  it('may be tool calls, with any text beside them', () => {
    expect(outcomeOfAnswer({ text: 'Calling.', toolCalls: [{ name: 'f', arguments: '{}' }] }, { parseJson: true }).status).toBe('succeeded');
  });
});

it('says the id of the user, not that of the wire, and the body only where asked', () => {
  expect(outcomeOfAnswer({ text: 'x' })).toEqual({ status: 'succeeded', customId: 'a', text: 'x' });
  expect(outcomeOfAnswer({ text: 'x' }, { body: true }).body).toEqual({ id: 'x' });
});

it('has its fields in one order, and looks at a body only where it is wanted', () => {
  const answer: Answer = { text: 'x', finishReason: 'stop', model: 'm', usage: { inputTokens: 1, outputTokens: 2 } };
  let looks = 0;
  const result: BatchResult = {
    kind: 'answered', customId: 'wire', answer,
    get body() {
      looks += 1;
      return { id: 'x' };
    },
  };
  expect(Object.keys(outcomeOf(result, { customId: 'a' }))).toEqual(['status', 'text', 'finishReason', 'model', 'usage', 'customId']);
  expect(looks).toBe(0);
  expect(Object.keys(outcomeOf({ ...result, answer: { ...answer, finishReason: 'length' } }, { customId: 'a', body: true }))).toEqual(['status', 'reason', 'text', 'finishReason', 'model', 'usage', 'customId', 'body']);
  expect(answer).toEqual({ text: 'x', finishReason: 'stop', model: 'm', usage: { inputTokens: 1, outputTokens: 2 } });
});

it('shows the words of a refusal as text where there is no other', () => {
  expect(outcomeOfAnswer({ text: '', refusal: 'No.' })).toEqual({ status: 'unusable', reason: 'refused', text: 'No.', customId: 'a' });
  expect(outcomeOfAnswer({ text: 'Well,', refusal: 'No.' })).toEqual({ status: 'unusable', reason: 'refused', text: 'Well,', customId: 'a' });
});

const anyAnswer: fc.Arbitrary<Answer> = fc.record(
  {
    text: fc.string(),
    refusal: fc.string(),
    toolCalls: fc.array(fc.record({ name: fc.string(), arguments: fc.string() })),
    embedding: fc.jsonValue(),
    output: fc.jsonValue(),
    finishReason: fc.constantFrom(...finishReasons),
  },
  { requiredKeys: [] },
);

const anyResult: fc.Arbitrary<BatchResult | undefined> = fc.oneof(
  fc.constant(undefined),
  anyAnswer.map((answer): BatchResult => ({ kind: 'answered', customId: 'a', answer, body: {} })),
  fc.string().map((code): BatchResult => ({ kind: 'errored', customId: 'a', error: { code, message: 'm' } })),
  fc.constantFrom<BatchResult>({ kind: 'expired', customId: 'a' }, { kind: 'canceled', customId: 'a' }),
);

const schema = { const: 1 };

it('is total: every result has one outcome, with a reason exactly where it was tried and did not succeed', () => {
  fc.assert(
    fc.property(anyResult, fc.boolean(), fc.boolean(), fc.boolean(), (result, stripFences, parseJson, hasSchema) => {
      const outcome = outcomeOf(result, { customId: 'a', stripFences, parseJson, ...(hasSchema ? { schema } : {}) });
      if (hasSchema) expect(outcome.json === undefined || outcome.json === 1).toBe(true);
      expect(outcomeStatuses).toContain(outcome.status);
      expect(outcome.reason !== undefined).toBe(outcome.status === 'unusable' || outcome.status === 'errored');
      expect(rankOf(outcome)).toBe({ succeeded: 2, unusable: 1 }[outcome.status as string] ?? 0);
    }),
  );
});

it('never fails on fields and values nobody has seen', () => {
  const key = fc.constantFrom('custom_id', 'response', 'error', 'status_code', 'body', 'choices', 'message', 'content', 'usage', 'output', 'data', 'embedding', 'result', 'type', 'code', 'object', 'status', 'tool_calls', 'stop_reason', 'finish_reason', 'input_tokens', 'x');
  const leaf = fc.oneof(fc.constantFrom('a', '', '{', '{"error":1}', 'succeeded', 'errored', 'response', 'failed', 'message', 'text', 200, 0, -1, null, true), fc.double());
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: 'medium' }, leaf, fc.array(tie('tree'), { maxLength: 3 }), fc.dictionary(key, tie('tree'), { maxKeys: 5 })),
  }));
  const line = fc.record({ custom_id: fc.constantFrom('a', 7), response: tree, error: tree, result: tree }, { requiredKeys: ['custom_id'] });
  fc.assert(
    fc.property(line, (value) => {
      const parsed = parseResultLine(Buffer.from(JSON.stringify(value)));
      // `unparsable` would mean that the reading itself failed: the line is JSON.
      expect(['result', 'unrecognized']).toContain(parsed.kind);
      if (parsed.kind === 'unrecognized') expect(parsed.message).toBe('is JSON, but no result line of a known provider');
      if (parsed.kind === 'result') expect(outcomeStatuses).toContain(outcomeOf(parsed.result, { customId: 'a', parseJson: true }).status);
    }),
    { numRuns: 2000 },
  );
});
