import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chat, lines } from '../lint/fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

const clean = lines(chat('a'), chat('b'));
const hot = (id: string) => chat(id, { model: 'gpt-5-mini', temperature: 0 });
const people = 'id,text\na,hi\nb,\na,again\n';
const ask = "--prompt '{{text}}' --id id";
const refusal = (line: number, id: string) =>
  `bad.jsonl:${line}:153: error [unsupported_parameter] the model gpt-5-mini does not take \`temperature\`: leave it out. (record ${line - 1} of bad.jsonl; custom_id "${id}")\n`;

golden([
  { title: 'a clean file', files: { 'ok.jsonl': clean }, command: 'millrace lint ok.jsonl', code: 0, stderr: 'ok.jsonl: 2 requests: nothing that would be refused, 0 warnings\n' },
  { title: 'quietly', files: { 'ok.jsonl': clean }, command: 'millrace lint ok.jsonl --quiet', code: 0, stderr: '' },
  { title: 'from standard input', stdin: clean, command: 'millrace lint -', code: 0, stderr: 'stdin: 2 requests: nothing that would be refused, 0 warnings\n' },
  {
    title: 'what would be refused',
    files: { 'bad.jsonl': lines(hot('a')) },
    command: 'millrace lint bad.jsonl',
    code: 3,
    stdout: refusal(1, 'a'),
    stderr: 'bad.jsonl: 1 request: 1 error that would be refused, 0 warnings\n',
  },
  {
    title: 'the first of each kind, and how many more',
    files: { 'bad.jsonl': lines(...Array.from({ length: 1008 }, (_, index) => hot(`r-${index}`))) },
    command: 'millrace lint bad.jsonl',
    code: 3,
    stdout: `${[0, 1, 2, 3, 4].map((index) => refusal(index + 1, `r-${index}`).replace(':153:', ':157:')).join('')}... and 1,003 more of unsupported_parameter (--all shows them)\n`,
    stderr: 'bad.jsonl: 1,008 requests: 1,008 errors that would be refused, 0 warnings\n',
  },
  {
    title: 'all of them',
    files: { 'bad.jsonl': lines(...Array.from({ length: 7 }, (_, index) => hot(String(index)))) },
    command: 'millrace lint bad.jsonl --all --quiet',
    code: 3,
    stdout: [0, 1, 2, 3, 4, 5, 6].map((index) => refusal(index + 1, String(index))).join(''),
    stderr: '',
  },
  { title: 'warnings alone', files: { 'w.jsonl': lines(chat('a', {}, { extra: 1 })) }, command: 'millrace lint w.jsonl', code: 0, stdout: /^w\.jsonl:1:\d+: warning \[unknown_field\] .+\n$/, stderr: 'w.jsonl: 1 request: nothing that would be refused, 1 warning\n' },
  {
    title: 'as JSON',
    files: { 'bad.jsonl': lines(hot('a')) },
    command: 'millrace lint bad.jsonl --json --quiet',
    code: 3,
    stderr: '',
    stdout: `{"version":1,"findings":[
{"severity":"error","rule":"unsupported_parameter","message":"the model gpt-5-mini does not take \`temperature\`: leave it out.","file":"bad.jsonl","line":1,"column":153,"index":0,"customId":"a"}
],"summary":{"file":"bad.jsonl","format":"openai-jsonl","requests":1,"bytes":${lines(hot('a')).length},"errors":1,"warnings":0,"fixed":0,"rules":{"unsupported_parameter":1},"endpoint":"/v1/chat/completions"}}
`,
  },
  {
    title: 'as JSON, where there is nothing to find',
    files: { 'ok.jsonl': clean },
    command: 'millrace lint ok.jsonl --json --quiet',
    code: 0,
    stderr: '',
    stdout: `{"version":1,"findings":[\n],"summary":{"file":"ok.jsonl","format":"openai-jsonl","requests":2,"bytes":${clean.length},"errors":0,"warnings":0,"fixed":0,"rules":{},"endpoint":"/v1/chat/completions"}}\n`,
  },
  {
    title: 'a corrected copy',
    files: { 'bad.jsonl': `\uFEFF${lines(chat('a'))}\n${lines(chat(17))}` },
    command: 'millrace lint bad.jsonl --fix good.jsonl',
    code: 0,
    stdout: `bad.jsonl:1:1: error, fixed [byte_order_mark] a byte order mark stands before this line, and makes it no JSON: save the file without one.
bad.jsonl:2:1: error, fixed [blank_line] the line is blank: take it out.
bad.jsonl:3:14: error, fixed [wrong_type] \`custom_id\` must be a text; it is 17. (record 1 of bad.jsonl; custom_id "17")
`,
    stderr: 'bad.jsonl: 2 requests: nothing that would be refused, 0 warnings, 3 fixed in good.jsonl (1 id mapped, see good.jsonl.ids.jsonl)\n',
    after: (folder) => {
      expect(readFileSync(join(folder, 'good.jsonl'), 'utf8')).toBe(lines(chat('a'), { ...chat(17), custom_id: '17' }));
      expect(readFileSync(join(folder, 'good.jsonl.ids.jsonl'), 'utf8')).toBe('{"custom_id":"17","original":17}\n');
    },
  },
  { title: 'a copy in place', files: { 'ok.jsonl': clean }, command: 'millrace lint ok.jsonl --fix ./ok.jsonl', code: 2, stderr: /would replace ok\.jsonl.*\[invalid_option\]\n$/, after: (folder) => expect(readFileSync(join(folder, 'ok.jsonl'), 'utf8')).toBe(clean) },
  {
    title: 'a source with its prompt',
    files: { 'people.csv': people },
    command: `millrace lint people.csv ${ask} --max-requests 1`,
    code: 3,
    stdout: `people.csv:3: warning [empty_prompt] the prompt is empty: the answer will be paid for all the same. (record 1 of people.csv, line 1 of shard 2; custom_id "b")
people.csv:4: error [duplicate_custom_id] The custom_id "a" of line 4 was used before, by line 2. (record 2 of people.csv; custom_id "a")
`,
    stderr: 'people.csv: 3 records in 2 shards: 1 error that would be refused, 1 warning\n',
    after: (folder) => expect(existsSync(join(folder, 'shard-000001.jsonl'))).toBe(false),
  },
  {
    title: 'a definition that is refused whatever the record',
    files: { 'people.csv': people },
    command: `millrace lint people.csv ${ask} --model gpt-5 --param temperature=0`,
    code: 3,
    stdout: 'people.csv: error [unsupported_parameter] chat() would be refused: the model gpt-5 does not take `temperature`: leave it out.\n',
    stderr: 'people.csv: 0 records: 1 error that would be refused, 0 warnings\n',
  },
  { title: 'the endpoint by its short name', files: { 'ok.jsonl': clean }, command: 'millrace lint ok.jsonl --endpoint responses --quiet', code: 3, stdout: /^ok\.jsonl:1:\d+: error \[mixed_urls\].*\nok\.jsonl:1/ },
  { title: 'an older version of the API', files: { 'a.json': '{"requests":[{"custom_id":"a","params":{"model":"claude-haiku-4-5","max_tokens":1,"top_k":1,"messages":[{"role":"user","content":"x"}]}}]}' }, command: 'millrace lint a.json --api-version 2023-06-01', code: 0, stderr: /nothing that would be refused/ },
  { title: 'a version that is none', files: {}, command: 'millrace lint a.json --api-version new', code: 2, stderr: /Expected a date such as 2023-06-01/ },
  { title: 'a source without a prompt', files: { 'people.csv': people }, command: 'millrace lint people.csv', code: 2, stderr: /people\.csv is no batch input file.*--prompt.*\[unknown_format\]\n$/ },
  { title: 'flags of a source without a prompt', files: { 'ok.jsonl': clean }, command: 'millrace lint ok.jsonl --id id', code: 2, stderr: 'millrace: --id is for a source of records: say with --prompt or --messages what to ask of them, or leave it out for a batch input file. [invalid_option]\n' },
  { title: 'a corrected source', files: { 'people.csv': people }, command: `millrace lint people.csv ${ask} --fix b.csv`, code: 2, stderr: /--fix corrects batch input files/ },
  { title: 'no such file', files: {}, command: 'millrace lint none.jsonl', code: 1, stderr: /^millrace: none\.jsonl cannot be read: .* \[file_not_found\]\n$/ },
]);

