import { OpenAI } from 'openai';
import { InputError } from '../../errors.ts';
import type { ApiClient, Connection } from '../connection.ts';
import { checkedBaseURL, checkedKey, checkedTimeout, isAt, secretsIn, type ConnectionOptions } from '../options.ts';
import type { Provider } from '../provider.ts';
import { createTransport, type Fetch } from '../transport.ts';
import { openaiCalls } from './calls.ts';
import { withErrorEnvelope } from './error-envelope.ts';
import { openaiLimits } from './limits.ts';
import { formatRequest, parseResult, resultLayouts } from './wire.ts';
import { openaiQueue } from './queue.ts';

export { openaiWebhook, type OpenAIWebhookOptions } from './webhook.ts';

/**
 * Options of {@link openai}. What is left out comes from the SDK's environment variables: `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
 * `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`.
 */
export interface OpenAIOptions extends ConnectionOptions {
  /** @default 'https://api.openai.com/v1' */
  readonly baseURL?: string;
  readonly organization?: string;
  readonly project?: string;
  /**
   * A ready client of the `openai` package (6.49 or later, `AzureOpenAI` included), in place of key, address, headers and query.
   * Its own `fetch` sends everything then; Node's, before 26, holds a whole upload in memory.
   */
  readonly client?: ApiClient;
}

/**
 * The provider for OpenAI's Batch API and for servers that speak it, by base URL. The SDK client is made at the first call:
 * a missing key is an `authentication_failed` error then, so that shards can be built without one.
 *
 * @example
 * const report = await run({ source: 'reviews.csv', provider: openai({ baseURL: 'http://127.0.0.1:4010/v1', apiKey: 'any' }), ... });
 */
export function openai(options: OpenAIOptions = {}): Provider {
  const settings = options.client ? settingsOfClient(options.client) : settingsOf(options);
  const connection = connectionOf(options, settings);
  return {
    name: 'openai',
    account: [settings.baseURL, settings.organization, settings.project].filter(Boolean).join(' '),
    limits: { ...openaiLimits, ...options.limits },
    tagsCustomIds: false,
    // Nothing is assumed of another server.
    queueLimits: ({ tier, model }) => (tier !== undefined || isAt(settings.baseURL, 'openai.com') ? openaiQueue(tier ?? '1', model) : {}),
    assertReady: () => void connection.client(),
    formatRequest,
    parseResult,
    resultLayouts,
    ...openaiCalls(connection, isAt(settings.baseURL, 'openai.com') ? { keepsResultsMs } : {}),
  };
}

/** Output and error files live 30 days. Source: batch guide. */
const keepsResultsMs = 30 * 86_400_000;

interface Settings {
  readonly baseURL: string;
  readonly apiKey: string | undefined;
  readonly organization: string | undefined;
  readonly project: string | undefined;
}

function settingsOf(options: OpenAIOptions): Settings {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID } = process.env;
  return {
    baseURL: checkedBaseURL(options.baseURL ?? (OPENAI_BASE_URL?.trim() || 'https://api.openai.com/v1')),
    apiKey: options.apiKey ?? OPENAI_API_KEY,
    organization: options.organization ?? OPENAI_ORG_ID,
    project: options.project ?? OPENAI_PROJECT_ID,
  };
}

function settingsOfClient(client: ApiClient): Settings {
  const field = (name: string): string | undefined => {
    const value: unknown = Reflect.get(client, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const { origin, pathname } = new URL(client.baseURL);
  const baseURL = `${origin}${pathname}`.replace(/\/+$/, '');
  return { baseURL, apiKey: field('apiKey'), organization: field('organization'), project: field('project') };
}

function connectionOf(options: OpenAIOptions, settings: Settings): Connection {
  const fetch = createTransport();
  let client = options.client;
  const secrets = [settings.apiKey ?? '', ...secretsIn(options.headers, options.query)].filter((secret) => secret !== '');
  return {
    provider: 'OpenAI',
    keyVariable: 'OPENAI_API_KEY',
    client: () => (client ??= clientOf(options, settings, fetch)),
    fetch,
    timeoutMs: checkedTimeout(options.timeoutMs),
    secrets: () => secrets,
  };
}

function clientOf({ headers, query }: OpenAIOptions, settings: Settings, fetch: Fetch): OpenAI {
  const ownKey = Object.keys(headers ?? {}).some((name) => /^(authorization|api-key)$/i.test(name));
  return new OpenAI({
    apiKey: ownKey && settings.apiKey === undefined ? 'in the headers' : requiredKey(settings),
    baseURL: settings.baseURL,
    organization: settings.organization ?? null,
    project: settings.project ?? null,
    // A key among the headers (Azure's `api-key`) goes alone.
    defaultHeaders: { ...(ownKey && { authorization: null }), ...headers },
    ...(query && { defaultQuery: query }),
    fetch: withErrorEnvelope(fetch),
    maxRetries: 0,
    // The SDK would write to the console; what happens is told by errors and progress.
    logLevel: 'off',
  });
}

function requiredKey({ apiKey }: Settings): string {
  if (apiKey !== undefined && apiKey.trim() !== '') return checkedKey(apiKey, 'OPENAI_API_KEY');
  throw new InputError('authentication_failed', 'There is no OpenAI API key: set OPENAI_API_KEY, or pass `apiKey`.');
}
