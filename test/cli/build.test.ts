import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ragged, reviews } from './fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

const files = { 'reviews.csv': reviews };
const ask = "--prompt 'Positive? {{text}}' --id id";
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const chatLine = (id: string, text: string) => `{"custom_id":"${id}","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-5-mini","messages":[{"role":"user","content":"Positive? ${text}"}]}}\n`;
const said = (shards: string, where: string) => `3 records: 3 requests in ${shards} under ${where}\n`;

golden([
  {
    title: 'only the files',
    files,
    command: `millrace build reviews.csv ${ask} -o shards`,
    code: 0,
    stderr: said('1 shard', 'shards'),
    after: (folder) => {
      expect(readdirSync(join(folder, 'shards'))).toEqual(['shard-000001.jsonl']);
      expect(read(folder, 'shards/shard-000001.jsonl')).toBe(chatLine('a', 'Lovely, really') + chatLine('b', 'Broke at once') + chatLine('c', 'Fine'));
    },
  },
  {
    title: 'for Anthropic, the exact body that will be sent',
    files,
    command: `millrace build reviews.csv ${ask} --provider anthropic --max-tokens 16 -o shards`,
    code: 0,
    stderr: said('1 shard', 'shards'),
    after: (folder) => {
      const request = (id: string, text: string) => ({ custom_id: id, params: { model: 'claude-haiku-4-5', max_tokens: 16, messages: [{ role: 'user', content: `Positive? ${text}` }] } });
      const requests = [request('a', 'Lovely, really'), request('b', 'Broke at once'), request('c', 'Fine')];
      expect(JSON.parse(read(folder, 'shards/shard-000001.json'))).toEqual({ requests });
    },
  },
  {
    title: 'an earlier build leaves no shard behind',
    files: { ...files, 'shards/notes.txt': 'kept' },
    command: `millrace build reviews.csv ${ask} -o shards --max-requests 1 && millrace build reviews.csv ${ask} -o shards --max-requests 2`,
    code: 0,
    stderr: said('3 shards', 'shards') + said('2 shards', 'shards'),
    after: (folder) => expect(readdirSync(join(folder, 'shards'))).toEqual(['notes.txt', 'shard-000001.jsonl', 'shard-000002.jsonl']),
  },
  {
    title: 'some rejected',
    files: { 'bad.csv': ragged },
    command: `millrace build bad.csv ${ask} -o shards`,
    code: 3,
    stderr: '3 records: 2 requests in 1 shard under shards; 1 rejected, see shards/rejects.jsonl\n',
    after: (folder) => expect(JSON.parse(read(folder, 'shards/rejects.jsonl'))).toMatchObject({ line: 3, code: 'parse_error' }),
  },
  { title: 'all rejected', files: { 'no.jsonl': '{"id":"a"}\n' }, command: `millrace build no.jsonl ${ask} -o shards --quiet`, code: 1, stderr: '' },
  {
    title: 'the same id twice',
    files: { 'twice.csv': 'id,text\na,x\nb,y\na,z\n' },
    command: `millrace build twice.csv ${ask} -o shards --quiet`,
    code: 3,
    after: (folder) => expect(JSON.parse(read(folder, 'shards/rejects.jsonl'))).toMatchObject({ line: 4, custom_id: 'a', code: 'duplicate_custom_id', message: 'The custom_id "a" of line 4 was used before, by line 2.' }),
  },
  { title: 'the first bad row, strictly', files: { 'bad.csv': ragged }, command: `millrace build bad.csv ${ask} -o shards --strict`, code: 1, stderr: /^millrace: bad\.csv, line 3: .* \[parse_error\]\n$/ },
  {
    title: 'from standard input',
    stdin: '{"id":"a","text":"x"}\n',
    command: `millrace build - ${ask} -o shards --quiet`,
    code: 0,
    stderr: '',
    after: (folder) => expect(read(folder, 'shards/shard-000001.jsonl')).toBe(chatLine('a', 'x')),
  },
  {
    title: 'a run, as JSON',
    files,
    command: `millrace build reviews.csv ${ask} --emulate --dir run --json --quiet`,
    code: 0,
    stderr: '',
    stdout: `${JSON.stringify({ version: 1, directory: 'run', records: 3, requests: 3, rejected: 0, shards: 1 }, null, 2)}\n`,
    after: (folder) => expect(existsSync(join(folder, 'run/ledger.sqlite'))).toBe(true),
  },
]);

test.concurrent('needs no key, because nothing is sent', async () => {
  const folder = folderWith(files);
  const expected = { code: 0, stdout: '', stderr: said('1 shard', 'runs/reviews') };
  expect(await shell(folder, `millrace build reviews.csv ${ask}`)).toEqual(expected);
  expect(await shell(folder, `millrace build reviews.csv ${ask}`)).toEqual(expected);
});
