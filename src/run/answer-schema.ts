import type { OutcomeRules } from '../join/outcome.ts';
import type { RunEntry } from '../ledger/ledger.ts';
import type { JsonObject } from '../records/record.ts';
import type { RequestBuilder } from '../requests/request.ts';
import { answerSchemaOf } from '../schemas/answer-schema.ts';
import { isStandardSchema, type SchemaSource } from '../schemas/standard-schema.ts';

/** How a run remembers the schema that its requests ask for: as JSON, so that any process can hold the answers to it. */
export function describeSchema({ schema }: Pick<RequestBuilder<never, unknown>, 'schema'>): { schema?: JsonObject } {
  return schema === undefined ? {} : { schema: answerSchemaOf(schema).jsonSchema() };
}

/**
 * The schema that the answers of a run are held to: the one given, else the one its requests were built with. In another process
 * the latter is known as a JSON Schema only, without what a library's refinements and transforms add.
 */
export function schemaOf({ schema }: Pick<OutcomeRules, 'schema'>, { description }: Pick<RunEntry, 'description'>): SchemaSource | undefined {
  const recorded = description['schema'];
  return schema ?? (typeof recorded === 'object' && recorded !== null && !isStandardSchema(recorded) && !Array.isArray(recorded) ? (recorded as JsonObject) : undefined);
}
