/**
 * Byte text: a string that holds one byte in each character, as `toString('latin1')` gives it. Bytes that are only moved pass unchanged, all
 * string functions work on them, and no UTF-8 is decoded and encoded again: the fastest way through Node for text nobody looks at.
 */

const beyondAscii = /[^\0-\x7f]/;

/** The UTF-8 bytes of a text, one a character. Lone surrogates become U+FFFD, as in any file that is written. */
export function toByteText(text: string): string {
  return beyondAscii.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** The text of UTF-8 bytes that stand one a character. */
export function fromByteText(bytes: string): string {
  return beyondAscii.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}
