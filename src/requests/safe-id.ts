import { createHash } from 'node:crypto';

/** A `custom_id` that every provider takes, the same each time, for an id that some would refuse: `h_` and 43 letters of its sha256. */
export function safeCustomId(id: string): string {
  return `h_${createHash('sha256').update(id).digest('base64url').slice(0, 43)}`;
}

/** The `custom_id` of a record when the user names no field for it. */
export function defaultCustomId(index: number): string {
  return `record-${index}`;
}
