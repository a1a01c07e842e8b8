import type { SourceRecord } from '../records/record.ts';
import { compileTemplate } from './template.ts';

/** An option that may differ by record: a value for all, or a function of the record. */
export type PerRecord<T, V> = V | ((value: T, record: SourceRecord<T>) => V);

/** An option, ready to be evaluated for each record. */
export interface Compiled<T> {
  /** True if it is the same for all records. */
  readonly isConstant: boolean;
  /** The fields that its templates name. */
  readonly fields: readonly string[];
  of(value: T, record: SourceRecord<T>): unknown;
}

/** Takes a value as it is, or calls it where it is a function. */
export function compilePlain<T>(option: unknown): Compiled<T> {
  // Options are typed where the user writes them; here a function can only be one of the record.
  if (typeof option === 'function') return { isConstant: false, fields: [], of: option as Compiled<T>['of'] };
  return { isConstant: true, fields: [], of: () => option };
}

/** The same, with each text inside the value compiled as a template. What a function gives is used as it is. */
export function compileText<T>(option: unknown): Compiled<T> {
  if (typeof option === 'function') return compilePlain(option);
  const fields: string[] = [];
  const render = compileDeep(option, fields);
  if (fields.length > 0) return { isConstant: false, fields, of: (value) => render(value) };
  const constant = render(undefined);
  return { isConstant: true, fields, of: () => constant };
}

/** Messages: the texts in their `content` are templates, roles and tool calls are not. */
export function compileMessages<T>(option: unknown): Compiled<T> {
  if (!Array.isArray(option)) return compilePlain(option);
  const messages = option.map((message: unknown) =>
    typeof message === 'object' && message !== null && 'content' in message
      ? { message, content: compileText<T>(message.content) }
      : { message, content: undefined },
  );
  const fields = messages.flatMap(({ content }) => content?.fields ?? []);
  return {
    isConstant: messages.every(({ content }) => content?.isConstant !== false),
    fields,
    of: (value, record) =>
      messages.map(({ message, content }) => (content ? { ...(message as object), content: content.of(value, record) } : message)),
  };
}

function compileDeep(option: unknown, fields: string[]): (value: unknown) => unknown {
  if (typeof option === 'string') {
    const template = compileTemplate(option);
    fields.push(...template.fields);
    return (value) => template.render(value);
  }
  if (Array.isArray(option)) {
    const items = option.map((item: unknown) => compileDeep(item, fields));
    return (value) => items.map((render) => render(value));
  }
  if (typeof option !== 'object' || option === null) return () => option;
  const members = Object.entries(option).map(([key, item]) => [key, compileDeep(item, fields)] as const);
  return (value) => Object.fromEntries(members.map(([key, render]) => [key, render(value)]));
}
