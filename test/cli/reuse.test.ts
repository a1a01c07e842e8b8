import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunReport } from '../../src/index.ts';
import { folderWith, shell } from './shell.ts';

const rows = (from: number, to: number, word = '') => Array.from({ length: to - from }, (_none, at) => `r-${from + at},text ${from + at}${word}`);
const table = (lines: readonly string[]) => `${['id,text', ...lines].join('\n')}\n`;

test.each(['openai', 'anthropic'])('%s: the next month pays for what is new or changed, and says so', async (provider) => {
  const october = rows(0, 40);
  const folder = folderWith({ 'october.csv': table(october), 'november.csv': table([...rows(0, 2, '!'), ...october.slice(2), ...rows(40, 44)]) });
  const asked = `--provider ${provider} --emulate --prompt 'Say {{text}}' --id id`;
  const quickly = '--speed 40000 --poll-interval 50ms';
  expect(await shell(folder, `millrace run october.csv ${asked} ${quickly} --dir runs/october -o october.out.csv --json`)).toMatchObject({ code: 0 });
  const next = `november.csv ${asked} --reuse runs --dedupe`;
  const dry = await shell(folder, `millrace run ${next} --dry-run --json`);
  expect(JSON.parse(dry.stdout)).toMatchObject({ records: 44, requests: 6, reused: 38, deduplicated: 0 });
  const built = await shell(folder, `millrace build ${next} --dir runs/november`);
  expect(built).toMatchObject({ code: 0, stderr: expect.stringContaining('44 records: 6 requests in 1 shard under runs/november; 38 reused\n') as unknown });
  const ran = await shell(folder, `millrace run ${next} ${quickly} --dir runs/november -o november.out.jsonl --report report.json`);
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringMatching(/\nanswers +6 fresh, 38 reused, 0 deduplicated\n[^]*\ncost +\$0\.\d+ \(estimated \$0\.\d+, \$0\.\d+ saved\)\n/) as unknown });
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as RunReport;
  expect(report).toMatchObject({ origins: { fresh: 6, reused: 38, deduplicated: 0 }, attempts: 6, outcomes: { succeeded: 44 } });
  expect((await shell(folder, 'millrace status runs/november')).stdout).toContain('answers: 6 fresh, 38 reused, 0 deduplicated');
  expect(readFileSync(join(folder, 'november.out.jsonl'), 'utf8').split('"origin":"reused"')).toHaveLength(39);
});

test('a config names the runs, one or several; files alone are no run', async () => {
  const folder = folderWith({ 'a.csv': table(rows(0, 3)), 'millrace.config.json': '{"prompt":"Say {{text}}","emulate":true,"speed":40000,"pollInterval":"50ms"}' });
  expect(await shell(folder, 'millrace run a.csv --dir runs/first -o a.jsonl')).toMatchObject({ code: 0 });
  for (const reuse of ['runs/first', ['runs/first']]) {
    writeFileSync(join(folder, 'next.json'), JSON.stringify({ prompt: 'Say {{text}}', emulate: true, speed: 40_000, pollInterval: '50ms', reuse, dedupe: true }));
    const ran = await shell(folder, `millrace run a.csv --config next.json --dir runs/${Array.isArray(reuse) ? 'third' : 'second'} -o b.jsonl --json`);
    expect(JSON.parse(ran.stdout)).toMatchObject({ origins: { fresh: 0, reused: 3, deduplicated: 0 }, cost: { usd: 0 } });
  }
  expect(await shell(folder, 'millrace build a.csv --reuse runs/first -o shards')).toMatchObject({ code: 2, stderr: expect.stringContaining('--reuse and --dedupe are for runs') as unknown });
  expect(await shell(folder, 'millrace run a.csv --reuse nowhere --dir runs/fourth -o c.jsonl')).toMatchObject({ code: 1, stderr: expect.stringContaining('nowhere (--reuse) holds no run') as unknown });
});
