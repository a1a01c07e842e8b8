import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { FileCheck } from '../../src/emulator/openai-validation.ts';
import { asJsonl, chatLine, chatLines, createBatch, MINUTE, start, upload, type Endpoint } from './harness.ts';

const good = chatLine('good');
const without = (name: string) => Object.fromEntries(Object.entries(chatLine('r')).filter(([key]) => key !== name));
const bodyWithout = (name: string) => {
  const { model, messages, ...rest }: Record<string, unknown> = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };
  return { ...chatLine('r'), body: { ...rest, ...(name === 'model' ? { messages } : { model }) } };
};

/** Table 7.2 of the reference: the broken line, what is said of it. */
const table: [string, string, { code: string; param: string | null; line: number | null }][] = [
  ['a line that is no JSON', `${JSON.stringify(good)}\n{"custom_id": \n`, { code: 'invalid_json_line', param: null, line: 2 }],
  ['a line that is no object', `${JSON.stringify(good)}\n[]\n`, { code: 'invalid_json_line', param: null, line: 2 }],
  ['a byte order mark', `\uFEFF${JSON.stringify(good)}\n`, { code: 'invalid_json_line', param: null, line: 1 }],
  ['a blank line', `${JSON.stringify(good)}\n\n`, { code: 'invalid_json_line', param: null, line: 2 }],
  ['no custom_id', asJsonl([good, without('custom_id')]), { code: 'missing_required_parameter', param: 'custom_id', line: 2 }],
  ['no method', asJsonl([without('method')]), { code: 'missing_required_parameter', param: 'method', line: 1 }],
  ['no url', asJsonl([good, without('url')]), { code: 'missing_required_parameter', param: 'url', line: 2 }],
  ['no body', asJsonl([good, without('body')]), { code: 'missing_required_parameter', param: 'body', line: 2 }],
  ['a custom_id twice', asJsonl([chatLine('a'), chatLine('b'), chatLine('a')]), { code: 'duplicate_custom_id', param: 'custom_id', line: 3 }],
  ['another url', asJsonl([good, { ...chatLine('r'), url: '/v1/responses' }]), { code: 'invalid_url', param: 'url', line: 2 }],
  ['another method', asJsonl([{ ...chatLine('r'), method: 'GET' }]), { code: 'invalid_method', param: 'method', line: 1 }],
  ['an unknown model', asJsonl([chatLine('r', { model: 'no-such-model' })]), { code: 'model_not_found', param: 'body.model', line: 1 }],
  ['a second model', asJsonl([good, chatLine('r', { model: 'gpt-4o' })]), { code: 'mismatched_model', param: 'body.model', line: 2 }],
  ['no model', asJsonl([good, bodyWithout('model')]), { code: 'invalid_request', param: 'body.model', line: 2 }],
  ['no messages', asJsonl([bodyWithout('messages')]), { code: 'invalid_request', param: 'body.messages', line: 1 }],
  ['streaming', asJsonl([good, chatLine('r', { stream: true })]), { code: 'streaming_unsupported', param: 'body.stream', line: 2 }],
];

test.each(table)('%s fails the batch after create was accepted', async (_title, text, expected) => {
  const { openai, clock } = await start();
  const created = await createBatch(openai, text);
  expect(created).toMatchObject({ status: 'validating', errors: null, request_counts: { total: 0, completed: 0, failed: 0 } });
  clock.advance(MINUTE);
  const failed = await openai.batches.retrieve(created.id);
  expect(failed).toMatchObject({ status: 'failed', output_file_id: null, error_file_id: null, in_progress_at: null, usage: null });
  expect(failed.errors).toEqual({ object: 'list', data: [{ ...expected, message: expect.stringMatching(/\w/) }] });
  expect(failed.failed_at).toBe(created.created_at + 20);
  expect(failed.expires_at).toBe(created.created_at + 86_400);
  expect(failed.request_counts).toEqual({ total: 0, completed: 0, failed: 0 });
});

