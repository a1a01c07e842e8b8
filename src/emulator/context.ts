import { seedOf } from './random.ts';
import type { Settings } from './options.ts';
import type { Executions } from './executions.ts';
import type { Faults } from './faults.ts';
import type { Store } from './store.ts';

/** What every part of a running emulator shares. */
export interface EmulatorContext {
  readonly settings: Settings;
  readonly store: Store;
  readonly faults: Faults;
  readonly executions: Executions;
}

/** Where in its batch's work a row comes, 0 to 1: rows do not finish in input order. Depends on batch and row alone. */
export function placeOf(seed: number, batchId: string, row: number): number {
  return seedOf(seed, 'place', batchId, row) / 4_294_967_296;
}
