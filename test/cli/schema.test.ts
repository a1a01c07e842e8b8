import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerLine, reviews } from './fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

const schema = JSON.stringify({ title: 'verdict', type: 'object', properties: { label: { enum: ['good', 'bad'] }, tags: { type: 'array', items: { type: 'string' } } }, required: ['label', 'tags'], additionalProperties: false });
const open = JSON.stringify({ type: 'object', properties: { label: { type: 'string' } } });
const files = { 'reviews.csv': reviews, 'verdict.json': schema, 'open.json': open, 'list.json': '[]', 'broken.json': '{' };
const ask = "--emulate --prompt 'Judge: {{text}}' --id id --poll-interval 100ms --quiet";
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');

describe('run --schema', () => {
  golden([
    {
      title: 'columns of the answer',
      files,
      command: `millrace run reviews.csv ${ask} --schema verdict.json -o out.csv`,
      code: 0,
      stderr: '',
      after: (folder) => {
        expect(read(folder, 'out.csv')).toMatch(/^id,text,.*,result_custom_id,result_label,result_tags\na,"Lovely, really",succeeded,[^]*,a,(good|bad),"?\[.*\]"?\nb,/);
        expect(read(folder, 'runs/reviews-emulated/shards/shard-000001.jsonl')).toContain('"response_format":{"type":"json_schema","json_schema":{"name":"verdict","strict":true,"schema":{"title":"verdict",');
      },
    },
    { title: 'what does not fit is unusable', files, command: `millrace run reviews.csv ${ask} --schema verdict.json -o out.jsonl --fault 'row=2 invalid' --json`, code: 3, stdout: /"unusable": 1,[^]*"invalid": 1/, after: (folder) => expect(read(folder, 'out.jsonl')).toMatch(/"id":"b".*"status":"unusable","reason":"invalid".*"error":\{"code":"invalid","message":"label: must be equal to one of/) },
    { title: 'asked again', files, command: `millrace run reviews.csv ${ask} --schema verdict.json --repair -o out.jsonl --fault 'row=2 attempts=1 invalid' --json`, code: 0, stdout: /"succeeded": 3,[^]*"attempts": 4/ },
    { title: 'in a fence', files, command: `millrace run reviews.csv ${ask} --schema verdict.json --strip-fences -o out.jsonl --fault fenced --json`, code: 0, stdout: /"succeeded": 3,/ },
    { title: 'not strict', files, command: `millrace run reviews.csv ${ask} --schema open.json --no-strict-schema -o out.csv`, code: 0, after: (folder) => expect(read(folder, 'runs/reviews-emulated/shards/shard-000001.jsonl')).toContain('"name":"answer","strict":false,') },
    { title: 'of Anthropic', files, command: `millrace run reviews.csv ${ask} --provider anthropic --schema verdict.json -o out.csv`, code: 0, after: (folder) => expect(read(folder, 'out.csv')).toMatch(/result_label,result_tags\n/) },
  ]);
});

describe('refused at once', () => {
  const nothingMade = (folder: string) => expect(() => read(folder, 'runs/reviews-emulated/ledger.sqlite')).toThrow(/ENOENT/);
  golden([
    { title: 'an open object', files, command: `millrace run reviews.csv ${ask} --schema open.json -o out.csv`, code: 1, stderr: /^millrace: chat\(\): OpenAI's strict mode would refuse the schema: the root may have properties that it does not name: .*; properties\.label may be left out: .*--no-strict-schema.* \[invalid_request\]\n$/, after: nothingMade },
    { title: 'to lint', files, command: "millrace lint reviews.csv --prompt 'Judge: {{text}}' --id id --schema open.json", code: 3, stdout: /^reviews\.csv: error \[unbuildable_request\] chat\(\): OpenAI's strict mode would refuse the schema: / },
    { title: 'of nothing', files: { 'batch.jsonl': '', 'open.json': open }, command: 'millrace lint batch.jsonl --schema open.json', code: 2, stderr: /--schema is for a source of records/ },
    { title: 'no file', files, command: `millrace run reviews.csv ${ask} --schema none.json -o out.csv`, code: 1, stderr: 'millrace: --schema: none.json cannot be read. Check the path. [file_not_found]\n', after: nothingMade },
    { title: 'no JSON', files, command: `millrace run reviews.csv ${ask} --schema broken.json -o out.csv`, code: 2, stderr: 'millrace: --schema: broken.json is not valid JSON. [invalid_option]\n' },
    { title: 'no object', files, command: `millrace run reviews.csv ${ask} --schema list.json -o out.csv`, code: 2, stderr: 'millrace: --schema: list.json must hold a JSON Schema, which is an object. [invalid_option]\n' },
    { title: 'vectors', files, command: `millrace run reviews.csv ${ask} --endpoint embeddings --schema verdict.json -o out.csv`, code: 2, stderr: 'millrace: --schema is for chat, responses and messages, not embeddings. [invalid_option]\n' },
    { title: 'an endpoint of its own', files, command: `millrace run reviews.csv ${ask} --endpoint /v1/images/generations --model m --schema verdict.json -o out.csv`, code: 2, stderr: 'millrace: --schema is for chat, responses and messages, not /v1/images/generations. [invalid_option]\n' },
    { title: 'no schema to be strict about', files, command: `millrace run reviews.csv ${ask} --no-strict-schema -o out.csv`, code: 2, stderr: 'millrace: --no-strict-schema is about --schema: give that too. [invalid_option]\n' },
    { title: 'two formats', files, command: `millrace run reviews.csv ${ask} --schema verdict.json --param 'response_format={"type":"text"}' -o out.csv`, code: 2, stderr: /both `schema` and `response_format`/ },
    { title: 'a source column of the name', files: { ...files, 'reviews.csv': 'id,text,result_label\na,x,y\n' }, command: `millrace run reviews.csv ${ask} --schema verdict.json -o out.csv`, code: 1, stderr: /already has a field "result_label".*--prefix.*\[column_conflict\]/ },
  ]);
});

test('step by step, the schema is that of the build', async () => {
  const folder = folderWith(files);
  const line = ["build reviews.csv --emulate --prompt 'Judge: {{text}}' --id id --schema verdict.json --dir r", "submit r --fault 'row=2 invalid'", "wait r --fault 'row=2 invalid'", 'fetch r -o out.csv'].map((verb) => `millrace ${verb} --quiet`).join(' && ');
  expect(await shell(folder, line)).toMatchObject({ code: 3, stderr: '' });
  expect(read(folder, 'out.csv')).toMatch(/,result_label,result_tags\na,[^]*\nb,Broke at once,unusable,invalid,[^]*,b,,\nc,/);
});

describe('join --schema', () => {
  const output = answerLine('a', '{"label":"good","tags":["x"]}') + answerLine('b', '```json\n{"label":"bad","tags":[]}\n```') + answerLine('c', '{"label":"odd","tags":[]}');
  golden([
    { title: 'answers of any tool', files: { ...files, 'output.jsonl': output }, command: 'millrace join reviews.csv --id id --results output.jsonl --schema verdict.json -o out.csv --quiet', code: 3, after: (folder) => expect(read(folder, 'out.csv')).toMatch(/result_label,result_tags\na,.*,a,good,"\[""x""\]"\nb,[^]*,unusable,invalid,[^]*\nc,Fine,unusable,invalid,.*,c,,\n$/) },
    { title: 'fences taken off', files: { ...files, 'output.jsonl': output }, command: 'millrace join reviews.csv --id id --results output.jsonl --schema verdict.json --strip-fences -o - --quiet --output-format jsonl', code: 3, stdout: /"id":"b".*"status":"succeeded".*"json":\{"label":"bad","tags":\[\]\}/ },
  ]);
});
