import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { createRequire } from 'node:module';
import { InputError, messageOf } from '../errors.ts';
import type { JsonObject, JsonValue } from '../records/record.ts';
import { formats } from './formats.ts';
import type { Issue } from './issues.ts';

/** What ajv exports for a draft, as far as it is used here. */
interface AjvModule {
  readonly default: new (options: Options) => { compile(schema: object): ValidateFunction };
}

/**
 * Compiles a JSON Schema into a function that finds what is wrong with a value; an empty list is a pass. ajv is loaded by the first
 * schema, not before: importing millrace does not load it.
 *
 * @throws InputError `invalid_option` for a schema that is none, refers to what is not in it, or is of draft 4
 */
export function compileJsonSchema({ $schema: dialect, ...schema }: JsonObject): (value: JsonValue) => readonly Issue[] {
  const validate = compiled(schema, typeof dialect === 'string' ? dialect : '');
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(issueOf));
}

function compiled(schema: object, dialect: string): ValidateFunction {
  // A CommonJS package, needed at once: builders are made without waiting.
  const { default: Ajv } = createRequire(import.meta.url)(moduleOf(dialect)) as AjvModule;
  try {
    return new Ajv({ allErrors: true, strict: false, logger: false, formats }).compile(schema);
  } catch (cause) {
    throw new InputError('invalid_option', `The JSON Schema of \`schema\` cannot be used: ${messageOf(cause)}.`, { cause });
  }
}

/** The drafts differ in the form of arrays and references. Draft 6 has nothing that 7 reads otherwise. */
function moduleOf(dialect: string): string {
  if (/draft-04|draft-03/.test(dialect)) throw new InputError('invalid_option', `The JSON Schema of \`schema\` is of an old draft (${dialect}): use draft 6 or later.`);
  if (/draft-0[67]/.test(dialect)) return 'ajv';
  return dialect.includes('2019-09') ? 'ajv/dist/2019.js' : 'ajv/dist/2020.js';
}

function issueOf({ instancePath, message = 'is wrong', keyword, params }: ErrorObject): Issue {
  const path = instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~')).join('.');
  return { path, message: `${message}${detailOf(keyword, params)}` };
}

/** What the message leaves out: the names. */
function detailOf(keyword: string, params: Record<string, unknown>): string {
  if (keyword === 'additionalProperties') return ` (${JSON.stringify(params['additionalProperty'])})`;
  if (keyword === 'enum') return ` (${JSON.stringify(params['allowedValues'])})`;
  return keyword === 'const' ? ` (${JSON.stringify(params['allowedValue'])})` : '';
}
