import { createWriteStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { folderWith, shell } from '../cli/shell.ts';

const records = 200_000;
const prose = 'A review that somebody wrote, neither short nor long, of something that was bought. '.repeat(5);

test('a source larger than the memory: 200,000 records are built under --max-old-space-size=64 (A10, pain 7)', async () => {
  const folder = folderWith({});
  const lines = function* (): Generator<string> {
    for (let index = 0; index < records; index += 1) yield `${JSON.stringify({ id: `r${index}`, text: `${index} ${prose}` })}\n`;
  };
  await pipeline(Readable.from(lines()), createWriteStream(join(folder, 'reviews.jsonl')));
  expect(statSync(join(folder, 'reviews.jsonl')).size).toBeGreaterThan(64 * 1024 * 1024);
  const { code, stderr } = await shell(folder, "millrace build reviews.jsonl --model gpt-5-mini --prompt '{{text}}' --id id --dir run --quiet", { env: { NODE_OPTIONS: '--max-old-space-size=64' } });
  expect([code, stderr]).toEqual([0, '']);
  const shards = readdirSync(join(folder, 'run/shards'));
  expect(shards).toHaveLength(4);
});
