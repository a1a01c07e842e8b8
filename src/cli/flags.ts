import { Option } from 'commander';
import type { Check, JsonValue, RunConfig, SchemaSource } from '../index.ts';
import { collect, parseCount, parseDuration, parseFactor, parsePair, parseParameter, parsePort, parseSize, parseUsd, parseVersion } from './values.ts';

type Parse = (text: string, previous: never) => unknown;

/** One entry of the table. */
export interface Flag {
  /** As commander writes it: `-o, --output <file>`. */
  readonly flags: string;
  readonly help: string;
  readonly choices?: readonly string[];
  readonly parse?: Parse;
}

/** Every flag of every verb; one that means something else with another verb has an entry for each meaning. Drives parsing and help; the README's table is held to it by a test. */
export const flagTable = {
  provider: { flags: '--provider <name>', help: 'whose Batch API (default: openai)', choices: ['openai', 'anthropic'] },
  emulate: { flags: '--emulate', help: 'run against a local emulator: no key, no cost' },
  speed: { flags: '--speed <factor>', help: 'how much faster than a real provider the emulator works', parse: parseFactor },
  fault: { flags: '--fault <rule>', help: "what the emulator does wrong, such as 'openai.batches.create nth=1 reset=after'; repeatable", parse: collect },
  faults: { flags: '--faults <file>', help: 'JSON file of such rules, as texts or objects' },
  baseUrl: { flags: '--base-url <url>', help: 'address of the API, e.g. of a compatible server' },
  endpoint: { flags: '--endpoint <name>', help: 'chat, responses, embeddings, completions, moderations, messages, or a path such as /v1/images/generations (default: chat, or messages with Anthropic)' },
  model: { flags: '--model <name>', help: 'model (default: gpt-5-mini, text-embedding-3-small or claude-haiku-4-5)' },
  system: { flags: '--system <template>', help: 'system prompt, or @file; {{field}} inserts a field of the record' },
  prompt: { flags: '--prompt <template>', help: 'user prompt, or the input of an embedding, or @file for the text of a file; {{field.path}} inserts a field of the record' },
  messages: { flags: '--messages <json>', help: 'whole conversation as a JSON array, or a file that holds one, instead of --system and --prompt' },
  schema: { flags: '--schema <file>', help: 'JSON Schema that answers must fit; its top-level fields become columns, one that does not fit is unusable' },
  strictSchema: { flags: '--no-strict-schema', help: 'ask the model to follow the schema, without holding it to it (OpenAI strict mode off)' },
  maxTokens: { flags: '--max-tokens <n>', help: 'output limit, whatever the provider calls it (Anthropic default: 4096)', parse: parseCount },
  param: { flags: '--param <key=json>', help: 'any further request parameter; repeatable', parse: parseParameter },
  completionWindow: { flags: '--completion-window <window>', help: 'completion window, where the provider offers a choice' },
  id: { flags: '--id <field>', help: 'field that holds the custom_id (default: the position of the record)' },
  dir: { flags: '--dir <run>', help: 'run directory (default: runs/<name of the source>, with --emulate runs/<name>-emulated)' },
  output: { flags: '-o, --output <file>', help: 'output file, .csv .tsv .jsonl .json .parquet, also .gz; - for stdout' },
  folder: { flags: '-o, --output <folder>', help: 'write only the request files, into this folder, for another tool to send' },
  state: { flags: '--dir <folder>', help: 'where files and batches are kept (default: a temporary folder)' },
  report: { flags: '--report <file>', help: 'write the report as JSON' },
  results: { flags: '--results <file>', help: 'result file, downloaded by any tool; repeatable', parse: collect },
  batch: { flags: '--batch <id>', help: 'batch that another tool created; repeatable', parse: collect },
  format: { flags: '--format <name>', help: 'format of the source', choices: ['csv', 'tsv', 'jsonl', 'json', 'parquet'] },
  outputFormat: { flags: '--output-format <name>', help: 'format of the output', choices: ['csv', 'tsv', 'jsonl', 'json', 'parquet'] },
  path: { flags: '--path <path>', help: 'where the array is in a JSON source, such as data.items' },
  delimiter: { flags: '--delimiter <char>', help: 'field delimiter of a CSV source' },
  encoding: { flags: '--encoding <name>', help: 'encoding of a text source', choices: ['utf-8', 'latin1', 'utf-16le', 'utf-16be'] },
  limit: { flags: '--limit <n>', help: 'take only the first N records', parse: parseCount },
  embeddingFormat: { flags: '--embedding-format <format>', help: 'embeddings as JSON lists, as base64, or as 32-bit numbers in OUTPUT.f32, where the output names each by its number (default: json)', choices: ['json', 'base64', 'float32'] },
  prefix: { flags: '--prefix <text>', help: 'prefix of the result columns (default: result_)' },
  parseJson: { flags: '--parse-json', help: 'parse each answer as JSON; one that is not is unusable' },
  stripFences: { flags: '--strip-fences', help: 'remove Markdown code fences around an answer' },
  cost: { flags: '--cost', help: 'add what each record cost, in US dollars, to the output' },
  audit: { flags: '--audit <file>', help: 'write one JSON line for each attempt at each record: outcome, batch, shard and line, times, tokens, cost; .jsonl, also .gz' },
  prices: { flags: '--prices <file>', help: "JSON file of prices, in our format or LiteLLM's, that wins over the list that comes along" },
  tokenizer: { flags: '--tokenizer <name>', help: 'count tokens exactly where the package knows the model (default: an estimate by bytes)', choices: ['gpt-tokenizer'] },
  dryRun: { flags: '--dry-run', help: 'only tell what it would come to, as estimate does; send and write nothing' },
  budget: { flags: '--budget <usd>', help: 'send nothing that could take the cost of the run above this many US dollars; run again with more to go on', parse: parseUsd },
  maxOutputCost: { flags: '--max-output-cost <usd>', help: 'warn where the answer to a record may cost more than this many US dollars', parse: parseUsd },
  body: { flags: '--body', help: "add the provider's whole response body to JSON output" },
  concurrency: { flags: '--concurrency <n>', help: 'calls to the provider at a time (default: 4)', parse: parseCount },
  pollInterval: { flags: '--poll-interval <duration>', help: 'longest pause between two looks at a batch (default: 60s, 1s when emulated)', parse: parseDuration },
  maxRequests: { flags: '--max-requests <n>', help: 'most requests in one batch', parse: parseCount },
  maxBytes: { flags: '--max-bytes <size>', help: 'largest shard file, such as 64MB', parse: parseSize },
  maxAttempts: { flags: '--max-attempts <n>', help: 'times a record may be sent, where another try can help (default: 3)', parse: parseCount },
  growOutput: { flags: '--grow-output', help: 'ask again for truncated answers, with twice the output limit; paid for again' },
  repair: { flags: '--repair', help: 'ask again for answers that do not fit the schema, with what is wrong with them; paid for again' },
  finishSync: { flags: '--finish-sync [n]', help: 'send what deserves another attempt one by one, at full price, if it is N records or fewer (default: 100)', parse: parseCount },
  tier: { flags: '--tier <name>', help: 'usage tier of the account, which says how much may wait at the provider at a time: 1 to 5 (OpenAI), start, build or scale (Anthropic)' },
  maxQueuedRequests: { flags: '--max-queued-requests <n>', help: 'most requests that may wait at the provider at a time (Anthropic)', parse: parseCount },
  maxQueuedTokens: { flags: '--max-queued-tokens <n>', help: 'most prompt tokens that may wait at the provider for a model at a time (OpenAI)', parse: parseCount },
  threads: { flags: '--threads <n>', help: 'threads that make requests of rows while another one reads and writes, or that read result files (default: 1)', parse: parseCount },
  reuse: { flags: '--reuse <run>', help: 'take over the answers of identical requests from an earlier run, or a folder of runs, and send only what is new or changed; repeatable', parse: collect },
  dedupe: { flags: '--dedupe', help: 'buy identical requests once: the answer goes to every record that has the same request' },
  canary: { flags: '--canary <n>', help: 'send N records ahead, and the rest only if they do not all fail', parse: parseCount },
  maxWait: { flags: '--max-wait <duration>', help: 'stop waiting after this long; the run can be resumed', parse: parseDuration },
  strict: { flags: '--strict', help: 'end at the first record that cannot be used' },
  fix: { flags: '--fix <file>', help: 'write a corrected copy of a batch input file, where the correction is certain; ids it maps are in <file>.ids.jsonl' },
  all: { flags: '--all', help: 'show every finding (default: the first 5 of each rule)' },
  apiVersion: { flags: '--api-version <date>', help: 'anthropic-version that the requests will be sent with (default: 2026-10-21)', parse: parseVersion },
  config: { flags: '--config <file>', help: 'file that defines the run (default: millrace.config.json, .js or .ts in the current folder); flags win over it' },
  noConfig: { flags: '--no-config', help: 'take no config file' },
  json: { flags: '--json', help: 'print JSON on stdout' },
  quiet: { flags: '--quiet', help: 'nothing on stderr but errors' },
  log: { flags: '--log <form>', help: 'how progress is told on stderr: text, or json with one object a line (default: text)', choices: ['text', 'json'] },
  color: { flags: '--no-color', help: 'no colors; NO_COLOR in the environment does the same' },
  webhookPort: { flags: '--webhook-port <n>', help: "port that takes OpenAI's batch events, so that a batch that ended is seen at once; the signing secret is in OPENAI_WEBHOOK_SECRET", parse: parsePort },
  html: { flags: '--html <file>', help: 'write the report as one page of HTML that loads nothing; - for stdout' },
  open: { flags: '--open', help: 'open the page in a browser' },
  uiPort: { flags: '--port <n>', help: 'port of the page, on 127.0.0.1 only (default: a free one)', parse: parsePort },
  port: { flags: '--port <n>', help: 'port to listen on (default: 8787)', parse: parsePort },
  label: { flags: '--label <name>', help: 'what the run is called, kept with it and shown by runs, status and report' },
  metadata: { flags: '--metadata <key=value>', help: 'kept with the run, and sent with its batches where the provider takes metadata; repeatable', parse: parsePair },
  root: { flags: '--root <folder>', help: 'folder of the runs (default: MILLRACE_ROOT, else ./runs)' },
  stateFilter: { flags: '--state <name>', help: 'only runs in this state', choices: ['building', 'built', 'sending', 'waiting', 'ended', 'done', 'failed', 'foreign', 'broken', 'vanished'] },
  labelFilter: { flags: '--label <name>', help: 'only runs of this label' },
  providerFilter: { flags: '--provider <name>', help: 'only of this provider (with --remote default: openai)', choices: ['openai', 'anthropic'] },
  remote: { flags: '--remote', help: "ask the provider for all of the account's batches, newest first; needs its key" },
  statusFilter: { flags: '--status <name>', help: "only batches in this status: pending, ended, failed, or the provider's own word, such as in_progress" },
  metadataFilter: { flags: '--metadata <key=value>', help: 'only batches with this metadata; repeatable', parse: parsePair },
  most: { flags: '--limit <n>', help: 'list N at most', parse: parseCount },
  preview: { flags: '--dry-run', help: 'only show what would be deleted' },
  yes: { flags: '--yes', help: 'delete without asking' },
  host: { flags: '--host <address>', help: 'address to listen on (default: 127.0.0.1)' },
} as const satisfies Record<string, Flag>;

