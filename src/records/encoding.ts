import { StringDecoder } from 'node:string_decoder';

export const encodings = ['utf-8', 'latin1', 'utf-16le', 'utf-16be'] as const;
/** How text is stored. `latin1` is read as Windows-1252, its superset in practice, as browsers do. */
export type Encoding = (typeof encodings)[number];

const byteOrderMarks: readonly (readonly [Encoding, Buffer])[] = [
  ['utf-8', Buffer.from([0xef, 0xbb, 0xbf])],
  ['utf-16le', Buffer.from([0xff, 0xfe])],
  ['utf-16be', Buffer.from([0xfe, 0xff])],
];
const longestMark = 3;

/**
 * Turns the bytes of a text, cut anywhere, into UTF-8 bytes without a byte order mark. Without an `encoding` the mark
 * decides, and where there is none it is UTF-8. UTF-8 passes as it is, uncopied, broken sequences included: those who
 * read records check them, so that one bad byte costs one record.
 */
export class Utf8Converter {
  #encoding: Encoding | undefined;
  #start: Buffer | undefined = Buffer.alloc(0);
  #convert: (bytes: Buffer) => Buffer = (bytes) => bytes;
  #flush: () => Buffer = () => Buffer.alloc(0);

  constructor(encoding?: Encoding) {
    this.#encoding = encoding;
  }

  push(chunk: Buffer): Buffer {
    if (this.#start === undefined) return this.#convert(chunk);
    this.#start = Buffer.concat([this.#start, chunk]);
    return this.#start.length < longestMark ? Buffer.alloc(0) : this.#begin(this.#start);
  }

  /** What is left at the end of the text. */
  end(): Buffer {
    const start = this.#start === undefined ? Buffer.alloc(0) : this.#begin(this.#start);
    return Buffer.concat([start, this.#flush()]);
  }

  #begin(start: Buffer): Buffer {
    this.#start = undefined;
    const mark = byteOrderMarks.find(([encoding, bytes]) => (this.#encoding ?? encoding) === encoding && start.subarray(0, bytes.length).equals(bytes));
    this.#choose(this.#encoding ?? mark?.[0] ?? 'utf-8');
    return this.#convert(start.subarray(mark?.[1].length ?? 0));
  }

  #choose(encoding: Encoding): void {
    if (encoding === 'latin1') this.#convert = (bytes) => Buffer.from(decodeWindows1252(bytes), 'utf8');
    if (encoding === 'utf-16le' || encoding === 'utf-16be') this.#chooseUtf16(encoding === 'utf-16be');
  }

  #chooseUtf16(swap: boolean): void {
    const decoder = new StringDecoder('utf16le');
    let odd = Buffer.alloc(0);
    this.#convert = (bytes) => {
      const whole = odd.length === 0 ? bytes : Buffer.concat([odd, bytes]);
      const even = whole.subarray(0, whole.length - (whole.length % 2));
      odd = Buffer.from(whole.subarray(even.length));
      return encodeVisibly(decoder.write(swap ? Buffer.from(even).swap16() : even));
    };
    // Half a character at the end of a file is broken text: 0xFF is a byte that no UTF-8 has.
    this.#flush = () => Buffer.concat([encodeVisibly(decoder.end()), Buffer.from(odd.length === 0 ? [] : [0xff])]);
  }
}

/** UTF-8 bytes of a text; half a surrogate pair, which UTF-8 cannot hold, becomes a byte that is no UTF-8 and is found later. */
function encodeVisibly(text: string): Buffer {
  const [first = '', ...rest] = text.split(/\p{Surrogate}/u);
  if (rest.length === 0) return Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from(first), ...rest.flatMap((part) => [Buffer.from([0xff]), Buffer.from(part)])]);
}

// The 32 characters by which Windows-1252 differs from ISO 8859-1. `TextDecoder` would know them, but some Node versions
// decode `windows-1252` as plain Latin-1 (nodejs/node#56542).
const upperControls = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function decodeWindows1252(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/[\u0080-\u009f]/g, (character) => upperControls.charAt(character.charCodeAt(0) - 0x80));
}
