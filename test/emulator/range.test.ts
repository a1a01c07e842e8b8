import { expect, test } from 'vitest';
import { rangeOf } from '../../src/emulator/send-file.ts';
import { chatLines, start, upload } from './harness.ts';

test.each([
  [undefined, undefined],
  ['bytes=0-', { start: 0, end: 99 }],
  ['bytes=10-19', { start: 10, end: 19 }],
  ['bytes=90-500', { start: 90, end: 99 }],
  ['bytes=-5', { start: 95, end: 99 }],
  ['bytes=-500', { start: 0, end: 99 }],
  ['bytes=100-', 'none'],
  ['bytes=-0', 'none'],
  ['bytes=9-5', undefined],
  ['bytes=-', undefined],
  ['bytes=0-1,5-6', undefined],
  ['lines=0-1', undefined],
])('Range %s of 100 bytes', (header, expected) => {
  expect(rangeOf(header, 100)).toEqual(expected);
});

async function content(ranges: boolean, headers: Record<string, string>) {
  const { openai } = await start({ ranges });
  const text = chatLines(4);
  const { id } = await upload(openai, text);
  const response = await openai.files.content(id, { headers });
  return { response, text, body: await response.text() };
}

test('a range is answered with 206, its place and a strong validator', async () => {
  const { response, text, body } = await content(true, { range: 'bytes=100-' });
  expect(response.status).toBe(206);
  expect(body).toBe(text.slice(100));
  expect(response.headers.get('content-range')).toBe(`bytes 100-${text.length - 1}/${text.length}`);
  expect(response.headers.get('accept-ranges')).toBe('bytes');
  expect(response.headers.get('etag')).toMatch(/^"[^"]+"$/);
});

test('If-Range with another validator gets the whole file, with the same one the part', async () => {
  const { openai } = await start();
  const { id, bytes } = await upload(openai, chatLines(4));
  const etag = (await openai.files.content(id)).headers.get('etag') ?? '';
  const statusWith = async (validator: string) => (await openai.files.content(id, { headers: { range: 'bytes=5-', 'if-range': validator } })).status;
  expect(await statusWith(etag)).toBe(206);
  expect(await statusWith('"other"')).toBe(200);
  await expect(openai.files.content(id, { headers: { range: `bytes=${bytes}-` } })).rejects.toMatchObject({ status: 416 });
});

test('the switch makes a server that knows no ranges', async () => {
  const { response, text, body } = await content(false, { range: 'bytes=100-' });
  expect(response.status).toBe(200);
  expect(body).toBe(text);
  expect(response.headers.get('accept-ranges')).toBeNull();
});
