import { InputError } from '../errors.ts';
import { compileField, type Field } from './field.ts';

/** A compiled template. */
export interface Template {
  /** The fields it names, for a check against the header of a CSV source. */
  readonly fields: readonly string[];
  /**
   * The text for one record. Single pass: what a record holds is text, whatever it looks like.
   * @throws InputError `template_error` naming the field, where the record lacks one.
   */
  render(value: unknown): string;
  /** The text with a mark of yours in the place of each field. */
  outline(mark: (field: Field) => string): string;
}

/**
 * Compiles a text with `{{field.path}}` places, once for all records.
 *
 * `null` renders empty, objects and arrays as JSON, everything else as text; a field the record lacks rejects it. Space inside the
 * braces is ignored. `\{{` writes two braces, `\\{{` a backslash before a place. There is nothing else: no logic, no filters.
 * @throws InputError `invalid_option` for a place that is empty or not closed.
 *
 * @example
 * compileTemplate('Translate to {{target}}: {{text}}').render({ target: 'French', text: 'Hello' });
 */
export function compileTemplate(text: string): Template {
  const { texts, fields } = split(text);
  const first = texts[0] ?? '';
  if (fields.length === 0) return { fields: [], render: () => first, outline: () => first };
  return {
    fields: fields.map(({ name }) => name),
    outline: (mark) => fields.reduce((outlined, field, index) => outlined + mark(field) + (texts[index + 1] ?? ''), first),
    render(value) {
      let rendered = first;
      for (const [index, field] of fields.entries()) rendered += fieldText(field, value) + (texts[index + 1] ?? '');
      return rendered;
    },
  };
}

/** The literal texts, one more than there are fields between them. */
function split(text: string): { readonly texts: string[]; readonly fields: Field[] } {
  const texts: string[] = [];
  const fields: Field[] = [];
  let literal = '';
  let at = 0;
  for (let open = text.indexOf('{{', at); open !== -1; open = text.indexOf('{{', at)) {
    const { before, isEscaped } = unescape(text.slice(at, open));
    literal += before;
    if (isEscaped) {
      literal += '{{';
      at = open + 2;
      continue;
    }
    const close = text.indexOf('}}', open + 2);
    fields.push(place(text, open, close));
    texts.push(literal);
    literal = '';
    at = close + 2;
  }
  return { texts: [...texts, literal + text.slice(at)], fields };
}

/** Backslashes right before braces: one escapes them, two write one and escape nothing. */
function unescape(before: string): { readonly before: string; readonly isEscaped: boolean } {
  if (before.endsWith('\\\\')) return { before: before.slice(0, -1), isEscaped: false };
  return before.endsWith('\\') ? { before: before.slice(0, -1), isEscaped: true } : { before, isEscaped: false };
}

function place(text: string, open: number, close: number): Field {
  const near = JSON.stringify(text.slice(open, open + 30));
  if (close === -1) throw wrong(`has "{{" that no "}}" closes, at ${near}`);
  const inner = text.slice(open + 2, close);
  if (inner.trim() === '') throw wrong(`names no field between "{{" and "}}", at ${near}`);
  if (/[{}]/.test(inner)) throw wrong(`has a brace inside a field name, at ${near}`);
  return compileField(inner);
}

function wrong(what: string): InputError {
  return new InputError('invalid_option', `The template ${what}. Write {{field}}, or \\{{ for two literal braces.`);
}

/**
 * What a place of a template shows of a record.
 *
 * @throws InputError `template_error`
 */
export function fieldText(field: Field, record: unknown): string {
  const value = field.read(record);
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? '' : JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item));
    case 'undefined':
      throw new InputError('template_error', `The template needs the field ${JSON.stringify(field.name)}, which this record does not have.`);
    default:
      throw new InputError('template_error', `The field ${JSON.stringify(field.name)} holds a ${typeof value}, which is no text.`);
  }
}
