import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeChat } from 'gpt-tokenizer/model/gpt-4o';
import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../src/emulator/server.ts';
import type { Estimate } from '../../src/index.ts';
import { withoutPackage } from './fixtures.ts';
import { folderWith, shell } from './shell.ts';

const prices = JSON.stringify({ models: { 'gpt-4o': { input: 10, output: 40 } } });
const texts = ['Good.', 'The ferry left at 18:45, half an hour late.', '一二三四五六七八九十'.repeat(200), 'a'.repeat(100_000), '<|endoftext|>'];
const source = texts.map((text, index) => `${JSON.stringify({ id: `r${index}`, text })}\n`).join('');
const folder = () => folderWith({ 'in.jsonl': source, 'prices.json': prices });
const ask = "in.jsonl --model gpt-4o --prompt '{{text}}' --max-tokens 100 --id id --prices prices.json";

test('estimate needs no key, sends nothing, and shows a range with its assumptions', async () => {
  const { code, stdout, stderr } = await shell(folderWith({ 'in.jsonl': '{"text":"aaaaaaaaaaaaaaaa"}\n{"text":"bbbbbbbbbbbbbbbb"}\n', 'prices.json': prices }), "millrace estimate in.jsonl --model gpt-4o --prompt '{{text}}' --max-tokens 100 --prices prices.json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`records                        2
requests                       2 in 1 shard to gpt-4o

                                            low         typical            high
input tokens                                  8              18              24
output tokens                                 0             200             200
regular price                         $0.000080         $0.0082         $0.0082
batch price                           $0.000040         $0.0041         $0.0041
saving                                $0.000040         $0.0041         $0.0041
budget that is surely enough   $0.0065

- Input tokens are estimated by bytes: 5 bytes a token (low), 4 (typical) or 2.5 (high).
- Output tokens are not known before: none (low), 250 a request where its limit allows them (typical), or all that its limit allows (high).
- A batch costs 50 % of the regular price.
`);
});

test('the tokenizer counts exactly, in a thread, whatever the texts are like', async () => {
  const { code, stdout } = await shell(folder(), `millrace estimate ${ask} --tokenizer gpt-tokenizer --json`);
  expect(code).toBe(0);
  const asText = { disallowedSpecial: new Set<string>() };
  const [short, clock, chinese, , special] = texts.map((content) => (content.length > 50_000 ? 0 : encodeChat([{ role: 'user', content }], 'gpt-4o', asText).length));
  // 12,500 tokens when counted whole; 200 pieces of 500 letters have 63 each.
  const word = 7 + 200 * 63;
  const { inputTokens, requests, shards } = JSON.parse(stdout) as Estimate;
  expect({ requests, shards }).toEqual({ requests: 5, shards: 1 });
  const exact = (short ?? 0) + (clock ?? 0) + (chinese ?? 0) + word + (special ?? 0);
  expect(inputTokens.low).toBe(inputTokens.high);
  expect(Math.abs(inputTokens.low - exact)).toBeLessThan(exact * 0.002);
});

test('without the package, the tokenizer names the command that installs it', async () => {
  const place = folderWith({ 'in.jsonl': source, 'prices.json': prices, ...withoutPackage('gpt-tokenizer/encoding/o200k_base') });
  const { code, stderr } = await shell(place, `NODE_OPTIONS='--import ./absent.js' millrace estimate ${ask} --tokenizer gpt-tokenizer`);
  expect(code).toBe(1);
  expect(stderr).toContain('npm install gpt-tokenizer [missing_dependency]');
});

test.each(['run', 'build'])('%s --dry-run tells the same as estimate and writes nothing', async (verb) => {
  const place = folder();
  const [dry, estimated] = await Promise.all([shell(place, `millrace ${verb} ${ask} --dry-run --dir here --json`), shell(place, `millrace estimate ${ask} --json`)]);
  expect(dry).toEqual(estimated);
  expect(existsSync(join(place, 'here'))).toBe(false);
});

test('records that cannot be sent are counted, and the exit code says so', async () => {
  const { code, stdout } = await shell(folderWith({ 'in.jsonl': '{"id":"a","text":"x"}\n{"id":"a","text":"y"}\n' }), "millrace estimate in.jsonl --prompt '{{text}}' --id id");
  expect(code).toBe(3);
  expect(stdout).toContain('2, of which 1 cannot be sent');
});

test('--max-output-cost warns before anything is sent', async () => {
  const { code, stderr } = await shell(folder(), `millrace estimate ${ask} --max-output-cost 0.001`);
  expect(code).toBe(0);
  // 100 tokens at $20 a million are $0.002.
  expect(stderr).toBe('warning: An answer of gpt-4o may cost $0.00200, more than $0.001: the output limit is 100 tokens. --max-tokens 50 would keep it below.\n');
});

test.each([
  ['--budget 0', 'Expected a sum in US dollars above 0'],
  ['--max-output-cost x', 'Expected a sum in US dollars above 0'],
  ['--prices nowhere.json', 'nowhere.json cannot be read'],
  ['--tokenizer tiktoken', 'gpt-tokenizer'],
])('%s is refused', async (flags, message) => {
  const place = folder();
  const { code, stderr } = await shell(place, `millrace run in.jsonl --emulate --prompt '{{text}}' --dir here ${flags}`);
  expect(code).not.toBe(0);
  expect(stderr).toContain(message);
  expect(existsSync(join(place, 'here', 'shards'))).toBe(false);
});

describe('a budget', () => {
  test('ends a run with exit code 1, and the same command with a larger one goes on', async () => {
    const emulator = await startEmulator();
    const place = folder();
    const command = `millrace run in.jsonl --base-url ${emulator.openaiBaseUrl} --model gpt-4o --prompt 'Say {{id}}' --max-tokens 100 --id id --prices prices.json --max-requests 2 --poll-interval 100ms --dir here -o out.csv --cost`;
    const env = { OPENAI_API_KEY: 'any' };
    const stopped = await shell(place, `${command} --budget 0.0055`, { env });
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(/The budget of \$0\.0055 does not allow shard \d.*\[over_budget\]/);
    const ended = await shell(place, `${command} --budget 1 --json`, { env });
    await emulator.close();
    expect(ended.code).toBe(0);
    const { cost } = JSON.parse(ended.stdout) as { cost: { usd: number } };
    const rows = readFileSync(join(place, 'out.csv'), 'utf8').trim().split('\n');
    const column = rows[0]?.split(',').indexOf('result_cost_usd') ?? -1;
    const sum = rows.slice(1).reduce((total, row) => total + Number(row.split(',').at(column - (rows[0]?.split(',').length ?? 0))), 0);
    expect(sum).toBeCloseTo(cost.usd, 9);
    expect(cost.usd).toBeGreaterThan(0);
  });
});
