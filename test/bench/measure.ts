import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { compiled } from './paths.ts';
import type { Command, Measurement } from './race.ts';

const timeProgram = '/usr/bin/time';

/**
 * GNU time reads what the kernel counted for exactly one process and its children. A process that Node starts by itself would begin with the
 * peak of Node: Linux carries it over. Without it a hook in processes of Node has them tell their own figures; those of others stay unknown.
 */
const hasTime = spawnSync(timeProgram, ['--version'], { encoding: 'utf8' }).stdout?.includes('GNU') ?? false;

/** A command that failed. */
export class CommandError extends Error {}

/** Runs a command to its end and takes its time, CPU and peak resident set. */
export async function measure(command: Command): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-usage-'));
  const usage = join(folder, 'usage');
  try {
    const { file, parameters, environment } = watched(command, usage);
    const start = performance.now();
    const { exitCode, output, complaint } = await runToEnd({ ...command, file, parameters, environment });
    const seconds = (performance.now() - start) / 1000;
    if (!(command.exitCodes ?? [0]).includes(exitCode)) throw new CommandError(`${[command.file, ...command.parameters].join(' ').slice(0, 500)} ended with ${exitCode}: ${complaint.slice(-2000)}`);
    return { wallSeconds: command.timesItself === true ? secondsIn(output) : seconds, ...readUsage(usage) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function watched({ file, parameters, environment = {} }: Command, usage: string): Required<Pick<Command, 'file' | 'parameters' | 'environment'>> {
  if (hasTime) return { file: timeProgram, parameters: ['-q', '-f', '%U %S %M', '-o', usage, file, ...parameters], environment };
  const hook = `--import=${pathToFileURL(compiled('usage-hook')).href}`;
  return { file, parameters, environment: { ...environment, NODE_OPTIONS: `${environment['NODE_OPTIONS'] ?? ''} ${hook}`, MILLRACE_BENCH_USAGE: usage } };
}

/** What either way wrote: user seconds, system seconds, peak in kibibytes. */
function readUsage(path: string): Omit<Measurement, 'wallSeconds'> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return {};
  }
  const [user = 0, system = 0, peak = 0] = text.trim().split(' ').map(Number);
  return { cpuSeconds: user + system, peakBytes: peak * 1024 };
}

function secondsIn(output: string): number {
  // Printed by a program of this folder.
  return (JSON.parse(output) as { seconds: number }).seconds;
}

function runToEnd({ file, parameters, environment }: Command): Promise<{ exitCode: number; output: string; complaint: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, parameters, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    let output = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-100_000)));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-10_000)));
    child.on('error', reject).on('close', (code) => resolve({ exitCode: code ?? -1, output, complaint }));
  });
}
