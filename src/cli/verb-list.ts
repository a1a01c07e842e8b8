import { InputError, listBatches, listRuns, type Batch, type RunSummary } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { openProvider } from './provider.ts';
import { rootOf } from './root.ts';
import { listView, type Listed } from './list-view.ts';
import { paintFor } from './colors.ts';
import type { VerbWork } from './verb.ts';

export const listVerb: VerbWork = {
  async run(_argument, flags) {
    const runs = await listRuns(rootOf(flags));
    if (flags.remote !== true) {
      if (flags.baseUrl !== undefined) throw new InputError('invalid_option', '--base-url says whom to ask: give --remote too.');
      return show(localBatches(runs), flags);
    }
    const { provider, close } = await openProvider(flags, '.');
    const interrupt = onInterrupt();
    try {
      return await show(remoteBatches(listBatches(provider, { signal: interrupt.signal }), runs), flags);
    } finally {
      interrupt.end();
      await close();
    }
  },
};

/** Shows what fits, as it comes. */
async function show(batches: AsyncIterable<Listed> | Iterable<Listed>, flags: FlagValues): Promise<number> {
  const view = listView(flags.json === true, paintFor(process.stdout, flags), (text) => process.stdout.write(text));
  let shown = 0;
  for await (const batch of batches) {
    if (process.stdout.destroyed || shown === (flags.limit ?? Infinity)) break;
    if (!fits(batch, flags)) continue;
    shown += 1;
    view.show(batch);
  }
  view.end();
  if (shown === 0 && flags.quiet !== true) process.stderr.write(flags.remote === true ? 'The provider lists no batch that fits.\n' : `No batch of a run under ${rootOf(flags)} fits. --remote asks the provider.\n`);
  return 0;
}

/** The batches that the ledgers know, as they were last seen; newest first. */
function localBatches(runs: readonly RunSummary[]): Listed[] {
  const known = runs.flatMap(({ name, status }) =>
    (status?.batches ?? []).map(({ shard, ...batch }) => ({ ...batch, provider: status?.provider ?? '', metadata: status?.metadata ?? {}, run: name, shard })),
  );
  return known.toSorted((a, b) => b.createdAt - a.createdAt);
}

/** The provider's batches, and which of them belong to runs that are known here. */
async function* remoteBatches(batches: AsyncIterable<Batch>, runs: readonly RunSummary[]): AsyncGenerator<Listed, void, undefined> {
  const owners = new Map(runs.flatMap(({ name, status }) => (status?.batches ?? []).map(({ id, shard }) => [id, { run: name, shard }] as const)));
  const byRun = new Map(runs.map(({ name, status }) => [status?.runId, name]));
  for await (const batch of batches) {
    const owner = owners.get(batch.id);
    // One whose create call was never answered is known by its metadata alone.
    const run = owner?.run ?? byRun.get(batch.metadata['millrace_run']);
    yield { ...batch, ...(run === undefined ? {} : { run }), ...(owner === undefined ? {} : { shard: owner.shard }) };
  }
}

function fits({ provider, status, rawStatus, metadata }: Listed, flags: FlagValues): boolean {
  const isStatus = flags.status === undefined || [status, rawStatus.toLowerCase()].includes(flags.status.toLowerCase());
  const isProvider = flags.provider === undefined || provider === flags.provider;
  return isStatus && isProvider && Object.entries(flags.metadata ?? {}).every(([key, value]) => metadata[key] === value);
}
