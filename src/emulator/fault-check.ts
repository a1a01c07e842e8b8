import { InputError } from '../errors.ts';
import { actionForms, isActionKind, selectorFields, selectorsOnly, type Field } from './fault-fields.ts';
import type { FaultRule } from './fault-rules.ts';
import { isObject, member, stringMember } from './json.ts';

const words: Readonly<Record<Exclude<Field, readonly string[]>, string>> = {
  count: 'a whole number, 0 or more',
  counts: 'a whole number from 1, or several',
  integer: 'a whole number',
  share: 'a number from 0 to 1',
  duration: 'a duration such as 30s (in a rule object: milliseconds)',
  text: 'a text',
  flag: 'true or false',
  'retry-after': 'seconds, or date:<seconds>',
};

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isOneBased(value: unknown): boolean {
  return isCount(value) && value !== 0;
}

function fits(value: unknown, field: Field): boolean {
  switch (field) {
    case 'count': return isCount(value);
    case 'counts': return Array.isArray(value) ? value.length > 0 && value.every(isOneBased) : isOneBased(value);
    case 'integer': return Number.isSafeInteger(value);
    case 'share': return typeof value === 'number' && value >= 0 && value <= 1;
    case 'duration': return typeof value === 'number' && Number.isFinite(value) && value >= 0;
    case 'text': return typeof value === 'string' && value !== '';
    case 'flag': return typeof value === 'boolean';
    case 'retry-after': return isCount(value) || (typeof value === 'string' && /^date:\d+$/.test(value));
    default: return typeof value === 'string' && field.includes(value);
  }
}

function expected(field: Field): string {
  return typeof field === 'string' ? words[field] : `one of ${field.join(', ')}`;
}

/** The error of a rule that cannot be used. */
export function faultError(where: string, problem: string): InputError {
  return new InputError('invalid_option', `Fault ${where}: ${problem}`);
}

function checkFields(where: string, value: object, fields: Readonly<Record<string, Field>>, besides: string): void {
  for (const [name, found] of Object.entries(value)) {
    if (name === besides || found === undefined) continue;
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) throw faultError(where, `\`${name}\` is unknown here; known are ${Object.keys(fields).join(', ') || 'none'}.`);
    if (!fits(found, field)) throw faultError(where, `\`${name}\` must be ${expected(field)}, not ${JSON.stringify(found)}.`);
  }
}

function checkWhole(where: string, { action, ...selectors }: FaultRule): void {
  const { on } = actionForms[action.kind];
  const odd = Object.keys(selectors).find((name) => Object.hasOwn(selectorsOnly, name) && selectorsOnly[name] !== on);
  if (odd !== undefined) throw faultError(where, `\`${odd}\` does not go with \`${action.kind}\`, which acts on a ${on === 'row' || on === 'call' ? on : 'batch'}.`);
  if (selectors.batch === 0) throw faultError(where, '`batch` counts from 1.');
  if (action.kind === 'answer' && action.html !== true && (action.status < 400 || action.status > 599)) {
    throw faultError(where, '`status` must be from 400 to 599; any other goes with `html`.');
  }
  if (action.kind === 'hidden' && action.calls === undefined && action.forMs === undefined) throw faultError(where, '`hidden` needs a number of calls, or a time.');
  if (action.kind === 'slow' && action.bytesPerSecond === 0) throw faultError(where, '`bytesPerSecond` must be 1 or more; nothing at all is `stall`.');
  if (action.kind === 'foreign' && !URL.canParse(action.origin)) throw faultError(where, '`foreign` needs an origin such as http://127.0.0.1:9999.');
}

/**
 * Checks a rule that came from anywhere, e.g. a JSON file.
 * @param where how messages call it
 * @throws InputError `invalid_option`
 */
export function checkedFault(value: unknown, where: string): FaultRule {
  const action = member(value, 'action');
  const kind = stringMember(action, 'kind');
  if (!isObject(value) || !isObject(action) || kind === undefined || !isActionKind(kind)) {
    throw faultError(where, `it needs an action of a known kind; known are ${Object.keys(actionForms).join(', ')}.`);
  }
  const form = actionForms[kind];
  checkFields(where, value, selectorFields, 'action');
  checkFields(where, action, form.fields, 'kind');
  const missing = form.required.find((name) => action[name] === undefined);
  if (missing !== undefined) throw faultError(where, `\`${kind}\` needs \`${missing}\`.`);
  // Every field was checked against the form of its kind, which the compiler holds to the types.
  const rule = value as unknown as FaultRule;
  checkWhole(where, rule);
  return rule;
}
