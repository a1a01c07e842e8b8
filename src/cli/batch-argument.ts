import { existsSync } from 'node:fs';
import { InputError, openBatch, type Batch, type BatchHandle } from '../index.ts';
import { exitCodeOfError } from './failure.ts';
import { flagTable, type FlagName, type FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import { openProvider } from './provider.ts';
import { withTexts } from './standing-json.ts';
import { Talk } from './talk.ts';
import { printable } from './text-table.ts';
import { grouped, minute } from './words.ts';

/** Whose batch a RUN names, where it is no directory but the id of a batch; ids of other shapes need `--provider`. */
export function batchProviderOf(run: string, { provider }: FlagValues): 'openai' | 'anthropic' | undefined {
  if (existsSync(run)) return undefined;
  if (/^msgbatch_\w+$/.test(run)) return 'anthropic';
  if (/^batch[_-][\w-]+$/.test(run)) return provider ?? 'openai';
  return provider;
}

/** Flags that are about runs, and say nothing of a batch by itself. */
const runFlags = ['emulate', 'schema', 'outputFormat', 'prefix', 'cost', 'audit', 'report', 'prices', 'parseJson', 'stripFences', 'body', 'budget', 'repair', 'growOutput', 'finishSync', 'canary'] as const satisfies readonly FlagName[];

/** Does some work with a batch that is known by its id alone, and tells what came of it. */
export async function withBatch<Result>(id: string, provider: 'openai' | 'anthropic', flags: FlagValues, work: (batch: BatchHandle, signal: AbortSignal) => Promise<Result>, tell: (result: Result, talk: Talk) => number): Promise<number> {
  const given = runFlags.find((flag) => flags[flag] !== undefined);
  if (given !== undefined) throw new InputError('invalid_option', `${flagTable[given].flags.split(' ')[0] ?? given} is for a run, and ${id} is a batch: name the directory of its run, or leave the flag out.`);
  const opened = await openProvider({ ...flags, provider }, '.');
  const talk = new Talk(flags);
  const interrupt = onInterrupt((text) => talk.say(text));
  const { pollInterval, maxWait } = flags;
  let last = '';
  const onBatch = (batch: Batch) => {
    const line = headline(batch);
    if (line !== last) talk.say(line);
    last = line;
  };
  try {
    const handle = openBatch(opened.provider, id, { signal: interrupt.signal, onBatch, ...(pollInterval === undefined ? {} : { pollIntervalMs: pollInterval }), ...(maxWait === undefined ? {} : { maxWaitMs: maxWait }) });
    return tell(await work(handle, interrupt.signal), talk);
  } catch (error) {
    talk.fail(error);
    return exitCodeOfError(error);
  } finally {
    interrupt.end();
    await opened.close();
  }
}

/** Shows a batch on stdout. */
export function showBatch(batch: Batch, { json }: FlagValues): number {
  if (json === true) printJson({ batch: withTexts(batch) });
  else process.stdout.write(describeBatch(batch));
  return 0;
}

/** How a batch stands, in a line. */
function headline({ id, provider, rawStatus, status, counts, expiresAt, resultsUntil }: Batch): string {
  const deadline = status === 'pending' ? expiresAt : resultsUntil;
  const until = deadline === undefined ? '' : `, ${status === 'pending' ? 'expires' : 'results until'} ${minute(deadline)}`;
  return `${id}: ${provider}, ${rawStatus}, ${grouped(counts.succeeded)} succeeded, ${grouped(counts.failed)} failed of ${grouped(counts.total)}${until}\n`;
}

/** A batch as people read it: what the user said of it, and what is wrong with it. */
function describeBatch(batch: Batch): string {
  const { metadata, problems } = batch;
  const { millrace_label: label, millrace_sha256: _hash, ...pairs } = metadata;
  const said = Object.entries({ ...(label === undefined ? {} : { label }), ...pairs }).map(([key, value]) => `  ${printable(`${key}=${value}`)}\n`);
  const wrong = problems.slice(0, 5).map(({ message, line }) => `  ${line === undefined ? '' : `line ${line}: `}${printable(message)}\n`);
  return `${headline(batch)}${said.join('')}${wrong.join('')}`;
}
