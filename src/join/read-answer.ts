import type { JsonValue } from '../records/record.ts';
import { stripFences } from '../results/answer-text.ts';
import { answerSchemaOf } from '../schemas/answer-schema.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import type { Outcome } from './outcome.ts';

/** What is known of an answer before it is held to a schema; `json` is its text, parsed. */
type Unread = Omit<Outcome, 'status'>;

/**
 * The outcome of an answer that a schema was asked for: `succeeded` with what the schema makes of it as `json`, or `unusable`,
 * `invalid` with the path and what is wrong there. A tool call is an answer of its own kind: the text beside it may be anything.
 *
 * @throws InputError `invalid_option` for a schema that checks asynchronously
 */
export function readAnswer({ json, ...fields }: Unread, schema: SchemaSource): Outcome {
  const reading = json === undefined ? { message: whyUnparsed(fields), path: '' } : answerSchemaOf(schema).read(json);
  // What a transform makes may be more than JSON; the one who gave the schema knows the type.
  if ('value' in reading) return { status: 'succeeded', ...fields, json: reading.value as JsonValue };
  if (fields.toolCalls !== undefined) return { status: 'succeeded', ...fields };
  const { message, path } = reading;
  return { status: 'unusable', reason: 'invalid', ...fields, error: { code: 'invalid', message, ...(path === '' ? {} : { param: path }) } };
}

function whyUnparsed({ text }: Unread): string {
  if (text === undefined) return 'The answer has no text to hold against the schema.';
  if (stripFences(text) !== text) return 'The text of the answer is in a Markdown code fence: --strip-fences (option `stripFences`) takes it off.';
  return 'The text of the answer is not JSON.';
}
