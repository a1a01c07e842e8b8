import { expect, test } from 'vitest';
import { failureOf, HOUR, message, messages, MINUTE, padded, start, stream } from './harness.ts';

type Started = Awaited<ReturnType<typeof start>>;

async function ended({ anthropic, clock }: Started, requests = messages(3)) {
  const { id } = await anthropic.messages.batches.create({ requests });
  clock.advance(HOUR);
  return anthropic.messages.batches.retrieve(id);
}

async function resultsOf({ anthropic }: Pick<Started, 'anthropic'>, id: string) {
  const rows = [];
  for await (const row of await anthropic.messages.batches.results(id)) rows.push(row);
  return rows;
}

test('a batch has all its fields from the first answer, and ends by the clock', async () => {
  const { anthropic, clock } = await start();
  const created = await anthropic.messages.batches.create({ requests: messages(3) });
  expect(created).toEqual({
    id: expect.stringMatching(/^msgbatch_01[A-Za-z0-9]{22}$/), type: 'message_batch', processing_status: 'in_progress',
    request_counts: { processing: 3, succeeded: 0, errored: 0, canceled: 0, expired: 0 }, created_at: '2026-11-22T07:00:00.123000Z',
    expires_at: '2026-11-23T07:00:00.123000Z', ended_at: null, cancel_initiated_at: null, archived_at: null, results_url: null,
  });
  clock.advance(5 * MINUTE);
  const { data, response } = await anthropic.messages.batches.retrieve(created.id).withResponse();
  expect(data).toEqual(created);
  expect(response.headers.get('retry-after')).toBe('10');
  expect(response.headers.get('request-id')).toMatch(/^req_01\w{22}$/);
  const early = await failureOf(Promise.resolve(anthropic.get(`/v1/messages/batches/${created.id}/results`)));
  expect(early).toMatchObject({ status: 404, type: 'not_found_error' });
  expect(early.message).toContain('has no available results');
  clock.advance(5 * MINUTE);
  const batch = await anthropic.messages.batches.retrieve(created.id);
  expect(batch).toMatchObject({
    processing_status: 'ended', ended_at: '2026-11-22T07:10:00.123000Z', request_counts: { processing: 0, succeeded: 3 },
    results_url: expect.stringMatching(/^http:.*\/v1\/messages\/batches\/msgbatch_\w+\/results$/),
  });
});