test.concurrent('a reader that goes away ends it quietly', async () => {
  const folder = folderWith({ 'bad.jsonl': lines(...Array.from({ length: 20_000 }, (_, index) => hot(`r-${index}`))) });
  const { stdout, stderr } = await shell(folder, 'millrace lint bad.jsonl --all --quiet | head -n 1');
  expect(stdout).toMatch(/^bad\.jsonl:1:157: error/);
  expect(stderr).toBe('');
});

test.concurrent('run says once what is doubtful, and rejects by rule what would be refused', async () => {
  const folder = folderWith({ 'people.csv': 'id,text\na,\nb,x\nc,\n' });
  const built = await shell(folder, `millrace build people.csv ${ask} --emulate --dir run --param top_k=3`);
  expect(built.stderr).toBe(`warning: \`top_k\` is no parameter of /v1/chat/completions that is known: it may be refused. Check the spelling.
warning: Record 0 (custom_id "a"): the prompt is empty: the answer will be paid for all the same. Others may be alike: \`millrace lint\` names them all.
3 records: 3 requests in 1 shard under run\n`);
  const rejected = await shell(folder, `millrace build people.csv ${ask} --endpoint embeddings -o shards --quiet`);
  expect(rejected.code).toBe(3);
  expect(JSON.parse(readFileSync(join(folder, 'shards/rejects.jsonl'), 'utf8').split('\n')[0] ?? '')).toMatchObject({ code: 'invalid_request', rule: 'empty_input', custom_id: 'a' });
});
