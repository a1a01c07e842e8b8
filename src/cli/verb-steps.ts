import { inspectRun, type BatchHandle, type RunHandle, type RunStatus } from '../index.ts';
import { batchProviderOf, showBatch, withBatch } from './batch-argument.ts';
import type { FlagValues } from './flags.ts';
import { describeIdleRetry } from './retry-note.ts';
import { quote } from './resume.ts';
import type { VerbWork } from './verb.ts';
import { showStatus, withRun } from './with-run.ts';
import { sumOf } from './words.ts';

export const submitVerb = step((job) => job.submit(), { note: (before, after) => nextAfter(before, after) });

export const waitVerb = step((job) => job.wait(), { ofBatch: (batch) => batch.wait() });

export const retryVerb = step((job) => job.retry(), {
  note: async (before, after, flags) =>
    sumOf(before.shards) === sumOf(after.shards) && unsentIn(before) === 0 ? whyNothing(after.directory, flags) : nextAfter(before, after),
});

export const cancelVerb = step((job) => job.cancel(), {
  ofBatch: (batch) => batch.cancel(),
  note: describeCancel,
});

/** What the provider answered for each batch that was under way. Pure. */
function describeCancel(before: RunStatus, { batches, shards }: RunStatus): string {
  if (before.shards.submitted + shards.submitted === 0) return 'Nothing to cancel: no batch is under way.';
  const ended = new Set(before.batches.filter(({ status }) => status !== 'pending').map(({ id }) => id));
  const asked = batches.filter(({ id, canceledByUser }) => canceledByUser && !ended.has(id));
  return asked.map(({ shard, id, status, rawStatus }) => `shard ${shard}: ${status === 'pending' ? `cancel of ${id} requested, it is ${rawStatus}` : `${id} had ended already, it is ${rawStatus}`}`).join('\n');
}

async function whyNothing(directory: string, flags: FlagValues): Promise<string> {
  const { rounds, digest } = await inspectRun(directory);
  return digest ? describeIdleRetry({ rounds, ...digest }, flags) : 'Nothing to send again: no record deserves another attempt.';
}

/** What comes next, where something was sent. Pure. */
function nextAfter(before: RunStatus, after: RunStatus): string | undefined {
  const isNews = after.shards.submitted > before.shards.submitted || (unsentIn(before) > 0 && unsentIn(after) === 0) || sumOf(after.shards) > sumOf(before.shards);
  const run = quote(after.directory);
  return isNews ? `next: millrace wait ${run} && millrace fetch ${run} -o FILE` : undefined;
}

const unsentIn = ({ shards }: RunStatus) => shards.built + shards.uploaded;

interface StepOptions {
  /** The same step with a batch that is known by its id alone. */
  readonly ofBatch?: (batch: BatchHandle) => ReturnType<BatchHandle['status']>;
  /** What is worth saying beside where the run stands then. */
  readonly note?: (before: RunStatus, after: RunStatus, flags: FlagValues) => string | undefined | Promise<string | undefined>;
}

/** A verb that takes one step with a run and shows where it stands then. */
function step(take: (job: RunHandle) => Promise<RunStatus>, { ofBatch, note }: StepOptions = {}): VerbWork {
  return {
    run(run, flags) {
      const provider = ofBatch && batchProviderOf(run, flags);
      if (ofBatch && provider) return withBatch(run, provider, flags, ofBatch, (batch) => {
        showBatch(batch, flags);
        return batch.status === 'failed' ? 1 : 0;
      });
      return withRun(run, flags, take, async (status, before, talk) => {
        const said = await note?.(before, status, flags);
        if (said !== undefined) talk.say(`${said}\n`);
        return showStatus(status, flags);
      });
    },
  };
}
