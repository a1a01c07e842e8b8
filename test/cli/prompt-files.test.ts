import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { reviews } from './fixtures.ts';
import { golden, type Case } from './golden.ts';

const text = 'id,text\na,Lovely\n';

/** The messages of the one request that was built. */
const built = (folder: string) => (JSON.parse(readFileSync(join(folder, 'shards/shard-000001.jsonl'), 'utf8')) as { body: { messages: unknown } }).body.messages;

const asks = (title: string, files: Case['files'], flags: string, ...messages: readonly object[]): Case => ({
  title,
  files: { 'one.csv': text, ...files },
  command: `millrace build one.csv ${flags} -o shards --quiet`,
  code: 0,
  stderr: '',
  after: (folder) => expect(built(folder)).toEqual(messages),
});

const user = (content: string) => ({ role: 'user', content });
const system = (content: string) => ({ role: 'system', content });
const conversation = [system('Be brief.'), user('Classify: {{text}}')];

golden([
  asks('a prompt and a system prompt from files', { 'p.txt': 'Classify:\n{{text}}\n', 'sub/s.txt': 'Be brief.' }, '--prompt @p.txt --system @sub/s.txt', system('Be brief.'), user('Classify:\nLovely')),
  asks('byte order mark and one line break off', { 'p.txt': '\uFEFFÜber {{text}}?\r\n' }, '--prompt @p.txt', user('Über Lovely?')),
  asks('only one line break off', { 'p.txt': '{{text}}\n\n' }, '--prompt @p.txt', user('Lovely\n')),
  asks('what a file holds names no further file', { 'p.txt': '@other.txt @@' }, '--prompt @p.txt', user('@other.txt @@')),
  asks('a text that begins with @', {}, "--prompt '@@you: {{text}}' --system '@@'", system('@'), user('@you: Lovely')),
  asks('an @ elsewhere', {}, "--prompt 'a@b.c: {{text}}'", user('a@b.c: Lovely')),
  asks('messages from a file', { 'template.json': `\uFEFF${JSON.stringify(conversation)}\n` }, '--messages template.json', system('Be brief.'), user('Classify: Lovely')),
  asks('messages from a file, as a prompt', { 'template.json': JSON.stringify(conversation) }, '--messages @template.json', system('Be brief.'), user('Classify: Lovely')),
  asks('messages as JSON', {}, `--messages ' ${JSON.stringify(conversation)}'`, system('Be brief.'), user('Classify: Lovely')),
]);

const refused = (title: string, files: Case['files'], flags: string, message: string, code = 1): Case => ({ title, files: { 'reviews.csv': reviews, ...files }, command: `millrace run reviews.csv --emulate ${flags}`, code, stderr: `millrace: ${message}\n` });

golden([
  refused('no such file', {}, '--prompt @nothing.txt', '--prompt: nothing.txt cannot be read. Check the path, or write @@ for a text that begins with @. [file_not_found]'),
  refused('no such file', {}, '--prompt x --system @nothing.txt', '--system: nothing.txt cannot be read. Check the path, or write @@ for a text that begins with @. [file_not_found]'),
  refused('another encoding', { 'p.txt': Buffer.from('Gr\xFC\xDFe {{text}}', 'latin1') }, '--prompt @p.txt', '--prompt: p.txt is not UTF-8 text. [invalid_option]', 2),
  refused('no such messages', {}, '--messages nothing.json', '--messages: nothing.json cannot be read. Give a file of JSON, or a JSON array of messages, such as [{"role":"user","content":"{{text}}"}]. [file_not_found]'),
  refused('messages that are no JSON', { 'm.json': '[{' }, '--messages m.json', '--messages: m.json is not valid JSON. [invalid_option]', 2),
  refused('messages that are none', { 'm.json': '{"role":"user"}' }, '--messages m.json', '--messages: m.json must hold a JSON array of messages, such as [{"role":"user","content":"{{text}}"}]. [invalid_option]', 2),
]);
