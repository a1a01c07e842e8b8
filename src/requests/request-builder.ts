import { InputError, messageOf, MillraceError } from '../errors.ts';
import type { AnyValue, JsonObject, Rejection, SourceRecord } from '../records/record.ts';
import type { RequestFrame, ShardLimits } from '../shards/limits.ts';
import { embeddingInputsOf } from '../shards/policy.ts';
import { customIdOf, wireIdFor, type CustomIdSource } from './custom-id.ts';
import type { BodyRules } from './body-finding.ts';
import { bodyError } from './body-rules.ts';
import { refused } from './build-body.ts';
import { checkColumns } from './field.ts';
import { anthropicVersionWithoutSampling, defaultModelRules } from './models.ts';
import { unsendable } from './json-safety.ts';
import { jsonText } from './json-text.ts';
import { type BatchRequest, compiledOf, type RequestBuilder } from './request.ts';

/** Remembers ids: gives the value kept for an id that was added before, else keeps this one. */
export interface IdRegister {
  add(id: string, value: number): number | undefined;
}

/** What a record is turned into. */
export interface RequestOptions<T> {
  /** Field or function that names a record. @default `record-<index>` */
  readonly customId?: CustomIdSource<T>;
  /** A builder such as `chat({ ... })`, or a function that gives the JSON body; the latter needs `endpoint`. */
  readonly body: RequestBuilder<T, unknown> | ((value: T, record: SourceRecord<T>) => object);
  /** Path of the endpoint, e.g. `/v1/chat/completions`; replaces the builder's. */
  readonly endpoint?: string;
  /** The model for bodies that name none. */
  readonly model?: string;
  /** Limits of the provider: ids it would refuse get a safe one for the wire. */
  readonly limits?: Pick<ShardLimits, 'customIdPattern'>;
  /** The id for the wire, where it is another than the user's, e.g. tagged with the run. Wins over `limits`. */
  readonly wireId?: (request: BatchRequest) => string;
  /** Receives what is doubtful about the requests, each once. */
  readonly onWarning?: (warning: string) => void;
}

/** True for a record that found no request. */
export function isRejection(request: BatchRequest | PrintedRequest | Rejection): request is Rejection {
  return 'code' in request;
}

/**
 * The decision behind `toRequests`: from a record to its request, or to the reason why there is none. Throws only for
 * what is wrong with the whole job: `unknown_column` at the first record with a header, `invalid_option` at once.
 *
 * @param uniqueIds where the ids seen are kept, each with the line of its record, or the index where there are no lines
 */
export function requestBuilderFor<T = AnyValue>(options: RequestOptions<T>, uniqueIds: IdRegister): (record: SourceRecord<T>) => BatchRequest | Rejection {
  return checkedMaker(options, uniqueIds, requestMaker(options));
}

/** A request as its line. */
export interface PrintedRequest {
  readonly index: number;
  readonly customId: string;
  /** The id on the wire, where it differs. */
  readonly wireId: string | undefined;
  readonly endpoint: string;
  /** The request line, as `formatRequest` writes it. */
  readonly text: string;
  readonly model: string;
  readonly embeddingInputs: number;
  readonly line: number | undefined;
  /** The body, where it had to be looked at as a whole. */
  readonly body: JsonObject | undefined;
}

/**
 * The same decision, from a record to its request line at once; `undefined` for a builder that is not compiled.
 *
 * @param frame what the provider's `formatRequest` puts around id and body
 */
export function requestPrinterFor<T = AnyValue>(options: PrintOptions<T>, uniqueIds: IdRegister, frame: RequestFrame): ((record: SourceRecord<T>) => PrintedRequest | Rejection) | undefined {
  const { body: builder, limits, wirePrefix } = options;
  const { endpoint } = builder;
  const compiled = compiledOf(builder);
  if (compiled === undefined) return undefined;
  const embeddingInputs = embeddingInputsOf(endpoint, compiled.input);
  return checkedMaker(options, uniqueIds, (record, customId) => {
    const { value, index, line } = record;
    const made = compiled.print(value, record);
    const isText = typeof made === 'string';
    const text = isText ? made : JSON.stringify(checkedBody(made, undefined));
    const onWire = wirePrefix === undefined ? (limits ? wireIdFor(customId, limits) : customId) : `${wirePrefix}${index}`;
    return {
      index,
      customId,
      wireId: onWire === customId ? undefined : onWire,
      endpoint,
      text: `${frame.open}"${jsonText(onWire)}"${frame.between}${text}${frame.close}`,
      model: compiled.model,
      embeddingInputs: isText ? embeddingInputs : embeddingInputsOf(endpoint, made['input']),
      line,
      body: isText ? undefined : made,
    };
  });
}

/** Options of {@link requestPrinterFor}: those of a builder whose line depends on nothing else. */
export interface PrintOptions<T> extends Pick<RequestOptions<T>, 'customId' | 'limits' | 'onWarning'> {
  readonly body: RequestBuilder<T, unknown>;
  /** What stands before the index in the id on the wire, where that is not the user's. Wins over `limits`. */
  readonly wirePrefix?: string;
}

