import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStretch } from '../../src/shards/stretch-reader.ts';
import { folderWith, shell } from './shell.ts';

const rows = 9_000;
const sound = (index: number): string => `row-${index},"He said ""no"", ${index}\r\nand left",é ${'word '.repeat(index % 40)}`;
const table = (make: (index: number) => string): string => `id,title,text\n${Array.from({ length: rows }, (_, index) => make(index)).join('\n')}\n`;
const object = (index: number): string => JSON.stringify({ id: index % 3 === 0 ? index : `row-${index}`, title: `"no"\n${index}`, text: `é ${'word '.repeat(index % 40)}`, ...(index % 5000 === 4999 && { late: true }) });

/** Sources that take the threads different ways: through, or back to one thread at a guess that is wrong. */
const sources: readonly (readonly [title: string, file: string, text: string])[] = [
  ['quotes, line breaks, wide characters', 'in.csv', table(sound)],
  ['ids used before, too many fields, blank lines of spaces', 'in.csv', table((index) => (index % 701 === 700 ? `row-${index - 7},again,x` : index % 997 === 0 ? `${sound(index)},more` : index % 1009 === 0 ? `   \n${sound(index)}` : sound(index)))],
  ['a quote inside a text, which misleads those who count', 'in.csv', table((index) => (index === 6000 ? 'row-6000,5" pipe,x' : sound(index)))],
  ['a quote that breaks a row', 'in.csv', table((index) => (index === 6000 ? 'row-6000,"open" x,y' : sound(index)))],
  ['bytes that are not UTF-8', 'in.csv', table((index) => (index === 5500 ? 'row-5500,<broken>,x' : sound(index)))],
  ['rows longer than what is read at a time', 'in.csv', table((index) => (index % 4000 === 3999 ? `row-${index},long,"${'a line, ""quoted""\n'.repeat(50_000)}"` : sound(index)))],
  ['JSON objects longer than what is read at a time', 'in.jsonl', `${Array.from({ length: rows }, (_, index) => (index % 4000 === 3999 ? JSON.stringify({ id: index, title: 'long', text: '"line"\n'.repeat(100_000) }) : object(index))).join('\n')}\n`],
  ['so many rows that memory is used again', 'in.csv', table((index) => sound(index)).trimEnd() + Array.from({ length: 30_000 }, (_, index) => `\n${sound(index + rows)}`).join('')],
  ['JSON objects, one a line', 'in.jsonl', `${Array.from({ length: rows }, (_, index) => object(index)).join('\n')}\n`],
  ['broken and blank lines among objects', 'in.jsonl', Array.from({ length: rows }, (_, index) => (index % 600 === 0 ? '{"id":' : index % 911 === 0 ? '' : object(index))).join('\r\n')],
];

describe('what several threads build is, byte for byte, what one builds', () => {
  const ways = ['--id id', '--provider anthropic'];
  test.each(sources.flatMap((source) => ways.map((way) => [...source, way] as const)))('%s (%s) %#', async (_title, file, text, way) => {
    const folder = folderWith({ [file]: Buffer.from(text, 'utf8') });
    const bytes = readFileSync(join(folder, file));
    const at = bytes.indexOf('<broken>');
    if (at !== -1) bytes[at] = 0xff;
    const clean = folderWith({ [file]: bytes });
    const ask = `millrace build ${file} ${way} --prompt '{{title}}: {{text}}' --max-requests 1700`;
    const [one, many] = await Promise.all([shell(clean, `${ask} --dir one`), shell(clean, `${ask} --dir many --threads 3`)]);
    expect(many.code).toBe(one.code);
    expect(many.stderr).toBe(one.stderr.replaceAll('one', 'many'));
    const [expected, found] = await Promise.all([contentOf(join(clean, 'one')), contentOf(join(clean, 'many'))]);
    expect(found).toEqual(expected);
  });
});

/** Shards, remembered records and rejections of a run; a tag, which each run has of its own, is left out. */
async function contentOf(run: string): Promise<unknown> {
  const shards = readdirSync(join(run, 'shards')).map((name) => readFileSync(join(run, 'shards', name), 'latin1').replaceAll(/"custom_id":"[0-9a-f]{8}-/g, '"custom_id":"tag-'));
  const rejects = readdirSync(run).includes('rejects.jsonl') ? readFileSync(join(run, 'rejects.jsonl'), 'utf8') : '';
  const records: string[] = [];
  for (const name of readdirSync(join(run, 'source'))) for await (const record of readStretch(join(run, 'source', name))) records.push(JSON.stringify(record));
  return { shards, rejects, records };
}
