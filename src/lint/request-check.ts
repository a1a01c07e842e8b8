import { grouped } from '../numbers.ts';
import type { JsonObject, JsonValue } from '../records/record.ts';
import { isObject, type BodyRules, type JsonPlace } from '../requests/body-finding.ts';
import { bodyErrors } from '../requests/body-rules.ts';
import { bodyWarnings } from '../requests/body-warnings.ts';
import type { IdRegister } from '../requests/request-builder.ts';
import type { ShardLimits } from '../shards/limits.ts';
import { embeddingInputsOf } from '../shards/policy.ts';
import type { LintRule } from './rules.ts';

/** What a rule has against a request, before it is known where in the file that is. */
export interface Found {
  readonly rule: LintRule;
  readonly message: string;
  /** Where in the request; empty for the request as a whole. */
  readonly place: JsonPlace;
  /** True if the name of the field is meant, not its value. */
  readonly atKey?: true;
}

/** What requests are checked against. */
export interface RequestCheckOptions extends Pick<BodyRules, 'apiVersion' | 'modelRules'> {
  readonly wire: 'openai' | 'anthropic';
  readonly limits: Pick<ShardLimits, 'maxRequests' | 'maxEmbeddingInputs' | 'customIdPattern'>;
  /** Endpoint of the batch. @default the url of the first request */
  readonly endpoint?: string;
  readonly ids: IdRegister;
  /** True where a corrected copy is written, in which a number is the text of it. */
  readonly mapsNumbers: boolean;
  /** What the numbers of requests are called in messages about two of them. */
  readonly unit: 'line' | 'request';
}

/** Urls that OpenAI has batches for. Source: `BatchCreateParams` of `openai` 6.49. */
const batchUrls = ['/v1/responses', '/v1/chat/completions', '/v1/embeddings', '/v1/completions', '/v1/moderations', '/v1/images/generations', '/v1/images/edits', '/v1/videos'];

const fields = { openai: ['custom_id', 'method', 'url', 'body'], anthropic: ['custom_id', 'params'] } as const;

/** Checks the requests of one batch, one after the other; remembers of those before only ids, endpoint, model and counts. */
export class RequestCheck {
  readonly #options: RequestCheckOptions;
  endpoint: string | undefined;
  #model: string | undefined;
  #requests = 0;
  #inputs = 0;

  constructor(options: RequestCheckOptions) {
    this.#options = options;
    this.endpoint = options.wire === 'anthropic' ? '/v1/messages' : options.endpoint;
  }

  /** Everything that is wrong with a request, or doubtful. @param number its line, or its position, for messages */
  *check(request: JsonObject, number: number): Generator<Found> {
    yield* this.count();
    yield* this.#envelope(request);
    yield* this.#customId(request['custom_id'], number);
    if (this.#options.wire === 'openai') yield* this.#openaiEnvelope(request);
    const name = this.#options.wire === 'openai' ? 'body' : 'params';
    const body = request[name];
    if (isMissing(body)) return;
    if (isObject(body)) yield* this.#body(body, name);
    else yield { rule: 'wrong_type', place: [name], message: `\`${name}\` must be an object.` };
  }

  /** Counts a request of which nothing more can be read. */
  *count(): Generator<Found> {
    const { maxRequests } = this.#options.limits;
    this.#requests += 1;
    if (this.#requests !== maxRequests + 1) return;
    yield { rule: 'too_many_requests', place: [], message: `this is request ${grouped(this.#requests)}; a batch may have ${grouped(maxRequests)}. Split the file here.` };
  }

  *#envelope(request: JsonObject): Generator<Found> {
    const known: readonly string[] = fields[this.#options.wire];
    for (const name of known) {
      const isEmptyText = request[name] === '' && this.#options.wire === 'openai';
      if (isMissing(request[name]) || isEmptyText) yield { rule: 'missing_field', place: [], message: `\`${name}\` is missing: each request has ${known.map((field) => `\`${field}\``).join(', ')}.` };
    }
    for (const name in request) {
      if (!known.includes(name)) yield { rule: 'unknown_field', place: [name], atKey: true, message: `\`${name}\` is no field of a request: parameters belong into \`${known.at(-1)}\`.` };
    }
  }

