import { Anthropic } from '@anthropic-ai/sdk';
import type { ApiClient, Connection } from '../connection.ts';
import { checkedBaseURL, checkedKey, checkedTimeout, isAt, secretsIn, type ConnectionOptions } from '../options.ts';
import type { Provider } from '../provider.ts';
import { createTransport, type Fetch } from '../transport.ts';
import { anthropicCalls } from './calls.ts';
import { anthropicLimits } from './limits.ts';
import { formatRequest, parseResult, resultLayouts } from './wire.ts';
import { anthropicQueue } from './queue.ts';

/**
 * Options of {@link anthropic}. What is left out comes from the SDK's environment variables: `ANTHROPIC_API_KEY` or
 * `ANTHROPIC_AUTH_TOKEN`, and `ANTHROPIC_BASE_URL`.
 */
export interface AnthropicOptions extends ConnectionOptions {
  /** @default 'https://api.anthropic.com' */
  readonly baseURL?: string;
  /** Sent as `anthropic-workspace-id`. Batches are visible to the workspace that made them only. */
  readonly workspaceId?: string;
  /**
   * The `anthropic-version`. From 2026-10-21 on, requests with `temperature`, `top_p` or `top_k` fail; `2023-06-01` takes them.
   * @default '2026-10-21'
   */
  readonly version?: string;
  /**
   * A ready client of `@anthropic-ai/sdk`, in place of key, address, headers and query. Its own `fetch` sends everything then;
   * Node's, before 26, holds a whole upload in memory.
   */
  readonly client?: ApiClient;
}

/**
 * The provider for Anthropic's Message Batches. The SDK client is made at the first call: a missing key is an
 * `authentication_failed` error then, so that shards can be built without one.
 *
 * @example
 * const report = await run({ source: 'reviews.csv', provider: anthropic({ apiKey }), ... });
 */
export function anthropic(options: AnthropicOptions = {}): Provider {
  const fallback = process.env.ANTHROPIC_BASE_URL?.trim() || 'https://api.anthropic.com';
  const baseURL = checkedBaseURL(options.client?.baseURL ?? options.baseURL ?? fallback);
  const connection = connectionOf(options, baseURL);
  return {
    name: 'anthropic',
    account: [baseURL, options.workspaceId].filter(Boolean).join(' '),
    limits: { ...anthropicLimits, ...options.limits },
    tagsCustomIds: true,
    // Nothing is assumed of another server.
    queueLimits: ({ tier }) => (tier !== undefined || isAt(baseURL, 'anthropic.com') ? anthropicQueue(tier ?? 'start') : {}),
    assertReady: () => void connection.client(),
    formatRequest,
    parseResult,
    resultLayouts,
    ...anthropicCalls(connection),
  };
}

function connectionOf(options: AnthropicOptions, baseURL: string): Connection {
  const fetch = createTransport();
  let client = options.client;
  return {
    provider: 'Anthropic',
    keyVariable: 'ANTHROPIC_API_KEY',
    client: () => (client ??= clientOf(options, baseURL, fetch)),
    fetch,
    timeoutMs: checkedTimeout(options.timeoutMs),
    secrets: () => [...keysOf(options, client), ...secretsIn(options.headers, options.query)].filter((secret) => secret !== ''),
  };
}

/** The keys in use, wherever they came from. */
function keysOf({ apiKey }: AnthropicOptions, client: ApiClient | undefined): string[] {
  const held = client ? [Reflect.get(client, 'apiKey'), Reflect.get(client, 'authToken')] : [];
  return [apiKey, ...held].filter((key) => typeof key === 'string');
}

function clientOf(options: AnthropicOptions, baseURL: string, fetch: Fetch): Anthropic {
  const { apiKey, headers, query, workspaceId, version = '2026-10-21' } = options;
  return new Anthropic({
    // Without one the SDK looks into its environment variables and profiles.
    ...(apiKey !== undefined && { apiKey: checkedKey(apiKey, 'ANTHROPIC_API_KEY') }),
    baseURL,
    defaultHeaders: {
      'anthropic-version': version,
      ...(workspaceId !== undefined && { 'anthropic-workspace-id': workspaceId }),
      ...headers,
    },
    ...(query && { defaultQuery: query }),
    fetch,
    maxRetries: 0,
    // The SDK would write to the console; what happens is told by errors and progress.
    logLevel: 'off',
  });
}
