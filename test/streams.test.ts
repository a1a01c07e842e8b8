import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { sourceRecord } from '../src/records/record.ts';
import { transform, type ObjectTransform } from '../src/streams.ts';

async function run<Out>(chunks: Iterable<unknown>, stage: ObjectTransform<never, Out>): Promise<Out[]> {
  const seen: Out[] = [];
  await pipeline(Readable.from(chunks), stage, async (outputs) => {
    for await (const output of outputs) seen.push(output);
  });
  return seen;
}

describe('transform', () => {
  test('yields none, one or many in order, and what final adds', async () => {
    const repeat = transform<number, string>(
      function* (count) {
        for (let times = 0; times < count; times += 1) yield `${count}`;
      },
      { final: () => ['end'] },
    );
    expect(await run([2, 0, 1], repeat)).toEqual(['2', '2', '1', 'end']);
  });

  test('between record stages it sees values and yields records, numbered anew, with their line', async () => {
    const split = transform<{ text: string }, { text: string }>(function* (page) {
      for (const text of page.text.split('|')) yield { ...page, text };
    });
    const records = [sourceRecord(0, { text: 'a|b' }, 2), sourceRecord(5, { text: 'c' }, 9)];
    expect(await run(records, split)).toEqual([
      { index: 0, value: { text: 'a' }, line: 2 },
      { index: 1, value: { text: 'b' }, line: 2 },
      { index: 2, value: { text: 'c' }, line: 9 },
    ]);
  });

  test('a plain value that looks like a record is a value', async () => {
    const same = transform<unknown, unknown>((chunk) => [chunk]);
    expect(await run([{ index: 7, value: 1 }], same)).toEqual([{ index: 7, value: 1 }]);
  });

  test('many outputs of one chunk wait for the reader', async () => {
    let made = 0;
    const endless = transform<number, number>(function* () {
      for (;;) yield made++;
    });
    Readable.from([0]).pipe(endless);
    for await (const output of endless) if (output === 50) break;
    expect(made).toBeLessThan(200);
  });

  test('the generator is closed when the stream is destroyed, and its error ends the stream', async () => {
    let closed = false;
    const endless = transform<number, number>(function* () {
      try {
        for (;;) yield 1;
      } finally {
        closed = true;
      }
    });
    Readable.from([0]).pipe(endless);
    for await (const output of endless) if (output === 1) break;
    await new Promise(setImmediate);
    expect(closed).toBe(true);
    const failing = transform<number, number>(() => {
      throw new Error('bad chunk');
    });
    await expect(run([1], failing)).rejects.toThrow('bad chunk');
  });
});
