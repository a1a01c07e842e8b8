import type { FailureKind, RunDigest, RunInspection } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { quantity } from './words.ts';

/** Times a record may be sent where `--max-attempts` says nothing. */
const usualAttempts = 3;

/** What is known of the records that did not succeed. */
type Unsettled = Pick<RunInspection, 'rounds'> & Partial<Pick<RunDigest, 'pending' | 'failures'>>;

/** Why a retry sent nothing, reason by reason: what would help, or that nothing does. No flag is advised that was given. Pure. */
export function describeIdleRetry({ rounds, pending = 0, failures = [] }: Unsettled, flags: FlagValues): string {
  const { maxAttempts = usualAttempts } = flags;
  if (pending > 0) return `Nothing to send again yet: ${quantity(pending, 'record')} not settled. Wait and fetch first.`;
  if (failures.length === 0) return 'Nothing to send again: every record succeeded.';
  // Which records were sent how often is not known here; no record was sent more often than there were rounds.
  const isUsedUp = rounds.length >= maxAttempts;
  return ['Nothing to send again: no record deserves another attempt.', ...failures.map((failure) => `  ${quantity(failure.count, 'record')} (${failure.reason}): ${whyNot(failure, flags, isUsedUp)}`)].join('\n');
}

function whyNot({ status, reason }: FailureKind, { growOutput, repair, maxAttempts = usualAttempts }: FlagValues, isUsedUp: boolean): string {
  const orUsedUp = isUsedUp ? `, or sent as often as it may be (--max-attempts ${maxAttempts})` : '';
  switch (status) {
    case 'rejected':
      return 'never sent: no request could be made of it';
    case 'unusable':
      if (reason === 'truncated') return growOutput === true ? `no output limit that could be raised (give --max-tokens at build)${orUsedUp}` : '--grow-output asks again with twice the output limit';
      if (reason === 'invalid') return repair === true ? `not to be repaired${orUsedUp}` : '--repair asks again, with what is wrong with the answer';
      return 'answered: what is paid for is not bought again';
    case 'errored':
      return `refused by the provider, which would refuse it again${orUsedUp}`;
    case 'expired':
    case 'canceled':
    case 'missing':
      return `canceled by you, or nothing that another batch would change${orUsedUp}`;
    case 'succeeded':
      return 'done';
  }
}
