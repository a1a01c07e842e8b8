import { expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import { chatLines, clientsOf, createBatch, failureOf, HOUR, MINUTE, rowsOf, start, textOf, upload } from './harness.ts';

test('a batch walks from validating to completed by the clock, with every field from the first answer', async () => {
  const { openai, clock } = await start();
  const file = await upload(openai, chatLines(100));
  const created = await openai.batches.create({
    input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h', metadata: { run: 'r1' },
  });
  const createdAt = Math.floor(clock.now() / 1000);
  expect(created).toEqual({
    id: expect.stringMatching(new RegExp(`^batch_${createdAt.toString(16)}[0-9a-f]{24}$`)), object: 'batch', endpoint: '/v1/chat/completions',
    model: null, errors: null, input_file_id: file.id, completion_window: '24h', status: 'validating', output_file_id: null, error_file_id: null,
    created_at: createdAt, in_progress_at: null, expires_at: createdAt + 86_400, finalizing_at: null, completed_at: null, failed_at: null,
    expired_at: null, cancelling_at: null, cancelled_at: null, request_counts: { total: 0, completed: 0, failed: 0 }, usage: null, metadata: { run: 'r1' },
  });
  clock.advance(19_000);
  expect(await openai.batches.retrieve(created.id)).toEqual(created);
  clock.advance(1000 + 5 * MINUTE);
  const running = await openai.batches.retrieve(created.id);
  expect(running).toMatchObject({ status: 'in_progress', model: 'gpt-4o-mini-2024-07-18', in_progress_at: createdAt + 20, output_file_id: null });
  expect(running.request_counts).toEqual({ total: 100, completed: 50, failed: 0 });
  clock.advance(5 * MINUTE);
  expect(await openai.batches.retrieve(created.id)).toMatchObject({ status: 'finalizing', finalizing_at: createdAt + 620, completed_at: null, output_file_id: null });
  clock.advance(30_000);
  const completed = await openai.batches.retrieve(created.id);
  expect(completed).toMatchObject({
    status: 'completed', completed_at: createdAt + 650, error_file_id: null, request_counts: { total: 100, completed: 100, failed: 0 },
    output_file_id: expect.stringMatching(/^file-[A-Za-z0-9]{22}$/),
  });
  expect(Object.keys(completed)).toEqual(Object.keys(created));
});

test('on the real clock a batch ends by itself, within a second at the default speed', async () => {
  const emulator = await startEmulator();
  const { openai } = clientsOf(emulator);
  let batch = await createBatch(openai, chatLines(1));
  while (batch.status !== 'completed') batch = await openai.batches.retrieve(batch.id);
  expect((batch.completed_at ?? 0) - batch.created_at).toBeLessThanOrEqual(1);
  await emulator.close();
});

test('create checks what it is told, and nothing of the file', async () => {
  const { openai } = await start();
  const create = (body: object) =>
    // Wrong on purpose: the types would not let it through.
    failureOf(openai.batches.create({ input_file_id: 'file-x', endpoint: '/v1/chat/completions', completion_window: '24h', ...body } as never));
  expect(await create({ endpoint: '/v1/nonsense' })).toMatchObject({ status: 400, code: 'invalid_value', param: 'endpoint' });
  expect((await create({ endpoint: '/v1/nonsense' })).message).toContain("'/v1/chat/completions'");
  expect(await create({ completion_window: '1h' })).toMatchObject({ status: 400, param: 'completion_window' });
  expect(await create({ input_file_id: undefined })).toMatchObject({ status: 400, code: 'missing_required_parameter', param: 'input_file_id' });
  expect(await create({ input_file_id: 7 })).toMatchObject({ status: 400, code: 'invalid_type' });
  expect(await create({ metadata: { shard: 3 } })).toMatchObject({ status: 400, code: 'invalid_type', param: 'metadata.shard' });
  expect(await create({ metadata: { ['k'.repeat(65)]: 'v' } })).toMatchObject({ status: 400, param: 'metadata' });
  expect(await create({ metadata: { k: 'v'.repeat(513) } })).toMatchObject({ status: 400, param: 'metadata.k' });
  expect(await create({ metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, 'v'])) })).toMatchObject({ status: 400 });
  expect(await create({ output_expires_after: { anchor: 'created_at', seconds: 1 } })).toMatchObject({ status: 400 });
});

test('lists page through, newest first', async () => {
  const { openai, clock } = await start();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift((await createBatch(openai, chatLines(1))).id);
    // Two in the same second are still told apart.
    if (index % 2 === 0) clock.advance(1000);
  }
  const listed: string[] = [];
  for await (const batch of openai.batches.list({ limit: 2 })) listed.push(batch.id);
  expect(listed).toEqual(ids);
  const raw = await openai.batches.list({ limit: 2, after: ids[1] ?? '' }).asResponse();
  expect(await raw.json()).toMatchObject({ object: 'list', first_id: ids[2], last_id: ids[3], has_more: true });
  expect(await failureOf(openai.batches.list({ limit: 101 }))).toMatchObject({ status: 400 });
  expect(await failureOf(openai.batches.list({ after: 'batch_nowhere' }))).toMatchObject({ status: 404 });
  clock.advance(HOUR);
  const states = (await openai.batches.list()).data.map(({ status }) => status);
  expect(states).toEqual(Array.from({ length: 5 }, () => 'completed'));
});

