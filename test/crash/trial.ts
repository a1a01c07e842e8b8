import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { run } from '../../src/index.ts';
import { lookAt, violationsIn, type Left } from './check.ts';
import { startChild, type ChildEnd } from './children.ts';
import { optionsOf, runDirectoryOf, type Job } from './job.ts';
import { temporary, type Setting } from './setting.ts';

/** How one process of a trial is killed: at a boundary, or so many milliseconds after it began to work. */
export type Kill = { readonly at: number; readonly sameName: number } | { readonly afterMs: number };

/** What came of killing a run again and again, and then letting it end. */
export interface Trial {
  /** Where each process was killed, or that it ended by itself. */
  readonly ends: readonly ChildEnd[];
  readonly violations: readonly string[];
  readonly executions: number;
}

/** Longest time a run may take to end once nobody kills it. */
const patienceMs = 60_000;

/** The run that nothing disturbs, to compare with. */
export async function undisturbedRun(setting: Setting): Promise<Left> {
  return withEmulator(setting, (job, emulator) => finish(job, emulator));
}

/** Kills a run as told, one process after the other, lets the last one end, and looks at what is left. */
export async function tryKills(setting: Setting, undisturbed: Left, kills: readonly Kill[]): Promise<Trial> {
  return withEmulator(setting, async (job, emulator) => {
    const ends: ChildEnd[] = [];
    for (const kill of kills) ends.push(await startChild(job, kill));
    return { ends, ...(await judge(job, emulator, ends, undisturbed)) };
  });
}

/** Gives a job an emulator and a folder of its own. */
export async function withEmulator<Result>(setting: Setting, work: (job: Job, emulator: Emulator) => Promise<Result>): Promise<Result> {
  const emulator = await startEmulator(setting.emulator);
  const folder = temporary();
  try {
    const job = { ...setting, url: emulator.url, folder };
    return await work({ ...job, ...(await runEarlier(job)) }, emulator);
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
}

/** The run whose answers are taken over, by the same provider. */
async function runEarlier({ earlierSource: source, ...job }: Job & Pick<Setting, 'earlierSource'>): Promise<Pick<Job, 'earlier'>> {
  if (source === undefined) return {};
  const folder = join(job.folder, 'earlier');
  mkdirSync(folder);
  await run(optionsOf({ ...job, source, folder }));
  return { earlier: runDirectoryOf({ folder }) };
}

/** Lets a run end, and compares. */
export async function judge(job: Job, emulator: Emulator, ends: readonly ChildEnd[], undisturbed: Left): Promise<Omit<Trial, 'ends'>> {
  const failed = ends.filter(({ failure }) => failure !== undefined).map(({ failure }) => `a process failed: ${failure}`);
  try {
    const left = await finish(job, emulator);
    return { violations: [...failed, ...violationsIn(left, undisturbed)], executions: left.executions.length };
  } catch (error) {
    return { violations: [...failed, `the run cannot go on: ${String(error)}`], executions: 0 };
  }
}

async function finish(job: Job, emulator: Emulator): Promise<Left> {
  const report = await run({ ...optionsOf(job), signal: AbortSignal.timeout(patienceMs) });
  return lookAt(job, report, emulator);
}
