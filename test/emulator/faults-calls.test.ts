import { request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import type { Emulator } from '../../src/emulator/server.ts';
import { chatLines, createBatch, failureOf, HOUR, messages, start, textOf, upload } from './harness.ts';

const key = { authorization: 'Bearer sk-test' };

/** Starts a raw call, for what `fetch` keeps to itself. */
async function raw(emulator: Emulator, path: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const call = request(`${emulator.url}${path}`, { headers: { ...key, ...headers } });
  call.end();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  return response;
}

/** The bytes of a body, and how it ended. */
async function bodyOf(response: IncomingMessage): Promise<{ text: string; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = await new Promise<boolean>((resolve) => {
    response.on('end', () => resolve(true));
    response.on('error', () => resolve(false));
  });
  return { text: Buffer.concat(chunks).toString(), isWhole: ended };
}

const answers: [rule: string, seen: object, retryAfter: string | null][] = [
  ['answer=429 retry-after=7', { status: 429, type: 'invalid_request_error', message: expect.stringContaining('Rate limit') }, '7'],
  ['answer=429', { status: 429 }, null],
  ['answer=429 code=insufficient_quota', { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }, null],
  ['answer=401', { status: 401, code: 'invalid_api_key' }, null],
  ['answer=500', { status: 500, type: 'server_error' }, null],
  ['answer=503 retry-after=date:90', { status: 503, type: 'server_error' }, 'Sun, 22 Nov 2026 07:01:30 GMT'],
  ['answer=400 code=billing_hard_limit_reached type=billing message="No more."', { status: 400, code: 'billing_hard_limit_reached', type: 'billing', message: '400 No more.' }, null],
];

test.each(answers)('OpenAI: %s', async (rule, seen, retryAfter) => {
  const { openai } = await start({ faults: [`openai.batches.list ${rule}`] });
  const failure = await failureOf(openai.batches.list());
  expect(failure).toMatchObject(seen);
  expect(failure).toHaveProperty('headers', expect.any(Headers));
  expect((failure as unknown as { headers: Headers }).headers.get('retry-after')).toBe(retryAfter);
  expect((await openai.files.list()).data).toEqual([]);
});

test.each([
  ['answer=529', { status: 529, type: 'overloaded_error' }],
  ['answer=429 retry-after=1', { status: 429, type: 'rate_limit_error' }],
  ['answer=401', { status: 401, type: 'authentication_error' }],
])('Anthropic: %s', async (rule, seen) => {
  const { anthropic } = await start({ faults: [`anthropic.batches.create nth=1 ${rule}`] });
  expect(await failureOf(anthropic.messages.batches.create({ requests: messages(1) }))).toMatchObject(seen);
  expect((await anthropic.messages.batches.list()).data).toEqual([]);
  expect((await anthropic.messages.batches.create({ requests: messages(1) })).processing_status).toBe('in_progress');
});

test.each([502, 200])('a page of HTML with %d', async (status) => {
  const { emulator } = await start({ faults: [`answer=${status} html`] });
  const response = await fetch(`${emulator.openaiBaseUrl}/batches`, { headers: key });
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/html']);
  expect(await response.text()).toContain('<h1>');
});

test('uploads are refused, with the envelope', async () => {
  const { openai } = await start({ faults: ['openai.files.create nth=1 answer=413', 'openai.files.create nth=2 answer=400'] });
  expect(await failureOf(upload(openai, chatLines(2000)))).toMatchObject({ status: 413 });
  expect(await failureOf(upload(openai, chatLines(1)))).toMatchObject({ status: 400 });
  expect((await upload(openai, chatLines(1))).status).toBe('processed');
});

const lost: [rule: string, provider: 'openai' | 'anthropic', made: number][] = [
  ['reset=before', 'openai', 0], ['reset=after', 'openai', 1], ['reset=during', 'openai', 1], ['answer=500 when=after', 'openai', 1],
  ['reset=before', 'anthropic', 0], ['reset=after', 'anthropic', 1], ['reset=during bytes=20', 'anthropic', 1], ['answer=500 when=after', 'anthropic', 1],
];

test.each(lost)('create meets %s (%s): %d batch made, no answer', async (rule, provider, made) => {
  const { openai, anthropic, emulator } = await start({ faults: [`*.batches.create ${rule}`] });
  const create = provider === 'openai' ? createBatch(openai, chatLines(1)) : anthropic.messages.batches.create({ requests: messages(1) });
  const failure = await failureOf(create);
  expect(failure.status).toBe(rule.startsWith('answer') ? 500 : undefined);
  const listed = provider === 'openai' ? await openai.batches.list() : await anthropic.messages.batches.list();
  expect(listed.data).toHaveLength(made);
  expect(emulator.faults()[0]?.hits).toBe(1);
});

test.each(['before', 'after'] as const)('create stalls %s the work, until the caller has enough', async (at) => {
  const { openai, emulator } = await start({ faults: [`openai.batches.create stall=${at}`] });
  const { id } = await upload(openai, chatLines(1));
  const enough = new AbortController();
  const body = { input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h' } as const;
  const create = failureOf(openai.batches.create(body, { signal: enough.signal }));
  const made = at === 'before' ? 0 : 1;
  let listed = await openai.batches.list();
  while (emulator.calls().every(({ route }) => route !== 'openai.batches.create') || listed.data.length < made) listed = await openai.batches.list();
  enough.abort();
  expect((await create).message).toContain('aborted');
  expect((await openai.batches.list()).data).toHaveLength(made);
  expect(emulator.calls().find(({ route }) => route === 'openai.batches.create')?.status).toBe(0);
});

async function withResults(faults: readonly string[]) {
  const started = await start({ shuffle: false });
  const { id } = await createBatch(started.openai, chatLines(200));
  started.clock.advance(HOUR);
  const batch = await started.openai.batches.retrieve(id);
  const text = await textOf(started.openai, batch.output_file_id);
  started.emulator.setFaults(faults);
  return { ...started, text, path: `/v1/files/${batch.output_file_id}/content` };
}

const cuts: [rule: string, bytes: number | 'half', announced: 'all' | 'cut' | undefined, isWhole: boolean][] = [
  ['reset=during bytes=1000', 1000, 'all', false],
  ['reset=during bytes=0', 0, 'all', false],
  ['reset=during', 'half', 'all', false],
  ['end=1000', 1000, undefined, true],
  ['end=1000 announced=short', 1000, 'cut', true],
  ['length=50', 200_000, 'all', false],
];

test.each(cuts)('a download meets %s', async (rule, bytes, announced, isWhole) => {
  const { emulator, path, text } = await withResults([`openai.files.content times=1 ${rule}`]);
  const response = await raw(emulator, path);
  const body = await bodyOf(response);
  const expected = text.slice(0, bytes === 'half' ? Math.floor(text.length / 2) : bytes);
  expect(body).toEqual({ text: expected, isWhole });
  const length = { all: String(text.length + (rule === 'length=50' ? 50 : 0)), cut: String(expected.length) };
  expect(response.headers['content-length']).toBe(announced === undefined ? undefined : length[announced]);
  expect(await bodyOf(await raw(emulator, path))).toEqual({ text, isWhole: true });
});

test('a content-length that is too short cuts what the caller sees', async () => {
  const { emulator, path, text } = await withResults(['openai.files.content length=-50']);
  const response = await fetch(`${emulator.url}${path}`, { headers: key });
  expect(response.headers.get('content-length')).toBe(String(text.length - 50));
  expect(await response.text()).toBe(text.slice(0, -50));
});

test('a body stalls after its first bytes, until the caller has enough', async () => {
  const { emulator, path } = await withResults(['openai.files.content stall=during bytes=10']);
  const response = await raw(emulator, path);
  const [first] = (await once(response, 'data')) as [Buffer];
  expect(first).toHaveLength(10);
  response.destroy();
  await emulator.close();
});

test('a slow body comes in small pieces, and whole', async () => {
  const { emulator, openai } = await start({ faults: ['openai.files.content slow=4000'] });
  const { id } = await upload(openai, chatLines(4));
  const response = await raw(emulator, `/v1/files/${id}/content`);
  const sizes: number[] = [];
  response.on('data', (chunk: Buffer) => sizes.push(chunk.length));
  expect(await bodyOf(response)).toEqual({ text: chatLines(4), isWhole: true });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(400);
  expect(sizes.length).toBeGreaterThan(1);
});

const ranges: [answer: string, status: number, contentRange: boolean, etag: boolean, bytes: 'rest' | 'all' | 'other'][] = [
  ['ignored', 200, false, true, 'all'],
  ['wrong', 206, false, true, 'rest'],
  ['other-bytes', 206, true, true, 'other'],
  ['etag', 206, true, false, 'rest'],
];

test.each(ranges)('a request with Range meets range=%s', async (answer, status, isRightRange, isSameTag, bytes) => {
  const { emulator, path, text } = await withResults([`openai.files.content range=${answer}`]);
  const whole = await raw(emulator, path);
  expect(await bodyOf(whole)).toEqual({ text, isWhole: true });
  const etag = whole.headers.etag ?? '';
  const part = await raw(emulator, path, { range: 'bytes=100-', 'if-range': etag });
  const body = await bodyOf(part);
  expect(part.statusCode).toBe(status);
  expect(part.headers['content-range'] === `bytes 100-${text.length - 1}/${text.length}`).toBe(isRightRange);
  expect(part.headers.etag === etag).toBe(isSameTag);
  if (bytes === 'other') {
    expect(body.text).toHaveLength(text.length - 100);
    expect(body.text).not.toBe(text.slice(100));
  } else {
    expect(body.text).toBe(bytes === 'all' ? text : text.slice(100));
  }
});

test('rules count their calls: nth, several, times; the first that matches acts', async () => {
  const { openai, emulator } = await start({ faults: ['openai.batches.list nth=1,3 answer=500', 'openai.* times=2 answer=503'] });
  const statuses: unknown[] = [];
  for (let call = 0; call < 5; call += 1) statuses.push(await openai.batches.list().then(() => 200, ({ status }) => status as number));
  expect(statuses).toEqual([500, 503, 500, 503, 200]);
  expect(emulator.faults().map(({ hits }) => hits)).toEqual([2, 2]);
});

test('probability is decided by the seed: the same script, the same faults; another seed, others', async () => {
  const pattern = async (seed: number) => {
    const { openai } = await start({ seed, faults: ['probability=0.5 answer=503'] });
    let text = '';
    for (let call = 0; call < 40; call += 1) text += await openai.batches.list().then(() => '.', () => 'x');
    return text;
  };
  const first = await pattern(1);
  expect(first.replaceAll('.', '').length).toBeGreaterThan(8);
  expect(first.replaceAll('x', '').length).toBeGreaterThan(8);
  expect(await pattern(1)).toBe(first);
  expect(await pattern(2)).not.toBe(first);
});

test('a rule on the nth batch acts on calls about it and about its files', async () => {
  const { openai, clock, emulator } = await start({ faults: ['batch=2 times=2 answer=500'] });
  const ids = [(await createBatch(openai, chatLines(1))).id, (await createBatch(openai, chatLines(1))).id] as const;
  clock.advance(HOUR);
  await emulator.settle();
  expect((await openai.batches.retrieve(ids[0])).status).toBe('completed');
  expect(await failureOf(openai.batches.retrieve(ids[1]))).toMatchObject({ status: 500 });
  const [second] = (await openai.batches.list()).data;
  expect(second?.id).toBe(ids[1]);
  expect(await failureOf(textOf(openai, second?.output_file_id))).toMatchObject({ status: 500 });
  expect(await textOf(openai, second?.output_file_id)).toContain('r-0');
});
