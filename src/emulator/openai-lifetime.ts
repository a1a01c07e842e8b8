import { ApiFailure } from './failure.ts';
import { isObject, type Json } from './json.ts';

/** Seconds that batch files live unless told otherwise, and the bounds of what may be told. */
const LIFETIME = { least: 3600, most: 2_592_000 };

/**
 * The lifetime of a file in seconds, from `{ anchor: 'created_at', seconds }`; 30 days without it.
 * @throws ApiFailure 400
 */
export function lifetimeOf(expiresAfter: Json | undefined, param: string): number {
  if (expiresAfter === undefined || expiresAfter === null) return LIFETIME.most;
  const { anchor, seconds } = isObject(expiresAfter) ? expiresAfter : {};
  if (anchor !== 'created_at') {
    throw new ApiFailure(400, `Invalid value for '${param}.anchor': expected 'created_at'.`, { code: 'invalid_value', param: `${param}.anchor` });
  }
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= LIFETIME.least && seconds <= LIFETIME.most) return seconds;
  const message = `Invalid value for '${param}.seconds': expected an integer from ${LIFETIME.least} to ${LIFETIME.most}.`;
  throw new ApiFailure(400, message, { code: 'invalid_value', param: `${param}.seconds` });
}
