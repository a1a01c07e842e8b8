import { spawn } from 'node:child_process';

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
