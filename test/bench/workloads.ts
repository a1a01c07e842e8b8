import type { Workload } from './race.ts';
import { buildWorkloads } from './workloads/build.ts';
import { embeddingWorkloads } from './workloads/embeddings.ts';
import { growthWorkloads } from './workloads/growth.ts';
import { joinWorkloads } from './workloads/join.ts';
import { readWorkloads } from './workloads/read.ts';
import { runWorkloads } from './workloads/run.ts';
import { submitWorkloads } from './workloads/submit.ts';

/** All workloads, in the order of the table of targets. */
export const workloads: readonly Workload[] = [...buildWorkloads, ...joinWorkloads, ...embeddingWorkloads, ...readWorkloads, ...submitWorkloads, ...growthWorkloads, ...runWorkloads];
