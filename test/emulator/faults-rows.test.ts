import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startEmulator, type Emulator, type EmulatorOptions, type Execution } from '../../src/emulator/server.ts';
import { asJsonl, chatLine, chatLines, clientsOf, createBatch, HOUR, ManualClock, messages, MINUTE, rowsOf, start, textOf, type Endpoint } from './harness.ts';

interface Files {
  readonly output: string;
  readonly error: string;
}

type Started = Awaited<ReturnType<typeof start>>;

async function openaiFiles({ openai, clock }: Pick<Started, 'openai' | 'clock'>, text: string, endpoint?: Endpoint): Promise<Files> {
  const { id } = await createBatch(openai, text, endpoint);
  clock.advance(HOUR);
  const { output_file_id: output, error_file_id: error } = await openai.batches.retrieve(id);
  return { output: output ? await textOf(openai, output) : '', error: error ? await textOf(openai, error) : '' };
}

async function anthropicResults({ anthropic, clock }: Pick<Started, 'anthropic' | 'clock'>, rows = 3): Promise<string> {
  const { id } = await anthropic.messages.batches.create({ requests: messages(rows) });
  clock.advance(HOUR);
  await anthropic.messages.batches.retrieve(id);
  return (await anthropic.get(`/v1/messages/batches/${id}/results`).asResponse()).text();
}

/** What the lines of a file look like: their custom_ids, `!` for one that is no JSON, `_` for an empty one. */
function shape(text: string): string {
  return text.split('\n').map((line) => {
    if (line === '') return '_';
    try {
      return (JSON.parse(line) as { custom_id: string }).custom_id.replace(/-[0-9a-f]{12}$/, '');
    } catch {
      return '!';
    }
  }).join(' ');
}

const lines: [rule: string, openai: string, anthropic: string][] = [
  ['row=2 missing', 'r-0 r-2 _', 'm-0 m-2'],
  ['row=2 duplicate=equal', 'r-0 r-1 r-1 r-2 _', 'm-0 m-1 m-1 m-2'],
  ['row=1 duplicate=different', 'r-0 r-0 r-1 r-2 _', 'm-0 m-0 m-1 m-2'],
  ['row=1,3 orphan', 'r-0 orphan r-1 r-2 orphan _', 'm-0 orphan m-1 m-2 orphan'],
  ['row=2 malformed', 'r-0 ! r-2 _', 'm-0 ! m-2'],
  ['row=2 blank', 'r-0 r-1 _ r-2 _', 'm-0 m-1 _ m-2'],
  ['cut=20', 'r-0 r-1 !', 'm-0 m-1 !'],
  ['missing', '_', '_'],
];

test.each(lines)('%s', async (rule, ofOpenAI, ofAnthropic) => {
  const started = await start({ shuffle: false, faults: [rule] });
  expect(shape((await openaiFiles(started, chatLines(3))).output)).toBe(ofOpenAI);
  expect(shape(await anthropicResults(started))).toBe(ofAnthropic);
});

test('a batch counts rows that are in neither file', async () => {
  const { openai, clock } = await start({ faults: ['row=1 missing'] });
  const { id } = await createBatch(openai, chatLines(3));
  clock.advance(HOUR);
  const batch = await openai.batches.retrieve(id);
  expect(batch.request_counts).toEqual({ total: 3, completed: 3, failed: 0 });
  expect(rowsOf(await textOf(openai, batch.output_file_id))).toHaveLength(2);
});

test.each(['equal', 'different'])('the bodies of duplicates are %s', async (answer) => {
  const started = await start({ shuffle: false, faults: [`row=1 duplicate=${answer}`] });
  const [one, two] = rowsOf((await openaiFiles(started, chatLines(1))).output);
  const [first, second] = (await anthropicResults(started, 1)).split('\n');
  expect(JSON.stringify(one) === JSON.stringify(two)).toBe(answer === 'equal');
  expect(first === second).toBe(answer === 'equal');
  expect(JSON.stringify(one?.response?.body['choices']) === JSON.stringify(two?.response?.body['choices'])).toBe(answer === 'equal');
});

test('CRLF, and very long lines, are still JSON and the same rows', async () => {
  const started = await start({ shuffle: false });
  const [plain] = rowsOf((await openaiFiles(started, chatLines(1))).output);
  started.emulator.setFaults(['row=1 crlf', 'row=2 long=8000000']);
  const { output } = await openaiFiles(started, chatLines(3));
  const [first = '', second = '', third = ''] = output.split('\n');
  expect(first.endsWith('}\r')).toBe(true);
  expect(second.length).toBeGreaterThan(8_000_000);
  expect(third.length).toBeLessThan(10_000);
  expect(rowsOf(output).map((row) => row.custom_id)).toEqual(['r-0', 'r-1', 'r-2']);
  expect(rowsOf(output)[0]?.response?.body['choices']).toEqual(plain?.response?.body['choices']);
});

