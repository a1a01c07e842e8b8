import { StateError } from '../errors.ts';
import type { ShardEntry } from '../ledger/ledger.ts';
import { fetchResults } from './download.ts';
import { poll } from './poll.ts';
import { sendRequests } from './send.ts';
import { submit } from './submit.ts';
import type { StepEnd, Work } from './work.ts';

/** What comes next for a shard. */
export function nextStep({ state, via }: Pick<ShardEntry, 'state' | 'via'>): 'submit' | 'send' | 'poll' | 'fetch' | 'none' {
  switch (state) {
    case 'built':
    case 'uploaded':
      return via === 'send' ? 'send' : 'submit';
    case 'submitted':
      return 'poll';
    case 'ended':
      return 'fetch';
    case 'fetched':
    case 'failed':
      return 'none';
  }
}

/**
 * Takes one shard one step further and returns; never sleeps. All it knows comes from the ledger and all it does is noted
 * there, so any process may call it at any time, again and again: on a laptop, from cron, or by a queue of workers.
 */
export async function advance(shardNumber: number, work: Work): Promise<StepEnd> {
  const shard = await work.ledger.shard(shardNumber);
  if (!shard) throw new StateError('no_such_run', `The ledger knows no shard ${shardNumber}.`, { shard: shardNumber });
  switch (nextStep(shard)) {
    case 'submit':
      return submit(shard, work);
    case 'send':
      return sendRequests(shard, work);
    case 'poll':
      return poll(shard, batchIdOf(shard), work);
    case 'fetch':
      return fetchStep(shard, work);
    case 'none':
      return { state: shard.state, waitMs: 0 };
  }
}

async function fetchStep(shard: ShardEntry, work: Work): Promise<StepEnd> {
  const batch = await work.ledger.batch(batchIdOf(shard));
  if (!batch) throw new StateError('no_such_run', `The ledger knows no batch of shard ${shard.number}.`, { shard: shard.number });
  return fetchResults(shard, batch, work);
}

function batchIdOf(shard: ShardEntry): string {
  if (shard.batchId === undefined) throw new StateError('no_such_run', `Shard ${shard.number} is ${shard.state}, but the ledger names no batch for it.`, { shard: shard.number });
  return shard.batchId;
}
