import { expect, test } from 'vitest';
import type { Fault } from '../../src/emulator/server.ts';
import { chatLines, createBatch, failureOf, HOUR, messages, MINUTE, rowsOf, start, textOf } from './harness.ts';

const DAY = 24 * HOUR;

async function withOpenAI(faults: readonly Fault[], rows = 20) {
  const started = await start({ faults });
  const { id } = await createBatch(started.openai, chatLines(rows));
  const look = async (after = 0) => {
    started.clock.advance(after);
    return started.openai.batches.retrieve(id);
  };
  return { ...started, id, look };
}

async function withAnthropic(faults: readonly Fault[], rows = 20) {
  const started = await start({ faults });
  const { id } = await started.anthropic.messages.batches.create({ requests: messages(rows) });
  const look = async (after = 0) => {
    started.clock.advance(after);
    return started.anthropic.messages.batches.retrieve(id);
  };
  const results = async () => failureOf(Promise.resolve(started.anthropic.get(`/v1/messages/batches/${id}/results`)));
  return { ...started, id, look, results };
}

test('not listed for so many listings, on any page', async () => {
  const { openai, id, look } = await withOpenAI(['openai.batches.list hidden=2']);
  const listed = async () => (await openai.batches.list()).data.map((batch) => batch.id);
  expect([await listed(), await listed(), await listed()]).toEqual([[], [], [id]]);
  expect((await look()).id).toBe(id);
});

test('not listed for so long, and the first and last ids are those of what is listed', async () => {
  const { anthropic, clock, id } = await withAnthropic([{ route: 'anthropic.batches.list', batch: 2, action: { kind: 'hidden', forMs: 5000 } }]);
  const second = await anthropic.messages.batches.create({ requests: messages(1) });
  const page = await anthropic.messages.batches.list();
  expect([page.data.map((batch) => batch.id), page.first_id, page.last_id]).toEqual([[id], id, id]);
  clock.advance(5000);
  expect((await anthropic.messages.batches.list()).data.map((batch) => batch.id)).toEqual([second.id, id]);
});

test('404 for so many calls after create', async () => {
  const { look } = await withOpenAI(['openai.batches.retrieve hidden=2']);
  expect(await failureOf(look())).toMatchObject({ status: 404, message: expect.stringContaining('No batch found') });
  expect(await failureOf(look())).toMatchObject({ status: 404 });
  expect((await look()).status).toBe('validating');
  const other = await withAnthropic(['anthropic.batches.retrieve hidden=1']);
  expect(await failureOf(other.look())).toMatchObject({ status: 404, type: 'not_found_error' });
  expect((await other.look()).processing_status).toBe('in_progress');
});

test('a status never heard of, for a while, hides the end', async () => {
  const { look, openai } = await withOpenAI(['status=paused_for_review for=2h']);
  expect((await look()).status).toBe('paused_for_review');
  expect(await look(HOUR)).toMatchObject({ status: 'paused_for_review', output_file_id: null, completed_at: null, usage: null });
  expect((await openai.batches.list()).data[0]?.status).toBe('paused_for_review');
  expect(await look(HOUR)).toMatchObject({ status: 'completed', output_file_id: expect.any(String) });
  const other = await withAnthropic(['status=sleeping']);
  expect(await other.look()).toMatchObject({ processing_status: 'sleeping', ended_at: null });
  expect((await other.look(HOUR)).processing_status).toBe('ended');
});

test.each([
  ['validating', 'validating'],
  ['in_progress', 'in_progress'],
  ['finalizing', 'finalizing'],
])('stuck in %s', async (stage, shown) => {
  const { look } = await withOpenAI([`stuck=${stage} for=5h`]);
  expect((await look(HOUR)).status).toBe(shown);
  expect((await look(3 * HOUR)).status).toBe(shown);
  expect((await look(2 * HOUR)).status).toBe('completed');
});

test('durations are at the pace of life, divided by the speed', async () => {
  const { openai, clock } = await start({ speed: 60, faults: ['stuck=validating for=5h'] });
  const { id } = await createBatch(openai, chatLines(1));
  clock.advance(4 * MINUTE);
  expect((await openai.batches.retrieve(id)).status).toBe('validating');
  clock.advance(2 * MINUTE);
  expect((await openai.batches.retrieve(id)).status).toBe('completed');
});

test('completed, but the ids of the results come late', async () => {
  const { look } = await withOpenAI(['late=30m']);
  await look(9 * MINUTE);
  expect(await look(6 * MINUTE)).toMatchObject({ status: 'completed', output_file_id: null, error_file_id: null });
  expect(await look(30 * MINUTE)).toMatchObject({ status: 'completed', output_file_id: expect.any(String) });
  const other = await withAnthropic(['late=30m']);
  expect(await other.look(15 * MINUTE)).toMatchObject({ processing_status: 'ended', results_url: null });
  expect((await other.look(30 * MINUTE)).results_url).toContain(other.id);
});

