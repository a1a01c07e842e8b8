import type { ErrorCode } from '../errors.ts';
import type { Check } from './call-checks.ts';
import { claim, claimCode, failureOf } from './claims.ts';
import { createBatch, prepare, singleRequest, type Rig } from './rig.ts';
import type { Fault } from './wiretap.ts';

const faults: readonly (readonly [string, Fault, ErrorCode])[] = [
  ['HTTP 500', { kind: 'status', status: 500 }, 'provider_unavailable'],
  ['HTTP 503 with retry-after', { kind: 'status', status: 503, headers: { 'retry-after': '1' } }, 'provider_unavailable'],
  ['HTTP 429', { kind: 'status', status: 429 }, 'rate_limited'],
  ['a reset connection', { kind: 'reset' }, 'provider_unavailable'],
];

/** Calls that cost money or change state: repeated blindly, they do so twice. */
const calls: Readonly<Record<string, (rig: Rig) => Promise<(() => Promise<unknown>) | undefined>>> = {
  async upload({ provider, shard }) {
    return provider.upload ? async () => provider.upload?.(shard) : undefined;
  },
  async create(rig) {
    const prepared = await prepare(rig);
    return () => rig.provider.create(prepared);
  },
  async cancel(rig) {
    const { batch } = await createBatch(rig);
    return () => rig.provider.cancel(batch.id);
  },
  async send({ provider, requests: [request] }) {
    return request && (() => provider.send(singleRequest(provider, request)));
  },
};

function onceCheck(name: string): Check {
  return {
    name: `${name} is never repeated`,
    async run(rig) {
      const call = await calls[name]?.(rig);
      if (!call) return;
      for (const [title, fault, code] of faults) {
        rig.wiretap.fault = fault;
        const before = rig.wiretap.requests;
        await claimCode(call, `${name} after ${title}`, code);
        const sent = rig.wiretap.requests - before;
        claim(sent === 1, `${name} sent ${sent} HTTP requests instead of one when it met ${title}`);
      }
    },
  };
}

const page = { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };

const answers: readonly (readonly [string, Fault, ErrorCode])[] = [
  ['HTTP 400', { kind: 'status', status: 400 }, 'request_refused'],
  ['HTTP 401', { kind: 'status', status: 401 }, 'authentication_failed'],
  ['HTTP 403', { kind: 'status', status: 403 }, 'permission_denied'],
  ['HTTP 404', { kind: 'status', status: 404 }, 'not_found'],
  ['HTTP 409', { kind: 'status', status: 409 }, 'conflict'],
  ['the page of a proxy', { ...page, kind: 'status', status: 200 }, 'unexpected_response'],
  ...faults,
];

/** What a call gives back when something goes wrong. */
export const failureChecks: readonly Check[] = [
  ...Object.keys(calls).map(onceCheck),
  {
    name: 'errors carry the right code',
    async run({ provider, wiretap }) {
      for (const [title, fault, code] of answers) {
        wiretap.fault = fault;
        await claimCode(() => provider.retrieve('batch-1'), `retrieve after ${title}`, code);
      }
    },
  },
  {
    name: 'a rate limit says how long to wait',
    async run({ provider, wiretap }) {
      wiretap.fault = { kind: 'status', status: 429, headers: { 'retry-after': '2' } };
      const { context } = await claimCode(() => provider.retrieve('batch-1'), 'retrieve', 'rate_limited');
      claim(context.retryAfterMs === 2000, `retry-after: 2 gives retryAfterMs ${context.retryAfterMs}, not 2000`);
    },
  },
  {
    name: 'an unknown batch is not_found',
    async run({ provider }) {
      await claimCode(() => provider.retrieve('batch_that_never_was'), 'retrieve of an unknown batch', 'not_found');
    },
  },
  {
    name: 'a signal that has aborted sends nothing',
    async run(rig) {
      const prepared = await prepare(rig);
      const before = rig.wiretap.requests;
      const reason = new Error('stopped');
      const error = await failureOf(() => rig.provider.create(prepared, { signal: AbortSignal.abort(reason) }), 'create');
      claim(rig.wiretap.requests === before, 'create was sent although its signal had aborted before');
      claim(error === reason, "create does not fail with the signal's reason");
    },
  },
  {
    name: 'a signal ends a call that waits',
    async run({ provider, wiretap }) {
      wiretap.fault = { kind: 'stall' };
      const reason = new Error('stopped');
      const controller = new AbortController();
      const waiting = wiretap.stalled().then(() => controller.abort(reason));
      const error = await failureOf(() => provider.retrieve('batch-1', { signal: controller.signal }), 'retrieve');
      await waiting;
      claim(error === reason, "retrieve does not fail with the signal's reason");
    },
  },
];
