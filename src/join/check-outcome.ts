import { InputError, messageOf } from '../errors.ts';
import type { SourceRecord } from '../records/record.ts';
import type { Outcome, OutcomeRules } from './outcome.ts';
import { placeOf } from './source-id.ts';

/**
 * Shows a succeeded outcome to the user's check; what it finds wrong makes it `unusable`, `invalid`, with the reason as message.
 *
 * @throws InputError `template_error` where the check itself fails: its fault is not the answer's, and could be paid for again
 */
export function checkedOutcome(outcome: Outcome, record: SourceRecord<unknown>, check: OutcomeRules['check']): Outcome {
  if (check === undefined || outcome.status !== 'succeeded') return outcome;
  const verdict = verdictOn(outcome, record, check);
  if (verdict === true) return outcome;
  if (typeof verdict === 'string' && verdict !== '') return { ...outcome, status: 'unusable', reason: 'invalid', error: { code: 'invalid', message: verdict } };
  const given = verdict === '' ? 'an empty text' : verdict === undefined || verdict === false ? String(verdict) : `a value of type ${typeof verdict}`;
  throw new InputError('invalid_option', `\`check\` must return true, or say in words what is wrong; for ${placeOf(record)} it returned ${given}.`, { index: record.index });
}

function verdictOn(outcome: Outcome, record: SourceRecord<unknown>, check: NonNullable<OutcomeRules['check']>): unknown {
  try {
    // Typed where the user wrote it, by the schema and the source.
    return (check as (outcome: Outcome, record: SourceRecord<unknown>) => unknown)(outcome, record);
  } catch (cause) {
    throw new InputError('template_error', `\`check\` failed for ${placeOf(record)}: ${messageOf(cause)}.`, { index: record.index, cause });
  }
}
