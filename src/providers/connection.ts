import { InputError, MillraceError, messageOf } from '../errors.ts';
import { Deadline } from './deadline.ts';
import { codedFailure, providerFailure, type Failure } from './failure.ts';
import type { CallOptions } from './provider.ts';
import type { Fetch } from './transport.ts';
import { fieldsOf, textOf } from './values.ts';

/** What a request adds to its path, in the words of both SDKs. */
export interface ApiRequest {
  readonly body?: unknown;
  readonly query?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

interface SdkRequest extends ApiRequest {
  readonly signal: AbortSignal;
  readonly maxRetries: 0;
  readonly timeout: number;
  readonly fetchOptions: { readonly redirect: 'manual' };
}

/** The part of an SDK client that is used: it knows the base URL, the key and the headers. Any version that has it will do. */
export interface ApiClient {
  readonly baseURL: string;
  get(path: string, options: SdkRequest): { asResponse(): Promise<Response> };
  post(path: string, options: SdkRequest): { asResponse(): Promise<Response> };
  delete(path: string, options: SdkRequest): { asResponse(): Promise<Response> };
}

/** One provider account to talk to. */
export interface Connection {
  /** Name of the provider, as people write it. */
  readonly provider: string;
  /** The environment variable that holds the key, for messages. */
  readonly keyVariable: string;
  /** Makes the SDK client at the first call. */
  readonly client: () => ApiClient;
  /** Without keys, for addresses that lead elsewhere. */
  readonly fetch: Fetch;
  readonly timeoutMs: number;
  /** Words that must never be shown. */
  readonly secrets: () => readonly string[];
}

/** One call: its method, its path under the base URL, and how an error message names it. */
export interface Call extends ApiRequest {
  readonly method: 'get' | 'post' | 'delete';
  readonly path: string;
  /** What is being done, e.g. `create the batch`. */
  readonly action: string;
  readonly batchId?: string;
  readonly file?: string;
  /** A body that reports its progress: the time runs between two chunks, not over the whole. */
  readonly stream?: (touch: () => void) => AsyncIterable<Uint8Array>;
}

/**
 * Sends exactly one HTTP request through the SDK client and reads the JSON answer. Never retries, follows no redirect.
 * Rejects with a coded `ProviderError`, or with the reason of the caller's signal.
 */
export async function callJson(connection: Connection, call: Call, { signal }: CallOptions = {}): Promise<unknown> {
  const deadline = new Deadline(connection.timeoutMs, signal);
  try {
    const response = await send(connection, call, deadline);
    return parsed(connection, call, response, await response.text());
  } catch (error) {
    throw failureOf(connection, call, deadline, error);
  } finally {
    deadline.close();
  }
}

/** Sends one request and hands back the open response. The SDK throws for every status but 2xx. */
export async function send(connection: Connection, call: Call, deadline: Deadline): Promise<Response> {
  const { body, query, headers, stream } = call;
  const payload = stream === undefined ? body : stream(() => deadline.touch());
  return connection.client()[call.method](call.path, {
    ...(payload !== undefined && { body: payload }),
    ...(query && { query }),
    ...(headers && { headers }),
    signal: deadline.signal,
    maxRetries: 0,
    // The SDK's own timer would end a long upload; the deadline is ours.
    timeout: 2 ** 31 - 1,
    fetchOptions: { redirect: 'manual' },
  }).asResponse();
}

function parsed(connection: Connection, call: Call, response: Response, text: string): unknown {
  if (text.trim() === '' && call.method === 'delete') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    const message = text.trim() === '' ? 'the answer is empty' : `the answer is not JSON but ${JSON.stringify(text.slice(0, 80))}`;
    throw unexpected(connection, call, message, response);
  }
}

/** The error for an answer of 200 that is not the provider's API. */
export function unexpected(connection: Connection, call: Call, message: string, response?: Response): MillraceError {
  const status = response && { status: response.status, headers: response.headers };
  return codedFailure('unexpected_response', { ...factsOf(connection, call), message, ...status });
}

/** Whatever a call threw, as the error the caller shall see. */
export function failureOf(connection: Connection, call: Call, deadline: Deadline, thrown: unknown): unknown {
  if (deadline.canceledBy) return deadline.canceledBy.reason;
  const facts = factsOf(connection, call);
  if (deadline.expired) {
    return codedFailure('timeout', { ...facts, message: `no answer within ${connection.timeoutMs} ms` });
  }
  const causes = causesOf(thrown);
  const own = causes.find((cause) => cause instanceof MillraceError);
  return own ?? statusFailure(facts, thrown) ?? connectionFailure(connection, facts, causes);
}

function statusFailure(facts: Omit<Failure, 'message'>, thrown: unknown): MillraceError | undefined {
  const fields = fieldsOf(thrown);
  if (!fields || typeof fields.status !== 'number') return undefined;
  // OpenAI's SDK holds the inner object in `error`, Anthropic's the envelope around it.
  const error = fieldsOf(fieldsOf(fields.error)?.error) ?? fieldsOf(fields.error);
  const providerCode = textOf(error?.code) ?? textOf(error?.type);
  const headers = fields.headers instanceof Headers ? fields.headers : undefined;
  const message = textOf(error?.message) ?? messageOf(thrown).replace(`${fields.status} `, '');
  return providerFailure({
    ...facts,
    status: fields.status,
    message: message.slice(0, 2000),
    ...(providerCode !== undefined && { providerCode }),
    ...(headers && { headers }),
  });
}

function connectionFailure(connection: Connection, facts: Omit<Failure, 'message'>, causes: readonly unknown[]): MillraceError {
  const message = messageOf(causes.at(-1));
  if (/authentication method|missing credentials/i.test(message)) {
    return new InputError('authentication_failed', `There is no ${connection.provider} API key: set ${connection.keyVariable}, or pass \`apiKey\`.`);
  }
  // A cause that repeats a key must not be kept beside the message.
  const clean = !connection.secrets().some((secret) => causes.some((cause) => messageOf(cause).includes(secret)));
  return providerFailure({ ...facts, message: message || 'the connection failed', ...(clean && { cause: causes.at(-1) }) });
}

function factsOf(connection: Connection, { action, batchId, file }: Call): Omit<Failure, 'message'> {
  return {
    provider: connection.provider,
    action,
    now: Date.now(),
    secrets: connection.secrets(),
    ...(batchId !== undefined && { batchId }),
    ...(file !== undefined && { file }),
  };
}

function causesOf(thrown: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = thrown; cause !== undefined && causes.length < 10; ) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}
