import { mkdir, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { anthropicLimits, build, buildFiles, InputError, openaiLimits, RejectsFile, type OnReject, type OpenRunOptions, type Shard } from '../index.ts';
import { buildOptionsFrom } from './build-options.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import { openProvider, providerName } from './provider.ts';
import { directoryFrom } from './streams.ts';
import { Talk } from './talk.ts';
import type { VerbWork } from './verb.ts';
import { showEstimate } from './verb-estimate.ts';
import { quantity, sumOf } from './words.ts';

/** What was built, as `--json` prints it. */
interface Summary {
  readonly directory: string;
  readonly records: number;
  readonly requests: number;
  /** Records that need not be sent; left out where there are none. */
  readonly reused?: number;
  readonly deduplicated?: number;
  readonly rejected: number;
  readonly shards: number;
}

export const buildVerb: VerbWork = {
  async run(source, flags) {
    if (flags.dir !== undefined && flags.output !== undefined) throw new InputError('invalid_option', 'Give --dir for a run or -o for the files alone, not both.');
    if (flags.output !== undefined && flags.maxOutputCost !== undefined) throw new InputError('invalid_option', '--max-output-cost is for runs (--dir) and for estimate: files for another tool have no price here.');
    if (flags.output !== undefined && (flags.label ?? flags.metadata) !== undefined) throw new InputError('invalid_option', '--label and --metadata are for runs (--dir): files for another tool carry neither.');
    if (flags.output !== undefined && (flags.reuse !== undefined || flags.dedupe === true)) throw new InputError('invalid_option', '--reuse and --dedupe are for runs (--dir): whoever sends files alone gets no answers for the records that are not in them.');
    if (flags.dryRun === true) return showEstimate(source, flags);
    const directory = flags.output ?? directoryFrom(source, flags, new Date());
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const rejects = new RejectsFile(join(directory, 'rejects.jsonl'));
    const talk = new Talk(flags);
    const interrupt = onInterrupt((text) => talk.say(text));
    try {
      const job: Job = { source, flags, talk, directory, onReject: rejects.add, signal: interrupt.signal };
      const summary = flags.output === undefined ? await buildRun(job) : await buildFolder(job);
      talk.end();
      return tell(summary, flags, talk);
    } finally {
      talk.end();
      interrupt.end();
      await rejects.close();
    }
  },
};

interface Job {
  readonly source: string;
  readonly flags: FlagValues;
  readonly talk: Talk;
  readonly directory: string;
  readonly onReject: OnReject;
  readonly signal: AbortSignal;
}

async function buildRun({ source, flags, talk, directory, onReject, signal }: Job): Promise<Summary> {
  const { provider, close } = await openProvider(flags, directory);
  try {
    const { records, requests, shards, origins: { reused = 0, deduplicated = 0 } = {} } = await build({ ...buildOptionsFrom(source, flags, talk), provider, directory, onReject, signal, ...tagsFrom(flags), onProgress: (snapshot) => talk.show(snapshot), ...(flags.canary === undefined ? {} : { canary: flags.canary }) });
    return { directory, records, requests: requests.total, ...(reused > 0 ? { reused } : {}), ...(deduplicated > 0 ? { deduplicated } : {}), rejected: records - requests.total - reused - deduplicated, shards: sumOf(shards) };
  } finally {
    await close();
  }
}

/** What a run is called, from the flags. */
function tagsFrom({ label, metadata }: FlagValues): Pick<OpenRunOptions, 'label' | 'metadata'> {
  return { ...(label === undefined ? {} : { label }), ...(metadata === undefined ? {} : { metadata }) };
}

/** Shard files with the user's ids, and no run. */
async function buildFolder({ source, flags, talk, directory, onReject, signal }: Job): Promise<Summary> {
  const { limits, ...options } = buildOptionsFrom(source, flags, talk);
  const shardLimits = { ...(providerName(flags) === 'anthropic' ? anthropicLimits : openaiLimits), ...limits };
  const { records, shards } = await buildFiles({ ...options, limits: shardLimits, directory, hashes: false, onReject, onProgress: (read, bytes) => talk.building(read, bytes), signal });
  await removeOthers(directory, shards);
  const requests = shards.reduce((sum, { requestCount }) => sum + requestCount, 0);
  return { directory, records, requests, rejected: records - requests, shards: shards.length };
}

/** An earlier build into the same folder may have left more shards than this one, which nobody should send. */
async function removeOthers(directory: string, shards: readonly Shard[]): Promise<void> {
  const built = new Set(shards.map(({ path }) => basename(path)));
  const stale = (await readdir(directory)).filter((name) => /^shard-\d{6,}\.jsonl?$/.test(name) && !built.has(name));
  await Promise.all(stale.map((name) => rm(join(directory, name))));
}

function tell(summary: Summary, { json }: FlagValues, talk: Talk): number {
  const { directory, records, requests, rejected, shards, reused = 0, deduplicated = 0 } = summary;
  if (json === true) printJson(summary);
  else {
    talk.say(`${quantity(records, 'record')}: ${quantity(requests, 'request')} in ${quantity(shards, 'shard')} under ${directory}${reused === 0 ? '' : `; ${reused} reused`}${deduplicated === 0 ? '' : `; ${deduplicated} deduplicated`}${rejected === 0 ? '' : `; ${rejected} rejected, see ${join(directory, 'rejects.jsonl')}`}\n`);
  }
  if (rejected === 0) return 0;
  return rejected === records ? 1 : 3;
}
