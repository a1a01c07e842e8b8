import { InputError } from '../errors.ts';
import type { JsonObject } from '../records/record.ts';
import { answerSchemaOf, type AnswerSchema } from '../schemas/answer-schema.ts';
import { describeFinding, describeFindings, type SchemaFindings } from '../schemas/finding.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import { anthropicFindings, anthropicSchema } from '../schemas/strict-anthropic.ts';
import { openaiFindings } from '../schemas/strict-openai.ts';
import { tighten } from '../schemas/tighten.ts';

type Options = Readonly<Record<string, unknown>>;

/** The options of a builder that say what answers look like. */
export const schemaWords = ['schema', 'schemaName', 'strictSchema'] as const;

/** What the options of a builder come to, once its schema has become a parameter of the endpoint. */
export interface Structured {
  /** The options with the request field in place of the schema. */
  readonly options: Options;
  readonly schema?: SchemaSource;
  readonly warnings: readonly string[];
}

/** Where an endpoint takes a schema: a whole parameter, or a member of one that may hold other things. */
interface Place {
  readonly parameter: string;
  readonly member?: string;
  readonly format: (schema: AnswerSchema, name: string, strict: boolean) => Format;
}

interface Format {
  readonly format: JsonObject;
  readonly findings: SchemaFindings;
}

const places: Readonly<Record<string, Place>> = {
  chat: {
    parameter: 'response_format',
    format: (schema, name, strict) => ofOpenai(schema, strict, (json) => ({ type: 'json_schema', json_schema: { name, strict, schema: json } })),
  },
  responses: {
    parameter: 'text',
    member: 'format',
    format: (schema, name, strict) => ofOpenai(schema, strict, (json) => ({ type: 'json_schema', name, strict, schema: json })),
  },
  messages: { parameter: 'output_config', member: 'format', format: (schema) => ofAnthropic(schema) },
};

/**
 * Turns the schema of a builder into the request field of its endpoint: `response_format`, `text.format`, `output_config.format`.
 *
 * @param builder name of the builder, for messages
 * @throws InputError `invalid_request` for a schema that the provider would refuse, each place named with what to do; `invalid_option`
 * for what is no schema, or stands against another option
 */
export function structured(builder: string, given: Options): Structured {
  const { schema: source, schemaName, strictSchema = true, ...options } = given;
  const place = places[builder];
  if (source === undefined) {
    const idle = schemaWords.find((word) => given[word] !== undefined);
    if (idle !== undefined) throw new InputError('invalid_option', `${builder}() has \`${idle}\`, but no \`schema\`.`);
    return { options, warnings: [] };
  }
  if (!place) throw new InputError('invalid_option', `${builder}() takes no \`schema\`: its answers are no text. chat(), responses() and messages() do.`);
  if (typeof strictSchema !== 'boolean') throw new InputError('invalid_option', `${builder}(): \`strictSchema\` must be true or false, not ${JSON.stringify(strictSchema)}.`);
  if (builder === 'messages' && !strictSchema) {
    throw new InputError('invalid_option', 'messages() has no `strictSchema: false`: Anthropic always holds the model to the schema. To check answers without sending it, give the schema to run() or join() instead.');
  }
  const schema = source as SchemaSource; // checked by answerSchemaOf
  const compiled = answerSchemaOf(schema);
  const { format, findings } = place.format(compiled, nameOf(builder, compiled, schemaName), strictSchema);
  if (findings.errors.length > 0) throw refused(builder, findings);
  return {
    options: withFormat(builder, options, place, format),
    schema,
    warnings: findings.warnings.map((finding) => `schema: ${describeFinding(finding)}.`),
  };
}

/** Strictly: a library's schema is made ready, one of the user's own must be. */
function ofOpenai(schema: AnswerSchema, strict: boolean, format: (json: JsonObject) => JsonObject): Format {
  const json = schema.jsonSchema();
  if (!strict) return { format: format(json), findings: { errors: [], warnings: [] } };
  const sent = schema.isJsonSchema ? json : tighten(json, true);
  return { format: format(sent), findings: openaiFindings(sent) };
}

function ofAnthropic(schema: AnswerSchema): Format {
  const json = schema.isJsonSchema ? schema.jsonSchema() : tighten(schema.jsonSchema(), false);
  return { format: { type: 'json_schema', schema: anthropicSchema(json) }, findings: anthropicFindings(json) };
}

/** The name the model sees: the one given, else the schema's title, else `answer`. */
function nameOf(builder: string, schema: AnswerSchema, given: unknown): string {
  const isName = (text: unknown): text is string => typeof text === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(text);
  if (isName(given)) return given;
  if (given !== undefined) throw new InputError('invalid_option', `${builder}(): \`schemaName\` must be 1 to 64 letters, digits, _ or -, not ${JSON.stringify(given)}.`);
  const { title } = schema.jsonSchema();
  return isName(title) ? title : 'answer';
}

function refused(builder: string, { errors }: SchemaFindings): InputError {
  const [provider, way] = builder === 'messages' ? ['Anthropic', ''] : ["OpenAI's strict mode", ' Or set `strictSchema: false` (--no-strict-schema): the model is then asked, not held, to follow it.'];
  return new InputError('invalid_request', `${builder}(): ${provider} would refuse the schema: ${describeFindings(errors)}.${way}`);
}

/** Puts the format where the endpoint takes it, beside what the user put there. */
function withFormat(builder: string, options: Options, { parameter, member }: Place, format: JsonObject): Options {
  const given = options[parameter];
  const where = member === undefined ? parameter : `${parameter}.${member}`;
  const twice = () => new InputError('invalid_option', `${builder}() has both \`schema\` and \`${where}\`: leave one out.`);
  const put = (value: unknown): unknown => {
    if (member === undefined) return format;
    if (isObject(value) && value[member] !== undefined) throw twice();
    return { ...(isObject(value) ? value : {}), [member]: format };
  };
  if (member === undefined && given !== undefined) throw twice();
  const value = typeof given === 'function' ? (...record: unknown[]) => put(given(...record)) : put(given);
  return { ...options, ...guarded(options, parameter, twice), [parameter]: value };
}

/** Parameters of the same name in `params` would take the place of the schema. */
function guarded({ params }: Options, parameter: string, twice: () => InputError): Options {
  if (params === undefined) return {};
  const guard = (value: unknown): unknown => {
    if (isObject(value) && value[parameter] !== undefined) throw twice();
    return value;
  };
  return { params: typeof params === 'function' ? (...record: unknown[]) => guard(params(...record)) : guard(params) };
}

function isObject(value: unknown): value is Options {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
