/**
 * Byte text: a string that holds one byte in each character, as `toString('latin1')` gives it. Bytes that are only moved pass unchanged,
 * all string functions work on them, and no UTF-8 is decoded and encoded again: the fastest way through Node for text nobody looks at.
 */

const beyondAscii = /[^\0-\x7f]/;
const loneSurrogate = /\p{Surrogate}/u;
/** No UTF-8 begins with this byte; behind it stand UTF-16 units, which may hold lone surrogates. */
const unitsMark = '\xff';

/** The UTF-8 bytes of a text, one a character. Lone surrogates become U+FFFD, as in any file that is written. */
export function toByteText(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** The text of UTF-8 bytes that stand one a character. */
export function fromByteText(bytes: string): string {
  return beyondAscii.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}

/** An id as byte text: its UTF-8 bytes, but ids that differ only in lone surrogates stay different, and {@link fromIdText} gives each back. */
export function toIdText(id: string): string {
  return loneSurrogate.test(id) ? unitsMark + Buffer.from(id, 'utf16le').toString('latin1') : toByteText(id);
}

/** The id that {@link toIdText} was given. */
export function fromIdText(bytes: string): string {
  return bytes.startsWith(unitsMark) ? Buffer.from(bytes.slice(1), 'latin1').toString('utf16le') : fromByteText(bytes);
}

/** False for an id that had to be written in another way than in UTF-8. */
export function isByteText(id: string): boolean {
  return !id.startsWith(unitsMark);
}
