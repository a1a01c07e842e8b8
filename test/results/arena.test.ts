import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resultColumns } from '../../src/join/columns.ts';
import { ResultArena } from '../../src/results/arena.ts';
import { toIdText } from '../../src/results/byte-text.ts';
import { ResultIndex } from '../../src/results/result-index.ts';

const directory = mkdtempSync(join(tmpdir(), 'millrace-arena-'));
afterAll(() => rmSync(directory, { recursive: true }));

const cells = { kind: 'cells', columns: resultColumns(), delimiter: ',', before: ',', after: '\n' } as const;

function chatLine(id: string, text: string): string {
  const body = { id: 'c', object: 'chat.completion', model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }], usage: { prompt_tokens: 3, completion_tokens: 2 } };
  return JSON.stringify({ custom_id: id, response: { status_code: 200, request_id: 'r', body }, error: null });
}

async function indexOf(name: string, lines: readonly string[]): Promise<ResultIndex> {
  const path = join(directory, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return await ResultIndex.open([path], { directory });
}

it('gives tails by position, whatever the order of lines and records', async () => {
  const numbers = Array.from({ length: 3000 }, (_, number) => number);
  const shuffled = numbers.toSorted((a, b) => ((a * 7919) % 3001) - ((b * 7919) % 3001));
  const index = await indexOf('order.jsonl', shuffled.map((number) => chatLine(`row-${number}`, `text ${number}, "quoted"\n`)));
  const arena = new ResultArena(index, { format: cells });
  for (const stretch of [numbers.slice(0, 1000), numbers.slice(1000).toReversed()]) {
    arena.load({ customIds: [...stretch.map((number) => `row-${number}`), 'stranger', undefined] });
    for (const [position, number] of stretch.entries()) expect(arena.tail(position)).toBe(`,succeeded,,"text ${number}, ""quoted""\n",stop,m,3,2,row-${number}\n`);
    expect([arena.found(stretch.length), arena.found(stretch.length + 1)]).toEqual([false, false]);
  }
  expect([...index.unmet()]).toEqual([]);
  arena.close();
  index.close();
});

it('shows the id of the user where another one was on the wire, and takes the stand-in of an id that has no line', async () => {
  const index = await indexOf('ids.jsonl', [chatLine('tag-0', 'zero'), chatLine('safe-1', 'one')]);
  const arena = new ResultArena(index, { format: { kind: 'object' } });
  arena.load({ customIds: [toIdText('é, "mine"'), 'b!', '\ud800'].map(toIdText), wireIds: ['tag-0', 'b!', 'tag-0'], standIn: (position) => (position === 1 ? 'safe-1' : undefined) });
  expect(JSON.parse(Buffer.from(arena.tail(0), 'latin1').toString())).toMatchObject({ text: 'zero' });
  expect(JSON.parse(arena.tail(1))).toMatchObject({ text: 'one', customId: 'b!' });
  expect(JSON.parse(arena.tail(2))).toMatchObject({ text: 'zero', customId: '\ud800' });
  arena.close();
  index.close();
});

it('tells a record whose id an earlier one had, with a line, without, or by a stand-in, in any stretch', async () => {
  const index = await indexOf('twice.jsonl', [chatLine('a', 'A'), chatLine('safe', 'S')]);
  const arena = new ResultArena(index, { format: cells });
  const standIn = (id: string) => (id === 's!' ? 'safe' : undefined);
  const load = (ids: readonly string[], first: number) => arena.load({ customIds: ids, places: ids.map((_, number) => first + number), standIn: (position) => standIn(ids[position] ?? '') });
  load(['a', 'none', 's!', 'a', 'safe'], 10);
  expect([0, 1, 2, 3, 4].map((position) => [arena.found(position), arena.earlier(position)])).toEqual([[true, undefined], [false, undefined], [true, undefined], [false, 10], [true, undefined]]);
  load(['none', 's!', 'a', 'safe', 'new'], 20);
  expect([0, 1, 2, 3, 4].map((position) => [arena.found(position), arena.earlier(position)])).toEqual([[false, 11], [false, 12], [false, 10], [false, 14], [false, undefined]]);
  arena.close();
  index.close();
});

it('copies vectors as they stand', async () => {
  const vector = `[${Array.from({ length: 5000 }, (_, number) => (number / 7).toFixed(6)).join(', ')}]`;
  const line = (id: string) => `{"custom_id": "${id}", "response": {"status_code": 200, "request_id": "r", "body": {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": ${vector}}], "model": "e", "usage": {"prompt_tokens": 4}}}, "error": null}`;
  const index = await indexOf('vectors.jsonl', [line('a'), line('b'), line('c')]);
  const table = new ResultArena(index, { format: { ...cells, columns: resultColumns({ kinds: index.kinds }) } });
  table.load({ customIds: ['c', 'b'] });
  expect(table.tail(1)).toBe(`,succeeded,,,,e,4,0,b,"${vector}"\n`);
  expect(table.tailBytes(0).toString()).toBe(`,succeeded,,,,e,4,0,c,"${vector}"\n`);
  expect(table.summary(0)).toEqual({ status: 'succeeded', model: 'e', usage: { inputTokens: 4, outputTokens: 0 } });
  expect(table.stretchLength).toBeLessThan(2000);
  table.close();
  index.close();
});

it('asks the rules where there are some', async () => {
  const index = await indexOf('rules.jsonl', [chatLine('a', 'one'), chatLine('b', '{"n":2}')]);
  const arena = new ResultArena(index, { format: { kind: 'object' }, rules: { parseJson: true } });
  arena.load({ customIds: ['a', 'b'] });
  expect([arena.summary(0), arena.summary(1)]).toMatchObject([{ status: 'unusable', reason: 'invalid' }, { status: 'succeeded' }]);
  expect(JSON.parse(arena.tail(1))).toMatchObject({ json: { n: 2 } });
  arena.close();
  index.close();
});

it('says so where a file was written over after it was read', async () => {
  const index = await indexOf('changing.jsonl', Array.from({ length: 5 }, (_, number) => chatLine(`${number}`, 'text')));
  writeFileSync(join(directory, 'changing.jsonl'), ' '.repeat(5000));
  const arena = new ResultArena(index, { format: cells });
  for (const id of ['0', '4']) expect(() => arena.load({ customIds: [id] })).toThrow(/changed while it was read/);
  arena.close();
  index.close();
});
