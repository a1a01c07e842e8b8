import { readFileSync } from 'node:fs';
import { InputError, type JsonSchema } from '../index.ts';

/** The JSON Schema in a file. @throws InputError `file_not_found`, `invalid_option` */
export function readSchema(path: string): JsonSchema {
  const schema = parsed(textOf(path), path);
  // What is in it is looked at where it is used.
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as JsonSchema;
  throw new InputError('invalid_option', `--schema: ${path} must hold a JSON Schema, which is an object.`, { file: path });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (cause) {
    throw new InputError('file_not_found', `--schema: ${path} cannot be read. Check the path.`, { file: path, cause });
  }
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError('invalid_option', `--schema: ${path} is not valid JSON.`, { file: path, cause });
  }
}
