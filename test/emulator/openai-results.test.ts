import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { EmulatorOptions } from '../../src/emulator/server.ts';
import { asJsonl, chatLine, chatLines, createBatch, HOUR, rowsOf, start, textOf, type Endpoint } from './harness.ts';

async function completed(text: string, options: EmulatorOptions = {}, endpoint: Endpoint = '/v1/chat/completions') {
  const { openai, clock, emulator } = await start(options);
  const { id } = await createBatch(openai, text, endpoint);
  clock.advance(HOUR);
  const batch = await openai.batches.retrieve(id);
  expect(batch.status).toBe('completed');
  return { openai, batch, emulator };
}

test('rows look as OpenAI writes them: ASCII, spaced, in key order, one line feed each', async () => {
  const answer = () => 'naïve 水車 😀 \u2028 "x"';
  const { openai, batch } = await completed(chatLines(2), { answer, shuffle: false });
  const text = await textOf(openai, batch.output_file_id);
  expect(text).toMatch(/^[\n -~]*\n$/);
  const [first = '', second = '', end] = text.split('\n');
  expect(first).toMatch(
    /^\{"id": "batch_req_[0-9a-f]{32}", "custom_id": "r-0", "response": \{"status_code": 200, "request_id": "[0-9a-f]{32}", "body": \{"id": "chatcmpl-\w+", "object": "chat.completion", "created": \d+, /,
  );
  expect(first).toContain('"content": "na\\u00efve \\u6c34\\u8eca \\ud83d\\ude00 \\u2028 \\"x\\""');
  expect(first).toMatch(/\}\}, "error": null\}$/);
  expect(JSON.parse(second)).toMatchObject({ custom_id: 'r-1', response: { body: { choices: [{ message: { content: answer() } }] } } });
  expect(end).toBe('');
});

test('output is out of input order unless told otherwise, and holds every row once', async () => {
  const order = async (shuffle: boolean) => {
    const { openai, batch } = await completed(chatLines(50), { shuffle });
    return rowsOf(await textOf(openai, batch.output_file_id)).map((row) => row.custom_id);
  };
  const inOrder = Array.from({ length: 50 }, (_, index) => `r-${index}`);
  const shuffled = await order(true);
  expect(shuffled).not.toEqual(inOrder);
  expect(shuffled.toSorted()).toEqual(inOrder.toSorted());
  expect(await order(false)).toEqual(inOrder);
});

test('wrong parameters are 400 rows in the error file, with a null top-level error', async () => {
  const lines = [
    chatLine('fine', { model: 'gpt-5-mini' }),
    chatLine('hot', { model: 'gpt-5-mini', temperature: 0.5 }),
    chatLine('limit', { model: 'gpt-5-mini', max_tokens: 10 }),
    chatLine('empty', { model: 'gpt-5-mini', messages: [] }),
  ];
  const { openai, batch } = await completed(asJsonl(lines));
  expect(batch.request_counts).toEqual({ total: 4, completed: 1, failed: 3 });
  const failed = new Map(rowsOf(await textOf(openai, batch.error_file_id)).map((row) => [row.custom_id, row]));
  expect(failed.get('hot')).toMatchObject({
    error: null, response: { status_code: 400, body: { error: { type: 'invalid_request_error', param: 'temperature', code: 'unsupported_parameter' } } },
  });
  expect(failed.get('limit')).toMatchObject({ error: null, response: { body: { error: { param: 'max_tokens' } } } });
  expect(failed.get('empty')).toMatchObject({ error: null, response: { body: { error: { param: 'messages' } } } });
  expect(rowsOf(await textOf(openai, batch.output_file_id)).map((row) => row.custom_id)).toEqual(['fine']);
});