test('all problems are listed where that is asked for', async () => {
  const { openai, clock } = await start({ validationErrors: 'all' });
  const batch = await createBatch(openai, `{}\n${JSON.stringify(good)}\nnot json\n`);
  clock.advance(MINUTE);
  const { errors } = await openai.batches.retrieve(batch.id);
  const found = errors?.data?.map(({ code, param, line }) => [code, param, line]);
  const missing = ['custom_id', 'method', 'url', 'body'].map((param) => ['missing_required_parameter', param, 1]);
  expect(found).toEqual([...missing, ['invalid_json_line', null, 3]]);
});

test('a file id that leads nowhere, or to a file of another purpose or account, is accepted and fails later', async () => {
  const { openai, clock, emulator } = await start();
  const notes = await openai.files.create({ file: await toFile(Buffer.from(chatLines(1)), 'notes.jsonl'), purpose: 'user_data' });
  const foreign = await upload(openai.withOptions({ apiKey: 'sk-other', baseURL: emulator.openaiBaseUrl }), chatLines(1));
  for (const id of ['file-nowhere', notes.id, foreign.id]) {
    const { id: batchId } = await openai.batches.create({ input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h' });
    clock.advance(MINUTE);
    const { status, errors } = await openai.batches.retrieve(batchId);
    expect(status).toBe('failed');
    expect(errors?.data).toEqual([expect.objectContaining({ code: 'invalid_request', param: 'file_id', line: null })]);
  }
});

test('tokens beyond the queue limit fail a batch until the one before has ended', async () => {
  const { openai, clock } = await start({ enqueuedTokenLimit: 60 });
  const text = chatLines(1);
  const first = await createBatch(openai, text);
  const second = await createBatch(openai, text);
  clock.advance(MINUTE);
  expect((await openai.batches.retrieve(first.id)).status).toBe('in_progress');
  const { status, errors } = await openai.batches.retrieve(second.id);
  expect(status).toBe('failed');
  expect(errors?.data).toEqual([expect.objectContaining({ code: 'token_limit_exceeded', param: null, line: null })]);
  expect(errors?.data?.[0]?.message).toContain('Limit: 60 enqueued tokens');
  clock.advance(20 * MINUTE);
  await openai.batches.retrieve(first.id);
  const third = await createBatch(openai, text);
  clock.advance(MINUTE);
  expect((await openai.batches.retrieve(third.id)).status).toBe('in_progress');
});

function checked(endpoint: string, lines: Iterable<object>) {
  const check = new FileCheck(endpoint, 'first');
  for (const line of lines) check.add(Buffer.from(JSON.stringify(line)));
  return check.finish(0);
}

function* copies(count: number, body: object, url: string) {
  for (let index = 0; index < count; index += 1) yield { custom_id: `r-${index}`, method: 'POST', url, body };
}

test('50,000 lines pass, one more does not; an empty file does not', () => {
  const body = { model: 'gpt-4o-mini', messages: [] };
  const url = '/v1/chat/completions';
  expect(checked(url, copies(50_000, body, url))).toMatchObject({ total: 50_000, problems: [] });
  expect(checked(url, copies(50_001, body, url)).problems).toEqual([expect.objectContaining({ code: 'too_many_tasks', line: null })]);
  expect(checked(url, []).problems).toEqual([expect.objectContaining({ code: 'empty_file', line: null })]);
});

test('50,000 embedding inputs pass, one more does not, wherever they stand', () => {
  const url: Endpoint = '/v1/embeddings';
  const input = Array.from({ length: 1000 }, () => 'a');
  const body = { model: 'text-embedding-3-small', input };
  expect(checked(url, copies(50, body, url)).problems).toEqual([]);
  const more = [...copies(50, body, url), { custom_id: 'last', method: 'POST', url, body: { ...body, input: 'one' } }];
  expect(checked(url, more).problems).toEqual([expect.objectContaining({ param: 'body.input', line: 51 })]);
});
