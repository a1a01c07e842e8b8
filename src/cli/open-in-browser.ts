import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const openers: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', win32: 'explorer.exe' };

/** Opens a file in the user's browser; where there is none, it says so. No shell reads the path. */
export async function openInBrowser(path: string): Promise<void> {
  const opened = await new Promise<boolean>((resolve) => {
    const child = spawn(openers[process.platform] ?? 'xdg-open', [path], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => resolve(true));
    child.unref();
  });
  if (!opened) process.stderr.write(`There is no browser to open here. Open it yourself: ${path}\n`);
}

/**
 * Opens an address that nobody else may know: it stands in a file of the user (0600) that leads there, because the list of processes shows
 * every user the command lines of all others.
 *
 * @returns what removes that file
 */
export async function openPrivately(url: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ui-'));
  const path = join(folder, 'open.html');
  await writeFile(path, `<!doctype html><meta http-equiv="refresh" content="0;url=${url}"><title>millrace</title>\n`, { mode: 0o600 });
  await openInBrowser(path);
  return () => rm(folder, { recursive: true, force: true });
}