test.each([['null', null], ['empty', '']])('error-file-id=%s', async (value, shown) => {
  const { look } = await withOpenAI([`error-file-id=${value}`]);
  expect(await look(HOUR)).toMatchObject({ status: 'completed', error_file_id: shown });
  const failing = await withOpenAI([`error-file-id=${value}`, 'row=1 error=500']);
  expect((await failing.look(HOUR)).error_file_id).toMatch(/^file-/);
});

const counts: [value: string, running: object, ended: object, anthropicEnded: object][] = [
  ['more', { total: 20, completed: 9 }, { total: 21, completed: 21, failed: 0 }, { processing: 0, succeeded: 21 }],
  ['fewer', { total: 20, completed: 9 }, { total: 19, completed: 19, failed: 0 }, { processing: 0, succeeded: 19 }],
  ['zero', { total: 0, completed: 0, failed: 0 }, { total: 20, completed: 20, failed: 0 }, { processing: 0, succeeded: 20 }],
  ['never', { total: 0, completed: 0, failed: 0 }, { total: 0, completed: 0, failed: 0 }, { processing: 20, succeeded: 0 }],
];

test.each(counts)('counts=%s', async (value, running, ended, anthropicEnded) => {
  const { look } = await withOpenAI([`counts=${value}`]);
  expect((await look(5 * MINUTE)).request_counts).toMatchObject(running);
  expect((await look(HOUR)).request_counts).toEqual(ended);
  const other = await withAnthropic([`counts=${value}`]);
  expect((await other.look(HOUR)).request_counts).toMatchObject(anthropicEnded);
});

test('results are deleted: 404, though the batch still names them', async () => {
  const { look, openai } = await withOpenAI(['gone=deleted']);
  const { output_file_id: output, input_file_id: input } = await look(HOUR);
  expect(await failureOf(textOf(openai, output))).toMatchObject({ status: 404, message: expect.stringContaining('No such File') });
  expect(await failureOf(openai.files.retrieve(output ?? ''))).toMatchObject({ status: 404 });
  expect(await textOf(openai, input)).toBe(chatLines(20));
  const other = await withAnthropic(['gone=deleted']);
  expect(await other.look(HOUR)).toMatchObject({ archived_at: null, results_url: expect.any(String) });
  expect(await other.results()).toMatchObject({ status: 404 });
});

test('results are archived', async () => {
  const { look, results } = await withAnthropic(['gone=archived']);
  expect(await look()).toMatchObject({ archived_at: null });
  expect(await look(HOUR)).toMatchObject({ processing_status: 'ended', archived_at: expect.stringMatching(/^2026-12-21T/), results_url: null });
  expect(await results()).toMatchObject({ status: 404 });
});

test('results_url leads elsewhere', async () => {
  const { look, id } = await withAnthropic(['foreign=http://127.0.0.1:9']);
  expect((await look(HOUR)).results_url).toBe(`http://127.0.0.1:9/v1/messages/batches/${id}/results`);
});

test('validation fails with what it is told', async () => {
  const { look } = await withOpenAI(['fail=mismatched_model line=3 param=body.model message="Two models."']);
  expect(await look(MINUTE)).toMatchObject({
    status: 'failed', output_file_id: null, request_counts: { total: 0 },
    errors: { data: [{ code: 'mismatched_model', message: 'Two models.', param: 'body.model', line: 3 }] },
  });
});

test('a file not visible yet: create says 404, or the batch fails; the next one works', async () => {
  const { openai, clock } = await start({
    faults: ['openai.batches.create nth=1 answer=404 message="No such File object"', 'batch=1 fail=invalid_request param=file_id'],
  });
  expect(await failureOf(createBatch(openai, chatLines(1)))).toMatchObject({ status: 404 });
  const failing = await createBatch(openai, chatLines(1));
  const fine = await createBatch(openai, chatLines(1));
  clock.advance(HOUR);
  expect(await openai.batches.retrieve(failing.id)).toMatchObject({
    status: 'failed', errors: { data: [{ code: 'invalid_request', param: 'file_id', line: null, message: expect.stringContaining('not found') }] },
  });
  expect((await openai.batches.retrieve(fine.id)).status).toBe('completed');
});

test('more tokens than may wait: the batch fails, and names the limit; once the others ended it passes', async () => {
  const tokens = chatLines(20).trimEnd().split('\n').reduce((sum, line) => sum + Math.ceil(line.length / 4), 0);
  const { openai, clock, look } = await withOpenAI([`queue tokens=${tokens * 2}`]);
  const second = await createBatch(openai, chatLines(20));
  const third = await createBatch(openai, chatLines(20));
  clock.advance(MINUTE);
  await look();
  expect((await openai.batches.retrieve(second.id)).status).toBe('in_progress');
  const failed = await openai.batches.retrieve(third.id);
  expect(failed).toMatchObject({ status: 'failed', errors: { data: [{ code: 'token_limit_exceeded' }] } });
  expect(failed.errors?.data?.[0]?.message).toMatch(new RegExp(`Limit: ${(tokens * 2).toLocaleString('en-US')} enqueued tokens`));
  await look(HOUR);
  const again = await openai.batches.create({ input_file_id: third.input_file_id, endpoint: '/v1/chat/completions', completion_window: '24h' });
  clock.advance(HOUR);
  expect((await openai.batches.retrieve(again.id)).status).toBe('completed');
});

