import { isUtf8 } from 'node:buffer';

const maxRawBytes = 1024 * 1024;

/** The text of a rejected record, whole up to 1 MiB, then cut with a mark that says how much there was. */
export function rawText(bytes: Buffer): string {
  if (bytes.length <= maxRawBytes) return bytes.toString('utf8');
  return `${bytes.toString('utf8', 0, maxRawBytes)} … [cut here: ${bytes.length} bytes in all]`;
}

/** What to do about text that is no UTF-8, as the end of a message. */
export const notUtf8 = 'holds bytes that are not UTF-8. If the file is in another encoding, name it, e.g. latin1, with --encoding (option `encoding`).';

/** True if a text decoded from these bytes lost some of them: U+FFFD stands in it, but not in the bytes. */
export function isBroken(text: string, bytes: Buffer): boolean {
  return text.includes('\uFFFD') && !isUtf8(bytes);
}
