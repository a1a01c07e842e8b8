import { expect, it } from 'vitest';
import { LineBlock } from '../../src/results/line-block.ts';
import { LineScanner } from '../../src/results/line-scanner.ts';
import { layoutsOf, parseResultLine, readingOf } from '../../src/results/parse.ts';
import { openai } from '../../src/providers/openai/client.ts';
import type { BatchResult } from '../../src/results/result.ts';
import { resultIn } from '../../src/results/scanned-result.ts';

const chat = '{"custom_id": "a", "response": {"status_code": 200, "request_id": "r", "body": {"model": "m", "choices": [{"message": {"content": "A \\"text\\"", "refusal": null}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}}, "error": null}';
const message = '{"custom_id":"a","result":{"type":"succeeded","message":{"model":"c","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":4,"cache_read_input_tokens":1,"output_tokens":3}}}}';

/** What a scanner that has learned one line says of another one; `undefined` if that must be parsed. */
function scannedAfter(learned: string, line: string): BatchResult | undefined {
  const scanner = new LineScanner(layoutsOf({}));
  const parsed = parseResultLine(Buffer.from(learned));
  if (parsed.kind === 'result') scanner.learn(Buffer.from(learned), parsed.result);
  const bytes = Buffer.from(line);
  const text = bytes.toString('latin1');
  const scanned = scanner.scan(text, bytes, 0);
  const shape = scanned === undefined ? undefined : scanner.shapes[scanned.shape];
  if (scanned === undefined || shape === undefined || scanned.end !== text.length) return undefined;
  const span = bytes.toString('utf8', scanned.spanStart, scanned.spanStart + scanned.spanLength);
  return resultIn(scanned, shape, span, { parseBody: () => ({}) });
}

it.each([
  ['another id and text', chat, chat.replace('"a"', '"é b"').replace('A \\"text', '日本 \\u00e9 \\n{\\"custom_id\\": \\"fake\\"}')],
  ['other counts', chat, chat.replace(': 3', ': 123456')],
  ['another id, text and counts of Anthropic', message, message.replace('"a"', '"b"').replace('Hello', '').replace(':1', ':50')],
])('reads a line with %s as parsing does', (_title, learned, line) => {
  const scanned = scannedAfter(learned, line);
  const parsed = parseResultLine(Buffer.from(line));
  expect({ ...scanned, body: undefined }).toEqual({ ...(parsed.kind === 'result' ? parsed.result : {}), body: undefined });
  expect(scanned).toMatchObject({ kind: 'answered' });
});

it.each([
  ['a failed request', chat, chat.replace('200', '500')],
  ['an error', chat, chat.replace('"error": null', '"error": "broken"')],
  ['another finish reason', chat, chat.replace('stop', 'length')],
  ['another model', chat, chat.replace('"m"', '"n"')],
  ['a refusal', chat, chat.replace('"refusal": null', '"refusal": "no"')],
  ['no text', chat, chat.replace('"A \\"text\\""', 'null')],
  ['an escape in its id', chat, chat.replace('"a"', '"\\u0061"')],
  ['a count that is none', chat, chat.replace(': 3', ': 3.5')],
  ['a count with a zero before it', chat, chat.replace(': 3', ': 03')],
  ['a negative count', chat, chat.replace(': 3', ': -3')],
  ['a field more', chat, chat.replace('"error"', '"more": 1, "error"')],
  ['a field twice', chat, chat.replace('"custom_id": "a"', '"custom_id": "a", "custom_id": "b"')],
  ['other spaces', chat, chat.replace('": 3', '":3')],
  ['a raw control character', chat, chat.replace('A ', 'A \t')],
  ['an escape that is none', chat, chat.replace('A ', 'A \\x')],
  ['half of an escape', chat, chat.replace('A ', 'A \\u12')],
  ['no end', chat, chat.slice(0, -1)],
  ['something behind it', chat, `${chat} `],
  ['a mark before it', chat, `\ufeff${chat}`],
  ['another stop reason', message, message.replace('end_turn', 'max_tokens')],
  ['another type of content', message, message.replace('"type":"text"', '"type":"thinking"')],
  ['another kind of result', message, message.replace('succeeded', 'errored')],
])('leaves a line with %s to be parsed', (_title, learned, line) => {
  expect(line).not.toBe(learned);
  expect(scannedAfter(learned, line)).toBeUndefined();
});

it.each([
  ['a failure', chat.replace('200', '400')],
  ['a field twice, here with one value', chat.replace('"custom_id": "a"', '"custom_id": "a", "custom_id": "a"')],
  ['an error of which the parser makes nothing', chat.replace('"error": null', '"error": ""')],
  ['a refusal of which it makes nothing', chat.replace('"refusal": null', '"refusal": ""')],
  ['a tool call', chat.replace('"refusal": null', '"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]')],
  ['several texts', message.replace('"text":"Hello"}', '"text":"Hello"},{"type":"text","text":"more"}')],
  ['a count that is text', chat.replace(': 3', ': "3"')],
  ['spaces before it', ` ${chat}`],
])('makes no shape of a line with %s', (_title, line) => {
  expect(scannedAfter(line, line)).toBeUndefined();
});

it('learns nothing of a line that is mostly space, or has a name too long: no pattern holds it', () => {
  for (const padding of [100_000, 40_000_000]) {
    const line = `{${' '.repeat(padding)}${chat.slice(1)}`;
    expect(scannedAfter(line, line)).toBeUndefined();
  }
  const named = chat.replace('"refusal"', JSON.stringify('x'.repeat(100_000)));
  expect(scannedAfter(named, named)).toBeUndefined();
});

it('reads the lines of a provider by its layouts only while they describe its parser', () => {
  const provider = openai({ apiKey: 'any' });
  expect(readingOf(provider).layouts).toBe(provider.resultLayouts);
  const own = { ...provider, parseResult: (): undefined => undefined };
  expect(readingOf(own).layouts).toBeUndefined();
  expect(layoutsOf(readingOf(own))).toBeUndefined();
});

it.each([3, 500, 900, 1100, 5000])('reads a line of a vector behind %i bytes more, with no text of its block or with it', (length) => {
  const line = (id: string): string => `{"id": "${'x'.repeat(length)}", "custom_id": "${id}", "response": {"status_code": 200, "request_id": "r", "body": {"data": [{"embedding": [0.25, -1.5]}], "model": "e", "usage": {"prompt_tokens": 4}}}, "error": null}`;
  const scanner = new LineScanner(layoutsOf({}));
  const parsed = parseResultLine(Buffer.from(line('a')));
  if (parsed.kind === 'result') scanner.learn(Buffer.from(line('a')), parsed.result);
  const block = new LineBlock(Buffer.from(`${line('é')}\n${line('c')}\n`));
  const start = Buffer.byteLength(line('é')) + 1;
  expect(scanner.scanIn(block, 0)).toMatchObject({ customId: 'Ã©', end: start - 1, inputTokens: 4, spanLength: '[0.25, -1.5]'.length });
  const { spanStart = 0 } = scanner.scanIn(block, start) ?? {};
  expect(block.bytes.toString('latin1', start + spanStart, start + spanStart + 12)).toBe('[0.25, -1.5]');
  expect(scanner.scanIn(new LineBlock(Buffer.from(line('c').replace('"c"', '"\xff"'), 'latin1')), 0)).toBeUndefined();
});