test('a batch whose rows all fail is completed without an output file', async () => {
  const answer = () => ({ status: 429, error: { message: 'You exceeded your current quota.', type: 'insufficient_quota', code: 'insufficient_quota' } });
  const { openai, batch } = await completed(chatLines(3), { answer });
  expect(batch).toMatchObject({ output_file_id: null, request_counts: { total: 3, completed: 0, failed: 3 } });
  for (const row of rowsOf(await textOf(openai, batch.error_file_id))) {
    expect(row).toMatchObject({ error: null, response: { status_code: 429, body: { error: { code: 'insufficient_quota' } } } });
  }
});

test('without failed rows error_file_id is null, or empty where that is asked for', async () => {
  expect((await completed(chatLines(1))).batch.error_file_id).toBeNull();
  expect((await completed(chatLines(1), { absentErrorFileId: '' })).batch.error_file_id).toBe('');
});

test('usage sums over the successful rows', async () => {
  const answer = ({ customId }: { customId?: string }) => (customId === 'r-0' ? 'four' : { status: 500, error: 'The server had an error.' });
  const { openai, batch } = await completed(chatLines(2), { answer });
  const [row] = rowsOf(await textOf(openai, batch.output_file_id));
  const usage = row?.response?.body['usage'];
  expect(usage).toMatchObject({ completion_tokens: 1 });
  expect(batch.usage).toMatchObject({ output_tokens: 1, input_tokens: expect.any(Number), output_tokens_details: { reasoning_tokens: 0 } });
  expect(usage).toMatchObject({ prompt_tokens: batch.usage?.input_tokens, total_tokens: batch.usage?.total_tokens });
});

test('an answer function sees the request, and whatever it throws or returns becomes the fate of the row', async () => {
  const seen: unknown[] = [];
  const answer = (request: { customId?: string }) => {
    seen.push(request);
    if (request.customId === 'r-0') throw Object.assign(new Error('thrown'), { status: 400, error: { message: 'Too long.', code: 'context_length_exceeded' } });
    if (request.customId === 'r-1') throw new Error('broken');
    return request.customId === 'r-2' ? 7 : undefined;
  };
  const { openai, batch } = await completed(chatLines(4), { answer, shuffle: false });
  expect(seen[0]).toMatchObject({ provider: 'openai', endpoint: '/v1/chat/completions', customId: 'r-0', body: { model: 'gpt-4o-mini' } });
  const errors = rowsOf(await textOf(openai, batch.error_file_id)).map(({ response }) => [response?.status_code, response?.body['error']]);
  expect(errors).toEqual([
    [400, expect.objectContaining({ code: 'context_length_exceeded', message: 'Too long.' })],
    [500, expect.objectContaining({ type: 'server_error', message: 'broken' })],
    [500, expect.objectContaining({ message: expect.stringContaining('returned a number') })],
  ]);
  expect(rowsOf(await textOf(openai, batch.output_file_id)).map((row) => row.custom_id)).toEqual(['r-3']);
});

test('result files have their own purpose and lifetime', async () => {
  const { openai, batch } = await completed(chatLines(1));
  const file = await openai.files.retrieve(batch.output_file_id ?? '');
  expect(file).toMatchObject({ purpose: 'batch_output', filename: `${batch.id}_output.jsonl`, expires_at: (batch.completed_at ?? 0) + 2_592_000 });
  expect(file.bytes).toBe((await textOf(openai, file.id)).length);
});

test('any line that JSON can write passes: escapes, odd ids, CRLF, no final line feed', async () => {
  const ids = ['a/b c', '日本', 'x'.repeat(200), 'tab\tand "quote"'];
  const text = ids.map((id) => JSON.stringify(chatLine(id, { messages: [{ role: 'user', content: '\u0000 \u2028 \n' }] }))).join('\r\n');
  const { openai, batch } = await completed(text);
  expect(rowsOf(await textOf(openai, batch.output_file_id)).map((row) => row.custom_id).toSorted()).toEqual(ids.toSorted());
});

test('nothing on disk holds the key', async () => {
  const { emulator, batch } = await completed(chatLines(1));
  const stored = await readFile(join(emulator.directory, 'batches', `${batch.id}.json`), 'utf8');
  expect(stored).toContain(batch.id);
  expect(stored).not.toContain('sk-test');
});
