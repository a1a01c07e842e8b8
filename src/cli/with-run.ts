import { InputError, openRun, readStatus, type RunHandle, type RunStatus } from '../index.ts';
import { driveOptionsFrom } from './drive-options.ts';
import { exitCodeOfError } from './failure.ts';
import type { FlagValues } from './flags.ts';
import { onInterrupt } from './interrupt.ts';
import { printJson } from './json.ts';
import { openProvider } from './provider.ts';
import { resumeHint } from './resume.ts';
import { describeStatus } from './status-text.ts';
import { Talk } from './talk.ts';

/** Opens a run with the provider it was started with, does some work, and tells what came of it once the live line has ended. */
export async function withRun<Result>(directory: string, flags: FlagValues, work: (job: RunHandle) => Promise<Result>, tell: (result: Result, before: RunStatus, talk: Talk) => number | Promise<number>): Promise<number> {
  const known = await readStatus(directory);
  if (flags.provider !== undefined && flags.provider !== known.provider) throw new InputError('invalid_option', `${directory} is a run of ${known.provider}: leave out --provider ${flags.provider}.`);
  const same = sameProvider(known, flags);
  const { provider, close } = await openProvider(same, directory);
  const talk = new Talk(flags);
  const interrupt = onInterrupt((text) => talk.say(text));
  try {
    const job = await openRun(directory, { provider, ...driveOptionsFrom(same), signal: interrupt.signal, onProgress: (snapshot) => talk.show(snapshot) });
    const result = await work(job);
    talk.end();
    return await tell(result, known, talk);
  } catch (error) {
    talk.fail(error, resumeHint(error, directory, flags, directory));
    return exitCodeOfError(error);
  } finally {
    interrupt.end();
    await close();
  }
}

/** The account of a run begins with its base URL, so that only the key need be at hand. */
export function sameProvider({ provider, account }: Pick<RunStatus, 'provider' | 'account'>, flags: FlagValues): FlagValues {
  const [baseUrl = ''] = account.split(' ');
  const emulate = account === 'emulator';
  return { ...flags, provider: provider === 'anthropic' ? 'anthropic' : 'openai', ...(emulate ? { emulate } : { baseUrl: flags.baseUrl ?? baseUrl }) };
}

/** Shows on stdout where a run stands. */
export function showStatus(status: RunStatus, { json }: FlagValues): number {
  if (json === true) printJson(status);
  else process.stdout.write(describeStatus(status));
  return 0;
}
