import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { joinAll } from './joining.ts';

const directory = mkdtempSync(joinPath(tmpdir(), 'millrace-property-'));
afterAll(() => rmSync(directory, { recursive: true }));

const anyId = fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), fc.nat({ max: 50 }).map(String));
const fates = ['stop', 'length', 'content_filter', 'empty', 'http', 'expired', 'canceled', 'anthropic', 'none'] as const;
type Fate = (typeof fates)[number];

function lineFor(id: string, fate: Fate): string | undefined {
  const answered = (content: string, reason: string): object => ({ response: { status_code: 200, body: { choices: [{ message: { content }, finish_reason: reason }] } }, error: null });
  const lines: Partial<Record<Fate, object>> = {
    empty: answered('', 'stop'),
    http: { response: { status_code: 400, body: { error: { message: 'no', code: 'bad' } } }, error: null },
    expired: { response: null, error: { code: 'batch_expired', message: 'late' } },
    canceled: { response: null, error: { code: 'batch_cancelled', message: 'stopped' } },
    anthropic: { result: { type: 'succeeded', message: { content: [{ type: 'text', text: `to ${id}` }], stop_reason: 'end_turn' } } },
  };
  return fate === 'none' ? undefined : JSON.stringify({ custom_id: id, ...(lines[fate] ?? answered(`to ${id}`, fate)) });
}

const expectedOutcome: Record<Fate, string> = {
  stop: 'succeeded',
  anthropic: 'succeeded',
  length: 'unusable',
  content_filter: 'unusable',
  empty: 'unusable',
  http: 'errored',
  expired: 'expired',
  canceled: 'canceled',
  none: 'missing',
};

const anySource = fc.uniqueArray(fc.record({ id: anyId, fate: fc.constantFrom(...fates) }), { selector: ({ id }) => id, minLength: 1, maxLength: 12 });

/** Deals the lines out over as many files as there are numbers, the numbers deciding which. */
function writeFiles(lines: readonly string[], numbers: readonly number[], ending: string): string[] {
  return numbers.map((_, file) => {
    const part = lines.filter((_line, position) => (numbers[position % numbers.length] ?? 0) % numbers.length === file);
    const path = joinPath(directory, `${file}.jsonl`);
    writeFileSync(path, part.join(ending));
    return path;
  });
}

it('gives the same output for any order of result lines and any split of them over files', async () => {
  await fc.assert(
    fc.asyncProperty(
      anySource.chain((source) => {
        const lines = source.flatMap(({ id, fate }) => lineFor(id, fate) ?? []);
        return fc.record({
          source: fc.constant(source),
          lines: fc.shuffledSubarray(lines, { minLength: lines.length }),
          numbers: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
          ending: fc.constantFrom('\n', '\r\n', '\n\n'),
          strangers: fc.nat({ max: 2 }),
        });
      }),
      async ({ source, lines, numbers, ending, strangers }) => {
        const foreign = Array.from({ length: strangers }, (_, number) => `{"custom_id":"stranger number ${number}","response":null,"error":{"code":"x"}}`);
        const results = writeFiles([...foreign, ...lines], numbers, ending);
        const { joined, report, error, rejections } = await joinAll(source, { results, customId: 'id' });
        expect(report.results).toMatchObject({ lines: lines.length + strangers, orphans: strangers, duplicates: 0 });
        expect(rejections).toHaveLength(strangers);
        if (lines.length === 0 && strangers > 0) {
          expect(error).toMatchObject({ code: 'no_match' });
          return;
        }
        expect(error).toBeUndefined();
        expect(joined.map(({ record }) => record.value)).toEqual(source);
        expect(joined.map(({ outcome }) => outcome.status)).toEqual(source.map(({ fate }) => expectedOutcome[fate]));
        expect(joined.map(({ outcome }) => outcome.customId)).toEqual(source.map(({ id }) => id));
        const counts = Object.values(report.outcomes).reduce((sum, count) => sum + count, 0);
        expect([counts, report.records]).toEqual([source.length, source.length]);
      },
    ),
    { seed: 1, numRuns: 150 },
  );
});

it('gives every record exactly one outcome, also where ids repeat or are not there', async () => {
  const results = joinPath(directory, 'all.jsonl');
  writeFileSync(results, Array.from({ length: 50 }, (_, id) => lineFor(String(id), 'stop')).join('\n'));
  const anyRecord = fc.record({ id: fc.oneof(fc.nat({ max: 60 }).map(String), fc.constantFrom('', null, undefined, true)) });
  await fc.assert(
    fc.asyncProperty(fc.array(anyRecord), async (source) => {
      const { joined, report, error } = await joinAll([{ id: '0' }, ...source], { results, customId: 'id' });
      expect(error).toBeUndefined();
      expect(joined.map(({ record }) => record.index)).toEqual([...joined.keys()]);
      expect(report.records).toBe(source.length + 1);
      const answered = joined.filter(({ outcome }) => outcome.status === 'succeeded').map(({ outcome }) => outcome.customId);
      expect(new Set(answered).size).toBe(answered.length);
      expect(report.results.orphans + answered.length).toBe(50);
    }),
    { seed: 1, numRuns: 60 },
  );
});
