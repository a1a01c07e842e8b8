/** What a schema says of a value: what it makes of it, or what is wrong with it. */
export type StandardResult<Answer> =
  | { readonly value: Answer; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Asks a schema library for a JSON Schema; other words than `target` are the library's own. */
interface JsonSchemaOptions {
  readonly target: 'draft-2020-12';
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/**
 * A schema of any library that speaks Standard Schema, such as zod 4; `Answer` is what it makes of a value. `jsonSchema` (Standard
 * JSON Schema, which zod has from 4.2 on) is needed where the schema goes into a request. Source: standardschema.dev, version 1.1.
 */
export interface StandardSchema<Answer = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Answer> | Promise<StandardResult<Answer>>;
    readonly types?: { readonly input: unknown; readonly output: Answer } | undefined;
    readonly jsonSchema?: {
      readonly input: (options: JsonSchemaOptions) => Record<string, unknown>;
      readonly output: (options: JsonSchemaOptions) => Record<string, unknown>;
    };
  };
}

/** A JSON Schema as an object: draft 2020-12, or an older draft that `$schema` names. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly '~standard'?: never;
}

/** What answers must look like: a JSON Schema, or the schema of a library such as zod, which also tells the type. */
export type SchemaSource<Answer = unknown> = JsonSchema | StandardSchema<Answer>;

/** Tells the schema of a library from a JSON Schema. */
export function isStandardSchema(source: unknown): source is StandardSchema {
  return (typeof source === 'object' || typeof source === 'function') && source !== null && '~standard' in source;
}
