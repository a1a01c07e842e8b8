import { InputError, MillraceError, StateError } from '../errors.ts';
import type { SendEntry, ShardEntry } from '../ledger/ledger.ts';
import type { SingleRequest } from '../providers/provider.ts';
import type { JsonObject } from '../records/record.ts';
import { RequestLines } from '../shards/request-lines.ts';
import { AnswersFile } from './answers-file.ts';
import { retryDelay } from './backoff.ts';
import { customIdIn } from './request-id.ts';
import { errorOfSend, inDoubt, sendFailure } from './send-failure.ts';
import type { StepEnd, Work } from './work.ts';

/** Most requests sent in one step: between two steps a deadline or an interruption is heeded. */
const sendsPerStep = 20;
/** Answers lost in a row after which nothing more is sent. */
const mostInDoubt = 3;

/**
 * Sends requests of a shard one by one to the synchronous endpoint. Before each call its intent is in the ledger, and its answer
 * is on the disk before it counts. Where a call was cut off in between, nobody can be asked whether it was paid for: the
 * request is not sent again, and its record is told so.
 *
 * What was answered with an error that another try can cure counts as an attempt; the next comes with the next round. Meanwhile
 * nothing else is sent, for as long as the provider asks, or by backoff.
 */
export async function sendRequests(shard: ShardEntry, work: Work): Promise<StepEnd> {
  const name = `results/shard-${String(shard.number).padStart(6, '0')}-output.jsonl`;
  // Whole already: only the ledger does not know it yet.
  if (await work.storage.stat(name)) return accept(shard, name, work);
  const answers = await AnswersFile.open(await work.storage.stage(name), (line) => work.provider.parseResult(line));
  try {
    const sends = (await work.ledger.sends()).filter((send) => send.shard === shard.number);
    const due = await requestsDue(shard, sends, answers, work);
    if (due.length > 0 && (await work.budget?.admit(shard)) === false) return { state: 'built', waitMs: work.pollIntervalMs, isIdle: true };
    if (due.length > 0) return { state: 'built', waitMs: await sendAll(due, sends, { shard, answers, work }) };
  } finally {
    await answers.close();
  }
  return accept(shard, name, work);
}

async function accept(shard: ShardEntry, name: string, work: Work): Promise<StepEnd> {
  const { bytes } = (await work.storage.stat(name)) ?? (await work.storage.commit(name));
  await work.ledger.recordFetch(shard.number, [{ batchId: `send-${shard.number}`, shard: shard.number, kind: 'output', file: name, bytes }], work.clock.now());
  await work.budget?.settle(shard);
  work.onEvent?.({ type: 'shard', shard, state: 'fetched' });
  return { state: 'fetched', waitMs: 0 };
}

/** A request that is to be sent, at its position in the shard. */
interface Due extends SingleRequest {
  readonly position: number;
}

/** The next requests to send. Calls that an earlier process was cut off in are settled on the way: by their answer, or as uncertain. */
async function requestsDue(shard: ShardEntry, sends: readonly SendEntry[], answers: AnswersFile, work: Work): Promise<Due[]> {
  const latest = new Map(sends.map((send) => [send.position, send]));
  const lines = new RequestLines(await work.storage.open(shard.file), work.provider.limits);
  const due: Due[] = [];
  try {
    for (let position = 0; position < shard.requestCount; position += 1) {
      const text = await lines.at(position);
      if (text === undefined) throw new Error(`Shard ${shard.number} has no request line ${position + 1}; its file was changed.`);
      const send = latest.get(position);
      if (send && send.end === undefined) await settleCutOff(send, answers.answered.has(customIdIn(text)), work);
      // A request line is one JSON object, written by `formatRequest`.
      else if (!isSettled(send) && due.length < sendsPerStep) due.push({ position, endpoint: shard.endpoint, line: JSON.parse(text) as JsonObject });
    }
  } finally {
    await lines.close();
  }
  return due;
}

function isSettled(send: SendEntry | undefined): boolean {
  return send?.end === 'done' || send?.end === 'failed' || send?.end === 'uncertain';
}

async function settleCutOff({ id }: SendEntry, isAnswered: boolean, { ledger, clock }: Work): Promise<void> {
  if (isAnswered) await ledger.settleIntent(id, 'done', clock.now());
  else await ledger.settleIntent(id, 'uncertain', clock.now(), JSON.stringify(inDoubt('the process ended before the answer came.')));
}

interface Sending {
  readonly shard: ShardEntry;
  readonly answers: AnswersFile;
  readonly work: Work;
}

/** Sends requests side by side, until one has no answer. @returns milliseconds to wait before the next */
async function sendAll(due: readonly Due[], before: readonly SendEntry[], sending: Sending): Promise<number> {
  const { shard, work } = sending;
  const failures: MillraceError[] = [];
  const thrown: unknown[] = [];
  const sendNext = async (request: Due) => {
    if (failures.length > 0 || thrown.length > 0 || work.signal?.aborted === true) return;
    const failure = await sendOne(request, sending);
    if (failure) failures.push(failure);
  };
  await Promise.all(due.map((request) => work.sendLimit(() => sendNext(request)).catch((error: unknown) => void thrown.push(error))));
  if (thrown.length > 0) throw thrown[0];
  const [error] = failures.toSorted((a, b) => (b.context.retryAfterMs ?? 0) - (a.context.retryAfterMs ?? 0));
  if (!error) return 0;
  await assertAnswers(shard, work);
  const waitMs = retryDelay(error, before.length - before.findLastIndex(({ end }) => end === 'done'), Math.random()) ?? 0;
  work.onEvent?.({ type: 'delayed', shard: shard.number, error, waitMs });
  return waitMs;
}

/** Where one answer after the other is lost, the rest is not risked. */
async function assertAnswers({ number }: ShardEntry, { ledger, breaksCircuit }: Work): Promise<void> {
  const latest = (await ledger.sends()).slice(-mostInDoubt);
  if (!breaksCircuit || latest.length < mostInDoubt || latest.some(({ end }) => end !== 'uncertain')) return;
  const message = `The last ${mostInDoubt} requests that were sent by themselves got no answer, and may have been paid for. The rest of shard ${number} was not sent. Find out why answers are lost, then run again.`;
  throw new StateError('circuit_open', message, { shard: number });
}

/**
 * Sends one request. It does not listen to the abort signal: an answer that nobody waits for is paid for all the same.
 *
 * @returns why it has no answer, if it has none
 * @throws whatever concerns the account or the connection, so that the same request may be sent again
 */
async function sendOne({ position, ...request }: Due, { shard, answers, work }: Sending): Promise<MillraceError | undefined> {
  const { ledger, clock, provider } = work;
  const intent = await ledger.openIntent(shard.number, 'send', clock.now(), position);
  let line: JsonObject;
  try {
    line = await provider.send(request);
  } catch (error) {
    const end = sendFailure(error);
    await ledger.settleIntent(intent.id, end, clock.now(), JSON.stringify(errorOfSend(error, end)));
    if ((end === 'failed' || end === 'uncertain') && error instanceof MillraceError) return error;
    throw asFinal(error);
  }
  await answers.append(line);
  await ledger.settleIntent(intent.id, 'done', clock.now());
  return undefined;
}

/** A read may meet a hiccup of the key check; a key that may not write is wrong input, and not tried again. */
function asFinal(error: unknown): unknown {
  const isKey = error instanceof MillraceError && error.code === 'authentication_failed';
  return isKey ? new InputError(error.code, error.message, { ...error.context, cause: error }) : error;
}
