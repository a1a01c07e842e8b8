import type { SourceRecord } from '../records/record.ts';
import type { Field } from './field.ts';
import { compileTemplate } from './template.ts';

/** An option that may differ by record: a value for all, or a function of the record. */
export type PerRecord<T, V> = V | ((value: T, record: SourceRecord<T>) => V);

/** Gives the text that marks a place where records differ: a field of a template, or the whole of what a function gives. */
export type Mark<T> = (place: Field | Compiled<T>) => string;

/** An option, ready to be evaluated for each record. */
export interface Compiled<T> {
  /** True if it is the same for all records. */
  readonly isConstant: boolean;
  /** The fields that its templates name. */
  readonly fields: readonly string[];
  of(value: T, record: SourceRecord<T>): unknown;
  /** Its value with marks where records differ. */
  outline(mark: Mark<T>): unknown;
}

/** Takes a value as it is, or calls it where it is a function. */
export function compilePlain<T>(option: unknown): Compiled<T> {
  // Options are typed where the user writes them; here a function can only be one of the record.
  if (typeof option === 'function') {
    const evaluated: Compiled<T> = { isConstant: false, fields: [], of: option as Compiled<T>['of'], outline: (mark) => mark(evaluated) };
    return evaluated;
  }
  return { isConstant: true, fields: [], of: () => option, outline: () => option };
}

/** The same, with each text inside the value compiled as a template. What a function gives is used as it is. */
export function compileText<T>(option: unknown): Compiled<T> {
  if (typeof option === 'function') return compilePlain(option);
  const fields: string[] = [];
  const deep = compileDeep(option, fields);
  if (fields.length > 0) return { isConstant: false, fields, of: (value) => deep.render(value), outline: (mark) => deep.outline(mark) };
  const constant = deep.render(undefined);
  return { isConstant: true, fields, of: () => constant, outline: () => constant };
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
    outline: (mark) => messages.map(({ message, content }) => (content ? { ...(message as object), content: content.outline(mark) } : message)),
  };
}

/** A value with templates in it: for a record, and with marks in their places. */
interface Deep {
  render(value: unknown): unknown;
  outline(mark: (field: Field) => string): unknown;
}

function compileDeep(option: unknown, fields: string[]): Deep {
  if (typeof option === 'string') {
    const template = compileTemplate(option);
    fields.push(...template.fields);
    return template;
  }
  if (Array.isArray(option)) {
    const items = option.map((item: unknown) => compileDeep(item, fields));
    return { render: (value) => items.map((item) => item.render(value)), outline: (mark) => items.map((item) => item.outline(mark)) };
  }
  if (typeof option !== 'object' || option === null) return { render: () => option, outline: () => option };
  const members = Object.entries(option).map(([key, item]) => [key, compileDeep(item, fields)] as const);
  const collect = (part: (deep: Deep) => unknown): object => Object.fromEntries(members.map(([key, deep]) => [key, part(deep)]));
  return { render: (value) => collect((deep) => deep.render(value)), outline: (mark) => collect((deep) => deep.outline(mark)) };
}
