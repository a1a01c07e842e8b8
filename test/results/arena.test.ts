import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resultColumns } from '../../src/join/columns.ts';
import { Pieces } from '../../src/fused/pieces.ts';
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

/** Gathers tails. */
class Text {
  text = '';
  write(text: string): void {
    this.text += text;
  }
  copy(bytes: Buffer, start: number, end: number): void {
    this.text += bytes.toString('latin1', start, end);
  }
}

function tailOf(arena: ResultArena, line: number, customId: string): string {
  const out = new Text();
  arena.append(line, customId, out);
  return out.text;
}

it('gives tails by line, whatever the order of lines and records', async () => {
  const numbers = Array.from({ length: 3000 }, (_, number) => number);
  const shuffled = numbers.toSorted((a, b) => ((a * 7919) % 3001) - ((b * 7919) % 3001));
  const index = await indexOf('order.jsonl', shuffled.map((number) => chatLine(`row-${number}`, `text ${number}, "quoted"\n`)));
  const arena = new ResultArena(index, { format: cells });
  for (const number of numbers) expect(tailOf(arena, arena.lineOf(`row-${number}`), `row-${number}`)).toBe(`,succeeded,,"text ${number}, ""quoted""\n",stop,m,3,2,row-${number}\n`);
  expect(arena.lineOf('stranger')).toBe(-1);
  expect([...index.unmet()]).toEqual([]);
  arena.close();
  index.close();
});

it('reads lines one by one where records ask for them in no order', async () => {
  const texts = Array.from({ length: 60_000 }, (_, number) => `${number} ${'x'.repeat(number % 7 === 0 ? 5000 : 1)}`);
  const index = await indexOf('random.jsonl', texts.map((text, number) => chatLine(`row-${number}`, text)));
  const arena = new ResultArena(index, { format: cells });
  for (let at = 0; at < texts.length; at += 1) {
    const number = (at * 7919) % texts.length;
    const tail = tailOf(arena, arena.lineOf(`row-${number}`), `row-${number}`);
    if (tail !== `,succeeded,,${texts[number]},stop,m,3,2,row-${number}\n`) expect.fail(tail);
  }
  arena.close();
  index.close();
});

it('shows the id of the user where another one was on the wire, and takes the stand-in of an id that has no line', async () => {
  const index = await indexOf('ids.jsonl', [chatLine('tag-0', 'zero'), chatLine('safe-1', 'one')]);
  const arena = new ResultArena(index, { format: { kind: 'object' } });
  const mine = toIdText('é, "mine"');
  expect(JSON.parse(Buffer.from(tailOf(arena, arena.lineOf('tag-0'), mine), 'latin1').toString())).toMatchObject({ text: 'zero', customId: 'é, "mine"' });
  const standIn = (id: string) => (id === 'b!' ? 'safe-1' : id);
  expect(JSON.parse(tailOf(arena, arena.lineOf('b!', standIn), 'b!'))).toMatchObject({ text: 'one', customId: 'b!' });
  expect(JSON.parse(tailOf(arena, arena.lineOf('tag-0', standIn), toIdText('\ud800')))).toMatchObject({ text: 'zero', customId: '\ud800' });
  arena.close();
  index.close();
});

it('tells a record whose id an earlier one had, with a line, without, or by a stand-in', async () => {
  const index = await indexOf('twice.jsonl', [chatLine('a', 'A'), chatLine('safe', 'S')]);
  const arena = new ResultArena(index, { format: cells });
  const standIn = (id: string) => (id === 's!' ? 'safe' : 'nowhere');
  const look = (ids: readonly string[], first: number) => ids.map((id, number) => [arena.lineOf(id, standIn, first + number) !== -1, arena.earlier]);
  expect(look(['a', 'none', 's!', 'a', 'safe'], 10)).toEqual([[true, undefined], [false, undefined], [true, undefined], [false, 10], [true, undefined]]);
  expect(look(['none', 's!', 'a', 'safe', 'new'], 20)).toEqual([[false, 11], [false, 12], [false, 10], [false, 14], [false, undefined]]);
  arena.close();
  index.close();
});

