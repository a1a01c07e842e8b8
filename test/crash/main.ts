import { parseArgs } from 'node:util';
import pLimit from 'p-limit';
import { killBoth } from './emulator-kills.ts';
import { providerNames } from './job.ts';
import { mixedLoad } from './load.ts';
import { instant, randomFrom } from './random.ts';
import { retryFaults, reuseSettingOf, settingOf, type Setting } from './setting.ts';
import { count, killAtEveryBoundary, killInChains, newFigures, type Figures } from './sweep.ts';
import { undisturbedRun, type Kill } from './trial.ts';

// The full kill test. Each provider is tried in three settings, with one model, with two, and with two after an earlier run whose answers are taken over; the counts are for each of them:
// npm run crash -- --seeds 100 --chains 50 --emulator-seeds 30 --records 100000 --provider openai --part boundaries

const parts = ['boundaries', 'chains', 'instants', 'emulator', 'load'];
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    chains: { type: 'string', default: '50' },
    'emulator-seeds': { type: 'string', default: '30' },
    records: { type: 'string', default: '100000' },
    'first-seed': { type: 'string', default: '1' },
    provider: { type: 'string', multiple: true, default: [...providerNames] },
    part: { type: 'string', multiple: true, default: parts },
  },
});
const firstSeed = Number(values['first-seed']);
const seedsFor = (text: string): number[] => Array.from({ length: Number(text) }, (_none, index) => firstSeed + index);
const say = (line: string) => process.stdout.write(`${line}\n`);
/** Longest time that a process lives before it is killed: about as long as a run takes. */
const longestLifeMs = 900;

/** Boundaries of the same name that count: more than a run has. */
const all = 1e9;

let violations = 0;

function tell(part: string, { setting, trials, kills, places, executions, violations: found }: Figures, more = ''): void {
  say(`${part.padEnd(11)} ${setting.padEnd(20)} trials ${String(trials).padStart(4)}  kills ${String(kills).padStart(4)}  places ${String(places.size).padStart(4)}  executions ${String(executions).padStart(6)}  violations ${found.length}${more}`);
  for (const violation of found.slice(0, 20)) say(`    ${violation.slice(0, 600)}`);
  // A test that kills nothing proves nothing.
  violations += found.length + (kills === 0 ? 1 : 0);
}

async function emulatorKills(setting: Setting): Promise<void> {
  const undisturbed = await undisturbedRun(setting);
  const figures = newFigures(setting.name);
  const limit = pLimit(2);
  let kills = 0;
  await Promise.all(
    seedsFor(values['emulator-seeds']).map((seed) =>
      limit(async () => {
        const trial = await killBoth(setting, undisturbed, seed);
        kills += trial.emulatorKills;
        count(figures, trial, `seed ${seed}`);
      }),
    ),
  );
  tell('emulator', figures, `  emulator kills ${kills}`);
}

/** Several boundaries, one process after the other: each seed another chain. */
function boundaryChain(seed: number): Kill[] {
  const random = randomFrom(seed);
  return Array.from({ length: 2 + Math.floor(random() * 4) }, () => ({ at: 1 + Math.floor(random() * 150), sameName: all }));
}

function instantChain(seed: number): Kill[] {
  const random = randomFrom(seed);
  return Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({ afterMs: instant(random, longestLifeMs) }));
}

async function killTests(setting: Setting): Promise<void> {
  const asked = (part: string) => values.part.includes(part);
  if (asked('boundaries')) tell('boundaries', await killAtEveryBoundary(setting, all));
  if (asked('chains')) tell('chains', await killInChains(setting, seedsFor(values.chains).map(boundaryChain)));
  if (asked('instants')) tell('instants', await killInChains(setting, seedsFor(values.seeds).map(instantChain)));
  if (asked('emulator')) await emulatorKills(setting);
}

async function load(provider: (typeof providerNames)[number]): Promise<void> {
  const { report, survived, executions, seconds, violations: found } = await mixedLoad(provider, Number(values.records));
  say(`load        ${provider}: ${report.records} records, ${report.batches} batches, ${executions} executions, ${seconds.toFixed(1)} s, violations ${found.length}`);
  say(`    outcomes ${JSON.stringify(report.outcomes)} results ${JSON.stringify(report.results)}`);
  for (const [fault, hits] of survived) say(`    ${String(hits).padStart(6)}  ${fault}`);
  for (const violation of found.slice(0, 20)) say(`    ${violation}`);
  violations += found.length;
}

for (const provider of providerNames) {
  if (!values.provider.includes(provider)) continue;
  const size = { records: 12, maxRequests: 4, faults: retryFaults };
  for (const models of [1, 2] as const) await killTests(settingOf(provider, { ...size, models }));
  await killTests(reuseSettingOf(provider, { ...size, models: 2 }));
  if (values.part.includes('load')) await load(provider);
}
say(violations === 0 ? 'No violations.' : `${violations} violations.`);
process.exitCode = violations === 0 ? 0 : 1;
