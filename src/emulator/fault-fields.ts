import type { ActionKind, ActionOf } from './fault-actions.ts';
import type { FaultRule } from './fault-rules.ts';

/** What a field holds; a list names its words. */
export type Field = 'count' | 'counts' | 'integer' | 'share' | 'duration' | 'text' | 'flag' | 'retry-after' | readonly string[];

/** How an action is written. */
export interface ActionForm {
  /** What it acts on: decides which selectors a rule may have. */
  readonly on: 'call' | 'view' | 'course' | 'row';
  /** The field whose value follows the kind in the text form: `reset=after`. Absent where the kind stands alone. */
  readonly main?: string;
  /** Fields by their name in a rule. */
  readonly fields: Readonly<Record<string, Field>>;
  /** Fields that must be there. */
  readonly required: readonly string[];
}

type Forms = { readonly [Kind in ActionKind]: ActionForm & { readonly fields: Readonly<Record<Exclude<keyof ActionOf<Kind>, 'kind'>, Field>> } };

const moments = ['before', 'after', 'during'];

/** The form of every action: drives `parseFault` and the check of rules that come from a file. */
export const actionForms: Forms = {
  answer: {
    on: 'call', main: 'status', required: ['status'],
    fields: { status: 'count', when: ['before', 'after'], retryAfter: 'retry-after', type: 'text', code: 'text', message: 'text', html: 'flag' },
  },
  reset: { on: 'call', main: 'at', required: ['at'], fields: { at: moments, bytes: 'count' } },
  stall: { on: 'call', main: 'at', required: ['at'], fields: { at: moments, bytes: 'count' } },
  slow: { on: 'call', main: 'bytesPerSecond', required: ['bytesPerSecond'], fields: { bytesPerSecond: 'count' } },
  end: { on: 'call', main: 'bytes', required: ['bytes'], fields: { bytes: 'count', announced: ['nothing', 'short'] } },
  length: { on: 'call', main: 'delta', required: ['delta'], fields: { delta: 'integer' } },
  range: { on: 'call', main: 'answer', required: ['answer'], fields: { answer: ['ignored', 'wrong', 'other-bytes', 'etag'] } },
  hidden: { on: 'view', main: 'calls', required: [], fields: { calls: 'count', forMs: 'duration' } },
  status: { on: 'view', main: 'word', required: ['word'], fields: { word: 'text', forMs: 'duration' } },
  late: { on: 'view', main: 'forMs', required: ['forMs'], fields: { forMs: 'duration' } },
  'error-file-id': { on: 'view', main: 'value', required: ['value'], fields: { value: ['null', 'empty'] } },
  counts: { on: 'view', main: 'value', required: ['value'], fields: { value: ['more', 'fewer', 'zero', 'never'] } },
  gone: { on: 'view', main: 'how', required: ['how'], fields: { how: ['deleted', 'archived'] } },
  foreign: { on: 'view', main: 'origin', required: ['origin'], fields: { origin: 'text' } },
  fail: { on: 'course', main: 'code', required: ['code'], fields: { code: 'text', message: 'text', param: 'text', line: 'count' } },
  expire: { on: 'course', main: 'share', required: ['share'], fields: { share: 'share' } },
  cancel: { on: 'course', main: 'share', required: ['share'], fields: { share: 'share' } },
  stuck: { on: 'course', main: 'stage', required: ['stage', 'forMs'], fields: { stage: ['validating', 'in_progress', 'finalizing'], forMs: 'duration' } },
  queue: { on: 'course', required: [], fields: { tokens: 'count', batches: 'count', requests: 'count' } },
  hourly: { on: 'course', main: 'batches', required: ['batches'], fields: { batches: 'count' } },
  missing: { on: 'row', required: [], fields: {} },
  lose: { on: 'row', main: 'rows', required: ['rows'], fields: { rows: 'count' } },
  duplicate: { on: 'row', main: 'answer', required: ['answer'], fields: { answer: ['equal', 'different'] } },
  orphan: { on: 'row', required: [], fields: {} },
  malformed: { on: 'row', required: [], fields: {} },
  blank: { on: 'row', required: [], fields: {} },
  crlf: { on: 'row', required: [], fields: {} },
  long: { on: 'row', main: 'bytes', required: ['bytes'], fields: { bytes: 'count' } },
  cut: { on: 'row', main: 'bytes', required: ['bytes'], fields: { bytes: 'count' } },
  zero: { on: 'row', required: [], fields: {} },
  error: { on: 'row', main: 'status', required: ['status'], fields: { status: 'count', code: 'text', type: 'text', message: 'text' } },
  filtered: { on: 'row', required: [], fields: {} },
  truncated: { on: 'row', required: [], fields: {} },
  refused: { on: 'row', required: [], fields: {} },
  empty: { on: 'row', required: [], fields: {} },
  invalid: { on: 'row', required: [], fields: {} },
  fenced: { on: 'row', required: [], fields: {} },
};

/** The fields of a rule that say where it acts. */
export const selectorFields: Readonly<Record<Exclude<keyof FaultRule, 'action'>, Field>> = {
  route: 'text', batch: 'count', nth: 'counts', times: 'count', row: 'counts', attempts: 'count', probability: 'share',
};

/** Selectors that make sense for only one sort of action. */
export const selectorsOnly: Readonly<Record<string, ActionForm['on']>> = { nth: 'call', times: 'call', row: 'row', attempts: 'row' };

/** Tells the kinds of actions from other words. */
export function isActionKind(word: string): word is ActionKind {
  return Object.hasOwn(actionForms, word);
}
