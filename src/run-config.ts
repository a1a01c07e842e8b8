import type { Check } from './join/outcome.ts';
import type { EmbeddingFormat } from './join/vectors.ts';
import type { AnyValue, JsonValue } from './records/record.ts';
import type { PerRecord } from './requests/compile.ts';
import type { CustomIdSource } from './requests/custom-id.ts';
import type { SchemaSource } from './schemas/standard-schema.ts';

type Format = 'csv' | 'tsv' | 'jsonl' | 'json' | 'parquet';

/**
 * A run as a config file defines it: a key for each flag of `run`, `build`, `lint` and `estimate`, with the value that the flag has,
 * and functions where flags cannot. Each command takes the keys it has a flag for. Paths are relative to the current folder.
 */
export interface RunConfig<T = AnyValue, Answer = JsonValue> {
  /** Whose Batch API. @default 'openai' */
  readonly provider?: 'openai' | 'anthropic';
  /** Run against a local emulator. @default false */
  readonly emulate?: boolean;
  /** How much faster than a real provider the emulator works. */
  readonly speed?: number;
  /** What the emulator does wrong. */
  readonly fault?: string | readonly string[];
  /** JSON file of such rules. */
  readonly faults?: string;
  /** Address of the API. */
  readonly baseUrl?: string;
  /** `chat`, `responses`, `embeddings`, `completions`, `moderations`, `messages`, or a path. @default 'chat', or 'messages' with Anthropic */
  readonly endpoint?: string;
  /** @default gpt-5-mini, text-embedding-3-small or claude-haiku-4-5 */
  readonly model?: PerRecord<T, string>;
  /** System prompt: a `{{field}}` template, `@file` for the text of a file, or a function of the record. */
  readonly system?: PerRecord<T, string>;
  /** User prompt, or the input of an embedding: a `{{field}}` template, `@file` for the text of a file, or a function of the record. */
  readonly prompt?: PerRecord<T, string>;
  /** Whole conversation instead of `system` and `prompt`: an array, a JSON file, or a function of the record. */
  readonly messages?: string | PerRecord<T, readonly object[]>;
  /** What answers must look like: a file with a JSON Schema, the schema itself, or one of zod or another library. */
  readonly schema?: string | SchemaSource<Answer>;
  /** Whether OpenAI holds the model to the schema. @default true */
  readonly strictSchema?: boolean;
  /** Most tokens to answer with. @default the model's own; Anthropic: 4096 */
  readonly maxTokens?: PerRecord<T, number>;
  /** Further request parameters. Those of `--param` are added, and win. */
  readonly param?: Readonly<Record<string, unknown>>;
  /** The `anthropic-version` that `lint` holds requests to, such as 2023-06-01. @default '2026-10-21' */
  readonly apiVersion?: string;
  /** The custom_id of a record: a field, or a function. @default `record-<index>` */
  readonly id?: CustomIdSource<T>;
  /** A last look at each answer of `run`: `true`, or in words what is wrong with it, which makes it `unusable`, `invalid`. */
  readonly check?: Check<T, Answer>;
  /** Completion window, where the provider offers a choice. @default '24h' */
  readonly completionWindow?: string;
  /** Run directory. @default runs/<name of the source>, with `emulate` runs/<name>-emulated */
  readonly dir?: string;
  /** Output file of `run`; - for stdout. */
  readonly output?: string;
  /** Folder of `build` for request files that another tool sends. */
  readonly folder?: string;
  /** Format of the output. @default by its name */
  readonly outputFormat?: Format;
  /** File for the report. */
  readonly report?: string;
  /** Format of the source. @default by its name */
  readonly format?: Format;
  /** Where the array is in a JSON source. */
  readonly path?: string;
  /** Field delimiter of a CSV source. @default ',' */
  readonly delimiter?: string;
  /** Encoding of a text source. @default 'utf-8' */
  readonly encoding?: 'utf-8' | 'latin1' | 'utf-16le' | 'utf-16be';
  /** Take only the first so many records. */
  readonly limit?: number;
  /** Prefix of the result columns. @default 'result_' */
  readonly prefix?: string;
  /** How embeddings are written; `float32` to a file beside the output. @default 'json' */
  readonly embeddingFormat?: EmbeddingFormat;
  /** Parse each answer as JSON. @default false */
  readonly parseJson?: boolean;
  /** Remove Markdown code fences around an answer. @default false */
  readonly stripFences?: boolean;
  /** Add the provider's whole response body to JSON output. @default false */
  readonly body?: boolean;
  /** Add what each record cost, in US dollars. @default false */
  readonly cost?: boolean;
  /** File for one JSON line for each attempt at each record: `.jsonl`, also `.jsonl.gz`. @default none */
  readonly audit?: string;
  /** JSON file of prices. */
  readonly prices?: string;
  /** Count tokens exactly by this optional package. @default an estimate by bytes */
  readonly tokenizer?: 'gpt-tokenizer';
  /** Only tell what it would come to. @default false */
  readonly dryRun?: boolean;
  /** Most US dollars that the run may cost. */
  readonly budget?: number;
  /** Warn where the answer to a record may cost more than this many US dollars. */
  readonly maxOutputCost?: number;
  /** Calls to the provider at a time. @default 4 */
  readonly concurrency?: number;
  /** Longest pause between two looks at a batch, such as `30s`. @default '60s', '1s' when emulated */
  readonly pollInterval?: string;
  /** Most requests in one batch. */
  readonly maxRequests?: number;
  /** Largest shard file: bytes, or a text such as `64MB`. */
  readonly maxBytes?: number | string;
  /** Times a record may be sent. @default 3 */
  readonly maxAttempts?: number;
  /** Ask again for truncated answers, with twice the output limit. @default false */
  readonly growOutput?: boolean;
  /** Ask again for answers that do not fit, with what is wrong with them. @default false */
  readonly repair?: boolean;
  /** Earlier runs, or folders of runs, whose answers to identical requests are taken over. */
  readonly reuse?: string | readonly string[];
  /** Buy identical requests once. @default false */
  readonly dedupe?: boolean;
  /** Send what deserves another attempt one by one, if it is so many records or fewer; `true` means 100. @default false */
  readonly finishSync?: boolean | number;
  /** Usage tier of the account. */
  readonly tier?: string;
  /** Most requests that may wait at the provider at a time (Anthropic). */
  readonly maxQueuedRequests?: number;
  /** Most prompt tokens that may wait at the provider for a model at a time (OpenAI). */
  readonly maxQueuedTokens?: number;
  /** Send so many records ahead, and the rest only if they do not all fail. @default 0 */
  readonly canary?: number;
  /** Stop waiting after this long, such as `24h`. @default no limit */
  readonly maxWait?: string;
  /** End at the first record that cannot be used. @default false */
  readonly strict?: boolean;
  /** What the run is called: kept with it, and sent with its batches where they carry metadata. */
  readonly label?: string;
  /** What else is to be known of it, texts by key. Those of `--metadata` are added, and win. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Threads that make requests of a file of rows; functions run in one. @default 1 */
  readonly threads?: number;
  /** Corrected copy of a batch input file, by `lint`. */
  readonly fix?: string;
  /** Whether `lint` shows every finding. @default false */
  readonly all?: boolean;
  /** Print the report as JSON on stdout. @default false */
  readonly json?: boolean;
  /** Nothing on stderr but errors. @default false */
  readonly quiet?: boolean;
  /** How progress is told on stderr. @default 'text' */
  readonly log?: 'text' | 'json';
  /** Whether the live table may have colors. @default true */
  readonly color?: boolean;
}
