import type { ShardEntry } from '../ledger/ledger.ts';
import { sourceRecord, type Header, type JsonValue, type OnReject } from '../records/record.ts';
import { parseResultLine, type LineReading } from '../results/parse.ts';
import type { ResultError } from '../results/result.ts';
import { rejectOrphans } from '../results/orphans.ts';
import { ResultIndex, type AnswerKinds, type IndexCounts } from '../results/result-index.ts';
import { readStretch } from '../shards/stretch-reader.ts';
import { anyShard, type SpooledRecord } from '../shards/stretch.ts';
import { checkedOutcome } from './check-outcome.ts';
import { type Kept, Originals } from './originals.ts';
import { looksAtAnswers, outcomeOf, rankOf, type JoinedRecord, type Outcome, type OutcomeRules } from './outcome.ts';

/** A shard with what came back for it. */
export interface AnsweredShard extends Pick<ShardEntry, 'number' | 'round' | 'firstIndex' | 'lastIndex' | 'requestCount' | 'via' | 'model'> {
  /** Local path of the list of copies, of a `copy` shard. */
  readonly copies?: string;
  /** Local paths of its result files, output before errors. */
  readonly resultFiles: readonly string[];
  /** Indexes of its records, rising; the shards of the first round are named by their records instead. */
  readonly members?: readonly number[];
  /** True if the user asked to cancel its batch. */
  readonly canceledByUser: boolean;
  /** Set where the batch ended before it ran anything. */
  readonly neverRan?: 'canceled' | 'expired';
  /** What went wrong with single requests that no result tells of, by their 0-based position in the shard. */
  readonly failures?: ReadonlyMap<number, ResultError>;
  /** Why nothing came back: the provider refused the batch, or its results are gone. `final` if another batch would be refused as well. */
  readonly problem?: { readonly code: string; readonly message: string; readonly refused: boolean; readonly final: boolean };
}

export interface WalkInput {
  /** Local paths of the stretches, in order. */
  readonly stretches: readonly string[];
  readonly shards: readonly AnsweredShard[];
  readonly header?: Header;
  /** The ids under which a record may have gone out, the likeliest first. */
  readonly wireIdsOf: (record: { readonly index: number; readonly customId: string }) => readonly string[];
  /** How the lines of the provider are read. */
  readonly reading: LineReading;
  readonly rules: OutcomeRules;
  /** Receives result lines that found no place. */
  readonly onLineReject: OnReject;
  /** Receives the records that were never sent. */
  readonly onRecordReject: OnReject;
  /** Told what the result files of a shard hold, before the first of its records. */
  readonly onIndex: (found: { readonly counts: IndexCounts; readonly kinds: AnswerKinds }) => void;
  /**
   * Told of every attempt at a record, the last one last: each was paid for, whichever counts. There are none at one that was rejected.
   * Nor are there at one whose request another record has: then `copyOf` is the index of that. Gives what the record cost, where that is to
   * be in its outcome.
   */
  readonly onAttempts?: (attempts: readonly Attempt[], chosen: Outcome, record: SpooledRecord, copyOf?: number) => number | undefined;
  /**
   * For those who look for records to send again: one that was answered in full is told as such, without value and what the answer says; so
   * is one whose request another record has, which is never sent.
   * @default false
   */
  readonly skimsAnswered?: boolean;
  readonly signal?: AbortSignal;
}

/** One time a record was sent, and what came of it. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly shard: AnsweredShard;
  /** 0-based position of its request in the shard; of batches that another tool made it means nothing. */
  readonly position: number;
  /** True if a result line tells its outcome; else it follows from what became of the shard. */
  readonly hasResult: boolean;
}

/** A record of a run with its outcome, and how it came to it. */
export interface WalkedRecord {
  readonly spooled: SpooledRecord;
  readonly outcome: Outcome;
  /** The shards it was sent in, one for each attempt, the last one last. */
  readonly sentIn: readonly AnsweredShard[];
  /** What the last attempt came to; left out where it was never sent. */
  readonly latest?: Outcome;
}

/** Joins a run: every source record with its outcome, in source order. */
export async function* walk<T, Json = JsonValue>(input: WalkInput): AsyncGenerator<JoinedRecord<T, Json>, void, undefined> {
  for await (const { spooled, outcome } of walkAttempts(input)) {
    if (spooled.rejection) input.onRecordReject({ ...spooled.rejection, ...(spooled.value === undefined ? {} : { value: spooled.value }) });
    // The caller says what the values are: they are what the source gave, and what the schema made.
    yield { record: sourceRecord(spooled.index, spooled.value as T, spooled.line, input.header), outcome: outcome as Outcome<Json> };
  }
}

