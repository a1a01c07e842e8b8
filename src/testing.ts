import { messageOf } from './errors.ts';
import type { Provider } from './providers/provider.ts';
import type { BatchRequest } from './requests/request.ts';
import { callChecks, type Check } from './testing/call-checks.ts';
import { downloadChecks } from './testing/download-checks.ts';
import { failureChecks } from './testing/failure-checks.ts';
import { withRig, type ProviderServer, type RigOptions } from './testing/rig.ts';

export type { ProviderServer } from './testing/rig.ts';

/** Options of {@link testProvider}. */
export interface TestProviderOptions {
  /** A request that the server answers. @default a small chat request */
  readonly request?: Pick<BatchRequest, 'endpoint' | 'body'>;
  /** Milliseconds after which a check that hangs has failed. @default 10000 */
  readonly checkTimeoutMs?: number;
}

const chatRequest = {
  endpoint: '/v1/chat/completions',
  body: { model: 'gpt-4o-mini', max_tokens: 16, messages: [{ role: 'user', content: 'ping' }] },
};

/**
 * Checks that a provider keeps the contract of `Provider`, against a server on this machine that speaks its API: one HTTP request for
 * each call and none repeated, statuses, error codes, aborts, downloads whole, resumed and cut. Works in any test runner.
 *
 * Each check has a server of its own from `start`. A provider with a fixed address is given as it is; one for any address as a
 * function of the base URL (`http://127.0.0.1:<port>`, without a path).
 *
 * @throws AggregateError that lists every check that failed, with all their errors.
 *
 * @example
 * test('acme', () => testProvider((baseURL) => acme({ baseURL, apiKey: 'any' }), startAcmeFake));
 */
export async function testProvider(
  provider: Provider | ((baseURL: string) => Provider),
  start: () => Promise<ProviderServer>,
  { request = chatRequest, checkTimeoutMs = 10_000 }: TestProviderOptions = {},
): Promise<void> {
  const makeProvider = typeof provider === 'function' ? provider : () => provider;
  const failures: Error[] = [];
  for (const check of [...callChecks, ...failureChecks, ...downloadChecks]) {
    const failure = await run(check, { makeProvider, start, request }, checkTimeoutMs);
    if (failure) failures.push(failure);
  }
  if (failures.length === 0) return;
  const list = failures.map(({ message }) => `- ${message}`).join('\n');
  throw new AggregateError(failures, `${failures.length} of the provider checks failed:\n${list}`);
}

async function run(check: Check, options: RigOptions, timeoutMs: number): Promise<Error | undefined> {
  try {
    await withRig(options, (rig) => within(timeoutMs, check.run(rig)));
    return undefined;
  } catch (cause) {
    return new Error(`${check.name}: ${messageOf(cause)}`, { cause });
  }
}

async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
