import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reviews } from './fixtures.ts';
import { describeIdleRetry } from '../../src/cli/retry-note.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

test.concurrent('a run in steps, each in a process of its own', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  const say = async (line: string) => shell(folder, `millrace ${line}`);
  await say("build reviews.csv --emulate --prompt '{{text}}' --id id --dir run --quiet");
  expect(await say('status run')).toEqual({ code: 0, stderr: '', stdout: 'run: openai (emulator)\n3 records, 3 requests\nshards: 1 built\n' });
  const submitted = await say('submit run --quiet --json');
  expect(JSON.parse(submitted.stdout)).toMatchObject({ directory: 'run', records: 3, state: 'waiting', waiting: { for: 'batches', shards: 1 }, shards: { built: 0, submitted: 1 }, batches: [{ rawStatus: 'validating' }] });
  expect(await say('fetch run -o out.csv')).toMatchObject({ code: 1, stderr: expect.stringMatching(/\[not_finished\]\n$/) });
  expect(await say('wait run --poll-interval 100ms')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^run: openai \(emulator\)\n3 records, 3 requests\nshards: 1 ended\n {2}shard 1 {2}batch_\w+ {2}completed {2}3 succeeded, 0 failed of 3\n$/) });
  expect(await say('fetch run --audit audit.jsonl --quiet')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(readFileSync(join(folder, 'audit.jsonl'), 'utf8')).toMatch(/^(\{"record":\d,"customId":"[abc]","attempt":1,"status":"succeeded","batch":"batch_[^\n]+"costUsd":[\d.e-]+\}\n){3}$/);
  const fetched = await say('fetch run -o out.csv --json --quiet');
  expect(JSON.parse(fetched.stdout)).toMatchObject({ records: 3, outcomes: { succeeded: 3 } });
  expect(fetched.code).toBe(0);
  expect(readFileSync(join(folder, 'out.csv'), 'utf8')).toMatch(/\na,"Lovely, really",succeeded,.*\nb,.*\nc,Fine,succeeded,.*,c\n$/);
});

test.concurrent('deadlines: when open batches expire, and how long results are kept', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  const say = async (line: string) => shell(folder, `millrace ${line}`);
  await say("build reviews.csv --provider anthropic --emulate --prompt '{{text}}' --id id --dir run --quiet");
  const sent = await say('submit run --speed 1');
  expect(sent.stderr).toMatch(/submitted as msgbatch_\w+, expires \d{4}-\d\d-\d\dT\d\d:\d\dZ\n/);
  expect(sent.stdout).toMatch(/in_progress {2}0 succeeded, 0 failed of 3, expires (\S+Z)\nresults can be fetched until \S+Z\n$/);
  const { deadlines, batches } = JSON.parse((await say('status run --json')).stdout) as { deadlines: Record<string, string>; batches: { createdAt: string }[] };
  const after = (days: number) => new Date(Date.parse(batches[0]?.createdAt ?? '') + days * 86_400_000).toISOString();
  expect(deadlines).toEqual({ expiresAt: after(1), resultsUntil: after(29) });
  await say('wait run --poll-interval 100ms --quiet');
  expect((await say('status run')).stdout).toMatch(/ended {2}3 succeeded, 0 failed of 3\nresults can be fetched until \S+Z\n$/);
  expect((await say('fetch run --quiet')).code).toBe(0);
  expect(JSON.parse((await say('status run --json')).stdout)).toHaveProperty('deadlines', {});
  expect((await say('status run')).stdout).not.toContain('until');
  expect(await say('cancel run')).toMatchObject({ code: 0, stderr: 'Nothing to cancel: no batch is under way.\n' });
  const retried = await say('retry run');
  expect(retried.stderr).toBe('3 records in 1 shard\nNothing to send again: every record succeeded.\n');
  const quiet = await say('retry run --quiet');
  expect(quiet).toEqual({ code: 0, stdout: retried.stdout, stderr: '' });
  expect(quiet.stdout).toMatch(/^run: anthropic \(emulator\)\n/);
});

test.concurrent('a cancel tells what the provider answered', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  const say = async (line: string) => shell(folder, `millrace ${line}`);
  await say("build reviews.csv --emulate --prompt '{{text}}' --id id --dir run --quiet");
  await say('submit run --speed 1 --quiet');
  const asked = await say('cancel run --speed 1 --json');
  expect(asked).toMatchObject({ code: 0, stderr: expect.stringMatching(/^shard 1: cancel of batch_\w+ requested, it is cancelling\n$/) });
  expect(JSON.parse(asked.stdout)).toMatchObject({ state: 'waiting', batches: [{ status: 'pending', rawStatus: 'cancelling', canceledByUser: true }] });
});

test('a retry that sends nothing says why, and advises no flag that was given', () => {
  const kind = (status: 'unusable' | 'errored', reason: string) => ({ status, reason, count: 2, sample: { index: 0, customId: 'a' } });
  const say = (failure: ReturnType<typeof kind>, flags: Parameters<typeof describeIdleRetry>[1]) => describeIdleRetry({ rounds: [{ round: 1, shards: 1, requests: 3 }], pending: 0, failures: [failure] }, flags);
  expect(say(kind('unusable', 'truncated'), {})).toContain('2 records (truncated): --grow-output asks again');
  expect(say(kind('unusable', 'truncated'), { growOutput: true })).toMatch(/no output limit that could be raised \(give --max-tokens at build\)$/);
  expect(say(kind('unusable', 'truncated'), { growOutput: true, maxAttempts: 1 })).toContain('--max-attempts 1');
  expect(say(kind('unusable', 'invalid'), {})).toContain('--repair asks again');
  expect(say(kind('unusable', 'invalid'), { repair: true })).not.toContain('--repair');
  expect(say(kind('errored', 'invalid_request_error'), {})).toMatch(/refused by the provider, which would refuse it again$/);
});

golden([
  ...['status', 'submit', 'wait', 'fetch', 'retry', 'cancel'].map((verb) => ({ title: 'no run', command: `millrace ${verb} nothing`, code: 1, stderr: 'millrace: nothing holds no run. Build or run one there first. [no_such_run]\n' })),
  {
    title: 'the key of another account',
    files: { 'reviews.csv': reviews },
    command: "millrace build reviews.csv --prompt x --dir run --quiet && millrace submit run --emulate --quiet",
    env: { OPENAI_API_KEY: 'any' },
    code: 1,
    stderr: /^millrace: run holds a run of another job: account was "https:\/\/api\.openai\.com\/v1.*", is "emulator".*\[run_mismatch\]\n$/,
  },
]);
