import { golden } from './golden.ts';
import { ragged, reviews } from './fixtures.ts';

const files = { 'reviews.csv': reviews };
const hint = 'Usage: millrace [options] [command] (--help shows the commands)\n';
const usage = (verb: string, parameters = '[options] <source>') => `Usage: millrace ${verb} ${parameters} (--help shows the flags)\n`;

golden([
  { title: 'unknown verb', command: 'millrace runn', code: 2, stderr: `error: unknown command 'runn'\n(Did you mean one of run, runs?)\n${hint}` },
  { title: 'unknown verb, far from any', command: 'millrace frobnicate', code: 2, stderr: `error: unknown command 'frobnicate'\n${hint}` },
  { title: 'unknown flag', command: 'millrace run reviews.csv --promt x', code: 2, stderr: `error: unknown option '--promt'\n(Did you mean --prompt?)\n${usage('run')}` },
  { title: 'flag of another verb', command: 'millrace join reviews.csv --max-wait 5s', code: 2, stderr: `error: unknown option '--max-wait'\n${usage('join')}` },
  { title: 'missing argument', command: 'millrace run', code: 2, stderr: `error: missing required argument 'source'\n${usage('run')}` },
  { title: 'one argument too many', command: 'millrace run a.csv b.csv', code: 2, stderr: `error: too many arguments for 'run'. Expected 1 argument but got 2.\n${usage('run')}` },
  { title: 'flag without its value', command: 'millrace run reviews.csv --prompt', code: 2, stderr: `error: option '--prompt <template>' argument missing\n${usage('run')}` },
  ...[
    ['--max-wait', '<duration>', '5x', 'Expected a duration such as 500ms, 30s, 10m or 2h.'],
    ['--max-wait', '<duration>', '0s', 'Expected a duration such as 500ms, 30s, 10m or 2h.'],
    ['--param', '<key=json>', 'nope', 'Expected key=json, such as dimensions=256.'],
    ['--param', '<key=json>', 'a={', '{ is not valid JSON.'],
    ['--provider', '<name>', 'foo', 'Allowed choices are openai, anthropic.'],
    ['--max-bytes', '<size>', '-1', 'Expected a size such as 64MB, 200MiB or 1048576.'],
    ['--max-bytes', '<size>', '0', 'Expected a size such as 64MB, 200MiB or 1048576.'],
    ['--max-requests', '<n>', '0', 'Expected a whole number of at least 1.'],
    ['--limit', '<n>', '1.5', 'Expected a whole number of at least 1.'],
    ['--concurrency', '<n>', 'many', 'Expected a whole number of at least 1.'],
    ['--speed', '<factor>', '0', 'Expected a number above 0.'],
    ['--format', '<name>', 'xml', 'Allowed choices are csv, tsv, jsonl, json, parquet.'],
  ].map(([flag = '', value = '', given = '', expected = '']) => ({
    title: 'bad value',
    command: `millrace run reviews.csv --prompt x ${flag} ${given}`,
    code: 2,
    stderr: `error: option '${flag} ${value}' argument '${given}' is invalid. ${expected}\n${usage('run')}`,
  })),
  { title: 'bad port', command: 'millrace emulate --port 70000', code: 2, stderr: `error: option '--port <n>' argument '70000' is invalid. Expected a port from 0 to 65535.\n${usage('emulate', '[options]')}` },
]);

const refused = (title: string, command: string, message: string, code = 2) => ({ title, files, command, code, stderr: `millrace: ${message}\n` });

