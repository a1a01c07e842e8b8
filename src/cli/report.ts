import { existsSync } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeReport, exitCodeOf, InputError, type RunReport } from '../index.ts';
import type { FlagValues } from './flags.ts';
import { jsonText } from './json.ts';
import type { Talk } from './talk.ts';

/** Refuses a `--report` that could not be written in the end, before anything is sent. */
export async function checkReport({ report }: FlagValues): Promise<void> {
  if (report === undefined) return;
  try {
    await access(dirname(report));
  } catch (cause) {
    throw new InputError('file_not_found', `${report} cannot be written, because its folder does not exist. Make it first.`, { file: report, cause });
  }
}

/** Gives the report to whoever asked for it: a file, stdout as JSON, people on stderr. Names the side file, if there is one. Returns the exit code. */
export async function publish(report: RunReport, flags: FlagValues, talk: Talk, rejects?: string): Promise<number> {
  const text = jsonText(report);
  if (flags.report !== undefined) await writeFile(flags.report, text);
  if (flags.json === true && flags.output !== '-') process.stdout.write(text);
  talk.report(report, describeReport(report) + (rejects !== undefined && existsSync(rejects) ? `rejects: ${rejects}\n` : ''));
  return exitCodeOf(report);
}
