import { InputError, type JsonSchema, type JsonValue, type SchemaSource } from '../index.ts';
import { readJson } from './text-file.ts';

/** The JSON Schema in a file; a config may also hold a schema itself. @throws InputError `file_not_found`, `invalid_option` */
export function readSchema(given: string | SchemaSource<JsonValue>): SchemaSource<JsonValue> {
  if (typeof given !== 'string') return given;
  const schema = readJson('--schema', given);
  // What is in it is looked at where it is used.
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as JsonSchema;
  throw new InputError('invalid_option', `--schema: ${given} must hold a JSON Schema, which is an object.`, { file: given });
}