golden([
  refused('no prompt', 'millrace run reviews.csv --emulate', "--prompt is needed, such as --prompt 'Classify: {{text}}'. [invalid_option]"),
  refused('prompt and messages', "millrace run reviews.csv --emulate --prompt x --messages '[]'", 'Give --prompt or --messages, not both. [invalid_option]'),
  refused('messages that are no JSON', "millrace run reviews.csv --emulate --messages '{'", '--messages must be a JSON array of messages, such as [{"role":"user","content":"{{text}}"}]. [invalid_option]'),
  refused('an open template', "millrace run reviews.csv --emulate --prompt '{{text'", 'The template has "{{" that no "}}" closes, at "{{text". Write {{field}}, or \\{{ for two literal braces. [invalid_option]'),
  refused('unknown endpoint', 'millrace run reviews.csv --emulate --prompt x --endpoint foo', '--endpoint foo is not known. Use chat, responses, embeddings, completions, moderations, messages, or a path such as /v1/images/generations. [invalid_option]'),
  refused('endpoint of the other provider', 'millrace run reviews.csv --emulate --provider anthropic --prompt x --endpoint chat', '--endpoint chat is not one of Anthropic, whose batches take messages only. [invalid_option]'),
  refused('path that Anthropic lacks', 'millrace run reviews.csv --emulate --provider anthropic --prompt x --model m --endpoint /v1/images/generations', '--endpoint /v1/images/generations is not one of Anthropic, whose batches take messages only. [invalid_option]'),
  refused('endpoint of the other provider', 'millrace build reviews.csv --provider openai --prompt x --endpoint messages', '--endpoint messages is one of Anthropic: leave out --provider openai. [invalid_option]'),
  refused('emulator and address', 'millrace run reviews.csv --emulate --base-url http://127.0.0.1:1/v1 --prompt x', 'Give --emulate or --base-url, not both. [invalid_option]'),
  refused('speed without emulator', 'millrace run reviews.csv --speed 10 --prompt x', '--speed is that of the emulator: it needs --emulate. [invalid_option]'),
  refused('no address', 'millrace run reviews.csv --base-url foo --prompt x', '`baseURL` must be an http or https address without credentials, such as https://api.example.com/v1; it is not an address. [invalid_option]'),
  refused('two things on stdout', 'millrace run reviews.csv --emulate --prompt x --json -o -', '-o - and --json both write to stdout; send the report to a file with --report. [invalid_option]'),
  refused('two things on stdout, by default', 'millrace join reviews.csv --results r.jsonl --json', '-o - and --json both write to stdout; send the report to a file with --report. [invalid_option]'),
  refused('the source as output', 'millrace run reviews.csv --emulate --prompt x -o ./reviews.csv', 'The output would replace the source: choose another file. [invalid_option]'),
  refused('the source as audit', 'millrace run reviews.jsonl --emulate --prompt x --audit ./reviews.jsonl -o out.csv', 'The audit would replace the source: choose another file. [invalid_option]'),
  refused('the source as output', 'millrace join reviews.csv --results r.jsonl -o reviews.csv', 'The output would replace the source: choose another file. [invalid_option]'),
  refused('no results', 'millrace join reviews.csv', 'join needs --results FILE, once for each result file. [invalid_option]'),
  refused('run and files', 'millrace build reviews.csv --prompt x -o shards --dir run', 'Give --dir for a run or -o for the files alone, not both. [invalid_option]'),
  refused('no column of the template', "millrace run reviews.csv --emulate --prompt '{{txt}}'", 'The template names the column "txt", which the source does not have. Did you mean "text"? [unknown_column]', 1),
  {
    ...refused('another delimiter', "millrace run excel.csv --emulate --prompt '{{text}}'", 'The template names the column "text", which the source does not have. The columns are: id;text. Is the delimiter ";"? Then say so: --delimiter (option `delimiter`). [unknown_column]', 1),
    files: { 'excel.csv': '\uFEFFid;text\r\na;b\r\n' },
  },
  refused('no column for the id', 'millrace run reviews.csv --emulate --prompt x --id idd', 'The id option names the column "idd", which the source does not have. Did you mean "id"? [unknown_column]', 1),
  refused('a parameter the model refuses', 'millrace run reviews.csv --emulate --prompt x --param temperature=0.2', 'chat() would be refused: the model gpt-5-mini does not take `temperature`: leave it out. [invalid_request]', 1),
]);

golden([
  ...['run nothing.csv --emulate --prompt x', 'build nothing.csv --prompt x', 'build nothing.csv --prompt x -o shards', 'join nothing.csv --results r.jsonl'].map((line) => ({
    title: 'no such source',
    command: `millrace ${line}`,
    code: 1,
    stderr: "millrace: nothing.csv cannot be read: ENOENT: no such file or directory, open 'nothing.csv' [file_not_found]\n",
  })),
  { title: 'no key', files, command: 'millrace run reviews.csv --prompt x', code: 1, stderr: 'millrace: There is no OpenAI API key: set OPENAI_API_KEY (in .env as well). A run with --emulate needs none. [authentication_failed]\n' },
  { title: 'a folder as source', files: { 'folder/a.csv': '' }, command: 'millrace run folder --emulate --prompt x', code: 1, stderr: 'millrace: folder cannot be read: EISDIR: illegal operation on a directory, read [file_not_found]\n' },
  { title: 'source of no known format', files: { 'reviews.foo': reviews }, command: 'millrace run reviews.foo --emulate --prompt x', code: 2, stderr: /^millrace: The format of reviews\.foo cannot be told from its name.*\[unknown_format\]\n$/ },
  { title: 'a file as run directory', files, command: 'millrace run reviews.csv --emulate --prompt x --dir reviews.csv', code: 1, stderr: "millrace: EEXIST: file already exists, mkdir 'reviews.csv'\n" },
  { title: 'the first bad row, strictly', files: { 'bad.csv': ragged }, command: "millrace run bad.csv --emulate --strict --prompt '{{text}}'", code: 1, stderr: 'millrace: bad.csv, line 3: the record has 3 fields, but the header has 2. Is a field with a delimiter in it not quoted? [parse_error]\n' },
]);
