import { createHash } from 'node:crypto';
import { walkAttempts } from '../join/walk.ts';
import type { RunEntry, ShardEntry } from '../ledger/ledger.ts';
import type { Dialect } from '../providers/provider.ts';
import { FailureKinds, type RunDigest } from '../report/digest.ts';
import type { Prices } from '../report/prices.ts';
import { isFinished, walkInput } from './answers.ts';
import { RunCosts } from './costs.ts';
import { factsOf } from './facts.ts';
import type { Session } from './session.ts';
import { RunTally } from './tally.ts';

/** How a digest is made. */
export interface DigestOptions {
  readonly provider: Dialect;
  /** Where prices come from. With it the cost is found anew, and not remembered. */
  readonly prices?: Prices;
  readonly signal?: AbortSignal;
}

/**
 * What became of the records of a run so far, found out from the results that are here. It is remembered until there are more: what the
 * last join found, by rules that are code, is not lost.
 */
export async function digestRun(session: Session, entry: RunEntry, options: DigestOptions): Promise<RunDigest> {
  const { ledger } = session;
  const of = fingerprint(await ledger.shards());
  const noted = await ledger.noted('digest');
  const known = noted?.of === of ? noted.digest : undefined;
  if (known && options.prices === undefined) return known;
  const digest = await digestResults(session, entry, options);
  // What a join found by rules that are code counts, all but its prices.
  if (known) return { ...known, report: { ...known.report, cost: digest.report.cost } };
  // Reading may take a while: what a process that works on the run has found since is newer.
  const isNew = options.prices === undefined && fingerprint(await ledger.shards()) === of && (await ledger.noted('digest'))?.of !== of;
  if (isNew) await ledger.note('digest', { of, digest });
  return digest;
}

/** Keeps what a join found. */
export async function noteDigest({ ledger }: Session, digest: RunDigest): Promise<void> {
  await ledger.note('digest', { of: fingerprint(await ledger.shards()), digest });
}

/** Which results there are; more of them are another text. */
export function fingerprint(shards: readonly Pick<ShardEntry, 'number' | 'state' | 'batchId'>[]): string {
  const settled = shards.map(({ number, state, batchId }) => [number, isFinished(state) ? state : '', batchId ?? '']);
  return createHash('sha256').update(JSON.stringify(settled)).digest('hex');
}

async function digestResults(session: Session, entry: RunEntry, options: DigestOptions): Promise<RunDigest> {
  const shards = await session.ledger.shards();
  const open = new Set(shards.filter(({ state }) => !isFinished(state)).map(({ number }) => number));
  const tally = new RunTally(entry, await RunCosts.open(session, options));
  // Of records whose results are not here, those whose request others have as well: the others wait with them.
  const waiting = shards.some(({ via }) => via === 'copy') ? new Set<number>() : undefined;
  let isOpen = false;
  const failures = new FailureKinds();
  let pending = 0;
  const walking = walkAttempts({
    ...(await walkInput(session, entry, options, open)),
    onRecordReject: () => undefined,
    onLineReject: (rejection) => tally.report.addRejection(rejection),
    onIndex: ({ counts }) => tally.report.addLines(counts.lines),
    onAttempts: (attempts, chosen, record, copyOf) => {
      isOpen = copyOf === undefined ? attempts.some(({ shard }) => open.has(shard.number)) : waiting?.has(copyOf) === true;
      if (isOpen) waiting?.add(record.index);
      if (isOpen) tally.addUnsettled(attempts, attempts.filter(({ shard }) => !open.has(shard.number)));
      else tally.addAttempts(attempts, chosen, record);
      return undefined;
    },
  });
  for await (const { spooled, outcome } of walking) {
    // Told of its attempts just now.
    if (isOpen) {
      pending += 1;
      continue;
    }
    tally.report.addOutcome(outcome);
    failures.add(outcome, () => ({ record: spooled, outcome }));
  }
  const { records: _all, ...facts } = await factsOf(session, entry);
  return { report: await tally.finish(facts), pending, failures: failures.list() };
}
