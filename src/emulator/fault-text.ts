import { checkedFault, faultError } from './fault-check.ts';
import { actionForms, isActionKind, selectorFields, type Field } from './fault-fields.ts';
import type { Fault, FaultRule } from './fault-rules.ts';
import type { JsonObject, Json } from './json.ts';

const WORD = /(?:[^\s"']+|"[^"]*"|'[^']*')+/g;
const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function unquoted(text: string): string {
  return text.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? '');
}

/** `retry-after` is `retryAfter` in a rule, `for` is `forMs`. */
function nameOf(key: string): string {
  if (key === 'for') return 'forMs';
  return key.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function millisecondsOf(text: string): Json {
  const [, amount = '', unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  return amount === '' ? text : Number(amount) * (units[unit] ?? 1);
}

function numberOr(text: string): Json {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** What a text stands for in a field; one that does not fit is left as text, for the check to name. */
function valueOf(text: string, field: Field | undefined): Json {
  if (field === undefined || field === 'text' || typeof field !== 'string') return text;
  if (field === 'duration') return millisecondsOf(text);
  if (field === 'flag') return text === 'true' ? true : text === 'false' ? false : text;
  return field === 'counts' && text.includes(',') ? text.split(',').map(numberOr) : numberOr(text);
}

function splitWord(word: string): readonly [key: string, text: string | undefined] {
  const at = word.indexOf('=');
  return at === -1 ? [unquoted(word), undefined] : [word.slice(0, at), unquoted(word.slice(at + 1))];
}

/**
 * Reads a rule from its text: words apart by spaces. A route, where it matters; `batch=`, `nth=`, `times=`, `row=`, `attempts=`,
 * `probability=`; and one action, by its kind alone or `kind=value`, with further fields as `name=value` (`name` for true).
 * Field names have dashes (`retry-after`, `bytes-per-second`), durations are `for=500ms`, `30s`, `2h`; values with spaces are quoted.
 *
 * @throws InputError `invalid_option`
 * @example
 * parseFault('openai.batches.create nth=1 reset=after');
 * parseFault('*.batches.retrieve probability=0.1 answer=503 retry-after=2');
 * parseFault('row=3,7 attempts=1 error=429');
 */
export function parseFault(text: string): FaultRule {
  const where = JSON.stringify(text);
  const pairs = (text.match(WORD) ?? []).map(splitWord);
  const [kind, ...others] = pairs.map(([key]) => key).filter(isActionKind);
  if (kind === undefined) throw faultError(where, `it names no action; known are ${Object.keys(actionForms).join(', ')}.`);
  if (others.length > 0) throw faultError(where, `it names several actions: ${[kind, ...others].join(', ')}. Write a rule for each.`);
  const rule: JsonObject = {};
  const action: JsonObject = { kind };
  for (const [key, value] of pairs) place(key, value, { rule, action, kind, where });
  return checkedFault({ ...rule, action }, where);
}

interface Draft {
  readonly rule: JsonObject;
  readonly action: JsonObject;
  readonly kind: keyof typeof actionForms;
  readonly where: string;
}

function place(key: string, text: string | undefined, { rule, action, kind, where }: Draft): void {
  const { main, fields } = actionForms[kind];
  const known: Readonly<Record<string, Field>> = fields;
  const name = key === kind ? main : nameOf(key);
  if (name === undefined || (key === kind && text === undefined)) {
    if (text !== undefined) throw faultError(where, `\`${kind}\` takes no value.`);
  } else if (Object.hasOwn(known, name)) {
    action[name] = text === undefined ? true : valueOf(text, known[name]);
  } else if (text === undefined && /[.*]/.test(key)) {
    rule['route'] = key;
  } else if (text !== undefined && Object.hasOwn(selectorFields, name)) {
    rule[name] = valueOf(text, (selectorFields as Readonly<Record<string, Field>>)[name]);
  } else {
    throw faultError(where, `\`${key}\` is no route, and nothing that goes with \`${kind}\`.`);
  }
}

/**
 * Rules from rules, texts, or a mixture of both, e.g. a parsed JSON file.
 * @throws InputError `invalid_option`
 */
export function faultsFrom(values: readonly Fault[]): FaultRule[] {
  return values.map((value, index) => (typeof value === 'string' ? parseFault(value) : checkedFault(value, `${index + 1}`)));
}
