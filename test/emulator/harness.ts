import Anthropic from '@anthropic-ai/sdk';
import { request } from 'node:http';
import { text as textFrom } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import OpenAI, { toFile } from 'openai';
import { afterEach } from 'vitest';
import { startEmulator, type Emulator, type EmulatorOptions } from '../../src/emulator/server.ts';

/** A clock that moves only when told. */
export class ManualClock {
  #now = Date.UTC(2026, 10, 22, 7, 0, 0, 123);

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

const running: Emulator[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()));
});

/** An emulator on a manual clock at the pace of life, and both official clients for it. */
export async function start(options: EmulatorOptions = {}) {
  const clock = new ManualClock();
  const emulator = await startEmulator({ clock, ...options });
  running.push(emulator);
  return { clock, emulator, ...clientsOf(emulator) };
}

export function clientsOf(emulator: Emulator, apiKey = 'sk-test') {
  return {
    openai: new OpenAI({ baseURL: emulator.openaiBaseUrl, apiKey, maxRetries: 0 }),
    anthropic: new Anthropic({ baseURL: emulator.anthropicBaseUrl, apiKey, maxRetries: 0 }),
  };
}

export function chatLine(customId: string, body: object = {}): Record<string, unknown> {
  const defaults = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: `Say ${customId}` }] };
  return { custom_id: customId, method: 'POST', url: '/v1/chat/completions', body: { ...defaults, ...body } };
}

export function chatLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `${JSON.stringify(chatLine(`r-${index}`))}\n`).join('');
}

export function asJsonl(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export async function upload(openai: OpenAI, text: string | Buffer, name = 'input.jsonl') {
  return openai.files.create({ file: await toFile(Buffer.from(text), name), purpose: 'batch' });
}

export type Endpoint = OpenAI.BatchCreateParams['endpoint'];

export async function createBatch(openai: OpenAI, text: string | Buffer, endpoint: Endpoint = '/v1/chat/completions') {
  const file = await upload(openai, text);
  return openai.batches.create({ input_file_id: file.id, endpoint, completion_window: '24h' });
}

export async function textOf(openai: OpenAI, fileId: string | null | undefined): Promise<string> {
  if (!fileId) throw new Error('There is no such file.');
  const content = await openai.files.content(fileId);
  return content.text();
}

export interface OutputRow {
  readonly id: string;
  readonly custom_id: string;
  readonly response: { readonly status_code: number; readonly request_id: string; readonly body: Record<string, unknown> } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export function rowsOf(text: string): OutputRow[] {
  // The tests below assert the shape.
  return text.trimEnd().split('\n').map((line) => JSON.parse(line) as OutputRow);
}

export function message(customId: string, params: object = {}): { custom_id: string; params: Anthropic.MessageCreateParamsNonStreaming } {
  const defaults = { model: 'claude-haiku-4-5', max_tokens: 256, messages: [{ role: 'user' as const, content: `Say ${customId}` }] };
  return { custom_id: customId, params: { ...defaults, ...params } };
}

export function messages(count: number) {
  return Array.from({ length: count }, (_, index) => message(`m-${index}`));
}

/** What a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<{ status?: number; code?: string; param?: string; message: string; type?: string }> {
  return promise.then(
    () => {
      throw new Error('It was expected to fail.');
    },
    // Both SDKs throw errors with these fields.
    (error: unknown) => error as { status?: number; message: string },
  );
}

/** `text`, then spaces up to `bytes`, in pieces. */
export function* padded(text: string, bytes: number): Generator<Buffer> {
  const piece = Buffer.alloc(1024 * 1024, 0x20);
  yield Buffer.from(text);
  for (let left = bytes - Buffer.byteLength(text); left > 0; left -= piece.length) yield piece.subarray(0, left);
}

/** A form with purpose `batch` and a file of `bytes` that begins with `text`. */
export function multipart(text: string, bytes: number) {
  const part = (name: string, rest: string) => `--xyz\r\ncontent-disposition: form-data; name="${name}"${rest}\r\n\r\n`;
  function* chunks(): Generator<Buffer> {
    yield Buffer.from(`${part('purpose', '')}batch\r\n${part('file', '; filename="a.jsonl"')}`);
    yield* padded(text, bytes);
    yield Buffer.from('\r\n--xyz--\r\n');
  }
  return { contentType: 'multipart/form-data; boundary=xyz', chunks: chunks() };
}

/** Posts a body in pieces, which `fetch` would hold whole. */
export async function stream(url: string, headers: Record<string, string>, chunks: Iterable<Buffer>) {
  const call = request(url, { method: 'POST', headers });
  const answered = new Promise<{ status: number; text: string }>((resolve, reject) => {
    call.on('error', reject);
    call.on('response', (response) => {
      textFrom(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
  });
  await pipeline(chunks, call);
  return answered;
}
