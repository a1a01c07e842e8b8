import { sourceRecord } from '../records/record.ts';
import { parseResultLine } from '../results/parse.ts';
import { rejectOrphans } from '../results/orphans.ts';
import { ResultFinder, type ResultFinderOptions } from '../results/result-finder.ts';
import { ResultIndex } from '../results/result-index.ts';
import { anyShard, type SpooledRecord } from '../shards/stretch.ts';
import { checkedOutcome } from './check-outcome.ts';
import { type Kept, Originals } from './originals.ts';
import { looksAtAnswers, outcomeOf, rankOf, type Outcome } from './outcome.ts';
import type { AnsweredShard, Attempt, WalkedRecord, WalkInput } from './walk.ts';

/** A shard whose results are at hand. */
export class OpenShard {
  readonly shard: AnsweredShard;
  readonly index: ResultIndex;
  readonly results: ResultFinder;
  #member = 0;
  #passed = 0;

  constructor(shard: AnsweredShard, index: ResultIndex, rules: ResultFinderOptions) {
    this.shard = shard;
    this.index = index;
    this.results = new ResultFinder(index, rules);
  }

  /** The position of a record in this shard; `undefined` if it was not sent in it. Asked for each record, in rising order. */
  positionOf({ index, shard }: Pick<SpooledRecord, 'index' | 'shard'>): number | undefined {
    const { members, number } = this.shard;
    if (members === undefined) return shard === number || shard === anyShard ? this.#passed++ : undefined;
    while ((members[this.#member] ?? Infinity) < index) this.#member += 1;
    return members[this.#member] === index ? this.#member : undefined;
  }
}

/** A shard in which a record was sent, and where. */
export interface SentShard {
  readonly open: OpenShard;
  readonly position: number;
}

/** The shards that are open at a place of the source. */
export class OpenShards {
  readonly #input: WalkInput;
  /** In order of first record, last one first: taken from the end. */
  readonly #ahead: AnsweredShard[];
  #open: OpenShard[] = [];
  readonly #copyShard: AnsweredShard | undefined;
  readonly #originals: Originals | undefined;
  /** True if records that were answered in full are only told as such. Rules that look at answers need all of them. */
  readonly skims: boolean;

  constructor(input: WalkInput) {
    this.#input = input;
    this.skims = input.skimsAnswered === true && !looksAtAnswers(input.rules);
    this.#copyShard = input.shards.find(({ via }) => via === 'copy');
    if (this.#copyShard?.copies !== undefined && input.skimsAnswered !== true) this.#originals = new Originals(this.#copyShard.copies);
    this.#ahead = input.shards.filter(({ via }) => via !== 'copy').toSorted((a, b) => b.firstIndex - a.firstIndex || b.number - a.number);
  }

  /** Closes the shards that end before this record and opens those that begin at or before it. */
  async moveTo(index: number): Promise<void> {
    if (this.#open.some(({ shard }) => shard.lastIndex < index)) this.#closeBefore(index);
    for (let next = this.#ahead.at(-1); next && next.firstIndex <= index; next = this.#ahead.at(-1)) {
      this.#ahead.pop();
      this.#open.push(new OpenShard(next, await this.#index(next), this.#input.rules));
    }
    if (index === Infinity) this.#closeBefore(index);
  }

  /** True if shards have to be opened or closed for the record at an index. */
  mustMove(index: number): boolean {
    const next = this.#ahead.at(-1);
    return (next !== undefined && next.firstIndex <= index) || this.#open.some(({ shard }) => shard.lastIndex < index);
  }

  /** The shards a record was sent in, one for each attempt, the last one last. Asked for once for each record that was sent, in rising order. */
  sentIn(record: Pick<SpooledRecord, 'index' | 'shard'>): readonly SentShard[] {
    const mine: SentShard[] = [];
    for (const open of this.#open) {
      const position = open.positionOf(record);
      if (position !== undefined) mine.push({ open, position });
    }
    return mine.length < 2 ? mine : mine.toSorted((a, b) => a.open.shard.round - b.open.shard.round);
  }

  /** What became of a record. @param mine what `sentIn` told; none for a record that was rejected */
  find(record: SpooledRecord, mine: readonly SentShard[]): Omit<WalkedRecord, 'spooled'> {
    const { customId, rejection } = record;
    if (rejection) {
      const { code, message } = rejection;
      const outcome: Outcome = { status: 'rejected', reason: code, customId, error: { code, message } };
      this.#input.onAttempts?.([], outcome, record);
      return { outcome, sentIn: [] };
    }
    if (record.shard === this.#copyShard?.number) return this.#findCopy(record);
    const wireIds = this.#input.wireIdsOf(record);
    const sentIn = mine.map(({ open }) => open.shard);
    const last = mine.at(-1);
    if (last !== undefined && this.skims && wireIds.some((id) => last.open.index.isComplete(id))) {
      const outcome: Outcome = { status: 'succeeded', customId };
      return { outcome, sentIn, latest: outcome };
    }
    const attempts = mine.map((found) => this.#attemptIn(found, wireIds, record));
    const latest = attempts.at(-1)?.outcome;
    const chosen = attempts.reduce((one, next) => (isBetter(next.outcome, one.outcome) ? next : one));
    const best = chosen.outcome;
    if (this.#originals?.isOriginal(record.index) === true) this.#originals.keep(record.index, this.#keptOf(chosen, mine[attempts.indexOf(chosen)], wireIds));
    const costUsd = this.#input.onAttempts?.(attempts, best, record);
    return { outcome: costUsd === undefined ? best : { ...best, costUsd }, sentIn, ...(latest ? { latest } : {}) };
  }

  has(shard: OpenShard): boolean {
    return this.#open.includes(shard);
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
  #keptOf({ hasResult, outcome, shard }: Attempt, found: SentShard | undefined, wireIds: readonly string[]): Kept {
    const index = found?.open.index;
    const spans = hasResult && index !== undefined ? wireIds.map((id) => index.lookup(id)) : [];
    const span = spans.find((one) => one !== undefined);
    return span === undefined || index === undefined ? { outcome } : { line: index.read(span), synchronous: shard.via === 'send' };
  }

  #attemptIn({ open: { shard, results }, position }: SentShard, wireIds: readonly string[], record: SpooledRecord): Attempt {
    const { customId } = record;
    for (const wireId of wireIds) {
      const result = results.find(wireId);
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