test('more batches than may wait', async () => {
  const { openai, look } = await withOpenAI(['queue batches=1']);
  const second = await createBatch(openai, chatLines(1));
  await look(MINUTE);
  expect((await openai.batches.retrieve(second.id)).errors?.data?.[0]?.code).toBe('token_limit_exceeded');
  const other = await withAnthropic(['queue batches=1']);
  expect(await failureOf(other.anthropic.messages.batches.create({ requests: messages(1) }))).toMatchObject({ status: 429, type: 'rate_limit_error' });
});

test('more requests than may wait at Anthropic: 429, nothing made, until others ended', async () => {
  const { anthropic, clock, emulator } = await withAnthropic(['queue requests=30']);
  expect(await failureOf(anthropic.messages.batches.create({ requests: messages(11) }))).toMatchObject({ status: 429, message: expect.stringContaining('30') });
  await anthropic.messages.batches.create({ requests: messages(10) });
  expect((await anthropic.messages.batches.list()).data).toHaveLength(2);
  clock.advance(HOUR);
  await emulator.settle();
  await anthropic.messages.batches.create({ requests: messages(30) });
  expect(emulator.faults()[0]?.hits).toBe(1);
});

test('more batches than an hour may have: 429, with the seconds until it goes on', async () => {
  const { openai, clock } = await withOpenAI(['hourly=2']);
  clock.advance(10 * MINUTE);
  await createBatch(openai, chatLines(1));
  const failure = await failureOf(createBatch(openai, chatLines(1)));
  expect(failure).toMatchObject({ status: 429 });
  expect((failure as unknown as { headers: Headers }).headers.get('retry-after')).toBe('3000');
  clock.advance(50 * MINUTE);
  expect((await createBatch(openai, chatLines(1))).status).toBe('validating');
});

test('expired with part of the rows done', async () => {
  const { look, openai } = await withOpenAI(['batch=1 expire=0.5'], 200);
  expect((await look(DAY - MINUTE)).status).toBe('in_progress');
  const batch = await look(HOUR);
  expect(batch.status).toBe('expired');
  const [done, open] = [rowsOf(await textOf(openai, batch.output_file_id)), rowsOf(await textOf(openai, batch.error_file_id))];
  expect(done.length + open.length).toBe(200);
  expect(done.length).toBeGreaterThan(60);
  expect(open.length).toBeGreaterThan(60);
  expect(open[0]?.error?.code).toBe('batch_expired');
  const other = await withAnthropic(['expire=0.5'], 200);
  const counted = (await other.look(DAY)).request_counts;
  expect(counted.expired).toBeGreaterThan(60);
  expect(counted.succeeded + counted.expired).toBe(200);
});

test('the provider itself cancels, and rows done go missing', async () => {
  const { look, openai, emulator } = await withOpenAI(['cancel=0.5', 'lose=3'], 200);
  expect(await look(MINUTE)).toMatchObject({ status: 'in_progress', cancelling_at: null });
  expect((await look(4.5 * MINUTE)).status).toBe('cancelling');
  const batch = await look(MINUTE);
  expect(batch.status).toBe('cancelled');
  const [done, open] = [rowsOf(await textOf(openai, batch.output_file_id)), rowsOf(await textOf(openai, batch.error_file_id))];
  expect(done.length + open.length).toBe(197);
  expect(batch.request_counts?.completed).toBe(done.length + 3);
  expect(emulator.faults().map(({ hits }) => hits)).toEqual([1, 3]);
  const other = await withAnthropic(['cancel=0.5'], 200);
  expect(await other.look(MINUTE)).toMatchObject({ processing_status: 'in_progress', cancel_initiated_at: null });
  expect(await other.look(4.2 * MINUTE)).toMatchObject({ processing_status: 'canceling', cancel_initiated_at: '2026-11-22T07:05:00.123000Z' });
  expect((await other.look(MINUTE)).request_counts.canceled).toBeGreaterThan(60);
});

test('batches of rules set later are counted from then on, and earlier ones keep what they were given', async () => {
  const { openai, emulator, look } = await withOpenAI(['stuck=validating for=1h']);
  emulator.setFaults(['batch=1 status=odd']);
  const next = await createBatch(openai, chatLines(1));
  expect((await openai.batches.retrieve(next.id)).status).toBe('odd');
  expect((await look(30 * MINUTE)).status).toBe('validating');
});