test('an unknown batch is a 404 with its id in the message', async () => {
  const { openai } = await start();
  const failure = await failureOf(openai.batches.retrieve('batch_nowhere'));
  expect(failure).toMatchObject({ status: 404, type: 'invalid_request_error', code: null, param: null });
  expect(failure.message).toContain("No batch found with id 'batch_nowhere'");
  expect(await failureOf(openai.batches.cancel('batch_nowhere'))).toMatchObject({ status: 404 });
});

test('a cancel keeps the finished rows; the others say batch_cancelled and do not count as failed', async () => {
  const { openai, clock } = await start();
  const { id } = await createBatch(openai, chatLines(40));
  clock.advance(20_000 + 5 * MINUTE);
  await openai.batches.retrieve(id);
  expect(await openai.batches.cancel(id)).toMatchObject({ status: 'cancelling', cancelled_at: null, output_file_id: null });
  expect((await openai.batches.cancel(id)).status).toBe('cancelling');
  clock.advance(MINUTE);
  const canceled = await openai.batches.retrieve(id);
  expect(canceled).toMatchObject({ status: 'cancelled', completed_at: null });
  const done = rowsOf(await textOf(openai, canceled.output_file_id));
  const undone = rowsOf(await textOf(openai, canceled.error_file_id));
  expect(canceled.request_counts).toEqual({ total: 40, completed: done.length, failed: 0 });
  expect(done.length + undone.length).toBe(40);
  expect(Math.min(done.length, undone.length)).toBeGreaterThan(0);
  expect(new Set([...done, ...undone].map((row) => row.custom_id)).size).toBe(40);
  for (const row of undone) expect(row).toMatchObject({ response: null, error: { code: 'batch_cancelled' } });
  expect((await openai.batches.cancel(id)).status).toBe('cancelled');
});

test('a cancel while validating ends without files', async () => {
  const { openai, clock } = await start();
  const { id } = await createBatch(openai, chatLines(3));
  clock.advance(5000);
  expect((await openai.batches.cancel(id)).status).toBe('cancelling');
  clock.advance(MINUTE);
  expect(await openai.batches.retrieve(id)).toMatchObject({ status: 'cancelled', output_file_id: null, error_file_id: null, request_counts: { total: 0 } });
});

test('finished batches cannot be cancelled: 409', async () => {
  const { openai, clock } = await start();
  const good = await createBatch(openai, chatLines(1));
  const bad = await createBatch(openai, '{}\n');
  clock.advance(HOUR);
  const failure = await failureOf(openai.batches.cancel(good.id));
  expect(failure).toMatchObject({ status: 409, type: 'invalid_request_error', code: null });
  expect(failure.message).toContain("Cannot cancel a batch with status 'completed'");
  expect(await failureOf(openai.batches.cancel(bad.id))).toMatchObject({ status: 409 });
});

test('a row can be lost on cancel, as was seen', async () => {
  const { openai, clock } = await start({ loseRowOnCancel: true });
  const { id } = await createBatch(openai, chatLines(40));
  clock.advance(20_000 + 5 * MINUTE);
  await openai.batches.cancel(id);
  clock.advance(MINUTE);
  const canceled = await openai.batches.retrieve(id);
  const rows = [...rowsOf(await textOf(openai, canceled.output_file_id)), ...rowsOf(await textOf(openai, canceled.error_file_id))];
  expect(rows).toHaveLength(39);
});

test('a batch longer than 24 hours expires with part of its rows', async () => {
  const { openai, clock } = await start({ durationMs: 48 * HOUR });
  const { id, created_at: createdAt } = await createBatch(openai, chatLines(40));
  clock.advance(24 * HOUR - 1);
  expect((await openai.batches.retrieve(id)).status).toBe('in_progress');
  clock.advance(1);
  const expired = await openai.batches.retrieve(id);
  expect(expired).toMatchObject({ status: 'expired', expired_at: createdAt + 86_400, completed_at: null });
  const done = rowsOf(await textOf(openai, expired.output_file_id));
  const undone = rowsOf(await textOf(openai, expired.error_file_id));
  expect(done.length + undone.length).toBe(40);
  expect(expired.request_counts).toEqual({ total: 40, completed: done.length, failed: 0 });
  expect(expired.usage?.output_tokens).toBeGreaterThan(0);
  for (const row of undone) expect(row).toMatchObject({ response: null, error: { code: 'batch_expired' } });
});

test('deleting the input file does not disturb a batch that runs', async () => {
  const { openai, clock } = await start();
  const batch = await createBatch(openai, chatLines(3));
  clock.advance(MINUTE);
  await openai.batches.retrieve(batch.id);
  await openai.files.delete(batch.input_file_id);
  clock.advance(HOUR);
  expect(await openai.batches.retrieve(batch.id)).toMatchObject({ status: 'completed', request_counts: { completed: 3 } });
});