test('status_code 0 stands in the output file', async () => {
  const { output, error } = await openaiFiles(await start({ shuffle: false, faults: ['row=2 zero'] }), chatLines(2));
  expect(rowsOf(output)[1]).toMatchObject({ custom_id: 'r-1', response: { status_code: 0, body: null }, error: null });
  expect(error).toBe('');
});

test.each([408, 409, 429, 500, 503, 400])('rows fail with %d', async (status) => {
  const started = await start({ shuffle: false, faults: [`row=2 error=${status} code=odd_code message="So it is."`] });
  const { output, error } = await openaiFiles(started, chatLines(3));
  expect(rowsOf(output).map((row) => row.custom_id)).toEqual(['r-0', 'r-2']);
  expect(rowsOf(error)).toMatchObject([{ custom_id: 'r-1', error: null, response: { status_code: status, body: { error: { code: 'odd_code', message: 'So it is.' } } } }]);
  const failed = JSON.parse((await anthropicResults(started)).split('\n')[1] ?? '') as { result: object };
  expect(failed.result).toMatchObject({ type: 'errored', error: { error: { message: 'So it is.' } } });
});

const chat = (finish: string, said: object) => ({ choices: [{ finish_reason: finish, message: said }] });
const flaws: [rule: string, chat: object, response: object, message: object][] = [
  ['filtered', chat('content_filter', { content: '' }), { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, { stop_reason: 'refusal', content: [] }],
  ['truncated', chat('length', { content: expect.stringMatching(/^.+$/) }), { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, { stop_reason: 'max_tokens', content: [{ type: 'text' }] }],
  ['refused', chat('stop', { content: null, refusal: expect.any(String) }), { status: 'completed', output: [{ content: [{ type: 'refusal' }] }] }, { stop_reason: 'refusal' }],
  ['empty', chat('stop', { content: '', refusal: null }), { status: 'completed', output: [{ content: [{ type: 'output_text', text: '' }] }] }, { stop_reason: 'end_turn', content: [] }],
];

test.each(flaws)('answers are %s', async (rule, chatBody, responseBody, messageBody) => {
  const started = await start({ faults: [rule] });
  expect(rowsOf((await openaiFiles(started, chatLines(1))).output)[0]?.response).toMatchObject({ status_code: 200, body: chatBody });
  const request = { custom_id: 'a', method: 'POST', url: '/v1/responses', body: { model: 'gpt-4o-mini', input: 'Hello' } };
  const { output } = await openaiFiles(started, asJsonl([request]), '/v1/responses');
  expect(rowsOf(output)[0]?.response).toMatchObject({ status_code: 200, body: responseBody });
  expect(JSON.parse(await anthropicResults(started, 1))).toMatchObject({ result: { type: 'succeeded', message: messageBody } });
});

test('embeddings, completions and moderations can be empty', async () => {
  const started = await start({ faults: ['empty'] });
  const body = async (endpoint: Endpoint, asked: object) =>
    rowsOf((await openaiFiles(started, asJsonl([{ custom_id: 'a', method: 'POST', url: endpoint, body: asked }]), endpoint)).output)[0]?.response?.body;
  expect(await body('/v1/embeddings', { model: 'text-embedding-3-small', input: 'a' })).toMatchObject({ data: [] });
  expect(await body('/v1/completions', { model: 'gpt-3.5-turbo-instruct', prompt: 'a' })).toMatchObject({ choices: [{ text: '', finish_reason: 'stop' }] });
  expect(await body('/v1/moderations', { model: 'omni-moderation-latest', input: 'a' })).toMatchObject({ results: [] });
});

test('a row fails in its first attempts only', async () => {
  const started = await start({ shuffle: false, faults: ['row=1 attempts=2 error=503'] });
  const failed = async () => (await openaiFiles(started, chatLines(2))).error !== '';
  expect([await failed(), await failed(), await failed()]).toEqual([true, true, false]);
  started.emulator.setFaults(['row=1 attempts=1 error=503']);
  expect([await failed(), await failed()]).toEqual([true, false]);
});

async function failedIds(started: Pick<Started, 'openai' | 'clock'>): Promise<string[]> {
  const { error } = await openaiFiles(started, chatLines(200));
  return error === '' ? [] : rowsOf(error).map((row) => row.custom_id).toSorted();
}

test('probability is drawn for each custom_id and attempt: a second round can succeed, and the same script fails the same rows', async () => {
  const faults = ['probability=0.3 error=500'];
  const first = await start({ faults });
  const rounds = [await failedIds(first), await failedIds(first)];
  expect(rounds[0]?.length).toBeGreaterThan(30);
  expect(rounds[0]?.length).toBeLessThan(90);
  expect(rounds[1]).not.toEqual(rounds[0]);
  const again = await start({ faults });
  expect([await failedIds(again), await failedIds(again)]).toEqual(rounds);
  expect(await failedIds(await start({ faults, seed: 2 }))).not.toEqual(rounds[0]);
});

async function executionsOf(emulator: Emulator): Promise<Execution[]> {
  const all: Execution[] = [];
  for await (const execution of emulator.executions()) all.push(execution);
  return all;
}

test('what was executed is known, by hash, whatever became of the line; refused and never executed rows included or not', async () => {
  const { emulator, openai, anthropic, clock } = await start({ faults: ['row=1 missing', 'row=2 error=500', 'openai.batches.run batch=2 expire=0'] });
  const text = asJsonl([chatLine('a'), chatLine('b'), chatLine('c')]);
  const { id } = await createBatch(openai, text);
  await createBatch(openai, text);
  await openai.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Say a' }] });
  const message = await anthropic.messages.batches.create({ requests: messages(1) });
  clock.advance(25 * HOUR);
  await emulator.settle();
  const all = await executionsOf(emulator);
  expect(all.filter(({ batchId }) => batchId === id).map(({ customId, status }) => [customId, status])).toEqual([['a', 200], ['b', 500], ['c', 200]]);
  expect(all.filter(({ provider }) => provider === 'anthropic')).toMatchObject([{ batchId: message.id, customId: 'm-0', status: 200 }]);
  const synchronous = all.find(({ batchId }) => batchId === null);
  expect(synchronous).toEqual({ provider: 'openai', batchId: null, customId: null, hash: all.find(({ customId }) => customId === 'a')?.hash, status: 200 });
  expect(all).toHaveLength(5);
  expect(new Set(all.map(({ hash }) => hash)).size).toBe(4);
});

test('executions and attempts survive a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const clock = new ManualClock();
  const options: EmulatorOptions = { directory, clock, shuffle: false, faults: ['row=1 attempts=1 error=503'] };
  const life = async () => {
    const emulator = await startEmulator(options);
    const { error } = await openaiFiles({ ...clientsOf(emulator), clock }, chatLines(2));
    const executions = await executionsOf(emulator);
    await emulator.close();
    return { hasFailed: error !== '', executions: executions.map(({ customId, status }) => `${customId} ${status}`).toSorted() };
  };
  expect(await life()).toEqual({ hasFailed: true, executions: ['r-0 503', 'r-1 200'] });
  expect(await life()).toEqual({ hasFailed: false, executions: ['r-0 200', 'r-0 503', 'r-1 200', 'r-1 200'] });
  await rm(directory, { recursive: true });
});

test('a batch that is executed again after a kill is the same attempt, and counts once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  const [clock, faults] = [new ManualClock(), ['row=1 attempts=1 error=503']];
  const first = await startEmulator({ directory, clock, faults });
  const { openai } = clientsOf(first);
  const { id } = await createBatch(openai, chatLines(2));
  clock.advance(MINUTE);
  await openai.batches.retrieve(id);
  await cp(join(directory, 'batches'), join(directory, 'before'), { recursive: true });
  clock.advance(HOUR);
  const before = await openai.batches.retrieve(id);
  await first.close();
  // As a kill leaves it between the last row and the outcome of the batch.
  await rm(join(directory, 'batches'), { recursive: true });
  await cp(join(directory, 'before'), join(directory, 'batches'), { recursive: true });
  const second = await startEmulator({ directory, clock, faults });
  expect(await clientsOf(second).openai.batches.retrieve(id)).toEqual(before);
  expect((await executionsOf(second)).map(({ customId, status }) => [customId, status])).toEqual([['r-0', 503], ['r-1', 200]]);
  await second.close();
  await rm(directory, { recursive: true });
});

