import { InputError, messageOf, MillraceError, type ErrorCode } from '../errors.ts';
import type { IntentEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Batch, RemoteFile } from '../providers/provider.ts';
import { pollDelay } from './backoff.ts';
import { batchEntryOf, batchMetadata, callOptions, uploadOf } from './mapping.ts';
import { neverConnected } from './reach.ts';
import { reconcileCreate, reconcileUpload } from './reconcile.ts';
import type { StepEnd, Work } from './work.ts';

/** How soon a shard that did not fit in the provider's queue asks again. */
const queueLookMs = 10_000;

/** Takes a shard one call further: upload, then create. A call whose answer was lost is settled first, by asking the provider. */
export async function submit(shard: ShardEntry, work: Work): Promise<StepEnd> {
  const doubt = await work.ledger.pendingIntent(shard.number);
  if (doubt) return settleDoubt(shard, doubt, work);
  const { provider } = work;
  if (!work.admission.admits(shard, work.clock.now())) return { state: shard.state, waitMs: Math.min(queueLookMs, work.pollIntervalMs), isIdle: true };
  if ((await work.budget?.admit(shard)) === false) return { state: shard.state, waitMs: Math.min(queueLookMs, work.pollIntervalMs), isIdle: true };
  work.admission.enter(shard);
  if (shard.state === 'built' && provider.upload) return upload(shard, provider.upload.bind(provider), work);
  return create(shard, work);
}

/**
 * Finds out whether a call whose answer was lost arrived, one after the other.
 *
 * @throws StateError `create_in_doubt` while that is not known
 */
export function settleDoubt(shard: ShardEntry, doubt: IntentEntry, work: Work): Promise<StepEnd> {
  return work.oneAtATime(() => settle(shard, doubt, work));
}

async function settle(shard: ShardEntry, doubt: IntentEntry, work: Work): Promise<StepEnd> {
  if (doubt.kind === 'create') {
    const batch = await reconcileCreate(shard, doubt, work);
    // What time and count alone say is believed until its results are here.
    return batch ? adopt(shard, doubt, batch, work, work.provider.tagsCustomIds ? 'adopted' : 'done') : { state: shard.state, waitMs: 0 };
  }
  const file = await reconcileUpload(shard, doubt, work);
  return file ? uploaded(shard, doubt, file, work) : { state: shard.state, waitMs: 0 };
}

async function upload(shard: ShardEntry, send: NonNullable<Work['provider']['upload']>, work: Work): Promise<StepEnd> {
  const whole = await uploadOf(shard, work);
  const intent = await work.ledger.openIntent(shard.number, 'upload', work.clock.now());
  return uploaded(shard, intent, await sendOnce(intent, work, () => send(whole, callOptions(work))), work);
}

/**
 * The call that costs money: the intent is in the ledger before it, and it is sent once. It does not listen to the abort
 * signal, because an answer that nobody waits for is a batch that nobody knows of.
 */
async function create(shard: ShardEntry, work: Work): Promise<StepEnd> {
  const whole = await uploadOf(shard, work);
  work.signal?.throwIfAborted();
  const intent = await work.ledger.openIntent(shard.number, 'create', work.clock.now());
  work.admission.noteCreate(intent.startedAt);
  work.creating.set(shard.number, shard.requestCount);
  try {
    const batch = await sendOnce(intent, work, () =>
      work.provider.create({
        ...whole,
        endpoint: shard.endpoint,
        metadata: { ...work.tags, ...batchMetadata(shard, work) },
        ...(shard.fileId === undefined ? {} : { fileId: shard.fileId }),
        ...(work.completionWindow === undefined ? {} : { completionWindow: work.completionWindow }),
      }),
    );
    return await adopt(shard, intent, batch, work, 'done');
  } finally {
    work.creating.delete(shard.number);
  }
}

/** Makes a call whose intent is noted. A clear no, or a connection that was never made, settles the intent; after any other failure it stays open, and is looked into. */
async function sendOnce<Answer>(intent: IntentEntry, { ledger, clock, admission, budget }: Work, call: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    const isLost = neverConnected(error) !== undefined;
    if (isLost || isRefusal(error)) {
      admission.leave({ number: intent.shard });
      budget?.release({ number: intent.shard });
    }
    if (isLost) await ledger.settleIntent(intent.id, 'lost', clock.now(), messageOf(error));
    else if (isRefusal(error)) {
      await ledger.settleIntent(intent.id, 'refused', clock.now(), `${error.code}: ${error.message}`);
      // A read may meet a hiccup of the key check; a key that may not write is wrong input, and not tried again.
      if (error.code === 'authentication_failed') throw new InputError(error.code, error.message, { ...error.context, cause: error });
    }
    throw error;
  }
}

async function uploaded(shard: ShardEntry, intent: IntentEntry, file: RemoteFile, { ledger, clock }: Work): Promise<StepEnd> {
  await ledger.recordUpload(intent.id, shard.number, file.id, clock.now());
  return { state: 'uploaded', waitMs: 0 };
}

/** Remembers a batch as that of a shard. */
async function adopt(shard: ShardEntry, intent: IntentEntry, batch: Batch, work: Work, end: 'done' | 'adopted'): Promise<StepEnd> {
  const entry = batchEntryOf(batch, shard.number, work.clock.now());
  await work.ledger.recordCreate(intent.id, entry, work.clock.now(), end);
  work.onEvent?.({ type: 'shard', shard, state: 'submitted', batch: entry });
  return { state: 'submitted', waitMs: pollDelay(0, work.pollIntervalMs) };
}

const refusals: ReadonlySet<ErrorCode> = new Set([
  'authentication_failed',
  'permission_denied',
  'insufficient_quota',
  'rate_limited',
  'request_refused',
  'not_found',
  'conflict',
  'invalid_option',
]);

/** True if the provider certainly did nothing: it answered, and said no. */
function isRefusal(error: unknown): error is MillraceError {
  return error instanceof MillraceError && refusals.has(error.code);
}
