import { createReadStream, mkdirSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { measure } from './measure.ts';
import type { Contender, Measurement, Race } from './race.ts';

/** Where outputs go, how often, and whom to tell. */
export interface RunRaceOptions {
  readonly folder: string;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

/** An output that is not that of millrace: nothing is timed then. */
export class DifferenceError extends Error {}

/**
 * Compares all outputs first, and then lets the contenders work in turn, A B C A B C, so that each round sees all of them under about the same
 * load. Every run begins with its inputs in the page cache and with nothing of the output of another one waiting to be written.
 */
export async function runRace({ contenders }: Race, options: RunRaceOptions): Promise<Map<string, Measurement[]>> {
  const present = contenders.filter(({ absence }) => absence === undefined);
  await compareOutputs(present, options);
  const rounds = new Map<string, Measurement[]>();
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const contender of present) {
      const { measurement, output } = await runOnce(contender, options, false);
      rmSync(output, { recursive: true });
      rounds.set(contender.name, [...(rounds.get(contender.name) ?? []), measurement]);
      options.say(`round ${round}: ${describe(contender, measurement)}`);
    }
  }
  return rounds;
}

async function compareOutputs(present: readonly Contender[], options: RunRaceOptions): Promise<void> {
  const [reference, ...others] = present;
  const compared = others.filter(({ compare }) => compare !== undefined);
  if (reference === undefined || compared.length === 0) return;
  const { output: expected } = await runOnce(reference, options, true);
  for (const contender of compared) {
    options.say(`comparing the output of ${contender.name}`);
    const { output } = await runOnce(contender, options, true);
    const difference = await contender.compare?.(expected, output);
    if (difference !== undefined) throw new DifferenceError(`${contender.name} writes something else than ${reference.name}: ${difference}\n  Both outputs are kept: ${expected}, ${output}`);
    rmSync(output, { recursive: true });
  }
  rmSync(expected, { recursive: true });
}

async function runOnce(contender: Contender, { folder }: RunRaceOptions, isCheck: boolean): Promise<{ measurement: Measurement; output: string }> {
  const output = join(folder, contender.name.replaceAll(/[^\w]+/g, '-'));
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const { command, finish } = await contender.prepare(output, isCheck);
  try {
    for (const path of contender.inputs) await readThrough(path);
    return { measurement: await measure(command), output };
  } finally {
    await finish?.();
  }
}

/** Puts a file into the page cache. */
async function readThrough(path: string): Promise<void> {
  for await (const _chunk of createReadStream(path, { highWaterMark: 1 << 20 }));
}

function describe({ name }: Contender, { wallSeconds, cpuSeconds, peakBytes }: Measurement): string {
  const cpu = cpuSeconds === undefined ? '' : `, CPU ${cpuSeconds.toFixed(2)} s`;
  const peak = peakBytes === undefined ? '' : `, peak ${(peakBytes / 1e6).toFixed(0)} MB`;
  return `${name} ${wallSeconds.toFixed(2)} s${cpu}${peak} (load ${(loadavg()[0] ?? 0).toFixed(1)})`;
}
