import { InvalidArgumentError } from 'commander';
import { InputError, type RunConfig } from '../index.ts';
import { flagTable, type Flag, type FlagName, type FlagValues } from './flags.ts';

/** What a key of a config takes beside what its flag does; nothing more where it is not named. */
const code: Readonly<Partial<Record<keyof RunConfig, (value: unknown) => boolean>>> = {
  model: isFunction,
  system: isFunction,
  prompt: isFunction,
  maxTokens: isFunction,
  id: isFunction,
  check: isFunction,
  messages: (value) => isFunction(value) || Array.isArray(value),
  // A schema of a library may be a function.
  schema: (value) => isFunction(value) || isObject(value),
  param: isObject,
};

/** Every key but `check` has a flag. */
type Key = keyof RunConfig & FlagName;

/**
 * The values of a config as flags, each held to what its flag takes.
 *
 * @param flags those of the command; values of other flags are checked, and left out
 *
 * @throws InputError `invalid_option` that names the file and the key
 */
export function flagValuesOf(config: RunConfig, flags: readonly FlagName[], file: string): FlagValues {
  // The keys were checked.
  const given = Object.entries(config) as [keyof RunConfig, unknown][];
  const values = given.filter(([, value]) => value !== undefined).map(([key, value]) => [key, checked(key, value, file)] as const);
  const taken = values.filter(([key, value]) => value !== undefined && (key === 'check' || flags.includes(key)));
  // Each value has the type that the table says; `-o` of `build` is a folder.
  return Object.fromEntries(taken.map(([key, value]) => [key === 'folder' ? 'output' : key, value]));
}

function checked(key: keyof RunConfig, value: unknown, file: string): unknown {
  try {
    if (code[key]?.(value) === true) return value;
    if (key === 'check') throw new InvalidArgumentError('Expected a function.');
    return flagValue(key, value);
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    throw new InputError('invalid_option', `${file}: ${key} cannot be ${shown(value)}. ${cause.message}`, { file, cause });
  }
}

/** A value as its flag takes it. */
function flagValue(key: Key, value: unknown): unknown {
  const { flags, choices, parse }: Flag = flagTable[key];
  const takesValue = /[<[]/.test(flags);
  if (typeof value === 'boolean' && !/</.test(flags)) return takesValue && !value ? undefined : value;
  if (!takesValue) throw new InvalidArgumentError('Expected true or false.');
  if (key === 'fault' || key === 'reuse') return textsOf(value);
  if (key === 'param') throw new InvalidArgumentError('Expected an object of parameters.');
  const text = parse !== undefined && typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') throw new InvalidArgumentError(`Expected ${parse === undefined ? 'a text' : 'a text or a number'}.`);
  if (choices?.includes(text) === false) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
  // Only repeatable flags look at what came before.
  return parse === undefined ? text : parse(text, undefined as never);
}

function textsOf(value: unknown): string[] {
  const texts: unknown[] = Array.isArray(value) ? value : [value];
  if (texts.every((text) => typeof text === 'string')) return texts;
  throw new InvalidArgumentError('Expected a text, or an array of texts.');
}

/** A value as a message shows it. */
function shown(value: unknown): string {
  return isFunction(value) ? 'a function' : (JSON.stringify(value) ?? String(value)).slice(0, 60);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
