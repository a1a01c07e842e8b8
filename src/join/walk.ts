import type { ShardEntry } from '../ledger/ledger.ts';
import { sourceRecord, type Header, type OnReject } from '../records/record.ts';
import type { ParseResult } from '../results/parse.ts';
import { rejectOrphans } from '../results/orphans.ts';
import { ResultIndex, type IndexCounts } from '../results/result-index.ts';
import { readStretch, type SpooledRecord } from '../shards/stretch.ts';
import { outcomeOf, rankOf, type JoinedRecord, type Outcome, type OutcomeRules } from './outcome.ts';

/** A shard with what came back for it. */
export interface AnsweredShard extends Pick<ShardEntry, 'number' | 'round' | 'firstIndex' | 'lastIndex' | 'requestCount'> {
  /** Local paths of its result files, output before errors. */
  readonly resultFiles: readonly string[];
  /** Why nothing came back: the provider refused the batch, or its results are gone. */
  readonly problem?: { readonly code: string; readonly message: string; readonly refused: boolean };
}

export interface WalkInput {
  /** Local paths of the stretches, in order. */
  readonly stretches: readonly string[];
  readonly shards: readonly AnsweredShard[];
  readonly header?: Header;
  /** The id under which a record went out. */
  readonly wireIdOf: (record: { readonly index: number; readonly customId: string }) => string;
  readonly parseResult: ParseResult;
  readonly rules: OutcomeRules;
  /** Receives result lines that found no place. */
  readonly onLineReject: OnReject;
  /** Receives the records that were never sent. */
  readonly onRecordReject: OnReject;
  /** Told what the result files of a shard hold. */
  readonly onIndex: (counts: IndexCounts) => void;
  readonly signal?: AbortSignal;
}

/**
 * Joins a run: walks its source records in order and looks each up in the results of the shards that it may be in. A shard's
 * results are indexed when the walk reaches its first record and forgotten after its last: at most the shards that were
 * open side by side are held.
 */
export async function* walk<T>(input: WalkInput): AsyncGenerator<JoinedRecord<T>, void, undefined> {
  const open = new OpenIndexes(input);
  try {
    for (const path of input.stretches) {
      for await (const spooled of readStretch(path)) {
        input.signal?.throwIfAborted();
        await open.moveTo(spooled.index);
        if (spooled.rejection) input.onRecordReject({ ...spooled.rejection, ...(spooled.value === undefined ? {} : { value: spooled.value }) });
        // The caller says what the values are; they are what the source gave.
        const record = sourceRecord(spooled.index, spooled.value as T, spooled.line, input.header);
        yield { record, outcome: open.outcomeOf(spooled) };
      }
    }
    await open.moveTo(Infinity);
  } finally {
    open.close();
  }
}

interface OpenIndex {
  readonly shard: AnsweredShard;
  readonly index: ResultIndex;
}

class OpenIndexes {
  readonly #input: WalkInput;
  /** In order of first record, last one first: taken from the end. */
  readonly #ahead: AnsweredShard[];
  #open: OpenIndex[] = [];

  constructor(input: WalkInput) {
    this.#input = input;
    this.#ahead = input.shards.toSorted((a, b) => b.firstIndex - a.firstIndex);
  }

  /** Closes the shards that end before this record and opens those that begin at or before it. */
  async moveTo(index: number): Promise<void> {
    if (this.#open.some(({ shard }) => shard.lastIndex < index)) this.#closeBefore(index);
    for (let next = this.#ahead.at(-1); next && next.firstIndex <= index; next = this.#ahead.at(-1)) {
      this.#ahead.pop();
      this.#open.push({ shard: next, index: await this.#index(next) });
    }
    if (index === Infinity) this.#closeBefore(index);
  }

  outcomeOf(record: SpooledRecord): Outcome {
    const { customId, rejection } = record;
    if (rejection) return { status: 'rejected', reason: rejection.code, customId, error: { code: rejection.code, message: rejection.message } };
    const wireId = this.#input.wireIdOf(record);
    const mine = this.#open.filter(({ shard }) => shard.round > 1 || shard.number === record.shard);
    const outcomes = mine.map(({ shard, index }) => ({ round: shard.round, outcome: this.#outcomeIn(shard, index, wireId, customId) }));
    const sent = outcomes.filter(({ round, outcome }) => round === 1 || outcome.status !== 'missing');
    // A success beats a failure; among equals the later attempt counts.
    return sent.reduce((best, next) => (isBetter(next, best) ? next : best)).outcome;
  }

  close(): void {
    for (const { index } of this.#open) index.close();
    this.#open = [];
  }

  #outcomeIn(shard: AnsweredShard, index: ResultIndex, wireId: string, customId: string): Outcome {
    const result = index.find(wireId);
    if (result) return outcomeOf(result, { ...this.#input.rules, customId });
    const { problem } = shard;
    if (!problem) return { status: 'missing', customId };
    const { code, message, refused } = problem;
    return { status: refused ? 'errored' : 'missing', reason: code, customId, error: { code, message } };
  }

  async #index(shard: AnsweredShard): Promise<ResultIndex> {
    const { onLineReject: onReject, parseResult, rules, signal, onIndex } = this.#input;
    const index = await ResultIndex.open(shard.resultFiles, { onReject, parseResult, rules, ...(signal ? { signal } : {}) });
    onIndex(index.counts);
    return index;
  }

  #closeBefore(index: number): void {
    for (const { index: results, shard } of this.#open) {
      if (shard.lastIndex >= index) continue;
      rejectOrphans(results, this.#input.onLineReject);
      results.close();
    }
    this.#open = this.#open.filter(({ shard }) => shard.lastIndex >= index);
  }
}

interface Attempted {
  readonly round: number;
  readonly outcome: Outcome;
}

function isBetter(next: Attempted, best: Attempted): boolean {
  const [rank, bestRank] = [rankOf(next.outcome), rankOf(best.outcome)];
  return rank > bestRank || (rank === bestRank && next.round > best.round);
}
