import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { AuditLine } from '../../src/index.ts';
import { ragged, reviews, withoutPackage } from './fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, shell } from './shell.ts';

const ask = "--emulate --prompt 'Positive? {{text}}' --id id --poll-interval 100ms";
const columns = (prefix = 'result_') => ['status', 'reason', 'text', 'finish_reason', 'model', 'input_tokens', 'output_tokens', 'custom_id'].map((name) => `${prefix}${name}`);
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const jsonl = (text: string) => text.trimEnd().split('\n').map((line) => JSON.parse(line) as { id: string; text: string; result: { status: string; text: string } });
const ids = (records: readonly { id: string }[]) => records.map(({ id }) => id);
const sentFiles = (folder: string) => readdirSync(join(folder, 'run/emulator/batches'));

const items = [{ id: 'a', text: 'Lovely' }, { id: 'b', text: 'Broke at once' }];
const enrichedCsv = new RegExp(`^id,text,${columns().join(',')}\na,"Lovely, really",succeeded,,[^\n]+,a\nb,Broke at once,succeeded,,[^\n]+,b\nc,Fine,succeeded,,[^\n]+,c\n$`);

describe('formats', () => {
  golden([
    {
      title: 'CSV to CSV',
      files: { 'reviews.csv': reviews },
      command: `millrace run reviews.csv ${ask} --dir run -o out.csv`,
      code: 0,
      stderr: new RegExp(
        '^3 records in 1 shard\nshard 1: 3 requests submitted as batch_\\w+, expires \\S+Z\nshard 1: completed\nshard 1: completed, results fetched\njoining results\ndone\n' +
          'records +3\n  succeeded +3\nresult lines +3\ntokens +\\d+ in, \\d+ out\ncost +\\$0\\.\\d{4,7} \\(estimated \\$0\\.\\d{4,7}\\)\nbatches +1 \\(shards: 1, requests sent: 3\\)\n$',
      ),
      after: (folder) => expect(read(folder, 'out.csv')).toMatch(enrichedCsv),
    },
    {
      title: 'an audit beside the output',
      files: { 'reviews.csv': reviews },
      command: `millrace run reviews.csv ${ask} --dir run -o out.csv --audit audit.jsonl.gz --fault 'row=2 attempts=1 error=500' --quiet`,
      code: 0,
      after: (folder) => {
        const lines = gunzipSync(readFileSync(join(folder, 'audit.jsonl.gz'))).toString().trimEnd().split('\n').map((line) => JSON.parse(line) as AuditLine);
        expect(lines.map(({ customId, attempt, status, shard, line }) => [customId, attempt, status, shard, line])).toEqual([['a', 1, 'succeeded', 1, 1], ['b', 1, 'errored', 1, 2], ['b', 2, 'succeeded', 2, 1], ['c', 1, 'succeeded', 1, 3]]);
      },
    },
    {
      title: 'a small tail one by one',
      files: { 'reviews.csv': reviews },
      command: `millrace run reviews.csv ${ask} --dir run -o out.csv --finish-sync --fault 'row=2 attempts=1 error=500'`,
      code: 0,
      stderr: /\nshard 2: 1 request sent one by one\njoining results\ndone\n[^]*requests sent: 4, 1 of them one by one at full price\)\n$/,
    },
    { title: 'no record at all', files: { 'none.csv': 'id,text\n' }, command: `millrace run none.csv ${ask} --dir run -o out.csv`, code: 0, stderr: /^warning: the source holds no record\n/ },
    {
      title: 'a run that cannot begin leaves no folder',
      files: { 'reviews.csv': reviews },
      command: `millrace run nothing.csv --emulate --prompt '{{text}}' -o out.csv; millrace run reviews.csv --emulate --prompt '{{txt}}' -o out.csv`,
      code: 1,
      stderr: /nothing\.csv cannot be read: [^]*\[file_not_found\]\n[^]*\[unknown_column\]\n/,
      after: (folder) => expect(existsSync(join(folder, 'runs'))).toBe(false),
    },
    { title: 'CSV to stdout', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o - --quiet`, code: 0, stderr: '', stdout: enrichedCsv },
    {
      title: 'JSONL from stdin to stdout',
      stdin: items.map((item) => `${JSON.stringify(item)}\n`).join(''),
      command: `millrace run - ${ask} -o - --quiet`,
      code: 0,
      stderr: '',
      stdout: /^\{"id":"a","text":"Lovely","result":\{"status":"succeeded","text":"[^\n]+\n\{"id":"b","text":"Broke at once","result":\{"status":"succeeded",[^\n]+\n$/,
      after: (folder) => expect(readdirSync(join(folder, 'runs'))).toEqual([expect.stringMatching(/^stdin-20.*-emulated$/)]),
    },
    {
      title: 'a JSON array under a path, to JSON',
      files: { 'reviews.json': JSON.stringify({ data: { items } }) },
      command: `millrace run reviews.json --path data.items ${ask} -o out.json --quiet`,
      code: 0,
      after: (folder) => {
        const written = JSON.parse(read(folder, 'out.json')) as { id: string; result: { status: string } }[];
        expect(written.map(({ id, result }) => [id, result.status])).toEqual([['a', 'succeeded'], ['b', 'succeeded']]);
        expect(readdirSync(join(folder, 'runs'))).toEqual(['reviews-emulated']);
      },
    },
    {
      title: 'TSV to TSV, with a prefix',
      files: { 'reviews.tsv': 'id\ttext\na\tLovely, really\n' },
      command: `millrace run reviews.tsv ${ask} --prefix ai_ -o out.tsv --quiet`,
      code: 0,
      after: (folder) => expect(read(folder, 'out.tsv')).toMatch(new RegExp(`^id\ttext\t${columns('ai_').join('\t')}\na\tLovely, really\tsucceeded\t\t[^\n]+\ta\n$`)),
    },
    {
      title: 'gzip to gzip',
      files: { 'reviews.csv.gz': gzipSync(reviews) },
      command: `millrace run reviews.csv.gz ${ask} -o out.jsonl.gz --quiet`,
      code: 0,
      after: (folder) => expect(ids(jsonl(gunzipSync(readFileSync(join(folder, 'out.jsonl.gz'))).toString()))).toEqual(['a', 'b', 'c']),
    },
    {
      title: 'to Parquet and from it',
      files: { 'reviews.csv': reviews },
      command: `millrace run reviews.csv ${ask} -o out.parquet --quiet && millrace run out.parquet ${ask} --prefix again_ -o - --output-format csv --quiet`,
      code: 0,
      stdout: new RegExp(`^id,text,${columns().join(',')},${columns('again_').join(',')}\na,"Lovely, really",succeeded,[^\n]+\nb,[^\n]+\nc,[^\n]+,c\n$`),
    },
    {
      title: 'Anthropic, output beside the run by default',
      files: { 'reviews.csv': reviews },
      command: `millrace run reviews.csv --provider anthropic ${ask} --dir run`,
      code: 0,
      stderr: /\ndone\noutput: run\/output\.jsonl\nrecords +3\n/,
      after: (folder) => expect(ids(jsonl(read(folder, 'run/output.jsonl')))).toEqual(['a', 'b', 'c']),
    },
    {
      title: 'embeddings of the wanted length',
      files: { 'reviews.csv': reviews },
      command: `millrace run reviews.csv ${ask} --endpoint embeddings --param dimensions=8 --limit 1 -o - --output-format jsonl --quiet`,
      code: 0,
      stdout: /^\{"id":"a",[^\n]+"embedding":\[-?[\d.e-]+(,-?[\d.e-]+){7}\][^\n]+\n$/,
    },
  ]);
});

describe('the report', () => {
  const report = { records: 3, outcomes: { succeeded: 3, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 }, shards: 1, batches: 1, attempts: 3, cost: { unpriced: 0 } };

  test.concurrent('--json prints the report on stdout and nothing else', async () => {
    const ran = await shell(folderWith({ 'reviews.csv': reviews }), `millrace run reviews.csv ${ask} -o out.csv --json`);
    expect(JSON.parse(ran.stdout)).toMatchObject(report);
    expect(ran.code).toBe(0);
  });

  golden([
    {
      title: 'beside records on stdout, --report takes it',
      files: { 'reviews.csv': reviews },
      command: `millrace run reviews.csv ${ask} -o - --json --report report.json --quiet`,
      code: 0,
      stdout: enrichedCsv,
      after: (folder) => expect(JSON.parse(read(folder, 'report.json'))).toMatchObject(report),
    },
    {
      title: 'some rejected',
      files: { 'bad.csv': ragged },
      command: `millrace run bad.csv ${ask} -o out.csv`,
      code: 3,
      stderr: /\nrecords +3\n {2}succeeded +2\n {2}rejected +1\nreasons\n {2}parse_error +1\n[^]*\nrejects: out\.csv\.rejects\.jsonl\n$/,
      after: (folder) => {
        expect(read(folder, 'out.csv').split('\n')[2]).toBe('b,Broke at once,rejected,parse_error,,,,,,');
        expect(JSON.parse(read(folder, 'out.csv.rejects.jsonl'))).toMatchObject({ file: 'bad.csv', line: 3, record: 1, code: 'parse_error', raw: 'b,Broke at once,extra\n' });
      },
    },
    {
      title: 'nothing succeeded',
      files: { 'reviews.jsonl': '{"id":"a"}\n{"id":"b"}\n' },
      command: `millrace run reviews.jsonl ${ask} -o out.jsonl --quiet`,
      code: 1,
      stderr: '',
      after: (folder) => expect(jsonl(read(folder, 'out.jsonl')).map(({ id, result }) => [id, result])).toEqual(
        ['a', 'b'].map((id) => [id, { status: 'rejected', reason: 'template_error', customId: id, error: { code: 'template_error', message: 'The template needs the field "text", which this record does not have.' } }]),
      ),
    },
  ]);
});

describe('what could not be written in the end is refused before anything is sent', () => {
  const unsent = (folder: string) => expect(existsSync(join(folder, 'run/emulator/batches')) ? sentFiles(folder) : []).toEqual([]);
  golden([
    { title: 'unknown format', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o out.foo`, code: 2, stderr: /The format of out\.foo cannot be told from its name.*\[unknown_format\]\n$/, after: unsent },
    { title: 'no such folder', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o no/out.csv`, code: 1, stderr: /millrace: no\/out\.csv cannot be written, because its folder does not exist\. Make it first\. \[file_not_found\]\n$/, after: unsent },
    { title: 'no such folder for the report', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o out.csv --report no/report.json`, code: 1, stderr: 'millrace: no/report.json cannot be written, because its folder does not exist. Make it first. [file_not_found]\n', after: unsent },
    { title: 'a column of the same name', files: { 'taken.csv': 'id,text,result_text\na,b,c\n' }, command: `millrace run taken.csv ${ask} --dir run -o out.csv`, code: 1, stderr: /^millrace: The source already has a field "result_text"\. Choose another name for the results with --prefix .*\[column_conflict\]\n$/, after: unsent },
    { title: 'a field of the same name', files: { 'taken.jsonl': '{"id":"a","text":"b","result":1}\n' }, command: `millrace run taken.jsonl ${ask} --dir run -o out.jsonl`, code: 1, stderr: /The source already has a field "result"\..*\[column_conflict\]\n$/, after: unsent },
    {
      title: 'Parquet without the package that writes it',
      files: { 'reviews.csv': reviews, ...withoutPackage('hyparquet-writer') },
      env: { NODE_OPTIONS: '--import ./absent.js' },
      command: `millrace run reviews.csv ${ask} --dir run -o out.parquet --quiet`,
      code: 1,
      stderr: 'millrace: Parquet needs the package hyparquet-writer. Install it: npm install hyparquet-writer [missing_dependency]\n',
      after: unsent,
    },
  ]);
});
