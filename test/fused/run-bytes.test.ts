import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { chat, messages, openRun, run, type OpenRunOptions, type RunOptions, type RunReport, type SinkOptions } from '../../src/index.ts';
import { connect, providers, temporary } from '../run/setting.ts';

const records = 120;
const csvRow = (index: number): string => {
  if (index % 29 === 28) return `row-${index},too,many,fields`;
  if (index % 31 === 30) return `row-${index - 5},"used, before"`;
  if (index % 23 === 22) return `row-${index}`;
  if (index % 19 === 18) return `"row-${index}","needless quotes ${index}"`;
  return `row ${index} é,"He said ""no""\n${index}"`;
};
const jsonlRow = (index: number): string => {
  if (index % 29 === 28) return '{"id": "broken';
  if (index % 31 === 30) return JSON.stringify({ id: `row-${index - 5}`, text: 'used before' });
  if (index % 23 === 22) return `{ "id": "row-${index}", "text": "spaces \\u00e9" }`;
  if (index % 19 === 18) return JSON.stringify({ id: index, text: 'a number' });
  return JSON.stringify({ id: `row-${index}`, text: `He said "no"\n${index} é` });
};
const many = (make: (index: number) => string): readonly string[] => Array.from({ length: records }, (_, index) => make(index));
const sources = {
  'in.csv': `id,text\n${many(csvRow).join('\r\n')}\n`,
  'in.jsonl': `${many(jsonlRow).join('\n')}\n`,
  'in.json': `[${many((index) => JSON.stringify({ id: `row-${index}`, text: `é ${index}` })).join(',\n')}]`,
};

/** What the run wrote, beside the times. */
async function written(directory: string, name: string, write: (sink: string) => Promise<RunReport>): Promise<unknown> {
  const sink = join(directory, name);
  const report = await write(sink);
  const rejects = readFileSync(`${sink}.rejects.jsonl`, 'utf8').split('\n').toSorted();
  return { report: { ...report, startedAt: '', endedAt: '' }, output: readFileSync(sink, 'utf8'), rejects };
}

const cases = [
  ['in.csv', 'out.csv', {}],
  ['in.csv', 'out.tsv', {}],
  ['in.csv', 'out.jsonl', { prefix: 'answer_' }],
  ['in.jsonl', 'out.jsonl', {}],
  ['in.json', 'out.jsonl', {}],
] as const satisfies readonly (readonly [keyof typeof sources, string, SinkOptions])[];

describe.each(providers)('%s', (name) => {
  test.each(cases)('a run from %s to %s writes, counts and rejects as bytes what the stages do', async (file, output, more) => {
    const directory = temporary();
    const source = join(directory, file);
    writeFileSync(source, sources[file]);
    // Some attempts fail, some answers are odd, some records are never answered.
    const emulator = await startEmulator({ faults: ['row=3,17,40 attempts=1 error=500', 'row=5 error=400', 'row=9,50 truncated', 'row=11 missing', 'row=21 refused', 'row=33 attempts=1 duplicate=different', 'row=34 attempts=1 malformed'] });
    try {
      const driving: OpenRunOptions = { provider: connect(name, emulator.url), pollIntervalMs: 250, graceMs: 50 };
      const request = name === 'openai' ? chat({ model: 'gpt-4o-mini', prompt: '{{text}}' }) : messages({ model: 'claude-haiku-4-5', maxTokens: 100, prompt: '{{text}}' });
      const options: RunOptions = { ...driving, source, directory: join(directory, 'run'), customId: 'id', request, limits: { maxRequests: 37 } };
      const bytes = await written(directory, output, (sink) => run({ ...options, ...more, sink }));
      // A check looks at records, so these are made.
      const job = await openRun(options.directory, { ...driving, check: () => true });
      expect(await written(directory, `stages-${output}`, (sink) => job.write(sink, more))).toEqual(bytes);
      expect(bytes).toMatchObject({ report: { outcomes: { succeeded: expect.toSatisfy((count) => Number(count) > 90) } } });
    } finally {
      await emulator.close();
    }
  });
});
