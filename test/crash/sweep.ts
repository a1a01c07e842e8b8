import pLimit from 'p-limit';
import { tryKills, undisturbedRun, type Kill, type Trial } from './trial.ts';
import type { Setting } from './setting.ts';

/** Processes under way at a time. */
const width = 3;

/** What many trials of one setting came to. */
export interface Figures {
  readonly setting: string;
  trials: number;
  /** Processes that were killed. */
  kills: number;
  /** Different boundaries among the places they were killed at. */
  readonly places: Set<string>;
  /** Requests executed, over all trials. */
  executions: number;
  /** What was wrong, and after which kills. */
  readonly violations: string[];
}

export function newFigures(setting: string): Figures {
  return { setting, trials: 0, kills: 0, places: new Set(), executions: 0, violations: [] };
}

/** Adds a trial to the figures. */
export function count(figures: Figures, { ends, violations, executions }: Trial, how: string): void {
  const places = ends.flatMap(({ killedAt }) => killedAt ?? []);
  figures.trials += 1;
  figures.kills += places.length;
  figures.executions += executions;
  for (const place of places) figures.places.add(place);
  for (const violation of violations) figures.violations.push(`[${how}; ${places.join(' / ')}] ${violation}`);
}

/**
 * Kills a run at its first boundary, then a fresh one at its second, and so on, until one comes to its end. How many there are
 * differs a little from run to run, since calls overtake each other.
 *
 * @param sameName how many boundaries of the same name count
 */
export async function killAtEveryBoundary(setting: Setting, sameName: number): Promise<Figures> {
  const undisturbed = await undisturbedRun(setting);
  const figures = newFigures(setting.name);
  let next = 1;
  let hasEnded = false;
  const worker = async () => {
    while (!hasEnded) {
      const at = next++;
      const trial = await tryKills(setting, undisturbed, [{ at, sameName }]);
      hasEnded ||= trial.ends.some(({ passed }) => passed !== undefined);
      count(figures, trial, `boundary ${at}`);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return figures;
}

/** Makes a trial for each chain of kills. */
export async function killInChains(setting: Setting, chains: readonly (readonly Kill[])[]): Promise<Figures> {
  const undisturbed = await undisturbedRun(setting);
  const figures = newFigures(setting.name);
  const limit = pLimit(width);
  await Promise.all(
    chains.map((kills) =>
      limit(async () => {
        const how = kills.map((kill) => ('at' in kill ? `boundary ${kill.at}` : `${kill.afterMs} ms`)).join(', ');
        count(figures, await tryKills(setting, undisturbed, kills), how);
      }),
    ),
  );
  return figures;
}
