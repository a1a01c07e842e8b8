import { numberMember, stringMember, type JsonObject } from './json.ts';
import { textMatching } from './pattern.ts';
import { words } from './prose.ts';
import { between, type Random } from './random.ts';

/** How far beyond a single bound, or from zero, made-up numbers go. */
const REACH = 100;

function hex(length: number, random: Random): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}

function dateOf(random: Random): string {
  return new Date(Date.UTC(2026, between(0, 11, random), between(1, 28, random), between(0, 23, random), between(0, 59, random))).toISOString();
}

const formats: Readonly<Record<string, (random: Random) => string>> = {
  'date-time': dateOf,
  date: (random) => dateOf(random).slice(0, 10),
  time: (random) => dateOf(random).slice(11),
  duration: (random) => `P${between(1, 30, random)}D`,
  email: (random) => `miller-${hex(4, random)}@example.com`,
  hostname: (random) => `host-${hex(4, random)}.example.com`,
  ipv4: (random) => `192.0.2.${between(1, 254, random)}`,
  ipv6: (random) => `2001:db8::${hex(4, random)}`,
  uuid: (random) => `${hex(8, random)}-${hex(4, random)}-4${hex(3, random)}-8${hex(3, random)}-${hex(12, random)}`,
  uri: (random) => `https://example.com/${hex(6, random)}`,
};

/** A string within the bounds of its schema; format or pattern where it has one. */
export function stringFor(schema: JsonObject, random: Random): string {
  const least = numberMember(schema, 'minLength') ?? 0;
  const most = numberMember(schema, 'maxLength') ?? Infinity;
  const pattern = stringMember(schema, 'pattern');
  const matching = pattern === undefined ? undefined : textMatching(pattern, { least, most }, random);
  if (matching !== undefined) return matching;
  const made = formats[stringMember(schema, 'format') ?? '']?.(random);
  return made ?? fitted(words(between(1, 4, random), random), least, most, random);
}

/** Lengths are counted in characters, as JSON schema does, not in UTF-16 units. */
function fitted(text: string, least: number, most: number, random: Random): string {
  const characters = Array.from(text);
  while (characters.length < least) characters.push(' ', ...Array.from(words(4, random)));
  const longest = Math.max(least, Math.min(most, characters.length));
  return characters.slice(0, longest).join('');
}

interface Bounds {
  readonly low: number;
  readonly high: number;
}

function boundsOf(schema: JsonObject, step: number): Bounds {
  const above = numberMember(schema, 'exclusiveMinimum');
  const below = numberMember(schema, 'exclusiveMaximum');
  const low = Math.max(numberMember(schema, 'minimum') ?? -Infinity, above === undefined ? -Infinity : above + step);
  const high = Math.min(numberMember(schema, 'maximum') ?? Infinity, below === undefined ? Infinity : below - step);
  if (low === -Infinity && high === Infinity) return { low: 0, high: REACH };
  if (low === -Infinity) return { low: high - REACH * step, high };
  return { low, high: high === Infinity ? low + REACH * step : high };
}

/** A number within the bounds of its schema, a multiple of its `multipleOf`. */
export function numberFor(schema: JsonObject, isInteger: boolean, random: Random): number {
  const step = stepOf(numberMember(schema, 'multipleOf'), isInteger);
  if (step === undefined) return fraction(schema, random);
  const { low, high } = boundsOf(schema, isStrict(schema) ? Math.min(step, 1) * 1e-9 : step);
  const first = Math.ceil(roundOff(low / step));
  const last = Math.floor(roundOff(high / step));
  return roundOff(between(first, Math.max(first, last), random) * step);
}

function isStrict({ exclusiveMinimum, exclusiveMaximum }: JsonObject): boolean {
  return exclusiveMinimum !== undefined || exclusiveMaximum !== undefined;
}

/** Steps of a number: `undefined` where any fraction will do. */
function stepOf(multipleOf: number | undefined, isInteger: boolean): number | undefined {
  if (multipleOf === undefined) return isInteger ? 1 : undefined;
  if (!isInteger) return multipleOf;
  // An integer that is a multiple of 0.5 is one of 1; of 1.5, one of 3: the first whole multiple serves.
  const multiples = Array.from({ length: 1000 }, (_, index) => roundOff(multipleOf * (index + 1)));
  return multiples.find((multiple) => Number.isInteger(multiple)) ?? multipleOf;
}

function fraction(schema: JsonObject, random: Random): number {
  const tiny = 1e-6;
  const { low, high } = boundsOf(schema, isStrict(schema) ? tiny : 1);
  const rounded = Math.round((low + random() * (high - low)) * 100) / 100;
  return Math.min(high, Math.max(low, rounded));
}

/** Takes away what binary fractions add: 0.1 * 3 is 0.3 here. */
function roundOff(value: number): number {
  return Number(value.toPrecision(12));
}
