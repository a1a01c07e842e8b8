import type { Workload } from './race.ts';
import { buildWorkloads } from './workloads/build.ts';
import { joinWorkloads } from './workloads/join.ts';

/** All workloads, in the order of the table of targets. */
export const workloads: readonly Workload[] = [...buildWorkloads, ...joinWorkloads];
