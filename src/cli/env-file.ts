import { statSync } from 'node:fs';
import { InputError } from '../index.ts';

const name = '.env';

/**
 * Takes over what `.env` in the current folder says of the environment, such as keys. Variables that are set already win; nothing of
 * it is ever shown. A folder of that name, as Python has them, is none of ours.
 *
 * @throws InputError `file_not_found` where it is there and cannot be read
 */
export function loadEnvFile(): void {
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  try {
    process.loadEnvFile(name);
  } catch (cause) {
    throw new InputError('file_not_found', `${name} cannot be read. Check its permissions.`, { file: name, cause });
  }
}
