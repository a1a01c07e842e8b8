import type { JsonValue } from '../records/record.ts';

/** What a schema made of an answer, as JSON can say it: a BigInt as text, a Date as ISO 8601, whatever JSON has no word for as null. Pure. */
export function plainJson(value: unknown): JsonValue {
  const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
  return JSON.parse(text ?? 'null') as JsonValue; // written one line above
}
