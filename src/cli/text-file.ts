import { readFileSync } from 'node:fs';
import { InputError } from '../index.ts';

/**
 * The text of a UTF-8 file, its byte order mark off.
 *
 * @param path the file
 * @param hint what to do where it cannot be read
 * @throws InputError `file_not_found`, `invalid_option`; the message begins with `flag`
 */
export function readText(flag: string, path: string, hint = 'Check the path.'): string {
  const bytes = bytesOf(flag, path, hint);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new InputError('invalid_option', `${flag}: ${path} is not UTF-8 text.`, { file: path, cause });
  }
}

function bytesOf(flag: string, path: string, hint: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new InputError('file_not_found', `${flag}: ${path} cannot be read. ${hint}`, { file: path, cause });
  }
}

/** What the JSON in a file holds. @throws InputError `file_not_found`, `invalid_option`; the message begins with `flag` */
export function readJson(flag: string, path: string, hint?: string): unknown {
  const text = readText(flag, path, hint);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError('invalid_option', `${flag}: ${path} is not valid JSON.`, { file: path, cause });
  }
}
