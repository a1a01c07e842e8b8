import type { BatchProblem, BatchStatus } from './provider.ts';

/**
 * Reading what OpenAI-compatible servers really send: fields are missing, null, empty, strings where numbers are due, times
 * in seconds, milliseconds or ISO form. Nothing here throws; what cannot be read is not there.
 */

/** Any JSON object, still to be looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object with fields; `undefined` for anything else, arrays included. */
export function fieldsOf(value: unknown): Fields | undefined {
  // An object that is no array: its fields can be looked up.
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** A text that is not empty. Numbers become text: some servers number their ids. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A finite number, also from its decimal text. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** Unix milliseconds, from seconds, milliseconds or a date text. Zero means: not set. */
export function timeOf(value: unknown): number | undefined {
  const number = numberOf(value);
  // 1e11 seconds lie 3,000 years ahead, 1e11 milliseconds in 1973.
  if (number !== undefined) return number <= 0 ? undefined : Math.round(number < 1e11 ? number * 1000 : number);
  const date = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : date;
}

const statusWords: Readonly<Record<string, BatchStatus>> = {
  completed: 'ended',
  success: 'ended',
  succeeded: 'ended',
  ended: 'ended',
  expired: 'ended',
  timeout_exceeded: 'ended',
  cancelled: 'ended',
  canceled: 'ended',
  failed: 'failed',
};

/** `ended` and `failed` for the words that surely mean it, in any case; any other word is `pending`: keep asking. */
export function statusOf(word: string): BatchStatus {
  const key = word.trim().toLowerCase().replaceAll(/[\s-]+/g, '_');
  return Object.hasOwn(statusWords, key) ? (statusWords[key] ?? 'pending') : 'pending';
}

/** Text pairs; numbers and booleans become text, anything else is left out. */
export function metadataOf(value: unknown): Record<string, string> {
  const pairs = Object.entries(fieldsOf(value) ?? {});
  return Object.fromEntries(
    pairs.filter(([, item]) => ['string', 'number', 'boolean'].includes(typeof item)).map(([key, item]) => [key, String(item)]),
  );
}

/** What is wrong with a batch, from `{data: [...]}`, an array, one object, or a sentence. */
export function problemsOf(value: unknown): BatchProblem[] {
  if (typeof value === 'string') return value === '' ? [] : [{ message: value }];
  if (Array.isArray(value)) return value.flatMap(problemsOf);
  const fields = fieldsOf(value);
  if (!fields) return [];
  return Array.isArray(fields.data) ? fields.data.flatMap(problemsOf) : [problemOf(fields)];
}

function problemOf(fields: Fields): BatchProblem {
  const code = textOf(fields.code);
  const line = numberOf(fields.line);
  const param = textOf(fields.param);
  return {
    message: textOf(fields.message) ?? code ?? JSON.stringify(fields),
    ...(code !== undefined && { code }),
    ...(line !== undefined && { line }),
    ...(param !== undefined && { param }),
  };
}
