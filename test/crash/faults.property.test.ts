import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { MillraceError, run, type RunReport } from '../../src/index.ts';
import { connect, optionsOf, providerNames, sinkOf, type Job, type ProviderName } from './job.ts';
import { settingOf } from './setting.ts';

const records = 6;
/** More than any script can use up. */
const mostResumes = 60;
/** Longest real time of one try. */
const patienceMs = 15_000;

/** Time for both sides, a hundred times as fast: waits between tries are not what is tested here. */
const began = Date.now();
const clock = {
  now: () => began + (Date.now() - began) * 100,
  async sleep(ms: number, signal?: AbortSignal) {
    await delay(ms / 100, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
  },
};

/** A rule on calls that wears off: whatever it does, a call made often enough gets through. */
function callFault(provider: ProviderName): fc.Arbitrary<string> {
  const download = provider === 'openai' ? 'openai.files.content' : 'anthropic.batches.results';
  const calls = ['*', `${provider}.batches.create`, `${provider}.batches.list`, `${provider}.batches.retrieve`, download, ...(provider === 'openai' ? ['openai.files.create', 'openai.files.list'] : [])];
  const actions = ['answer=429 retry-after=0', 'answer=500', 'answer=503 when=after', 'answer=502 html', 'answer=401', 'answer=404', 'answer=400', 'reset=before', 'reset=after', 'reset=during', 'end=40', 'end=40 announced=short', 'length=-5'];
  return fc.tuple(fc.constantFrom(...calls), fc.constantFrom(...actions), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 12 })).map(([route, action, times, nth]) => `${route} ${action} ${times === 1 ? `nth=${nth}` : `times=${times}`}`);
}

const batchFaults = ['expire=0.5', 'expire=0', 'cancel=0.5', 'counts=never', 'late=10m', 'hidden for=20m', 'status=paused for=10m', 'stuck=in_progress for=10m', 'gone=deleted'];
/** Where time and count are all that a lost batch can be told by, its counters always sum to its requests (Message Batches reference, 4). */
const wrongCounts = ['counts=more', 'counts=fewer'];

const batchFault = (provider: ProviderName) =>
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(...batchFaults, ...(provider === 'openai' ? wrongCounts : [])))
    .map(([batch, action]) => `batch=${batch} ${action}`);

const rowFault = fc.tuple(
  fc.constantFrom('', 'attempts=1', 'attempts=2'),
  fc.constantFrom('probability=0.3', 'row=1', 'row=2'),
  fc.constantFrom('error=429', 'error=500', 'error=400', 'missing', 'duplicate=equal', 'duplicate=different', 'orphan', 'malformed', 'blank', 'crlf', 'long=5000', 'cut=20', 'zero', 'filtered', 'truncated', 'refused', 'empty'),
).map((words) => (words[2].startsWith('cut') ? words[2] : words.filter((word) => word !== '').join(' ')));

const script = (provider: ProviderName) => fc.tuple(fc.array(callFault(provider), { maxLength: 5 }), fc.array(batchFault(provider), { maxLength: 2 }), fc.array(rowFault, { maxLength: 4 })).map((faults) => faults.flat());

/** Runs again and again, as somebody would who repeats the command, until it ends. */
async function resumeUntilDone(job: Job): Promise<RunReport> {
  const failures: string[] = [];
  while (failures.length < mostResumes) {
    try {
      return await run({ ...optionsOf(job), breaksCircuit: false, pollIntervalMs: 2000, absenceMs: 10_000, clock, signal: AbortSignal.timeout(patienceMs) });
    } catch (error) {
      // What is no answer of ours to a fault is a bug.
      if (!(error instanceof MillraceError) || error.code === 'inconsistent_report') throw error;
      failures.push(error.message);
    }
  }
  throw new Error(`The run never ends: ${failures.slice(-3).join(' / ')}`);
}

test.each(providerNames)('%s: whatever goes wrong, after enough resumes every record has exactly one outcome', { timeout: 300_000 }, async (provider) => {
  const setting = settingOf(provider, { records, maxRequests: 3, models: 1, faults: [] });
  await fc.assert(
    fc.asyncProperty(script(provider), async (faults) => {
      const emulator = await startEmulator({ speed: 4000, clock, faults });
      const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'));
      try {
        const job = { ...setting, url: emulator.url, folder };
        const report = await resumeUntilDone(job);
        expect(Object.values(report.outcomes).reduce((sum, count) => sum + count, 0)).toBe(report.records);
        expect(report.records).toBe(records + 1);
        const ids = readFileSync(sinkOf(job), 'utf8').trimEnd().split('\n').slice(1).map((row) => row.split(',')[0]);
        expect(ids).toEqual([...Array.from({ length: records }, (_none, index) => `r-${index}`), 'r-0']);
        // What is left of the script must not disturb the one who looks.
        emulator.setFaults([]);
        let batches = 0;
        for await (const { rawStatus } of connect(job).list()) if (!rawStatus.startsWith('cancelling')) batches += 1;
        expect(batches).toBe(report.batches);
      } finally {
        await emulator.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 12, seed: 1, endOnFailure: true },
  );
});
