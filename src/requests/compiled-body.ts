import { randomBytes } from 'node:crypto';
import type { JsonObject, SourceRecord } from '../records/record.ts';
import type { Compiled } from './compile.ts';
import type { Field } from './field.ts';
import { unsendable } from './json-safety.ts';
import { jsonText } from './json-text.ts';
import { promptTextOf } from './prompt-text.ts';
import type { CompiledBody, TextRoom } from './request.ts';
import { fieldText } from './template.ts';

const hasInk = /\S/;

type Place<T> = Field | Compiled<T>;

/** Makes a body, given a function that evaluates its parts. */
type Make<T> = (evaluate: (part: Compiled<T>) => unknown) => JsonObject;

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
 * @param roomIn how many bytes of text may be put into a body, whose places hold a letter each, before it must be looked at as a whole
 */
export function compileBody<T>(asked: Asked<T>, make: Make<T>, roomIn: (body: JsonObject) => number): Omit<CompiledBody<T>, 'build'> | undefined {
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
  const room = roomOf(make, roomIn);
  if (room === undefined) return undefined;
  const fields = order.map((number) => places[number]).filter((place) => place !== undefined && isField(place));
  return {
    model,
    input: body['input'],
    print: printer(texts, order, places, make, room),
    room,
    ...(fields.length === places.length && { pieces: { texts, fields } }),
  };
}

/** True for a constant, templates, or a function of the whole; a function deeper inside is left to `build`. */
function isOutlined<T>(part: Compiled<T>): boolean {
  if (part.isConstant) return true;
  let isWhole = true;
  const outlined = part.outline((place) => {
    isWhole &&= isField(place) || place.of === part.of;
    return '';
  });
  return isWhole && (part.fields.length > 0 || outlined === '');
}

function outline<T>(make: Make<T>): { body: JsonObject; places: readonly Place<T>[]; nonce: string } | undefined {
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

/** What nothing is to be said about: `undefined` where even single letters are too much, or refused. */
function roomOf<T>(make: Make<T>, roomIn: (body: JsonObject) => number): TextRoom | undefined {
  try {
    const bytes = roomIn(make((part) => part.outline(() => 'x')));
    return bytes > 0 ? { bytes, takesBlank: takesBlank(make) } : undefined;
  } catch {
    return undefined;
  }
}

/** True if a body is one that is sent without a word, though all that differs in it be empty. */
function takesBlank<T>(make: Make<T>): boolean {
  try {
    return !promptTextOf(make((part) => part.outline(() => ''))).isEmpty;
  } catch {
    return false;
  }
}

/** `places` are in the order in which `build` evaluates them, so that the first thing that is wrong is the same. */
function printer<T>(texts: readonly string[], order: readonly number[], places: readonly Place<T>[], make: Make<T>, room: TextRoom): CompiledBody<T>['print'] {
  const given: unknown[] = Array.from(places, () => '');
  return (value: T, record: SourceRecord<T>) => {
    let units = 0;
    let isBlank = false;
    const whole = (last: number): JsonObject => make((part) => (places.indexOf(part) !== -1 && places.indexOf(part) <= last ? given[places.indexOf(part)] : part.of(value, record)));
    for (let number = 0; number < places.length; number += 1) {
      const place = places[number];
      if (place === undefined) continue;
      const shown = isField(place) ? fieldText(place, value) : place.of(value, record);
      given[number] = shown;
      if (typeof shown !== 'string') return whole(number);
      units += shown.length;
      isBlank ||= !room.takesBlank && !hasInk.test(shown);
    }
    // A UTF-16 unit is 3 bytes of UTF-8 at most.
    if (isBlank || units * 3 > room.bytes) return whole(places.length);
    let text = texts[0] ?? '';
    // Only texts came past the loop above.
    for (let index = 0; index < order.length; index += 1) text += jsonText(given[order[index] ?? 0] as string) + (texts[index + 1] ?? '');
    return text;
  };
}

function isField<T>(place: Place<T>): place is Field {
  return 'read' in place;
}