/** What warnings are about; of a request that is printed from texts alone nothing can be said that the builder has not said before. */
interface Looked extends Pick<BatchRequest, 'index' | 'customId'> {
  readonly body?: JsonObject | undefined;
}

function checkedMaker<T, Made extends Looked>(options: Pick<RequestOptions<T>, 'customId' | 'body' | 'onWarning'>, uniqueIds: IdRegister, make: (record: SourceRecord<T>, customId: string) => Made): (record: SourceRecord<T>) => Made | Rejection {
  const idOf = customIdOf(options.customId);
  const warn = warner(options);
  let isChecked = false;
  return (record) => {
    if (!isChecked && record.header) {
      checkSource(options, record);
      isChecked = true;
    }
    let customId: string | undefined;
    try {
      customId = idOf(record);
      const earlier = options.customId === undefined ? undefined : uniqueIds.add(customId, positionOf(record));
      if (earlier !== undefined) return duplicate(record, customId, earlier);
      const request = make(record, customId);
      warn(request);
      return request;
    } catch (error) {
      return rejectionOf(record, customId, error);
    }
  };
}

function requestMaker<T>({ body, endpoint, model, limits, wireId }: RequestOptions<T>): (record: SourceRecord<T>, customId: string) => BatchRequest {
  const path = endpoint ?? (typeof body === 'function' ? undefined : body.endpoint);
  if (path === undefined || path === '') {
    throw new InputError('invalid_option', 'A `body` function needs `endpoint`, e.g. "/v1/chat/completions".');
  }
  const rules: BodyRules = { endpoint: path, modelRules: defaultModelRules, apiVersion: anthropicVersionWithoutSampling };
  const build = typeof body === 'function' ? body : (value: T, record: SourceRecord<T>) => body.build(value, record);
  return (record, customId) => {
    const built = checkedBody(build(record.value, record), model);
    // Builders check what they build, by rules of their own; what a plain function made is checked here.
    const problem = typeof body === 'function' ? bodyError(built, rules) : undefined;
    if (problem) throw refused('The request', problem);
    const { index, line } = record;
    const request: BatchRequest = { index, customId, endpoint: path, body: built, ...(line !== undefined && { line }) };
    const onWire = wireId?.(request) ?? (limits && wireIdFor(customId, limits));
    return onWire === undefined || onWire === customId ? request : { ...request, wireId: onWire };
  };
}

function checkedBody(body: unknown, model: string | undefined): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new InputError('invalid_request', 'The request body must be an object.');
  }
  const whole = model === undefined || 'model' in body ? body : { model, ...body };
  const problem = unsendable(whole);
  if (problem !== undefined) throw new InputError('invalid_request', `The request cannot be sent as JSON: ${problem}.`);
  return whole as JsonObject; // checked above
}

function checkSource<T>({ customId, body }: Pick<RequestOptions<T>, 'customId' | 'body'>, { header }: SourceRecord<T>): void {
  if (!header) return;
  if (typeof customId === 'string') checkColumns([customId], header, 'The id option');
  if (typeof body !== 'function') checkColumns(body.fields ?? [], header, 'The template');
}

/** Hands on the warnings of the builder that are new, and the first of each kind about a request that is at hand as a whole. */
function warner<T>({ body, onWarning }: Pick<RequestOptions<T>, 'body' | 'onWarning'>): (request: Looked) => void {
  if (typeof body === 'function' || !onWarning) return () => undefined;
  let told = 0;
  const kinds = new Set<string>();
  return (request) => {
    const warnings = body.warnings ?? [];
    for (; told < warnings.length; told += 1) onWarning(warnings[told] ?? '');
    for (const { rule, message } of (request.body && body.promptWarningsFor?.(request.body)) ?? []) {
      if (kinds.has(rule)) continue;
      kinds.add(rule);
      onWarning(`Record ${request.index} (custom_id ${JSON.stringify(request.customId)}): ${message} Others may be alike: \`millrace lint\` names them all.`);
    }
  };
}

function positionOf({ line, index }: SourceRecord<unknown>): number {
  return line ?? index;
}

function duplicate<T>(record: SourceRecord<T>, customId: string, earlier: number): Rejection {
  const unit = record.line === undefined ? 'record' : 'line';
  const message = `The custom_id ${JSON.stringify(customId)} of ${unit} ${positionOf(record)} was used before, by ${unit} ${earlier}.`;
  return rejectionOf(record, customId, new InputError('duplicate_custom_id', message));
}

/** Any error of one record, with its code; what user code threw is a `template_error`. */
function rejectionOf<T>({ index, line, value }: SourceRecord<T>, customId: string | undefined, error: unknown): Rejection {
  const code = error instanceof MillraceError ? error.code : 'template_error';
  const message = error instanceof MillraceError ? error.message : `Building the request failed: ${messageOf(error)}`;
  const rule = error instanceof MillraceError ? error.context.rule : undefined;
  return { code, message, index, value, ...(rule !== undefined && { rule }), ...(line !== undefined && { line }), ...(customId !== undefined && { customId }) };
}
