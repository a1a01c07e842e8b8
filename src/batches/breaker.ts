import { StateError } from '../errors.ts';
import type { ResultEntry, ShardEntry } from '../ledger/ledger.ts';
import type { PlacedProblem } from '../lint/place.ts';
import { outcomesIn } from '../results/line-outcomes.ts';
import { readingOf } from '../results/parse.ts';
import type { Work } from './work.ts';

/** Share of a shard that must fail for the same reason. */
const tooMany = 0.95;
/** A shard of fewer requests proves nothing, unless it was sent ahead as a canary. */
const fewestRequests = 20;

/**
 * Stops a run before the rest is paid for, if nearly all of a shard failed for one reason and there is a rest. Each shard is looked
 * at once, when its results come in: a run that is started again goes on.
 *
 * @throws StateError `circuit_open`
 */
export async function assertHealthy(shard: ShardEntry, results: readonly ResultEntry[], work: Work): Promise<void> {
  if (!isTelling(shard, work)) return;
  const failures = await failuresOf(results, work);
  const [reason, count] = [...failures].toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0];
  await breakCircuit(shard, { reason, count }, work);
}

/**
 * The same for a batch that was refused at validation: nearly all of its requests were named as wrong, or none, and then all are.
 *
 * @throws StateError `circuit_open`
 */
export async function assertAcceptable(shard: ShardEntry, problems: readonly PlacedProblem[], work: Work): Promise<void> {
  if (!isTelling(shard, work)) return;
  const lines = new Set(problems.flatMap(({ line }) => line ?? []));
  await breakCircuit(shard, { reason: problems[0]?.code ?? 'batch_failed', count: lines.size === 0 ? shard.requestCount : lines.size, ...(problems[0] === undefined ? {} : { first: problems[0].text }) }, work);
}

function isTelling({ requestCount }: ShardEntry, { breaksCircuit, isCanary }: Work): boolean {
  return breaksCircuit && (requestCount >= fewestRequests || isCanary);
}

/** Of what a shard failed, in the main. */
interface Cause {
  readonly reason: string;
  readonly count: number;
  /** One such failure, in words. */
  readonly first?: string;
}

async function breakCircuit(shard: ShardEntry, { reason, count, first }: Cause, work: Work): Promise<void> {
  if (count < shard.requestCount * tooMany) return;
  const rest = (await work.ledger.shards()).filter(({ state }) => state === 'built' || state === 'uploaded');
  if (rest.length === 0) return;
  throw new StateError('circuit_open', `${count} of the ${shard.requestCount} requests of shard ${shard.number} failed with ${reason}${first === undefined ? '' : `, the first at ${first}`}${/[.!?]$/.test(first ?? '') ? '' : '.'} ${rest.length} shards were not sent. Correct the cause and use a new directory, or run again to send them all the same.`, {
    shard: shard.number,
  });
}

/** How many records failed for which reason. */
async function failuresOf(results: readonly ResultEntry[], { storage, provider, rules }: Work): Promise<Map<string, number>> {
  const failures = new Map<string, number>();
  const paths = await Promise.all(results.map(({ file }) => storage.open(file)));
  for await (const outcomes of outcomesIn(paths, readingOf(provider), rules)) {
    for (const { status, reason = status } of outcomes) if (status !== 'succeeded') failures.set(reason, (failures.get(reason) ?? 0) + 1);
  }
  return failures;
}
