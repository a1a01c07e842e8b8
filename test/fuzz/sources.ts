import type { Random } from './random.ts';

const csvPieces = ['a', ',', ',', '"', '""', '\n', '\n', '\r\n', '\r', 'é', '😀', ' ', '"x,\r\ny"', ',"b"\n', '"c"",\rd"', '1,2,3\n', '"\n', '\uFFFD', '\0', '\\', '\u00a0', ';'];
const csvHeaders = ['', 'id,text\n', 'id\n', '"id","a\nb",id\r\n', '\n\nid,__proto__,,x\n', 'a;b\n'];
const words = ['a', 'b', '', ' ', 'x y', 'é', '😀', 'back\\slash', 'tab\t', '\u2028', '\0', 'long '.repeat(30), '12'];

/** Rows that are nearly all plain, so that the plain reader goes far. */
function plainRow(random: Random): string {
  const fields = random.list(3, () => {
    const word = random.pick(words);
    return random.chance(0.3) ? `"${word}""${random.pick(['\n', ',', '\r\n', ''])}"` : word;
  });
  return fields.join(',') + random.pick(['\n', '\n', '\r\n']);
}

/** CSV bytes: mostly plain with one odd thing in thousands of rows, or nothing but trouble. */
export function csvSource(random: Random): Buffer {
  const isPlain = random.chance(0.7);
  const pieces = isPlain ? Array.from({ length: random.below(4000) }, () => (random.chance(0.0003) ? random.pick(csvPieces) : plainRow(random))) : random.list(60, () => random.pick(csvPieces));
  return damaged(random, random.pick(csvHeaders) + pieces.join(''), isPlain ? 0.1 : 0.01);
}

const jsonTexts = ['""', '"a"', '"é😀"', '"\\u00e9\\n"', '"\\\\"', '"x\\"y"', '"}{]["', '"\\/"', '"\u2028"'];
const jsonWords = ['0', '-1.5e3', '12', 'true', 'false', 'null', '1E400', '-0'];
const jsonKeys = ['"id"', '"text"', '"__proto__"', '"1"', '"\\u0061"', '"é"'];
const oddElements = ['12', '"x"', 'null', '[1]', '{', '}', ']', '[', '{"a":1,}', '{"a"}', '{"a":01}', '{"a":"\t"}', 'tru', ',', '{"a":"\\x"}'];

function jsonValue(random: Random, depth: number): string {
  if (random.chance(0.6)) return random.pick(jsonTexts);
  if (depth > 2 || random.chance(0.5)) return random.pick(jsonWords);
  return random.chance(0.5) ? jsonObject(random, depth + 1) : `[${random.list(2, () => jsonValue(random, depth + 1)).join(random.pick([',', ' , ']))}]`;
}

function jsonObject(random: Random, depth: number): string {
  return `{${random.list(4, () => random.pick(jsonKeys) + random.pick([':', ': ', ' :\t']) + jsonValue(random, depth)).join(random.pick([',', ', ']))}}`;
}

const spaces = ['', '', '\n', ' ', '\r\n', '\n\n '];

/** A JSON text with an array, and where in it the array is. */
export function jsonSource(random: Random): { readonly bytes: Buffer; readonly keys: readonly string[] } {
  const space = (): string => random.pick(spaces);
  const share = random.pick([0, 0.0005, 0.03]);
  const elements = Array.from({ length: random.below(share < 0.01 ? 2000 : 12) }, () => (random.chance(share) ? random.pick(oddElements) : jsonObject(random, 0)));
  const array = `[${space()}${elements.join(space() + ',' + space())}${space()}]`;
  const keys = random.pick([[], [], ['d'], ['d', 'é'], ['x']]);
  const inner = keys[1] === undefined ? array : `{"q":1,"${keys[1]}":${array}}`;
  const text = keys[0] === undefined ? space() + array + space() : `{${random.pick(['', '"o":[1,{"d":[{}]}],', '"z":"é\\n",'])}"${keys[0]}":${space()}${inner}${random.pick(['', '', ',"d":[{"a":2}]'])}}`;
  const cut = random.chance(0.1) ? text.slice(0, random.below(text.length)) : text;
  return { bytes: damaged(random, cut + (random.chance(0.05) ? random.pick(['x', ']', '{}']) : ''), 0.03), keys };
}

/** Lines of JSON, most of them objects. */
export function jsonlSource(random: Random): Buffer {
  const share = random.pick([0, 0.001, 0.05]);
  const line = (): string => (random.chance(share) ? random.pick([...oddElements, '', '  ', '\u00a0']) : jsonObject(random, 0));
  return damaged(random, Array.from({ length: random.below(2000) }, line).join(random.pick(['\n', '\r\n'])), 0.1);
}

/** The bytes of a text, with a certain share of texts in which one byte is not UTF-8. */
function damaged(random: Random, text: string, share: number): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 0 && random.chance(share)) bytes[random.below(bytes.length)] = 0xff;
  return bytes;
}
