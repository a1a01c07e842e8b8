import { describe, expect, test } from 'vitest';
import { ProviderError } from '../../src/errors.ts';
import { providerFailure, type Failure } from '../../src/providers/failure.ts';

const now = Date.UTC(2026, 10, 22, 12, 0, 0);
const base: Failure = { provider: 'OpenAI', action: 'create the batch', message: 'No.', now };

describe('the code of a failed call', () => {
  test.each([
    [400, 'invalid_request_error', 'request_refused'],
    [401, 'invalid_api_key', 'authentication_failed'],
    [402, 'billing_error', 'insufficient_quota'],
    [403, 'permission_error', 'permission_denied'],
    [404, undefined, 'not_found'],
    [408, undefined, 'timeout'],
    [409, undefined, 'conflict'],
    [413, 'request_too_large', 'request_refused'],
    [422, undefined, 'request_refused'],
    [429, 'rate_limit_exceeded', 'rate_limited'],
    [429, 'insufficient_quota', 'insufficient_quota'],
    [400, 'billing_hard_limit_reached', 'insufficient_quota'],
    [500, 'api_error', 'provider_unavailable'],
    [503, undefined, 'provider_unavailable'],
    [504, 'timeout_error', 'timeout'],
    [529, 'overloaded_error', 'provider_unavailable'],
    [302, undefined, 'unexpected_response'],
    [undefined, undefined, 'provider_unavailable'],
  ] as const)('HTTP %s with %s is %s', (status, providerCode, expected) => {
    const error = providerFailure({ ...base, ...(status && { status }), ...(providerCode && { providerCode }) });
    expect(error).toBeInstanceOf(ProviderError);
    expect(error.code).toBe(expected);
    expect(error.context.status).toBe(status);
    expect(error.context.providerCode).toBe(providerCode);
  });
});

describe('how long to wait', () => {
  test.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
    [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': 'later' }, undefined],
    [{}, undefined],
  ])('%j is %s ms', (headers, expected) => {
    const error = providerFailure({ ...base, status: 429, headers: new Headers(headers) });
    expect(error.context.retryAfterMs).toBe(expected);
  });
});

test('the message keeps the words of the provider and the request id, and says what to do', () => {
  const error = providerFailure({
    ...base,
    status: 401,
    providerCode: 'invalid_api_key',
    message: 'Incorrect API key provided: sk-secret-1.',
    headers: new Headers({ 'x-request-id': 'req_1' }),
    secrets: ['sk-secret-1'],
    batchId: 'batch_1',
  });
  expect(error.message).toBe(
    'OpenAI could not create the batch: Incorrect API key provided: *** (HTTP 401, invalid_api_key, request req_1). Check the API key.',
  );
  expect(error.context).toMatchObject({ requestId: 'req_1', batchId: 'batch_1' });
});
