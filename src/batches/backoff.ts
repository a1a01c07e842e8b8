import { InputError, MillraceError, type ErrorCode } from '../errors.ts';

/** Failures that another try can cure, and how many in a row are believed to be such. */
const curable: Partial<Record<ErrorCode, number>> = {
  rate_limited: Infinity,
  provider_unavailable: Infinity,
  timeout: Infinity,
  unexpected_response: Infinity,
  incomplete_download: Infinity,
  create_in_doubt: Infinity,
  // A key may be rotated under a running job; one failure is a hiccup, two are the truth.
  authentication_failed: 1,
  // A new file or batch may be unknown for a moment (curator#116, GenAI-Showcase#175).
  not_found: 8,
};

const firstMs = 500;
const capMs = 60_000;
const retryAfterCapMs = 600_000;

/**
 * How long to wait before a failed call is made again; `undefined` if it would fail again.
 *
 * @param error what was thrown
 * @param failures how often in a row it has failed, this one included
 * @param random a number from 0 to 1; spreads the tries of many shards
 */
export function retryDelay(error: unknown, failures: number, random: number): number | undefined {
  // Wrong input, such as no key at all, stays wrong.
  if (!(error instanceof MillraceError) || error instanceof InputError || failures > (curable[error.code] ?? 0)) return undefined;
  const backoffMs = Math.min(capMs, firstMs * 2 ** Math.min(failures - 1, 10)) * (0.5 + random / 2);
  return Math.max(backoffMs, Math.min(error.context.retryAfterMs ?? 0, retryAfterCapMs));
}

/** Pause before the next look at a batch: short at first, so that small batches end soon, then the interval. */
export function pollDelay(ageMs: number, intervalMs: number): number {
  return Math.min(intervalMs, Math.max(250, ageMs / 4));
}
