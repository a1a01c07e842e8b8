import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verbs } from '../../src/cli/verbs.ts';
import { startEmulator, type Emulator } from '../../src/emulator/server.ts';
import { anthropicLimits, openaiLimits } from '../../src/index.ts';
import { outcomeStatuses } from '../../src/join/outcome.ts';
import { answerLine, errorLine, reviews } from '../cli/fixtures.ts';
import { folderWith, root, shell } from '../cli/shell.ts';
import { programsIn } from './compile.ts';
import { withTables } from './tables.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The code blocks of a language, with the README line each begins at. */
function blocksOf(language: string): { line: number; text: string }[] {
  const found = readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'));
  return [...found].map(({ index, 1: text = '' }) => ({ line: readme.slice(0, index).split('\n').length, text }));
}

describe('tables', () => {
  // `npx vitest run test/docs -u` writes them.
  test('errors, flags and lint rules are those of the source', async () => {
    await expect(withTables(readme)).toMatchFileSnapshot('../../README.md');
  });

  test('the verbs are those of the program', async () => {
    const { stdout } = await shell(root, 'millrace --help');
    const [listed = ''] = stdout.slice(stdout.indexOf('Commands:')).split('\n\n');
    const named = [...listed.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
    expect(named).toEqual(verbs.map(({ name }) => name));
    const table = readme.slice(readme.indexOf('| verb | does |')).split('\n\n')[0] ?? '';
    expect([...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \| \w/gm)].flatMap(([, names = '']) => names.replaceAll('`', '').split(', '))).toEqual(named);
  });

  test('outcomes', () => {
    const table = readme.slice(readme.indexOf('| status | when | reasons |')).split('\n\n')[0] ?? '';
    expect([...table.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, names = '']) => names.replaceAll('`', '').split(', '))).toEqual([...outcomeStatuses]);
  });

  test('limits of the providers', () => {
    const row = (name: string, openai: number | undefined, anthropic: number | undefined) => `| ${name} | ${openai?.toLocaleString('en-US') ?? ''} | ${anthropic?.toLocaleString('en-US') ?? ''} |\n`.replaceAll('|  |', '| |');
    expect(readme).toContain(row('requests in a batch', openaiLimits.maxRequests, anthropicLimits.maxRequests));
    expect(readme).toContain(row('bytes of a batch', openaiLimits.maxBytes, anthropicLimits.maxBytes));
    expect(readme).toContain(row('embedding inputs in a batch', openaiLimits.maxEmbeddingInputs, anthropicLimits.maxEmbeddingInputs));
  });

  test('files and scripts it names are there', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, path = '']) => path);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/npm run ([\w:]+)|npm (test)\b/g)].map(([, run, own]) => run ?? own ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('snippets', () => {
  const files = {
    'reviews.csv': reviews,
    'batch_output.jsonl': answerLine('b', 'negative') + answerLine('a', 'positive'),
    'batch_errors.jsonl': errorLine('c'),
    'verdict.schema.json': '{"type":"object","properties":{"label":{"enum":["good","bad"]}},"required":["label"],"additionalProperties":false}',
    'prompt.txt': 'Classify: {{text}}\n',
    'nightly.json': '{"emulate":true,"prompt":"@prompt.txt","dir":"runs/nightly","output":"nightly.csv"}',
    'faults.json': '["openai.batches.create nth=1 reset=after"]',
  };
  const blocks = blocksOf('ts').map(({ line, text }) => ({ name: `line-${line}`, text }));
  const programs = programsIn('readme', Object.fromEntries(blocks.map(({ name, text }) => [`${name}.ts`, `${text}\nexport {};\n`])));
  const desk = folderWith(files);
  const said: string[] = [];
  let emulator: Emulator;
  let env: Record<string, string>;

  beforeAll(async () => {
    emulator = await startEmulator();
    env = { OPENAI_API_KEY: 'any', OPENAI_BASE_URL: emulator.openaiBaseUrl, ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: emulator.anthropicBaseUrl };
  });

  afterAll(async () => {
    await emulator.close();
    programs.remove();
  });

  test('every ts block holds before the strict compiler', async () => {
    expect(await programs.compile()).toBe('');
  });

  // In order: the run of the first block is opened by a later one.
  test.each(blocks)('the ts block of $name runs', async ({ name }) => {
    const ran = await shell(desk, `node '${join(programs.output, `${name}.js`)}'`, { env });
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    said.push(ran.stdout);
  });

  test('the ts blocks did what they say', () => {
    const text = readFileSync(join(desk, 'reviews.enriched.csv'), 'utf8');
    // The join of files wrote last.
    expect(text).toMatch(/\na,"Lovely, really",succeeded,,positive,.*\nb,Broke at once,succeeded,,negative,.*\nc,Fine,errored,server_error,/);
    expect(said.join('')).toMatch(/^a succeeded .+\nb succeeded .+\nc succeeded .+\nshards\/shard-000001\.jsonl 3$/m);
    expect(readFileSync(join(desk, 'runs/reviews/results/shard-000001-output.jsonl'), 'utf8').split('\n')).toHaveLength(4);
  });

  // In the same folder: the command goes on with the run that the first ts block made.
  const lines = [...blocksOf('sh').flatMap(({ text }) => text.replaceAll(/\\\n\s*/g, '').trim().split('\n')), ...[...readme.matchAll(/`npx (millrace [^`]+)`/g)].map(([, line = '']) => line)];

  test.each(lines.filter((line) => line.startsWith('millrace ')))('%s', async (line) => {
    const ran = await shell(desk, `exec ${line}`, {
      env,
      onStdout: (text, pressCtrlC) => {
        if (text.includes('ANTHROPIC_BASE_URL=')) pressCtrlC();
      },
    });
    // Some of the results to join are errors.
    expect(ran).toMatchObject({ code: line.includes(' join ') ? 3 : 0 });
  });

  test('the report and the columns are as shown', () => {
    const keysOf = (value: object): unknown => Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key !== 'reasons' && key !== 'cost' && typeof inner === 'object' && inner !== null ? keysOf(inner as object) : true]));
    const report = JSON.parse(readFileSync(join(desk, 'report.json'), 'utf8')) as object;
    const shown = JSON.parse(blocksOf('json').at(0)?.text ?? '') as object;
    expect(keysOf(shown)).toEqual(keysOf(report));
    const [header = ''] = readFileSync(join(desk, 'reviews.enriched.csv'), 'utf8').split('\n');
    const sentence = /A joined \*\*CSV\*\* .*/.exec(readme)?.[0] ?? '';
    const columns = [...sentence.matchAll(/`(result_\w+)`/g)].map(([, name]) => name);
    expect(columns.slice(0, 8)).toEqual(header.split(',').slice(2));
  });
});
