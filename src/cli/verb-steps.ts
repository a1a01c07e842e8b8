import { join } from 'node:path';
import { openRun, readStatus, type RunHandle, type RunStatus } from '../index.ts';
import { driveFlags, driveOptionsFrom } from './drive-options.ts';
import type { FlagName, FlagValues } from './flags.ts';
import { describeError, exitCodeOfError } from './failure.ts';
import { onInterrupt } from './interrupt.ts';
import { progressView } from './progress.ts';
import { openProvider } from './provider.ts';
import { checkReport, publish } from './report.ts';
import { resumeHint } from './resume.ts';
import { describeStatus } from './status-text.ts';
import { sinkFrom } from './streams.ts';
import type { Verb } from './verb.ts';

const argument = { name: 'run', help: 'run directory' };
const connection = ['emulate', 'baseUrl'] as const satisfies readonly FlagName[];

export const statusVerb: Verb = {
  name: 'status',
  summary: 'show where a run stands, from its directory alone',
  argument,
  flags: ['json'],
  examples: ['millrace status runs/reviews', 'millrace status runs/reviews --json'],
  async run(directory, flags) {
    show(await readStatus(directory), flags);
    return 0;
  },
};

export const submitVerb = step('submit', 'send every shard of a run that has not been sent', ['millrace submit runs/reviews'], (job) => job.submit());
export const waitVerb = step('wait', 'wait until the batches of a run have ended', ['millrace wait runs/reviews', 'millrace wait runs/reviews --max-wait 24h'], (job) => job.wait());
export const retryVerb = step('retry', 'send again the records that deserve another attempt', ['millrace retry runs/reviews --max-attempts 5'], (job) => job.retry());
export const cancelVerb = step('cancel', 'cancel the batches of a run that are under way; what they finished can be fetched', ['millrace cancel runs/reviews'], (job) => job.cancel());

export const fetchVerb: Verb = {
  name: 'fetch',
  summary: 'download the results of the batches that have ended, and join them to an output once all are here',
  argument,
  flags: [...connection, ...driveFlags, 'output', 'outputFormat', 'prefix', 'report', 'json', 'quiet'],
  examples: ['millrace fetch runs/reviews', 'millrace fetch runs/reviews -o reviews.enriched.csv'],
  run: (directory, flags) =>
    withRun(directory, flags, async (job) => {
      await checkReport(flags);
      const status = await job.fetch();
      if (flags.output === undefined) {
        show(status, flags);
        return 0;
      }
      const { sink, write } = sinkFrom(flags.output, '', flags);
      return publish(await job.write(sink, { write, ...(flags.prefix === undefined ? {} : { prefix: flags.prefix }) }), flags, flags.output === '-' ? join(directory, 'rejects.jsonl') : `${flags.output}.rejects.jsonl`);
    }),
};

/** A verb that takes one step with a run and shows where it stands then. */
function step(name: string, summary: string, examples: readonly string[], take: (job: RunHandle) => Promise<RunStatus>): Verb {
  return {
    name,
    summary,
    argument,
    flags: [...connection, ...driveFlags, 'json', 'quiet'],
    examples,
    run: (directory, flags) =>
      withRun(directory, flags, async (job) => {
        show(await take(job), flags);
        return 0;
      }),
  };
}

/** Opens a run with the provider it was started with. */
async function withRun(directory: string, flags: FlagValues, work: (job: RunHandle) => Promise<number>): Promise<number> {
  const known = await readStatus(directory);
  const same = sameProvider(known, flags);
  const { provider, close } = await openProvider(same, directory);
  const view = progressView(process.stderr, flags.quiet === true);
  const interrupt = onInterrupt();
  try {
    const job = await openRun(directory, { provider, ...driveOptionsFrom(same), signal: interrupt.signal, onProgress: (snapshot) => view.show(snapshot) });
    return await work(job);
  } catch (error) {
    process.stderr.write(describeError(error) + resumeHint(error, directory, flags, directory));
    return exitCodeOfError(error);
  } finally {
    view.end();
    interrupt.end();
    await close();
  }
}

/** The account of a run begins with its base URL, so that only the key need be at hand. */
function sameProvider({ provider, account }: RunStatus, flags: FlagValues): FlagValues {
  const [baseUrl = ''] = account.split(' ');
  const emulate = account === 'emulator';
  return { ...flags, provider: provider === 'anthropic' ? 'anthropic' : 'openai', ...(emulate ? { emulate } : { baseUrl: flags.baseUrl ?? baseUrl }) };
}

function show(status: RunStatus, { json, quiet }: FlagValues): void {
  if (json === true) process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
  else if (quiet !== true) process.stdout.write(describeStatus(status));
}
