import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reviews } from './fixtures.ts';
import { folderWith, root, shell } from './shell.ts';

const ask = "--emulate --prompt 'Positive? {{text}}' --id id --poll-interval 100ms";
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const sentFiles = (folder: string) => readdirSync(join(folder, 'run/emulator/batches'));
const ids = (text: string) => text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { id: string }).id);
const enriched = /^id,text,result_status,.*\na,"Lovely, really",succeeded,.*\nb,Broke at once,succeeded,.*\nc,Fine,succeeded,.*,c\n$/;
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

test.concurrent('a build that failed does not bind the directory: the corrected command begins anew', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  expect((await shell(folder, command.replace('{{text}}', '{{txt}}'))).stderr).toContain('[unknown_column]');
  expect(await shell(folder, command)).toMatchObject({ code: 0 });
  expect(read(folder, 'out.csv')).toMatch(enriched);
});

test.concurrent('a run that was built goes on with the same flags', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  const built = await shell(folder, "millrace build reviews.csv --emulate --prompt '{{text}}' --id id --dir run");
  expect(built).toEqual({ code: 0, stdout: '', stderr: '3 records: 3 requests in 1 shard under run\n' });
  const shardFile = read(folder, 'run/shards/shard-000001.jsonl');
  const ran = await shell(folder, "millrace run reviews.csv --emulate --prompt '{{text}}' --id id --dir run -o out.jsonl --poll-interval 100ms");
  expect(ran.stderr).toContain('shard 1: 3 requests submitted');
  expect([ran.code, ids(read(folder, 'out.jsonl'))]).toEqual([0, ['a', 'b', 'c']]);
  expect(read(folder, 'run/shards/shard-000001.jsonl')).toBe(shardFile);
});

test.concurrent('--max-wait ends with 124, and the command it names goes on', async () => {
  const folder = folderWith({ 'reviews.csv': reviews });
  const slow = `millrace run reviews.csv ${ask} --dir run -o out.csv --max-wait`;
  const first = await shell(folder, `${slow} 2s --speed 1`);
  expect(first.code).toBe(124);
  expect(first.stderr).toMatch(/ \[wait_timeout\]\nTo go on: millrace run reviews\.csv --emulate --prompt 'Positive\? \{\{text\}\}' --id id --poll-interval 100ms --dir run -o out\.csv --max-wait 2s --speed 1\n$/);
  const sent = sentFiles(folder);
  expect(await shell(folder, `${slow} 1h`)).toMatchObject({ code: 0 });
  expect(sentFiles(folder)).toEqual(sent);
  expect(read(folder, 'out.csv')).toMatch(enriched);
});

test.concurrent('Ctrl-C leaves a run that the named command finishes, also of standard input', async () => {
  const folder = folderWith({});
  const first = await shell(folder, `exec millrace run - ${ask} --speed 1 -o out.jsonl`, {
    stdin: '{"id":"it\'s","text":"Lovely"}\n',
    onStderr: (text, pressCtrlC) => {
      if (text.endsWith('\n') && /submitted as batch_\w+, expires \S+\n$/.test(text)) pressCtrlC();
    },
  });
  expect(first.code).toBe(130);
  expect(first.stderr).toContain('\nStopping: waiting for calls under way. Ctrl-C again to stop at once.\nmillrace: Interrupted. [interrupted]\nTo go on: millrace run - ');
  const command = /To go on: (.*)\n$/.exec(first.stderr)?.[1] ?? '';
  expect(await shell(folder, command.replace('--speed 1 ', ''))).toMatchObject({ code: 0, stdout: '' });
  const [directory = ''] = readdirSync(join(folder, 'runs'));
  expect(readdirSync(join(folder, 'runs', directory, 'emulator/batches'))).toHaveLength(1);
  expect(ids(read(folder, 'out.jsonl'))).toEqual(["it's"]);
});

test('a reader that goes away ends the output quietly', async () => {
  const airports = join(root, 'node_modules/vega-datasets/data/airports.csv');
  const folder = folderWith({ 'results.jsonl': '{"id":"1","custom_id":"00M","response":{"status_code":200,"request_id":"x","body":{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"small"},"finish_reason":"stop"}]}},"error":null}\n' });
  const ran = await shell(folder, `(millrace join '${airports}' --id iata --results results.jsonl -o - --quiet; echo $? > code) | head -1`);
  expect(ran.stderr).toBe('');
  expect(ran.stdout).toMatch(/^iata,name,.*,result_custom_id\n$/);
  expect(read(folder, 'code')).toBe('3\n');
});
