import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repairRequest } from '../batches/repair.ts';
import { decideRetry, growOutputLimit, type RetryDecision, type RetryPolicy } from '../batches/retry.ts';
import { ProviderError } from '../errors.ts';
import { walkAttempts, type AnsweredShard, type WalkedRecord } from '../join/walk.ts';
import type { Outcome } from '../join/outcome.ts';
import { isSent, type RunEntry, type ShardEntry } from '../ledger/ledger.ts';
import { embeddingInputsOf, ShardPolicy } from '../shards/policy.ts';
import { RequestLines } from '../shards/request-lines.ts';
import { Sharder } from '../shards/sharder.ts';
import { walkInput } from './answers.ts';
import { tighten } from './limits.ts';
import type { DriveOptions } from './options.ts';
import type { Session } from './session.ts';
import { tailOf } from './tail.ts';
import { isAdopted } from './wire-ids.ts';

export interface RoundOptions {
  /** True if results came in since the last look: then an account without credit stops the run, once. */
  readonly isNews: boolean;
  /** Whether requests that may have been paid for are sent again. @default false */
  readonly resendDoubtful?: boolean;
}

/**
 * Builds the shards of the next round: the records that deserve another attempt, with their request lines as they were,
 * with a higher output limit, or with an invalid answer and what is wrong with it. With `finishSync` they are marked to be sent one by one where they are few. Nothing is sent. A round that was cut off is built again, to the same bytes.
 *
 * @returns the number of new shards; 0 if no record deserves another attempt
 * @throws ProviderError `insufficient_quota`
 */
export async function buildNextRound(session: Session, entry: RunEntry, options: DriveOptions, { isNews, resendDoubtful = false }: RoundOptions): Promise<number> {
  // The requests of adopted batches are not ours to repeat: they are not known.
  if (isAdopted(entry)) return 0;
  const round = new Round(session, options, resendDoubtful, await session.ledger.shards());
  try {
    const input = await walkInput(session, entry, options);
    const ignore = () => undefined;
    for await (const walked of walkAttempts({ ...input, skimsAnswered: true, onLineReject: ignore, onRecordReject: ignore, onIndex: ignore })) await round.consider(walked);
    if (isNews) round.assertCredit();
    return await round.end();
  } catch (error) {
    round.abort();
    throw error;
  } finally {
    await round.close();
  }
}

class Round {
  readonly #session: Session;
  readonly #options: DriveOptions;
  readonly #policy: RetryPolicy;
  readonly #sharder: Sharder;
  readonly #entries: ShardEntry[] = [];
  readonly #members = new Map<number, number[]>();
  /** How many records of each shard the walk has passed, and the lines it reads them from. */
  readonly #passed = new Map<number, number>();
  readonly #lines = new Map<number, RequestLines>();
  readonly #shards: ReadonlyMap<number, ShardEntry>;
  #outOfCredit = 0;

