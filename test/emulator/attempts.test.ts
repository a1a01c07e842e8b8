import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Attempts } from '../../src/emulator/attempts.ts';
import { Executions } from '../../src/emulator/executions.ts';

test('two batches that are worked on at the same time both count the attempts before them', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-attempts-'));
  const executions = new Executions(directory);
  await executions.open();
  const log = await executions.begin('first', join(directory, 'scratch'));
  await log.add({ provider: 'openai', batchId: 'first', customId: 'r-1', hash: '0', status: 429 });
  await log.commit();
  await log.close();
  const attempts = new Attempts(executions, () => true);
  const both = ['second', 'third'].map(async (batchId) => (await attempts.forBatch(batchId))('r-1'));
  expect(await Promise.all(both)).toEqual([2, 2]);
  await rm(directory, { recursive: true });
});
