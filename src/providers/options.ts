import { InputError } from '../errors.ts';
import type { ShardLimits } from '../shards/limits.ts';

/** Options that every built-in provider takes. */
export interface ConnectionOptions {
  /** Sent to the base URL's origin only, never written anywhere. */
  readonly apiKey?: string;
  /** Address of the API; a compatible server has its own. */
  readonly baseURL?: string;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to each address, e.g. `{ 'api-version': '2025-04-01' }`. */
  readonly query?: Readonly<Record<string, string>>;
  /**
   * Milliseconds until a call is given up: for JSON calls over the whole call, for uploads and downloads without progress.
   * @default 600000
   */
  readonly timeoutMs?: number;
  /** Replaces single limits of this provider, for servers that allow less or more. */
  readonly limits?: Partial<ShardLimits>;
}

/** The base URL, checked: without credentials in it, and without a trailing slash. */
export function checkedBaseURL(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const valid = url && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
  if (!valid) {
    const expected = 'an http or https address without credentials, such as https://api.example.com/v1';
    throw new InputError('invalid_option', `\`baseURL\` must be ${expected}; it is ${describe(url)}.`);
  }
  return text.replace(/\/+$/, '');
}

/** True if an address is at this domain: what the provider documents of its own service holds there. */
export function isAt(baseURL: string, domain: string): boolean {
  const { hostname } = new URL(baseURL);
  return hostname === domain || hostname.endsWith(`.${domain}`);
}

/** Never repeats what may be a key. */
function describe(url: URL | undefined): string {
  return url ? JSON.stringify(`${url.protocol}//${url.host}${url.pathname}`) : 'not an address';
}

/** The timeout, checked: a timer holds 2^31 - 1 milliseconds at most. */
export function checkedTimeout(timeoutMs = 600_000): number {
  if (Number.isInteger(timeoutMs) && timeoutMs > 0 && timeoutMs < 2 ** 31) return timeoutMs;
  throw new InputError('invalid_option', `\`timeoutMs\` must be a whole number of milliseconds from 1 to 2147483647; it is ${timeoutMs}.`);
}

/** The key, checked: what a header cannot carry is refused here, where the message does not repeat it. */
export function checkedKey(key: string, variable: string): string {
  const trimmed = key.trim();
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  const message = `The API key is empty or holds characters that no key has (typographic quotes, line breaks)`;
  throw new InputError('authentication_failed', `${message}: check \`apiKey\` or ${variable}.`);
}

/** Keys and tokens among headers and query, which must never be shown. */
export function secretsIn(...groups: (Readonly<Record<string, string>> | undefined)[]): string[] {
  const pairs = groups.flatMap((group) => Object.entries(group ?? {}));
  return pairs.filter(([name]) => /key|token|secret|authorization|cookie|password/i.test(name)).map(([, value]) => value);
}
