import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { lockRun } from '../../src/ledger/lock.ts';
import type { BatchEntry, RunEntry, ShardEntry } from '../../src/ledger/ledger.ts';
import { openSqlite } from '../../src/ledger/sqlite-driver.ts';
import { ledgerFile, openSqliteLedger } from '../../src/ledger/sqlite.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-ledger-'));
});

const run: RunEntry = {
  id: 'run-1',
  tag: 'abc',
  provider: 'openai',
  account: 'https://api.example',
  description: { model: 'm', nested: { a: [1, null] } },
  state: 'building',
  records: 0,
  fields: [],
  createdAt: 1_790_000_000_123,
};
const shard: ShardEntry = {
  number: 1,
  round: 1,
  file: 'shards/shard-000001.jsonl',
  endpoint: '/v1/chat/completions',
  model: 'm',
  requestCount: 3,
  bytes: 209_715_200,
  sha256: 'ff',
  firstIndex: 0,
  lastIndex: 9_007_199_254_740_000,
  via: 'batch',
  state: 'built',
};
const batch: BatchEntry = {
  id: 'batch_1',
  shard: 1,
  status: 'pending',
  rawStatus: 'validating',
  counts: { total: 3, succeeded: 0, failed: 0 },
  problems: [],
  resultFiles: [],
  createdAt: 1_790_000_000_500,
  canceledByUser: false,
};

describe('the ledger', () => {
  test('gives back what was written, after closing and opening again', async () => {
    const first = await openSqliteLedger(directory);
    await first.beginBuild(run);
    const header = { keys: ['a', 'a_2'], names: ['a', 'a'] };
    await first.endBuild({ records: 3, header, fields: ['x'], shards: [shard], stretches: [{ number: 1, file: 'source/1', recordCount: 3, bytes: 10 }], batches: [] });
    await first.close();
    const second = await openSqliteLedger(directory);
    expect(await second.run()).toEqual({ ...run, state: 'built', records: 3, header, fields: ['x'] });
    expect(await second.shards()).toEqual([shard]);
    expect(await second.stretches()).toEqual([{ number: 1, file: 'source/1', recordCount: 3, bytes: 10 }]);
    await second.close();
  });

  test('follows a shard from intent to results', async () => {
    const ledger = await openSqliteLedger(directory);
    await ledger.beginBuild(run);
    await ledger.endBuild({ records: 3, fields: [], shards: [shard], stretches: [], batches: [] });
    const upload = await ledger.openIntent(1, 'upload', 5);
    expect(await ledger.pendingIntent(1)).toEqual(upload);
    await ledger.recordUpload(upload.id, 1, 'file-1', 6);
    expect(await ledger.pendingIntent(1)).toBeUndefined();
    const create = await ledger.openIntent(1, 'create', 7);
    await ledger.noteAbsent(create.id, 8);
    expect(await ledger.pendingIntent(1)).toEqual({ ...create, absentSince: 8 });
    await ledger.recordCreate(create.id, batch, 9);
    expect(await ledger.shard(1)).toEqual({ ...shard, state: 'submitted', fileId: 'file-1', batchId: 'batch_1' });
    const ended = { ...batch, status: 'ended' as const, rawStatus: 'completed', endedAt: 12, resultFiles: [{ kind: 'output' as const, id: 'file-2' }] };
    await ledger.recordPoll(ended, 'ended', 13);
    expect(await ledger.batches()).toEqual([ended]);
    await ledger.noteCancel('batch_1');
    await ledger.recordPoll(ended, 'ended', 14);
    expect(await ledger.batches()).toEqual([{ ...ended, canceledByUser: true }]);
    await ledger.recordFetch(1, [{ batchId: 'batch_1', shard: 1, kind: 'output', file: 'results/1', bytes: 99 }], 14);
    expect((await ledger.shard(1))?.state).toBe('fetched');
    expect(await ledger.results()).toEqual([{ batchId: 'batch_1', shard: 1, kind: 'output', file: 'results/1', bytes: 99 }]);
    await ledger.close();
  });

  test('a build that begins anew forgets the shards of the one before', async () => {
    const ledger = await openSqliteLedger(directory);
    await ledger.beginBuild(run);
    await ledger.endBuild({ records: 3, fields: [], shards: [shard], stretches: [], batches: [] });
    await ledger.beginBuild({ ...run, id: 'run-2' });
    expect(await ledger.shards()).toEqual([]);
    expect((await ledger.run())?.id).toBe('run-2');
    await ledger.close();
  });

  test('is private to its owner', async () => {
    const ledger = await openSqliteLedger(join(directory, 'run'));
    await ledger.beginBuild(run);
    expect(statSync(join(directory, 'run')).mode & 0o777).toBe(0o700);
    for (const file of [ledgerFile, `${ledgerFile}-wal`]) expect(statSync(join(directory, 'run', file)).mode & 0o777).toBe(0o600);
    await ledger.close();
  });

  test('of a newer version is refused', async () => {
    const ledger = await openSqliteLedger(directory);
    await ledger.beginBuild(run);
    await ledger.close();
    const database = await openSqlite(join(directory, ledgerFile));
    database.prepare('update run set schema_version = 99').run([]);
    database.close();
    await expect(openSqliteLedger(directory)).rejects.toMatchObject({ code: 'ledger_version' });
  });
});

describe('the lock', () => {
  test('keeps a second holder out, by name, until it is given back', async () => {
    const release = await lockRun(directory);
    await expect(lockRun(directory)).rejects.toMatchObject({ code: 'run_locked', message: expect.stringContaining(`process ${process.pid}`) });
    release();
    (await lockRun(directory))();
  });
});
