import type { RunStatus } from '../report/snapshot.ts';
import { standingOf, type Waiting } from '../runs/run-state.ts';
import type { Action, Activity } from './activities.ts';

/** A run in the list of the page. */
export interface RunSummary {
  /** What the page calls it by, in addresses: its name, made safe for them. */
  readonly id: string;
  readonly name: string;
  /** Changes whenever there is more to see. */
  readonly stamp: string;
  /** Left out where the directory cannot be read. */
  readonly status?: Pick<RunStatus, 'provider' | 'account' | 'state' | 'records' | 'shards' | 'requests' | 'deadlines'>;
  /** Why it cannot be read. */
  readonly problem?: string;
  /** What it waits for, in words. */
  readonly waitsFor: string;
  /** What can be done with it now. */
  readonly actions: readonly Action[];
  readonly activity?: Activity;
}

const waits: Readonly<Record<Waiting['for'], string>> = { run: 'its build, which was cut off or goes on', submit: 'being sent', batches: 'the provider', fetch: 'its results being fetched' };

/** What a run waits for. Pure. */
export function waitsFor(status: Parameters<typeof standingOf>[0]): string {
  const { waiting } = standingOf(status);
  return waiting ? waits[waiting.for] : 'nothing';
}

/** What can be done with a run. Pure. */
export function actionsFor({ state, shards }: Pick<RunStatus, 'state' | 'shards'>, isBusy: boolean): Action[] {
  if (state === 'building') return [];
  const cancel: Action[] = shards.submitted > 0 ? ['cancel'] : [];
  if (isBusy) return cancel;
  const isFinished = shards.built + shards.uploaded + shards.submitted + shards.ended === 0;
  return [...(isFinished ? (['retry'] as const) : (['resume'] as const)), ...cancel];
}
