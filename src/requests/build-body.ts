import { InputError } from '../errors.ts';
import type { JsonObject, SourceRecord } from '../records/record.ts';
import { compileBody } from './compiled-body.ts';
import type { BodyError, BodyFinding, BodyRules } from './body-finding.ts';
import { bodyError, partError } from './body-rules.ts';
import { bodyWarnings, promptWarnings, textRoom, unknownParameters } from './body-warnings.ts';
import { compileMessages, compilePlain, compileText, type Compiled } from './compile.ts';
import { unsendable } from './json-safety.ts';
import type { SchemaSource } from '../schemas/standard-schema.ts';
import { anthropicVersionWithoutSampling, defaultModelRules, ruleFor, unknownModelWarning, type ModelRule } from './models.ts';
import type { RequestBuilder } from './request.ts';
import { structured } from './structured.ts';

const inputWords = ['prompt', 'messages', 'input'] as const;

/** Options with a meaning here; every other one is a parameter of the endpoint. */
const ownWords = new Set<string>([...inputWords, 'model', 'system', 'maxTokens', 'params', 'modelRules', 'apiVersion']);

/** Evaluated for one record: the material an endpoint makes its body of. */
export interface Material {
  readonly input: unknown;
  readonly word: (typeof inputWords)[number];
  readonly system: unknown;
}

/** How one endpoint wants its body. */
export interface EndpointShape {
  /** Name of the builder, for messages. */
  readonly name: string;
  readonly endpoint: string;
  /** Which of the ways to give the input it knows. */
  readonly inputs: readonly (typeof inputWords)[number][];
  readonly takesSystem: boolean;
  /** Name of the output limit for a model; left out where the endpoint has none. */
  readonly limitName?: (model: string, rules: readonly ModelRule[]) => string;
  readonly defaultLimit?: number;
  readonly assemble: (material: Material) => Record<string, unknown>;
}

type Options = Readonly<Record<string, unknown>>;

/** Makes a builder out of an endpoint's shape and the user's options. What cannot work for any record is an `InputError` here. */
export function builderFor<T>(shape: EndpointShape, given: Options): RequestBuilder<T, never> {
  const { options, schema, warnings: schemaWarnings } = structured(shape.name, given);
  const word = inputWordOf(shape, options);
  const { model, system, maxTokens, params, modelRules, apiVersion } = options;
  const rules: BodyRules = {
    endpoint: shape.endpoint,
    modelRules: Array.isArray(modelRules) ? (modelRules as readonly ModelRule[]) : defaultModelRules, // typed in the options
    apiVersion: typeof apiVersion === 'string' ? apiVersion : anthropicVersionWithoutSampling,
  };
  const parts: Parts<T> = {
    model: compilePlain(model),
    input: word === 'messages' ? compileMessages(options[word]) : compileText(options[word]),
    system: compileText(system),
    limit: compilePlain(maxTokens),
    extras: Object.entries(options).filter(([name]) => !ownWords.has(name)).map(([name, value]) => [name, compilePlain<T>(value)] as const),
    params: compilePlain(params),
  };
  const warnings: string[] = [...schemaWarnings];
  checkConstants(shape, parts, rules, warnings);
  const noteModel = modelNotes(rules, warnings);
  if (parts.model.isConstant) noteModel(model);
  const isSettled = isFixed(parts);
  const checked = ({ body, input }: Assembled): JsonObject => {
    // What is the same for all records was checked before the first; a text that is not empty adds nothing to check.
    if (isSettled && typeof input === 'string' && input !== '') return body;
    noteModel(body['model']);
    const error = bodyError(body, rules);
    if (error !== undefined) throw refused('The request', error);
    return body;
  };
  const build: RequestBuilder<T>['build'] = (value, record) => checked(bodyOf(shape, word, parts, rules, evaluator(value, record)));
  const make = (evaluate: Evaluate<T>): JsonObject => checked(bodyOf(shape, word, parts, rules, evaluate));
  const compiled = isSettled ? compileBody<T>(parts, make, (body) => textRoom(body, rules)) : undefined;
  return {
    endpoint: shape.endpoint,
    fields: [...new Set([...parts.input.fields, ...parts.system.fields])],
    description: describe(shape, given),
    warnings,
    // The schema that the caller gave, with the type that it gave it.
    ...(schema === undefined ? {} : { schema: schema as SchemaSource<never> }),
    build,
    ...(compiled && { compiled: { ...compiled, build } }),
    warningsFor: (body) => bodyWarnings(body, rules),
    promptWarningsFor: (body) => promptWarnings(body, rules),
  };
}

/** The error for a request that breaks a rule. */
export function refused(what: string, { rule, message }: BodyFinding<BodyError>): InputError {
  return new InputError('invalid_request', `${what} would be refused: ${message}`, { rule });
}

/** Evaluates a part of a body, for one record. */
export type Evaluate<T> = (part: Compiled<T>) => unknown;

function evaluator<T>(value: T, record: SourceRecord<T>): Evaluate<T> {
  return (part) => part.of(value, record);
}

/** True if only what is asked differs by record, not how. */
function isFixed<T>({ model, limit, params, extras }: Parts<T>): boolean {
  return [model, limit, params, ...extras.map(([, part]) => part)].every(({ isConstant }) => isConstant);
}

