import { createReadStream } from 'node:fs';
import { InputError } from '../errors.ts';
import { isSent, type ShardEntry } from '../ledger/ledger.ts';
import type { Dialect } from '../providers/provider.ts';
import { readLines } from '../records/lines.ts';
import type { JsonObject } from '../records/record.ts';
import { costBound, outputBound } from '../report/cost-bound.ts';
import { CostMeter } from '../report/cost-meter.ts';
import { typicalOutputTokens } from '../report/estimate.ts';
import { addressOf, type FindPrice } from '../report/known-prices.ts';
import { costOf, type Service } from '../report/model-price.ts';
import { openPrices, type Prices } from '../report/prices.ts';
import { contentOf, type RequestContent } from '../report/request-content.ts';
import type { SnapshotCost } from '../report/snapshot.ts';
import { estimateTokens, LearnedRatio } from '../report/tokens.ts';
import { noUsage, UsageSum, type UsageTotals } from '../report/usage.ts';
import { parseResultLine } from '../results/parse.ts';
import { RequestLines } from '../shards/request-lines.ts';
import type { Session } from './session.ts';

/** What the answers of one shard cost. */
export interface ShardCost {
  readonly usd: number;
  /** Answers whose price is not known. */
  readonly unpriced: number;
  /** True if nothing else of it can have been paid for: every request has a result, and every answer a price. */
  readonly isWhole: boolean;
  readonly usage: UsageTotals;
}

/** What the requests of a shard are expected to take. */
export interface ShardExpectation {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Left out where the price is not known. */
  readonly usd?: number;
}

/** What the shards of a run cost: at most, by expectation, and in truth. Each is found out once. */
export class RunCosts {
  readonly #session: Session;
  readonly #provider: Dialect;
  readonly find: FindPrice;
  readonly #bounds = new Map<number, Promise<number>>();
  readonly #estimates = new Map<number, Promise<ShardExpectation | undefined>>();
  readonly #spent = new Map<number, Promise<ShardCost>>();

  private constructor(session: Session, provider: Dialect, find: FindPrice) {
    this.#session = session;
    this.#provider = provider;
    this.find = find;
  }

  /** @throws InputError `file_not_found`, `invalid_option` for a price file that cannot be used */
  static async open(session: Session, { provider, prices }: { readonly provider: Dialect; readonly prices?: Prices }): Promise<RunCosts> {
    return new RunCosts(session, provider, await openPrices(prices, { ...addressOf(provider), at: session.clock.now() }));
  }

