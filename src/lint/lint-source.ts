import type { ErrorCode } from '../errors.ts';
import { anthropicLimits } from '../providers/anthropic/limits.ts';
import { openaiLimits } from '../providers/openai/limits.ts';
import type { Rejection } from '../records/record.ts';
import { recordsFrom } from '../records/records-from.ts';
import { UnreadableRows } from '../records/unreadable.ts';
import { isRejection, requestBuilderFor } from '../requests/request-builder.ts';
import type { BatchRequest, RequestBuilder } from '../requests/request.ts';
import { IdTable } from '../results/id-table.ts';
import { tighten } from '../run/limits.ts';
import { CountedBytes } from '../shards/counted-bytes.ts';
import { Sharder } from '../shards/sharder.ts';
import { finding, Tally, type Finding, type LintSummary, type Place } from './finding.ts';
import type { LintOptions } from './options.ts';
import { lintRules, type LintRule } from './rules.ts';

/** Rows that cannot be read, one after the other, of which each is told; more are only counted, so that memory stays flat. */
const maxWaiting = 100_000;

/** Lints a source of records as the requests that a run would build: by the same functions, into the same shards, but nothing is written. */
export async function* lintSource<T>(options: LintOptions<T>, request: RequestBuilder<T>): AsyncGenerator<Finding, LintSummary, undefined> {
  const { source, read, customId, signal } = options;
  const file = read?.fileName ?? (typeof source === 'string' ? source : undefined);
  const ids = new IdTable();
  // A reader is ahead of the records that it hands out.
  const unreadable = new UnreadableRows();
  const work = new SourceWork(options, request, file);
  const build = requestBuilderFor<T>({ body: request, ...(customId === undefined ? {} : { customId }), ...work.wire }, ids);
  try {
    unreadable.offerTo((row) => {
      const isNext = row.index === work.records;
      if (isNext) work.reject(row);
      return isNext;
    });
    for await (const record of recordsFrom<T>(source, { ...read, onReject: (row) => unreadable.add(row), ...(signal ? { signal } : {}) })) {
      for (const row of unreadable.before(record.index)) work.reject(row);
      const made = build(record);
      if (isRejection(made)) work.reject(made);
      else work.place(made);
      unreadable.offer();
      yield* work.take();
    }
    for (const row of unreadable.before(Infinity)) work.reject(row);
    work.end();
    yield* work.take();
    return work.summary();
  } finally {
    ids.close();
  }
}

class SourceWork<T> {
  readonly wire: { readonly limits: typeof openaiLimits; readonly wireId?: (made: BatchRequest) => string };
  readonly #request: RequestBuilder<T>;
  readonly #file: string | undefined;
  readonly #sharder: Sharder;
  readonly #tally = new Tally();
  readonly #lines = new Map<number, number>();
  #found: Finding[] = [];
  #records = 0;
  #bytes = 0;
  #shards = 0;

  constructor({ provider, limits }: LintOptions<T>, request: RequestBuilder<T>, file: string | undefined) {
    this.#request = request;
    this.#file = file;
    const isAnthropic = provider === undefined ? request.endpoint === '/v1/messages' : provider === 'anthropic';
    const all = tighten(isAnthropic ? anthropicLimits : openaiLimits, limits);
    // A run tags the ids of Anthropic with eight characters and the index, and makes its shards differ in count.
    this.wire = { limits: all, ...(isAnthropic && { wireId: ({ index }: BatchRequest) => `00000000-${index}` }) };
    this.#sharder = new Sharder({
      directory: '.',
      limits: all,
      distinctCounts: isAnthropic,
      createFile: (path) => new CountedBytes(path),
      onShard: ({ number, bytes }) => {
        this.#lines.delete(number);
        this.#shards += 1;
        this.#bytes += bytes;
      },
    });
  }

  /** Records so far, those that cannot be read included. */
  get records(): number {
    return this.#records;
  }

  take(): Finding[] {
    return this.#found.splice(0);
  }

  reject(rejection: Rejection): void {
    const { index = this.#records, line, column, customId } = rejection;
    this.#records = Math.max(this.#records, index + 1);
    this.#add(ruleOf(rejection), messageOf(rejection), { index, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }), ...(customId === undefined ? {} : { customId }) });
  }

  /** Puts a request where a run would, and says what is doubtful about it. */
  place(request: BatchRequest): void {
    const shard = this.#sharder.add(request);
    if (typeof shard !== 'number') return this.reject(shard);
    const { index, line, customId } = request;
    const shardLine = (this.#lines.get(shard) ?? 0) + 1;
    this.#lines.set(shard, shardLine);
    this.#records = Math.max(this.#records, index + 1);
    for (const { rule, message } of this.#request.warningsFor?.(request.body) ?? []) {
      this.#add(rule, message, { index, ...(line === undefined ? {} : { line }), customId, shard, shardLine });
    }
  }

  end(): void {
    this.#sharder.end();
    if (this.#records === 0) this.#add('empty_file', 'there is no record in it.', {});
  }

  summary(): LintSummary {
    return {
      ...(this.#file === undefined ? {} : { file: this.#file }),
      format: 'source',
      requests: this.#records,
      bytes: this.#bytes,
      ...this.#tally.counts,
      endpoint: this.#request.endpoint,
      shards: this.#shards,
    };
  }

  #add(rule: LintRule, message: string, place: Place): void {
    const found = finding(rule, message, { ...(this.#file === undefined ? {} : { file: this.#file }), ...place });
    this.#tally.add(found);
    if (this.#found.length < maxWaiting) this.#found.push(found);
  }
}

const byCode: Readonly<Partial<Record<ErrorCode, LintRule>>> = {
  parse_error: 'unreadable_record',
  template_error: 'failed_template',
  invalid_custom_id: 'invalid_custom_id',
  duplicate_custom_id: 'duplicate_custom_id',
  too_large: 'too_large',
};

function ruleOf({ rule, code }: Rejection): LintRule {
  return rule !== undefined && isRule(rule) ? rule : (byCode[code] ?? 'unbuildable_request');
}

function isRule(name: string): name is LintRule {
  return Object.hasOwn(lintRules, name);
}

/** The message without what the place says already. */
function messageOf({ message, file, line }: Rejection): string {
  const place = `${file ?? ''}, line ${line ?? ''}`;
  const plain = message.startsWith(place) ? message.slice(message.indexOf(': ', place.length) + 2) : message;
  return plain.replace(/^The request would be refused: /, '');
}
