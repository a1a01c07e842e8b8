import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ragged, reviews } from './fixtures.ts';
import { golden } from './golden.ts';
import { folderWith, root, shell } from './shell.ts';

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
        '^3 records in 1 shard\nshard 1: 3 requests submitted as batch_\\w+\nshard 1: completed\nshard 1: completed, results fetched\njoining results\ndone\n' +
          'records +3\n  succeeded +3\nresult lines +3\ntokens +\\d+ in, \\d+ out\nbatches +1 \\(shards: 1, requests sent: 3\\)\n$',
      ),
      then: (folder) => expect(read(folder, 'out.csv')).toMatch(enrichedCsv),
    },
    { title: 'CSV to stdout', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o - --quiet`, code: 0, stderr: '', stdout: enrichedCsv },
    {
      title: 'JSONL from stdin to stdout',
      stdin: items.map((item) => `${JSON.stringify(item)}\n`).join(''),
      command: `millrace run - ${ask} -o - --quiet`,
      code: 0,
      stderr: '',
      stdout: /^\{"id":"a","text":"Lovely","result":\{"status":"succeeded","text":"[^\n]+\n\{"id":"b","text":"Broke at once","result":\{"status":"succeeded",[^\n]+\n$/,
      then: (folder) => expect(readdirSync(join(folder, 'runs'))).toEqual([expect.stringMatching(/^stdin-20.*-emulated$/)]),
    },
    {
      title: 'a JSON array under a path, to JSON',
      files: { 'reviews.json': JSON.stringify({ data: { items } }) },
      command: `millrace run reviews.json --path data.items ${ask} -o out.json --quiet`,
      code: 0,
      then: (folder) => {
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
      then: (folder) => expect(read(folder, 'out.tsv')).toMatch(new RegExp(`^id\ttext\t${columns('ai_').join('\t')}\na\tLovely, really\tsucceeded\t\t[^\n]+\ta\n$`)),
    },
    {
      title: 'gzip to gzip',
      files: { 'reviews.csv.gz': gzipSync(reviews) },
      command: `millrace run reviews.csv.gz ${ask} -o out.jsonl.gz --quiet`,
      code: 0,
      then: (folder) => expect(ids(jsonl(gunzipSync(readFileSync(join(folder, 'out.jsonl.gz'))).toString()))).toEqual(['a', 'b', 'c']),
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
      then: (folder) => expect(ids(jsonl(read(folder, 'run/output.jsonl')))).toEqual(['a', 'b', 'c']),
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
  const report = { records: 3, outcomes: { succeeded: 3, unusable: 0, errored: 0, expired: 0, canceled: 0, missing: 0, rejected: 0 }, shards: 1, batches: 1, attempts: 3, cost: null };

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
      then: (folder) => expect(JSON.parse(read(folder, 'report.json'))).toMatchObject(report),
    },
    {
      title: 'some rejected',
      files: { 'bad.csv': ragged },
      command: `millrace run bad.csv ${ask} -o out.csv`,
      code: 3,
      stderr: /\nrecords +3\n {2}succeeded +2\n {2}rejected +1\nreasons\n {2}parse_error +1\n[^]*\nrejects: out\.csv\.rejects\.jsonl\n$/,
      then: (folder) => {
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
      then: (folder) => expect(jsonl(read(folder, 'out.jsonl')).map(({ id, result }) => [id, result])).toEqual(
        ['a', 'b'].map((id) => [id, { status: 'rejected', reason: 'template_error', customId: id, error: { code: 'template_error', message: 'The template needs the field "text", which this record does not have.' } }]),
      ),
    },
  ]);
});

describe('what could not be written in the end is refused before anything is sent', () => {
  const unsent = (folder: string) => expect(existsSync(join(folder, 'run/emulator/batches')) ? sentFiles(folder) : []).toEqual([]);
  golden([
    { title: 'unknown format', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o out.foo`, code: 2, stderr: /The format of out\.foo cannot be told from its name.*\[unknown_format\]\n$/, then: unsent },
    { title: 'no such folder', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o no/out.csv`, code: 1, stderr: /millrace: no\/out\.csv cannot be written, because its folder does not exist\. Make it first\. \[file_not_found\]\n$/, then: unsent },
    { title: 'no such folder for the report', files: { 'reviews.csv': reviews }, command: `millrace run reviews.csv ${ask} --dir run -o out.csv --report no/report.json`, code: 1, stderr: 'millrace: no/report.json cannot be written, because its folder does not exist. Make it first. [file_not_found]\n', then: unsent },
    { title: 'a column of the same name', files: { 'taken.csv': 'id,text,result_text\na,b,c\n' }, command: `millrace run taken.csv ${ask} --dir run -o out.csv`, code: 1, stderr: /^millrace: The source already has a field "result_text"\. Choose another name for the results with --prefix .*\[column_conflict\]\n$/, then: unsent },
    { title: 'a field of the same name', files: { 'taken.jsonl': '{"id":"a","text":"b","result":1}\n' }, command: `millrace run taken.jsonl ${ask} --dir run -o out.jsonl`, code: 1, stderr: /The source already has a field "result"\..*\[column_conflict\]\n$/, then: unsent },
  ]);
});

describe('resuming', () => {
  const command = `millrace run reviews.csv ${ask} --dir run -o out.csv`;

  test.concurrent('the same command sends nothing again, another prompt is refused', async () => {
    const folder = folderWith({ 'reviews.csv': reviews });
    expect((await shell(folder, command)).code).toBe(0);
    const [sent, written] = [sentFiles(folder), read(folder, 'out.csv')];
    const second = await shell(folder, `rm out.csv && ${command}`);
    expect(second).toMatchObject({ code: 0, stdout: '' });
    expect(second.stderr).toMatch(/^3 records in 1 shard\njoining results\ndone\n/);
    expect([sentFiles(folder), read(folder, 'out.csv')]).toEqual([sent, written]);
    expect(await shell(folder, command.replace('Positive?', 'Negative?'))).toEqual({
      code: 1,
      stdout: '',
      stderr: 'millrace: run holds a run of another job: request.prompt was "Positive? {{text}}", is "Negative? {{text}}". Choose another directory, or repeat the command as it was. [run_mismatch]\n',
    });
    expect(sentFiles(folder)).toEqual(sent);
  });

  test.concurrent('a run that was built goes on with the same flags', async () => {
    const folder = folderWith({ 'reviews.csv': reviews });
    const built = await shell(folder, "millrace build reviews.csv --emulate --prompt '{{text}}' --id id --dir run");
    expect(built).toEqual({ code: 0, stdout: '', stderr: '3 records: 3 requests in 1 shard under run\n' });
    const shardFile = read(folder, 'run/shards/shard-000001.jsonl');
    const ran = await shell(folder, "millrace run reviews.csv --emulate --prompt '{{text}}' --id id --dir run -o out.jsonl --poll-interval 100ms");
    expect(ran.stderr).toContain('shard 1: 3 requests submitted');
    expect([ran.code, ids(jsonl(read(folder, 'out.jsonl')))]).toEqual([0, ['a', 'b', 'c']]);
    expect(read(folder, 'run/shards/shard-000001.jsonl')).toBe(shardFile);
  });

  test.concurrent('--max-wait ends with 124, and the command it names goes on', async () => {
    const folder = folderWith({ 'reviews.csv': reviews });
    const slow = `millrace run reviews.csv ${ask} --dir run -o out.csv --max-wait`;
    const first = await shell(folder, `${slow} 300ms --speed 1`);
    expect(first.code).toBe(124);
    expect(first.stderr).toMatch(/ \[wait_timeout\]\nTo go on: millrace run reviews\.csv --emulate --prompt 'Positive\? \{\{text\}\}' --id id --poll-interval 100ms --dir run -o out\.csv --max-wait 300ms --speed 1\n$/);
    const sent = sentFiles(folder);
    expect(await shell(folder, `${slow} 1h`)).toMatchObject({ code: 0 });
    expect(sentFiles(folder)).toEqual(sent);
    expect(read(folder, 'out.csv')).toMatch(enrichedCsv);
  });

  test.concurrent('Ctrl-C leaves a run that the named command finishes, also of standard input', async () => {
    const folder = folderWith({});
    const first = await shell(folder, `exec millrace run - ${ask} --speed 1 -o out.jsonl`, {
      stdin: '{"id":"it\'s","text":"Lovely"}\n',
      onStderr: (text, pressCtrlC) => {
        if (text.endsWith('\n') && /submitted as batch_\w+\n$/.test(text)) pressCtrlC();
      },
    });
    expect(first.code).toBe(130);
    expect(first.stderr).toContain('\nStopping: waiting for calls under way. Ctrl-C again to stop at once.\nmillrace: Interrupted. [interrupted]\nTo go on: millrace run - ');
    const command = /To go on: (.*)\n$/.exec(first.stderr)?.[1] ?? '';
    expect(await shell(folder, command.replace('--speed 1 ', ''))).toMatchObject({ code: 0, stdout: '' });
    const [directory = ''] = readdirSync(join(folder, 'runs'));
    expect(readdirSync(join(folder, 'runs', directory, 'emulator/batches'))).toHaveLength(1);
    expect(ids(jsonl(read(folder, 'out.jsonl')))).toEqual(["it's"]);
  });
});

test('a reader that goes away ends the output quietly', async () => {
  const airports = join(root, 'node_modules/vega-datasets/data/airports.csv');
  const folder = folderWith({ 'results.jsonl': '{"id":"1","custom_id":"00M","response":{"status_code":200,"request_id":"x","body":{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"small"},"finish_reason":"stop"}]}},"error":null}\n' });
  const ran = await shell(folder, `(millrace join '${airports}' --id iata --results results.jsonl -o - --quiet; echo $? > code) | head -1`);
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^iata,name,.*,result_custom_id\n$/);
  expect(read(folder, 'code')).toBe('3\n');
});