export type FlagName = keyof typeof flagTable;

/** The values of the flags, as commander hands them to a verb, and what a config says in their place: code too. */
export interface FlagValues {
  readonly provider?: 'openai' | 'anthropic';
  readonly emulate?: boolean;
  readonly speed?: number;
  readonly fault?: readonly string[];
  readonly faults?: string;
  readonly baseUrl?: string;
  readonly endpoint?: string;
  readonly model?: NonNullable<RunConfig['model']>;
  readonly system?: NonNullable<RunConfig['system']>;
  readonly prompt?: NonNullable<RunConfig['prompt']>;
  readonly messages?: NonNullable<RunConfig['messages']>;
  readonly schema?: string | SchemaSource<JsonValue>;
  /** True unless switched off. */
  readonly strictSchema?: boolean;
  readonly maxTokens?: NonNullable<RunConfig['maxTokens']>;
  readonly param?: Readonly<Record<string, unknown>>;
  readonly completionWindow?: string;
  readonly id?: NonNullable<RunConfig['id']>;
  /** Only a config can hold it. */
  readonly check?: Check;
  readonly dir?: string;
  readonly output?: string;
  readonly report?: string;
  readonly results?: readonly string[];
  readonly batch?: readonly string[];
  readonly format?: SourceFormat;
  readonly outputFormat?: SourceFormat;
  readonly path?: string;
  readonly delimiter?: string;
  readonly encoding?: (typeof flagTable.encoding.choices)[number];
  readonly limit?: number;
  readonly embeddingFormat?: (typeof flagTable.embeddingFormat.choices)[number];
  readonly prefix?: string;
  readonly parseJson?: boolean;
  readonly stripFences?: boolean;
  readonly cost?: boolean;
  readonly audit?: string;
  readonly prices?: string;
  readonly tokenizer?: (typeof flagTable.tokenizer.choices)[number];
  readonly dryRun?: boolean;
  readonly budget?: number;
  readonly maxOutputCost?: number;
  readonly body?: boolean;
  readonly concurrency?: number;
  readonly pollInterval?: number;
  readonly maxRequests?: number;
  readonly maxBytes?: number;
  readonly maxAttempts?: number;
  readonly growOutput?: boolean;
  readonly repair?: boolean;
  readonly reuse?: readonly string[];
  readonly dedupe?: boolean;
  readonly finishSync?: true | number;
  readonly tier?: string;
  readonly maxQueuedRequests?: number;
  readonly maxQueuedTokens?: number;
  readonly threads?: number;
  readonly canary?: number;
  readonly maxWait?: number;
  readonly strict?: boolean;
  readonly fix?: string;
  readonly all?: boolean;
  readonly apiVersion?: string;
  readonly config?: string | false;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly log?: (typeof flagTable.log.choices)[number];
  readonly label?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly root?: string;
  readonly state?: string;
  readonly remote?: boolean;
  readonly status?: string;
  readonly yes?: boolean;
  /** True unless switched off. */
  readonly color?: boolean;
  readonly webhookPort?: number;
  readonly html?: string;
  readonly open?: boolean;
  readonly port?: number;
  readonly host?: string;
}

type SourceFormat = (typeof flagTable.format.choices)[number];

/** The commander option of a flag. */
export function optionOf(name: FlagName): Option {
  const flag: Flag = flagTable[name];
  const option = new Option(flag.flags, flag.help);
  if (flag.choices) option.choices(flag.choices);
  // Each parser takes what it returned before; commander keeps the two together.
  if (flag.parse) option.argParser(flag.parse as (text: string, previous: unknown) => unknown);
  return option;
}
