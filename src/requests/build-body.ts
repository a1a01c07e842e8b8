import { InputError } from '../errors.ts';
import type { JsonObject, SourceRecord } from '../records/record.ts';
import { bodyProblem, type BodyRules } from './body-rules.ts';
import { compileBody } from './compiled-body.ts';
import { compileMessages, compilePlain, compileText, type Compiled } from './compile.ts';
import { unsendable } from './json-safety.ts';
import { anthropicVersionWithoutSampling, defaultModelRules, ruleFor, unknownModelWarning, type ModelRule } from './models.ts';
import type { RequestBuilder } from './request.ts';

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
export function builderFor<T>(shape: EndpointShape, options: Options): RequestBuilder<T> {
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
  checkConstants(shape, parts, rules);
  const warnings: string[] = [];
  const noteModel = modelNotes(rules, warnings);
  if (parts.model.isConstant) noteModel(model);
  const finish = (body: JsonObject): JsonObject => {
    noteModel(body['model']);
    const problem = bodyProblem(body, rules);
    if (problem !== undefined) throw new InputError('invalid_request', `The request would be refused: ${problem}`);
    return body;
  };
  const build = (value: T, record: SourceRecord<T>): JsonObject => finish(bodyOf(shape, word, parts, rules, evaluator(value, record)));
  const compiled = isFixed(parts) ? compileBody<T>(parts, (given) => finish(bodyOf(shape, word, parts, rules, given))) : undefined;
  return {
    endpoint: shape.endpoint,
    fields: [...new Set([...parts.input.fields, ...parts.system.fields])],
    description: describe(shape, options),
    warnings,
    build,
    ...(compiled && { compiled: { ...compiled, build } }),
  };
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

function bodyOf<T>(shape: EndpointShape, word: Material['word'], parts: Parts<T>, rules: BodyRules, evaluate: Evaluate<T>): JsonObject {
  const model = evaluate(parts.model);
  const input = evaluate(parts.input);
  if (input === undefined || input === null) throw new InputError('template_error', `\`${word}\` gave nothing for this record.`);
  const body: Record<string, unknown> = { model, ...shape.assemble({ input, word, system: evaluate(parts.system) }) };
  for (const [name, parameter] of parts.extras) body[name] = evaluate(parameter);
  Object.assign(body, evaluate(parts.params));
  setLimit(body, shape, rules, evaluate(parts.limit));
  // What cannot be JSON in it is found by the caller, who rejects the record.
  return body as JsonObject;
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
function checkConstants<T>(shape: EndpointShape, parts: Parts<T>, rules: BodyRules): void {
  if (!parts.model.isConstant) return;
  const constants = [...parts.extras, ['maxTokens', parts.limit] as const].filter(([, part]) => part.isConstant);
  // A constant needs no record to be evaluated.
  const valueOf = (part: Compiled<T>): unknown => part.of(undefined as T, undefined as never);
  const { maxTokens, ...known } = Object.fromEntries(constants.map(([name, part]) => [name, valueOf(part)]));
  const body: Record<string, unknown> = { model: valueOf(parts.model), ...known };
  if (parts.params.isConstant) Object.assign(body, valueOf(parts.params));
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    throw new InputError('invalid_option', `${shape.name}() needs a \`model\`: its name as text.`);
  }
  setLimit(body, shape, rules, maxTokens);
  const lost = unsendable(body);
  if (lost !== undefined) throw new InputError('invalid_option', `${shape.name}() has a parameter that cannot be sent as JSON: ${lost}.`);
  const problem = bodyProblem(body as JsonObject, rules); // read only for the parameters the rules name
  if (problem !== undefined) throw new InputError('invalid_request', `${shape.name}() would be refused: ${problem}`);
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

function describe({ name, endpoint }: EndpointShape, { modelRules: _rules, ...options }: Options): JsonObject {
  const text = JSON.stringify({ builder: name, endpoint, ...options }, (_key, item: unknown) =>
    typeof item === 'function' || typeof item === 'bigint' ? item.toString() : item,
  );
  return JSON.parse(text) as JsonObject; // written one line above
}
