import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderWith, shell } from './shell.ts';

const records = 6000;
const body = (index: number, text: string, reason = 'stop') => ({ id: 'c', object: 'chat.completion', model: index % 3 === 0 ? 'gpt-5-mini' : 'gpt-5', choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: reason }], usage: { prompt_tokens: index, completion_tokens: 2 } });
const answer = (index: number, text: string, reason?: string): string => JSON.stringify({ id: `r-${index}`, custom_id: `row-${index}`, response: { status_code: 200, request_id: 'q', body: body(index, text, reason) }, error: null });
const sound = (index: number): string => answer(index, `${index}: "é"\n${'word, '.repeat(120 + (index % 70))}`, index % 50 === 0 ? 'length' : 'stop');

/** The lines of a result file, in another order than the records. */
const linesOf = (make: (index: number) => string): string[] => Array.from({ length: records }, (_, at) => make((at * 1009) % records));

/** A line that one might take for another, in place of some sound ones. */
function odd(index: number): string {
  if (index % 601 === 0) return '';
  if (index % 607 === 0) return '{"custom_id": "row-7", "response":';
  if (index % 613 === 0) return `${sound(index)}\n${answer(index, 'again')}`;
  if (index % 617 === 0) return JSON.stringify({ custom_id: `row-${index}`, response: { status_code: 400, body: { error: { message: 'no', code: 'bad' } } }, error: null });
  if (index % 619 === 0) return answer(index, '');
  if (index % 631 === 0) return sound(index).replaceAll('":', '": ');
  if (index % 641 === 0) return answer(index, 'y'.repeat(30_000));
  if (index === 4001) return answer(index, 'z'.repeat(1_500_000));
  if (index === 4003) return answer(index, '<broken>');
  if (index % 643 === 0) return answer(index + records, 'nobody');
  return sound(index);
}

const csv = `id,note\n${Array.from({ length: records }, (_, index) => `row-${index},"a ""b"" ${index}"`).join('\n')}\n`;
const jsonl = `${Array.from({ length: records }, (_, index) => JSON.stringify({ id: `row-${index}`, note: index })).join('\n')}\n`;

const cases: readonly (readonly [title: string, source: string, text: string, results: readonly string[]])[] = [
  ['sound lines', 'in.csv', csv, [linesOf(sound).join('\n')]],
  ['odd lines into CSV', 'in.csv', csv, [`${linesOf(odd).join('\n')}\n`]],
  ['odd lines into JSONL', 'in.jsonl', jsonl, [`${linesOf(odd).join('\n')}\n`]],
  ['small files among large ones, each with an answer of its own', 'in.jsonl', jsonl, [answer(3, 'first'), `${linesOf(odd).join('\r\n')}\n`, '', answer(5, 'late')]],
];

describe('what several threads join is, byte for byte, what one joins', () => {
  test.each(cases)('%s', async (_title, source, text, results) => {
    const files = results.map((lines, number) => [`results-${number}.jsonl`, brokenAt(Buffer.from(lines))] as const);
    const folder = folderWith({ [source]: text, ...Object.fromEntries(files) });
    const ask = `millrace join ${source} --id id ${files.map(([name]) => `--results ${name}`).join(' ')} --json`;
    const run = async (name: string, more: string): Promise<unknown> => {
      const { code, stdout, stderr } = await shell(folder, `${ask} -o ${name}-${source} ${more}`);
      const content = [`${name}-${source}`, `${name}-${source}.rejects.jsonl`].map((file) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'latin1') : undefined));
      return { code, stderr: stderr.replaceAll(name, 'out'), report: stdout.replaceAll(/"(started|ended)At":\s*"[^"]*"/g, ''), content };
    };
    const one = await run('one', '');
    expect(await run('many', '--threads 3')).toEqual(one);
  });
});

test('more results than are held, asked for with a leap: none is taken for another', async () => {
  const count = 20_000;
  const text = (index: number): string => `${index} ${'long '.repeat(780)}`;
  const lines = Array.from({ length: count }, (_, index) => answer(index, text(index)));
  // A leap to the end: what is made ahead there takes the room of what was to be made here, and is still before the other thread.
  const asked = [0, count - 1, ...Array.from({ length: count - 2 }, (_, at) => at + 1)];
  const folder = folderWith({ 'in.csv': `id\n${asked.map((index) => `row-${index}`).join('\n')}\n`, 'results.jsonl': lines.join('\n') });
  await shell(folder, 'millrace join in.csv --id id --results results.jsonl -o out.csv --threads 2 --quiet');
  const cells = readFileSync(join(folder, 'out.csv'), 'latin1').trimEnd().split('\n').slice(1).map((row) => row.split(',', 4));
  expect(cells.length).toBe(asked.length);
  const wrong = cells.filter(([id, , , answered], row) => id !== `row-${asked[row]}` || answered !== `"${text(asked[row] ?? -1)}"`);
  expect(wrong.map(([id]) => id)).toEqual([]);
});

/** Puts a byte that is no UTF-8 where the text says so. */
function brokenAt(bytes: Buffer): Buffer {
  const at = bytes.indexOf('<broken>');
  if (at !== -1) bytes[at] = 0xff;
  return bytes;
}
