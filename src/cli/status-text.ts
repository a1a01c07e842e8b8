import type { RunStatus } from '../index.ts';
import type { Paint } from './colors.ts';
import { printable } from './text-table.ts';
import { grouped, minute } from './words.ts';

/** Batches that are shown; `--json` has all. */
const mostBatches = 50;

/** A run as people read it, on one screen. */
export function describeStatus({ directory, provider, account, label, metadata, state, records, shards, requests, origins, deadlines: { resultsUntil }, batches, problems = [] }: RunStatus, paint?: Paint): string {
  const states = Object.entries(shards).filter(([, count]) => count > 0);
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`);
  const lines = [
    `${paint?.strong(directory) ?? directory}: ${provider} (${account})`,
    ...(label === undefined ? [] : [`label: ${printable(label)}`]),
    ...(pairs.length === 0 ? [] : [`metadata: ${printable(pairs.join(', '))}`]),
    state === 'building' ? 'cut off while it was built; nothing was sent' : `${grouped(records)} records, ${grouped(requests.total)} requests`,
    ...(origins === undefined ? [] : [`answers: ${grouped(origins.fresh)} fresh, ${grouped(origins.reused)} reused, ${grouped(origins.deduplicated)} deduplicated`]),
    `shards: ${states.length === 0 ? 'none' : states.map(([name, value]) => `${value} ${name}`).join(', ')}`,
    ...batches.slice(0, mostBatches).map((batch) => describeBatch(batch, problems.filter(({ batchId }) => batchId === batch.id))),
    ...(batches.length > mostBatches ? [`  and ${grouped(batches.length - mostBatches)} more batches (--json has them)`] : []),
    ...(resultsUntil === undefined ? [] : [`results can be fetched until ${minute(resultsUntil)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function describeBatch({ shard, id, status, rawStatus, counts, expiresAt }: RunStatus['batches'][number], [problem, ...others]: NonNullable<RunStatus['problems']>): string {
  const progress = `${grouped(counts.succeeded)} succeeded, ${grouped(counts.failed)} failed of ${grouped(counts.total)}`;
  const deadline = expiresAt === undefined || status !== 'pending' ? '' : `, expires ${minute(expiresAt)}`;
  return `  shard ${shard}  ${id}  ${rawStatus}  ${progress}${deadline}${problem ? `: ${problem.text}` : ''}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}