interface Parts<T> {
  readonly model: Compiled<T>;
  readonly input: Compiled<T>;
  readonly system: Compiled<T>;
  readonly limit: Compiled<T>;
  readonly extras: readonly (readonly [string, Compiled<T>])[];
  readonly params: Compiled<T>;
}

function inputWordOf(shape: EndpointShape, options: Options): Material['word'] {
  const given = inputWords.filter((word) => options[word] !== undefined);
  const [word] = given;
  const known = shape.inputs.map((name) => `\`${name}\``).join(' or ');
  if (word === undefined) throw new InputError('invalid_option', `${shape.name}() needs ${known}: what to ask about each record.`);
  if (given.length > 1) throw new InputError('invalid_option', `${shape.name}() takes one of ${known}, not ${given.join(' and ')} together.`);
  if (!shape.inputs.includes(word)) throw new InputError('invalid_option', `${shape.name}() takes ${known}, not \`${word}\`.`);
  if (!shape.takesSystem && options['system'] !== undefined) throw new InputError('invalid_option', `${shape.name}() has no \`system\`.`);
  if (!shape.limitName && options['maxTokens'] !== undefined) throw new InputError('invalid_option', `${shape.name}() has no output limit.`);
  return word;
}

/** A body, and what it asks. */
interface Assembled {
  readonly body: JsonObject;
  readonly input: unknown;
}

function bodyOf<T>(shape: EndpointShape, word: Material['word'], parts: Parts<T>, rules: BodyRules, evaluate: Evaluate<T>): Assembled {
  const model = evaluate(parts.model);
  const input = evaluate(parts.input);
  if (input === undefined || input === null) throw new InputError('template_error', `\`${word}\` gave nothing for this record.`);
  const body: Record<string, unknown> = { model, ...shape.assemble({ input, word, system: evaluate(parts.system) }) };
  for (const [name, parameter] of parts.extras) body[name] = evaluate(parameter);
  Object.assign(body, evaluate(parts.params));
  setLimit(body, shape, rules, evaluate(parts.limit));
  // What cannot be JSON in it is found by the caller, who rejects the record.
  return { body: body as JsonObject, input };
}

/** The limit by its right name. A parameter of that name that the user gave stands. */
function setLimit(body: Record<string, unknown>, shape: EndpointShape, { modelRules }: BodyRules, limit: unknown): void {
  if (!shape.limitName) return;
  if (limit !== undefined && !(Number.isInteger(limit) && Number(limit) >= 1)) {
    throw new InputError('invalid_request', `\`maxTokens\` must be a whole number from 1 on; it is ${JSON.stringify(limit)}.`);
  }
  const tokens = limit ?? shape.defaultLimit;
  if (tokens === undefined) return;
  const name = shape.limitName(String(body['model']), modelRules);
  if (body[name] === undefined || limit !== undefined) body[name] = tokens;
}

/** Checks what is the same for all records, before the first. */
function checkConstants<T>(shape: EndpointShape, parts: Parts<T>, rules: BodyRules, warnings: string[]): void {
  if (!parts.model.isConstant) return;
  const constants = [...parts.extras, ['maxTokens', parts.limit] as const].filter(([, part]) => part.isConstant);
  // A constant needs no record to be evaluated.
  const valueOf = (part: Compiled<T>): unknown => part.of(undefined as T, undefined as never);
  const { maxTokens, ...given } = Object.fromEntries(constants.map(([name, part]) => [name, valueOf(part)]));
  const body: Record<string, unknown> = { model: valueOf(parts.model), ...given };
  if (parts.params.isConstant) Object.assign(body, valueOf(parts.params));
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    throw new InputError('invalid_option', `${shape.name}() needs a \`model\`: its name as text.`);
  }
  setLimit(body, shape, rules, maxTokens);
  const lost = unsendable(body);
  if (lost !== undefined) throw new InputError('invalid_option', `${shape.name}() has a parameter that cannot be sent as JSON: ${lost}.`);
  const known = body as JsonObject; // read only for the parameters the rules name
  const error = partError(known, rules);
  if (error !== undefined) throw refused(`${shape.name}()`, error);
  warnings.push(...[...unknownParameters(known, rules)].map(({ message }) => message));
}

/** Collects one warning for each unknown model; enough are enough where each record names its own. */
function modelNotes({ modelRules }: BodyRules, warnings: string[]): (model: unknown) => void {
  const seen = new Set<string>();
  return (model) => {
    if (typeof model !== 'string' || seen.has(model) || seen.size >= 100) return;
    seen.add(model);
    if (!ruleFor(model, modelRules)) warnings.push(unknownModelWarning(model));
  };
}

/** The schema is described by the run, as JSON. */
function describe({ name, endpoint }: EndpointShape, { modelRules: _rules, schema: _schema, ...options }: Options): JsonObject {
  const text = JSON.stringify({ builder: name, endpoint, ...options }, (_key, item: unknown) =>
    typeof item === 'function' || typeof item === 'bigint' ? item.toString() : item,
  );
  return JSON.parse(text) as JsonObject; // written one line above
}