  *#customId(id: JsonValue | undefined, number: number): Generator<Found> {
    const place = ['custom_id'];
    const { wire, limits, ids, unit, mapsNumbers } = this.#options;
    if (isMissing(id) || (id === '' && wire === 'openai')) return;
    if (typeof id !== 'string') {
      yield { rule: 'wrong_type', place, message: `\`custom_id\` must be a text; it is ${JSON.stringify(id)}.` };
      if (!mapsNumbers || typeof id !== 'number') return;
    } else if (!limits.customIdPattern.test(id)) {
      yield illegalId(id, wire);
    }
    const earlier = ids.add(String(id), number);
    if (earlier !== undefined) yield { rule: 'duplicate_custom_id', place, message: `the custom_id ${JSON.stringify(id)} was used before, by ${unit} ${grouped(earlier)}: give each request its own.` };
  }

  *#openaiEnvelope({ method, url }: JsonObject): Generator<Found> {
    if (!isMissing(method) && method !== '' && method !== 'POST') yield { rule: 'wrong_method', place: ['method'], message: `the method must be "POST"; it is ${JSON.stringify(method)}.` };
    if (isMissing(url) || url === '') return;
    const place = ['url'];
    if (typeof url !== 'string') yield { rule: 'wrong_type', place, message: `\`url\` must be a text; it is ${JSON.stringify(url)}.` };
    else if (this.#options.endpoint === undefined && !batchUrls.includes(url)) yield { rule: 'unknown_url', place, message: `OpenAI has no batches for ${JSON.stringify(url)}, but for ${batchUrls.join(', ')}. Another server may: name it with --endpoint.` };
    else if (this.endpoint !== undefined && url !== this.endpoint) yield { rule: 'mixed_urls', place, message: `the url ${JSON.stringify(url)} is not that of the batch, ${this.endpoint}: make one file for each endpoint.` };
    else this.endpoint = url;
  }

  *#body(body: JsonObject, name: string): Generator<Found> {
    const { wire, apiVersion, modelRules } = this.#options;
    const rules = { endpoint: this.endpoint ?? '', apiVersion, modelRules };
    for (const { rule, place, message } of bodyErrors(body, rules)) yield { rule, place: [name, ...place], message };
    for (const { rule, place, message } of bodyWarnings(body, rules)) yield { rule, place: [name, ...place], message, ...(rule === 'unknown_parameter' && { atKey: true }) };
    if (wire === 'anthropic') return;
    yield* this.#oneModel(body['model'], name);
    yield* this.#countInputs(body['input'], name);
  }

  *#oneModel(model: JsonValue | undefined, name: string): Generator<Found> {
    if (typeof model !== 'string' || model === '') return;
    this.#model ??= model;
    if (model !== this.#model) yield { rule: 'mixed_models', place: [name, 'model'], message: `the model ${model} is not that of the requests before, ${this.#model}: make one file for each model.` };
  }

  *#countInputs(input: JsonValue | undefined, name: string): Generator<Found> {
    const { maxEmbeddingInputs = Infinity } = this.#options.limits;
    const before = this.#inputs;
    this.#inputs += embeddingInputsOf(this.endpoint ?? '', input);
    if (before > maxEmbeddingInputs || this.#inputs <= maxEmbeddingInputs) return;
    yield { rule: 'too_many_embedding_inputs', place: [name, 'input'], message: `with this there are ${grouped(this.#inputs)} embedding inputs; a batch may have ${grouped(maxEmbeddingInputs)}. Split the file here.` };
  }
}

function isMissing(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}

function illegalId(id: string, wire: 'openai' | 'anthropic'): Found {
  const shown = JSON.stringify(id.length > 80 ? `${id.slice(0, 80)}…` : id);
  const place = ['custom_id'];
  if (wire === 'openai') return { rule: 'long_custom_id', place, message: `the custom_id ${shown} has ${id.length} characters: more than 512 may be refused.` };
  return { rule: 'invalid_custom_id', place, message: `the custom_id ${shown} is refused: 1 to 64 characters of a-z, A-Z, 0-9, _ and - are taken. \`--fix\` maps it to a safe one.` };
}
