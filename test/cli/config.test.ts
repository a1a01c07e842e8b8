import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { flagTable, type FlagName } from '../../src/cli/flags.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { defineRun } from '../../src/index.ts';
import { reviews } from './fixtures.ts';
import { golden, type Case } from './golden.ts';
import { root } from './shell.ts';

const said = (name = 'millrace.config.json') => `config: ${name}\n`;
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const lines = (folder: string, name: string) => read(folder, name).trimEnd().split('\n').map((line) => JSON.parse(line) as { custom_id: string; body: Record<string, unknown> });
type Files = NonNullable<Case['files']>;
const json = (config: object, more: Files = {}): Files => ({ 'reviews.csv': reviews, 'millrace.config.json': JSON.stringify(config), ...more });
const script = (text: string, name = 'millrace.config.js'): Files => ({ 'reviews.csv': reviews, 'package.json': '{"type":"module"}', [name]: text });
/** The package as it is installed beside a config. */
const install = `mkdir node_modules && ln -s '${root}' node_modules/millrace && `;

/** A build of request files, and the bodies of them. */
const builds = (title: string, files: Files, command: string, stderr: string, bodies: readonly object[]): Case => ({
  title,
  files,
  command,
  code: 0,
  stderr: `${stderr}3 records: 3 requests in 1 shard under shards\n`,
  after: (folder) => expect(lines(folder, 'shards/shard-000001.jsonl').map(({ body }) => body).slice(0, bodies.length)).toEqual(bodies),
});

const ask = (content: string, more: object = {}) => ({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }], ...more });
const config = { model: 'gpt-4o-mini', prompt: 'Classify: {{text}}', id: 'id', maxTokens: 16, param: { temperature: 0, seed: 7 }, output: 'out.csv', folder: 'shards', maxWait: '1h', maxBytes: '64MB' };
const both = { max_tokens: 16, temperature: 0, seed: 7 };

