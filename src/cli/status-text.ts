import type { RunStatus } from '../index.ts';
import { minute } from './words.ts';

/** A run as people read it, on one screen. */
export function describeStatus({ directory, provider, account, state, records, shards, requests, origins, deadlines: { resultsUntil }, batches, problems = [] }: RunStatus): string {
  const states = Object.entries(shards).filter(([, count]) => count > 0);
  const lines = [
    `${directory}: ${provider} (${account})`,
    state === 'building' ? 'cut off while it was built; nothing was sent' : `${count(records)} records, ${count(requests.total)} requests`,
    ...(origins === undefined ? [] : [`answers: ${count(origins.fresh)} fresh, ${count(origins.reused)} reused, ${count(origins.deduplicated)} deduplicated`]),
    `shards: ${states.length === 0 ? 'none' : states.map(([name, value]) => `${value} ${name}`).join(', ')}`,
    ...batches.map((batch) => describeBatch(batch, problems.filter(({ batchId }) => batchId === batch.id))),
    ...(resultsUntil === undefined ? [] : [`results can be fetched until ${minute(resultsUntil)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function describeBatch({ shard, id, status, rawStatus, counts, expiresAt }: RunStatus['batches'][number], [problem, ...others]: NonNullable<RunStatus['problems']>): string {
  const progress = `${count(counts.succeeded)} succeeded, ${count(counts.failed)} failed of ${count(counts.total)}`;
  const deadline = expiresAt === undefined || status !== 'pending' ? '' : `, expires ${minute(expiresAt)}`;
  return `  shard ${shard}  ${id}  ${rawStatus}  ${progress}${deadline}${problem ? `: ${problem.text}` : ''}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}

const count = (value: number) => value.toLocaleString('en-US');
