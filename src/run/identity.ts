import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError, messageOf, StateError } from '../errors.ts';
import type { RunEntry } from '../ledger/ledger.ts';
import type { JsonObject, JsonValue } from '../records/record.ts';

const sampleBytes = 64 * 1024;

/** What a source is, so that a changed one is noticed: name, size, and a hash of its first and last bytes. */
export async function describeSource(source: unknown): Promise<JsonObject> {
  if (typeof source === 'string') return describeFile(source);
  if (Array.isArray(source)) return { kind: 'array', length: source.length };
  return { kind: 'stream' };
}

async function describeFile(path: string): Promise<JsonObject> {
  const file = await open(path).catch((error: unknown) => unreadable(path, error));
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256');
    for (const position of [0, Math.max(0, size - sampleBytes)]) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(sampleBytes), position });
      hash.update(buffer.subarray(0, bytesRead));
    }
    return { kind: 'file', name: basename(path), bytes: size, sample: hash.digest('hex') };
  } catch (error) {
    return unreadable(path, error);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, error: unknown): never {
  throw new InputError('file_not_found', `${path} cannot be read: ${messageOf(error)}`, { file: path, cause: error });
}

/** How a field name, a template, a function or a set of options reads in the description of a job; no options are like none given. */
export function describeOption(option: unknown): JsonValue {
  if (typeof option === 'function') return `function ${String(option)}`;
  if (option === undefined || (typeof option === 'object' && option !== null && Object.keys(option).length === 0)) return null;
  return JSON.parse(JSON.stringify(option)) as JsonValue;
}

/** What a run is compared by. */
export interface Identity {
  /** Left out where only the account matters. */
  readonly description?: JsonObject;
  readonly provider: string;
  readonly account: string;
}

/** In what a run differs from the job at hand, in words; nothing if it is the same. Pure. */
export function differencesFrom(run: RunEntry, { provider, account, description }: Identity): string[] {
  return [
    ...difference('provider', run.provider, provider),
    ...difference('account', run.account, account),
    ...(description === undefined ? [] : differencesIn(run.description, description)),
  ];
}

/**
 * Refuses to go on with a run under another job or account.
 *
 * @throws StateError `run_mismatch`, naming what differs
 */
export function assertSameJob(directory: string, run: RunEntry, now: Identity): void {
  const differences = differencesFrom(run, now);
  if (differences.length === 0) return;
  throw new StateError('run_mismatch', `${directory} holds a run of another job: ${differences.join('; ')}. Choose another directory, or repeat the command as it was.`);
}

function differencesIn(then: JsonObject, now: JsonObject, path = ''): string[] {
  const keys = new Set([...Object.keys(then), ...Object.keys(now)]);
  return [...keys].flatMap((key) => {
    const [before, after] = [then[key], now[key]];
    const name = path === '' ? key : `${path}.${key}`;
    return isObject(before) && isObject(after) ? differencesIn(before, after, name) : difference(name, before, after);
  });
}

function difference(name: string, then: JsonValue | undefined, now: JsonValue | undefined): string[] {
  const [before, after] = [JSON.stringify(then ?? null), JSON.stringify(now ?? null)];
  return before === after ? [] : [`${name} was ${shorten(before)}, is ${shorten(after)}`];
}

const shorten = (text: string) => (text.length > 120 ? `${text.slice(0, 120)}…` : text);
const isObject = (value: JsonValue | undefined): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);