golden([
  builds('all that flags say', json(config), 'millrace build reviews.csv', said(), [ask('Classify: Lovely, really', both)]),
  builds('flags win, parameter by parameter', json(config), "millrace build reviews.csv --prompt '{{id}}' --max-tokens 8 --param temperature=1", said(), [ask('a', { max_tokens: 8, temperature: 1, seed: 7 })]),
  builds('a prompt as flag, messages in the config', json({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x' }] }), "millrace build reviews.csv --prompt '{{id}}' -o shards", said(), [ask('a')]),
  builds('messages as flag, prompts in the config', json({ ...config, system: 's', param: {} }), `millrace build reviews.csv --messages '[{"role":"user","content":"m"}]'`, said(), [ask('m', { max_tokens: 16 })]),
  builds('files alone as flag, a run in the config', json({ ...config, folder: undefined, dir: 'run', maxOutputCost: 1 }), 'millrace build reviews.csv -o shards', said(), [ask('Classify: Lovely, really', both)]),
  builds('an address as flag, the emulator in the config', json({ ...config, emulate: true, speed: 10 }), 'millrace build reviews.csv --base-url http://127.0.0.1:9/v1', said(), [ask('Classify: Lovely, really', both)]),
  builds('the emulator as flag, an address in the config', json({ ...config, baseUrl: 'http://127.0.0.1:9/v1' }), 'millrace build reviews.csv --emulate', said(), [ask('Classify: Lovely, really', both)]),
  builds('a file of a prompt', json({ model: 'gpt-4o-mini', prompt: '@p.txt', folder: 'shards' }, { 'p.txt': 'Q: {{text}}\n' }), 'millrace build reviews.csv', said(), [ask('Q: Lovely, really')]),
  builds('elsewhere', { 'reviews.csv': reviews, 'configs/nightly.json': JSON.stringify(config) }, 'millrace build reviews.csv --config configs/nightly.json', said('configs/nightly.json'), [ask('Classify: Lovely, really', both)]),
  builds('none at all', json({ promt: 'x' }), "millrace build reviews.csv --no-config --model gpt-4o-mini --prompt '{{id}}' -o shards", '', [ask('a')]),
  {
    title: 'code',
    files: script("export default { folder: 'shards', model: ({ id }) => (id === 'a' ? 'gpt-4o-mini' : 'gpt-4o'), prompt: ({ text }, { index }) => `${index}: ${text.toUpperCase()}`, maxTokens: ({ text }) => text.length };"),
    command: 'millrace build reviews.csv',
    code: 0,
    stderr: `${said('millrace.config.js')}3 records: 3 requests in 2 shards under shards\n`,
    after: (folder) => expect(lines(folder, 'shards/shard-000001.jsonl').map(({ body }) => body)).toEqual([ask('0: LOVELY, REALLY', { max_tokens: 14 })]),
  },
]);

golden([
  {
    title: 'a run with a check, functions and a schema',
    files: script(`import { defineRun } from 'millrace';
      export default defineRun({
        emulate: true, speed: 1000, dir: 'run', output: 'out.jsonl', report: 'report.json', pollInterval: '50ms',
        id: (review, { index }) => 'own-' + review.id + index,
        prompt: (review) => review.text,
        schema: { type: 'object', properties: { label: { enum: ['good', 'bad'] } }, required: ['label'], additionalProperties: false },
        check: (outcome, { value }) => value.id !== 'b' || 'b is never good',
      });`),
    command: `${install}millrace run reviews.csv --quiet`,
    code: 3,
    stderr: '',
    after: (folder) => {
      const records = read(folder, 'out.jsonl').trimEnd().split('\n').map((line) => (JSON.parse(line) as { result: object }).result);
      expect(records).toMatchObject([{ status: 'succeeded', customId: 'own-a0' }, { status: 'unusable', reason: 'invalid', error: { message: 'b is never good' } }, { status: 'succeeded', customId: 'own-c2' }]);
      expect(JSON.parse(read(folder, 'report.json'))).toMatchObject({ reasons: { invalid: 1 } });
    },
  },
  {
    title: 'estimate takes what it has flags for, and starts nothing',
    files: json({ ...config, emulate: true, speed: 10, concurrency: 2 }),
    command: 'millrace estimate reviews.csv --json --quiet',
    code: 0,
    stderr: '',
    stdout: /"records": 3/,
    after: (folder) => expect(existsSync(join(folder, 'runs'))).toBe(false),
  },
  { title: 'lint of a source', files: json({ ...config, prompt: ' ' }), command: 'millrace lint reviews.csv --quiet', code: 0, stdout: /warning \[empty_prompt\]/ },
  {
    title: 'lint of a batch input file that the config does not ask for',
    files: json({ model: 'gpt-4o-mini', id: 'id', folder: 'shards' }),
    command: "millrace build reviews.csv --prompt '{{text}}' --quiet && millrace lint shards/shard-000001.jsonl --quiet",
    code: 0,
    stderr: '',
  },
  { title: 'lint of a source that a flag asks about, a corrected copy in the config', files: json({ fix: 'fixed.jsonl' }), command: "millrace lint reviews.csv --prompt '{{text}}' --quiet", code: 0, stderr: '' },
  { title: 'a corrected copy, whatever the config asks', files: json(config, { 'batch.jsonl': '\n' }), command: 'millrace lint batch.jsonl --fix fixed.jsonl --quiet', code: 3, stderr: '', stdout: /\[blank_line\]/ },
  { title: 'the steps and join do not look for one', files: json({ promt: 'x' }), command: 'millrace status run', code: 1, stderr: /^millrace: .*\[no_such_run\]\n$/ },
]);

const refused = (title: string, files: Files, message: string | RegExp, command = 'millrace run reviews.csv', code = 2): Case => ({ title, files, command, code, stderr: typeof message === 'string' ? `millrace: ${message} [invalid_option]\n` : message });

golden([
  refused('a mistyped key', json({ promt: 'x' }), 'millrace.config.json: No part of a run is called "promt". Did you mean "prompt"?'),
  refused('a mistyped key, in code', script("import { defineRun } from 'millrace';\nexport default defineRun({ maxToken: 3 });"), 'millrace.config.js:2:16 cannot be loaded: No part of a run is called "maxToken". Did you mean "maxTokens"?', `${install}millrace run reviews.csv`),
  refused('an unknown key', json({ frobnication: 1 }), 'millrace.config.json: No part of a run is called "frobnication". Its keys are the flags of `millrace run`, `build`, `lint` and `estimate`, as maxTokens for --max-tokens.'),
  refused('no object', json([]), 'millrace.config.json: A run is defined by an object, such as { "model": "gpt-5-mini", "prompt": "Classify: {{text}}" }.'),
  ...(
    [
      [{ maxWait: 5000 }, 'maxWait cannot be 5000. Expected a duration such as 500ms, 30s, 10m or 2h.'],
      [{ maxBytes: '64 apples' }, 'maxBytes cannot be "64 apples". Expected a size such as 64MB, 200MiB or 1048576.'],
      [{ provider: 'foo' }, 'provider cannot be "foo". Allowed choices are openai, anthropic.'],
      [{ emulate: 'yes' }, 'emulate cannot be "yes". Expected true or false.'],
      [{ model: null }, 'model cannot be null. Expected a text.'],
      [{ concurrency: true }, 'concurrency cannot be true. Expected a text or a number.'],
      [{ limit: 1.5 }, 'limit cannot be 1.5. Expected a whole number of at least 1.'],
      [{ param: 'temperature=0' }, 'param cannot be "temperature=0". Expected an object of parameters.'],
      [{ fault: [1] }, 'fault cannot be [1]. Expected a text, or an array of texts.'],
      [{ check: 'x' }, 'check cannot be "x". Expected a function.'],
      [{ fix: 3 }, 'fix cannot be 3. Expected a text.'],
    ] as const
  ).map(([value, message]) => refused('a bad value', json(value), `millrace.config.json: ${message}`)),
  refused('a function where none can be', script('export default { output: () => 1 };'), 'millrace.config.js: output cannot be a function. Expected a text.'),
  refused('two of them', { ...json({}), ...script('export default {};') }, 'millrace.config.json and millrace.config.js are both here: keep one, or say which by --config.'),
  refused('no JSON', { 'millrace.config.json': '{' }, '--config: millrace.config.json is not valid JSON.'),
  refused('no default export', script('export const config = {};'), 'millrace.config.js has no default export: write `export default defineRun({ ... })`.'),
  refused('code that fails', script('const x = 1;\nnowhere();'), 'millrace.config.js:2:1 cannot be loaded: nowhere is not defined'),
  refused('code that cannot be parsed', script('export default {\n  a b };'), /^millrace: millrace\.config\.js cannot be loaded: .* \[invalid_option\]\n$/),
  refused('the package is not installed there', script("import { defineRun } from 'millrace';\nexport default defineRun({});"), /cannot be loaded: Cannot find package 'millrace' .* Install it there \(npm install millrace\), or export the object without defineRun\. \[invalid_option\]\n$/),
  refused('no such file', json({}), /^millrace: --config: no\.json cannot be read\. Check the path\. \[file_not_found\]\n$/, 'millrace run reviews.csv --config no.json', 1),
  refused('no such file', json({}), /^millrace: --config: no\.js cannot be read\. Check the path\. \[file_not_found\]\n$/, 'millrace run reviews.csv --config no.js', 1),
  refused('a contradiction', json({ emulate: true, baseUrl: 'http://127.0.0.1:9/v1', prompt: 'x' }), /Give --emulate or --base-url, not both\. \[invalid_option\]\n$/),
]);

const typed = script("const folder: string = 'shards';\nexport default { folder, model: 'gpt-4o-mini', prompt: ({ id }: { id: string }) => id };", 'millrace.config.ts');
const stripsTypes = 'typescript' in process.features && process.features.typescript !== false;

golden([
  stripsTypes
    ? builds('TypeScript', typed, "NODE_OPTIONS=--disable-warning=ExperimentalWarning millrace build reviews.csv", said('millrace.config.ts'), [ask('a')])
    : refused('TypeScript', typed, `millrace.config.ts: Node ${process.versions.node} does not read TypeScript. Use Node 22.18 or later, or a config in .js or .json.`),
]);

test('the keys of a config are the flags of its verbs, and code', () => {
  const flags = new Set<FlagName>(verbs.filter(({ name }) => ['run', 'build', 'lint', 'estimate'].includes(name)).flatMap((verb) => [...verb.flags]));
  const expected: FlagName[] = [...flags].filter((name) => name !== 'config' && name !== 'noConfig');
  expect(() => defineRun(Object.fromEntries(expected.map((name) => [name, undefined])))).not.toThrow();
  const others = (Object.keys(flagTable) as FlagName[]).filter((name) => !expected.includes(name));
  for (const name of others) expect(() => defineRun({ [name]: 1 })).toThrow(/No part of a run/);
});
