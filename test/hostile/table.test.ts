import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { OutcomeStatus } from '../../src/index.ts';
import { readJsonl } from '../run/setting.ts';
import { callsOf, connect, countBatches, execute, job, paidTwice, providers, routes, rows, startHostile, ways, type Job, type ProviderName, type Way } from './setting.ts';
import { creating, downloading, ending, lines, polling, uploading, type Hostility } from './table.ts';

const none: Record<OutcomeStatus, number> = { succeeded: 0, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 };

/** The records in order, each with one outcome, and the same sums as the report. */
function checkSink({ sink }: Job, outcomes: Record<OutcomeStatus, number>): void {
  const written = readJsonl(sink) as { id: string; result: { status: OutcomeStatus; customId: string } }[];
  expect(written.map(({ id }) => id)).toEqual(rows(10).map(({ id }) => id));
  const counted = { ...none };
  for (const { id, result } of written) {
    expect(result.customId).toBe(id);
    counted[result.status] += 1;
  }
  expect(counted).toEqual(outcomes);
}

async function prove(name: ProviderName, way: Way, hostility: Hostility): Promise<void> {
  const { faults, options, timeoutMs, creates = 1, batches = creates, outcomes = { succeeded: 10 }, reasons, lines: found = {}, rejects = [], downloads } = hostility;
  const { emulator, clock } = await startHostile(typeof faults === 'function' ? faults(name) : faults);
  try {
    const options_ = job(name, emulator, clock, { ...options, ...(timeoutMs === undefined ? {} : { provider: connect(name, emulator.url, { timeoutMs }) }) });
    const report = await execute(way, options_);
    const whole = { ...none, ...outcomes };
    expect(report).toMatchObject({ records: 10, outcomes: whole, ...(reasons ? { reasons } : {}) });
    expect(report.results).toMatchObject({ orphans: 0, duplicates: 0, unparsable: 0, unrecognized: 0, ...found });
    checkSink(options_, whole);
    if (creates >= 0) expect(callsOf(emulator, routes.create[name])).toBe(creates);
    if (hostility.uploads !== undefined) expect(callsOf(emulator, 'openai.files.create')).toBe(hostility.uploads);
    if (batches >= 0) expect(await countBatches(connect(name, emulator.url))).toBe(batches);
    expect(await paidTwice(emulator)).toBe(hostility.paidTwice ?? 0);
    const side = `${options_.sink}.rejects.jsonl`;
    expect(existsSync(side) ? readJsonl(side).map(({ code }) => code) : []).toEqual(rejects);
    const expected = downloads && ('length' in downloads ? downloads : downloads[name]);
    if (expected) expect(emulator.calls().filter(({ route }) => route === routes.results[name]).map(({ status }) => status)).toEqual(expected);
    for (const { rule, hits } of emulator.faults()) expect([rule, hits > 0]).toEqual([rule, true]);
  } finally {
    await emulator.close();
  }
}

describe.each(providers)('%s', (name) => {
  describe.each(ways)('by %s', (way) => {
    const meant = (table: readonly Hostility[]) => table.filter(({ only = name }) => only === name);
    const tables = { creating, uploading, polling, ending, downloading, lines };
    for (const [title, table] of Object.entries(tables)) {
      if (meant(table).length === 0) continue;
      describe(title, () => {
        test.concurrent.each(meant(table))('$title', (hostility) => prove(name, way, hostility));
      });
    }
  });
});