test('results are compact UTF-8 lines without a final line feed, one for each request, out of order', async () => {
  const started = await start({ answer: () => 'Mühle 水車' });
  const batch = await ended(started, messages(30));
  const response = await started.anthropic.get(`/v1/messages/batches/${batch.id}/results`).asResponse();
  expect(response.headers.get('content-type')).toBe('application/x-jsonl');
  const text = await response.text();
  expect(text.endsWith('}')).toBe(true);
  const lines = text.split('\n');
  expect(lines[0]).toMatch(/^\{"custom_id":"m-\d+","result":\{"type":"succeeded","message":\{"id":"msg_01\w{22}",/);
  expect(lines[0]).toContain('Mühle 水車');
  expect(lines[0]).toContain('"service_tier":"batch"');
  const inOrder = messages(30).map((request) => request.custom_id);
  const ids = (await resultsOf(started, batch.id)).map((row) => row.custom_id);
  expect(ids).not.toEqual(inOrder);
  expect(ids.toSorted()).toEqual(inOrder.toSorted());
});

/** The right column of section 3: found while processing, never at create. */
const errored: [string, object, string, string][] = [
  ['no messages', { messages: undefined }, 'invalid_request_error', 'messages: Field required'],
  ['no max_tokens', { max_tokens: undefined }, 'invalid_request_error', 'max_tokens: Field required'],
  ['max_tokens 0', { max_tokens: 0 }, 'invalid_request_error', 'max_tokens'],
  ['streaming', { stream: true }, 'invalid_request_error', 'stream'],
  ['an unknown model', { model: 'no-such-model' }, 'not_found_error', 'no-such-model'],
  ['temperature', { temperature: 1 }, 'invalid_request_error', 'temperature: Extra inputs are not permitted'],
  ['top_k', { top_k: 5 }, 'invalid_request_error', 'top_k'],
  ['a system role', { messages: [{ role: 'system', content: 'x' }] }, 'invalid_request_error', 'messages.0.role'],
];

test.each(errored)('%s is an errored row, and only that row', async (_title, params, type, text) => {
  const started = await start();
  const batch = await ended(started, [message('good'), message('bad', params)]);
  expect(batch.request_counts).toMatchObject({ succeeded: 1, errored: 1 });
  const bad = (await resultsOf(started, batch.id)).find((row) => row.custom_id === 'bad');
  expect(bad?.result).toEqual({
    type: 'errored',
    error: { type: 'error', error: { details: { error_visibility: 'user_facing' }, type, message: expect.stringContaining(text) }, request_id: null },
  });
});

test('under the older version temperature is a parameter like any other', async () => {
  const { anthropic, clock } = await start();
  const headers = { 'anthropic-version': '2023-06-01' };
  const { id } = await anthropic.messages.batches.create({ requests: [message('a', { temperature: 1 })] }, { headers });
  clock.advance(HOUR);
  expect((await anthropic.messages.batches.retrieve(id)).request_counts.succeeded).toBe(1);
});

/** The left column of section 3. */
const refused: [string, object, string][] = [
  ['no requests', {}, 'requests: Field required'],
  ['empty requests', { requests: [] }, 'List should have at least 1 item'],
  ['no custom_id', { requests: [{ params: {} }] }, 'requests.0.custom_id: Field required'],
  ['a long custom_id', { requests: [message('a'), message('x'.repeat(65))] }, 'requests.1.custom_id: String should have at most 64 characters'],
  ['an odd custom_id', { requests: [message('a b')] }, 'requests.0.custom_id: String should match pattern'],
  ['a custom_id twice', { requests: [message('a'), message('a')] }, "custom_id's must be unique within a batch. Duplicate custom_id found: a"],
];

test.each(refused)('%s is a 400 at create', async (_title, body, text) => {
  const { anthropic } = await start();
  const failure = await failureOf(Promise.resolve(anthropic.post('/v1/messages/batches', { body })));
  expect(failure).toMatchObject({ status: 400, type: 'invalid_request_error' });
  expect(failure.message).toContain(text);
  expect((await anthropic.messages.batches.list()).data).toEqual([]);
});

test('broken and cut JSON are a 400 that says so, also in pieces', async () => {
  const { anthropic, emulator } = await start();
  const headers = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01', 'content-type': 'application/json' };
  const post = async (body: string) => (await fetch(`${emulator.url}/v1/messages/batches`, { method: 'POST', headers, body })).json();
  expect(await post('{"requests": [{"custom_id": "a", ')).toMatchObject({
    type: 'error', error: { type: 'invalid_request_error', message: expect.stringContaining('The request body is not valid JSON: unexpected end of data') },
  });
  expect(await post('{"requests": [{"custom_id": oops}]}')).toMatchObject({ error: { message: expect.stringContaining('not valid JSON') } });
  const pretty = JSON.stringify({ requests: messages(3) }, null, 2);
  expect(await post(pretty)).toMatchObject({ request_counts: { processing: 3 } });
  expect((await anthropic.messages.batches.list()).data).toEqual([]);
});

test('one byte more than 256 MiB is a 413, that many are not', async () => {
  const { emulator } = await start();
  const headers = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' };
  const body = JSON.stringify({ requests: messages(1) });
  const post = (bytes: number) => stream(`${emulator.url}/v1/messages/batches`, headers, padded(body, bytes));
  expect(await post(268_435_457)).toMatchObject({ status: 413, text: expect.stringContaining('request_too_large') });
  expect(await post(268_435_456)).toMatchObject({ status: 200, text: expect.stringContaining('"processing":1') });
});

test('lists page in both directions, newest first', async () => {
  const { anthropic, clock } = await start();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.unshift((await anthropic.messages.batches.create({ requests: messages(1) })).id);
    clock.advance(1000);
  }
  const listed: string[] = [];
  for await (const batch of anthropic.messages.batches.list({ limit: 2 })) listed.push(batch.id);
  expect(listed).toEqual(ids);
  const before = await anthropic.messages.batches.list({ limit: 2, before_id: ids[3] ?? '' });
  expect(before.data.map(({ id }) => id)).toEqual(ids.slice(1, 3));
  expect(before).toMatchObject({ has_more: true, first_id: ids[1], last_id: ids[2] });
  expect(await failureOf(anthropic.messages.batches.list({ limit: 1001 }))).toMatchObject({ status: 400 });
});

test('a cancel leaves a mixture of succeeded and canceled rows', async () => {
  const started = await start();
  const { anthropic, clock } = started;
  const { id } = await anthropic.messages.batches.create({ requests: messages(40) });
  clock.advance(5 * MINUTE);
  const canceling = await anthropic.messages.batches.cancel(id);
  expect(canceling).toMatchObject({ processing_status: 'canceling', cancel_initiated_at: '2026-11-22T07:05:00.123000Z', request_counts: { processing: 40 } });
  clock.advance(25_000);
  const batch = await anthropic.messages.batches.retrieve(id);
  expect(batch.processing_status).toBe('ended');
  const { succeeded, canceled, ...others } = batch.request_counts;
  expect(Math.min(succeeded, canceled)).toBeGreaterThan(0);
  expect({ total: succeeded + canceled, ...others }).toEqual({ total: 40, processing: 0, errored: 0, expired: 0 });
  const types = (await resultsOf(started, id)).map((row) => row.result.type);
  expect(types.filter((type) => type === 'canceled')).toHaveLength(canceled);
  expect(types).toHaveLength(40);
});

test('a batch longer than 24 hours ends with expired rows', async () => {
  const started = await start({ durationMs: 48 * HOUR });
  const { id } = await started.anthropic.messages.batches.create({ requests: messages(40) });
  started.clock.advance(24 * HOUR);
  const batch = await started.anthropic.messages.batches.retrieve(id);
  expect(batch).toMatchObject({ processing_status: 'ended', ended_at: batch.expires_at });
  const rows = await resultsOf(started, id);
  expect(rows.filter((row) => row.result.type === 'expired')).toHaveLength(batch.request_counts.expired);
  expect(batch.request_counts.expired).toBeGreaterThan(0);
  expect(batch.request_counts.succeeded).toBe(40 - batch.request_counts.expired);
});

test('only ended batches can be deleted, and are gone then', async () => {
  const { anthropic, clock } = await start();
  const { id } = await anthropic.messages.batches.create({ requests: messages(1) });
  const failure = await failureOf(anthropic.messages.batches.delete(id));
  expect(failure).toMatchObject({ status: 400, type: 'invalid_request_error' });
  expect(failure.message).toContain('In progress batches cannot be deleted');
  clock.advance(HOUR);
  expect(await anthropic.messages.batches.delete(id)).toEqual({ id, type: 'message_batch_deleted' });
  const gone = await failureOf(anthropic.messages.batches.retrieve(id));
  expect(gone).toMatchObject({ status: 404, type: 'not_found_error' });
  expect(gone.message).toContain(`Message Batch ${id} not found.`);
});

test('results are archived 29 days after creation, the batch stays', async () => {
  const started = await start();
  const { id } = await ended(started);
  started.clock.advance(29 * 24 * HOUR);
  expect(await started.anthropic.messages.batches.retrieve(id)).toMatchObject({ archived_at: '2026-12-21T07:00:00.123000Z', results_url: null });
  expect(await failureOf(Promise.resolve(started.anthropic.get(`/v1/messages/batches/${id}/results`)))).toMatchObject({ status: 404 });
});

test('counters move while it runs where that is asked for, and always add up', async () => {
  const { anthropic, clock } = await start({ anthropicCounts: 'moving' });
  const { id } = await anthropic.messages.batches.create({ requests: messages(10) });
  clock.advance(5 * MINUTE);
  expect((await anthropic.messages.batches.retrieve(id)).request_counts).toMatchObject({ processing: 5, succeeded: 5 });
});

test('results_url is a path alone, or on another origin, where that is asked for', async () => {
  const relative = await start({ resultsUrl: 'relative' });
  const batch = await ended(relative);
  expect(batch.results_url).toBe(`/v1/messages/batches/${batch.id}/results`);
  expect(await resultsOf(relative, batch.id)).toHaveLength(3);
  const foreign = await ended(await start({ resultsUrl: 'http://results.invalid:9' }));
  expect(foreign.results_url).toBe(`http://results.invalid:9/v1/messages/batches/${foreign.id}/results`);
});