/**
 * Walks the source records of a run in order and looks each up in the results of the shards it was sent in. A shard's results
 * are indexed when the walk reaches its first record and forgotten after its last: at most the shards that were open side by
 * side are held.
 */
export async function* walkAttempts(input: WalkInput): AsyncGenerator<WalkedRecord, void, undefined> {
  const open = new OpenIndexes(input);
  try {
    for (const path of input.stretches) {
      for await (const spooled of readStretch(path, { values: !skims(input) })) {
        input.signal?.throwIfAborted();
        await open.moveTo(spooled.index);
        yield { spooled, ...open.find(spooled) };
      }
    }
    await open.moveTo(Infinity);
  } finally {
    open.close();
  }
}

/** Rules that look at answers need all of them. */
function skims({ skimsAnswered = false, rules }: WalkInput): boolean {
  return skimsAnswered && !looksAtAnswers(rules);
}

/** A shard whose results are at hand. */
class OpenIndex {
  readonly shard: AnsweredShard;
  readonly index: ResultIndex;
  #member = 0;
  #passed = 0;

  constructor(shard: AnsweredShard, index: ResultIndex) {
    this.shard = shard;
    this.index = index;
  }

  /** The position of a record in this shard; `undefined` if it was not sent in it. Asked for each record, in rising order. */
  positionOf({ index, shard }: SpooledRecord): number | undefined {
    const { members, number } = this.shard;
    if (members === undefined) return shard === number || shard === anyShard ? this.#passed++ : undefined;
    while ((members[this.#member] ?? Infinity) < index) this.#member += 1;
    return members[this.#member] === index ? this.#member : undefined;
  }
}

/** A shard in which a record was sent, and where. */
interface Positioned extends Pick<OpenIndex, 'shard' | 'index'> {
  readonly position: number;
}

function positioned({ shard, index }: OpenIndex, position: number | undefined): Positioned[] {
  return position === undefined ? [] : [{ shard, index, position }];
}

class OpenIndexes {
  readonly #input: WalkInput;
  /** In order of first record, last one first: taken from the end. */
  readonly #ahead: AnsweredShard[];
  #open: OpenIndex[] = [];
  readonly #skims: boolean;
  readonly #copyShard: AnsweredShard | undefined;
  readonly #originals: Originals | undefined;

  constructor(input: WalkInput) {
    this.#input = input;
    this.#skims = skims(input);
    this.#copyShard = input.shards.find(({ via }) => via === 'copy');
    if (this.#copyShard?.copies !== undefined && input.skimsAnswered !== true) this.#originals = new Originals(this.#copyShard.copies);
    this.#ahead = input.shards.filter(({ via }) => via !== 'copy').toSorted((a, b) => b.firstIndex - a.firstIndex || b.number - a.number);
  }

  /** Closes the shards that end before this record and opens those that begin at or before it. */
  async moveTo(index: number): Promise<void> {
    if (this.#open.some(({ shard }) => shard.lastIndex < index)) this.#closeBefore(index);
    for (let next = this.#ahead.at(-1); next && next.firstIndex <= index; next = this.#ahead.at(-1)) {
      this.#ahead.pop();
      this.#open.push(new OpenIndex(next, await this.#index(next)));
    }
    if (index === Infinity) this.#closeBefore(index);
  }

  find(record: SpooledRecord): Omit<WalkedRecord, 'spooled'> {
    const { customId, rejection } = record;
    if (rejection) {
      const { code, message } = rejection;
      const outcome: Outcome = { status: 'rejected', reason: code, customId, error: { code, message } };
      this.#input.onAttempts?.([], outcome, record);
      return { outcome, sentIn: [] };
    }
    if (record.shard === this.#copyShard?.number) return this.#findCopy(record);
    const wireIds = this.#input.wireIdsOf(record);
    const mine = this.#open.flatMap((open) => positioned(open, open.positionOf(record))).toSorted((a, b) => a.shard.round - b.shard.round);
    const last = mine.at(-1);
    if (last !== undefined && this.#skims && wireIds.some((id) => last.index.isComplete(id))) {
      const outcome: Outcome = { status: 'succeeded', customId };
      return { outcome, sentIn: mine.map(({ shard }) => shard), latest: outcome };
    }
    const attempts = mine.map((found) => this.#attemptIn(found, wireIds, record));
    const latest = attempts.at(-1)?.outcome;
    const chosen = attempts.reduce((one, next) => (isBetter(next.outcome, one.outcome) ? next : one));
    const best = chosen.outcome;
    if (this.#originals?.isOriginal(record.index) === true) this.#originals.keep(record.index, this.#keptOf(chosen, mine[attempts.indexOf(chosen)], wireIds));
    const costUsd = this.#input.onAttempts?.(attempts, best, record);
    return { outcome: costUsd === undefined ? best : { ...best, costUsd }, sentIn: mine.map(({ shard }) => shard), ...(latest ? { latest } : {}) };
  }

  close(): void {
    for (const { index } of this.#open) index.close();
    this.#open = [];
    this.#originals?.close();
  }

  /** A record whose request another one has: what came of that is its own, by its own check. */
  #findCopy(record: SpooledRecord): Omit<WalkedRecord, 'spooled'> {
    const { customId } = record;
    if (this.#originals === undefined) return { outcome: { status: 'succeeded', customId }, sentIn: [] };
    const { original, kept } = this.#originals.take(record.index);
    const outcome: Outcome = { ...this.#checked(this.#outcomeOfKept(kept, customId), record), origin: 'deduplicated' };
    const costUsd = this.#input.onAttempts?.([], outcome, record, original);
    return { outcome: costUsd === undefined ? outcome : { ...outcome, costUsd }, sentIn: [] };
  }

  #outcomeOfKept(kept: Kept, customId: string): Outcome {
    if ('outcome' in kept) return { ...kept.outcome, customId };
    const { reading, rules } = this.#input;
    const parsed = parseResultLine(kept.line, reading.parseResult);
    const outcome = outcomeOf(parsed.kind === 'result' ? parsed.result : undefined, { ...rules, customId });
    return kept.synchronous ? { ...outcome, synchronous: true } : outcome;
  }

  /** What the copies of a record need to know of the attempt that counts. */
  #keptOf({ hasResult, outcome, shard }: Attempt, found: Positioned | undefined, wireIds: readonly string[]): Kept {
    const spans = hasResult && found !== undefined ? wireIds.map((id) => found.index.lookup(id)) : [];
    const span = spans.find((one) => one !== undefined);
    return span === undefined || found === undefined ? { outcome } : { line: found.index.read(span), synchronous: shard.via === 'send' };
  }

  #attemptIn({ shard, index, position }: Positioned, wireIds: readonly string[], record: SpooledRecord): Attempt {
    const { customId } = record;
    for (const wireId of wireIds) {
      const result = index.find(wireId);
      if (!result) continue;
      const outcome: Outcome = { ...outcomeOf(result, { ...this.#input.rules, customId }), ...wayOf(shard) };
      return { shard, position, hasResult: true, outcome: this.#checked(outcome, record) };
    }
    return { shard, position, hasResult: false, outcome: this.#checked(outcomeWithoutResult(shard, position, customId), record) };
  }

  #checked(outcome: Outcome, { index, value, line }: SpooledRecord): Outcome {
    const { rules, header } = this.#input;
    return rules.check === undefined ? outcome : checkedOutcome(outcome, sourceRecord(index, value, line, header), rules.check);
  }

  async #index(shard: AnsweredShard): Promise<ResultIndex> {
    const { onLineReject: onReject, reading, rules, signal, onIndex } = this.#input;
    const index = await ResultIndex.open(shard.resultFiles, { ...reading, onReject, rules, ...(signal ? { signal } : {}) });
    onIndex(index);
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

/** How a result came: an outcome tells so where that is not by a batch of this run. */
function wayOf({ via }: AnsweredShard): Pick<Outcome, 'synchronous' | 'origin'> {
  if (via === 'reuse') return { origin: 'reused' };
  return via === 'send' ? { synchronous: true } : {};
}

/** What became of a request that no result tells of. */
function outcomeWithoutResult({ failures, problem, neverRan }: AnsweredShard, position: number, customId: string): Outcome {
  const failure = failures?.get(position);
  if (failure) return { status: 'errored', reason: failure.code, customId, error: failure };
  if (!problem) return { status: neverRan ?? 'missing', customId };
  const { code, message, refused } = problem;
  return { status: refused ? 'errored' : 'missing', reason: code, customId, error: { code, message } };
}

/** A success beats a failure, and what came back beats what did not; among equals the later attempt counts. */
function isBetter(next: Outcome, best: Outcome): boolean {
  const [rank, bestRank] = [rankOf(next), rankOf(best)];
  return rank > bestRank || (rank === bestRank && (next.status !== 'missing' || best.status === 'missing'));
}
