import { createHash } from 'node:crypto';

/**
 * The id that stands in for a custom_id the provider would refuse: `h_` and 43 characters of its SHA-256, which every
 * provider accepts. The same id always gives the same one, so that a join needs no stored map to find the way back.
 */
export function safeCustomId(id: string): string {
  return `h_${createHash('sha256').update(id).digest('base64url')}`;
}

/** The custom_id of a record whose source names none. `index` is 0-based. */
export function defaultCustomId(index: number): string {
  return `record-${index}`;
}
