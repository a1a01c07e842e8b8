import { expect } from 'vitest';

/** How many times larger the large one is. */
const times = 16;

/** CPU time of some work, all threads together: other processes on the machine count little. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * Holds that sixteen times the work takes no more than about sixteen times the time. What grows with the square takes 256 times as long:
 * the bound is far from both. The first time of all is not counted: the code is cold.
 *
 * @param prepare makes what the work of a size takes, and gives the work
 */
export async function expectLinear(large: number, prepare: (size: number) => () => Promise<unknown>): Promise<void> {
  await prepare(large / times)();
  const small = await cpuOf(prepare(large / times));
  expect((await cpuOf(prepare(large))) / small).toBeLessThan(5 * times);
}
