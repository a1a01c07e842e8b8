import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { join, type JoinStage } from '../../src/join/join.ts';
import type { JoinOptions } from '../../src/join/joiner.ts';
import type { JoinedRecord, Outcome } from '../../src/join/outcome.ts';
import type { AnyValue, Rejection } from '../../src/records/record.ts';
import { ReportBuilder, type RunReport } from '../../src/report/report.ts';

export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

export interface Joining {
  readonly joined: JoinedRecord[];
  readonly outcomes: Readonly<Record<string, Outcome>>;
  readonly rejections: Rejection[];
  readonly report: RunReport;
  /** What the pipeline failed with. */
  readonly error: unknown;
}

/** Runs records through the stage and gathers everything that comes of it. */
export async function joinAll(source: Iterable<unknown>, options: JoinOptions): Promise<Joining> {
  const builder = new ReportBuilder();
  const joined: JoinedRecord[] = [];
  const rejections: Rejection[] = [];
  const stage: JoinStage<AnyValue> = join({ onReject: (rejection) => rejections.push(rejection), ...options, report: builder });
  let error: unknown;
  try {
    await pipeline(Readable.from(source), stage, async (records: AsyncIterable<JoinedRecord>) => {
      for await (const record of records) joined.push(record);
    });
  } catch (thrown) {
    error = thrown;
  }
  const report = builder.build({ shards: 0, batches: 0, attempts: 0, startedAt: 0, endedAt: 1000 });
  const outcomes = Object.fromEntries(joined.map(({ outcome }) => [outcome.customId, outcome]));
  return { joined, outcomes, rejections, report, error };
}

/** Records `{id: prefix-1}` to `{id: prefix-count}`. */
export function records(prefix: string, count: number): { readonly id: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${prefix}-${index + 1}` }));
}
