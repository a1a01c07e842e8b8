import { readdirSync, readFileSync } from 'node:fs';
import type { Emulator } from '../../src/emulator/server.ts';
import type { RunReport } from '../../src/index.ts';
import { connect, rejectsOf, sinkOf, type Job } from './job.ts';

/** What a run left behind, here and at the provider. */
export interface Left {
  readonly output: string;
  readonly rejects: string;
  readonly report: RunReport;
  /** `custom_id`, body and status of every request that was executed, sorted. */
  readonly executions: readonly string[];
  /** Number of requests and status of every batch at the provider, sorted. */
  readonly batches: readonly string[];
  /** Every file of the run, sorted. */
  readonly files: readonly string[];
}

/** Looks at everything after a run. */
export async function lookAt(job: Job, report: RunReport, emulator: Emulator): Promise<Left> {
  const executions: string[] = [];
  for await (const { customId, hash, status } of emulator.executions()) executions.push(`${customId} ${hash} ${status}`);
  const batches: string[] = [];
  for await (const { counts, rawStatus } of connect(job).list()) batches.push(`${rawStatus}, ${counts.succeeded + counts.failed} requests`);
  const files = readdirSync(job.folder, { recursive: true, encoding: 'utf8' });
  return {
    output: readFileSync(sinkOf(job), 'utf8'),
    rejects: readFileSync(rejectsOf(job), 'utf8'),
    report,
    executions: executions.toSorted(),
    batches: batches.toSorted(),
    files: files.toSorted(),
  };
}

/** What is wrong after a run that was killed, by what an undisturbed one left; nothing if all is well. */
export function violationsIn(left: Left, undisturbed: Left): string[] {
  const violations: string[] = [];
  const expectSame = (what: string, now: unknown, then: unknown) => {
    if (JSON.stringify(now) !== JSON.stringify(then)) violations.push(`${what}: ${JSON.stringify(now)} instead of ${JSON.stringify(then)}`);
  };
  const paid = left.executions.filter((execution) => execution.endsWith(' 200'));
  const twice = paid.filter((execution, at) => paid[at - 1] === execution);
  if (twice.length > 0) violations.push(`paid twice: ${twice.join(', ')}`);
  expectSame('executions', left.executions, undisturbed.executions);
  expectSame('batches', left.batches, undisturbed.batches);
  expectSame('output', left.output, undisturbed.output);
  expectSame('rejects', left.rejects, undisturbed.rejects);
  expectSame('report', countsOf(left.report), countsOf(undisturbed.report));
  const sum = Object.values(left.report.outcomes).reduce((total, count) => total + count, 0);
  if (sum !== left.report.records) violations.push(`outcomes add up to ${sum} of ${left.report.records} records`);
  const leftovers = left.files.filter((file) => !undisturbed.files.includes(file) && !isExplained(file));
  if (leftovers.length > 0) violations.push(`leftovers: ${leftovers.join(', ')}`);
  return violations;
}

function countsOf({ startedAt: _started, endedAt: _ended, ...counts }: RunReport): object {
  return counts;
}

/**
 * The sink is written beside its name; a process that is killed meanwhile cannot remove that, and another one must not. SQLite removes the
 * files beside a ledger when it can lock it alone, which the remains of a killed process may still prevent.
 */
function isExplained(file: string): boolean {
  return /^\.out\.csv\.[0-9a-f]{12}\.tmp$|\/ledger\.sqlite-(?:shm|wal)$/.test(file);
}