  constructor(session: Session, options: DriveOptions, resendDoubtful: boolean, shards: readonly ShardEntry[]) {
    const { provider, maxAttempts = 3, growOutput = false, repair = false, limits } = options;
    this.#session = session;
    this.#options = options;
    this.#policy = { maxAttempts, growOutput, resendDoubtful, repair };
    this.#shards = new Map(shards.map((shard) => [shard.number, shard]));
    const round = Math.max(0, ...shards.map((shard) => shard.round)) + 1;
    this.#sharder = new Sharder({
      directory: join(session.directory, 'shards'),
      limits: tighten(provider.limits, limits),
      distinctCounts: provider.tagsCustomIds,
      firstNumber: Math.max(0, ...this.#shards.keys()) + 1,
      onShard: ({ path, ...shard }) => {
        const file = `shards/${path.slice(path.lastIndexOf('/') + 1)}`;
        this.#entries.push({ ...shard, round, file, members: `${file}.records`, via: 'batch', state: 'built' });
      },
    });
  }

  /** Takes a record into the round if it deserves it. */
  async consider({ spooled, outcome, sentIn, latest }: WalkedRecord): Promise<void> {
    const last = sentIn.at(-1);
    const positions = sentIn.map(({ number }) => this.#pass(number));
    if (!last) return;
    const inDoubt = latest?.error?.code === 'send_in_doubt';
    // What was taken over was not sent; where it turned out not to do, what came of the sending counts.
    const attempts = sentIn.filter(isSent).length;
    const judged = attempts < sentIn.length ? (latest ?? outcome) : outcome;
    const decision = decideRetry({ outcome: judged, attempts, final: isFinal(last, outcome), canceledByUser: last.canceledByUser, inDoubt, ...(latest ? { latest } : {}) }, this.#policy);
    if (decision === 'stop') this.#outOfCredit += 1;
    if (decision === 'never') return;
    const line = await this.#lineAt(last.number, positions.at(-1) ?? 0);
    const toSend = changedLine(decision, line, latest ?? outcome);
    // A conversation that outgrew a whole batch ends here.
    if (toSend !== undefined && this.#fits(toSend)) this.#add(toSend, last.number, spooled.index);
  }

  /** An account without credit stops the run before the rest is sent in vain. */
  assertCredit(): void {
    if (this.#outOfCredit === 0) return;
    throw new ProviderError('insufficient_quota', `${this.#outOfCredit} records failed because the account has no credit left. Add credit, then run again: they are sent anew.`);
  }

  async end(): Promise<number> {
    this.#sharder.end();
    for (const { number, members } of this.#entries) {
      if (members !== undefined) await writeFile(join(this.#session.directory, members), `${(this.#members.get(number) ?? []).join('\n')}\n`, { mode: 0o600, flush: true });
    }
    const via = this.#isSmall() ? 'send' : 'batch';
    if (this.#entries.length > 0) await this.#session.ledger.addShards(this.#entries.toSorted((a, b) => a.number - b.number).map((entry) => ({ ...entry, via })));
    return this.#entries.length;
  }

  /** True if so few records are left that the user wants them sent one by one. */
  #isSmall(): boolean {
    const records = this.#entries.reduce((sum, { requestCount }) => sum + requestCount, 0);
    return records <= tailOf(this.#options.finishSync);
  }

  abort(): void {
    this.#sharder.abort();
  }

  async close(): Promise<void> {
    for (const lines of this.#lines.values()) await lines.close();
  }

  #fits(line: string): boolean {
    const { provider, limits } = this.#options;
    return new ShardPolicy(tighten(provider.limits, limits)).fits({ bytes: Buffer.byteLength(line), embeddingInputs: 0 });
  }

  #pass(shard: number): number {
    const position = this.#passed.get(shard) ?? 0;
    this.#passed.set(shard, position + 1);
    return position;
  }

  async #lineAt(number: number, position: number): Promise<string> {
    let lines = this.#lines.get(number);
    if (!lines) {
      const path = await this.#session.storage.open(this.#shard(number).file);
      lines = new RequestLines(path, this.#options.provider.limits);
      this.#lines.set(number, lines);
    }
    const line = await lines.at(position);
    if (line === undefined) throw new Error(`Shard ${number} has no request line ${position + 1}; its file was changed.`);
    return line;
  }

  #add(line: string, from: number, index: number): void {
    const { endpoint, model } = this.#shard(from);
    const number = this.#sharder.addLine(line, { endpoint, index, embeddingInputs: embeddingInputsIn(endpoint, line), ...(model === undefined ? {} : { model }) });
    const members = this.#members.get(number) ?? [];
    members.push(index);
    this.#members.set(number, members);
  }

  #shard(number: number): ShardEntry {
    const shard = this.#shards.get(number);
    if (!shard) throw new Error(`The ledger knows no shard ${number}.`);
    return shard;
  }
}

/** The request line as it goes out again; `undefined` where it cannot be changed as it should. */
function changedLine(decision: RetryDecision, line: string, latest: Outcome): string | undefined {
  if (decision === 'grow') return growOutputLimit(line);
  return decision === 'repair' ? repairRequest(line, latest) : line;
}

/** A batch that was refused whole would be refused again; results that are gone were paid for. */
function isFinal({ problem }: AnsweredShard, { status }: Outcome): boolean {
  return problem !== undefined && (problem.final || status === 'missing');
}

function embeddingInputsIn(endpoint: string, line: string): number {
  if (!endpoint.endsWith('/embeddings')) return 0;
  // A request line of the embeddings endpoint, as `formatRequest` wrote it.
  const { body } = JSON.parse(line) as { body?: { input?: unknown } };
  return embeddingInputsOf(endpoint, body?.input);
}
