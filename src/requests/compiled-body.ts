import { randomBytes } from 'node:crypto';
import type { JsonObject, SourceRecord } from '../records/record.ts';
import type { Compiled } from './compile.ts';
import type { Field } from './field.ts';
import { unsendable } from './json-safety.ts';
import { jsonText } from './json-text.ts';
import type { CompiledBody } from './request.ts';
import { fieldText } from './template.ts';

type Place<T> = Field | Compiled<T>;

/** What of a body may differ by record. */
interface Asked<T> {
  readonly input: Compiled<T>;
  readonly system: Compiled<T>;
}

/**
 * Prints a body once, with a mark in each place where records differ, and cuts the text at the marks. What `build` decides (order
 * of members, name of the output limit, parameters that win) is so decided by `build` itself. `undefined` where marks say too little.
 *
 * @param make the body, from a function that evaluates its parts
 */
export function compileBody<T>(asked: Asked<T>, make: (evaluate: (part: Compiled<T>) => unknown) => JsonObject): Omit<CompiledBody<T>, 'build'> | undefined {
  if (!isOutlined(asked.input) || !isOutlined(asked.system)) return undefined;
  const outlined = outline(make);
  if (outlined === undefined) return undefined;
  const { body, places, nonce } = outlined;
  const { model } = body;
  if (typeof model !== 'string' || unsendable(body) !== undefined) return undefined;
  // Every other piece is the number of a place.
  const pieces = JSON.stringify(body).split(new RegExp(`<${nonce}:(\\d+)>`));
  const texts = pieces.filter((_, index) => index % 2 === 0);
  const order = pieces.filter((_, index) => index % 2 === 1).map(Number);
  if (order.length !== places.length || new Set(order).size !== order.length) return undefined;
  const fields = order.map((number) => places[number]).filter((place) => place !== undefined && isField(place));
  return {
    model,
    input: body['input'],
    print: printer(texts, order, places, make),
    ...(fields.length === places.length && { pieces: { texts, fields } }),
  };
}

/** True for a constant, templates, or a function of the whole; a function deeper inside is left to `build`. */
function isOutlined<T>(part: Compiled<T>): boolean {
  if (part.isConstant) return true;
  let isWhole = true;
  const outlined = part.outline((place) => {
    isWhole &&= isField(place) || place === part;
    return '';
  });
  return isWhole && (part.fields.length > 0 || outlined === '');
}

function outline<T>(make: (evaluate: (part: Compiled<T>) => unknown) => JsonObject): { body: JsonObject; places: readonly Place<T>[]; nonce: string } | undefined {
  const places: Place<T>[] = [];
  const nonce = randomBytes(16).toString('hex');
  const mark = (place: Place<T>): string => `<${nonce}:${places.push(place) - 1}>`;
  try {
    return { body: make((part) => part.outline(mark)), places, nonce };
  } catch {
    // What would be refused whatever the record is refused for each.
    return undefined;
  }
}

/** `places` are in the order in which `build` evaluates them, so that the first thing that is wrong is the same. */
function printer<T>(texts: readonly string[], order: readonly number[], places: readonly Place<T>[], make: (evaluate: (part: Compiled<T>) => unknown) => JsonObject): CompiledBody<T>['print'] {
  const given: unknown[] = Array.from(places, () => '');
  return (value: T, record: SourceRecord<T>) => {
    for (let number = 0; number < places.length; number += 1) {
      const place = places[number];
      if (place === undefined) continue;
      const shown = isField(place) ? fieldText(place, value) : place.of(value, record);
      given[number] = shown;
      if (typeof shown !== 'string') return make((part) => (places.indexOf(part) !== -1 && places.indexOf(part) <= number ? given[places.indexOf(part)] : part.of(value, record)));
    }
    let text = texts[0] ?? '';
    // Only texts came past the loop above.
    for (let index = 0; index < order.length; index += 1) text += jsonText(given[order[index] ?? 0] as string) + (texts[index + 1] ?? '');
    return text;
  };
}

function isField<T>(place: Place<T>): place is Field {
  return 'read' in place;
}
