import { writeFile } from 'node:fs/promises';
import { describeReport, exitCodeOf, type RunReport } from '../index.ts';
import type { FlagValues } from './flags.ts';

/** Gives the report to whoever asked for it: a file, stdout as JSON, people on stderr. Returns the exit code. */
export async function publish(report: RunReport, flags: FlagValues): Promise<number> {
  const text = `${JSON.stringify(report, null, 2)}\n`;
  if (flags.report !== undefined) await writeFile(flags.report, text);
  if (flags.json === true && flags.output !== '-') process.stdout.write(text);
  if (flags.quiet !== true) process.stderr.write(describeReport(report));
  return exitCodeOf(report);
}
