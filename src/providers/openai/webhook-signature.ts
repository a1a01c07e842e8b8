import { createHmac, timingSafeEqual } from 'node:crypto';
import { InputError } from '../../errors.ts';

/** What a delivery of a webhook says of itself, in headers of the Standard Webhooks specification. */
export interface SignedDelivery {
  /** `webhook-id`: the same for every delivery of an event. */
  readonly id: string;
  /** `webhook-timestamp`: Unix seconds. */
  readonly timestamp: string;
  /** `webhook-signature`: `v1,<base64>`, several apart by spaces while a secret is being changed. */
  readonly signatures: string;
  readonly body: Buffer;
}

/**
 * The key in a signing secret: base64 behind `whsec_`, else the text itself, as the openai package reads it.
 *
 * @throws InputError `invalid_option` where there is none
 */
export function signingKey(secret: string): Buffer {
  const text = secret.trim();
  const key = text.startsWith('whsec_') ? Buffer.from(text.slice('whsec_'.length), 'base64') : Buffer.from(text);
  if (key.length === 0) throw new InputError('invalid_option', 'The secret of the webhook (OPENAI_WEBHOOK_SECRET, `secret`) is empty: take it from the settings of the webhook at OpenAI; it begins with whsec_.');
  return key;
}

/** True if one of the signatures is that of the delivery. Takes as long for a wrong one. Pure. */
export function isSigned({ id, timestamp, signatures, body }: SignedDelivery, key: Buffer): boolean {
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((signature) => {
    const [version, text = ''] = signature.split(',');
    const given = Buffer.from(text, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** True if a delivery was sent about now: an old one may be another's copy. Pure. @param now Unix milliseconds */
export function isFresh({ timestamp }: Pick<SignedDelivery, 'timestamp'>, now: number, toleranceMs: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(now - Number(timestamp) * 1000) <= toleranceMs;
}
