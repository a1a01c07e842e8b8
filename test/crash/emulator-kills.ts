import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmulator, type EmulatorOptions } from '../../src/emulator/server.ts';
import { startChild, startProgram, type ChildEnd } from './children.ts';
import type { Left } from './check.ts';
import type { Job } from './job.ts';
import { instant, randomFrom } from './random.ts';
import { temporary, type Setting } from './setting.ts';
import { judge, type Trial } from './trial.ts';

/** Longest time that a process of either side lives in a trial, in milliseconds. */
const longestLifeMs = 700;
const lives = 4;

/** Kills the run and the emulator, each at its own random instants; both are started again, and the run goes on. */
export async function killBoth(setting: Setting, undisturbed: Left, seed: number): Promise<Trial & { readonly emulatorKills: number }> {
  const [directory, folder] = [temporary(), temporary()];
  const random = randomFrom(seed);
  const first = await startServer({ ...setting.emulator, directory });
  const options = { ...setting.emulator, directory, port: first.port };
  try {
    const job = { ...setting, url: `http://127.0.0.1:${first.port}`, folder };
    const ends: ChildEnd[] = [];
    const children = killChildren(job, random, ends);
    const emulatorKills = await killServers(first, options, random, children);
    const emulator = await startEmulator(options);
    try {
      return { ends, emulatorKills, ...(await judge(job, emulator, ends, undisturbed)) };
    } finally {
      await emulator.close();
    }
  } finally {
    rmSync(directory, { recursive: true });
    rmSync(folder, { recursive: true });
  }
}

async function killChildren(job: Job, random: () => number, ends: ChildEnd[]): Promise<void> {
  for (let life = 0; life < lives; life += 1) ends.push(await startChild(job, { afterMs: instant(random, longestLifeMs) }));
}

/** Kills one emulator after the other, as long as there are runs that talk to it. */
async function killServers(first: Server, options: EmulatorOptions, random: () => number, children: Promise<void>): Promise<number> {
  const ended = children.then(() => true);
  let server = first;
  for (let kills = 1; ; kills += 1) {
    const isOver = await Promise.race([delay(instant(random, longestLifeMs), false), ended]);
    await server.kill();
    if (isOver) return kills;
    server = await startServer(options);
  }
}

interface Server {
  readonly port: number;
  kill(): Promise<unknown>;
}

function startServer(options: EmulatorOptions): Promise<Server> {
  return new Promise((resolve, reject) => {
    const { child, said, ended } = startProgram('server', options, (output) => {
      const [, port] = /^listening (\d+)$/m.exec(output) ?? [];
      if (port === undefined) return;
      const kill = () => {
        child.kill('SIGKILL');
        return ended;
      };
      resolve({ port: Number(port), kill });
    });
    ended.then(() => reject(new Error(`The emulator failed: ${said()}`)), reject);
  });
}