  /** What a shard cannot cost more than, by its request lines; nothing where it is not sent. @throws InputError `unknown_cost` where nothing bounds it */
  mostOf(shard: ShardEntry): Promise<number> {
    if (!isSent(shard)) return Promise.resolve(0);
    return once(this.#bounds, shard.number, () => this.#boundOf(shard));
  }

  /** What a shard is expected to cost, by its size and its first request; `undefined` if that is not known. */
  async estimateOf(shard: ShardEntry): Promise<number | undefined> {
    return isSent(shard) ? (await this.expectationOf(shard))?.usd : 0;
  }

  /** What a shard is expected to take, by its size and its first request; `undefined` where its requests are not known. */
  expectationOf(shard: ShardEntry): Promise<ShardExpectation | undefined> {
    return once(this.#estimates, shard.number, () => this.#guess(shard));
  }

  /** What a shard whose results are here did cost. */
  spentIn(shard: ShardEntry): Promise<ShardCost> {
    if (!isSent(shard)) return Promise.resolve({ usd: 0, unpriced: 0, usage: noUsage, isWhole: true });
    return once(this.#spent, shard.number, () => this.#sum(shard));
  }

  /** What the run took so far; without a cost while no answer is in whose price is known. */
  async snapshot(): Promise<{ readonly usage: UsageTotals; readonly cost?: SnapshotCost }> {
    const shards = await this.#session.ledger.shards();
    const ratio = new LearnedRatio();
    const sums = { usd: 0, unpriced: 0, estimatedUsd: 0, ahead: 0 };
    const usage = new UsageSum();
    for (const shard of shards) {
      const estimatedUsd = (await this.estimateOf(shard)) ?? 0;
      sums.estimatedUsd += estimatedUsd;
      if (shard.state !== 'fetched') {
        sums.ahead += shard.state === 'failed' ? 0 : estimatedUsd;
        continue;
      }
      const { usd, unpriced, ...spent } = await this.spentIn(shard);
      usage.add(spent.usage);
      ratio.learn(estimatedUsd, usd);
      sums.usd += usd;
      sums.unpriced += unpriced;
    }
    const { ahead, ...cost } = sums;
    return { usage: usage.totals, ...(cost.usd > 0 ? { cost: { ...cost, expectedUsd: cost.usd + ratio.scale(ahead) } } : {}) };
  }

  /** What the requests that were sent were expected to cost. */
  async estimatedUsd(): Promise<number> {
    let usd = 0;
    for (const shard of await this.#session.ledger.shards()) if (shard.state === 'fetched') usd += (await this.estimateOf(shard)) ?? 0;
    return usd;
  }

  async #boundOf(shard: ShardEntry): Promise<number> {
    let usd = 0;
    let position = 0;
    for await (const { content, bytes } of this.#requests(shard)) {
      position += 1;
      const price = this.find(content.model);
      const most = price && costBound(price, content, bytes, serviceOf(shard));
      if (most === undefined) throw unbounded(shard, position, content, price !== undefined);
      usd += most;
    }
    return usd;
  }

  async #guess(shard: ShardEntry): Promise<ShardExpectation | undefined> {
    // Batches that another tool made have no file here.
    if (shard.file === '') return undefined;
    for await (const { content, bytes } of this.#requests(shard)) {
      const price = this.find(content.model);
      const outputTokens = Math.min(outputBound(content, price ?? {}) ?? Infinity, typicalOutputTokens);
      // The first request stands for all: its tokens for each byte are those of the shard.
      const inputTokens = (estimateTokens(content).typical * shard.bytes) / bytes / shard.requestCount;
      const usd = price && costOf(price, { inputTokens, outputTokens }, serviceOf(shard));
      const all = { inputTokens: inputTokens * shard.requestCount, outputTokens: outputTokens * shard.requestCount };
      return usd === undefined ? all : { ...all, usd: usd * shard.requestCount };
    }
    return undefined;
  }

  async #sum(shard: ShardEntry): Promise<ShardCost> {
    const { ledger, storage } = this.#session;
    const meter = new CostMeter(this.find);
    const ids = new Set<string>();
    const usage = new UsageSum();
    for (const { file } of (await ledger.results()).filter((result) => result.shard === shard.number)) {
      for await (const lines of readLines(createReadStream(await storage.open(file)))) {
        for (const { bytes } of lines) {
          const parsed = parseResultLine(bytes, (line) => this.#provider.parseResult(line));
          if (parsed.kind !== 'result') continue;
          const { result } = parsed;
          ids.add(result.customId);
          if (result.kind !== 'answered') continue;
          meter.add({ ...result.answer, synchronous: shard.via === 'send' }, shard.model);
          if (result.answer.usage) usage.add(result.answer.usage);
        }
      }
    }
    const isWhole = meter.unpriced === 0 && (ids.size >= shard.requestCount || (await this.#endedEarly(shard)));
    return { usd: meter.usd, unpriced: meter.unpriced, isWhole, usage: usage.totals };
  }

  /** Requests without a result cost nothing where their batch was cut short, or where they were refused one by one. */
  async #endedEarly(shard: ShardEntry): Promise<boolean> {
    if (shard.via === 'send') {
      const sends = (await this.#session.ledger.sends()).filter((send) => send.shard === shard.number);
      return sends.every(({ end }) => end !== undefined && end !== 'uncertain');
    }
    const batch = shard.batchId === undefined ? undefined : await this.#session.ledger.batch(shard.batchId);
    return batch !== undefined && /^(cancel|expired)/i.test(batch.rawStatus);
  }

  /** The requests of a shard, in order. */
  async *#requests(shard: ShardEntry): AsyncGenerator<{ readonly content: RequestContent; readonly bytes: number }> {
    const lines = new RequestLines(await this.#session.storage.open(shard.file), this.#provider.limits);
    try {
      for (let position = 0; position < shard.requestCount; position += 1) {
        const line = await lines.at(position);
        if (line === undefined) return;
        // A request line is one JSON object, written by `formatRequest`: OpenAI has the body in `body`, Anthropic in `params`.
        const { body, params } = JSON.parse(line) as { body?: JsonObject; params?: JsonObject };
        yield { content: contentOf(shard.endpoint, body ?? params ?? {}, line), bytes: Buffer.byteLength(line) };
      }
    } finally {
      await lines.close();
    }
  }
}

function serviceOf({ via }: ShardEntry): Service {
  return via === 'send' ? 'synchronous' : 'batch';
}

function unbounded({ number }: ShardEntry, position: number, { model, isOpenEnded }: RequestContent, isPriced: boolean): InputError {
  const where = `Request ${position} of shard ${number}`;
  const why = !isPriced
    ? `asks ${JSON.stringify(model)}, whose price is not known: give it with --prices (\`prices\`)`
    : isOpenEnded
      ? 'reads a file, a stored conversation or the findings of a hosted tool, whose size is not known: run it without a budget'
      : 'has no output limit, or caches at a price that is not known: give --max-tokens (`maxTokens`) and --prices (`prices`)';
  return new InputError('unknown_cost', `With a budget it must be known what a request can cost at most. ${where} ${why}. Nothing more was sent.`, { shard: number });
}

function once<Value>(known: Map<number, Promise<Value>>, key: number, find: () => Promise<Value>): Promise<Value> {
  const found = known.get(key) ?? find();
  known.set(key, found);
  return found;
}
