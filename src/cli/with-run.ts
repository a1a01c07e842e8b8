import { InputError, openRun, readStatus, type RunHandle, type RunStatus } from '../index.ts';
import { driveOptionsFrom } from './drive-options.ts';
import { exitCodeOfError } from './failure.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import { openProvider } from './provider.ts';
import { resumeHint } from './resume.ts';
import { sameProvider } from './same-provider.ts';
import { standingJson } from './standing-json.ts';
import { describeStatus } from './status-text.ts';
import { Talk } from './talk.ts';
import { openWebhookPort, type WebhookPort } from './webhook.ts';

/** Opens a run with the provider it was started with, does some work, and tells what came of it once the live line has ended. */
export async function withRun<Result>(directory: string, flags: FlagValues, work: (job: RunHandle) => Promise<Result>, tell: (result: Result, before: RunStatus, talk: Talk) => number | Promise<number>): Promise<number> {
  const known = await readStatus(directory);
  if (flags.provider !== undefined && flags.provider !== known.provider) throw new InputError('invalid_option', `${directory} is a run of ${known.provider}: leave out --provider ${flags.provider}.`);
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

/** Shows on stdout where a run stands. */
export function showStatus(status: RunStatus, { json }: FlagValues): number {
  if (json === true) printJson(standingJson(status));
  else process.stdout.write(describeStatus(status));
  return 0;
}
