import { expect, it } from 'vitest';
import { checkedOutcome } from '../../src/join/check-outcome.ts';
import type { Check, Outcome } from '../../src/join/outcome.ts';
import { sourceRecord, type AnyValue } from '../../src/records/record.ts';

const record = sourceRecord<AnyValue>(3, { limit: 4 }, 7);
const outcome: Outcome = { status: 'succeeded', customId: 'a', text: '5', json: 5 };
const check: Check = ({ json }, { value }) => Number(json) <= Number(value['limit']) || `is more than ${String(value['limit'])}`;

it('takes the word of the check, with the record at hand', () => {
  expect(checkedOutcome(outcome, record, check)).toEqual({ ...outcome, status: 'unusable', reason: 'invalid', error: { code: 'invalid', message: 'is more than 4' } });
  expect(checkedOutcome({ ...outcome, json: 4 }, record, check)).toMatchObject({ status: 'succeeded' });
});

it('asks about nothing that did not succeed', () => {
  const truncated: Outcome = { ...outcome, status: 'unusable', reason: 'truncated' };
  expect(checkedOutcome(truncated, record, check)).toBe(truncated);
});

it('without a check all stays', () => {
  expect(checkedOutcome(outcome, record, undefined)).toBe(outcome);
});

it.each([undefined, false, '', null, 1])('a check that returns %j is wrong itself', (given) => {
  const odd = (() => given) as unknown as Check;
  expect(() => checkedOutcome(outcome, record, odd)).toThrow(expect.objectContaining({ code: 'invalid_option', message: expect.stringMatching(/^`check` must return true, or say in words what is wrong; for the record in line 7 it returned /), context: { index: 3 } }));
});

it('a check that throws ends the join: the answer is not at fault', () => {
  const broken: Check = () => {
    throw new TypeError('x is not a function');
  };
  expect(() => checkedOutcome(outcome, record, broken)).toThrow(expect.objectContaining({ code: 'template_error', message: '`check` failed for the record in line 7: x is not a function.' }));
});
