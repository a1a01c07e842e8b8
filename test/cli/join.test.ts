import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { answerLine, errorLine, reviews, withoutPackage } from './fixtures.ts';
import { golden } from './golden.ts';

const files = {
  'reviews.csv': reviews,
  'output.jsonl': answerLine('b', '```json\n{"mood":"bad"}\n```') + answerLine('a', '{"mood":"good"}'),
  'errors.jsonl': errorLine('c'),
};
const columns = 'id,text,result_status,result_reason,result_text,result_finish_reason,result_model,result_input_tokens,result_output_tokens,result_custom_id';
const a = 'a,"Lovely, really",succeeded,,"{""mood"":""good""}",stop,gpt-5-mini-2025-08-07,9,3,a';
const joined = `${columns}\n${a}\nb,Broke at once,succeeded,,"\`\`\`json\n{""mood"":""bad""}\n\`\`\`",stop,gpt-5-mini-2025-08-07,9,3,b\nc,Fine,errored,server_error,,,,,,c\n`;
const both = 'millrace join reviews.csv --id id --results output.jsonl --results errors.jsonl';
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');

golden([
  {
    title: 'output and error file',
    files,
    command: `${both} -o out.csv --report report.json`,
    code: 3,
    stderr: /^records +3\n {2}succeeded +2\n {2}errored +1\nreasons\n {2}server_error +1\nresult lines +3\ntokens +18 in, 6 out\n$/,
    after: (folder) => {
      expect(read(folder, 'out.csv')).toBe(joined);
      expect(existsSync(join(folder, 'out.csv.rejects.jsonl'))).toBe(false);
      expect(JSON.parse(read(folder, 'report.json'))).toMatchObject({
        records: 3,
        outcomes: { succeeded: 2, unusable: 0, errored: 1, expired: 0, canceled: 0, missing: 0, rejected: 0 },
        reasons: { server_error: 1 },
        results: { lines: 3, orphans: 0, duplicates: 0, unparsable: 0, unrecognized: 0 },
        usage: { inputTokens: 18, outputTokens: 6 },
      });
    },
  },
  { title: 'to stdout by default', files, command: `${both} --quiet`, code: 3, stderr: '', stdout: joined },
  { title: 'the report as JSON', files, command: `${both} -o out.csv --json --quiet`, code: 3, stdout: /^\{\n {2}"version": 1,\n {2}"records": 3,[^]*\n\}\n$/ },
  { title: 'every record succeeded', files, command: 'millrace join reviews.csv --id id --results output.jsonl --limit 2 -o out.csv --quiet', code: 0, stderr: '' },
  {
    title: 'JSON parsed, another prefix',
    files,
    command: `${both} --parse-json --prefix ai_ --quiet`,
    code: 3,
    stdout: /^id,text,ai_status,.*,ai_custom_id,ai_json\na,"Lovely, really",succeeded,[^\n]+,a,"\{""mood"":""good""\}"\nb,Broke at once,unusable,invalid,"```json\n[^]+,b,\nc,Fine,errored,/,
  },
  {
    title: 'fences stripped and JSON parsed, to JSONL',
    files,
    command: `${both} --parse-json --strip-fences -o - --output-format jsonl --quiet`,
    code: 3,
    stdout: /"customId":"a"\}\}\n\{"id":"b","text":"Broke at once","result":\{"status":"succeeded","text":"\{\\"mood\\":\\"bad\\"\}","json":\{"mood":"bad"\},/,
  },
  {
    title: 'a record without a line, and a line without a record',
    files: { ...files, 'output.jsonl': answerLine('a', 'good') + answerLine('z', 'whose?') },
    command: 'millrace join reviews.csv --id id --results output.jsonl -o out.csv',
    code: 3,
    stderr: /\n {2}missing +2\nresult lines +2\n {2}orphans +1\n[^]*\nrejects: out\.csv\.rejects\.jsonl\n$/,
    after: (folder) => expect(JSON.parse(read(folder, 'out.csv.rejects.jsonl'))).toMatchObject({ file: 'output.jsonl', line: 2, custom_id: 'z', code: 'orphan', raw: answerLine('z', 'whose?').trimEnd() }),
  },
  {
    title: 'to stdout, what finds no place is kept beside the report',
    files: { ...files, 'output.jsonl': answerLine('a', 'good') + answerLine('z', 'whose?') },
    command: 'millrace join reviews.csv --id id --results output.jsonl -o - --report report.json > out.csv',
    code: 3,
    stderr: /\nrejects: report\.json\.rejects\.jsonl\n$/,
    after: (folder) => {
      expect(JSON.parse(read(folder, 'report.json'))).toMatchObject({ results: { lines: 2, orphans: 1 } });
      expect(JSON.parse(read(folder, 'report.json.rejects.jsonl'))).toMatchObject({ code: 'orphan', custom_id: 'z' });
    },
  },
  {
    title: 'to stdout without a report, that is said',
    files: { ...files, 'output.jsonl': answerLine('a', 'good') + answerLine('z', 'whose?') },
    command: 'millrace join reviews.csv --id id --results output.jsonl > out.csv',
    code: 3,
    stderr: /^warning: 1 line or record found no place and is kept nowhere; name a file with -o, or with --report\nrecords +3\n/,
  },
  { title: 'a source without a record', files: { ...files, 'none.csv': 'id,text\n', 'output.jsonl': '' }, command: 'millrace join none.csv --id id --results output.jsonl -o out.csv', code: 0, stderr: /^warning: none\.csv holds no record\nrecords +0\n/ },
  { title: '--path on a table', files, command: `${both} --path data.items`, code: 2, stderr: 'millrace: --path says where the array is in a JSON source; reviews.csv is read as csv. [invalid_option]\n' },
  {
    title: 'two records with one id',
    files: { ...files, 'twice.csv': 'id,text\na,x\na,y\n' },
    command: 'millrace join twice.csv --id id --results output.jsonl -o out.csv --quiet',
    code: 3,
    after: (folder) => expect(read(folder, 'out.csv.rejects.jsonl')).toMatch(/^\{"file":"twice\.csv","line":3,"record":1,"custom_id":"a","code":"duplicate_custom_id",/m),
  },
  {
    title: 'Parquet without the package that writes it',
    files: { ...files, ...withoutPackage('hyparquet-writer') },
    env: { NODE_OPTIONS: '--import ./absent.js' },
    command: 'millrace join reviews.csv --id id --results output.jsonl -o out.parquet',
    code: 1,
    stderr: 'millrace: Parquet needs the package hyparquet-writer. Install it: npm install hyparquet-writer [missing_dependency]\n',
  },
  {
    title: 'the wrong id field',
    files,
    command: 'millrace join reviews.csv --id text --results output.jsonl -o out.csv',
    code: 1,
    stderr: 'millrace: No result meets any of 3 records: the records have ids such as "Lovely, really", and the results have ids such as "b". Check the result files and the id field. [no_match]\n',
    after: (folder) => expect(existsSync(join(folder, 'out.csv'))).toBe(false),
  },
  { title: 'no such column', files, command: 'millrace join reviews.csv --id nope --results output.jsonl', code: 1, stderr: 'millrace: The id option names the column "nope", which the source does not have. The columns are: id, text. [unknown_column]\n' },
  { title: 'no such result file', files, command: 'millrace join reviews.csv --id id --results no.jsonl', code: 1, stderr: /^millrace: The result file no\.jsonl cannot be read: .*\[file_not_found\]\n$/ },
  { title: 'unknown format', files, command: 'millrace join reviews.csv --id id --results output.jsonl -o out.foo', code: 2, stderr: /^millrace: The format of out\.foo cannot be told from its name.*\[unknown_format\]\n$/ },
  { title: 'no such folder', files, command: `${both} -o no/out.csv`, code: 1, stderr: /^millrace: .*no\/.*\[file_not_found\]\n$/ },
  { title: 'no such folder for the report', files, command: `${both} -o out.csv --report no/report.json`, code: 1, stderr: 'millrace: no/report.json cannot be written, because its folder does not exist. Make it first. [file_not_found]\n' },
  {
    title: 'a column of the same name',
    files: { ...files, 'taken.csv': 'id,result_text\na,x\n' },
    command: 'millrace join taken.csv --id id --results output.jsonl',
    code: 1,
    stderr: 'millrace: The source already has a field "result_text". Choose another name for the results with --prefix (option `prefix`). [column_conflict]\n',
  },
  { title: 'results from a pipe, which cannot be read twice', files, command: 'cat output.jsonl | millrace join reviews.csv --id id --results /dev/stdin', code: 1, stderr: /^millrace: The result file \/dev\/stdin .*plain file.*\[file_not_found\]\n$/ },
]);
