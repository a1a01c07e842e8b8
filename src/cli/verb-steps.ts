import { join } from 'node:path';
import { openRun, readStatus, type RunHandle, type RunStatus } from '../index.ts';
import { driveFlags, driveOptionsFrom } from './drive-options.ts';
import type { FlagName, FlagValues } from './flags.ts';
import { exitCodeOfError } from './failure.ts';
import { onInterrupt } from './interrupt.ts';
import { openProvider } from './provider.ts';
import { checkReport, publish } from './report.ts';
import { resumeHint } from './resume.ts';
import { sameProvider } from './same-provider.ts';
import { describeStatus } from './status-text.ts';
import { sinkFrom } from './streams.ts';
import { Talk } from './talk.ts';
import type { Verb } from './verb.ts';
import { openWebhookPort, type WebhookPort } from './webhook.ts';

const argument = { name: 'run', help: 'run directory' };
const connection = ['emulate', 'baseUrl', 'schema'] as const satisfies readonly FlagName[];

export const statusVerb: Verb = {
  name: 'status',
  summary: 'show where a run stands, from its directory alone',
  argument,
  flags: ['json'],
  examples: ['millrace status runs/reviews', 'millrace status runs/reviews --json'],
  async run(directory, flags) {
    return show(await readStatus(directory), flags);
  },
};

export const submitVerb = step('submit', 'send every shard of a run that has not been sent', ['millrace submit runs/reviews'], (job) => job.submit());
const waiting = step('wait', 'wait until the batches of a run have ended', ['millrace wait runs/reviews', 'millrace wait runs/reviews --max-wait 24h', 'OPENAI_WEBHOOK_SECRET=whsec_... millrace wait runs/reviews --webhook-port 8788'], (job) => job.wait());
export const waitVerb: Verb = { ...waiting, flags: [...waiting.flags, 'webhookPort', 'host'] };
export const retryVerb = step('retry', 'send again the records that deserve another attempt', ['millrace retry runs/reviews --max-attempts 5'], (job) => job.retry(), (before, after) =>
  shardsIn(before) === shardsIn(after) && before.shards.built + before.shards.uploaded === 0 ? 'Nothing to send again: no record deserves another attempt (see --max-attempts and --grow-output).' : undefined,
);
export const cancelVerb = step('cancel', 'cancel the batches of a run that are under way; what they finished can be fetched', ['millrace cancel runs/reviews'], (job) => job.cancel(), (before, after) =>
  before.shards.submitted + after.shards.submitted === 0 ? 'Nothing to cancel: no batch is under way.' : undefined,
);

export const fetchVerb: Verb = {
  name: 'fetch',
  summary: 'download the results of the batches that have ended, and join them to an output once all are here',
  argument,
  flags: [...connection, ...driveFlags, 'output', 'outputFormat', 'prefix', 'embeddingFormat', 'cost', 'audit', 'report', 'json', 'quiet', 'log', 'color'],
  examples: ['millrace fetch runs/reviews', 'millrace fetch runs/reviews -o reviews.enriched.csv'],
  async run(directory, flags) {
    await checkReport(flags);
    const { output, prefix, embeddingFormat, cost, audit } = flags;
    if (output === undefined && audit === undefined) return withRun(directory, flags, (job) => job.fetch(), (status) => show(status, flags));
    // Without an output the join serves the audit and the report alone.
    const { sink, write } = output === undefined ? {} : sinkFrom(output, '', flags);
    const rejects = output === undefined || output === '-' ? join(directory, 'rejects.jsonl') : `${output}.rejects.jsonl`;
    const fetchAndWrite = async (job: RunHandle) => {
      await job.fetch();
      return job.write(sink, { ...(write && { write }), ...(prefix === undefined ? {} : { prefix }), ...(embeddingFormat === undefined ? {} : { embeddingFormat }), ...(cost === undefined ? {} : { cost }), ...(audit === undefined ? {} : { audit }) });
    };
    return withRun(directory, flags, fetchAndWrite, (report, _before, talk) => publish(report, flags, talk, rejects));
  },
};

const shardsIn = ({ shards }: RunStatus) => Object.values(shards).reduce((sum, count) => sum + count, 0);

/** A verb that takes one step with a run and shows where it stands then; `idle` says so where there was nothing to do. */
function step(name: string, summary: string, examples: readonly string[], take: (job: RunHandle) => Promise<RunStatus>, idle: (before: RunStatus, after: RunStatus) => string | undefined = () => undefined): Verb {
  return {
    name,
    summary,
    argument,
    flags: [...connection, ...driveFlags, 'json', 'quiet', 'log', 'color'],
    examples,
    run: (directory, flags) =>
      withRun(directory, flags, take, (status, before, talk) => {
        const note = idle(before, status);
        if (note !== undefined) talk.say(`${note}\n`);
        return show(status, flags);
      }),
  };
}

/** Opens a run with the provider it was started with, does some work, and tells what came of it once the live line has ended. */
async function withRun<Result>(directory: string, flags: FlagValues, work: (job: RunHandle) => Promise<Result>, tell: (result: Result, before: RunStatus, talk: Talk) => number | Promise<number>): Promise<number> {
  const known = await readStatus(directory);
  const same = sameProvider(known, flags);
  const { provider, close } = await openProvider(same, directory);
  const talk = new Talk(flags);
  const interrupt = onInterrupt((text) => talk.say(text));
  let webhook: WebhookPort | undefined;
  try {
    webhook = await openWebhookPort(flags, known, (text) => talk.say(text));
    const job = await openRun(directory, { provider, ...driveOptionsFrom(same), ...webhook.options, signal: interrupt.signal, onProgress: (snapshot) => talk.show(snapshot) });
    const result = await work(job);
    talk.end();
    return await tell(result, known, talk);
  } catch (error) {
    talk.fail(error, resumeHint(error, directory, flags, directory));
    return exitCodeOfError(error);
  } finally {
    interrupt.end();
    await webhook?.close();
    await close();
  }
}

function show(status: RunStatus, { json }: FlagValues): number {
  process.stdout.write(json === true ? `${JSON.stringify(status, null, 2)}\n` : describeStatus(status));
  return 0;
}