test('calls are counted by route, with status and time', async () => {
  const { emulator, openai, clock } = await start({ faults: ['openai.batches.list nth=2 answer=503'] });
  await openai.batches.list();
  clock.advance(1000);
  await openai.batches.list().catch(() => undefined);
  const seen = emulator.calls();
  expect(seen.map(({ route, status }) => [route, status])).toEqual([['openai.batches.list', 200], ['openai.batches.list', 503]]);
  expect((seen[1]?.at ?? 0) - (seen[0]?.at ?? 0)).toBe(1000);
});

test('an answer in JSON becomes invalid, or stands in a fence; a text that is none stays invalid as it is', async () => {
  const started = await start({ answer: ({ customId }) => (customId === 'r-1' ? '[1]' : customId === 'r-2' ? 'prose' : '{"a":{"b":1},"c":2}') });
  const contentOf = async (rule: string): Promise<(string | null)[]> => {
    started.emulator.setFaults([rule]);
    const { output } = await openaiFiles(started, chatLines(3));
    return rowsOf(output).map(({ response }) => (response?.body['choices'] as { message: { content: string | null } }[] | undefined)?.[0]?.message.content ?? null);
  };
  expect((await contentOf('invalid')).toSorted()).toEqual(['prose', '{"a":"wrong","c":2}', '{"wrong":[1]}']);
  expect((await contentOf('fenced')).toSorted()).toEqual(['```json\n[1]\n```', '```json\nprose\n```', '```json\n{"a":{"b":1},"c":2}\n```']);
});
