import { MillraceError, ProviderError } from '../errors.ts';
import type { IntentEnd } from '../ledger/ledger.ts';
import type { ResultError } from '../results/result.ts';
import { neverConnected } from './reach.ts';

/** A gateway that gives up does not know what the server behind it has done, nor does a client that stops waiting. */
const gatewayStatus = new Set([502, 504, 520, 521, 522, 523, 524]);
const accountStatus = new Set([401, 402, 403]);

/**
 * How a call that sends one request ended, by what it threw. `lost`: it never left. `refused`: the account may not, whatever the
 * request. `failed`: answered with an error, which is not billed. `uncertain`: all else, for there is no way to ask. Pure.
 */
export function sendFailure(error: unknown): Exclude<IntentEnd, 'done' | 'adopted'> {
  if (neverConnected(error) !== undefined) return 'lost';
  if (!(error instanceof MillraceError)) return 'uncertain';
  const { status } = error.context;
  if (status === undefined) return error instanceof ProviderError ? 'uncertain' : 'lost';
  if (gatewayStatus.has(status) || status < 400) return 'uncertain';
  return accountStatus.has(status) || error.code === 'insufficient_quota' ? 'refused' : 'failed';
}

/** What a record that has no answer is told: the provider's words, or that nobody knows. */
export function errorOfSend(error: unknown, end: IntentEnd): ResultError {
  const { code, message, context } = error instanceof MillraceError ? error : new ProviderError('provider_unavailable', String(error));
  if (end === 'uncertain') return inDoubt(message);
  const { status, providerCode } = context;
  return { code: providerCode ?? (status === undefined ? code : `http_${status}`), message, ...(status === undefined ? {} : { status }) };
}

/** The error of a request whose answer was lost. */
export function inDoubt(why: string): ResultError {
  return { code: 'send_in_doubt', message: `The request was sent by itself and its answer was lost, so it may have been paid for: ${why} It is sent again only by \`millrace retry\` (\`retry()\`).` };
}
