import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
const main = join(root, 'dist/cli/main.js');

// The command as a user has it: on the PATH.
const bin = mkdtempSync(join(tmpdir(), 'millrace-bin-'));
writeFileSync(join(bin, 'millrace'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 });

/** What a command left behind. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ShellOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stderr, e.g. to press Ctrl-C at the right moment. */
  readonly onStderr?: (text: string, pressCtrlC: () => void) => void;
  readonly onStdout?: (text: string, pressCtrlC: () => void) => void;
}

/** A new folder that holds these files. */
export function folderWith(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Runs a line of shell in a folder, with `millrace` on the PATH and no key of the surroundings. */
export function shell(folder: string, line: string, { stdin = '', env = {}, onStderr, onStdout }: ShellOptions = {}): Promise<Ran> {
  const { PATH = '', HOME = folder } = process.env;
  // A group of its own, so that Ctrl-C reaches all of it, as in a terminal. What hangs is killed before the test gives up.
  const child = spawn('sh', ['-c', line], { cwd: folder, detached: true, timeout: 50_000, killSignal: 'SIGKILL', env: { PATH: `${bin}:${PATH}`, HOME, ...env } });
  const said = { stdout: '', stderr: '' };
  const pressCtrlC = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
  };
  const listen = (name: 'stdout' | 'stderr', tell: ShellOptions['onStderr']) =>
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      tell?.(said[name], pressCtrlC);
    });
  listen('stdout', onStdout);
  listen('stderr', onStderr);
  // A command that reads no input may be gone before all of it was written.
  child.stdin.on('error', () => undefined).end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, ...said }));
  });
}
