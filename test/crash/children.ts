import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Job } from './job.ts';
import type { Tripwire } from './tripwire.ts';
import type { Kill } from './trial.ts';

/** Where `tsc -p test/crash` puts what child processes run; Node 20 reads no TypeScript. */
const compiled = join(import.meta.dirname.replace(/runs\/\.crash\/test\/crash$/, 'test/crash'), '../../runs/.crash/test/crash');

/** How a process ended. */
export interface ChildEnd {
  /** The boundary it was killed at, or `any instant`; absent if it came to its end. */
  readonly killedAt?: string;
  /** Boundaries it passed, if it came to its end. */
  readonly passed?: number;
  /** What it said when it failed by itself. */
  readonly failure?: string;
}

/** Starts one of the programs of this folder. @param onOutput told everything it has printed so far, whenever it prints */
export function startProgram(name: 'child' | 'server', input: unknown, onOutput: (output: string) => void): { readonly child: ChildProcess; readonly said: () => string; readonly ended: Promise<NodeJS.Signals | null> } {
  const child = spawn(process.execPath, [join(compiled, `${name}.js`), JSON.stringify(input)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    onOutput(output);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject).on('close', (_code, signal) => resolve(signal));
  });
  return { child, said: () => output + complaint, ended };
}

/** Runs a job in a process of its own until it is killed or ends. */
export async function startChild(job: Job, kill: Kill): Promise<ChildEnd> {
  const wire: Tripwire = { killAt: 'at' in kill ? kill.at : 0, sameName: 'at' in kill ? kill.sameName : 0, folder: job.folder };
  let isArmed = false;
  const { child, said, ended } = startProgram('child', { job, wire }, (output) => {
    if (isArmed || !output.includes('armed') || 'at' in kill) return;
    isArmed = true;
    setTimeout(() => child.kill('SIGKILL'), kill.afterMs);
  });
  const signal = await ended;
  const [, passed] = /^done (\d+)$/m.exec(said()) ?? [];
  if (passed !== undefined) return { passed: Number(passed) };
  if (signal === 'SIGKILL') return { killedAt: /^killed at (.+)$/m.exec(said())?.[1] ?? 'any instant' };
  return { failure: said().slice(0, 2000) };
}
