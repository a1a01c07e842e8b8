import { resolve } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { InputError, readReportPage, readStatus, renderReportPage, type ReportPageData } from '../index.ts';
import { driveOptionsFrom } from './drive-options.ts';
import type { FlagValues } from './flags.ts';
import { openInBrowser } from './open-in-browser.ts';
import { readingProvider } from './same-provider.ts';

/** What the page of a run shows, by the rules of the flags. */
export async function readPage(directory: string, flags: FlagValues): Promise<ReportPageData> {
  return readReportPage(directory, { ...driveOptionsFrom(flags), provider: await readingProvider(await readStatus(directory), flags) });
}

/** Writes the page of a run, for `--html`, and opens it where `--open` says so. With `--json` the report goes to stdout beside it. */
export async function writePage(directory: string, path: string, flags: FlagValues): Promise<number> {
  if (path === '-' && (flags.open === true || flags.json === true)) throw new InputError('invalid_option', '--html - writes the page to stdout: name a file to open it, or to print JSON as well.');
  const data = await readPage(directory, flags);
  const page = renderReportPage(data);
  if (path === '-') process.stdout.write(page);
  else await writePrivately(path, page);
  if (flags.json === true && data.report) process.stdout.write(`${JSON.stringify(data.report, null, 2)}\n`);
  if (path !== '-' && flags.quiet !== true) process.stderr.write(`page: ${path}\n`);
  if (flags.open === true) await openInBrowser(resolve(path));
  return 0;
}

/** Records and prompts are in it. */
async function writePrivately(path: string, page: string): Promise<void> {
  await writeFile(path, page, { mode: 0o600 }).catch((cause: unknown) => {
    throw new InputError('file_not_found', `--html: ${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, { file: path, cause });
  });
}
