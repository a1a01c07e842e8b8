import { toFile } from 'openai';
import { expect, test } from 'vitest';
import { chatLines, failureOf, HOUR, multipart, start, stream, textOf, upload } from './harness.ts';

test('a file is uploaded, shown, read back to the byte and deleted', async () => {
  const { openai, clock } = await start();
  const text = chatLines(3);
  const file = await upload(openai, text, 'shard-0003.jsonl');
  const createdAt = Math.floor(clock.now() / 1000);
  expect(file).toEqual({
    id: expect.stringMatching(/^file-[A-Za-z0-9]{22}$/), object: 'file', bytes: text.length, created_at: createdAt,
    expires_at: createdAt + 2_592_000, filename: 'shard-0003.jsonl', purpose: 'batch', status: 'processed', status_details: null,
  });
  expect(await openai.files.retrieve(file.id)).toEqual(file);
  expect(await textOf(openai, file.id)).toBe(text);
  expect(await openai.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true });
  expect(await failureOf(openai.files.retrieve(file.id))).toMatchObject({ status: 404, type: 'invalid_request_error' });
  expect(await failureOf(openai.files.content(file.id))).toMatchObject({ status: 404 });
  expect(await failureOf(openai.files.delete(file.id))).toMatchObject({ status: 404 });
});

test('expires_after sets the lifetime, and an expired file is gone', async () => {
  const { openai, clock } = await start();
  const file = await openai.files.create({
    file: await toFile(Buffer.from(chatLines(1)), 'a.jsonl'), purpose: 'batch', expires_after: { anchor: 'created_at', seconds: 3600 },
  });
  expect(file.expires_at).toBe(file.created_at + 3600);
  clock.advance(HOUR);
  expect(await failureOf(openai.files.retrieve(file.id))).toMatchObject({ status: 404 });
  const wrong = openai.files.create({ file: await toFile(Buffer.from(chatLines(1)), 'a.jsonl'), purpose: 'batch', expires_after: { anchor: 'created_at', seconds: 3599 } });
  expect(await failureOf(wrong)).toMatchObject({ status: 400, param: 'expires_after.seconds' });
});

test('lists page through with a cursor, in either order, by purpose', async () => {
  const { openai, clock } = await start();
  const ids: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    ids.push((await upload(openai, chatLines(1), `${index}.jsonl`)).id);
    clock.advance(1000);
  }
  await openai.files.create({ file: await toFile(Buffer.from('notes'), 'notes.txt'), purpose: 'user_data' });
  const listed: string[] = [];
  for await (const file of openai.files.list({ purpose: 'batch', limit: 2 })) listed.push(file.id);
  expect(listed).toEqual(ids.toReversed());
  const page = await openai.files.list({ purpose: 'batch', limit: 2, order: 'asc', after: ids[0] ?? '' });
  expect(page.data.map(({ id }) => id)).toEqual(ids.slice(1, 3));
  expect(page.has_more).toBe(true);
  expect((await openai.files.list()).data).toHaveLength(6);
  expect(await failureOf(openai.files.list({ limit: 0 }))).toMatchObject({ status: 400, param: 'limit' });
});

test.each([
  ['an empty file', '', 'a.jsonl'],
  ['a malformed first line', '{"custom_id": \n{}\n', 'a.jsonl'],
  ['a first line that is no object', '[1]\n', 'a.jsonl'],
  ['another extension', '{}\n', 'a.csv'],
])('%s is refused at upload', async (_title, text, name) => {
  const { openai } = await start();
  const failure = await failureOf(upload(openai, text, name));
  expect(failure).toMatchObject({ status: 400, type: 'invalid_request_error' });
  expect(failure.message).toContain('Invalid file format');
});

test('a malformed later line and a byte order mark pass the upload', async () => {
  const { openai } = await start();
  expect((await upload(openai, '{}\nnot json\n')).status).toBe('processed');
  expect((await upload(openai, '\uFEFF{}\n')).status).toBe('processed');
});

test('a body that is no form, an unknown purpose and a form without file are refused', async () => {
  const { emulator, openai } = await start();
  const headers = { authorization: 'Bearer sk-test' };
  const post = (body: FormData | string) => fetch(`${emulator.openaiBaseUrl}/files`, { method: 'POST', headers, body });
  expect((await post('hello')).status).toBe(400);
  const form = new FormData();
  form.set('purpose', 'batch');
  expect(await (await post(form)).json()).toMatchObject({ error: { param: 'file' } });
  const cut = await fetch(`${emulator.openaiBaseUrl}/files`, {
    method: 'POST', headers: { ...headers, 'content-type': 'multipart/form-data; boundary=b' },
    body: '--b\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\n',
  });
  expect(cut.status).toBe(400);
  // @ts-expect-error the type knows the purposes, too
  expect(await failureOf(openai.files.create({ file: await toFile(Buffer.from('{}'), 'a.jsonl'), purpose: 'nonsense' }))).toMatchObject({ status: 400, param: 'purpose' });
});

test('one byte more than 209,715,200 is a 413, that many are not', async () => {
  const { emulator } = await start();
  const statusOf = async (bytes: number) => {
    const form = multipart('{}\n', bytes);
    const answer = await stream(`${emulator.openaiBaseUrl}/files`, { authorization: 'Bearer k', 'content-type': form.contentType }, form.chunks);
    return [answer.status, answer.text] as const;
  };
  expect(await statusOf(209_715_201)).toEqual([413, expect.stringContaining('209715200')]);
  expect(await statusOf(209_715_200)).toEqual([200, expect.stringContaining('"bytes":209715200')]);
});

test('files and batches of one key are not seen by another', async () => {
  const { openai, emulator } = await start();
  const file = await upload(openai, chatLines(1));
  const other = openai.withOptions({ apiKey: 'sk-other', baseURL: emulator.openaiBaseUrl });
  expect(await failureOf(other.files.retrieve(file.id))).toMatchObject({ status: 404 });
  expect((await other.files.list()).data).toEqual([]);
});