it('copies vectors as they stand', async () => {
  const vector = `[${Array.from({ length: 5000 }, (_, number) => (number / 7).toFixed(6)).join(', ')}]`;
  const line = (id: string) => `{"custom_id": "${id}", "response": {"status_code": 200, "request_id": "r", "body": {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": ${vector}}], "model": "e", "usage": {"prompt_tokens": 4}}}, "error": null}`;
  const index = await indexOf('vectors.jsonl', [line('a'), line('b'), line('c')]);
  const table = new ResultArena(index, { format: { ...cells, columns: resultColumns({ kinds: index.kinds }) } });
  for (const id of ['c', 'b']) expect(tailOf(table, table.lineOf(id), id)).toBe(`,succeeded,,,,e,4,0,${id},"${vector}"\n`);
  expect(table.append(table.lineOf('c'), 'c', new Text())).toEqual({ status: 'succeeded', model: 'e', usage: { inputTokens: 4, outputTokens: 0 } });
  table.close();
  index.close();
});

it('reads vectors straight to their place in an output, and adds nothing where a file was written over', async () => {
  const vector = `[${Array.from({ length: 5000 }, (_, number) => (number / 7).toFixed(6)).join(', ')}]`;
  const line = (id: string): string => `{"custom_id": "${id}", "response": {"status_code": 200, "request_id": "r", "body": {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": ${vector}}], "model": "e", "usage": {"prompt_tokens": 4}}}, "error": null}`;
  const ids = Array.from({ length: 20 }, (_, number) => `id-${number}`);
  const index = await indexOf('placed.jsonl', ids.map(line));
  const arena = new ResultArena(index, { format: { kind: 'object', after: '\n' } });
  const append = (pieces: Pieces, id: string): void => {
    pieces.write('row ');
    arena.append(arena.lineOf(id), id, pieces);
  };
  const pieces = new Pieces();
  for (const id of ids.toReversed()) append(pieces, id);
  const tails = ids.toReversed().map((id) => (id === 'id-0' ? `{"status":"succeeded","embedding":${JSON.stringify(JSON.parse(vector))}` : `{"status":"succeeded","embedding":${vector}`) + `,"model":"e","usage":{"inputTokens":4,"outputTokens":0},"customId":"${id}"}\n`);
  expect(Buffer.concat(pieces.end()).toString()).toBe(tails.map((tail) => `row ${tail}`).join(''));

  writeFileSync(join(directory, 'placed.jsonl'), ' '.repeat(index.bytes));
  const others = new Pieces();
  expect(() => append(others, 'id-5')).toThrow(/changed while it was read/);
  expect(Buffer.concat(others.end()).toString()).toBe('row ');
  arena.close();
  index.close();
});

it('asks the rules where there are some', async () => {
  const index = await indexOf('rules.jsonl', [chatLine('a', 'one'), chatLine('b', '{"n":2}')]);
  const arena = new ResultArena(index, { format: { kind: 'object' }, rules: { parseJson: true } });
  expect(['a', 'b'].map((id) => arena.append(arena.lineOf(id), id, new Text()))).toMatchObject([{ status: 'unusable', reason: 'invalid' }, { status: 'succeeded' }]);
  expect(JSON.parse(tailOf(arena, arena.lineOf('b'), 'b'))).toMatchObject({ json: { n: 2 } });
  arena.close();
  index.close();
});

it('says so where a file was written over after it was read', async () => {
  const index = await indexOf('changing.jsonl', Array.from({ length: 5 }, (_, number) => chatLine(`${number}`, 'text')));
  writeFileSync(join(directory, 'changing.jsonl'), ' '.repeat(5000));
  const arena = new ResultArena(index, { format: cells });
  for (const id of ['0', '4']) expect(() => tailOf(arena, arena.lineOf(id), id)).toThrow(/changed while it was read/);
  arena.close();
  index.close();
});

it('makes tails again that later ones took the place of', async () => {
  // A third of the lines is long, and the mean is short: tails take more room than there is for them.
  const count = 20_000;
  const texts = Array.from({ length: count }, (_, number) => `${number} ${'y'.repeat(number % 640 < 64 ? 3000 : 0)}`);
  const index = await indexOf('uneven.jsonl', texts.map((text, number) => chatLine(`row-${number}`, text)));
  const arena = new ResultArena(index, { format: { kind: 'object', before: `"${'long key '.repeat(40)}":`, after: '}\n' } });
  const expected = (number: number): string => `"${'long key '.repeat(40)}":{"status":"succeeded","text":"${texts[number] ?? ''}","finishReason":"stop","model":"m","usage":{"inputTokens":3,"outputTokens":2},"customId":"row-${number}"}}\n`;
  for (const step of [1, 2, 640]) {
    for (let at = 0; at < count; at += step) {
      const number = (at + Math.floor((at * step) / count)) % count;
      if (tailOf(arena, index.table.ask(`row-${number}`, 0xffffffff), `row-${number}`) !== expected(number)) expect.fail(`row-${number} has another tail`);
    }
  }
  arena.close();
  index.close();
});
